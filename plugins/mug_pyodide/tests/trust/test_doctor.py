"""`mug doctor` names what keeps games from being repeated, and finds nothing where there is nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from mug_pyodide.trust.doctor_command import doctor

from mug.cli.group import cli

BROKEN = Path(__file__).with_name("broken.py")
EXAMPLES = Path(__file__).parents[4] / "examples"


def examine(script: Path, *options: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit status and the report."""
    result = CliRunner().invoke(doctor, [str(script), "--no-browser", "--json", "--steps", "40", *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    report: list[dict[str, Any]] = json.loads(result.stdout)
    return result.exit_code, report


def findings(scene: dict[str, Any]) -> dict[str, str]:
    """What was found, by check."""
    return {one["check"]: one["text"] for one in scene["checks"] if one["verdict"] == "found"}


@pytest.mark.parametrize(
    ("scene_id", "reason", "named"),
    [
        (
            "GlobalRandom",
            "unseeded generator",
            "random.random() in broken.py, line 51: return random.random()",
        ),
        ("GlobalNumpy", "unseeded generator", "np.random.rand() in broken.py, line 56"),
        ("OwnGenerator", "unseeded generator", "line 62: self.generator = np.random.default_rng()"),
        ("OwnRandom", "unseeded generator", "line 71: self.generator = random.Random()"),
        ("Unforwarded", "unseeded generator", "line 43: return float(self.np_random.random())"),
        ("ClassState", "class-level state", "__main__.ClassState.steps"),
        ("ModuleState", "class-level state", "__main__.MEMORY"),
        ("ModuleStateThatIsReset", "class-level state", "__main__.MEMORY"),
        ("DefaultArgument", "class-level state", "the default of __main__.DefaultArgument.more(seen=)"),
        ("SetOrder", "set order", "env.colors is a set"),
        ("SetLiteral", "set order", 'broken.py, line 132: for place, color in enumerate({"red", "green"'),
        ("WallClock", "wall clock", "time.time() in broken.py"),
        ("Today", "wall clock", "datetime.now() in broken.py"),
    ],
)
def test_each_mistake_is_found_and_named(scene_id: str, reason: str, named: str) -> None:
    """The report says what it is and in which line or attribute; the exit status says that something is."""
    status, (scene,) = examine(BROKEN, "--scene", scene_id)
    assert status == 1
    assert named in findings(scene)[reason]
    assert not scene["fit_for_rollback"]
    others = {"unseeded generator", "class-level state", "set order", "wall clock"} - {reason}
    assert not others & findings(scene).keys()


def test_what_cannot_be_played_or_saved_is_said_plainly() -> None:
    """An exception and a state that nobody can save are findings with the reason."""
    _, (raising,) = examine(BROKEN, "--scene", "Raising")
    assert findings(raising) == {"plays": "step() raised KeyError: 'the third cup'"}
    _, (unsavable,) = examine(BROKEN, "--scene", "Unsavable")
    assert "env.numbers is a generator" in findings(unsavable)["rewinds"]
    assert unsavable["deterministic"]
    assert not unsavable["fit_for_rollback"]


def test_an_environment_that_ends_its_process_is_survived() -> None:
    """The report goes on after a crash, which is a finding."""
    status, (scene,) = examine(BROKEN, "--scene", "Deadly")
    assert status == 1
    assert "its process" in findings(scene)["plays"]


def test_pictures_that_change_the_game_are_found() -> None:
    """render() must not take part in what happens."""
    _, (scene,) = examine(BROKEN, "--scene", "Drawing")
    assert findings(scene).keys() == {"draws"}
    assert not scene["deterministic"]


def test_an_environment_that_is_too_slow_is_found() -> None:
    """A step that takes longer than the scene's frame rate allows is a finding."""
    _, (scene,) = examine(BROKEN, "--scene", "Slow", "--steps", "20")
    assert findings(scene).keys() == {"speed"}
    assert "too slow for fps=60" in findings(scene)["speed"]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("script", "scene_id"),
    [
        (EXAMPLES / "coordination_grid" / "coordination_experiment.py", "coordination_game"),
        (BROKEN, "SetOrder"),
    ],
)
def test_pyodide_is_asked_as_well(script: Path, scene_id: str) -> None:
    """The same checks in Chromium, and whether it does the same there: an order of sets it does not."""
    _, (scene,) = examine(script, "--scene", scene_id, "--browser")
    asked = {one["check"]: one for one in scene["checks"]}
    for check in ("in browsers", "browser repeats", "browser rewinds", "browser speed"):
        assert asked[check]["verdict"] == "ok", asked[check]
    sound = scene_id != "SetOrder"
    assert asked["same as native"]["verdict"] == ("ok" if sound else "found")
    assert asked["browser speed"]["figures"]["step_ms"] > 0


@pytest.mark.browser
def test_what_browsers_cannot_play_is_only_noted_of_scenes_on_the_server() -> None:
    """A scene that is played on the server may need what browsers have not."""
    status, (scene,) = examine(BROKEN, "--scene", "Compiled", "--browser")
    (note,) = [one for one in scene["checks"] if one["check"] == "in browsers"]
    assert note["verdict"] == "note"
    assert "msgspec" in note["text"]
    assert status == 0


def test_an_environment_in_a_variable_is_no_memory_of_its_module(tmp_path: Path) -> None:
    """Code that leaves its environment in ``env`` is not told that this changes while it is played."""
    (tmp_path / "cart_env.py").write_text(CART, encoding="utf-8")
    script = tmp_path / "cart.py"
    script.write_text(CART_SCRIPT, encoding="utf-8")
    status, (scene,) = examine(script)
    assert status == 0
    assert {one["verdict"] for one in scene["checks"]} == {"ok"}


CART = """
from gymnasium.envs.classic_control.cartpole import CartPoleEnv
from mug.rendering import Surface

class Cart(CartPoleEnv):
    def render(self):
        return Surface(100, 100).commit()

env = Cart()
"""
CART_SCRIPT = """
from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene

cart = (
    GymScene()
    .scene(scene_id="cart")
    .policies(policy_mapping={"player_0": PolicyTypes.Human})
    .gameplay(default_action=0, action_mapping={"ArrowRight": 1})
    .runtime(run_through_pyodide=True, environment_initialization_code_filepath="cart_env.py")
)
config = ExperimentConfig().experiment(
    stager=Stager(scenes=[cart, EndScene().scene(scene_id="end")]), experiment_id="cart"
)
"""


def test_memory_that_changes_nothing_is_only_noted() -> None:
    """A cache in the class is mentioned, and is no finding as long as nothing depends on it."""
    status, (scene,) = examine(BROKEN, "--scene", "Remembering")
    assert status == 0
    (note,) = [one for one in scene["checks"] if one["check"] == "class-level state"]
    assert note["verdict"] == "note"
    assert "__main__.Remembering.calls" in note["text"]


@pytest.mark.parametrize(
    ("script", "scene_id"),
    [
        (BROKEN, "Counting"),
        (BROKEN, "CartPole"),
        (EXAMPLES / "mountain_car" / "mountain_car_experiment.py", "mountain_car"),
        (EXAMPLES / "coordination_grid" / "coordination_experiment.py", "coordination_game"),
    ],
)
def test_sound_environments_pass(script: Path, scene_id: str) -> None:
    """Nothing is found, everything was asked, and the figures are there."""
    status, (scene,) = examine(script, "--scene", scene_id)
    assert findings(scene) == {}
    assert status == 0
    assert scene["deterministic"]
    assert scene["fit_for_rollback"]
    asked = {one["check"]: one for one in scene["checks"]}
    assert all(
        asked[check]["verdict"] == "ok" for check in ("plays", "repeats", "processes", "shares", "rewinds")
    )
    assert asked["speed"]["figures"]["step_ms"] > 0
    assert asked["speed"]["figures"]["frames_per_33_ms"] > 10


def test_the_report_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    """Every check has a line, every finding says what to do, and a sentence sums it up."""
    result = CliRunner().invoke(cli, ["doctor", str(BROKEN), "--scene", "WallClock", "--no-browser"])
    assert result.exit_code == 1
    assert "scene 'WallClock'" in result.output
    assert "FOUND  wall clock" in result.output
    assert "fix: count steps instead" in result.output
    assert "It is NOT deterministic and NOT fit for rollback." in result.output


def test_a_scene_that_is_not_there_is_suggested() -> None:
    """A misspelt scene gets a suggestion."""
    result = CliRunner().invoke(cli, ["doctor", str(BROKEN), "--scene", "WallClok"])
    assert result.exit_code == 2
    assert "did you mean 'WallClock'?" in result.output


TWO_EXPERIMENTS = """
import sys
from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager
from mug.server import app

HUMAN = configuration_constants.PolicyTypes.Human
sys.path.append({examples!r})
from coordination_grid_env import CoordinationGridEnv

def study(name):
    game = gym_scene.GymScene().scene(scene_id="game").environment(env_creator=CoordinationGridEnv)
    game = game.policies(policy_mapping={{"player_0": HUMAN, "player_1": HUMAN}})
    game = game.gameplay(default_action=4, action_mapping={{}})
    scenes = stager.Stager(scenes=[game])
    return experiment_config.ExperimentConfig().experiment(stager=scenes, experiment_id=name)

app.run(study("first"), study("second"))
"""


def test_scenes_of_several_experiments_may_have_the_same_id(tmp_path: Path) -> None:
    """Each is examined, under the name of its experiment, and one or both can be asked for."""
    script = tmp_path / "study.py"
    script.write_text(TWO_EXPERIMENTS.format(examples=str(EXAMPLES / "coordination_grid")))
    for options, names in (
        ([], ["first/game", "second/game"]),
        (["--scene", "game"], ["first/game", "second/game"]),
        (["--scene", "second/game"], ["second/game"]),
    ):
        status, report = examine(script, *options)
        assert status == 0, report
        assert [scene["scene"] for scene in report] == names


def test_without_chromium_the_rest_is_done(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever has no Chromium is told what to install, and gets everything else."""
    monkeypatch.setenv("PATH", str(tmp_path))
    result = CliRunner().invoke(cli, ["doctor", str(BROKEN), "--scene", "Counting", "--steps", "20"])
    assert result.exit_code == 0, result.output
    assert "-      in browsers" in result.output
    assert "none is on the PATH" in result.output
    assert "apt install chromium" in result.output
    assert "It is deterministic and fit for rollback." in result.output
