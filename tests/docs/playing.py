"""Plays an experiment from the documentation with participants that have no browser."""

from __future__ import annotations

import asyncio
import copy
from pathlib import Path

from mug.configurations.experiment_config import ExperimentConfig
from mug.scenes.gym_scene import GymScene
from mug.testing.participants import HeadlessParticipant
from mug.testing.running import RunningExperiment, running

STEPS = 5
"""How many steps of a game have to be seen before it counts as played."""


def play(config: ExperimentConfig, data_dir: Path) -> Path:
    """Go through an experiment up to its first game, play a little, and return its data folder.

    Countdowns and waits are cut short, and games that browsers play are played on the server, since there are
    no browsers; everything else is as the page prints it.
    """
    config = copy_of(config)
    for scene in config.setting("stager").scenes():
        if isinstance(scene, GymScene):
            scene.gameplay(countdown_s=0.0).waitroom(min_wait_time=0.0)
            if scene.runtime_name() == "pyodide":
                scene.runtime(run_through_pyodide=False)
            if scene.setting("simulated_wait"):
                scene.waitroom(simulated_wait=(0.0, 0.0))
    return asyncio.run(_play(config, data_dir))


def copy_of(config: ExperimentConfig) -> ExperimentConfig:
    """Return a configuration that can be served, while the page goes on with the one it has."""
    return copy.deepcopy(config, {id(plugin): plugin for plugin in config.setting("plugins")})


async def _play(config: ExperimentConfig, data_dir: Path) -> Path:
    async with running([config], data_dir) as experiment:
        people = [experiment.arrive() for _ in range(_players(experiment))]
        try:
            await asyncio.gather(*(_reach_the_game(person) for person in people))
        finally:
            await asyncio.gather(*(person.disconnect() for person in people))
        return experiment.data_dir


def _players(experiment: RunningExperiment) -> int:
    (host,) = experiment.server.hosts
    return max(len(spec.humans) for spec in host.experiment.games.values())


async def _reach_the_game(person: HeadlessParticipant) -> None:
    await person.connect()
    while True:
        await person.until(lambda: person.scene)
        if person.scene["kind"] in ("gym", "wait"):
            break
        visit = person.scene["visit"]
        await person.advance(**dict.fromkeys(person.scene["page"].get("fields", ()), "1"))
        await person.until(lambda visit=visit: person.scene["visit"] != visit)
    await person.until(lambda: person.game.get("state") == "failed" or _steps(person) >= STEPS)
    assert person.game["state"] != "failed", "the game failed; the log says why"
    assert person.picture.commands(), "nothing was drawn"


def _steps(person: HeadlessParticipant) -> int:
    return max((frame.step for frame in person.frames), default=0)
