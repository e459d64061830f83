"""The port: HTTP and Socket.IO upgrades reach the application, frame channels do not."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from mug.core.protocol import MAX_PACKET_BYTES
from mug.core.web.frame_socket import FrameSocket
from mug.core.web.front import Front, bind


class Application:
    """Answers HTTP with the headers it saw, and echoes WebSocket messages."""

    def __init__(self) -> None:
        self.scope: dict[str, Any] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            body = b""
            while True:
                message = await receive()
                body += message.get("body", b"")
                if not message.get("more_body"):
                    break
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": scope["path"].encode() + b" " + body})
        elif scope["type"] == "websocket":
            self.scope = scope
            await receive()
            await send({"type": "websocket.accept"})
            message = await receive()
            await send({"type": "websocket.send", "bytes": message["bytes"]})


class Desk:
    """Admits the ticket "good" and keeps what came in."""

    def __init__(self) -> None:
        self.channel: FrameSocket | None = None
        self.received: list[bytes] = []
        self.arrived = asyncio.Event()
        self.gone = asyncio.Event()

    def admission(self, path: str, headers: dict[str, str]) -> Any:
        return 403 if headers.get("origin") == "http://elsewhere" else self.admit

    def admit(self, ticket: str, channel: FrameSocket) -> bool:
        if ticket != "good":
            return False
        channel.on_input = self._receive
        channel.on_closed = self.gone.set
        self.channel = channel
        self.arrived.set()
        return True

    def _receive(self, payload: bytes) -> None:
        self.received.append(payload)
        assert self.channel is not None
        self.channel.send(b"got " + payload)


@pytest.fixture
async def served() -> AsyncIterator[tuple[str, Application, Desk]]:
    application, desk = Application(), Desk()
    front = Front(application, desk.admission)
    sock = bind("127.0.0.1", 0)
    await front.start(sock)
    yield f"http://127.0.0.1:{sock.getsockname()[1]}", application, desk
    await front.stop(grace=0.1)


async def test_requests_reach_the_application_whole(served: tuple[str, Application, Desk]) -> None:
    """A request larger than one packet arrives with its path and its body, one after the other."""
    url, _, _ = served
    async with aiohttp.ClientSession() as session:
        for _ in range(2):
            async with session.post(f"{url}/hello", data=b"x" * 200_000) as answer:
                assert await answer.read() == b"/hello " + b"x" * 200_000


async def test_a_connection_serves_one_request(served: tuple[str, Application, Desk]) -> None:
    """No upgrade can follow on a connection that Hypercorn has got: it is closed after the answer."""
    url, _, _ = served
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    writer.write(b"GET /one HTTP/1.1\r\nHost: a\r\n\r\nGET /two HTTP/1.1\r\nHost: a\r\n\r\n")
    answer = await reader.read()
    assert b"connection: close" in answer.lower()
    assert b"/one" in answer
    assert b"/two" not in answer
    writer.close()


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536, 120_000])
async def test_other_websockets_reach_the_application(
    served: tuple[str, Application, Desk], size: int
) -> None:
    """An upgrade that is not a frame channel is the application's, at every length of message."""
    url, application, _ = served
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}/socket?a=b") as ws:
        await ws.send_bytes(bytes(size))
        assert (await ws.receive()).data == bytes(size)
        assert (await ws.receive()).type is aiohttp.WSMsgType.CLOSE
    assert application.scope["path"] == "/socket"
    assert application.scope["query_string"] == b"a=b"


async def test_messages_in_parts_arrive_whole(served: tuple[str, Application, Desk]) -> None:
    """A message that the browser sends in several frames is one message, also with a ping between them."""
    url, _, _ = served
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    writer.write(
        b"GET /socket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    mask = bytes(4)
    writer.write(b"\x02\x82" + mask + b"ab" + b"\x89\x81" + mask + b"!" + b"\x80\x82" + mask + b"cd")
    assert await reader.readexactly(9) == b"\x8a\x01!" + b"\x82\x04abcd"
    writer.close()


@pytest.mark.parametrize("size", [1, 125, 126, 1000, 70_000])
async def test_frames_of_every_length_arrive(served: tuple[str, Application, Desk], size: int) -> None:
    """Frames keep their length and content at each of RFC 6455's length encodings."""
    url, _, desk = served
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}/-/frames") as ws:
        await ws.send_str("good")
        await desk.arrived.wait()
        assert desk.channel is not None
        assert desk.channel.send(bytes(size))
        assert (await ws.receive()).data == bytes(size)


async def test_inputs_arrive_in_order(served: tuple[str, Application, Desk]) -> None:
    """Messages from the browser are delivered whole and in order, also when they share a packet."""
    url, _, desk = served
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}/x/-/frames") as ws:
        await ws.send_str("good")
        sent = [bytes([n]) * (n + 1) for n in range(200)]
        for payload in sent:
            await ws.send_bytes(payload)
        for payload in sent:
            assert (await ws.receive()).data == b"got " + payload
        assert desk.received == sent
    await desk.gone.wait()


async def test_a_wrong_ticket_is_turned_away(served: tuple[str, Application, Desk]) -> None:
    """A channel whose first message is not a valid ticket is closed with the policy code."""
    url, _, desk = served
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}/-/frames") as ws:
        await ws.send_str("bad")
        closing = await ws.receive()
        assert closing.type is aiohttp.WSMsgType.CLOSE
        assert closing.data == 1008
        assert desk.channel is None


async def test_frames_before_the_ticket_are_refused(served: tuple[str, Application, Desk]) -> None:
    """Nothing but a ticket is listened to at first."""
    url, _, desk = served
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}/-/frames") as ws:
        await ws.send_bytes(b"input")
        assert (await ws.receive()).data == 1002
        assert desk.received == []


async def test_foreign_origins_are_refused(served: tuple[str, Application, Desk]) -> None:
    """A page of another site cannot open a channel."""
    url, _, _ = served
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await session.ws_connect(f"{url}/-/frames", origin="http://elsewhere")
        assert refusal.value.status == 403


GARBAGE = [
    pytest.param(bytes([0x82, 0xFF]) + struct.pack(">Q", 2**40) + bytes(4), 1009, id="gigantic"),
    pytest.param(bytes([0x82, 0xFE]) + struct.pack(">H", MAX_PACKET_BYTES + 1), 1009, id="too big"),
    pytest.param(bytes([0x82, 0x01, 0x41]), 1002, id="not masked"),
    pytest.param(bytes([0x80, 0x80]) + bytes(4), 1002, id="continuation of nothing"),
    pytest.param(bytes([0x01, 0x80]) + bytes(4) + bytes([0x81, 0x80]) + bytes(4), 1002, id="new before end"),
    pytest.param(bytes([0x09, 0x80]) + bytes(4), 1002, id="ping in parts"),
    pytest.param(bytes([0xC2, 0x80]) + bytes(4), 1002, id="reserved bit"),
    pytest.param(bytes([0x83, 0x80]) + bytes(4), 1002, id="unknown opcode"),
]


@pytest.mark.parametrize(("garbage", "code"), GARBAGE)
async def test_garbage_ends_the_channel_with_the_right_code(
    served: tuple[str, Application, Desk], garbage: bytes, code: int
) -> None:
    """Whatever breaks the protocol closes the connection, with the code that RFC 6455 gives for it."""
    url, _, _ = served
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    writer.write(
        b"GET /-/frames HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    assert b"101" in await reader.readuntil(b"\r\n\r\n")
    writer.write(garbage)
    assert await reader.read() == struct.pack(">BBH", 0x88, 2, code)
    writer.close()


async def test_a_browser_that_stops_reading_is_not_waited_for(
    served: tuple[str, Application, Desk],
) -> None:
    """Frames for a stalled browser are dropped, memory stays bounded, and it is told to ask again."""
    url, _, desk = served
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]), limit=1024)
    writer.write(
        b"GET /-/frames HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    writer.write(bytes([0x81, 0x84]) + bytes(4) + b"good")
    await desk.arrived.wait()
    assert desk.channel is not None
    drained = asyncio.Event()
    desk.channel.on_drained = drained.set
    sent = 0
    while desk.channel.send(bytes(4096)):
        sent += 1
        assert sent < 10_000
    transport = desk.channel._transport
    assert transport is not None
    assert transport.get_write_buffer_size() <= FrameSocket.high_water + 8192
    assert not drained.is_set()
    while not drained.is_set():
        assert await reader.read(65536)
    assert desk.channel.send(b"again")
    writer.close()


async def test_a_flood_of_pings_is_not_piled_up(served: tuple[str, Application, Desk]) -> None:
    """Whoever sends pings and never reads the answers costs no memory."""
    url, _, desk = served
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]), limit=1024)
    writer.write(
        b"GET /-/frames HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    writer.write(bytes([0x81, 0x84]) + bytes(4) + b"good")
    await desk.arrived.wait()
    assert desk.channel is not None
    ping = bytes([0x89, 0xFD]) + bytes(4) + bytes(125)
    for _ in range(200):
        writer.write(ping * 500)
        await writer.drain()
    transport = desk.channel._transport
    assert transport is not None
    assert transport.get_write_buffer_size() <= 2 * FrameSocket.high_water
    writer.close()


async def test_a_channel_that_proves_nothing_is_closed(
    served: tuple[str, Application, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection without a ticket does not stay."""
    monkeypatch.setattr("mug.core.web.frame_socket.TICKET_SECONDS", 0.05)
    url, _, _ = served
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}/-/frames") as ws:
        assert (await ws.receive()).data == 1008


async def test_a_browser_that_takes_nothing_is_cut_off(
    served: tuple[str, Application, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection on which nothing moves ends, instead of waiting for ever."""
    monkeypatch.setattr("mug.core.web.websocket.STALL_SECONDS", 0.1)
    url, _, desk = served
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]), limit=1024)
    writer.write(
        b"GET /-/frames HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    writer.write(bytes([0x81, 0x84]) + bytes(4) + b"good")
    await desk.arrived.wait()
    assert desk.channel is not None
    while desk.channel.send(bytes(4096)):
        pass
    async with asyncio.timeout(10):
        await desk.gone.wait()
    writer.close()


async def test_a_half_request_does_not_hold_the_port(served: tuple[str, Application, Desk]) -> None:
    """A head that is too long is dropped, and others are served meanwhile."""
    url, _, _ = served
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    writer.write(b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000)
    async with aiohttp.ClientSession() as session, session.get(f"{url}/fine") as answer:
        assert answer.status == 200
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""
    writer.close()
