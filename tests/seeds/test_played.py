"""The documents' scenes for server mode are played, by participants over the real protocol."""

from __future__ import annotations

import importlib.util
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
_spec = importlib.util.spec_from_file_location("documents", HERE / "documents.py")
assert _spec is not None
assert _spec.loader is not None
documents = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(documents)

NO_ENVIRONMENT = ("002_automatic",)
"""Printed without an environment: they say what makes a scene a server scene, and cannot be played."""
PLAYED = [
    key
    for key in (*documents.SCENES, *documents.METHODS)
    if key not in documents.IN_BROWSERS and key not in NO_ENVIRONMENT
]


@pytest.mark.parametrize("key", PLAYED)
async def test_a_printed_scene_is_played(run_experiment: Any, tmp_path: Path, key: str) -> None:
    """As many people as it has seats for meet, each gets a seat of their own and sees the game."""
    config = documents.config_of(key, tmp_path)
    (game,) = [scene for scene in config.setting("stager").scenes() if scene.kind == "gym"]
    async with run_experiment(config) as running, AsyncExitStack() as stack:
        people = [await stack.enter_async_context(running.arrive()) for _ in game.humans()]
        for person in people:
            await person.until_scene("welcome")
            await person.advance()
        for person in people:
            await person.until_state("playing", "between", "over", patience=60)
        assert {person.game["seat"] for person in people} == {str(agent) for agent in game.humans()}
        for person in people:
            await person.until(lambda p=person: p.frames)
            if person.page["bindings"]:
                await person.hold(person.page["bindings"][0]["action"])
