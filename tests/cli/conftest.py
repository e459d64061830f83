"""Running ``mug`` in this process, on scripts written to a temporary folder."""

import textwrap

import pytest
from click.testing import CliRunner

from mug.cli.group import cli
from tests.plugins.conftest import install

__all__ = ["install", "run_mug", "write_script"]

SCENES = """
from mug.server import app
from mug.scenes import stager, static_scene, gym_scene
from mug.configurations import experiment_config, configuration_constants

start = static_scene.StartScene().scene(scene_id="start").display(scene_header="Hello", scene_body="Welcome.")
end = static_scene.EndScene().scene(scene_id="end").display(scene_header="Thanks", scene_body="Bye.")
experiment_stager = stager.Stager(scenes=[start, end])
config = experiment_config.ExperimentConfig().experiment(stager=experiment_stager, experiment_id="hello")
"""


@pytest.fixture
def run_mug(tmp_path, monkeypatch):
    """Run ``mug`` with arguments, in the temporary folder; gives click's result."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        return CliRunner().invoke(cli, [str(argument) for argument in arguments], prog_name="mug")

    return run


@pytest.fixture
def write_script(tmp_path):
    """Write a script that begins with a small experiment called ``config``, unless ``bare``."""

    def write(source="", name="study.py", bare=False):
        path = tmp_path / name
        path.write_text(("" if bare else SCENES) + textwrap.dedent(source))
        return path

    return write
