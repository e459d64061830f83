"""What a simulation came to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from mug_ggpo.session import Event, SessionStats


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A frame that a peer confirmed, and the checksum of the state after it."""

    inputs: tuple[bytes, ...]
    statuses: tuple[int, ...]
    predicted: tuple[int, ...]
    depth: int
    checksum: int


@dataclass(slots=True)
class PeerOutcome:
    """What one peer saw, over all of its incarnations."""

    confirmed: dict[tuple[int, int], Confirmed] = field(default_factory=dict)
    """By epoch and frame."""
    resumed_at: set[tuple[int, int]] = field(default_factory=set)
    """The first frames of incarnations after the first one."""
    events: list[tuple[float, Event]] = field(default_factory=list)
    depths: Counter[int] = field(default_factory=Counter)
    """How many rollbacks were how deep."""
    ticks: int = 0
    stalls: int = 0
    advanced: int = 0
    rollbacks: int = 0
    resimulated: int = 0
    sent: dict[int, int] = field(default_factory=dict)
    """Bytes, by recipient."""
    played: float = 0.0
    """Seconds in which frames were simulated."""
    largest: int = 0
    """Bytes of the largest packet."""
    states: int = 0
    """The most states that were kept at a time."""
    ignored: Counter[str] = field(default_factory=Counter)
    vanished_at: float | None = None
    """When it vanished for good."""
    excluded: bool = False

    def add(self, stats: SessionStats) -> None:
        """Add the figures of one incarnation's session."""
        self.ticks += stats.ticks
        self.stalls += stats.stalls
        self.advanced += stats.advanced
        self.rollbacks += stats.rollbacks
        self.resimulated += stats.resimulated
        self.ignored.update(stats.ignored)


@dataclass(slots=True)
class Outcome:
    """What a simulation came to: each peer's view, and what an onlooker with one clock saw."""

    peers: list[PeerOutcome]
    offsets: list[tuple[float, float]] = field(default_factory=list)
    """Moments, and the distance in frames between the first and the last peer then."""
    packets: dict[str, int] = field(default_factory=dict)

    def frames(self) -> int:
        """Frames that were confirmed, over all peers."""
        return sum(len(peer.confirmed) for peer in self.peers)

    def stall_share(self) -> float:
        """The share of ticks that simulated nothing, of the peer who had most of them."""
        return max(peer.stalls / max(1, peer.ticks) for peer in self.peers)

    def stalls_per_tick(self) -> float:
        """The share of ticks that simulated nothing, over all peers."""
        return sum(peer.stalls for peer in self.peers) / max(1, sum(peer.ticks for peer in self.peers))

    def rollbacks_per_100(self) -> float:
        """Rollbacks per 100 frames, over all peers."""
        return 100 * sum(peer.rollbacks for peer in self.peers) / max(1, self._advanced())

    def resimulated_per_frame(self) -> float:
        """How many frames were simulated again for each new one."""
        return sum(peer.resimulated for peer in self.peers) / max(1, self._advanced())

    def depth(self, share: float) -> int:
        """The depth that this share of the rollbacks does not exceed; 0 if there were none."""
        depths: Counter[int] = Counter()
        for peer in self.peers:
            depths.update(peer.depths)
        wanted, seen = share * depths.total(), 0
        for depth in sorted(depths):
            seen += depths[depth]
            if seen >= wanted:
                return depth
        return 0

    def offset(self, share: float, since: float = 5.0) -> float:
        """The distance between the peers that is not exceeded in this share of the time."""
        offsets = sorted(offset for at, offset in self.offsets if at >= since)
        return offsets[min(len(offsets) - 1, int(share * len(offsets)))] if offsets else 0.0

    def together_after(self, within: float = 1.0) -> float:
        """From when on the peers are within so many frames of each other, for half a second at least."""
        since: float | None = None
        for at, offset in self.offsets:
            if offset > within:
                since = None
            elif since is None:
                since = at
            elif at - since >= 0.5:
                return since
        return float("inf")

    def bytes_per_second(self) -> float:
        """Payload per second from one peer to another one, of the pair with most of it."""
        return max(
            (sent / peer.played for peer in self.peers for sent in peer.sent.values() if peer.played > 1),
            default=0.0,
        )

    def _advanced(self) -> int:
        return sum(peer.advanced for peer in self.peers)
