"""How a game comes about: its environment is made, and brought to where its records end."""

from __future__ import annotations

from collections.abc import Sequence

from mug.engine.engine import Engine
from mug.engine.models import Inference
from mug.engine.records import EpisodeEnd
from mug.game.building import build_engine
from mug.game.replay import Record, Repeater, Replay
from mug.game.save import Save
from mug.game.seats import Seats
from mug.game.spec import GameSpec
from mug.game.venue import Venue


class Construction:
    """Builds one game; what it found in the records is in the attributes once `go_on` has said True.

    Args:
        spec: what is played.
        seats: who sits where.
        seed: the game's.
        history: its records.
        venue: where it is played.

    Attributes:
        engine: the game; None until it is built.
        begun: whether the game had begun.
        totals: by agent, the rewards of the episodes that are over.
        steps: how many steps were played.
        ended: the record of the game's end, if it had ended.
        lost: the episode that has to be played again because it went differently now, and why.
        unrecorded: the end of the last episode, when the records lack only that.
    """

    def __init__(
        self, spec: GameSpec, seats: Seats, seed: int, history: Sequence[bytes], venue: Venue
    ) -> None:
        self.engine: Engine | None = None
        self.begun = False
        self.totals = dict.fromkeys(seats.names.values(), 0.0)
        self.steps = 0
        self.ended: Record | None = None
        self.lost: tuple[int, str] | None = None
        self.unrecorded: EpisodeEnd | None = None
        self.resumed = bool(history)
        self._spec = spec
        self._seats = seats
        self._seed = seed
        self._history = list(history)
        self._venue = venue
        self._repeater = Repeater()
        self._replay: Replay | None = None

    @property
    def replaying(self) -> bool:
        """Whether it is being rebuilt from its records."""
        return self._replay is not None

    @property
    def asked(self) -> tuple[Inference, ...]:
        """What models beside the interpreter have to answer before it goes on."""
        return () if self._replay is None else self._replay.asked

    def load(self, save: Save) -> None:
        """Build the game as it was when it was saved; the history is what was recorded after that.

        Raises:
            EngineFault: the environment or a policy does not work, or the save does not fit.
        """
        engine = self._build(with_repeater=True)
        save.restore(engine)
        self.begun, self.totals, self.steps = save.begun, dict(save.totals), engine.frame
        self.resumed = True

    def extend(self, history: Sequence[bytes]) -> None:
        """Take further records."""
        self._history += history
        self.resumed = self.resumed or bool(history)

    def go_on(self) -> bool:
        """Build, and play on for a little while what the records tell; return whether that was all.

        Raises:
            EngineFault: the environment, a policy or a callback does not work.
        """
        if self._replay is None:
            engine = self.engine or self._build(with_repeater=self.resumed)
            if not self.resumed:
                return True
            self._replay = Replay(
                engine, self._repeater, self._history, self._seats, self._spec, self._venue, self.begun
            )
            self._history = []
            return False
        if not self._replay.run_slice():
            return False
        self._note(self._replay)
        self._replay = None
        return True

    def _build(self, *, with_repeater: bool) -> Engine:
        further = [self._repeater] if with_repeater else []
        own = self._venue.global_generators
        self.engine = build_engine(self._spec, self._seats, self._seed, *further, global_generators=own)
        return self.engine

    def _note(self, replay: Replay) -> None:
        self.begun = self.begun or replay.started
        self.steps += replay.steps
        self.ended, self.lost, self.unrecorded = replay.ended, replay.lost, replay.unrecorded
        for name, reward in replay.totals.items():
            self.totals[name] += reward
