"""What pairs cost the server whose browsers play together: records of both, compared, and notes of each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import aiohttp

from bench.pairs_experiment import pairs_scene
from bench.processes import server
from bench.recording import Recording, deflated
from bench.records_load import SECONDS_BEFORE, RecordsRound, Sender, send_records
from mug.game.json_lines import encode

GATHERED_SECONDS = (4, 12)
"""For how long the pages of the first and of the second player gather records before they send them."""
FRAMES_A_NOTE = 30
NOTES_AT_ONCE = 20
"""How many notes pages gather before they send them."""


class PlayerOfTwo(Sender):
    """One of two whose pages play together: both send the same records, and notes of their own.

    Args:
        url: where the server is.
        http: the session.
        recordings: what each of the two sends, by peer.
    """

    def __init__(self, url: str, http: aiohttp.ClientSession, recordings: Sequence[Recording]) -> None:
        super().__init__(url, http, recordings[0])
        self._recordings = recordings

    async def _load(self) -> None:
        hello = await self._say({"type": "hello", "live": False})
        self._seed = hello["open"]["seed"]
        self._generation = hello["generation"]
        self._seat = hello["open"]["seat"]
        self._recording = self._recordings[hello["open"]["peer"]]
        await self._say({"type": "begin"})
        await self._say({"type": "history", "from": 0})
        await self._say({"type": "ready", "resumed": 0})

    def play(self, phase: float) -> None:
        """Send notes as well, now and then."""
        super().play(phase)
        self._tasks.append(asyncio.create_task(self._note(phase)))

    async def _note(self, phase: float) -> None:
        loop = asyncio.get_running_loop()
        due, first = loop.time() + phase * NOTES_AT_ONCE, 0
        data = deflated([_note(self._seat)] * NOTES_AT_ONCE)
        while True:
            await asyncio.sleep(due - loop.time())
            due += NOTES_AT_ONCE
            place = {"_placeholder": True, "num": 0}
            await self._say({"type": "notes", "first": first, "data": place}, data)
            first += NOTES_AT_ONCE


def _note(seat: str) -> bytes:
    """What a page measures in a second of play."""
    row = {"predicted": [seat], "rollback_frames": 2, "input_to_display_ms": 98.3, "stalled_ticks": 0}
    row |= {"rtt_ms": 51.2, "jitter_ms": 3.1, "loss": 0.02, "frames_ahead": 0.4}
    columns = {name: [value] * FRAMES_A_NOTE for name, value in row.items()}
    wall: dict[str, Any] = {"wall": time.time_ns() // 1_000_000, "mono": 12.5, "episode": 1}
    steps = list(range(FRAMES_A_NOTE))
    return encode({"kind": "netplay", "seat": seat, **wall, "steps": steps, "columns": columns})


def measure(pairs: int, seconds: float) -> RecordsRound:
    """Measure so many pairs, the server on core 0 and the load on the others."""
    both = pairs_scene()
    both.freeze()
    length = round(seconds + SECONDS_BEFORE) + max(GATHERED_SECONDS)
    recordings = [Recording(both.game_spec(), length, every) for every in GATHERED_SECONDS]
    with server("pairs", {0}, "bench.pairs_experiment") as running:
        return asyncio.run(
            send_records(running, 2 * pairs, seconds, lambda url, http: PlayerOfTwo(url, http, recordings))
        )
