"""How many games one core sustains, and what a frame, a waiting participant and an arrival cost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Iterator, Sequence

import aiohttp
import attrs

from bench.experiment import FPS, LEFT, RIGHT
from bench.player import Player
from bench.processes import ServerUnderLoad, server

LATE = 1.5
"""Intervals after its due time at which a frame counts as late."""
ENOUGH = 0.95
"""The share of due frames that has to be on time for a number of games to count as sustained."""


@attrs.frozen
class Round:
    """What was seen with one number of games."""

    games: int
    inputs: float
    fps: float
    on_time: float
    frames_per_second: float
    bytes_per_frame: float
    cpu_per_frame: float
    load: float
    late_ticks: float

    @property
    def sustained(self) -> bool:
        """Whether the server kept up."""
        return self.on_time >= ENOUGH


def session() -> aiohttp.ClientSession:
    """Return an HTTP client without limits of its own."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True))


async def _play(running: ServerUnderLoad, games: int, inputs: float, seconds: float) -> Round:
    async with session() as http:
        players = [Player(running.url, http) for _ in range(2 * games)]
        for start in range(0, len(players), 20):
            await asyncio.gather(*(player.arrive() for player in players[start : start + 20]))
        async with asyncio.timeout(120):
            await asyncio.gather(*(player.playing.wait() for player in players))
        for number, player in enumerate(players):
            player.play(inputs, lambda count: (LEFT, RIGHT)[count % 2], (number * 0.37) % 1)
        await asyncio.sleep(2.0)
        for player in players:
            player.arrivals.clear()
        before, began = running.cpu(), time.perf_counter()
        await asyncio.sleep(seconds)
        elapsed, used = time.perf_counter() - began, running.cpu() - before
        seen = [list(player.arrivals) for player in players]
        async with http.get(f"{running.url}/-/health") as answer:
            health = (await answer.json(content_type=None))["runtimes"]["server"]
        await asyncio.gather(*(player.leave() for player in players))
    return _summary(games, inputs, seen, elapsed, used, health)


def _summary(
    games: int,
    inputs: float,
    seen: Sequence[list[tuple[float, int, int]]],
    elapsed: float,
    used: float,
    health: dict[str, float],
) -> Round:
    due = late = size = 0
    rates = []
    for arrivals in seen:
        if len(arrivals) < 2:
            continue
        offset = min(at - frame / FPS for at, frame, _ in arrivals)
        late += sum(at - frame / FPS - offset > LATE / FPS for at, frame, _ in arrivals)
        due += len(arrivals)
        size += sum(length for _, _, length in arrivals)
        (first, first_frame, _), (last, last_frame, _) = arrivals[0], arrivals[-1]
        rates.append((last_frame - first_frame) / (last - first))
    ticks = health.get("ticks", 0)
    return Round(
        games=games,
        inputs=inputs,
        fps=sum(rates) / len(rates) if rates else 0.0,
        on_time=1 - late / due if due else 0.0,
        frames_per_second=due / elapsed / max(1, len(seen)),
        bytes_per_frame=size / due if due else 0.0,
        cpu_per_frame=used / due * 1e6 if due else 0.0,
        load=used / elapsed,
        late_ticks=health.get("late_ticks", 0) / ticks if ticks else 0.0,
    )


def play(games: int, inputs: float, seconds: float) -> Round:
    """Measure one number of two-player games, the server on core 0 and the load on the others."""
    with server("play", {0}) as running:
        return asyncio.run(_play(running, games, inputs, seconds))


def sustained(inputs: float, start: int, seconds: float) -> list[Round]:
    """Raise the number of games until the server no longer keeps up; return every round."""
    rounds = [play(start, inputs, seconds)]
    games, step = start, 20
    while rounds[-1].sustained and games < 400:
        games += step
        rounds.append(play(games, inputs, seconds))
    while not any(one.sustained for one in rounds) and games > 10:
        games -= 10
        rounds.append(play(games, inputs, seconds))
    return rounds


@attrs.frozen
class Waiting:
    """What a waiting room full of people costs."""

    people: int
    arrivals_per_second: float
    cpu_per_arrival: float
    kib_per_person: float
    idle_load: float


async def _wait(running: ServerUnderLoad, people: int) -> Waiting:
    async with session() as http:
        # The first arrivals import and build what everybody uses; they are not counted.
        warm = [Player(running.url, http) for _ in range(200)]
        for start in range(0, len(warm), 50):
            await asyncio.gather(*(player.arrive() for player in warm[start : start + 50]))
        await asyncio.gather(*(player.waiting.wait() for player in warm))
        await _exported(running, http)
        before = running.usage()
        players = [Player(running.url, http) for _ in range(people)]
        began = time.perf_counter()
        for start in range(0, people, 50):
            await asyncio.gather(*(player.arrive() for player in players[start : start + 50]))
        await asyncio.gather(*(player.waiting.wait() for player in players))
        elapsed = time.perf_counter() - began
        after = running.usage()
        await _exported(running, http)
        cpu = running.cpu()
        await asyncio.sleep(5.0)
        idle = (running.cpu() - cpu) / 5.0
        await asyncio.gather(*(player.leave() for player in [*warm, *players]))
    server_pid = running.pid
    used = sum(usage.cpu for usage in after.values()) - sum(usage.cpu for usage in before.values())
    grown = after[server_pid].memory - before[server_pid].memory
    return Waiting(people, people / elapsed, used / people * 1e3, grown / people / 1024, idle)


async def _exported(running: ServerUnderLoad, http: aiohttp.ClientSession) -> None:
    """Wait until the files are written that arrivals lead to."""
    while True:
        async with http.get(f"{running.url}/-/health") as answer:
            exports = (await answer.json(content_type=None))["exports"]
        if not exports["waiting"]:
            return
        await asyncio.sleep(0.5)


def wait(people: int) -> Waiting:
    """Measure people arriving in a waiting room and staying there."""
    with server("wait", {0}) as running:
        return asyncio.run(_wait(running, people))


@contextlib.contextmanager
def other_cores() -> Iterator[None]:
    """Keep the load off the server's core."""
    all_cores = os.sched_getaffinity(0)
    if all_cores - {0}:
        os.sched_setaffinity(0, all_cores - {0})
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_cores)
