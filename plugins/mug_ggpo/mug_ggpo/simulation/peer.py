"""The owner of a session, as it should be: carries out requests, and checks that they make sense."""

from __future__ import annotations

import random

from mug_ggpo.session import (
    Advance,
    Checkpoint,
    Config,
    Confirm,
    Load,
    Request,
    Save,
    Session,
)
from mug_ggpo.simulation.game import Game, State
from mug_ggpo.simulation.outcome import Confirmed, PeerOutcome
from mug_ggpo.simulation.scenario import Scenario


class Broken(Exception):  # noqa: N818  what it says
    """A session asked for something that makes no sense."""


class SimulatedPeer:
    """One incarnation of a peer: its session, its copy of the game, and somebody who presses keys."""

    def __init__(
        self, scenario: Scenario, config: Config, outcome: PeerOutcome, snapshot: State | None = None
    ) -> None:
        self.scenario = scenario
        self.number = config.local
        self.session = Session(config)
        self.outcome = outcome
        self.flip_at = scenario.flip[1] if scenario.flip and scenario.flip[0] == self.number else None
        self._seats = config.seats(config.local)
        self._person = random.Random(f"{scenario.seed} person {self.number} {config.incarnation}")
        self._keys = [b"\0"] * len(self._seats)
        self._window = max(1, config.prediction_window)
        self._states: dict[int, State] = {}
        self._checksums: dict[int, int] = {}
        self._next = self.session.frame
        self._ended_at: int | None = None
        self._finished = False
        self.game = self._new_game()
        if snapshot is not None:
            self.game.load(snapshot)

    def tick(self, now: float) -> None:
        """One tick, as it is due."""
        self._press_keys()
        requests = self.session.tick(now)
        over_at: int | None = None
        final: int | None = None
        for request in requests:
            if over_at is not None and request.frame > over_at:
                break
            self._check_order(request, final)
            final = None
            match request:
                case Save(frame, wants_checksum):
                    self._save(frame, wants_checksum)
                case Load(frame):
                    self._load(frame)
                case Advance(frame, inputs, statuses, is_final):
                    self._advance(frame, inputs, statuses)
                    final = frame if is_final else None
                    if self.game.ended:
                        self.session.hold(frame)
                        self._ended_at = over_at = frame
                case Confirm():
                    self._confirm(request)
        if final is not None:
            raise Broken(f"final frame {final} was not confirmed")
        for frame in [frame for frame in self._states if frame < self.session.oldest_needed]:
            del self._states[frame]
        self.outcome.states = max(self.outcome.states, len(self._states))
        if self._finished:
            self._next_episode(now)

    def checkpoint(self) -> tuple[bytes, State]:
        """What a returning peer needs, as it is sent."""
        checkpoint = self.session.checkpoint()
        if checkpoint.frame == self.session.frame:
            return checkpoint.to_bytes(), self.game.save()
        return checkpoint.to_bytes(), self._states[checkpoint.frame]

    def leave(self) -> None:
        """The page is gone."""
        self.outcome.add(self.session.stats)

    def _new_game(self) -> Game:
        scenario = self.scenario
        seed = scenario.seed * 1000 + self.session.epoch
        return Game(len(scenario.owners), seed, scenario.episode, scenario.fault, self.number + 1)

    def _press_keys(self) -> None:
        chance = 1 / max(1.0, self.scenario.hold * self.scenario.fps)
        for index, seat in enumerate(self._seats):
            if self._person.random() < chance:
                self._keys[index] = bytes((self._person.randrange(6),))
            self.session.set_input(seat, self._keys[index])

    def _check_order(self, request: Request, final: int | None) -> None:
        if final is not None and not (isinstance(request, Confirm) and request.frame == final):
            raise Broken(f"{request} after the final frame {final}")
        if isinstance(request, Confirm) and final is None and self.scenario.saving != "every":
            raise Broken(f"{request} without its final frame before it")

    def _save(self, frame: int, wants_checksum: bool) -> None:
        if frame != self.game.frame:
            raise Broken(f"save {frame} at {self.game.frame}")
        self._states[frame] = self.game.save()
        if wants_checksum:
            self.session.checksum(frame, self.game.checksum())

    def _load(self, frame: int) -> None:
        if frame not in self._states:
            raise Broken(f"load {frame}, which was not saved")
        depth = self.game.frame - frame
        if depth > self._window:
            raise Broken(f"rollback of {depth} frames")
        self.game.load(self._states[frame])
        if self._ended_at is not None and self._ended_at >= frame:
            self._ended_at = None
        self.outcome.depths[depth] += 1

    def _advance(self, frame: int, inputs: tuple[bytes, ...], statuses: tuple[int, ...]) -> None:
        if frame != self.game.frame or self._ended_at is not None:
            raise Broken(f"advance {frame} at {self.game.frame}")
        self.game.step(inputs, statuses)
        if frame == self.flip_at:
            self.game.flip(5)
        self._checksums[frame] = self.game.checksum()

    def _confirm(self, one: Confirm) -> None:
        if one.frame != self._next:
            raise Broken(f"frame {one.frame} was confirmed, not {self._next}")
        self._next += 1
        value = self._checksums.pop(one.frame)
        self.outcome.confirmed[self.session.epoch, one.frame] = Confirmed(
            one.inputs, one.statuses, one.predicted, one.depth, value
        )
        if one.frame == self._ended_at:
            self._finished = True

    def _next_episode(self, now: float) -> None:
        self.session.checksum(self.game.frame, self.game.checksum())
        self.session.begin_epoch(self.session.epoch + 1, now)
        self._states.clear()
        self._checksums.clear()
        self._finished = False
        self._ended_at = None
        self._next = 0
        self.game = self._new_game()


def resume(
    scenario: Scenario, config: Config, outcome: PeerOutcome, data: bytes, state: State
) -> SimulatedPeer:
    """The next incarnation of a peer, from what another one gave it."""
    checkpoint = Checkpoint.from_bytes(data)
    beginning = checkpoint.epoch, checkpoint.frame
    outcome.resumed_at.add(beginning)
    for key in [key for key in outcome.confirmed if key >= beginning]:
        del outcome.confirmed[key]
    return SimulatedPeer(scenario, config, outcome, state)
