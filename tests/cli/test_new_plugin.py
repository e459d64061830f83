"""``mug new-plugin`` writes a package that works as it is."""

import ast

import pytest
import tomlkit

from mug.testing import conformance


def test_the_package_is_whole(run_mug, tmp_path):
    """Module, metadata, README and tests are written, and named after the plugin."""
    result = run_mug("new-plugin", "matchmaker", "same-level")
    assert result.exit_code == 0, result.output
    written = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert written == [
        "mug-same-level/README.md",
        "mug-same-level/mug_same_level.py",
        "mug-same-level/pyproject.toml",
        "mug-same-level/tests/test_conformance.py",
    ]
    assert all(path in result.output for path in written)
    project = tomlkit.parse((tmp_path / "mug-same-level/pyproject.toml").read_text())
    assert project["project"]["name"] == "mug-same-level"
    assert project["project"]["entry-points"]["mug"] == {"same-level": "mug_same_level"}
    assert "$" not in "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())


def test_the_matchmaker_keeps_the_laws(run_mug, tmp_path):
    """What is written passes the conformance checks, and is offered under the plugin's name."""
    run_mug("new-plugin", "matchmaker", "same-level", "--directory", tmp_path / "here")
    source = (tmp_path / "here/mug_same_level.py").read_text()
    namespace = {"__name__": "mug_same_level"}
    exec(compile(ast.parse(source), "mug_same_level.py", "exec"), namespace)
    offered = namespace["mug_matchmakers"]()
    assert list(offered) == ["same-level"]
    for check in conformance.matchmaker:
        check(offered["same-level"])


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("Same Level", "call it 'same-level'"),
        ("same_level", "call it 'same-level'"),
        ("mug-skilful", "call it 'skilful'"),
        ("a--b", "call it 'a-b'"),
        ("2fast", "begin with a letter"),
        ("../evil", "call it 'evil'"),
        ("", "begin with a letter"),
    ],
)
def test_bad_names_are_refused(run_mug, tmp_path, name, fix):
    """A name that cannot be a package's gets one that can, and nothing is written."""
    result = run_mug("new-plugin", "matchmaker", name)
    assert result.exit_code == 2
    assert f"'{name}' cannot be a plugin's name" in result.stderr
    assert fix in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("fifo", "plugin 'mug' already gives a matchmaker 'fifo'"),
        ("mug", "the plugin name 'mug' is taken"),
        ("alpha", "the plugin name 'alpha' is taken"),
    ],
)
def test_taken_names_are_refused(run_mug, install, name, sentence):
    """A name that is in use would make a plugin that cannot be used."""
    install("alpha", "import mug\n@mug.hookimpl\ndef mug_health(): ...\n")
    result = run_mug("new-plugin", "matchmaker", name)
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_an_existing_folder_is_left_alone(run_mug, tmp_path):
    """Nothing that is there is overwritten."""
    (tmp_path / "mug-same-level").mkdir()
    result = run_mug("new-plugin", "matchmaker", "same-level")
    assert result.exit_code == 2
    assert "'mug-same-level' exists already" in result.stderr
    assert list((tmp_path / "mug-same-level").iterdir()) == []


def test_unknown_kinds_are_refused(run_mug):
    """A kind without a template is an error that lists the kinds there are."""
    result = run_mug("new-plugin", "matchmakr", "same-level")
    assert result.exit_code == 2
    assert "'matchmaker'" in result.stderr
