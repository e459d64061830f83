"""What the engine adds to a bare environment."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import attrs

from bench.experiment import CoordinationGridEnv
from mug.engine.engine import Engine, Rules

STEPS = 3000
ROUNDS = 7
AGENTS = ("player_0", "player_1")


@attrs.frozen
class Stepping:
    """Microseconds for one step and its picture: best of several rounds."""

    bare: float
    engine: float

    @property
    def overhead(self) -> float:
        """What the engine adds, in microseconds a step."""
        return self.engine - self.bare


def _best(run: Callable[[], None]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        run()
        times.append((time.perf_counter() - began) / STEPS * 1e6)
    return min(times)


def _actions(step: int) -> dict[Any, int]:
    return {"player_0": 2 + step % 2, "player_1": 3 - step % 2}


def measure() -> Stepping:
    """Step the coordination grid with and without the engine, in turn."""
    env = CoordinationGridEnv()
    env.reset(seed=1)

    def bare() -> None:
        for step in range(STEPS):
            env.step(_actions(step))
            env.render()

    rules = Rules(
        agent_ids=AGENTS,
        humans=AGENTS,
        default_action=4,
        action_population="default_action",
        num_episodes=1,
        max_steps=10**9,
        frame_skip=1,
        per_player_views=None,
    )
    engine = Engine(CoordinationGridEnv, rules, {}, seed=1)
    engine.begin_episode()

    def engined() -> None:
        for step in range(STEPS):
            engine.advance(_actions(step))
            engine.render()

    bare(), engined()
    return Stepping(_best(bare), _best(engined))
