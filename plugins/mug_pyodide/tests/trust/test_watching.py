"""What is seen of an environment is its own doing."""

from __future__ import annotations

import gc
import time
from typing import Any

from mug_pyodide.trust.watching import watch

from mug.configurations.configuration_constants import PolicyTypes
from mug.scenes.gym_scene import GymScene
from mug.testing.envs import Corridor


def test_listeners_of_the_garbage_collector_are_not_the_environment() -> None:
    """A library that times collections reads clocks in the middle of everything, and is not taken for it."""
    scene = (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=Corridor)
        .policies(policy_mapping={"player": PolicyTypes.Human})
        .gameplay(default_action=0)
    )
    scene.freeze()
    readings: list[float] = []

    def listener(phase: str, info: dict[str, Any]) -> None:
        readings.append(time.perf_counter())

    threshold = gc.get_threshold()
    gc.callbacks.append(listener)
    gc.set_threshold(1)
    try:
        seen = watch(scene.game_spec(), 20)
        assert gc.isenabled()
    finally:
        gc.callbacks.remove(listener)
        gc.set_threshold(*threshold)
    assert readings
    assert seen.clocks == []
