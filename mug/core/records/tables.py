"""The tables about the whole experiment, and each participant's answers, as rows made from the index."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import attrs

from mug.core.records.cells import Row, flatten, put_time
from mug.core.records.events import MalformedRecord, decode
from mug.core.records.index import EVENTS, Index, Person, Visit
from mug.core.records.reader import RecordSource
from mug.core.records.scan import seconds
from mug.core.records.steps import flatten_by_agent

VISIT_COLUMNS: Final = (
    "subject_id", "scene_id", "scene_kind", "visit", "outcome", "answers.",
    "entered_time", "entered_ms", "left_time", "left_ms", "seconds",
)  # fmt: skip
"""The columns of a participant's answers in a scene, one row per visit."""


def row_of(values: Mapping[str, object], **times: object) -> Row:
    """Return the row of some values, and of moments in unix milliseconds."""
    row: Row = {}
    for name, value in values.items():
        flatten(name, value, row)
    for name, moment in times.items():
        put_time(row, name, moment)
    return row


def answer_rows(index: Index, subject_id: str, scene_id: str) -> list[Row]:
    """Return a participant's visits to a scene with their answers; none for a game without answers."""
    visits = index.visits_of(subject_id, scene_id)
    if index.is_game(subject_id, scene_id) and not any(visit.answers for visit in visits):
        return []
    return [_visit_row(subject_id, visit, with_answers=True) for visit in visits]


def _visit_row(subject_id: str, visit: Visit, *, with_answers: bool) -> Row:
    row = row_of(
        {
            "subject_id": subject_id,
            "scene_id": visit.scene_id,
            "scene_kind": visit.scene_kind,
            "visit": visit.number,
            "outcome": visit.outcome,
            "seconds": seconds(visit.entered, visit.left),
        },
        entered=visit.entered,
        left=visit.left,
    )
    if with_answers and visit.answers:
        flatten("answers", visit.answers, row)
    return row


def _participants(index: Index) -> Iterator[Row]:
    for person in index.people.values():
        row = row_of(
            {
                "subject_id": person.subject_id,
                "status": person.status,
                "outcome": person.outcome,
                "code": person.code,
                "seconds": seconds(person.arrived, person.ended),
                "seed": person.seed,
                "order": _order(person),
                "visited": [visit.scene_id for visit in person.visits],
                "disconnections": person.disconnections,
            },
            arrived=person.arrived,
            ended=person.ended,
        )
        flatten_by_agent("assignments", person.assignments, row)
        flatten_by_agent("branches", person.branches, row)
        yield row


def _order(person: Person) -> object:
    plan: Any = person.plan
    items = plan.get("items") if isinstance(plan, Mapping) else None
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        return plan
    return [item["scene"] if item.get("scene") else f"branch {item.get('branch')}" for item in items]


def _identities(index: Index) -> Iterator[Row]:
    for participant, person in index.people.items():
        labels = index.labels.get(participant)
        if labels:
            row = row_of({"subject_id": person.subject_id})
            flatten_by_agent("labels", labels, row)
            yield row


def _visits(index: Index) -> Iterator[Row]:
    for person in index.people.values():
        for visit in person.visits:
            yield _visit_row(person.subject_id, visit, with_answers=False)


def _waits(index: Index) -> Iterator[Row]:
    for person in index.people.values():
        for wait in person.waits:
            yield row_of(
                {
                    "subject_id": person.subject_id,
                    "scene_id": wait.scene_id,
                    "visit": wait.visit,
                    "reason": wait.reason,
                    "waited_seconds": wait.seconds,
                    "group": wait.group,
                },
                joined=wait.joined,
                left=wait.left,
            )


def _games(index: Index) -> Iterator[Row]:
    for game in index.games.values():
        row = row_of(
            {
                "game_id": game.game_id,
                "scene_id": game.scene_id,
                "group": game.group,
                "seed": game.seed,
                "reason": game.reason,
                "detail": game.detail,
                "fallback": game.fallback,
                "fallback_reason": game.fallback_reason,
                "seconds": seconds(game.created, game.ended),
            },
            created=game.created,
            ended=game.ended,
        )
        flatten_by_agent("participants", game.seats, row)
        flatten_by_agent("rewards", game.rewards, row)
        yield row


def _runs(index: Index) -> Iterator[Row]:
    for run in index.runs:
        facts = {name: value for name, value in run.facts.items() if name not in ("kind", "wall")}
        yield row_of(facts, started=run.started)


@attrs.frozen
class Table:
    """A file about the whole experiment, written anew from the index."""

    name: str
    columns: tuple[str, ...]
    rows: Callable[[Index], Iterable[Row]]


TABLES: Final = (
    Table(
        "participants.csv",
        (
            "subject_id", "status", "outcome", "code", "arrived_time", "arrived_ms", "ended_time", "ended_ms",
            "seconds", "seed", "assignments.", "order", "branches.", "visited", "disconnections",
        ),
        _participants,
    ),
    Table("identities.csv", ("subject_id", "labels."), _identities),
    Table("visits.csv", tuple(name for name in VISIT_COLUMNS if name != "answers."), _visits),
    Table(
        "lobby.csv",
        (
            "subject_id", "scene_id", "visit", "reason", "waited_seconds", "group",
            "joined_time", "joined_ms", "left_time", "left_ms",
        ),
        _waits,
    ),
    Table(
        "games.csv",
        (
            "game_id", "scene_id", "group", "seed", "participants.", "reason", "detail", "rewards.",
            "fallback", "fallback_reason", "created_time", "created_ms", "ended_time", "ended_ms", "seconds",
        ),
        _games,
    ),
    Table("runs.csv", ("started_time", "started_ms", "experiment_id", "seed", "*"), _runs),
)  # fmt: skip
"""``identities.csv`` holds what identifies people; it is apart so that it can be kept apart."""


@attrs.frozen
class Log:
    """A file with a row for each event of some kinds; new rows are added at its end."""

    name: str
    kinds: frozenset[str]
    columns: tuple[str, ...]
    row: Callable[[Mapping[str, Any]], Mapping[str, object]]


LOGS: Final = (
    Log(
        "latency.csv",
        frozenset(("latency",)),
        ("subject_id", "wall_time", "wall_ms", "rtt_ms"),
        lambda event: {"rtt_ms": event.get("rtt_ms")},
    ),
    Log(
        "connections.csv",
        frozenset(("connected", "disconnected", "returned", "reentered", "visibility")),
        ("subject_id", "wall_time", "wall_ms", "event", "visit"),
        lambda event: {"event": _connection(event), "visit": event.get("visit")},
    ),
)


def _connection(event: Mapping[str, Any]) -> str:
    if event["kind"] == "visibility":
        return "shown" if event.get("visible") else "hidden"
    return str(event["kind"])


def log_rows(log: Log, index: Index, source: RecordSource, after: int, until: int) -> Iterator[Row]:
    """Yield the rows of the events between two positions."""
    marks = [b'"%s"' % kind.encode() for kind in log.kinds]
    for chunk in source.chunks(EVENTS, after, until):
        for line in chunk:
            if not any(mark in line for mark in marks):
                continue
            try:
                event = decode(line)
            except MalformedRecord:
                continue
            if event.get("kind") in log.kinds:
                subject_id = index.subject_of(event.get("participant"))
                yield row_of({"subject_id": subject_id, **log.row(event)}, wall=event.get("wall"))
