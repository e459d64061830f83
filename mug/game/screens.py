"""Everything that the participants of one game look at."""

from __future__ import annotations

from collections.abc import Sequence

from mug.engine.engine import Engine
from mug.game.building import hud_text
from mug.game.output import Output
from mug.game.seats import Seats
from mug.game.spec import AgentId, GameSpec
from mug.game.venue import Venue
from mug.game.views import make_views


class Screens:
    """The views of one game: one for everybody, or one for each seat.

    Args:
        engine: what is shown.
        spec: the game's scene.
        seats: who sits where.
        venue: where it is played.
        output: takes the frames.
        looking: the seats whose participants look; None for all who take part.
    """

    def __init__(
        self,
        engine: Engine,
        spec: GameSpec,
        seats: Seats,
        venue: Venue,
        output: Output,
        looking: Sequence[AgentId] | None = None,
    ) -> None:
        self._engine = engine
        self._spec = spec
        looking = tuple(seats.participants) if looking is None else looking
        self._views = make_views(engine.per_player_views, looking, seats.inputs, venue.frames, output)

    def show(self, now: float, *, afresh: bool = False) -> None:
        """Show how things are now.

        Args:
            now: the time.
            afresh: nobody should see the old picture move into the new one.

        Raises:
            EnvironmentFault: ``render()`` raised, or returned no picture.
            CallbackFault: a callback raised.
        """
        self._show(hud_text(self._spec, self._engine), now, afresh=afresh, predicted=False)

    def _show(self, hud: str | None, now: float, *, afresh: bool, predicted: bool) -> None:
        engine = self._engine
        place = (engine.episode, engine.frame, engine.step_number)
        for viewer, view in self._views:
            if afresh:
                view.start_afresh()
            view.show(engine.render(viewer, predicted=predicted), hud, place, now)

    def beat(self, now: float) -> None:
        """Say that the game is there, and send overdue full frames."""
        for _, view in self._views:
            view.beat(now)

    def want_full(self, agent_id: AgentId) -> None:
        """Send this seat a full frame next."""
        for _, view in self._views:
            view.want_full(agent_id)
