"""Figures about a session, as it is."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class PeerStats:
    """About the way to one peer, and the peer itself.

    ``rtt`` and ``jitter`` are in seconds (None: not known yet), ``loss`` is the share of the last 128 packets
    that did not arrive. ``advantage`` is how many frames ahead of the peer this one is. ``unacked`` counts
    own inputs that the peer has not acknowledged, and may still want. ``pace`` is how much longer than it
    should the peer's tick takes (1: it is not); ``held_back`` counts the ticks in which this session stalled
    for the peer's inputs.
    """

    rtt: float | None
    jitter: float | None
    loss: float
    advantage: float
    unacked: int
    pace: float
    held_back: int
    packets_sent: int
    bytes_sent: int
    packets_received: int
    bytes_received: int
    replayed: int
    silent: float


@dataclass(slots=True)
class SessionStats:
    """About the session since its start; ``ignored`` counts packets that were not used, by reason."""

    ticks: int = 0
    stalls: int = 0
    advanced: int = 0
    confirmed: int = 0
    rollbacks: int = 0
    resimulated: int = 0
    max_depth: int = 0
    loads: int = 0
    saves: int = 0
    ignored: dict[str, int] = field(default_factory=dict)

    def ignore(self, why: str) -> None:
        """Count a packet that was not used."""
        self.ignored[why] = self.ignored.get(why, 0) + 1
