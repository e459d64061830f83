"""A network between peers: late, lossy, bursty, out of order, twice, damaged."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How one network treats packets; times in seconds, shares from 0 to 1.

    A packet takes ``latency`` plus up to ``jitter`` (uniform), or ``latency`` times ``asymmetry`` in the
    direction of the peer with the lower number. ``reorder`` of the packets take up to 3 ``jitter`` + 20 ms
    more. ``outage_every`` and ``outage_mean`` are the mean times from one outage to the next and of its
    length (exponential; a Gilbert-Elliott channel that loses everything in its bad state). After ``cut_at``
    nothing passes for ``cut_for``, between ``cut_pair`` or anybody.
    """

    latency: float = 0.0
    jitter: float = 0.0
    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    corrupt: float = 0.0
    asymmetry: float = 1.0
    outage_every: float = 0.0
    outage_mean: float = 0.0
    cut_at: float | None = None
    cut_for: float = 0.0
    cut_pair: tuple[int, int] | None = None


class Network:
    """Says of each packet when it arrives, how often, and how it looks then; each way has its own luck."""

    def __init__(self, conditions: Conditions, seed: int) -> None:
        self._conditions = conditions
        self._seed = seed
        self._luck: dict[tuple[int, int], random.Random] = {}
        self._outages: dict[tuple[int, int], tuple[float, float]] = {}
        self.sent = self.lost = self.duplicated = self.reordered = self.corrupted = 0

    def becomes(self, conditions: Conditions) -> None:
        """Be like this from now on."""
        self._conditions = conditions

    def carry(self, sender: int, recipient: int, packet: bytes, now: float) -> Iterator[tuple[float, bytes]]:
        """When the packet arrives, and as what."""
        self.sent += 1
        wire = self._conditions
        luck = self._luck_of(sender, recipient)
        if self._is_out(sender, recipient, now) or luck.random() < wire.loss:
            self.lost += 1
            return
        copies = 2 if luck.random() < wire.duplicate else 1
        self.duplicated += copies - 1
        for _ in range(copies):
            takes = wire.latency * (wire.asymmetry if recipient < sender else 1) + luck.random() * wire.jitter
            if wire.reorder and luck.random() < wire.reorder:
                self.reordered += 1
                takes += luck.random() * (3 * wire.jitter + 0.02)
            arriving = packet
            if wire.corrupt and luck.random() < wire.corrupt:
                self.corrupted += 1
                arriving = _damaged(packet, luck)
            yield now + takes, arriving

    def _luck_of(self, sender: int, recipient: int) -> random.Random:
        pair = sender, recipient
        if pair not in self._luck:
            self._luck[pair] = random.Random(f"{self._seed} {sender} {recipient}")
        return self._luck[pair]

    def _is_out(self, sender: int, recipient: int, now: float) -> bool:
        wire = self._conditions
        pair = min(sender, recipient), max(sender, recipient)
        if wire.cut_at is not None and wire.cut_at <= now < wire.cut_at + wire.cut_for:
            return wire.cut_pair in (None, pair)
        if not wire.outage_every:
            return False
        # Both directions fail together.
        luck = self._luck_of(pair[0], -1 - pair[1])
        begin, end = self._outages.get(pair, (0.0, 0.0))
        while end <= now:
            begin = end + luck.expovariate(1 / wire.outage_every)
            end = begin + luck.expovariate(1 / wire.outage_mean)
        self._outages[pair] = begin, end
        return begin <= now


def _damaged(packet: bytes, luck: random.Random) -> bytes:
    """The packet with some bits flipped, or cut short."""
    if luck.random() < 0.2:
        return packet[: luck.randrange(len(packet))]
    data = bytearray(packet)
    for _ in range(luck.randint(1, 3)):
        data[luck.randrange(len(data))] ^= 1 << luck.randrange(8)
    return bytes(data)
