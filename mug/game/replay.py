"""Rebuilds a game from its records: the same environment, the same actions, so the same state.

Policies and callbacks take part as they did the first time, because what they remember is part of the
state: policies decide again, though the recorded actions are what the environment gets, and callbacks hear
again what they had heard. What callbacks return is not recorded a second time.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from mug.engine.callbacks import GameCallbacks
from mug.engine.engine import Engine
from mug.engine.errors import EngineFault
from mug.engine.models import Inference
from mug.engine.records import EpisodeEnd, plain
from mug.game.json_lines import decode
from mug.game.seats import Seats
from mug.game.spec import AgentId, GameSpec, PointedAction
from mug.game.venue import Venue

log = logging.getLogger(__name__)

Record = Mapping[str, Any]
_COMPARED: Final = ("observations", "rewards", "terminated", "truncated")


class Diverged(Exception):  # noqa: N818 - says what happened, and nobody made a mistake
    """The environment did something else than it had done when the records were written."""


@dataclass(slots=True, eq=False)
class Attempt:
    """One playing of one episode: its start, what is still to be replayed, and its end if it had one.

    ``start`` is None for an episode that goes on already.
    """

    start: Record | None = None
    events: deque[Record] = field(default_factory=deque)
    end: Record | None = None


class Repeater(GameCallbacks):
    """The last callback of a game that is rebuilt: makes the engine take the recorded actions."""

    def __init__(self) -> None:
        self.actions: dict[AgentId, object] | None = None

    def before_step(self, game: Engine, actions: dict[AgentId, object]) -> Mapping[AgentId, object] | None:
        """Return the recorded actions, nothing once the game is played on."""
        return self.actions


class Replay:
    """Plays what the records tell, in slices.

    Args:
        engine: the game, where it was before the first of these records.
        repeater: the last of its callbacks.
        history: its records.
        seats: who sits where; they become as they were at the end of the records.
        spec: the game's scene.
        venue: where it is played.
        begun: whether the game had begun before the first of these records.

    Attributes:
        steps: how many steps were played so far.
        totals: by agent, the rewards of the episodes that are over.
        started: whether the game had begun.
        ended: the record of the game's end, if it had ended.
        lost: the episode that has to be played again because it went differently now, and why.
        asked: what models beside the interpreter have to answer before the next step can be played.
        unrecorded: the end of the last episode, when the records lack only that.
    """

    def __init__(
        self,
        engine: Engine,
        repeater: Repeater,
        history: Sequence[bytes],
        seats: Seats,
        spec: GameSpec,
        venue: Venue,
        begun: bool = False,
    ) -> None:
        self.steps = 0
        self.totals: dict[str, float] = {}
        self.started = False
        self.ended: Record | None = None
        self.lost: tuple[int, str] | None = None
        self.unrecorded: EpisodeEnd | None = None
        self.asked: tuple[Inference, ...] = ()
        self._engine = engine
        self._repeater = repeater
        self._seats = seats
        self._encode = venue.encode
        self._slice = venue.replay_slice
        self._agents = {str(agent_id): agent_id for agent_id in engine.rules.agent_ids}
        self._known = {
            agent_id: {
                self._text(action): action
                for action in controls.actions
                if not isinstance(action, PointedAction)
            }
            for agent_id, controls in spec.controls.items()
        }
        self._begun = begun
        self._work = self._play(history)

    def run_slice(self) -> bool:
        """Play on for a little while; return whether everything was played."""
        until = time.monotonic() + self._slice
        while time.monotonic() < until:
            if next(self._work, None) is None:
                return True
            if self.asked:
                return False
        return False

    def _play(self, history: Sequence[bytes]) -> Iterator[bool]:
        """Yield once for every record, between which the replay may rest."""
        attempts = [Attempt()] if self._engine.phase == "playing" else []
        before: list[Record] = []
        for line in history:
            self._sort(decode(line), attempts, before)
            yield True
        if self.started and not self._begun:
            for agent_id in self._seats.participants:
                self._engine.player_joined(agent_id)
        for record in before:
            self._apply(record)
        for number, attempt in enumerate(attempts):
            try:
                yield from self._play_attempt(attempt)
            except (Diverged, EngineFault) as error:
                self._give_up(attempt, is_last=number == len(attempts) - 1, why=str(error))
            self._account(attempt)
        self._repeater.actions = None

    def _sort(self, record: Record, attempts: list[Attempt], before: list[Record]) -> None:
        match record.get("kind"):
            case "game_start":
                self.started = True
            case "game_end":
                self.ended = record
            case "episode_start":
                attempts.append(Attempt(record))
            case "episode_end" if attempts:
                attempts[-1].end = record
            case "episode_restarted" if attempts:
                # Who sat where outlives the attempt; its steps do not.
                attempt = attempts.pop()
                before += [event for event in attempt.events if event["kind"] != "step"]
                if attempt.start is None:
                    self._go_back()
            case "step" | "player_left" | "player_returned" | "takeover" | "message":
                (attempts[-1].events if attempts else before).append(record)

    def _play_attempt(self, attempt: Attempt) -> Iterator[bool]:
        if attempt.start is not None:
            self._begin(attempt.start)
        while attempt.events:
            record = attempt.events.popleft()
            if record["kind"] == "step":
                yield from self._wait_for_models()
                self._step(record)
                self.steps += 1
            else:
                self._apply(record)
            yield True

    def _begin(self, recorded: Record) -> None:
        start = self._engine.begin_episode()
        if start.seed != recorded["seed"]:
            raise Diverged(f"the seed was {recorded['seed']} and is {start.seed}")
        self._compare(("observations",), recorded, plain(start))

    def _wait_for_models(self) -> Iterator[bool]:
        self.asked = self._engine.inferences()
        while self.asked:
            yield True
            self.asked = self._engine.inferences()

    def _step(self, record: Record) -> None:
        actions = {
            self._agents[name]: self._action(self._agents[name], action)
            for name, action in record["actions"].items()
        }
        sources = record["sources"]
        self._repeater.actions = actions
        submitted = {
            agent_id: action for agent_id, action in actions.items() if sources[str(agent_id)] == "human"
        }
        self._compare(_COMPARED, record, plain(self._engine.advance(submitted)))

    def _action(self, agent_id: AgentId, recorded: object) -> object:
        """The action as the environment got it, from what JSON made of it."""
        known = self._known.get(agent_id, {})
        text = self._text(recorded)
        return known[text] if text in known else typed_action(self._engine.action_space(agent_id), recorded)

    def _apply(self, record: Record) -> None:
        agent_id = self._agents[record["agent"]]
        match record["kind"]:
            case "player_left":
                if self._seats.leave(agent_id):
                    self._engine.player_left(agent_id)
            case "player_returned":
                if self._seats.come_back(agent_id, self._engine):
                    self._engine.player_reconnected(agent_id)
            case "takeover":
                self._seats.take_over(agent_id, list(record["reference"]), self._engine)
            case "message":
                self._engine.receive_message(record["agent"], record["text"], record["to"])

    def _give_up(self, attempt: Attempt, is_last: bool, why: str) -> None:
        """Go on as the records say; an episode that was still being played has to be played again."""
        start = attempt.start
        episode = self._engine.episode if start is None else int(start["episode"])
        log.warning("episode %d went differently when it was replayed: %s", episode, why)
        for record in attempt.events:
            if record["kind"] != "step":
                self._apply(record)
        engine = self._engine
        if attempt.end is not None:
            engine.episode, engine.frame = episode, attempt.end["frame"]
            engine.phase = "between" if episode < engine.rules.num_episodes else "over"
        elif is_last:
            self.lost = (episode, why)
            if start is None:
                self._go_back()
            else:
                engine.episode, engine.frame, engine.phase = episode - 1, start["frame"], "between"

    def _go_back(self) -> None:
        """The episode that is going on never was."""
        engine = self._engine
        engine.episode -= 1
        engine.frame -= engine.step_number
        engine.phase = "between"

    def _account(self, attempt: Attempt) -> None:
        if attempt.end is not None:
            for name, reward in attempt.end["rewards"].items():
                self.totals[name] = self.totals.get(name, 0.0) + reward
        elif self.lost is None and self._engine.phase != "playing":
            self.unrecorded = self._engine.episode_end

    def _text(self, value: object) -> bytes:
        return self._encode({"": value})

    def _compare(self, names: Sequence[str], recorded: Record, now: dict[str, Any]) -> None:
        again = decode(self._encode({name: now[name] for name in names}))
        for name in names:
            if again[name] != recorded[name]:
                place = f"episode {recorded['episode']}, step {recorded.get('step', 0)}"
                raise Diverged(
                    f"{place}: the {name} were {recorded[name]!r:.200} and are {again[name]!r:.200}"
                )


def typed_action(space: Any, recorded: Any) -> Any:
    """Turn an action as JSON has it into what its space holds; unknown kinds of spaces keep it as it is."""
    kind = type(space).__name__
    if kind == "Discrete":
        return int(recorded)
    if kind in ("Box", "MultiDiscrete", "MultiBinary"):
        return np.asarray(recorded, dtype=space.dtype).reshape(space.shape)
    if kind == "Dict":
        return {key: typed_action(part, recorded[str(key)]) for key, part in space.spaces.items()}
    if kind == "Tuple":
        return tuple(typed_action(part, item) for part, item in zip(space.spaces, recorded, strict=True))
    return recorded
