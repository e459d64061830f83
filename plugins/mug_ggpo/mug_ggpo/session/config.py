"""What a session is told at its start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mug_ggpo.session.checkpoint import Checkpoint

Predict = Callable[[int, bytes | None], bytes]
"""Guesses a seat's input from the last one that is known of it, or from None."""

SAVING = ("every", "sparse", "resimulate")
MAX_PEERS = 8
MAX_WINDOW = 60
MAX_DELAY = 30
MAX_INCARNATION = 2**31


def repeat_last(seat: int, last: bytes | None) -> bytes:
    """Guess that people go on doing what they did."""
    return b"" if last is None else last


def neutral(seat: int, last: bytes | None) -> bytes:
    """Guess that nobody does anything."""
    return b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """How a game is played, and who this peer is.

    ``owners`` names for each seat the peer that makes its inputs. ``digest`` (up to 255 bytes) is what must
    be equal on all peers besides what is in here. ``session_id`` has 32 bits. ``incarnation`` counts from 1
    how often this peer has started a session of this game. Timeouts are in seconds; without
    ``disconnect_timeout`` only :meth:`Session.drop` drops a peer, and what others say of that drops nobody.
    """

    owners: tuple[int, ...]
    local: int
    peers: int
    fps: float
    session_id: int
    digest: bytes = b""
    input_delay: int = 2
    prediction_window: int = 8
    saving: str = "every"
    checksum_interval: int = 15
    predict: Predict = repeat_last
    notify_timeout: float = 0.5
    disconnect_timeout: float | None = 5.0
    incarnation: int = 1
    resumed: Checkpoint | None = None

    def __post_init__(self) -> None:
        checks = (
            (2 <= self.peers <= MAX_PEERS, f"peers is {self.peers}: 2 to {MAX_PEERS}"),
            (0 <= self.local < self.peers, f"local is {self.local}: one of the {self.peers} peers"),
            (0 < len(self.owners) <= 64, f"{len(self.owners)} seats: 1 to 64"),
            (
                all(0 <= owner < self.peers for owner in self.owners),
                f"owners are {self.owners}: peers 0 to {self.peers - 1}",
            ),
            (0 < self.fps <= 240, f"fps is {self.fps}: more than 0, up to 240"),
            (0 <= self.session_id < 2**32, f"session_id is {self.session_id}: 32 bits"),
            (len(self.digest) <= 255, f"digest has {len(self.digest)} bytes: up to 255"),
            (0 <= self.input_delay <= MAX_DELAY, f"input_delay is {self.input_delay}: 0 to {MAX_DELAY}"),
            (
                0 <= self.prediction_window <= MAX_WINDOW,
                f"prediction_window is {self.prediction_window}: 0 to {MAX_WINDOW}",
            ),
            (self.saving in SAVING, f"saving is {self.saving!r}: one of {', '.join(SAVING)}"),
            (
                0 <= self.checksum_interval < 2**16,
                f"checksum_interval is {self.checksum_interval}: 0 to 65535",
            ),
            (self.notify_timeout > 0, f"notify_timeout is {self.notify_timeout}: more than 0 seconds"),
            (
                self.disconnect_timeout is None or self.disconnect_timeout >= self.notify_timeout,
                f"disconnect_timeout is {self.disconnect_timeout}: None, or not less than notify_timeout",
            ),
            (0 < self.incarnation <= MAX_INCARNATION, f"incarnation is {self.incarnation}: 1 or more"),
            (
                self.resumed is None or self.resumed.widths() == self.widths(),
                "resumed is a checkpoint of a game with other seats",
            ),
        )
        wrong = [what for fine, what in checks if not fine]
        if wrong:
            raise ValueError("; ".join(wrong))

    def widths(self) -> tuple[int, ...]:
        """How many seats each peer owns."""
        return tuple(self.owners.count(peer) for peer in range(self.peers))

    def seats(self, peer: int) -> tuple[int, ...]:
        """The seats that a peer owns, ascending."""
        return tuple(seat for seat, owner in enumerate(self.owners) if owner == peer)
