"""What the rehearsal left in the data folder, and whether that is all that bots did."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qsl

import attrs

from mug_bots.bot import Result

Row = Mapping[str, str]
LABEL = "bot"
"""The parameter in a bot's link by which its data is found again."""


@attrs.define
class Data:
    """The data of a rehearsal.

    Attributes:
        people: how many participants there are.
        scenes: by scene id: how many people have a table there, and how many rows these have together.
        outcomes: by bot: how the study ended for it, as the data says.
        missing: what is not there although a bot did it, in sentences.
    """

    people: int = 0
    scenes: dict[str, dict[str, int]] = attrs.field(factory=dict)
    outcomes: dict[int, str] = attrs.field(factory=dict)
    missing: list[str] = attrs.field(factory=list)


def read(folder: Path, results: Sequence[Result], link: str = "") -> Data:
    """Read an experiment's data folder, and compare it with what bots saw.

    Args:
        folder: the folder of the experiment.
        results: of all bots.
        link: the parameters with which they came, ``{bot}`` for the number.
    """
    people = {row["subject_id"]: row for row in _rows(folder / "participants.csv")}
    tables = _tables(folder)
    data = Data(people=len(people))
    for (scene_id, _), rows in sorted(tables.items()):
        entry = data.scenes.setdefault(scene_id, {"people": 0, "rows": 0})
        entry["people"] += 1
        entry["rows"] += rows
    visits = {(row["subject_id"], row["scene_id"]): row for row in _rows(folder / "visits.csv")}
    identities = _rows(folder / "identities.csv")
    for result in results:
        if not result.scenes:
            continue
        person = people.get(_subject(identities, result.number, link))
        if person is None:
            data.missing.append(f"bot {result.number} is not among the participants in the data")
            continue
        data.outcomes[result.number] = person["outcome"]
        data.missing += _compared(result, person, visits, tables)
    return data


def _subject(identities: Sequence[Row], number: int, link: str) -> str:
    """The subject id of a bot, "" if there is none: recruiters keep only parameters of their own."""
    for row in identities:
        if row.get(f"labels.{LABEL}") == str(number):
            return row["subject_id"]
    own = {
        value.replace("{bot}", str(number))
        for name, value in parse_qsl(link.removeprefix("?"))
        if "{bot}" in value and name != LABEL
    }
    found = (row["subject_id"] for row in identities if not own.isdisjoint(row.values()))
    return next(found, "")


def _compared(
    result: Result, person: Row, visits: Mapping[tuple[str, str], Row], tables: Counter[tuple[str, str]]
) -> list[str]:
    """What a bot's data lacks; only of those who came to an ending, since others may come back."""
    if result.ending != "ended":
        return []
    subject_id = person["subject_id"]
    who = f"bot {result.number} ({subject_id})"
    missing = []
    if not person["outcome"]:
        missing.append(f"{who} came to '{result.where}', and the data has no outcome")
    if result.code and person["code"] != result.code:
        missing.append(f"{who} was shown the code {result.code}, and the data has '{person['code']}'")
    for scene_id in dict.fromkeys(passed.scene_id for passed in result.scenes[:-1]):
        visit = visits.get((subject_id, scene_id))
        if visit is None:
            missing.append(f"{who} was at '{scene_id}', and the data does not say so")
        elif (scene_id, subject_id) not in tables and not _broke_off(visit):
            missing.append(f"{who} has no table of scene '{scene_id}'")
    return missing


def _broke_off(visit: Row) -> bool:
    """Whether it was a game that did not come to its end: it may have had no step."""
    return visit["scene_kind"] == "gym" and visit["outcome"] != "completed"


def _tables(folder: Path) -> Counter[tuple[str, str]]:
    """How many rows each participant has of each scene."""
    found: Counter[tuple[str, str]] = Counter()
    for path in folder.glob("*/*.csv"):
        if path.name.endswith((".episodes.csv", ".visits.csv")) or path.parent.name == "game_notes":
            continue
        for row in _rows(path):
            if row.get("scene_id") and row.get("subject_id"):
                found[row["scene_id"], row["subject_id"]] += 1
    return found


def _rows(path: Path) -> list[Row]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
