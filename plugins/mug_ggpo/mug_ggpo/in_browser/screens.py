"""What one page of a game shows: the predicted present, under the figures of what is certain."""

from __future__ import annotations

from mug.engine.engine import Engine
from mug.game.building import hud_text
from mug.game.output import Output
from mug.game.screens import Screens
from mug.game.seats import Seats
from mug.game.spec import AgentId, GameSpec
from mug.game.venue import Venue


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
        super().__init__(engine, spec, seats, venue, output, (seat,))
        self.hud: str | None = None
        self._traceless = 0

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


DRAWN_WITHOUT_TRACE = 60
"""After so many pictures in a row that changed nothing, nobody looks any more."""
