"""What is different where a game is played: in a worker of the server, in a browser, in a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from mug.game.pace import Starts
from mug.rendering.packet import Delta

Place = tuple[int, int, int]
"""Episode, frame and step."""


class FrameEncoder(Protocol):
    """How pictures travel. What several seats see is written once."""

    def body(self, delta: Delta, hud: str | None) -> Any:
        """Write what changed in a picture, and the line above it unless that stayed as it was."""

    def frame(self, kind: int, place: Place, ack: int, body: Any, *, has_hud: bool) -> Any:
        """Write what one seat gets; ``body`` is None for a heartbeat.

        Args:
            kind: one of `mug.game.views`.
            place: where the game is.
            ack: sequence number of the seat's last input that took effect.
            body: as `body` wrote it.
            has_hud: whether there is a line of text in it.
        """


@dataclass(frozen=True, kw_only=True)
class Venue:
    """Where a game is played.

    Attributes:
        runtime: its name in the records.
        encode: writes a record as a line of JSON; the same values as `mug.records.encode`.
        wall_ms: the time in unix milliseconds, for the records.
        frames: how pictures travel.
        starts: when a clock that is to start may.
        replay_slice: for how many seconds in a row a game may be rebuilt before others have their turn.
        global_generators: whether ``random`` and ``np.random`` are the game's own: no other game draws from
            them.
    """

    runtime: str
    encode: Callable[[Mapping[str, Any]], bytes]
    wall_ms: Callable[[], int]
    frames: FrameEncoder
    starts: Starts
    replay_slice: float
    global_generators: bool
