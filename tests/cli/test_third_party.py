"""Plugins that were never seen by this repository: built, installed by pip, and used like a stranger's."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def stranger(tmp_path):
    """Build a package and install its wheel into a folder of its own; gives a way to run Python with it."""

    def install(package):
        site = tmp_path / "site"
        wheels = tmp_path / "wheels"
        run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", wheels, cwd=package)
        (wheel,) = wheels.glob("*.whl")
        run(
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            "--target",
            site,
            wheel,
        )
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(site), str(ROOT)])}

        def python(*arguments, folder=tmp_path):
            return run(sys.executable, *arguments, cwd=folder, env=environment)

        return python

    return install


def run(*command, **settings):
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, **settings
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


USES = """
from mug.core.plugins import PluginSet
plugins = PluginSet()
found = plugins.find("mug_matchmakers", "{name}", "a test")
entry = {{entry["name"]: entry for entry in plugins.describe()}}["{name}"]
print(found.__name__, entry["distribution"], entry["active"])
"""


def test_the_example_is_a_package_like_any_other(stranger, tmp_path):
    """examples/mug_skill installs as a wheel, is found by name, keeps the laws and passes its tests."""
    package = tmp_path / "mug_skill"
    _copy(ROOT / "examples" / "mug_skill", package)
    python = stranger(package)
    assert python("-c", USES.format(name="skill")) == "SkillMatchmaker mug-skill True\n"
    assert python("-m", "mug", "check", "skill") == (
        "plugin 'skill': 7 of 7 checks passed\nmatchmaker 'skill': 10 of 10 checks passed\n"
    )
    assert "skill 0.1.0 (mug-skill)\n  matchmaker  skill\n" in python("-m", "mug", "plugins")
    assert " passed" in python("-m", "pytest", "-q", "-p", "no:cacheprovider", folder=package)


def test_a_new_plugin_works_as_it_is_written(stranger, tmp_path):
    """What ``mug new-plugin`` writes installs, is found by name, keeps the laws and passes its tests."""
    package = tmp_path / "mug-same-level"
    run(
        sys.executable,
        "-m",
        "mug",
        "new-plugin",
        "matchmaker",
        "same-level",
        "--directory",
        package,
        cwd=ROOT,
    )
    python = stranger(package)
    assert python("-c", USES.format(name="same-level")) == "SameLevelMatchmaker mug-same-level True\n"
    assert "matchmaker 'same-level': 10 of 10 checks passed" in python("-m", "mug", "check", "same-level")
    assert " passed" in python("-m", "pytest", "-q", "-p", "no:cacheprovider", folder=package)


def _copy(source, target):
    for path in source.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            (target / path.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
            (target / path.relative_to(source)).write_bytes(path.read_bytes())
