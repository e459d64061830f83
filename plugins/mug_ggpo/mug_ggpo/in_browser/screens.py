"""What one page of a game shows: the predicted present, under the figures of what is certain."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mug.engine.engine import Engine
from mug.game.building import hud_text
from mug.game.output import Output
from mug.game.screens import Screens
from mug.game.seats import Seats
from mug.game.spec import AgentId, GameSpec
from mug.game.venue import FrameEncoder, Place, Venue
from mug.rendering.packet import Delta


class PredictedScreens(Screens):
    """The view of one seat.

    Drawing must leave no trace in the game, for pages draw at different frames: where it does, what it
    changed is put back.

    Attributes:
        hud: the line above the picture, as it was at the last step that counts.
    """

    def __init__(
        self, engine: Engine, spec: GameSpec, seats: Seats, venue: Venue, output: Output, seat: AgentId
    ) -> None:
        self._frames = GlidingFrames(venue.frames)
        super().__init__(engine, spec, seats, replace(venue, frames=self._frames), output, (seat,))
        self.hud: str | None = None
        self._traceless = 0

    def glide(self, seconds: float) -> None:
        """With the next picture, let what was in a wrong place glide for so long to where it should be."""
        self._frames.glide_ms = round(seconds * 1000)

    def read(self) -> None:
        """Take over the line above the picture; the game stands at a step that counts.

        Raises:
            CallbackFault: the scene's function raised.
        """
        self.hud = hud_text(self._spec, self._engine)

    def show(self, now: float, *, afresh: bool = False) -> None:
        """Show how things are now, as far as is known; what is shown afresh is certain."""
        if afresh:
            self.read()
        if self._traceless >= DRAWN_WITHOUT_TRACE:
            self._show(self.hud, now, afresh=afresh, predicted=True)
            return
        before = self._engine.save(with_data=False)
        self._show(self.hud, now, afresh=afresh, predicted=True)
        if self._engine.save(with_data=False).digest() == before.digest():
            self._traceless += 1
        else:
            self._traceless = 0
            self._engine.load(before)


class GlidingFrames:
    """Writes frames, and in one of them that things may glide.

    Args:
        frames: writes them otherwise, as dicts.
    """

    def __init__(self, frames: FrameEncoder) -> None:
        self.glide_ms = 0
        self._write = frames

    def body(self, delta: Delta, hud: str | None) -> Any:
        """Write what changed in a picture."""
        return self._write.body(delta, hud)

    def frame(self, kind: int, place: Place, ack: int, body: Any, *, has_hud: bool) -> Any:
        """Write what one seat gets."""
        written = self._write.frame(kind, place, ack, body, has_hud=has_hud)
        glide, self.glide_ms = self.glide_ms, 0
        return {**written, "glide": glide} if glide else written


DRAWN_WITHOUT_TRACE = 60
"""After so many pictures in a row that changed nothing, nobody looks any more."""
