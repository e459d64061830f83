"""A link between a browser and a server: it counts what goes over it, and is as slow as it is told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import attrs

CHUNK = 16 * 1024
QUEUED_SECONDS = 0.05
"""How much may be on its way before a sender has to wait."""


@attrs.frozen
class Speed:
    """How fast a link is; ``bits`` a second are shared by all connections, each way."""

    name: str
    bits: float | None = None
    round_trip: float = 0.0


LOCAL = Speed("localhost")
HOME = Speed("20 Mbit/s, 40 ms", 20e6, 0.040)


class _Way:
    """One direction: chunks leave one after the other, and arrive half a round trip later."""

    def __init__(self, speed: Speed) -> None:
        self._speed = speed
        self._free_at = 0.0
        self.carried = 0

    async def pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, delay: float) -> None:
        """Carry everything until one side is closed; the first chunk waits so long before it leaves."""
        loop = asyncio.get_running_loop()
        on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        arriving = asyncio.create_task(_deliver(on_the_way, target))
        try:
            while chunk := await source.read(CHUNK):
                await asyncio.sleep(delay)
                delay = 0.0
                self.carried += len(chunk)
                self._free_at = max(loop.time(), self._free_at)
                if self._speed.bits is not None:
                    self._free_at += len(chunk) * 8 / self._speed.bits
                on_the_way.put_nowait((self._free_at + self._speed.round_trip / 2, chunk))
                await asyncio.sleep(self._free_at - loop.time() - QUEUED_SECONDS)
        except ConnectionError:
            pass
        finally:
            on_the_way.put_nowait((0.0, b""))
            await arriving


async def _deliver(on_the_way: asyncio.Queue[tuple[float, bytes]], target: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(ConnectionError):
        while (item := await on_the_way.get())[1]:
            at, chunk = item
            await asyncio.sleep(at - loop.time())
            target.write(chunk)
            await target.drain()
    target.close()


class Link:
    """Passes on what is sent to a port of its own.

    What a real link does beyond that (slow start, loss) is not imitated; a connection takes one round trip
    more before its first bytes leave, as TCP's handshake does.

    Attributes:
        port: where to connect to.
    """

    def __init__(self, target: int, speed: Speed) -> None:
        self._target = target
        self._speed = speed
        self._up, self._down = _Way(speed), _Way(speed)
        self._connections: set[asyncio.Task[None]] = set()
        self.port = 0

    @property
    def received(self) -> int:
        """Bytes that came from the server so far, headers included."""
        return self._down.carried

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
            await asyncio.gather(
                self._up.pump(reader, far_writer, self._speed.round_trip),
                self._down.pump(far_reader, writer, 0.0),
            )
        except (ConnectionError, asyncio.CancelledError):
            writer.close()
        finally:
            self._connections.discard(task)


@contextlib.asynccontextmanager
async def link(target: int, speed: Speed) -> AsyncIterator[Link]:
    """Open a link to a port of this machine."""
    one = Link(target, speed)
    server = await asyncio.start_server(one._connect, "127.0.0.1", 0)
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one
    finally:
        server.close()
        for task in tuple(one._connections):
            task.cancel()
        await asyncio.gather(*one._connections, return_exceptions=True)
