"""Headless participants: they speak the real protocol to a real server, without a browser.

They need ``pip install multi-user-gymnasium[testing]``.
"""

from __future__ import annotations

import asyncio
import secrets
import struct
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
import attrs
import msgspec
import socketio

from mug.core.protocol import NO_ACTION, PROTOCOL
from mug.rendering.replica import Replica

_FRAME = struct.Struct("<BBHIII")
_DELTA, _FULL = 1, 2
PATIENCE = 20.0
"""Seconds after which a condition that has not come true is a failure."""


@attrs.frozen
class FrameHeader:
    """What stands at the front of every frame. ``ack`` is the last input that the server has applied."""

    kind: int
    episode: int
    frame: int
    step: int
    ack: int


class HeadlessParticipant:
    """One participant without a browser.

    Use it as an async context manager; ``scene``, ``lobby``, ``game``, ``notices`` and the rest hold what the
    server sent last, ``picture`` what the canvas would show, ``frames`` every frame header seen, and ``said``
    what the server's half of a runtime said, ``told`` what a plugin told its part of the page.
    """

    def __init__(self, url: str, query: Mapping[str, str] | None = None) -> None:
        self.url = url.rstrip("/")
        self.token: str | None = None
        self.scene: dict[str, Any] = {}
        self.lobby: dict[str, Any] = {}
        self.ready_check: dict[str, Any] = {}
        self.game: dict[str, Any] = {}
        self.page: dict[str, Any] = {}
        self.refused: dict[str, Any] = {}
        self.redirect: str | None = None
        self.superseded: str | None = None
        self.notices: list[str] = []
        self.said: list[dict[str, Any]] = []
        self.told: list[dict[str, Any]] = []
        self.frames: list[FrameHeader] = []
        self.hud: str | None = None
        self.picture = Replica()
        self.answers_ready_checks = True
        self.settles = True
        self.on_frame: Callable[[FrameHeader], None] | None = None
        self._query = dict(query or {})
        self._page_secret = secrets.token_urlsafe(16)
        self._seq = 0
        self._changed = asyncio.Condition()
        self._http: aiohttp.ClientSession | None = None
        self._socket: socketio.AsyncClient | None = None
        self._channel: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None

    # -------------------------------------------------------------------------------- coming and going

    async def __aenter__(self) -> Self:
        """Arrive."""
        await self.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Go, without a word, as a closed tab does."""
        await self.disconnect()

    async def connect(self) -> None:
        """Open the page: the first time as a newcomer, afterwards as the same participant.

        Raises:
            Turned: the server did not let this participant in.
        """
        # A browser opens a connection of its own for each WebSocket; so does this.
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
        headers = {"X-Mug-Token": self.token} if self.token else {}
        wishes = {"embedded": True, "query": self._query, "page": self._page_secret, "begun": True}
        async with self._http.post(f"{self.url}/-/session", json=wishes, headers=headers) as answer:
            session = await answer.json(content_type=None)
            if answer.status != 200:
                await self._http.close()
                raise Turned(session.get("text", ""))
        self.token = session["token"]
        self._socket = socketio.AsyncClient(reconnection=False, logger=False)
        for event in ("scene", "lobby", "ready_check", "game", "channel", "notice", "refused"):
            self._socket.on(event, getattr(self, f"_on_{event}"))
        self._socket.on("superseded", self._on_superseded)
        self._socket.on("redirect", self._on_redirect)
        self._socket.on("frame", self._on_frame_event)
        self._socket.on("runtime", self._on_runtime)
        self._socket.on("plugin", self._on_plugin)
        address = urlsplit(self.url)
        await self._socket.connect(
            f"{address.scheme}://{address.netloc}",
            auth={"ticket": session["ticket"], "protocol": PROTOCOL},
            socketio_path=f"{address.path}/-/socket.io".lstrip("/"),
            transports=["websocket"],
        )

    async def disconnect(self) -> None:
        """Close the page."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
            self._reader = None
        if self._channel is not None:
            await self._channel.close()
            self._channel = None
        if self._socket is not None:
            await self._socket.disconnect()
            self._socket = None
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def reload(self) -> None:
        """Close the page and open it again."""
        await self.disconnect()
        self.scene, self.lobby, self.game, self.page = {}, {}, {}, {}
        self.picture = Replica()
        await self.connect()

    # ---------------------------------------------------------------------------------------- acting

    async def advance(self, **answers: object) -> None:
        """Press the button that moves on."""
        await self.send("advance", {"visit": self.scene["visit"], "answers": answers})

    async def type(self, **answers: object) -> None:
        """Fill in fields without moving on."""
        await self.send("draft", {"visit": self.scene["visit"], "answers": answers})

    async def leave_lobby(self) -> None:
        """Press the waiting room's leave button."""
        await self.send("leave", {"visit": self.scene["visit"]})

    async def say(self, **message: object) -> Any:
        """Speak for the runtime's half in the page; return what the server's half answers."""
        return await self.send("runtime", {"game": self.game["game"], "message": message})

    async def tell(self, plugin: str, **message: object) -> Any:
        """Speak for a plugin's part of the page; return what the plugin answers."""
        return await self.send("plugin", {"plugin": plugin, "message": message})

    async def send(self, event: str, data: object) -> Any:
        """Send any event, also ones that a browser would not send, and return the server's answer to it."""
        assert self._socket is not None
        return await self._socket.call(event, data, timeout=PATIENCE)

    async def hold(self, action: int | None) -> None:
        """Hold the key of an action (an index into the page's actions), or none."""
        await self._input(struct.pack("<BIH", 1, self._next(), NO_ACTION if action is None else action))

    async def press(self, action: int) -> None:
        """Trigger an action once."""
        await self._input(struct.pack("<BIH", 2, self._next(), action))

    async def point(self, action: int, x: float, y: float) -> None:
        """Use the pointer at surface pixels."""
        await self._input(struct.pack("<BIHff", 3, self._next(), action, x, y))

    async def _input(self, payload: bytes) -> None:
        if self._channel is not None and not self._channel.closed:
            await self._channel.send_bytes(payload)
        else:
            assert self._socket is not None
            await self._socket.emit("input", payload)

    def _next(self) -> int:
        self._seq += 1
        return self._seq

    # ---------------------------------------------------------------------------------------- waiting

    async def until(self, condition: Callable[[], object], patience: float = PATIENCE) -> None:
        """Wait until a condition on what the server sent is true.

        Raises:
            AssertionError: it did not come true in time; says what this participant sees instead.
        """
        async with self._changed:
            try:
                async with asyncio.timeout(patience):
                    await self._changed.wait_for(lambda: bool(condition()))
            except TimeoutError:
                state = self.game.get("state")
                raise AssertionError(
                    f"waited {patience:.0f} s in vain; scene {self.scene.get('scene_id')!r}, game state "
                    f"{state!r}, {len(self.frames)} frames, notices {self.notices}, refused {self.refused}"
                ) from None

    async def until_scene(self, scene_id: str, patience: float = PATIENCE) -> None:
        """Wait until a scene is shown."""
        await self.until(lambda: self.scene.get("scene_id") == scene_id, patience)

    async def until_state(self, *states: str, patience: float = PATIENCE) -> None:
        """Wait until the game is in one of these states."""
        await self.until(lambda: self.game.get("state") in states, patience)

    # ------------------------------------------------------------------------------- what the server says

    async def _note(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _on_scene(self, data: dict[str, Any]) -> None:
        if data["visit"] != self.scene.get("visit"):
            self.lobby, self.ready_check, self.game, self.refused = {}, {}, {}, {}
        self.scene = data
        if data["kind"] == "end" and self.settles and self._socket is not None:
            await self._socket.emit("settled", {"visit": data["visit"]})
        await self._note()

    async def _on_lobby(self, data: dict[str, Any]) -> None:
        self.lobby = data
        await self._note()

    async def _on_ready_check(self, data: dict[str, Any]) -> None:
        self.ready_check = data
        if self.answers_ready_checks and self._socket is not None:
            await self._socket.emit("ready", {"game": data["game"]})
        await self._note()

    async def _on_game(self, data: dict[str, Any]) -> None:
        self.game = data
        self.page = data["page"] or self.page
        await self._note()

    async def _on_channel(self, data: dict[str, Any]) -> None:
        if self._channel is not None:
            await self._channel.close()
        if self._http is None:
            return
        self._channel = await self._http.ws_connect(f"{self.url}/{data['url']}")
        await self._channel.send_str(data["ticket"])
        self._reader = asyncio.create_task(self._read(self._channel))

    async def _on_notice(self, data: dict[str, Any]) -> None:
        self.notices.append(data["text"])
        await self._note()

    async def _on_refused(self, data: dict[str, Any]) -> None:
        self.refused = data["errors"]
        await self._note()

    async def _on_superseded(self, data: dict[str, Any]) -> None:
        self.superseded = data["text"]
        await self._note()

    async def _on_redirect(self, data: dict[str, Any]) -> None:
        self.redirect = data["url"]
        await self._note()

    async def _on_runtime(self, data: dict[str, Any]) -> None:
        self.said.append(data["message"])
        await self._note()

    async def _on_plugin(self, data: dict[str, Any]) -> None:
        self.told.append(data["message"])
        await self._note()

    async def _on_frame_event(self, payload: bytes) -> None:
        self._take(payload)
        await self._note()

    async def _read(self, channel: aiohttp.ClientWebSocketResponse) -> None:
        async for message in channel:
            if message.type is aiohttp.WSMsgType.BINARY:
                self._take(message.data)
                await self._note()

    def _take(self, payload: bytes) -> None:
        kind, _, episode, frame, step, ack = _FRAME.unpack_from(payload)
        header = FrameHeader(kind, episode, frame, step, ack)
        self.frames.append(header)
        if kind in (_DELTA, _FULL):
            body = msgspec.msgpack.decode(payload[_FRAME.size :])
            self.picture.apply(body[:2], full=kind == _FULL)
            self.hud = body[2] if len(body) > 2 else self.hud
        if self.on_frame is not None:
            self.on_frame(header)


class Turned(Exception):  # noqa: N818 - an answer, not a failure
    """The server turned the participant away; the text is what they would read."""
