"""Reads a game's records as what was played: steps in order, none twice, each with who played.

When the server came back after a crash, an episode may have been played again from its start, or its last
steps again from somewhere within it. What counts is the later time: a step that was recorded again takes the
place of the earlier one and of all that followed it, and says so with its ``attempt`` (1 is the first).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Self

import attrs

from mug.core.records.cells import Row, cell, column_name, column_part, flatten, put_time
from mug.core.records.events import MalformedRecord, decode
from mug.core.records.index import GameFacts
from mug.core.records.measurements import Measured, Measurement
from mug.core.records.reader import RecordSource

Record = Mapping[str, Any]

_GROUPS: Final = (
    ("observations", "observations"),
    ("actions", "actions"),
    ("rewards", "rewards"),
    ("terminated", "terminated"),
    ("truncated", "truncated"),
    ("sources", "source"),
)
STEP_COLUMNS: Final = (
    "subject_id", "scene_id", "game_id", "episode", "attempt", "step", "frame", "seat",
    "observations.", "actions.", "rewards.", "terminated.", "truncated.", "infos.", "source.",
    "participants.", "wall_time", "wall_ms", "monotonic_s", "late_ms", "waited_ms.", "measured.", "*",
    "confirmed",
)  # fmt: skip
"""The order of the columns; a dot at the end stands for a group, ``*`` for what callbacks added."""

GAME_KINDS: Final = frozenset(
    ("game_start", "episode_start", "step", "episode_end", "game_end", "verification")
)
"""The records that tell the game itself; of the others, some are measurements, and the rest notes."""
LATE: Final = "late"
"""What the server keeps so of a game that it had ended: the field ``record`` has what a page told then."""
_OWN_NAMES: Final = frozenset(name.rstrip(".") for name in (*STEP_COLUMNS, "extra"))
_KNOWN: Final = frozenset(
    (
        *(field for field, _ in _GROUPS),
        "infos",
        *("kind", "episode", "step", "frame", "wall", "mono", "late_ms", "waited_ms", "confirmed", "extra"),
        # Of the last step of an episode only; the file of episodes has them.
        *("done", "reason"),
    )
)


@attrs.define
class Course:
    """How far a game has come, as its records are read in order."""

    players: dict[str, str]
    seated: dict[str, str]
    attempts: dict[int, int] = attrs.field(factory=dict)
    reached: dict[int, int] = attrs.field(factory=dict)

    @classmethod
    def of(cls, game: GameFacts) -> Self:
        """Return the course of a game that nobody has played yet."""
        return cls(dict(game.seats), dict(game.seats))

    def copy(self) -> Course:
        """Return a course that goes on by itself."""
        return Course(dict(self.players), dict(self.seated), dict(self.attempts), dict(self.reached))

    def has_reached(self, episode: int, step: int) -> bool:
        """Return whether a step of an episode's present attempt was recorded."""
        return step <= self.reached.get(episode, -1)

    def may_have(self, episode: int, step: int) -> bool:
        """Return whether a step was recorded; also True where that cannot be told: after a restart."""
        return episode in self.attempts and step <= self.reached.get(episode, step)

    def follow(self, record: Record) -> None:
        """Go on by one record."""
        match record.get("kind"):
            case "game_start":
                self._seat({**(record.get("policies") or {}), **(record.get("participants") or {})})
            case "step":
                self._step(record["episode"], record["step"])
            case "episode_start" | "episode_restarted" if record["episode"] in self.reached:
                self._again(record["episode"])
            case "takeover":
                self.players[_agent(record)] = str(record.get("policy", "policy"))
            case "player_returned":
                agent = _agent(record)
                self.players[agent] = self.seated.get(agent, "")

    def _seat(self, seats: Mapping[str, object]) -> None:
        for agent, player in seats.items():
            if not self.seated.get(agent):
                self.seated[agent] = self.players[agent] = str(player)

    def _step(self, episode: int, step: int) -> None:
        if step <= self.reached.get(episode, -1):
            self._again(episode)
        self.attempts.setdefault(episode, 1)
        self.reached[episode] = step

    def _again(self, episode: int) -> None:
        self.attempts[episode] += 1
        del self.reached[episode]


@attrs.define(eq=False)
class Mark:
    """A position in a game's records from which it can be read, and how far the game had come there.

    Attributes:
        touched: by seat, up to which position records had been read when the last measurement of a step
            before the mark was among them.
    """

    position: int
    course: Course
    touched: dict[str, int] = attrs.field(factory=dict)


def _agent(record: Record) -> str:
    return str(record.get("agent", record.get("agent_id", record.get("seat"))))


@attrs.define
class Cuts:
    """Which steps of earlier attempts were played again: all from ``first[episode][attempt]`` on."""

    first: dict[int, dict[int, int]] = attrs.field(factory=dict)

    def note(self, episode: int, attempt: int, step: int) -> bool:
        """Take note that an attempt went through a step; return whether that is news."""
        if attempt == 1:
            return False
        starts = self.first.setdefault(episode, {})
        if attempt in starts and starts[attempt] <= step:
            return False
        starts[attempt] = step
        return True

    def all(self) -> tuple[tuple[int, int, int], ...]:
        """Return every (episode, attempt, first step), in order."""
        return tuple(
            sorted((episode, *cut) for episode, starts in self.first.items() for cut in starts.items())
        )

    def counts(self, episode: int, attempt: int, step: int) -> bool:
        """Return whether a step was not played again later."""
        starts = self.first.get(episode)
        return starts is None or all(step < start for later, start in starts.items() if later > attempt)


def game_stream(game_id: str) -> str:
    """Return the stream of a game's records."""
    return f"games/{game_id}"


def read(source: RecordSource, game_id: str, after: int, until: int) -> Iterator[Record]:
    """Yield the records of a game between two positions; what is no record is passed over."""
    for chunk in source.chunks(game_stream(game_id), after, until):
        for line in chunk:
            try:
                yield decode(line)
            except MalformedRecord:
                continue


def told(record: Record) -> Record:
    """Return what a record tells of the game: one that came late, after the game's end, holds it."""
    late = record.get("record") if record.get("kind") == LATE else None
    return late if isinstance(late, dict) else record


def seat_of(game: GameFacts, subject_id: str) -> str:
    """Return the agent that somebody plays in a game, empty for nobody's."""
    return next((agent for agent, subject in game.people.items() if subject == subject_id), "")


def seat_measured(source: RecordSource, game: GameFacts, seat: str, begin: Mark, until: int) -> Measured:
    """Return what was measured of a seat's steps, from a mark to a position."""
    measured = Measured()
    course = begin.course.copy()
    for record in map(told, read(source, game.game_id, begin.position, until)):
        try:
            course.follow(record)
            measurement = None if record.get("kind") in GAME_KINDS else Measurement.of(record)
        except (KeyError, TypeError, AttributeError):
            continue
        if measurement is not None and measurement.seat == seat:
            measured.add(measurement, course.attempts.get(measurement.episode, 1))
    return measured


def step_rows(
    source: RecordSource,
    game: GameFacts,
    subject_id: str,
    begin: Mark,
    until: int,
    cuts: Cuts,
    measured: Measured | None,
) -> Iterator[Row]:
    """Yield a row for each step that counts, from a mark to a position."""
    course = begin.course.copy()
    fixed: Row = {}
    for name, value in (("subject_id", subject_id), ("scene_id", game.scene_id), ("game_id", game.game_id)):
        flatten(name, value, fixed)
    flatten("seat", seat_of(game, subject_id), fixed)
    for record in map(told, read(source, game.game_id, begin.position, until)):
        try:
            course.follow(record)
            if record.get("kind") != "step":
                continue
            episode, step = record["episode"], record["step"]
            attempt = course.attempts[episode]
            if cuts.counts(episode, attempt, step):
                row = step_row(record, attempt, course.players, fixed)
                if measured is not None:
                    measured.put_into(row, episode, attempt, step)
                yield row
        except (KeyError, TypeError, AttributeError):
            continue


def step_row(record: Record, attempt: int, players: Mapping[str, str], fixed: Row) -> Row:
    """Return the row of a step."""
    row = dict(fixed)
    row["episode"] = record["episode"]
    row["attempt"] = attempt
    row["step"] = record["step"]
    row["frame"] = cell(record.get("frame"))
    for field, group in _GROUPS:
        flatten_by_agent(group, record.get(field), row)
    # Most environments give no infos most of the time; that needs no column.
    flatten_by_agent("infos", record.get("infos"), row, with_empty=False)
    flatten_by_agent("participants", players, row)
    put_time(row, "wall", record.get("wall"))
    row["monotonic_s"] = cell(record.get("mono"))
    row["late_ms"] = cell(record.get("late_ms"))
    flatten_by_agent("waited_ms", record.get("waited_ms"), row)
    row["confirmed"] = cell(record.get("confirmed", True))
    for name, value in (record.get("extra") or _NOTHING).items():
        flatten(extra_column(name), value, row)
    for name in record.keys() - _KNOWN:
        flatten(extra_column(name), record[name], row)
    return row


def shape(value: object) -> object:
    """Return what of a record decides which columns its row has: equal shapes, equal columns."""
    if type(value) is dict:
        return tuple(
            [(key, shape(item) if type(item) is dict else item is None) for key, item in value.items()]
        )
    return value is None


def flatten_by_agent(group: str, values: object, row: Row, *, with_empty: bool = True) -> None:
    """Put values by agent id into a row, as columns ``<group>.<agent id>``; nothing when there are none."""
    if isinstance(values, dict):
        for agent, value in values.items():
            column = column_name(group, agent)
            if type(value) is not dict:
                row[column] = cell(value)
            elif value or with_empty:
                flatten(column, value, row, 1)
    elif values is not None:
        flatten(group, values, row)


def extra_column(name: str) -> str:
    """Return the column of a value that a callback added: its name, unless that has a meaning already."""
    column = column_part(name)
    return f"extra.{column}" if column in _OWN_NAMES else column


_NOTHING: Final[Mapping[str, Any]] = {}
