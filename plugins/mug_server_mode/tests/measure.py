"""What a tick costs: python plugins/mug_server_mode/tests/measure.py [games] [inputs/s per player] [seconds].

Plays two-player coordination grids at 30 fps without a web server, and prints the CPU time of the worker and
of the web process's side per tick of a game, the frame rate, and late ticks.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "examples" / "coordination_grid"))

from coordination_grid_env import CoordinationGridEnv  # noqa: E402
from mug_server_mode.runtime import ServerRuntime  # noqa: E402
from mug_server_mode.schedule import SLOTS_PER_SECOND  # noqa: E402

from mug.components import (  # noqa: E402
    AgentId,
    GameEvent,
    GameFailed,
    GameHandle,
    GameReady,
    GameSetup,
    PlayerInput,
)
from mug.configurations.configuration_constants import PolicyTypes  # noqa: E402
from mug.scenes.gym_scene import GymScene  # noqa: E402

FPS = 30
AGENTS = ("player_0", "player_1")


def grid_scene() -> GymScene:
    return (
        GymScene()
        .scene(scene_id="grid")
        .policies(policy_mapping=dict.fromkeys(AGENTS, PolicyTypes.Human))
        .rendering(fps=FPS, game_width=500, game_height=500)
        .gameplay(
            default_action=4,
            action_mapping={"ArrowUp": 0, "ArrowDown": 1, "ArrowLeft": 2, "ArrowRight": 3},
            num_episodes=1000,
            max_steps=10_000,
        )
        .multiplayer(num_players=2, player_ids=list(AGENTS))
        .runtime(run_through_pyodide=False, environment_class=CoordinationGridEnv)
    )


class Counter:
    """A link that only counts."""

    def __init__(self) -> None:
        self.lines = self.bytes = self.frames = self.frame_bytes = 0
        self.ready = asyncio.Event()

    def records(self, entries: Sequence[tuple[str, bytes]]) -> None:
        self.lines += len(entries)
        self.bytes += sum(len(line) for _, line in entries)

    def frame(self, agent_id: AgentId, payload: bytes) -> None:
        self.frames += 1
        self.frame_bytes += len(payload)

    def event(self, event: GameEvent) -> None:
        if isinstance(event, GameReady):
            self.ready.set()
        if isinstance(event, GameFailed):
            raise SystemExit(event.detail)

    def history(self) -> Sequence[bytes]:
        return []


def bare_microseconds(games: int, seconds: float) -> float:
    """What step() and render() alone cost at the same pace: as many environments, spread over each interval.

    A processor that wakes up so often has colder caches than one that never rests.
    """
    environments = [CoordinationGridEnv() for _ in range(games)]
    for environment in environments:
        environment.reset(seed=1)
    draw = random.Random(1)
    slots = SLOTS_PER_SECOND // FPS
    steps = 0
    began, cpu_began = time.monotonic(), time.process_time()
    for slot in range(int(seconds * SLOTS_PER_SECOND)):
        time.sleep(max(0.0, began + slot / SLOTS_PER_SECOND - time.monotonic()))
        for environment in environments[slot % slots :: slots]:
            environment.step({agent: draw.randrange(4) for agent in AGENTS})
            environment.render()
            steps += 1
    return (time.process_time() - cpu_began) / steps * 1e6


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def press_keys(handles: Sequence[GameHandle], per_second: float) -> None:
    draw = random.Random(1)
    seq = 0
    began = time.monotonic()
    total = per_second * len(handles) * len(AGENTS)
    while True:
        await asyncio.sleep(0.005)
        while seq < (time.monotonic() - began) * total:
            seq += 1
            action = draw.choice((0, 1, 2, 3, None))
            draw.choice(handles).input(draw.choice(AGENTS), PlayerInput("held", seq, action))


async def measure(runtime: ServerRuntime, games: int, inputs: float, seconds: float) -> None:
    spec = runtime._specs["grid"]
    await runtime.start()
    links = [Counter() for _ in range(games)]
    handles = [
        runtime.open(GameSetup(f"g{n}", "grid", spec, n, dict.fromkeys(AGENTS, "s")), link)
        for n, link in enumerate(links)
    ]
    for link in links:
        await link.ready.wait()
    for handle in handles:
        handle.start()
    keys = asyncio.create_task(press_keys(handles, inputs))
    await asyncio.sleep(1)
    health = runtime.health()
    pids = [worker["pid"] for worker in health["workers"]]  # type: ignore[index,attr-defined]
    before = [cpu_seconds(pid) for pid in [*pids, os.getpid()]]
    lines, frames, size, record_size = _sums(links)
    began = time.monotonic()
    await asyncio.sleep(seconds)
    elapsed = time.monotonic() - began
    after = [cpu_seconds(pid) for pid in [*pids, os.getpid()]]
    ticks = _sums(links)[0] - lines
    sent = max(1, _sums(links)[1] - frames)
    worker = sum(after[:-1]) - sum(before[:-1])
    web = after[-1] - before[-1]
    keys.cancel()
    print(f"{games} games, {inputs:g} inputs/s per player, {len(pids)} worker(s), {elapsed:.1f} s")
    print(f"  worker CPU per game tick   {worker / ticks * 1e6:7.1f} us   ({worker / elapsed:.0%} of a core)")
    print(f"  bare step() and render()   {bare_microseconds(games, seconds):7.1f} us")
    print(f"  web-side CPU per game tick {web / ticks * 1e6:7.1f} us   ({web / elapsed:.0%} of a core)")
    print(f"  frames per second per game {ticks / elapsed / games:7.2f}")
    print(f"  frames sent per tick       {sent / ticks:7.2f}")
    print(f"  bytes per frame            {(_sums(links)[2] - size) / sent:7.1f}")
    print(f"  bytes per record           {(_sums(links)[3] - record_size) / ticks:7.1f}")
    print(
        "  health", {name: runtime.health()[name] for name in ("ticks", "late_ticks", "skipped_ticks", "fps")}
    )
    await runtime.stop()


def _sums(links: Sequence[Counter]) -> tuple[int, int, int, int]:
    return (
        sum(link.lines for link in links),
        sum(link.frames for link in links),
        sum(link.frame_bytes for link in links),
        sum(link.bytes for link in links),
    )


def main() -> None:
    games, inputs, seconds = (*map(float, sys.argv[1:]), *(60.0, 4.0, 10.0)[len(sys.argv) - 1 :])
    scene = grid_scene()
    scene.freeze()
    runtime = ServerRuntime(workers=1)
    runtime.prepare({"grid": scene.game_spec()})
    asyncio.run(measure(runtime, int(games), inputs, seconds))


if __name__ == "__main__":
    main()
