"""A script that was changed between two starts of its server."""

from __future__ import annotations

from typing import Any

import pytest

from mug.configurations import ExperimentConfig
from mug.errors import MugError
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene, StartScene, StaticScene


def experiment(middle: str) -> ExperimentConfig:
    scenes = [
        StartScene().scene(scene_id="start"),
        StaticScene().scene(scene_id=middle),
        EndScene().scene(scene_id="end"),
    ]
    return ExperimentConfig().experiment(stager=Stager(scenes=scenes), experiment_id="study")


async def test_people_on_their_way_are_not_sent_nowhere(run_experiment: Any) -> None:
    """A server does not start with a script that lacks a scene somebody still has to see."""
    async with run_experiment(experiment("before")) as running, running.arrive() as ann:
        await ann.until_scene("start")
    with pytest.raises(MugError, match="is on the way to 'before'"):
        async with run_experiment(experiment("after")):
            pytest.fail("the server must not start")


async def test_those_who_have_finished_do_not_mind(run_experiment: Any) -> None:
    """When everybody has reached the end, the script may be changed and go on with the same data."""
    async with run_experiment(experiment("before")) as running, running.arrive() as ann:
        for scene_id in ("start", "before"):
            await ann.until_scene(scene_id)
            await ann.advance()
        await ann.until_scene("end")
    async with run_experiment(experiment("after")) as running, running.arrive() as bob:
        await bob.until_scene("start")
