"""The control connections: Socket.IO events to and from each participant's page."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection
from typing import Any, Protocol

import attrs
import orjson
import socketio

from mug.core.protocol import (
    MAX_MESSAGE_BYTES,
    MAX_PACKET_BYTES,
    MAX_PLUGIN_BYTES,
    MAX_RUNTIME_BYTES,
    OUTBOUND,
    PROTOCOL,
    Advance,
    Draft,
    Hello,
    MalformedMessage,
    PluginMessage,
    RuntimeMessage,
    convert,
    parse,
)
from mug.core.web.engine_socket import EngineSocket
from mug.core.web.limits import TokenBucket
from mug.core.web.origins import origin_allowed
from mug.core.web.packets import SmallPacket
from mug.core.web.tokens import Tickets

log = logging.getLogger(__name__)

PING_SECONDS = 10
PONG_SECONDS = 10
MAX_BACKLOG = 512
"""Control messages waiting for a browser above which its connection is ended."""
GOODBYE_SECONDS = 5.0
"""How long a page may take to close a connection that has ended."""
EVENTS_PER_SECOND, EVENT_BURST = 20.0, 60.0
PACES = {
    "draft": (2.0, 10.0),
    "visibility": (2.0, 20.0),
    "rtt": (1.0, 10.0),
    "runtime": (20.0, 100.0),
    "plugin": (10.0, 40.0),
}
"""(a second, at once) for what a page tells by itself; each of these is limited on its own."""
MAX_ANSWER_BYTES = {Draft: 16 * 1024, Advance: MAX_MESSAGE_BYTES}
INPUTS_PER_SECOND, INPUT_BURST = 120.0, 240.0
PACKETS_PER_SECOND, PACKET_BURST = 600.0, 1200.0
"""What a page may send to other pages through the server: a game has up to eight."""


class Desk(Protocol):
    """Who handles what comes in from participants."""

    def connected(self, connection: SocketConnection) -> None:
        """A participant's page is there."""

    def disconnected(self, connection: SocketConnection) -> None:
        """A participant's page is gone."""

    async def received(self, connection: SocketConnection, message: Any) -> bool:
        """A participant's page sent a message of the protocol; return whether what it asks for is stored."""

    def runtime(self, connection: SocketConnection, message: RuntimeMessage) -> object:
        """A runtime's half in a participant's page says something; return the server's half's answer."""

    def plugin(self, connection: SocketConnection, message: PluginMessage) -> object:
        """A plugin's part of a participant's page says something; return the plugin's answer."""

    def input(self, connection: SocketConnection, payload: bytes) -> None:
        """A participant's page sent a game input over the control connection."""

    def round_trip(self, connection: SocketConnection, milliseconds: float) -> None:
        """A participant's page measured a round trip."""


@attrs.define(eq=False)
class SocketConnection:
    """One live control connection."""

    participant_id: str
    sid: str
    _sockets: Sockets
    _queue: Any
    inputs: TokenBucket
    packets: TokenBucket
    visible: bool = True
    closed: bool = False
    rtt_ms: float | None = None
    _events: TokenBucket = attrs.field(
        factory=lambda: TokenBucket(EVENTS_PER_SECOND, EVENT_BURST, time.monotonic)
    )
    _paces: dict[str, TokenBucket] = attrs.field(
        factory=lambda: {event: TokenBucket(*pace, time.monotonic) for event, pace in PACES.items()}
    )

    def may(self, event: str) -> bool:
        """Use up one event of this name; False if the connection has ended or the page sends too many."""
        return not self.closed and self._paces.get(event, self._events).take()

    def emit(self, event: str, data: Any) -> None:
        """Send an event in order. A browser that stopped reading is disconnected, not waited for."""
        if self.closed:
            return
        if self.backlog() > MAX_BACKLOG:
            log.warning("a browser stopped reading; its connection is ended")
            self._sockets.end(self)
            return
        payload = attrs.asdict(data) if type(data) in _MESSAGE_TYPES else data
        self._sockets.outbox.put_nowait((self.sid, event, payload))

    def backlog(self) -> int:
        """Return how many messages wait to be written to this browser."""
        return int(self._queue.qsize())


_MESSAGE_TYPES = frozenset(OUTBOUND.values())


class Sockets:
    """Accepts, authenticates and routes Socket.IO connections of one experiment."""

    def __init__(self, desk: Desk, tickets: Tickets, allowed_origins: Collection[str]) -> None:
        self._desk = desk
        self._tickets = tickets
        self._live: dict[str, SocketConnection] = {}
        self.outbox: asyncio.Queue[tuple[str, str | None, Any]] = asyncio.Queue()
        self._writer: asyncio.Task[None] | None = None
        self._farewells: set[asyncio.Task[None]] = set()
        self._stopping = False
        self.server = socketio.AsyncServer(
            async_mode="asgi",
            cors_allowed_origins=lambda origin, environ: origin_allowed(
                origin, environ.get("HTTP_HOST", ""), allowed_origins
            ),
            serializer=SmallPacket,
            # Nothing that handles an event waits for anything, so none needs a task of its own.
            async_handlers=False,
            max_http_buffer_size=MAX_RUNTIME_BYTES,
            ping_interval=PING_SECONDS,
            ping_timeout=PONG_SECONDS,
            http_compression=False,
            allow_upgrades=True,
        )
        self.server.eio._async = self.server.eio._async | {"websocket": EngineSocket}
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)
        self.server.on("input", self._input)
        self.server.on("rtt", self._round_trip)
        self.server.on("*", self._event)

    async def start(self) -> None:
        """Begin to write."""
        self._writer = asyncio.create_task(self._write())

    def forget(self) -> None:
        """The server stops: that pages lose their connection is not the participants' doing, and no news."""
        self._stopping = True

    async def stop(self) -> None:
        """End every connection."""
        for connection in list(self._live.values()):
            self.end(connection)
        await asyncio.sleep(0)
        if self._writer is not None:
            self._writer.cancel()
        for farewell in self._farewells:
            farewell.cancel()
        await self.server.shutdown()

    def end(self, connection: SocketConnection) -> None:
        """Disconnect after what has been emitted so far."""
        if not connection.closed:
            connection.closed = True
            self.outbox.put_nowait((connection.sid, None, None))

    async def _write(self) -> None:
        while True:
            sid, event, data = await self.outbox.get()
            try:
                if event is None:
                    await self._say_goodbye(sid)
                else:
                    await self.server.emit(event, data, to=sid)
            except Exception:
                log.exception("could not write to a browser")

    async def _say_goodbye(self, sid: str) -> None:
        eio_sid = self.server.manager.eio_sid_from_sid(sid, "/")
        await self.server.disconnect(sid)
        farewell = asyncio.create_task(self._cut_off(eio_sid))
        self._farewells.add(farewell)
        farewell.add_done_callback(self._farewells.discard)

    async def _cut_off(self, eio_sid: str | None) -> None:
        """Close below Socket.IO what a page should have closed itself once told that it is disconnected."""
        await asyncio.sleep(GOODBYE_SECONDS)
        beneath = self.server.eio.sockets.get(eio_sid)
        if beneath is not None:
            await beneath.close(wait=False, abort=True)
            # What writes to the transport closes it at this mark.
            await beneath.queue.put(None)

    async def _connect(self, sid: str, environ: dict[str, Any], auth: object) -> None:
        try:
            hello: Hello = convert(auth, Hello)
        except MalformedMessage:
            raise socketio.exceptions.ConnectionRefusedError("malformed") from None
        if hello.protocol != PROTOCOL:
            raise socketio.exceptions.ConnectionRefusedError("protocol")
        participant_id = self._tickets.redeem(hello.ticket)
        if participant_id is None:
            raise socketio.exceptions.ConnectionRefusedError("ticket")
        eio_sid = self.server.manager.eio_sid_from_sid(sid, "/")
        connection = SocketConnection(
            participant_id,
            sid,
            self,
            self.server.eio.sockets[eio_sid].queue,
            TokenBucket(INPUTS_PER_SECOND, INPUT_BURST, time.monotonic),
            TokenBucket(PACKETS_PER_SECOND, PACKET_BURST, time.monotonic),
        )
        self._live[sid] = connection
        self._desk.connected(connection)

    async def _disconnect(self, sid: str, reason: object = None) -> None:
        connection = self._live.pop(sid, None)
        if connection is not None:
            connection.closed = True
            if not self._stopping:
                self._desk.disconnected(connection)

    async def _event(self, event: str, sid: str, *arguments: object) -> object:
        """Handle an event; what is returned acknowledges it: True once it is stored and done."""
        connection = self._live.get(sid)
        if connection is None or not connection.may(event):
            return False
        try:
            message = parse(event, arguments[0] if arguments else None)
        except MalformedMessage as error:
            log.warning("malformed message from participant %s: %s", connection.participant_id[:8], error)
            return False
        if isinstance(message, RuntimeMessage):
            return self._desk.runtime(connection, message)
        if isinstance(message, PluginMessage):
            fits = _fits(message.message, MAX_PLUGIN_BYTES)
            return self._desk.plugin(connection, message) if fits else None
        if isinstance(message, Draft | Advance) and not _fits(
            message.answers, MAX_ANSWER_BYTES[type(message)]
        ):
            return False
        return await self._desk.received(connection, message)

    async def _input(self, sid: str, payload: object = None) -> None:
        connection = self._live.get(sid)
        if connection is None or connection.closed:
            return
        if not isinstance(payload, bytes) or len(payload) > MAX_PACKET_BYTES:
            return
        self._desk.input(connection, payload)

    async def _round_trip(self, sid: str, milliseconds: object = None) -> None:
        """Acknowledge, so that the page can measure; ``milliseconds`` is its previous measurement."""
        connection = self._live.get(sid)
        if connection is None or not connection.may("rtt"):
            return
        if isinstance(milliseconds, int | float) and 0 <= milliseconds < 600_000:
            self._desk.round_trip(connection, float(milliseconds))


def _fits(values: dict[str, Any], most: int) -> bool:
    """Return whether these are JSON values of at most so many bytes, as answers that people type are."""
    try:
        return len(orjson.dumps(values)) <= most
    except orjson.JSONEncodeError:
        return False
