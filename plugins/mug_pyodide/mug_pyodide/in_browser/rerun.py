"""Plays a recorded game again: the same environment, the recorded seed and actions, step by step.

Policies decide again, and callbacks hear again what they heard; the recorded actions are what the environment
gets. Whoever watches is told what came out beside what was recorded.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from mug.engine.callbacks import GameCallbacks, hears
from mug.engine.decisions import Decision
from mug.engine.engine import Engine
from mug.engine.errors import EngineFault
from mug.engine.onnx import OnnxPolicy
from mug.engine.records import AgentId, EpisodeStart, Step, plain
from mug.game.building import build_engine, fault_text, hud_text
from mug.game.json_lines import encode
from mug.game.policies import referred
from mug.game.replay import typed_action
from mug.game.seats import Seats
from mug.game.spec import GameSpec, PointedAction
from mug_pyodide.in_browser.recorded import Episode, Record, RecordedGame, is_whole

WHOLE = ("terminated", "truncated", "max_steps")
"""The reasons for which an episode ends by itself."""
COMPARED = ("rewards", "terminated", "truncated", "infos")

_FROM_ELSEWHERE = ("callback", "model")
"""Of whose actions nobody can say here what they should have been. Where several people play, a model's
action came as an input, from the page that asked the model: what that one saw when it decided is not in the
records."""


class Unplayable(Exception):  # noqa: N818 - says what there is to say about a game, nobody made a mistake
    """The game cannot be played here at all."""


@dataclass(slots=True)
class Moment:
    """What was recorded at one step, and what came out now; ``now`` as the environment gave it, by field."""

    step: int
    recorded: Mapping[str, Any]
    now: Mapping[str, Any]


class Witness(Protocol):
    """Watches a game that is played again."""

    def begins(self, episode: Episode, engine: Engine) -> None:
        """An episode was reset."""

    def sees(self, moment: Moment) -> None:
        """A step was played, or an episode began (step 0) or ended."""

    def decided_otherwise(
        self, step: int, agent: str, recorded: Any, decided: Any, distance: float | None
    ) -> None:
        """A policy, or what fills in for a participant who does nothing, chose another action.

        ``distance`` says how far a model was from the recorded one: `mug.engine.decisions`. It is None for
        all others.
        """

    def objects(self, step: int, field: str, recorded: Any, expected: Any) -> None:
        """The records say something that cannot be."""

    def ends(self, engine: Engine) -> None:
        """Nothing more of the episode is played."""

    @property
    def satisfied(self) -> bool:
        """Whether the rest of the episode need not be played."""


class Rerun:
    """One game that is played again.

    Args:
        spec: what was played.
        game: its records.
        drawn: whether pictures are made again as well, in case they took part in the game.
    """

    def __init__(self, spec: GameSpec, game: RecordedGame, *, drawn: bool = False) -> None:
        """Make the environment and the policies.

        Raises:
            Unplayable: they do not work here.
        """
        self._spec = spec
        self._game = game
        self._drawn = drawn
        self._agents = {str(agent_id): agent_id for agent_id in spec.agent_ids}
        self._is_meddled_with = spec.on_game_step_code is not None or any(
            hears(callback, "before_step") for callback in spec.callbacks
        )
        named = {seat: game.participants[str(seat)] for seat in spec.humans if str(seat) in game.participants}
        participants = named or dict.fromkeys(spec.humans, "")
        fillers = {agent_id: ["takeover"] for agent_id in spec.humans if agent_id not in participants}
        self._seats = Seats(spec, participants, fillers)
        self._repeater = _Repeater()
        try:
            self.engine: Engine = build_engine(
                spec, self._seats, game.seed, self._repeater, global_generators=game.runtime != "server"
            )
        except Exception as error:
            raise Unplayable(fault_text(error)) from error
        self._known = {
            agent_id: {
                _text(action): action for action in controls.actions if not isinstance(action, PointedAction)
            }
            for agent_id, controls in spec.controls.items()
        }
        self._points = {
            agent_id
            for agent_id, controls in spec.controls.items()
            if any(isinstance(action, PointedAction) for action in controls.actions)
        }

    def play(self, witness: Witness, after_step: Callable[[Engine], None] | None = None) -> Iterator[None]:
        """Play everything. Yields before each step for which the engine waits for inferences.

        Args:
            witness: who watches.
            after_step: called after each reset and each step, for whoever wants to disturb the environment.
        """
        for agent_id in self._seats.participants:
            self.engine.player_joined(agent_id)
        frame = 0
        for number, episode in enumerate(self._game.episodes, start=1):
            left = list(reversed(episode.events))
            witness.begins(episode, self.engine)
            try:
                self._check_participants()
                for event in episode.before:
                    self._apply(event)
                yield from self._play_episode(episode, left, witness, after_step)
            except EngineFault as error:
                if left:
                    step = self.engine.step_number + 1
                    witness.objects(step, "environment", "a step", fault_text(error))
            except _Impossible as objection:
                witness.objects(objection.step, objection.field, objection.recorded, objection.expected)
            for event in reversed(left):
                with suppress(_Impossible, EngineFault):
                    self._apply(event)
            witness.ends(self.engine)
            frame += len(episode.steps)
            self._go_to(number, frame)
        self._close()

    def _play_episode(
        self,
        episode: Episode,
        left: list[Record],
        witness: Witness,
        after_step: Callable[[Engine], None] | None,
    ) -> Iterator[None]:
        """``left`` is what is still to be played, the next at its end."""
        engine = self.engine
        start = engine.begin_episode()
        witness.sees(_beginning(episode.start, start))
        self._draw()
        if after_step is not None:
            after_step(engine)
        while left and not witness.satisfied:
            record = left[-1]
            if record["kind"] != "step":
                self._apply(left.pop())
                continue
            if not is_whole(record):
                raise _Impossible(engine.step_number + 1, "step", None, "a whole record")
            if engine.phase != "playing":
                raise _Impossible(engine.step_number + 1, "step", "a step", "the episode is over")
            submitted = self._prepare(record)
            while engine.inferences():
                yield
            step = engine.advance(submitted)
            left.pop()
            self._compare_decisions(record, step, witness)
            witness.sees(_moment(record, step))
            self._draw()
            if after_step is not None:
                after_step(engine)
        if not left and not witness.satisfied and episode.end is not None:
            self._compare_end(episode, witness)

    def _draw(self) -> None:
        """Do what is done for the page after each step."""
        if not self._drawn:
            return
        engine = self.engine
        try:
            hud_text(self._spec, engine)
            for viewer in self._seats.participants if engine.per_player_views else (None,):
                engine.render(viewer)
        except EngineFault:
            # It did work where the game was played; without pictures there is still all the rest.
            self._drawn = False

    def _check_participants(self) -> None:
        """See that people sat where people can sit, and that there was one."""
        humans = {str(agent_id) for agent_id in self._spec.humans}
        named = self._game.participants
        for agent in sorted(named.keys() - humans):
            raise _Impossible(0, f"participants.{agent}", named[agent], "no participant")
        if not named:
            raise _Impossible(0, "participants", named, "a participant")

    # ----------------------------------------------------------------------------------------- actions

    def _prepare(self, record: Record) -> dict[AgentId, Any]:
        """Lay the recorded actions ready; return those that participants submitted."""
        step = self.engine.step_number + 1
        submitted: dict[AgentId, Any] = {}
        forced: dict[AgentId, Any] = {}
        for name, recorded in record["actions"].items():
            source = record["sources"].get(name)
            agent_id = self._agents.get(name)
            if agent_id is None:
                raise _Impossible(step, f"actions.{name}", recorded, "an agent of the environment")
            if not self._can_be_from(source, agent_id):
                plays = self.engine.policy_of(agent_id) is not None
                raise _Impossible(step, f"sources.{name}", source, "policy" if plays else "human")
            forced[agent_id] = self._action(step, agent_id, recorded, source)
            if source == "human":
                submitted[agent_id] = forced[agent_id]
        self._repeater.forced = forced
        return submitted

    def _can_be_from(self, source: object, agent_id: AgentId) -> bool:
        """Whether an action of this seat can have come from where the records say, in this game."""
        plays = self.engine.policy_of(agent_id) is not None
        match source:
            case "callback":
                return self._is_meddled_with
            case "model":
                return plays and len(self._spec.humans) > 1
        return (source == "policy") == plays

    def _action(self, step: int, agent_id: AgentId, recorded: object, source: object) -> object:
        """The action as the environment got it, from what JSON made of it.

        Raises:
            _Impossible: nobody can have done that.
        """
        text = _text(recorded)
        known = self._known.get(agent_id, {})
        if text in known:
            return known[text]
        space = self.engine.action_space(agent_id)
        try:
            action = typed_action(space, recorded)
            fits = source != "human" or (agent_id in self._points and space.contains(action))
        except Exception:
            fits = False
        if not fits:
            expected = "one of this seat's actions"
            raise _Impossible(step, f"actions.{agent_id}", recorded, expected)
        return action

    def _compare_decisions(self, record: Record, step: Step, witness: Witness) -> None:
        acted = {str(agent_id) for agent_id in step.actions}
        for name in sorted(acted ^ record["actions"].keys()):
            expected = "an action" if name in acted else "no action"
            witness.objects(step.step, f"actions.{name}", record["actions"].get(name), expected)
        for agent_id, decided in self._repeater.overruled.items():
            name = str(agent_id)
            if record["sources"].get(name) not in _FROM_ELSEWHERE:
                recorded = record["actions"][name]
                decision = decision_of(self.engine, agent_id)
                distance = None if decision is None else decision.distance_to(recorded)
                witness.decided_otherwise(record["step"], name, recorded, decided, distance)

    # ---------------------------------------------------------------------------------- between episodes

    def _apply(self, record: Record) -> None:
        agent_id = self._agents.get(str(record.get("agent")))
        if agent_id is None:
            return
        match record["kind"]:
            case "player_left":
                if self._seats.leave(agent_id):
                    self.engine.player_left(agent_id)
            case "player_returned":
                if self._seats.come_back(agent_id, self.engine):
                    self.engine.player_reconnected(agent_id)
            case "takeover":
                self._take_over(agent_id, record.get("reference"))
            case "message":
                match record.get("text"), record.get("to"):
                    case str(text), list(to):
                        self.engine.receive_message(str(agent_id), text, to)

    def _take_over(self, agent_id: AgentId, reference: Any) -> None:
        try:
            referred(self._spec, reference)
        except (LookupError, TypeError, ValueError):
            expected = "one of the scene's policies"
            raise _Impossible(self.engine.step_number, "takeover", reference, expected) from None
        self._seats.take_over(agent_id, reference, self.engine)

    def _compare_end(self, episode: Episode, witness: Witness) -> None:
        engine, end = self.engine, episode.end or {}
        if engine.phase == "playing":
            if end.get("reason") in WHOLE or not self._may_be_cut_short(episode):
                witness.objects(engine.step_number, "reason", end.get("reason"), "the episode goes on")
        elif engine.episode_end is not None and end.get("reason") != engine.episode_end.reason:
            witness.objects(engine.step_number, "reason", end.get("reason"), engine.episode_end.reason)
        if end.get("by") == "server":
            # who closed an episode whose page was gone did not see where it ended
            return
        now = {"observations": engine.observations}
        witness.sees(Moment(engine.step_number, {"observations": end.get("observations")}, now))

    def _may_be_cut_short(self, episode: Episode) -> bool:
        """Whether an episode may be over before its time: when the game ended with it.

        Where several play, their pages have to agree about that while they play.
        """
        last = episode is self._game.episodes[-1]
        ended = (self._game.end or {}).get("reason")
        return len(self._spec.humans) > 1 or (last and ended != "completed")

    def _go_to(self, episode: int, frame: int) -> None:
        """Stand where the next recorded episode begins, wherever this one was left."""
        engine = self.engine
        engine.episode, engine.frame = episode, frame
        if engine.phase == "playing":
            engine.phase = "between"

    def _close(self) -> None:
        try:
            self.engine.close()
        except EngineFault:
            traceback.print_exc()


class _Impossible(Exception):  # noqa: N818 - as above
    def __init__(self, step: int, field: str, recorded: Any, expected: Any) -> None:
        super().__init__(f"step {step}: {field} is {recorded!r:.100}, not {expected}")
        self.step, self.field, self.recorded, self.expected = step, field, recorded, expected


class _Repeater(GameCallbacks):
    """The last callback: makes the engine take the recorded actions, and knows which it had not chosen."""

    def __init__(self) -> None:
        self.forced: dict[AgentId, Any] = {}
        self.overruled: dict[AgentId, Any] = {}

    def before_step(self, game: Engine, actions: dict[AgentId, Any]) -> Mapping[AgentId, Any]:
        """Return the recorded actions that are not what was chosen now."""
        self.overruled = {
            agent_id: actions[agent_id]
            for agent_id, action in self.forced.items()
            if agent_id in actions and _text(actions[agent_id]) != _text(action)
        }
        return {**actions, **{agent_id: self.forced[agent_id] for agent_id in self.overruled}}


def decision_of(engine: Engine, agent_id: AgentId) -> Decision | None:
    """What the model that plays a seat decided last; None where no model does."""
    policy = engine.policy_of(agent_id)
    return policy.decision if isinstance(policy, OnnxPolicy) else None


def _beginning(record: Record, start: EpisodeStart) -> Moment:
    names = ("observations", "infos")
    now = plain(start)
    return Moment(0, {name: record.get(name) for name in names}, {name: now[name] for name in names})


def _moment(record: Record, step: Step) -> Moment:
    names = ("observations", *COMPARED)
    now = plain(step)
    recorded = {name: record[name] for name in names}
    return Moment(
        step.step,
        {**recorded, "reason": record.get("reason", "")},
        {**{name: now[name] for name in names}, "reason": step.reason},
    )


def _text(value: object) -> bytes:
    return encode({"": value})
