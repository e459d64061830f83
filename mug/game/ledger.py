"""The records of one game, as lines of JSON.

Every record has ``kind``, ``wall`` (unix time in milliseconds) and ``mono`` (seconds on the machine's
monotonic clock, which no clock adjustment touches). A step also has ``late_ms``, how many milliseconds after
it was due it took place, and ``waited_ms``, by seat, for how many an input that took effect in it had
waited for it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from mug import __version__
from mug.engine.engine import Engine
from mug.engine.records import EpisodeEnd, EpisodeStart, Step, plain
from mug.game.pace import Pace
from mug.game.seats import Seats
from mug.game.spec import GameSpec
from mug.game.venue import Venue


class Ledger:
    """Collects what is recorded in one turn.

    Attributes:
        lines: what was recorded since it was last emptied: kinds and lines in turn.
        spent: seconds in all that went into the parts of ticks.
    """

    def __init__(self, game_id: str, spec: GameSpec, seats: Seats, venue: Venue) -> None:
        self.lines: list[str | bytes] = []
        self.spent = {"step": 0.0, "record": 0.0, "picture": 0.0}
        self._game_id = game_id
        self._spec = spec
        self._seats = seats
        self._runtime = venue.runtime
        self._encode = venue.encode
        self._wall_ms = venue.wall_ms
        self._late_before = 0

    def take_lines(self) -> list[bytes]:
        """Return the lines that were not taken before, without their kinds."""
        lines, self.lines = self.lines, []
        return [line for line in lines[1::2] if isinstance(line, bytes)]

    def note(self, kind: str, now: float, **fields: Any) -> None:
        """Record something that happened beside the steps."""
        self._write({"kind": kind}, now, fields)

    def game_start(self, engine: Engine, now: float) -> None:
        """Record what is going to be played."""
        facts = {**self.game_facts(engine), "policies": self._seats.policy_names(), "versions": versions()}
        self._write({"kind": "game_start"}, now, facts)

    def game_facts(self, engine: Engine) -> dict[str, Any]:
        """Return what is going to be played, but for who plays the seats without a participant."""
        spec = self._spec
        return {
            "game": self._game_id,
            "scene_id": spec.scene_id,
            "runtime": self._runtime,
            "seed": engine.seed,
            "agents": list(self._seats.names.values()),
            "participants": self._seats.participant_names(),
            "fps": spec.fps,
            "num_episodes": spec.num_episodes,
            "max_steps": 0 if spec.max_steps is None else spec.max_steps,
            "frame_skip": spec.frame_skip,
            "input_mode": spec.input_mode,
            "action_population_method": spec.action_population_method,
        }

    def episode_start(self, start: EpisodeStart, pace: Pace, now: float) -> None:
        """Record that an episode began, and who plays it."""
        self._late_before = pace.late
        who = {"participants": self._seats.participant_names(), "policies": self._seats.policy_names()}
        self._write(plain(start), now, who)

    def step(self, step: Step, now: float, due: float, waited: Mapping[str, float]) -> None:
        """Record one step."""
        record = self.step_facts(step)
        record["wall"] = self._wall_ms()
        record["mono"] = round(now, 6)
        record["late_ms"] = round((now - due) * 1000, 3)
        if step.extra:
            record["extra"] = step.extra
        if step.done:
            record["done"] = True
            record["reason"] = step.reason
        if waited:
            record["waited_ms"] = waited
        self.lines += ("step", self._encode(record))

    def step_facts(self, step: Step) -> dict[str, Any]:
        """Return what happened in a step, but for what callbacks add."""
        # Spelled out, for this is written many times a second for each game. Agent ids become text in JSON.
        return {
            "kind": "step",
            "episode": step.episode,
            "step": step.step,
            "frame": step.frame,
            "observations": step.observations,
            "actions": step.actions,
            "sources": step.sources,
            "rewards": step.rewards,
            "terminated": step.terminated,
            "truncated": step.truncated,
            "infos": step.infos,
        }

    def episode_end(self, end: EpisodeEnd, pace: Pace, now: float) -> None:
        """Record that an episode is over."""
        self._write(plain(end), now, {"late_ticks": pace.late - self._late_before})

    def game_end(
        self, reason: str, rewards: Mapping[str, float], pace: Pace, now: float, fault: str = ""
    ) -> None:
        """Record that the game is over, and how well the machine kept up."""
        facts = {"reason": reason, "rewards": dict(rewards), **self.figures(pace, now)}
        self._write({"kind": "game_end"}, now, facts | ({"fault": fault} if fault else {}))

    def figures(self, pace: Pace, now: float) -> dict[str, Any]:
        """Return how well the machine kept up."""
        inputs = self._seats.inputs.items()
        names = self._seats.names
        ticks = max(1, pace.ticks)
        return {
            "ticks": pace.ticks,
            "late_ticks": pace.late,
            "skipped_ticks": pace.skipped,
            "fps": round(pace.achieved_fps(now), 3),
            "ms_per_tick": {part: round(spent * 1000 / ticks, 4) for part, spent in self.spent.items()},
            "ignored_inputs": {names[agent_id]: seat.ignored for agent_id, seat in inputs},
            "dropped_inputs": {names[agent_id]: seat.overflowed for agent_id, seat in inputs},
        }

    def _write(self, record: dict[str, Any], now: float, fields: Mapping[str, Any]) -> None:
        stamp = {"wall": self._wall_ms(), "mono": round(now, 6)}
        self.lines += (record["kind"], self._encode({**record, **stamp, **fields}))


def versions() -> dict[str, str]:
    """The versions of what decides how a game goes; Gymnasium's if there is one."""
    gymnasium = sys.modules.get("gymnasium")
    used = {} if gymnasium is None else {"gymnasium": str(gymnasium.__version__)}
    return {"mug": __version__, **used, "numpy": np.__version__}
