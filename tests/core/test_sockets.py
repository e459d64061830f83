"""Control connections: what a page may send and how often, and that nothing of an ended one stays."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import attrs
import pytest
import socketio

from mug.core.protocol import PROTOCOL, Advance, Draft, PluginMessage, Visibility
from mug.core.web.asgi_socket import AsgiSocket
from mug.core.web.front import Front, bind
from mug.core.web.sockets import SocketConnection, Sockets
from mug.core.web.tokens import Tickets


class Desk:
    """Keeps what comes in."""

    def __init__(self) -> None:
        self.connections: list[SocketConnection] = []
        self.received_messages: list[Any] = []
        self.round_trips: list[float] = []
        self.gone: list[SocketConnection] = []

    def connected(self, connection: SocketConnection) -> None:
        self.connections.append(connection)

    def disconnected(self, connection: SocketConnection) -> None:
        self.gone.append(connection)

    async def received(self, connection: SocketConnection, message: Any) -> bool:
        self.received_messages.append(message)
        return True

    def plugin(self, connection: SocketConnection, message: PluginMessage) -> object:
        return {"heard": message.message["text"]}

    def input(self, connection: SocketConnection, payload: bytes) -> None:
        raise AssertionError

    def round_trip(self, connection: SocketConnection, milliseconds: float) -> None:
        self.round_trips.append(milliseconds)


@attrs.frozen
class Served:
    """A desk behind a port."""

    url: str
    desk: Desk
    sockets: Sockets
    tickets: Tickets

    def auth(self) -> dict[str, Any]:
        return {"ticket": self.tickets.issue("ann"), "protocol": PROTOCOL}


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    desk, tickets = Desk(), Tickets(time.monotonic)
    sockets = Sockets(desk, tickets, ())
    front = Front(socketio.ASGIApp(sockets.server, socketio_path="-/socket.io"), lambda *_: 404)
    sock = bind("127.0.0.1", 0)
    await sockets.start()
    await front.start(sock)
    yield Served(f"http://127.0.0.1:{sock.getsockname()[1]}", desk, sockets, tickets)
    await front.stop(grace=0.1)
    await sockets.stop()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
async def page(served: Served) -> AsyncIterator[socketio.AsyncClient]:
    client = socketio.AsyncClient(reconnection=False)
    await client.connect(
        served.url, auth=served.auth(), socketio_path="-/socket.io", transports=["websocket"]
    )
    yield client
    await client.disconnect()


async def test_a_flood_of_drafts_does_not_stop_the_way_on(served: Served, page: socketio.AsyncClient) -> None:
    """Drafts and the like are limited each on their own, so that nothing else is lost to them."""
    for n in range(30):
        await page.emit("draft", {"visit": 1, "answers": {"n": n}})
        await page.emit("visibility", {"visible": True})
        await page.emit("rtt", float(n))
    assert await page.call("advance", {"visit": 1, "answers": {}}) is True
    kinds = [type(message) for message in served.desk.received_messages]
    assert 10 <= kinds.count(Draft) <= 15
    assert 20 <= kinds.count(Visibility) <= 25
    assert 10 <= len(served.desk.round_trips) <= 12
    assert kinds[-1] is Advance


async def test_plugins_hear_what_is_short_and_seldom(served: Served, page: socketio.AsyncClient) -> None:
    """A plugin's part of the page is answered by the plugin, unless it says too much at once or too often."""

    async def say(text: str) -> object:
        return await page.call("plugin", {"plugin": "chat", "message": {"text": text}})

    assert await say("hello") == {"heard": "hello"}
    assert await say("a" * 17_000) is None
    assert await say("\ud800") is None
    assert await page.call("plugin", {"plugin": "chat", "message": "hello"}) is False
    answers = [await say(str(n)) for n in range(60)]
    assert 36 <= len([answer for answer in answers if answer]) < 60
    assert await page.call("advance", {"visit": 1, "answers": {}}) is True


async def test_a_draft_is_not_a_book(served: Served, page: socketio.AsyncClient) -> None:
    """What is longer than people type between two moments is not kept."""
    assert await page.call("draft", {"visit": 1, "answers": {"text": "a" * 16_000}}) is True
    assert await page.call("draft", {"visit": 1, "answers": {"text": "a" * 17_000}}) is False
    assert len(served.desk.received_messages) == 1


async def test_nothing_is_heard_after_the_end(served: Served, page: socketio.AsyncClient) -> None:
    """A connection that has ended says nothing any more, whatever was on its way."""
    (connection,) = served.desk.connections
    served.sockets.end(connection)
    assert not connection.may("advance")
    assert not connection.may("draft")
    await until(lambda: not page.connected)
    assert served.desk.gone == [connection]


@pytest.mark.parametrize("transports", [["websocket"], ["polling", "websocket"], ["polling"]])
async def test_every_way_of_the_library_is_open(served: Served, transports: list[str]) -> None:
    """Pages may come by a WebSocket, go over to one, or keep polling; each goes in good order."""
    client = socketio.AsyncClient(reconnection=False)
    await client.connect(served.url, auth=served.auth(), socketio_path="-/socket.io", transports=transports)
    assert await client.call("plugin", {"plugin": "chat", "message": {"text": "hi"}}) == {"heard": "hi"}
    (connection,) = served.desk.connections
    connection.emit("notice", {"level": "info", "text": "hello"})
    await client.disconnect()
    await until(lambda: served.desk.gone == [connection])
    assert _open_transports() == 0


async def test_a_page_that_falls_silent_is_gone(served: Served) -> None:
    """Who answers nothing for as long as two signs of life take counts as gone, and nothing of it stays."""
    eio = served.sockets.server.eio
    eio.ping_interval, eio.ping_timeout = 0.1, 0.2
    address = f"{served.url}/-/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as http, http.ws_connect(address) as ws:
        assert (await ws.receive_str()).startswith("0")
        await ws.send_str("40" + json.dumps(served.auth()))
        for _ in range(4):
            while await ws.receive_str() != "2":
                pass
            assert served.desk.gone == []
            await ws.send_str("3")
        await until(lambda: served.desk.gone == served.desk.connections)
    await until(lambda: not eio.sockets and _open_transports() == 0)


@pytest.mark.parametrize("reads", [True, False])
async def test_a_page_that_does_not_go_is_cut_off(
    served: Served, reads: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of an ended connection stays, if its page goes on sending or has stopped reading."""
    monkeypatch.setattr("mug.core.web.sockets.GOODBYE_SECONDS", 0.05)
    monkeypatch.setattr("mug.core.web.websocket.STALL_SECONDS", 0.3)
    address = f"{served.url}/-/socket.io/?EIO=4&transport=websocket"
    hurry = aiohttp.ClientWSTimeout(ws_close=0.1)
    async with aiohttp.ClientSession() as http, http.ws_connect(address, timeout=hurry) as ws:
        assert (await ws.receive_str()).startswith("0")
        await ws.send_str("40" + json.dumps(served.auth()))
        assert (await ws.receive_str()).startswith("40")
        (connection,) = served.desk.connections
        if reads:
            served.sockets.end(connection)
        else:
            ws._response.connection.transport.pause_reading()  # type: ignore[union-attr]
            await until(lambda: connection.closed or _fill(connection))
        eio = served.sockets.server.eio
        deadline = time.monotonic() + 10
        while eio.sockets:
            assert time.monotonic() < deadline
            if reads and not ws.closed:
                try:
                    await ws.send_str('42["visibility",{"visible":true}]')
                except ConnectionError:
                    reads = False
            await asyncio.sleep(0.02)
        assert served.desk.gone == [connection]
        assert served.desk.received_messages == []
        assert _open_transports() == 0


def _fill(connection: SocketConnection) -> bool:
    for _ in range(50):
        connection.emit("notice", {"level": "info", "text": "a" * 60_000})
    return False


def _open_transports() -> int:
    return sum(isinstance(it, AsgiSocket) and it._transport is not None for it in gc.get_objects())


async def test_attachments_are_not_waited_for_without_end(served: Served, page: socketio.AsyncClient) -> None:
    """A packet that announces many binary parts is refused, and nothing is kept of what it announced."""
    for announced in ("59999-", "9999999999-"):
        await page.eio.send(f'5{announced}["runtime",{{"_placeholder":true,"num":0}}]')
    assert await page.call("draft", {"visit": 1, "answers": {"text": "still here"}}) is True
    assert not served.sockets.server._binary_packet
