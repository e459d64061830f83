"""What a game's records amount to: the columns of its steps, its episodes, and what was played again."""

from __future__ import annotations

import logging
from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

import attrs

from mug.core.records.cells import Row, flatten, put_time, widen
from mug.core.records.index import GameFacts
from mug.core.records.measurements import Measurement
from mug.core.records.reader import RecordSource
from mug.core.records.steps import (
    GAME_KINDS,
    Course,
    Cuts,
    Mark,
    Record,
    flatten_by_agent,
    game_stream,
    read,
    seat_measured,
    seat_of,
    shape,
    step_row,
    step_rows,
    told,
)

log = logging.getLogger(__name__)

EPISODE_COLUMNS: Final = (
    "subject_id", "scene_id", "game_id", "episode", "attempt", "seat", "seed", "steps", "reason",
    "rewards.", "final_observations.", "participants.",
    "start_time", "start_ms", "end_time", "end_ms", "seconds", "late_ticks", "max_late_ms",
    "verified", "verification_deviation", "verification_step", "verification_field", "*",
)  # fmt: skip
"""The order of the columns; a dot at the end stands for a group."""

_FORMS_KEPT: Final = 64
_FIXED: Final[Row] = dict.fromkeys(("subject_id", "scene_id", "game_id", "seat"), "")


@attrs.define
class Episode:
    """One episode as far as it is recorded. Times are unix milliseconds."""

    number: int
    attempt: int = 1
    seed: object = None
    start: int | None = None
    end: int | None = None
    last: int | None = None
    steps: int = 0
    reason: str = ""
    rewards: dict[str, Any] = attrs.field(factory=dict)
    final: Any = None
    late_ticks: object = None
    max_late_ms: float | None = None
    verification: Mapping[str, Any] = attrs.field(factory=dict)
    players: dict[str, str] = attrs.field(factory=dict)


class GameScan:
    """Kept up to date by reading what is new in a game's stream.

    Attributes:
        columns: those of the game's steps, but for what was measured of them.
        measured: columns of what was measured, by seat.
        noted: whether there are notes.
        marks: some positions before which no step behind them was measured; the closer to the end, the
            closer to each other.
    """

    def __init__(self, game: GameFacts) -> None:
        self.game = game
        self.position = 0
        self.cuts = Cuts()
        self.columns: set[str] = set()
        self.measured: dict[str, set[str]] = {}
        self.noted = False
        self.marks = [Mark(0, Course.of(game))]
        self.episodes: dict[int, Episode] = {}
        self.malformed = 0
        self._too_wide = False
        self._course = Course.of(game)
        self._awaited: dict[int, int] = {}
        self._forms: set[object] = set()

    def advance(self, source: RecordSource) -> None:
        """Take in every record since the last time."""
        end = source.position(game_stream(self.game.game_id))
        if end == self.position:
            return
        if self._read(source, self.position, end):
            # Steps counted before do not count any more: count again, now knowing which.
            self.columns.clear()
            self._forms.clear()
            self.episodes.clear()
            del self.marks[1:]
            self._awaited.clear()
            self.malformed = 0
            self._course = Course.of(self.game)
            self._read(source, 0, end)
        self.position = end
        self._set_mark()

    def _read(self, source: RecordSource, after: int, until: int) -> bool:
        rewound = False
        for stored in read(source, self.game.game_id, after, until):
            record = told(stored)
            self.noted |= record is not stored
            try:
                self._course.follow(record)
                match record.get("kind"):
                    case "step":
                        rewound |= self._step(record)
                    case "episode_start":
                        self._episode_start(record)
                    case "episode_end":
                        self._episode_end(record)
                    case "verification":
                        self._episode(record["episode"]).verification = record
                    case kind if kind not in GAME_KINDS:
                        self._beside(record, until)
            except (KeyError, TypeError, AttributeError, ValueError):
                self.malformed += 1
        return rewound

    def _step(self, record: Record) -> bool:
        number, step = record["episode"], record["step"]
        attempt = self._course.attempts[number]
        news = self.cuts.note(number, attempt, step)
        if not self.cuts.counts(number, attempt, step):
            return news
        form = shape(record), len(self._course.players)
        if form not in self._forms:
            self._widen(self.columns, step_row(record, attempt, self._course.players, _FIXED))
            if len(self._forms) < _FORMS_KEPT:
                self._forms.add(form)
        episode = self._episode(number)
        episode.attempt = attempt
        episode.steps += 1
        episode.last = record.get("wall")
        episode.players = dict(self._course.players)
        for agent, reward in (record.get("rewards") or {}).items():
            if isinstance(reward, int | float):
                episode.rewards[agent] = episode.rewards.get(agent, 0) + reward
        late = record.get("late_ms")
        if isinstance(late, int | float):
            episode.max_late_ms = max(late, episode.max_late_ms or 0)
        return news

    def _beside(self, record: Record, until: int) -> None:
        measurement = Measurement.of(record)
        if measurement is None:
            self.noted = True
            return
        seat, episode = measurement.seat, measurement.episode
        first, last = min(measurement.steps), max(measurement.steps)
        self._widen(self.measured.setdefault(seat, set()), measurement.columns)
        for mark in self.marks:
            if mark.course.may_have(episode, first):
                mark.touched[seat] = until
        self._awaited[episode] = max(last, self._awaited.get(episode, last))

    def _widen(self, columns: set[str], names: Iterable[str]) -> None:
        left_out = widen(columns, names)
        if left_out is not None and not self._too_wide:
            self._too_wide = True
            log.warning(
                "game %s has too many columns: '%.80s' and others are only in the journal",
                *(self.game.game_id, left_out),
            )

    def _set_mark(self) -> None:
        """Set a mark at the end, unless steps that were measured already are still to come."""
        reached = self._course.has_reached
        self._awaited = {
            episode: step for episode, step in self._awaited.items() if not reached(episode, step)
        }
        if self._awaited:
            return
        first, *rest = self.marks
        kept, end = [first], self.position
        for mark, later in pairwise(rest):
            if later.position - kept[-1].position > end - later.position:
                kept.append(mark)
        self.marks = [*kept, *rest[-1:], Mark(end, self._course.copy())]

    def _episode_start(self, record: Record) -> None:
        if self._episode(record["episode"]).steps:
            # An episode that begins again counts from its first step on; until then the old one stands.
            return
        episode = self.episodes[record["episode"]] = Episode(record["episode"])
        episode.seed = record.get("seed")
        episode.start = record.get("wall")
        episode.players = dict(self._course.players)

    def _episode_end(self, record: Record) -> None:
        episode = self._episode(record["episode"])
        episode.end = record.get("wall")
        episode.reason = str(record.get("reason", ""))
        episode.final = record.get("observations")
        episode.late_ticks = record.get("late_ticks")
        rewards = record.get("rewards")
        if isinstance(rewards, Mapping):
            episode.rewards = dict(rewards)

    def _episode(self, number: int) -> Episode:
        if number not in self.episodes:
            self.episodes[number] = Episode(number)
        return self.episodes[number]

    def columns_of(self, subject_id: str) -> set[str]:
        """Return the columns of somebody's steps; none while there are no steps."""
        return (
            self.columns | self.measured.get(seat_of(self.game, subject_id), set()) if self.columns else set()
        )

    def last_untouched(self, subject_id: str, position: int, among: Container[int]) -> Mark | None:
        """Return the last mark before which the rows that were made up to a position are as they should be.

        Args:
            subject_id: whose rows.
            position: up to which records they were made.
            among: the positions of the marks that come into question.
        """
        seat = seat_of(self.game, subject_id)
        for mark in reversed(self.marks):
            if mark.position in among and mark.position <= position >= mark.touched.get(seat, 0):
                return mark
        return None

    def step_rows(
        self, source: RecordSource, subject_id: str, begin: Mark
    ) -> Iterator[tuple[Mark, Iterator[Row]]]:
        """Yield each mark from one on, with a row for each step that counts up to the next one."""
        game, measured = self.game, None
        seat = seat_of(game, subject_id)
        if seat in self.measured:
            measured = seat_measured(source, game, seat, begin, self.position)
        marks = [mark for mark in self.marks if mark.position >= begin.position]
        untils = [*(mark.position for mark in marks[1:]), self.position]
        for mark, until in zip(marks, untils, strict=True):
            yield mark, step_rows(source, game, subject_id, mark, until, self.cuts, measured)

    def episode_rows(self, subject_id: str) -> list[Row]:
        """Return a row for each episode, in order."""
        seat = seat_of(self.game, subject_id)
        return [self._episode_row(episode, subject_id, seat) for _, episode in sorted(self.episodes.items())]

    def _episode_row(self, episode: Episode, subject_id: str, seat: str) -> Row:
        row: Row = {}
        for name, value in (
            ("subject_id", subject_id),
            ("scene_id", self.game.scene_id),
            ("game_id", self.game.game_id),
            ("episode", episode.number),
            ("attempt", episode.attempt),
            ("seat", seat),
            ("seed", episode.seed),
            ("steps", episode.steps),
            ("reason", episode.reason),
            ("seconds", seconds(episode.start, episode.end or episode.last)),
            ("late_ticks", episode.late_ticks),
            ("max_late_ms", episode.max_late_ms),
            ("verified", episode.verification.get("verdict")),
            ("verification_deviation", episode.verification.get("deviation")),
            ("verification_step", episode.verification.get("step")),
            ("verification_field", episode.verification.get("field")),
        ):
            flatten(name, value, row)
        flatten_by_agent("rewards", episode.rewards, row)
        flatten_by_agent("final_observations", episode.final, row)
        flatten_by_agent("participants", episode.players, row)
        put_time(row, "start", episode.start)
        put_time(row, "end", episode.end)
        return row


def seconds(start: object, end: object) -> float | None:
    """Return the seconds between two moments in unix milliseconds, None when one is unknown."""
    if isinstance(start, int | float) and isinstance(end, int | float):
        return round((end - start) / 1000, 3)
    return None
