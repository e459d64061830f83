"""How many participants one core holds whose browsers play and only send records."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import aiohttp
import attrs

from bench.alone import FPS, scene
from bench.load import session
from bench.processes import ServerUnderLoad, Usage, server
from bench.recording import Recording
from bench.visitor import Visitor

SECONDS_BEFORE = 2.0
PING_SECONDS = 10.0
"""How often pages measure the round trip while they step a game themselves."""
ARRIVING_AT_ONCE = 20
GOLDEN = 0.6180339887
_DATA = {"_placeholder": True, "num": 0}


class Sender(Visitor):
    """A participant whose browser plays: once a second it sends what was recorded, and waits for the answer.

    Attributes:
        answered: of each batch, when it was answered, after how many seconds, and its records.
        refused: what the server said instead of taking a batch.
    """

    def __init__(self, url: str, http: aiohttp.ClientSession, recording: Recording) -> None:
        super().__init__(url, http)
        self._recording = recording
        self._game = ""
        self._seed = 0
        self._generation = 0
        self.answered: list[tuple[float, float, int]] = []
        self.refused: list[Any] = []

    async def react(self, event: str, data: Any) -> None:
        """Also say that the game is loaded once there is one."""
        await super().react(event, data)
        if event == "game" and data["state"] == "loading" and not self._game:
            self._game = data["game"]
            self._tasks.append(asyncio.create_task(self._load()))
        elif event == "runtime" and data["message"].get("started"):
            self.playing.set()

    async def _load(self) -> None:
        hello = await self._say({"type": "hello", "live": False})
        self._seed = hello["open"]["seed"]
        self._generation = hello.get("generation", 0)
        await self._say({"type": "history", "from": 0})
        await self._say({"type": "ready", "resumed": 0})

    async def _say(self, message: dict[str, Any], attachment: bytes | None = None) -> Any:
        message = {"generation": self._generation, **message}
        return await self.ask("runtime", {"game": self._game, "message": message}, attachment)

    def play(self, phase: float) -> None:
        """Send batches from now on, the first after this part of the time in which one is gathered."""
        self._tasks += [asyncio.create_task(self._send(phase)), asyncio.create_task(self._ping(phase))]

    async def _send(self, phase: float) -> None:
        loop, clock = asyncio.get_running_loop(), time.perf_counter
        due = loop.time() + phase * self._recording.every
        for number, batch in enumerate(self._recording.batches):
            await asyncio.sleep(due - loop.time())
            due += self._recording.every
            data = self._recording.data(number, self._seed)
            sent = clock()
            answer = await self._say({"type": "records", "first": batch.first, "data": _DATA}, data)
            answered = clock()
            if answer != {"next": batch.first + len(batch.lines)}:
                self.refused.append(answer)
                return
            self.answered.append((answered, answered - sent, len(batch.lines)))

    async def _ping(self, phase: float) -> None:
        """Measure round trips, as every page does beside its game."""
        await asyncio.sleep(phase * PING_SECONDS)
        while True:
            await self.ask("rtt", 1.0)
            await asyncio.sleep(PING_SECONDS)


@attrs.frozen
class RecordsRound:
    """What was seen with one number of participants.

    Attributes:
        acknowledged: records a second that the server took, of those it should have taken.
        core: share of the core that the server used; ``exporting`` that of the process beside it which writes
            the CSV files when nothing else wants the core.
        median_ms: how long answers took in the middle, and ``slow_ms`` one in a hundred.
        kib: private memory of the server for each participant.
        generator: share of its own core that the load needed; at 1 it is the load that is too slow.
    """

    people: int
    records_per_second: float
    acknowledged: float
    core: float
    exporting: float
    cpu_per_record: float
    median_ms: float
    slow_ms: float
    kib: float
    generator: float

    @property
    def people_per_core(self) -> float:
        """How many the core would hold at the same price each."""
        return self.people / self.core if self.core else 0.0

    @property
    def sustained(self) -> bool:
        """Whether everything was taken, within a second."""
        return self.acknowledged > 0.99 and self.slow_ms < 1000


async def send_records(
    running: ServerUnderLoad,
    people: int,
    seconds: float,
    make: Callable[[str, aiohttp.ClientSession], Sender],
) -> RecordsRound:
    """Let so many people come, and send records for so long."""
    async with session() as http:
        empty = running.usage()
        senders = [make(running.url, http) for _ in range(people)]
        for start in range(0, people, ARRIVING_AT_ONCE):
            await asyncio.gather(*(one.arrive() for one in senders[start : start + ARRIVING_AT_ONCE]))
        async with asyncio.timeout(60):
            await asyncio.gather(*(one.playing.wait() for one in senders))
        for number, one in enumerate(senders):
            one.play(number * GOLDEN % 1)
        await asyncio.sleep(SECONDS_BEFORE)
        before, own, began = running.usage(), time.process_time(), time.perf_counter()
        await asyncio.sleep(seconds)
        elapsed = time.perf_counter() - began
        after, own = running.usage(), time.process_time() - own
        seen = [answer for one in senders for answer in one.answered if began <= answer[0] < began + elapsed]
        refused = [refusal for one in senders for refusal in one.refused]
        await asyncio.gather(*(one.leave() for one in senders))
    if refused:
        raise RuntimeError(f"{len(refused)} batches were refused: {refused[0]}")
    return _summary(running.pid, people, elapsed, seen, (empty, before, after), own)


def _summary(
    pid: int,
    people: int,
    elapsed: float,
    seen: list[tuple[float, float, int]],
    usages: tuple[dict[int, Usage], dict[int, Usage], dict[int, Usage]],
    own: float,
) -> RecordsRound:
    empty, before, after = usages
    records = sum(count for _, _, count in seen)
    delays = sorted(delay * 1000 for _, delay, _ in seen) or [0.0]
    cpu = after[pid].cpu - before[pid].cpu
    whole = sum(usage.cpu - before[one].cpu for one, usage in after.items() if one in before)
    return RecordsRound(
        people=people,
        records_per_second=records / elapsed,
        acknowledged=records / elapsed / (people * FPS),
        core=cpu / elapsed,
        exporting=(whole - cpu) / elapsed,
        cpu_per_record=cpu / records * 1e6 if records else 0.0,
        median_ms=delays[len(delays) // 2],
        slow_ms=delays[len(delays) * 99 // 100],
        kib=(after[pid].memory - empty[pid].memory) / people / 1024,
        generator=own / elapsed,
    )


def measure(people: int, seconds: float) -> RecordsRound:
    """Measure so many participants, the server on core 0 and the load on the others."""
    alone = scene("pyodide")
    alone.freeze()
    recording = Recording(alone.game_spec(), round(seconds + SECONDS_BEFORE) + 5)
    with server("alone", {0}, "bench.records_experiment") as running:
        make = partial(Sender, recording=recording)
        return asyncio.run(send_records(running, people, seconds, make))
