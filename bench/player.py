"""A participant who costs little: the real protocol with no more than load needs."""

from __future__ import annotations

import asyncio
import itertools
import json
import struct
import time
from collections.abc import Callable
from typing import Any

import aiohttp

from mug.core.protocol import PROTOCOL

_HEADER = struct.Struct("<BBHIII")
_HELD = struct.Struct("<BIH")


class Player:
    """Arrives, waits or plays, and notes when each frame came."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url = url
        self._http = http
        self._control: aiohttp.ClientWebSocketResponse | None = None
        self._frames: aiohttp.ClientWebSocketResponse | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._seq = itertools.count(1)
        self.arrivals: list[tuple[float, int, int]] = []
        self.playing = asyncio.Event()
        self.waiting = asyncio.Event()
        self.visit = 0

    async def arrive(self) -> None:
        """Get a session, connect, and leave the welcome page."""
        wishes = {"embedded": True}
        async with self._http.post(f"{self._url}/-/session", json=wishes) as answer:
            session = await answer.json(content_type=None)
        control = await self._http.ws_connect(f"{self._url}/-/socket.io/?EIO=4&transport=websocket")
        self._control = control
        await control.receive_str()
        await control.send_str("40" + json.dumps({"ticket": session["ticket"], "protocol": PROTOCOL}))
        self._tasks.append(asyncio.create_task(self._listen(control)))

    async def _listen(self, control: aiohttp.ClientWebSocketResponse) -> None:
        async for message in control:
            text = message.data
            if text == "2":
                await control.send_str("3")
            elif isinstance(text, str) and text.startswith("42"):
                event, data = json.loads(text[2:])
                await self._react(control, event, data)

    async def _react(self, control: aiohttp.ClientWebSocketResponse, event: str, data: Any) -> None:
        if event == "scene":
            self.visit = data["visit"]
            if data["kind"] == "static":
                await control.send_str("42" + json.dumps(["advance", {"visit": self.visit, "answers": {}}]))
        elif event == "lobby":
            self.waiting.set()
        elif event == "ready_check":
            await control.send_str("42" + json.dumps(["ready", {"game": data["game"]}]))
        elif event == "channel":
            self._frames = await self._http.ws_connect(f"{self._url}/{data['url']}")
            await self._frames.send_str(data["ticket"])
            self._tasks.append(asyncio.create_task(self._watch(self._frames)))
        elif event == "game" and data["state"] == "playing":
            self.playing.set()

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
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for socket in (self._frames, self._control):
            if socket is not None:
                await socket.close()
