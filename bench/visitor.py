"""Somebody with a page that costs little: the real protocol with no more than load needs."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

import aiohttp

from mug.core.protocol import PROTOCOL


class Visitor:
    """Arrives, and presses every button that moves on.

    Attributes:
        playing: set while the game runs.
        waiting: set once a waiting room was seen.
    """

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url = url
        self._http = http
        self._control: aiohttp.ClientWebSocketResponse | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._numbers = itertools.count()
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self.playing = asyncio.Event()
        self.waiting = asyncio.Event()

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

    async def ask(self, event: str, data: Any, attachment: bytes | None = None) -> Any:
        """Send an event and return the server's answer.

        Args:
            event: its name.
            data: what goes with it; ``{"_placeholder": True, "num": 0}`` stands for the attachment.
            attachment: bytes.
        """
        assert self._control is not None
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        kind = "42" if attachment is None else "451-"
        await self._control.send_str(f"{kind}{number}{json.dumps([event, data])}")
        if attachment is not None:
            await self._control.send_bytes(attachment)
        return await answer

    async def leave(self) -> None:
        """Close everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._control is not None:
            await self._control.close()

    async def react(self, event: str, data: Any) -> None:
        """Do what a page does when the server says something."""
        if event == "scene" and data["kind"] == "static":
            await self._tell("advance", {"visit": data["visit"], "answers": {}})
        elif event == "lobby":
            self.waiting.set()
        elif event == "ready_check":
            await self._tell("ready", {"game": data["game"]})
        elif event == "game" and data["state"] == "playing":
            self.playing.set()

    async def _tell(self, event: str, data: Any) -> None:
        assert self._control is not None
        await self._control.send_str("42" + json.dumps([event, data]))

    async def _listen(self, control: aiohttp.ClientWebSocketResponse) -> None:
        async for message in control:
            text = message.data
            if text == "2":
                await control.send_str("3")
            elif not isinstance(text, str):
                continue
            elif text.startswith("42"):
                event, data = json.loads(text[2:])
                await self.react(event, data)
            elif text.startswith(("43", "461-")):
                number, _, answer = text.removeprefix("461-").removeprefix("43").partition("[")
                self._asked.pop(int(number)).set_result(json.loads(answer[:-1] or "null"))
