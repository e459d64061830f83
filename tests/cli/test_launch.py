"""Running scripts on behalf of commands: what they configured, and what went wrong in their own lines."""

import multiprocessing
import sys
from pathlib import Path

import pytest

from mug.core import launch
from mug.core.script_arguments import Arguments
from mug.errors import MugError


def ids(configs):
    return [config.setting("experiment_id") for config in configs]


@pytest.mark.parametrize(
    "ending",
    [
        "app.run(config)",
        "if __name__ == '__main__':\n    app.run(config)",
        "import sys\nsys.exit(app.run(config))",
        "",
        "experiment = config\ndel config",
    ],
    ids=["unguarded", "guarded", "exits", "defines config", "defines experiment"],
)
def test_what_a_script_configures_is_handed_over(write_script, ending):
    """However a script ends, its configuration is taken instead of served."""
    assert ids(launch.capture(write_script(ending))) == ["hello"]


def test_several_experiments_are_handed_over(write_script):
    """Several calls, and several configurations in one call, are all taken."""
    second = "second = experiment_config.ExperimentConfig().experiment(experiment_id='second')\n"
    assert ids(launch.capture(write_script(second + "app.run(config, second)"))) == ["hello", "second"]
    assert ids(launch.capture(write_script(second + "app.run(config)\napp.run(second)"))) == [
        "hello",
        "second",
    ]


def test_a_script_is_main_and_finds_its_neighbors(write_script, tmp_path):
    """A script runs as Python would run it: as __main__, with its own name, folder and no arguments."""
    (tmp_path / "neighbor_of_script.py").write_text("NAME = 'hello-neighbor'\n")
    source = """
    import sys, neighbor_of_script
    assert sys.argv == [__file__], sys.argv
    class Mine: ...
    assert Mine.__module__ == "__main__" and sys.modules["__main__"].Mine is Mine
    config.experiment(experiment_id=neighbor_of_script.NAME)
    """
    before = (sys.argv[:], sys.path[:], sys.modules["__main__"])
    assert ids(launch.capture(write_script(source))) == ["hello-neighbor"]
    assert before == (sys.argv[:], sys.path[:], sys.modules["__main__"])
    sys.modules.pop("neighbor_of_script")


def test_inside_the_block_the_script_stays_main(write_script):
    """While its configuration is looked at, a script's classes can be found and pickled."""
    with launch.capturing(write_script("class Mine: ...")) as configs:
        assert ids(configs) == ["hello"]
        assert sys.modules["__main__"].Mine.__module__ == "__main__"


def test_arguments_for_the_script(write_script):
    """Arguments are the script's own."""
    source = "import sys\nconfig.experiment(experiment_id=sys.argv[1])"
    assert ids(launch.capture(write_script(source), ["other"])) == ["other"]


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("x = 1", "the script configures no experiment"),
        ("config = 'later'", "the script never calls app.run, but its 'config' is str, not ExperimentConfig"),
    ],
)
def test_a_script_without_experiment(write_script, source, what):
    """The error says what a script is expected to have."""
    path = write_script(source, bare=True)
    with pytest.raises(MugError) as caught:
        launch.capture(path)
    assert (caught.value.what, caught.value.where, caught.value.fix) == (what, str(path), launch.EXPECTED)


def test_an_error_in_the_script_shows_its_line(write_script):
    """A Python error is reported with the last line of the script, not with anybody's traceback."""
    path = write_script("def half(n):\n    return n / 0\nhalf(\n    1,\n)\n", bare=True)
    with pytest.raises(MugError) as caught:
        launch.capture(path)
    assert caught.value.what == "ZeroDivisionError: division by zero"
    assert caught.value.where == f"{path}, line 2: return n / 0"
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_an_error_in_a_library_shows_the_scripts_line(write_script):
    """An error deep in somebody else's code is reported where the script called it."""
    path = write_script("import json\n\njson.loads('{')\n", bare=True)
    with pytest.raises(MugError) as caught:
        launch.capture(path)
    assert caught.value.where == f"{path}, line 3: json.loads('{{')"


def test_an_error_in_a_neighbor_shows_both_lines(write_script, tmp_path):
    """An error in another of the researcher's files is reported there, and where the script used it."""
    (tmp_path / "broken_neighbor.py").write_text("LEVEL = [1][2]\n")
    path = write_script("import broken_neighbor", bare=True)
    with pytest.raises(MugError) as caught:
        launch.capture(path)
    assert caught.value.where == (
        f"{path}, line 1: import broken_neighbor, {tmp_path / 'broken_neighbor.py'}, line 1: LEVEL = [1][2]"
    )


def test_a_syntax_error_shows_its_line(write_script):
    """A script that is not Python is reported where Python stopped."""
    path = write_script("x = 1\ny = = 2\n", bare=True)
    with pytest.raises(MugError) as caught:
        launch.capture(path)
    assert caught.value.what.startswith("SyntaxError: ")
    assert caught.value.where == f"{path}, line 2: y = = 2"


def test_eventlet_is_explained(write_script, monkeypatch):
    """The two lines that other tools needed get an answer of their own."""
    monkeypatch.setitem(sys.modules, "eventlet", None)
    path = write_script("import eventlet\neventlet.monkey_patch()", bare=True)
    with pytest.raises(MugError, match="remove the lines import eventlet"):
        launch.capture(path)


@pytest.mark.parametrize("status", ["2", "'no data'"])
def test_a_script_that_ends_itself(write_script, status):
    """A script that exits with a failure is reported, not obeyed."""
    with pytest.raises(MugError, match="the script ended itself with"):
        launch.capture(write_script(f"raise SystemExit({status})"))


def test_a_missing_script_suggests_its_neighbor(write_script, tmp_path):
    """A misspelt file name gets a suggestion from its folder."""
    write_script(name="coordination_experiment.py")
    with pytest.raises(MugError) as caught:
        launch.capture(tmp_path / "cordination_experiment.py")
    assert caught.value.fix == "did you mean 'coordination_experiment.py'?"
    with pytest.raises(MugError, match="there is no file"):
        launch.capture(Path("nowhere/at/all.py"))


def test_a_folder_is_no_script(tmp_path):
    """Something that cannot be read is one line."""
    with pytest.raises(MugError, match="cannot be read"):
        launch.capture(tmp_path)


def test_python_serves_what_nobody_captures():
    """Without a command, app.run has to serve."""
    assert launch.handed_over([]) is False


def test_worker_processes_do_not_serve(monkeypatch):
    """A worker process that imports the script must not start another server."""
    monkeypatch.setattr(multiprocessing, "parent_process", object)
    assert launch.handed_over([]) is True


def test_serving_with_arguments(write_script, monkeypatch):
    """mug run serves what the script passes to app.run, with the command's arguments instead of its own."""
    served = []
    monkeypatch.setattr(
        "mug.server.app.serve", lambda configs, *address: served.append((ids(configs), *address))
    )
    arguments = Arguments("0.0.0.0", 9000)
    launch.serve(write_script("config.hosting(host='127.0.0.1', port=8001)\napp.run(config)"), arguments)
    launch.serve(write_script(""), arguments)
    launch.serve(write_script("config.hosting(host='127.0.0.1', port=8001)"), Arguments())
    assert served == [
        (["hello"], "0.0.0.0", 9000),
        (["hello"], "0.0.0.0", 9000),
        (["hello"], "127.0.0.1", 8001),
    ]
