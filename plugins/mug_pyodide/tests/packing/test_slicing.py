"""Functions of a script do in a browser what they do here, and nothing else of the script goes there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from mug.errors import ConfigurationError

SETTINGS = """
import functools, math, os, sys, threading
import numpy as np
from dataclasses import dataclass
from mug.engine.callbacks import GameCallbacks
SECRET = "hunter" + "2"
WIDTH = 600; HEIGHT = WIDTH // 2
if WIDTH > 100:
    WORD = "wide"
    def grown(x):  # nobody needs to know
        return x + len(WORD)
else:
    def grown(x): return x
try:
    import no_such_module
except ImportError:
    no_such_module = None
TABLE = {}
for number in range(4):
    TABLE[number] = number ** 2
LOCK = threading.Lock()
RANDOM = np.random.default_rng(4)
@dataclass
class Point:
    x: int
    y: "int" = 0
ORIGIN = Point(1, 2)
ORIGIN.y = 7
def deco(function):
    @functools.wraps(function)
    def wrapped(*args):
        return function(*args) * 2
    return wrapped
@deco
def doubled(x): return math.floor(x) + TABLE[2]
def counter():
    count = 0
    def up(step=1):
        nonlocal count
        count += step
        return count
    def show(): return count
    return up, show
up, show = counter()
makers = [lambda x, i=i: x * 10 + i for i in range(3)]
def nested(n): return (lambda x: (lambda y: x + y + n))(1)
def annotated(point: gym_scene.GymScene, other: "nothing" = None) -> stager.Stager: return ORIGIN.y
state = 5
def changes():
    global state
    state += 1
    return state
class Policy:
    speed = grown(WIDTH)
    def __init__(self, word): self.word = word
    def __call__(self, observation): return (self.word, self.speed, WORD)
def recursive(n): return 1 if n < 1 else n * recursive(n - 1)
folder = os.path.dirname(os.path.abspath(__file__))
"""


def _with(value: str) -> str:
    """A script whose HUD function is called with a game and returns this expression's value."""
    game = """
game = (gym_scene.GymScene().scene(scene_id="game")
    .policies(policy_mapping={"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Random})
    .rendering(hud_text_fn=HUD)
    .runtime(run_through_pyodide=True, environment_initialization_code_filepath="the_env.py"))
"""
    return SETTINGS + game.replace("HUD", value)


@pytest.mark.parametrize(
    "function",
    [
        "lambda game: HEIGHT",
        "lambda game: doubled(game)",
        "doubled",
        "grown",
        "makers[2]",
        "nested(4)",
        "lambda game, table=TABLE: table[3] + game",
        "lambda game: (no_such_module, SECRET.upper()[:1])",
        "annotated",
        "Policy('a')",
        "functools.partial(pow, 3)",
        "functools.partial(grown)",
        "recursive",
        "up",
        "lambda game: (up(), show(), up(game), show())",
        "lambda game: RANDOM.integers(1000)",
        "lambda game: (ORIGIN, ORIGIN.y, np.int64(3))",
        "lambda game: [f(1) for f in makers]",
        "ORIGIN.__eq__",
        "lambda \\\n  game: ('ü', WORD)",
        "(lambda game: 1, lambda game: 2)[1]",
    ],
)
def test_functions_do_there_what_they_do_here(
    function: str, experiment: Any, loaded: Any, tmp_path: Path
) -> None:
    """Whatever a function uses of its script comes with it, as it is now."""
    opened = experiment(_with(function))
    there = loaded(opened.write(), tmp_path / "browser").hud_text_fn
    assert repr(there(3)) == repr(opened.spec.hud_text_fn(3)).replace("__main__", "mug_script")


def test_globals_that_functions_set_begin_as_they_are_now(
    experiment: Any, loaded: Any, tmp_path: Path
) -> None:
    """A module's state is taken along as it is, and changes there without changing here."""
    opened = experiment(_with("lambda game: changes()"))
    here = opened.spec.hud_text_fn
    assert here(0) == 6
    there = loaded(opened.write(), tmp_path / "browser").hud_text_fn
    assert [there(0), there(0), here(0)] == [7, 8, 7]


def test_only_what_is_needed_is_shipped(experiment: Any) -> None:
    """Neither other statements nor values nor comments between statements nor paths are in the scene."""
    opened = experiment(_with("lambda game: grown(HEIGHT)"))
    blob = opened.write().blob
    for word in (b"hunter", b"nobody needs", b"TABLE", b"Policy", b"GymScene", str(opened.folder).encode()):
        assert word not in blob
    assert b"def grown(x):" in blob


def test_values_and_not_what_made_them_are_shipped(experiment: Any) -> None:
    """A value is shipped without the statement that computed it."""
    blob = experiment(_with("lambda game: SECRET")).write().blob
    assert b"hunter2" in blob
    assert b'"hunter"' not in blob


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("lambda game: LOCK", ("LOCK", "alive")),
        ("(lambda lock: lambda game: lock)(LOCK)", ("'lock'", "script.py, line")),
        ("lambda game: stager.Stager", ("stager", "belongs to the server")),
        ("lambda game: app.run()", ("app", "belongs to the server")),
        ("(lambda: type('Local', (), {'__call__': lambda self, game: 1}))()()", ("Local",)),
        ("(lambda s: lambda game: s)(static_scene.StartScene())", ("'s'", "StartScene")),
        ("lambda game: sys.stdout.write", ()),
    ],
)
def test_what_cannot_be_shipped_is_said(function: str, words: tuple[str, ...], experiment: Any) -> None:
    """A problem names the setting, and the variable or name that cannot go to a browser."""
    opened = experiment(_with(function))
    if not words:
        assert opened.write().blob
        return
    with pytest.raises(ConfigurationError) as raised:
        opened.write()
    (problem,) = raised.value.problems
    assert "scene 'game', .rendering(hud_text_fn=)" in problem.where
    for word in words:
        assert word in problem.what


def test_a_changed_file_is_noticed(experiment: Any) -> None:
    """A lambda whose file says something else by now is not taken from it."""
    opened = experiment(_with("lambda game: 1"))
    script = opened.folder / "script.py"
    script.write_text(script.read_text().replace("lambda game: 1", "lambda game: game + 1"))
    with pytest.raises(ConfigurationError, match="changed"):
        opened.write()


def test_every_problem_is_reported(experiment: Any) -> None:
    """Settings are blamed one by one."""
    script = _with("lambda game: LOCK").replace(
        ".rendering(", ".gameplay(callback=lambda game, data: stager.Stager).rendering("
    )
    with pytest.raises(ConfigurationError) as raised:
        experiment(script).write()
    places = [problem.where for problem in raised.value.problems]
    assert [bool(re.search("hud_text_fn|callback", place)) for place in places] == [True, True]


def test_paths_of_the_experiment_are_those_of_the_pack(experiment: Any, loaded: Any, tmp_path: Path) -> None:
    """A path below the script's folder means the same file there."""
    opened = experiment(_with("lambda game: (folder, folder + '/a.txt', __file__)"), {"a.txt": "hello"})
    written = opened.write()
    there = loaded(written, tmp_path / "browser").hud_text_fn
    assert there(0)[0] == str(tmp_path / "browser")
    assert there(0)[2] == str(tmp_path / "browser" / "script.py")


def test_files_that_settings_name_are_taken_along(experiment: Any) -> None:
    """A file beside the script that a value names is shipped; the script itself never."""
    opened = experiment(
        _with("functools.partial(print, folder + '/a.txt', folder + '/script.py')"), {"a.txt": "hello"}
    )
    assert opened.write().files == {opened.folder / "a.txt"}


def test_scenes_are_written_alike_each_time(experiment: Any) -> None:
    """The same scene is the same bytes, sets included."""
    opened = experiment(_with("functools.partial(print, {'b', 'a', 'c'}, frozenset('xyz'))"))
    assert opened.write().blob == opened.write().blob


def test_modules_that_make_scenes_are_cut_up_too(experiment: Any, loaded: Any, tmp_path: Path) -> None:
    """Of a module beside the script that imports the server's parts, only what is needed is shipped."""
    shared = "from mug.scenes import gym_scene\nSTEP = 3\nKEY = 'hunter2'\n"
    shared += "def line(game): return STEP + game\n"
    script = "from shared import line\n" + _with("lambda game: line(game)")
    opened = experiment(script, {"shared.py": shared})
    written = opened.write()
    assert set(written.parts) == {"__main__", "shared"}
    assert b"hunter2" not in written.blob
    assert loaded(written, tmp_path / "browser").hud_text_fn(1) == 4
