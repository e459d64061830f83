"""What environments and snapshots cost: the same measurement in a browser's Python and in this machine's."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from itertools import cycle
from typing import Any

from mug.engine.errors import EnvironmentFault
from mug.game.building import build_engine
from mug.game.seats import Seats
from mug.game.spec import GameSpec

BATCHES = 80
BATCH_SECONDS = 0.005
"""Short, so that some are not disturbed; browsers tell the time in steps of 0.1 ms."""
MOST = 5_000


def measure(spec: GameSpec) -> dict[str, float]:
    """Return the microseconds of a step of the environment alone, of the engine's, and of snapshots."""
    engine = build_engine(
        spec, Seats(spec, dict.fromkeys(spec.humans, "subject"), {}), 1, global_generators=True
    )
    engine.begin_episode()
    env = spec.make_env()
    env.reset(seed=1)
    actions = cycle(_actions(spec))
    saved = [engine.save()]

    def step() -> None:
        _, _, terminated, truncated, _ = env.step(next(actions))
        if _any(terminated) or _any(truncated):
            env.reset()

    chosen = cycle((0, 1))

    def play() -> None:
        if engine.phase != "playing":
            engine.begin_episode()
        engine.advance(dict.fromkeys(spec.humans, next(chosen)))

    def save() -> None:
        # Each after a step: what has not changed since the last one would cost nothing.
        saved[0] = engine.save()

    def load() -> None:
        engine.load(saved[0])

    costs = {
        "step": best(step),
        "engine": best(play),
        "save": best(save, play),
        "load": best(load, play),
    }
    with contextlib.suppress(EnvironmentFault):
        costs["bytes"] = best(lambda: engine.save().as_bytes(), play)
    return costs


def measure_json(spec: GameSpec) -> str:
    """Return the same as JSON."""
    return json.dumps(measure(spec))


def best(work: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    """Return the microseconds of one call in the best of some batches, without those of ``before``."""
    count = 1
    while min(_batch(count, before, work) for _ in range(5)) < BATCH_SECONDS and count < MOST:
        count *= 2
    both = min(_batch(count, before, work) for _ in range(BATCHES))
    return (both - min(_batch(count, before) for _ in range(BATCHES))) / count * 1e6


def _batch(count: int, *parts: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(count):
        for part in parts:
            part()
    return time.perf_counter() - began


def _actions(spec: GameSpec) -> list[Any]:
    if len(spec.agent_ids) == 1:
        return [0, 1]
    return [dict.fromkeys(spec.agent_ids, action) for action in (0, 1)]


def _any(flags: Any) -> bool:
    return any(flags.values()) if isinstance(flags, dict) else bool(flags)
