"""The tests of the documentation would notice what they are there for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mug.errors import ConfigurationError
from tests.docs import blocks as blocks_module
from tests.docs.blocks import Block, blocks
from tests.docs.commands import Command, Shell, commands, compare, expected_status
from tests.docs.workshop import Workshop


def read(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Block]:
    monkeypatch.setattr(blocks_module, "ROOT", tmp_path)
    (tmp_path / "page.md").write_text(text, encoding="utf-8")
    return blocks(Path("page.md"))


def test_blocks_are_found_with_their_comments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each block has its language, its first line's number and what its own comment says."""
    text = (
        "Text\n```python\na = 1\n```\n\n<!-- run: play file g.py -->\n```python\nb\n```\n"
        "<!-- setup\nc = 2\n-->\n<!-- not run: it needs the moon -->\n```console\n$ fly\n```\n"
    )
    first, second, hidden, last = read(text, tmp_path, monkeypatch)
    assert (first.language, first.line, first.code, first.file) == ("python", 3, "a = 1\n", "")
    assert (second.file, second.marks) == ("g.py", {"play"})
    assert (hidden.language, hidden.line, hidden.code) == ("setup", 11, "c = 2\n")
    assert (last.language, last.skipped) == ("console", "it needs the moon")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("```py\n1\n```\n", "'py' is none of"),
        ("```\n1\n```\n", "'' is none of"),
        ("```python\n1\n", "not closed"),
        ("- list\n  ```python\n  1\n  ```\n", "must not be indented"),
        ("<!-- run: ply -->\n```python\n1\n```\n", "mean nothing"),
        ("<!-- not run -->\n<!-- run:play -->\n```python\n1\n```\n", "cannot be understood"),
        ("<!-- run: play -->\nText\n```python\n1\n```\n", "stands before no block"),
    ],
)
def test_slips_of_the_pen_are_errors(
    text: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing escapes being run because a fence or a comment is misspelled."""
    with pytest.raises(ValueError, match=complaint):
        read(text, tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("assert 1 == 2\n", AssertionError),
        (".gameplay(fps=3)\n", ConfigurationError),
        (".rendering(fps='30')\n", ConfigurationError),
        ("game = gym_scene.GymScene().scene(scene_id='game')\n", ConfigurationError),
        ("config = experiment_config.ExperimentConfig().hosting(port='x')\n", ConfigurationError),
        ("order = stager.Stager(scenes=[welcome, welcome, thanks], order=1)\n", ConfigurationError),
    ],
)
def test_what_does_not_work_is_noticed(code: str, error: type[Exception], tmp_path: Path) -> None:
    """A snippet that raises, or that makes an experiment with problems, fails its page."""
    with pytest.raises(error):
        Workshop(tmp_path).run(Block(Path("page.md"), 1, "python", code))


def test_a_game_that_fails_is_noticed(tmp_path: Path) -> None:
    """A snippet whose game cannot be played fails its page."""
    code = (
        "class Broken(CoordinationGridEnv):\n"
        "    def step(self, actions):\n"
        "        raise RuntimeError('the third step')\n\n"
        "game = (gym_scene.GymScene().scene(scene_id='game').environment(env_creator=Broken)\n"
        "  .policies(policy_mapping={'player_0': configuration_constants.PolicyTypes.Human,\n"
        "                            'player_1': configuration_constants.PolicyTypes.Random})\n"
        "  .gameplay(action_mapping={'w': 0}, default_action=4))\n"
    )
    block = Block(Path("page.md"), 1, "python", code, marks=frozenset(("play",)))
    with pytest.raises(AssertionError, match="the game failed"):
        Workshop(tmp_path).run(block)


def test_commands_have_the_output_that_follows_them() -> None:
    """Lines after a command are its output; a backslash continues a command."""
    first, second = commands("$ one \\\n    --more\nout\n\n$ two &\n")
    assert (first.line, first.output) == ("one --more", ["out"])
    assert second.background
    assert second.words == ["two"]
    with pytest.raises(ValueError, match="begins with a command"):
        commands("out\n")


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (["a  b", "c"], True),
        (["a …", "c"], True),
        (["c", "a b"], False),
        (["a"], False),
        (["d"], False),
    ],
)
def test_output_is_compared_line_by_line(wanted: list[str], fits: bool) -> None:
    """Printed lines have to come, whole and in order; others may stand between, spaces do not count."""
    command = Command("command", wanted)
    if fits:
        compare(command, "a b\nx\nc\n")
    else:
        with pytest.raises(AssertionError, match="did not come"):
            compare(command, "a b\nx\nc\n")


def test_failing_commands_are_noticed(tmp_path: Path) -> None:
    """A command that fails, or a script that does not serve, fails its page."""
    shell: Any = Shell(tmp_path)
    with pytest.raises(AssertionError, match="false"):
        shell.run("$ false\n")
    (tmp_path / "broken.py").write_text("from mug.server import app\napp.run()\n")
    with pytest.raises(AssertionError, match="no experiment to run"):
        shell.run("$ python broken.py\n")


@pytest.mark.parametrize(
    ("printed", "status"),
    [
        ("wander.py: 2 problems", 2),
        ("1. fps must be a number", 2),
        ("  FOUND  repeats  not the same", 1),
        ("car  car-1  1  20  different  step 3: rewards", 1),
        ("car  car-1  1  20  verified", 0),
        ("", 0),
    ],
)
def test_bad_news_go_with_an_exit_status(printed: str, status: int) -> None:
    """A command that prints problems has to end with 2, one that finds something with 1, others with 0."""
    assert expected_status(Command("mug check wander.py", [printed])) == status


def test_a_class_is_one_class_all_over_a_page(tmp_path: Path) -> None:
    """What a file of the page imports is what the page has already, so that it can be sent to browsers."""
    workshop = Workshop(tmp_path)
    code = "import coordination_grid_env as grid\nassert grid.CoordinationGridEnv is CoordinationGridEnv\n"
    for line in (1, 5):
        workshop.run(Block(page=Path("page.md"), line=line, language="python", code=code))
