"""Carries out what a rollback session asks for, on the engine of one page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mug.engine.engine import Engine
from mug.engine.errors import EngineFault
from mug.engine.policies import Policy
from mug.engine.records import Step
from mug.engine.snapshot import Snapshot
from mug.game.spec import AgentId
from mug_ggpo.in_browser.actions import NOTHING, ActionCodec, unmarked
from mug_ggpo.session import DISCONNECTED, Advance, Confirm, Load, Request, Save, Session

StandIn = Callable[[AgentId], Policy | None]


@dataclass(slots=True)
class Frame:
    """A frame as it was simulated last.

    Attributes:
        step: the step of the environment; None where nobody acted whose turn it was.
        predicted: whether that step may still be taken back, or callbacks have not heard of it.
        seen: when the frame was first simulated, and when that was due.
        fault: what did not work, in a future that may never come.
    """

    step: Step | None
    predicted: bool
    seen: tuple[float, float]
    fault: EngineFault | None = None


class Witness:
    """What wants to hear of frames once they are certain."""

    def wants_state(self) -> bool:
        """Whether the game has to stand where the frame left it."""
        raise NotImplementedError

    def confirmed(self, frame: Frame, confirm: Confirm) -> None:
        """A frame is certain; called once for each, in order."""
        raise NotImplementedError


class Simulation:
    """The frames of one episode on one engine.

    Args:
        engine: the game.
        seats: the agents whose inputs peers exchange, in the session's order.
        codec: reads their actions.
        by_models: those of them that a model plays, which its peer asks.
        stand_in: gives the policy that plays for a participant who is gone for good.
        witness: hears of certain frames.

    Attributes:
        frame: the frame that is simulated next.
        certain: the frame before which everything is certain.
    """

    def __init__(
        self,
        engine: Engine,
        seats: Sequence[AgentId],
        codec: ActionCodec,
        by_models: Iterable[AgentId],
        stand_in: StandIn,
        witness: Witness,
    ) -> None:
        self.frame = self.certain = 0
        self._engine = engine
        self._seats = tuple(seats)
        self._codec = codec
        self._by_models = frozenset(by_models)
        self._stand_in = stand_in
        self._witness = witness
        self._frames: dict[int, Frame] = {}
        self._saves: dict[int, Snapshot] = {}
        self._first_seen: dict[int, tuple[float, float]] = {}
        self._last: int | None = None
        self._now = (0.0, 0.0)

    @property
    def broken(self) -> bool:
        """Whether what is predicted for the present cannot even be: the game stands halfway."""
        last = self._frames.get(self.frame - 1)
        return last is not None and last.fault is not None

    def begin(self, frame: int) -> None:
        """An episode begins, or goes on, with this frame."""
        self.frame = self.certain = frame
        self._last = None
        for known in (self._frames, self._saves, self._first_seen):
            known.clear()

    def carry_out(self, session: Session, now: float, due: float) -> None:
        """Take a tick.

        Args:
            session: what decides.
            now: the time.
            due: when the tick was due.

        Raises:
            EngineFault: the environment, a policy or a callback does not work.
        """
        self._now = now, due
        for request in session.tick(now):
            if self._last is not None and request.frame > self._last and not isinstance(request, Load):
                # the episode is over before that
                continue
            self._do(request, session)
        for known in (self._saves, self._first_seen):
            for frame in [frame for frame in known if frame < session.oldest_needed]:
                del known[frame]

    def at_certain(self, look: Callable[[], None]) -> None:
        """Look at the game where it certainly stands.

        Raises:
            EngineFault: whatever looking at it raises.
        """
        if self.certain == self.frame:
            look()
            return
        present = self._engine.save(with_data=False)
        self._engine.load(self._saves[self.certain])
        try:
            look()
        finally:
            self._engine.load(present)

    def _do(self, request: Request, session: Session) -> None:
        match request:
            case Advance(frame, inputs, statuses, final):
                self._advance(frame, inputs, statuses, final)
                if self._last is not None:
                    session.hold(self._last)
            case Confirm():
                self._confirm(request)
            case Save(frame, wants_checksum):
                self._saves[frame] = saved = self._engine.save(with_data=False)
                if wants_checksum:
                    session.checksum(frame, saved.digest())
            case Load(frame):
                self._engine.load(self._saves[frame])
                self.frame = frame
                if self._last is not None and self._last >= frame:
                    self._last = None

    def _advance(self, frame: int, inputs: Sequence[bytes], statuses: Sequence[int], final: bool) -> None:
        seen = self._first_seen.setdefault(frame, self._now)
        step = fault = None
        try:
            step = self._step(self._actions(inputs, statuses, final), predicted=not final)
        except EngineFault as error:
            if final:
                raise
            fault = error
        self._frames[frame] = Frame(step, not final, seen, fault)
        self.frame = frame + 1
        if fault is not None or self._engine.phase != "playing":
            self._last = frame

    def _step(self, actions: Mapping[AgentId, Any], *, predicted: bool) -> Step | None:
        engine = self._engine
        turn = engine.turn
        if turn in self._seats and turn not in actions and engine.policy_of(turn) is None:
            return None
        step = engine.advance(actions, predicted=predicted)
        for agent in self._by_models:
            if step.sources.get(agent) == "human":
                step.sources[agent] = "model"
        return step

    def _actions(self, inputs: Sequence[bytes], statuses: Sequence[int], final: bool) -> dict[AgentId, Any]:
        actions: dict[AgentId, Any] = {}
        for agent, marked, status in zip(self._seats, inputs, statuses, strict=True):
            if status == DISCONNECTED:
                self._replace(agent, final)
                continue
            returned, written = unmarked(marked)
            if returned and final and agent not in self._by_models:
                self._engine.player_left(agent)
                self._engine.player_reconnected(agent)
            if written != NOTHING:
                allowed, action = self._codec.read(agent, written)
                if allowed:
                    actions[agent] = action
        return actions

    def _replace(self, agent: AgentId, final: bool) -> None:
        if self._engine.policy_of(agent) is None:
            policy = self._stand_in(agent)
            if policy is not None:
                if final:
                    self._engine.player_left(agent)
                self._engine.replace_policy(agent, policy)

    def _confirm(self, confirm: Confirm) -> None:
        frame = self._frames.pop(confirm.frame)
        if frame.fault is not None:
            raise frame.fault
        self.certain = confirm.frame + 1
        if not frame.predicted or not self._witness.wants_state():
            self._witness.confirmed(frame, confirm)
        else:
            self.at_certain(lambda: self._witness.confirmed(frame, confirm))
