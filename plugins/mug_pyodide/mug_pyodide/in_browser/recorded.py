"""The records of one game, sorted into episodes as they were played, and what cannot be right about them.

Records come from a participant's browser: nothing in them is taken for granted.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mug.engine.seeds import derive_seed

Record = Mapping[str, Any]

BESIDE_STEPS: Final = ("player_left", "player_returned", "takeover", "message")
"""What else a game follows from: who sat where, and what was said to others."""
_STEP: Final[Mapping[str, type | tuple[type, ...]]] = {
    "episode": int,
    "step": int,
    "frame": int,
    **dict.fromkeys(
        ("observations", "actions", "sources", "rewards", "terminated", "truncated", "infos"), dict
    ),
}


@dataclass(slots=True)
class Flaw:
    """Something that records of a game that was played as they say cannot contain."""

    step: int
    field: str
    recorded: Any
    expected: Any

    @property
    def place(self) -> float:
        """When it comes up: before what comes out in its step; sums after that."""
        return self.step + (0.5 if self.field.startswith(("episode_end", "game_end")) else -0.5)


@dataclass
class Episode:
    """One episode as it counts: attempts that were given up are not in it.

    Attributes:
        number: counts from 1.
        start: its first record.
        before: who came and went, and what was said, between the episode before and this one.
        events: its steps, and who came and went and what was said meanwhile.
        end: its last record, None when it was not recorded.
        flaws: what is wrong.
    """

    number: int
    start: Record
    before: list[Record] = field(default_factory=list)
    events: list[Record] = field(default_factory=list)
    end: Record | None = None
    flaws: list[Flaw] = field(default_factory=list)

    @property
    def steps(self) -> list[Record]:
        """The records of its steps."""
        return [event for event in self.events if event["kind"] == "step"]


@dataclass
class RecordedGame:
    """The records of one game. ``seed`` is the one they name, which may not be the one that was given."""

    start: Record
    episodes: list[Episode]
    end: Record | None
    seed: int

    @property
    def runtime(self) -> str:
        """Where the game was played."""
        return str(self.start.get("runtime", ""))

    @property
    def participants(self) -> dict[str, str]:
        """Subject ids by agent."""
        return {str(agent): str(who) for agent, who in _mapping(self.start.get("participants")).items()}


def read(lines: Iterable[bytes], seed: int | None = None) -> RecordedGame:
    """Sort the records of a game and look for flaws.

    Args:
        lines: the records.
        seed: the game's seed, if it is known from elsewhere.
    """
    start: Record = {}
    end: Record | None = None
    episodes: list[Episode] = []
    between: list[Record] = []
    for record in map(_decoded, lines):
        if record.get("kind") == "late":
            record = _mapping(record.get("record"))
        match record.get("kind"):
            case "game_start":
                start = record
            case "game_end":
                end = record
            case "episode_start":
                episodes.append(Episode(_whole(record.get("episode")), record, between))
                between = []
            case "episode_restarted" if episodes:
                given_up = episodes.pop()
                between = [*given_up.before, *(e for e in given_up.events if e["kind"] != "step"), *between]
            case "episode_end" if episodes and _is_open(episodes[-1]):
                episodes[-1].end = record
            case "step" if episodes:
                if _is_open(episodes[-1]):
                    # The server ended the game while this was still under way: it did not see the end.
                    episodes[-1].end = end = None
                episodes[-1].events.append(record)
            case kind if kind in BESIDE_STEPS:
                playing = bool(episodes) and episodes[-1].end is None
                (episodes[-1].events if playing else between).append(record)
    named = start.get("seed")
    if seed is None:
        seed = named if isinstance(named, int) else 0
    game = RecordedGame(start, episodes, end, seed)
    _look_for_flaws(game)
    return game


def _is_open(episode: Episode) -> bool:
    """Whether more of an episode may follow: its own end is not there, at most the server's."""
    return episode.end is None or episode.end.get("by") == "server"


def _look_for_flaws(game: RecordedGame) -> None:
    frame = 0
    for number, episode in enumerate(game.episodes, start=1):
        note = _Notes(episode.flaws)
        note.unless_equal(0, "episode", episode.start.get("episode"), number)
        note.unless_equal(0, "seed", episode.start.get("seed"), derive_seed(game.seed, number))
        note.unless_equal(0, "frame", episode.start.get("frame"), frame)
        steps = episode.steps
        sums: dict[str, float] = {}
        for expected, step in enumerate(steps, start=1):
            if not is_whole(step):
                note.flaw(expected, "step", None, "a whole record")
                break
            note.unless_equal(expected, "step", step["step"], expected)
            note.unless_equal(expected, "episode", step["episode"], number)
            note.unless_equal(expected, "frame", step["frame"], frame + expected)
            if step.get("done") and expected < len(steps):
                note.flaw(expected, "done", True, "no step after it")
            _add(step["rewards"], sums)
        frame += len(steps)
        if episode.end is not None:
            note.unless_equal(len(steps), "episode_end.steps", episode.end.get("steps"), len(steps))
            note.unless_close(len(steps), "episode_end.rewards", episode.end.get("rewards"), sums)
    if game.end is not None and game.episodes:
        _compare_totals(game, game.end)


def _compare_totals(game: RecordedGame, end: Record) -> None:
    totals: dict[str, float] = {}
    for episode in game.episodes:
        _add(_mapping((episode.end or {}).get("rewards")), totals)
    last = game.episodes[-1]
    _Notes(last.flaws).unless_close(len(last.steps), "game_end.rewards", end.get("rewards"), totals)


class _Notes:
    """Collects the flaws of one episode."""

    def __init__(self, flaws: list[Flaw]) -> None:
        self._flaws = flaws

    def flaw(self, step: int, name: str, recorded: Any, expected: Any) -> None:
        self._flaws.append(Flaw(step, name, recorded, expected))

    def unless_equal(self, step: int, name: str, recorded: Any, expected: Any) -> None:
        if recorded != expected:
            self.flaw(step, name, recorded, expected)

    def unless_close(self, step: int, name: str, recorded: Any, sums: Mapping[str, float]) -> None:
        given = _mapping(recorded)
        for agent, total in sums.items():
            value = _number(given.get(agent))
            if not _is_close(value, total) or agent not in given:
                self.flaw(step, f"{name}.{agent}", given.get(agent), total)


def _add(rewards: Mapping[str, Any], sums: dict[str, float]) -> None:
    for agent, reward in rewards.items():
        sums[agent] = sums.get(agent, 0.0) + _number(reward)


def is_whole(step: Record) -> bool:
    """Whether a step's record has everything that a step has."""
    return all(isinstance(step.get(name), kind) for name, kind in _STEP.items())


def _decoded(line: bytes) -> Record:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _is_close(value: float, other: float) -> bool:
    if math.isnan(value) or math.isnan(other):
        return math.isnan(value) and math.isnan(other)
    return value == other or math.isclose(value, other, rel_tol=1e-9, abs_tol=1e-9)


def _number(value: object) -> float:
    """A number as records have it: JSON knows neither NaN nor the infinities, which are words there."""
    if value in ("NaN", "Infinity", "-Infinity"):
        return float(str(value))
    try:
        return float(value) if isinstance(value, int | float) else math.nan
    except OverflowError:
        return math.inf


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def first(flaws: Sequence[Flaw]) -> Flaw | None:
    """Return the flaw at the earliest step."""
    return min(flaws, key=lambda flaw: flaw.place, default=None)
