"""What is simulated."""

from __future__ import annotations

from dataclasses import dataclass, field

from mug_ggpo.session import Config
from mug_ggpo.simulation.network import Conditions


@dataclass(frozen=True, slots=True)
class Absence:
    """A peer vanishes ``at`` a time; its reloaded page is ``back`` so many seconds later, or never (None).

    One that does not come back is dropped by a timeout, or, ``told`` so many seconds later, by the server.
    """

    peer: int
    at: float
    back: float | None = None
    told: float | None = None


@dataclass(frozen=True, slots=True)
class Slowness:
    """A device whose ticks take at least so many seconds, from a time to another."""

    peer: int
    takes: float
    since: float = 0.0
    until: float = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One simulated game, from its seed.

    ``skew`` is how much faster than the others the clock of peer 1 runs, ``start_offset`` how much later each
    peer begins than the one before it. ``hold`` is the mean time for which people hold a key. ``episode`` is
    the length of episodes in frames, ``seconds`` that of the whole. ``flip`` (peer, frame) changes a bit in
    one peer's state; ``fault`` names what is wrong with everybody's game. ``repairs`` is whether a desync is
    repaired by a checkpoint.
    """

    seed: int = 0
    peers: int = 2
    seats_each: int = 1
    fps: float = 30.0
    input_delay: int = 2
    prediction_window: int = 8
    saving: str = "every"
    checksum_interval: int = 15
    disconnect_timeout: float | None = 5.0
    wire: Conditions = field(default_factory=Conditions)
    seconds: float = 60.0
    episode: int = 10**9
    skew: float = 0.0
    start_offset: float = 0.5
    hold: float = 0.35
    absences: tuple[Absence, ...] = ()
    slow: tuple[Slowness, ...] = ()
    flip: tuple[int, int] | None = None
    fault: str = ""
    repairs: bool = False

    @property
    def owners(self) -> tuple[int, ...]:
        """The peer of each seat."""
        return tuple(peer for peer in range(self.peers) for _ in range(self.seats_each))

    def config(self, peer: int) -> Config:
        """What a peer's session is told."""
        return Config(
            owners=self.owners,
            local=peer,
            peers=self.peers,
            fps=self.fps,
            session_id=(self.seed * 2654435761 + 1) % 2**32,
            digest=b"simulated game",
            input_delay=self.input_delay,
            prediction_window=self.prediction_window,
            saving=self.saving,
            checksum_interval=self.checksum_interval,
            disconnect_timeout=self.disconnect_timeout,
        )
