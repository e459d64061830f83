"""A participant of a game on the server: changes inputs, and notes when each frame came."""

from __future__ import annotations

import asyncio
import itertools
import struct
import time
from collections.abc import Callable
from typing import Any

import aiohttp

from bench.visitor import Visitor

_HEADER = struct.Struct("<BBHIII")
_HELD = struct.Struct("<BIH")


class Player(Visitor):
    """Plays.

    Attributes:
        arrivals: of each frame, when it came, its number and its bytes.
    """

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        super().__init__(url, http)
        self._frames: aiohttp.ClientWebSocketResponse | None = None
        self._seq = itertools.count(1)
        self.arrivals: list[tuple[float, int, int]] = []

    async def react(self, event: str, data: Any) -> None:
        """Also open the connection that frames come over."""
        await super().react(event, data)
        if event == "channel":
            self._frames = await self._http.ws_connect(f"{self._url}/{data['url']}")
            await self._frames.send_str(data["ticket"])
            self._tasks.append(asyncio.create_task(self._watch(self._frames)))

    async def _watch(self, frames: aiohttp.ClientWebSocketResponse) -> None:
        note, unpack, clock = self.arrivals.append, _HEADER.unpack_from, time.perf_counter
        async for message in frames:
            if message.type is aiohttp.WSMsgType.BINARY:
                data = message.data
                note((clock(), unpack(data)[3], len(data)))

    def play(self, changes_per_second: float, actions: Callable[[int], int], start: float) -> None:
        """Change the held action so many times a second from now on."""
        self._tasks.append(asyncio.create_task(self._act(1 / changes_per_second, actions, start)))

    async def _act(self, interval: float, actions: Callable[[int], int], start: float) -> None:
        assert self._frames is not None
        loop = asyncio.get_running_loop()
        due = loop.time() + start * interval
        for count in itertools.count():
            await asyncio.sleep(max(0.0, due - loop.time()))
            await self._frames.send_bytes(_HELD.pack(1, next(self._seq), actions(count)))
            due += interval

    async def leave(self) -> None:
        """Close everything."""
        await super().leave()
        if self._frames is not None:
            await self._frames.close()
