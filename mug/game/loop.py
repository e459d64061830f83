"""One game: an engine, its clock, and what goes out of it."""

from __future__ import annotations

import functools
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Concatenate, Literal, ParamSpec

from mug.engine.engine import Engine
from mug.engine.models import Inference
from mug.engine.records import EpisodeEnd, Step
from mug.game.building import fault_text
from mug.game.construction import Construction
from mug.game.ledger import Ledger
from mug.game.output import Output
from mug.game.pace import Pace
from mug.game.policies import Reference, display_name, referred
from mug.game.save import Save
from mug.game.screens import Screens
from mug.game.seats import Seats
from mug.game.spec import AgentId, GameSpec
from mug.game.venue import Venue
from mug.game.views import HEARTBEAT_SECONDS

P = ParamSpec("P")
Phase = Literal["building", "ready", "playing", "between", "over"]


def _once_built(
    command: Callable[Concatenate[Game, float, P], None],
) -> Callable[Concatenate[Game, float, P], None]:
    """Put a command off until the game is built; to a game that is over it means nothing."""

    @functools.wraps(command)
    def obey(game: Game, now: float, /, *arguments: P.args, **named: P.kwargs) -> None:
        if not game.built:
            game._deferred.append(lambda now: obey(game, now, *arguments, **named))
        elif game._phase != "over":
            command(game, now, *arguments, **named)

    return obey


class Game:
    """One game. Its owner calls `turn` when it is due, and commands in between.

    Args:
        spec: what is played.
        opening: ``game_id``, ``seed``, ``participants`` (subjects by agent), ``policies`` (references by
            agent) and ``history`` (lines).
        venue: where it is played.

    Attributes:
        seats: who sits where.
        ledger: what is to be recorded.
        output: what is to be sent after that is stored.
        pace: its clock.
    """

    def __init__(self, spec: GameSpec, opening: Mapping[str, Any], venue: Venue) -> None:
        self.seats = Seats(spec, dict(opening["participants"]), dict(opening["policies"]))
        self.ledger = Ledger(opening["game_id"], spec, self.seats, venue)
        self.output = Output(spec.agent_ids)
        self.pace = Pace(spec.fps)
        self._phase: Phase = "building"
        self._spec = spec
        self._construction = Construction(spec, self.seats, opening["seed"], opening["history"], venue)
        self._venue = venue
        self._place: tuple[int, int] | None = None
        self._tell = self.output.tell
        self._asked: tuple[Inference, ...] = ()
        self._screens: Screens | None = None
        self._started = self._paused = self._begun = False
        self._totals = dict.fromkeys(self.seats.names.values(), 0.0)
        self._next_episode_at = 0.0
        self._deferred: list[Callable[[float], None]] = []

    # ------------------------------------------------------------------------------------------ turns

    def turn(self, now: float) -> None:
        """Do what is due.

        Raises:
            EngineFault: the environment, a policy or a callback does not work.
            Exception: whatever else the researcher's code raises.
        """
        if self.ticking:
            if now >= self.pace.due:
                self._tick(now)
        elif self._phase == "building":
            self._build(now)
        elif self._phase == "between" and self._running and now >= self._next_episode_at:
            self._begin_episode(now)
        else:
            self._beat(now)

    def next_due(self, now: float) -> float | None:
        """Return when something is due next; None when the game is over."""
        match self._phase:
            case "over":
                return None
            case "building":
                return now
            case "playing" if self.ticking:
                return self.pace.due
            case "between" if self._running:
                return min(self._next_episode_at, now + HEARTBEAT_SECONDS)
        return now + HEARTBEAT_SECONDS

    @property
    def built(self) -> bool:
        """Whether the environment stands and is where the records end."""
        return self._phase != "building"

    @property
    def replaying(self) -> bool:
        """Whether it is being rebuilt from its records."""
        return self._construction.replaying

    @property
    def asked(self) -> tuple[Inference, ...]:
        """What models beside the interpreter have to answer before anything goes on."""
        return self._asked if self.built else self._construction.asked

    @property
    def ticking(self) -> bool:
        """Whether the clock runs."""
        return self._place is not None

    @property
    def _running(self) -> bool:
        return self._started and not self._paused

    # --------------------------------------------------------------------------------------- commands

    @_once_built
    def start(self, now: float) -> None:
        """Begin play, or go on where the records end."""
        if self._started:
            return
        self._started = True
        engine = self._built_engine
        if not self._begun:
            self._begun = True
            self.ledger.game_start(engine, now)
            for agent_id in self.seats.participants:
                engine.player_joined(agent_id)
        if engine.phase == "over":
            self._complete(now)
        elif engine.phase == "playing":
            self._phase = "playing"
            self._tell("episode_started", engine.episode)
            self._show(now, afresh=True)
            self._run(now)
        else:
            self._phase = "between"
            self._next_episode_at = 0.0 if self._paused else now

    @_once_built
    def pause(self, now: float) -> None:
        """Stop the clock."""
        if not self._paused:
            self._paused = True
            self._next_episode_at -= now
            self._halt(now)
            self._note("paused", now)

    @_once_built
    def resume(self, now: float) -> None:
        """Let the clock go on."""
        if self._paused:
            self._paused = False
            self._next_episode_at += now
            self.seats.forget_inputs()
            self._note("resumed", now)
            if self._phase == "playing":
                self._run(now)

    @_once_built
    def stop(self, now: float, reason: str) -> None:
        """End the game before its time."""
        self._halt(now)
        cut = self._built_engine.end(reason)
        if cut is not None:
            self._account(cut, now)
        self._close(reason, now)
        self._tell("over", reason, self._totals)

    def keyframe(self, now: float, agent_id: AgentId) -> None:
        """Send a full frame to this seat: with the next tick, or now when there is none."""
        if self._screens is not None:
            self._screens.want_full(agent_id)
        if not self.ticking:
            self._beat(now)

    @_once_built
    def player_left(self, now: float, agent_id: AgentId) -> None:
        """The participant in this seat is away."""
        if self.seats.leave(agent_id):
            self._note("player_left", now, agent=self.seats.names[agent_id])
            self._built_engine.player_left(agent_id)

    @_once_built
    def player_returned(self, now: float, agent_id: AgentId) -> None:
        """The participant in this seat is back."""
        if self.seats.come_back(agent_id, self._built_engine):
            self._note("player_returned", now, agent=self.seats.names[agent_id])
            self._built_engine.player_reconnected(agent_id)
            self.keyframe(now, agent_id)

    @_once_built
    def take_over(self, now: float, agent_id: AgentId, name: Reference) -> None:
        """A policy plays this seat from now on."""
        if self.seats.take_over(agent_id, name, self._built_engine):
            policy = display_name(referred(self._spec, name))
            self._note("takeover", now, agent=self.seats.names[agent_id], policy=policy, reference=name)

    def fail(self, error: BaseException, now: float) -> None:
        """The researcher's code does not work: close the records and say so."""
        engine = self._construction.engine
        if engine is not None and self._phase == "playing":
            place = (engine.episode, engine.step_number, engine.frame)
            self._account(EpisodeEnd(*place, "failed", engine.rewards, engine.observations), now)
        self._halt(now)
        reason = fault_text(error)
        self._close("failed", now, reason)
        self._tell("failed", reason, "".join(traceback.format_exception(error)))

    def release(self) -> None:
        """Let go of the environment; the game can go on from its records elsewhere.

        Raises:
            EnvironmentFault: its ``close()`` raised.
        """
        if self._construction.engine is not None:
            self._construction.engine.close()

    # ---------------------------------------------------------------------------------------- building

    def save(self, key: str) -> bytes:
        """Where the game stands, as bytes.

        Args:
            key: what `load` has to be given.

        Raises:
            EnvironmentFault: something in it cannot be turned into bytes.
        """
        return Save.of(self._built_engine, key, begun=self._begun, totals=self._totals).to_bytes()

    def load(self, blob: bytes, key: str) -> None:
        """Begin where a game was saved; the history is then what was recorded after that.

        Raises:
            EngineFault: the environment or a policy does not work, or this is no save of this game.
        """
        self._construction.load(Save.from_bytes(blob, key))

    def take_history(self, lines: Sequence[bytes]) -> None:
        """Take further records, before the first turn."""
        self._construction.extend(lines)

    def _build(self, now: float) -> None:
        construction = self._construction
        if not construction.go_on():
            return
        engine = self._built_engine
        self._begun, self._totals = construction.begun, construction.totals
        ended = construction.ended
        if ended is not None:
            self._phase = "over"
            self._tell("over", str(ended["reason"]), dict(ended.get("rewards", {})))
            return
        self._screens = self._make_screens(engine)
        if construction.resumed:
            self._note_resumption(now)
        self._ready(now, construction.steps)

    def _make_screens(self, engine: Engine) -> Screens:
        return Screens(engine, self._spec, self.seats, self._venue, self.output)

    def _note_resumption(self, now: float) -> None:
        construction = self._construction
        self.ledger.note("restored", now, steps=construction.steps)
        if construction.unrecorded is not None:
            self._account(construction.unrecorded, now)
        if construction.lost is not None:
            episode, why = construction.lost
            self.ledger.note("episode_restarted", now, episode=episode, why=why)

    def _ready(self, now: float, resumed_steps: int) -> None:
        self._phase = "ready"
        self._tell("ready", resumed_steps)
        deferred, self._deferred = self._deferred, []
        for command in deferred:
            command(now)

    def _beat(self, now: float) -> None:
        if self._screens is not None:
            self._screens.beat(now)

    def _show(self, now: float, *, afresh: bool = False) -> None:
        assert self._screens is not None
        self._screens.show(now, afresh=afresh)

    @property
    def _built_engine(self) -> Engine:
        assert self._construction.engine is not None
        return self._construction.engine

    # ----------------------------------------------------------------------------------------- playing

    def _begin_episode(self, now: float) -> None:
        start = self._built_engine.begin_episode()
        self.ledger.episode_start(start, self.pace, now)
        self._phase = "playing"
        self._tell("episode_started", start.episode)
        self.seats.forget_inputs()
        self._show(now, afresh=True)
        self._run(now + self.pace.period)

    def _tick(self, now: float) -> None:
        engine = self._built_engine
        self._asked = engine.inferences()
        if self._asked:
            return
        clock = time.perf_counter
        actions, waited = self.seats.actions(now)
        due = self.pace.tick(now)
        turn = engine.turn
        if turn is not None and self.seats.waits_for(turn, actions, engine):
            self._beat(now)
            return
        began = clock()
        step = engine.advance(actions)
        stepped = clock()
        self.ledger.step(step, now, due, waited)
        recorded = clock()
        self._show(now)
        spent = self.ledger.spent
        spent["step"] += stepped - began
        spent["record"] += recorded - stepped
        spent["picture"] += clock() - recorded
        if step.done:
            self._end_episode(step, now)

    def _end_episode(self, step: Step, now: float) -> None:
        engine = self._built_engine
        end = engine.episode_end
        assert end is not None
        self._halt(now)
        self._account(end, now)
        pause = None if engine.phase == "over" else self._spec.reset_freeze_s
        rewards = {self.seats.names[agent_id]: reward for agent_id, reward in end.rewards.items()}
        self._tell("episode_ended", step.episode, step.step, rewards, step.reason, pause)
        if pause is None:
            self._complete(now)
        else:
            self._phase = "between"
            # The final picture stays for one interval at least.
            self._next_episode_at = now + max(pause, self.pace.period)

    def _complete(self, now: float) -> None:
        self._close("completed", now)
        self._tell("over", "completed", self._totals)

    def _account(self, end: EpisodeEnd, now: float) -> None:
        """Record that an episode is over, however it ended."""
        self.ledger.episode_end(end, self.pace, now)
        for agent_id, reward in end.rewards.items():
            self._totals[self.seats.names[agent_id]] += reward

    def _close(self, reason: str, now: float, fault: str = "") -> None:
        """Record the game's end and let go of the environment."""
        self._phase = "over"
        try:
            self.release()
        except BaseException as error:
            # The game was played to its end; the data says that tidying up did not work.
            self.ledger.note("close_failed", now, fault=fault_text(error))
        self.ledger.game_end(reason, self._totals, self.pace, now, fault)

    def _run(self, at: float) -> None:
        """Let ticks come from this time on, if the game runs."""
        if self._running and self._place is None:
            first, self._place = self._venue.starts.take(at, self._spec.fps)
            self.pace.begin(first)

    def _halt(self, now: float) -> None:
        self.pace.halt(now)
        if self._place is not None:
            self._venue.starts.give_back(self._place)
            self._place = None

    def _note(self, kind: str, now: float, **fields: Any) -> None:
        engine = self._built_engine
        where = {"episode": engine.episode, "step": engine.step_number, "frame": engine.frame}
        self.ledger.note(kind, now, **where, **fields)
