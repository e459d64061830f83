"""A bad network between the pages of one game: their packets are late, lost, doubled and out of order.

The kernel's own emulation is not there everywhere and needs root. Here each address that a page learns of
another one is replaced, in the page, by a port of this process, which passes on what comes to it as badly as
it is told to. mug is left as it is: the same packets travel, and connections are made in the same way.

    with Netem(Impairment(rtt_ms=150, jitter_ms=20, loss=0.05)) as net:
        context = await browser.new_context()
        await net.impair(context)

The browser has to be started with `CHROMIUM_FLAGS`, so that pages give their machine's addresses away.
"""

from __future__ import annotations

import asyncio
import ipaddress
import random
import threading
from typing import Any, Final, Self, TypeVar

import attrs
from playwright.async_api import BrowserContext

CHROMIUM_FLAGS: Final = ("--disable-features=WebRtcHideLocalIpsWithMdns",)
IN_PAGE: Final = r"""(() => {
    const { addIceCandidate, setRemoteDescription } = RTCPeerConnection.prototype;
    RTCPeerConnection.prototype.addIceCandidate = async function (candidate) {
        const through = await window.mugNetem(candidate.candidate);
        if (through !== null) await addIceCandidate.call(this, { ...candidate, candidate: through });
    };
    RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
        const bare = sdp.replace(/^a=candidate:.*\r\n/gm, "");
        return setRemoteDescription.call(this, { type, sdp: bare });
    };
})();"""
Address = tuple[str, int]
E = TypeVar("E", bound="_End")


@attrs.frozen
class Impairment:
    """What happens to each packet, in each direction alike.

    Attributes:
        rtt_ms: milliseconds there and back; one way takes half of them.
        jitter_ms: by how much one way is shorter or longer, evenly spread; packets overtake each other.
        loss: the share of packets that do not arrive, one way; 1 for a network that is down.
        duplication: the share of packets that arrive twice.
    """

    rtt_ms: float = 0.0
    jitter_ms: float = 0.0
    loss: float = 0.0
    duplication: float = 0.0


@attrs.define
class Count:
    """Packets that came to the emulated network, and what became of them."""

    received: int = 0
    lost: int = 0
    doubled: int = 0


class Netem:
    """An emulated network, in a thread of its own so that a busy test does not slow it.

    ``impairment`` can be set at any time and holds for the packets that come from then on.
    """

    def __init__(self, impairment: Impairment, seed: int = 0) -> None:
        self.impairment = impairment
        self.count = Count()
        self._random = random.Random(seed)
        self._doors: dict[Address, _Door] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="netem", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def impair(self, context: BrowserContext) -> None:
        """Let every page that this context opens from now on reach others through this network only."""
        await context.expose_binding("mugNetem", self._through)
        await context.add_init_script(IN_PAGE)

    def carry(self, transport: asyncio.DatagramTransport, data: bytes, to: Address) -> None:
        """Send a packet on, or lose it; called in the network's thread."""
        now = self.impairment
        self.count.received += 1
        if self._random.random() < now.loss:
            self.count.lost += 1
            return
        copies = 1
        if self._random.random() < now.duplication:
            self.count.doubled += 1
            copies = 2
        for _ in range(copies):
            late = now.rtt_ms / 2 + self._random.uniform(-now.jitter_ms, now.jitter_ms)
            self._loop.call_later(max(0.0, late / 1000), _send, transport, data, to)

    async def _through(self, _source: Any, candidate: str) -> str | None:
        """Return the same candidate at a port of this process, None for one that leads past it."""
        done = asyncio.run_coroutine_threadsafe(self._replaced(candidate), self._loop)
        return await asyncio.wrap_future(done)

    async def _replaced(self, candidate: str) -> str | None:
        fields = candidate.split()
        if len(fields) < 6 or fields[2].lower() != "udp" or not _is_ipv4(fields[4]):
            return None
        target = (fields[4], int(fields[5]))
        if target not in self._doors:
            self._doors[target] = await _open(_Door(self, target), target[0])
        fields[5] = str(self._doors[target].port)
        return " ".join(fields)

    async def _close(self) -> None:
        for door in self._doors.values():
            door.close()
        await asyncio.sleep(0)


class _End(asyncio.DatagramProtocol):
    """A port of the emulated network."""

    transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    @property
    def port(self) -> int:
        return int(self.transport.get_extra_info("sockname")[1])


class _Door(_End):
    """Stands for one address of a page: what others send here reaches it, from a port for each of them."""

    def __init__(self, net: Netem, target: Address) -> None:
        self._net = net
        self._target = target
        self._ways_back: dict[Address, _WayBack] = {}
        self._coming: set[asyncio.Task[None]] = set()

    def datagram_received(self, data: bytes, sender: Address) -> None:
        way_back = self._ways_back.get(sender)
        if way_back is not None:
            self._net.carry(way_back.transport, data, self._target)
        else:
            task = asyncio.get_running_loop().create_task(self._first(data, sender))
            self._coming.add(task)
            task.add_done_callback(self._coming.discard)

    async def _first(self, data: bytes, sender: Address) -> None:
        if sender not in self._ways_back:
            self._ways_back[sender] = await _open(
                _WayBack(self._net, self.transport, sender), self._target[0]
            )
        self._net.carry(self._ways_back[sender].transport, data, self._target)

    def close(self) -> None:
        """Close it and everything behind it."""
        self.transport.close()
        for way_back in self._ways_back.values():
            way_back.transport.close()


class _WayBack(_End):
    """What the page behind a door answers to one sender goes back to it, out of the same door."""

    def __init__(self, net: Netem, door: asyncio.DatagramTransport, sender: Address) -> None:
        self._net = net
        self._door = door
        self._sender = sender

    def datagram_received(self, data: bytes, _: Address) -> None:
        self._net.carry(self._door, data, self._sender)


async def _open(end: E, host: str) -> E:
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: end, local_addr=(host, 0))
    return end


def _send(transport: asyncio.DatagramTransport, data: bytes, to: Address) -> None:
    if not transport.is_closing():
        transport.sendto(data, to)


def _is_ipv4(text: str) -> bool:
    try:
        return isinstance(ipaddress.ip_address(text), ipaddress.IPv4Address)
    except ValueError:
        return False
