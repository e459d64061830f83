"""What a value looks like in a cell: it can be read back, and no spreadsheet takes it for a formula."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mug.core.records.cells import column_part, original

keys = st.text(max_size=6) | st.sampled_from(
    ["=x", "a.b", "step", "observations", "é", "שלום", "1", "10", "\\"]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(
        ["=1+1", "-5", "+49 30", "@x", "\tx", "'=x", "a,b", 'q"q', "l1\nl2", "cr\r", "😀", "مرحبا", "\0"]
    )
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)


def words(value: Any) -> Any:
    """The value with the numbers that JSON has not as words: what a record holds of it."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, list):
        return [words(item) for item in value]
    if isinstance(value, dict):
        return {key: words(item) for key, item in value.items()}
    return value


def leaves(prefix: str, value: Any) -> dict[str, Any]:
    """Where each part of a value is expected: column to value."""
    if isinstance(value, dict) and value:
        found: dict[str, Any] = {}
        for key, item in value.items():
            found |= leaves(f"{prefix}.{column_part(key)}", item)
        return found
    return {prefix: value}


def assert_cell(text: str, value: Any) -> None:
    """A cell's text gives the value back."""
    if value is None:
        assert text == ""
    elif isinstance(value, bool):
        assert text == ("true" if value else "false")
    elif isinstance(value, int):
        assert int(text) == value
    elif isinstance(value, float):
        assert float(text) == value
        assert math.copysign(1, float(text)) == math.copysign(1, value)
    elif isinstance(value, str):
        assert original(text) == value
    else:
        assert json.loads(text) == value


@settings(deadline=None)
@given(st.lists(values, min_size=1, max_size=4))
def test_what_was_recorded_is_read_back_from_the_cells(new_study, table, recorded: list[Any]) -> None:
    """Any value as observation, action, info, callback column or answer comes back as it was."""
    study = new_study()
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    for number, value in enumerate(recorded, start=1):
        study.step(
            "g1", 1, number, ("a",), observations={"a": value}, actions={"a": value},
            infos={"a": {"i": value}}, extra={"column": value},
        )  # fmt: skip
        study.visits("ann", "survey", {"field": value})
    folder = study.export()
    rows = [
        {original(name): cell for name, cell in row.items()} for row in table(folder / "grid" / "ann.csv")
    ]
    answers = [
        {original(name): cell for name, cell in row.items()} for row in table(folder / "survey" / "ann.csv")
    ]
    study.store.close()
    assert len(rows) == len(answers) == len(recorded)
    for value, row, answer in zip(recorded, rows, answers, strict=True):
        stored = words(value)
        for prefix in ("observations.a", "actions.a", "infos.a.i", "column"):
            expected = leaves(prefix, stored)
            for column, part in expected.items():
                assert_cell(row[column], part)
            others = {c for c in row if c == prefix or c.startswith(prefix + ".")} - expected.keys()
            assert all(row[column] == "" for column in others)
        for column, part in leaves("answers.field", stored).items():
            assert_cell(answer[column], part)


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "'=1", "''@x", "\uff1d1", "-", "=",
     "-2-", "+cmd|' /C calc'!A0", "=HYPERLINK(\"http://x\")", "\x00=1"],
)  # fmt: skip
def test_no_text_of_a_participant_becomes_a_formula(study, table, text: str) -> None:
    """Answers, their names, ids, infos: a formula gets an apostrophe, and gives back what it was."""
    study.arrives(text)
    study.visits(text, "survey", {"field": text, text: 1})
    study.game("g1", "grid", {"a": text})
    study.step("g1", 1, 1, ("a",), infos={"a": {"said": text}}, extra={text: text})
    folder = study.export()
    for path in folder.rglob("*.csv"):
        rows = table(path)
        for name, cell in [(name, name) for name in rows[0]] + [item for row in rows for item in row.items()]:
            assert cell.lstrip()[:1] not in tuple("=+-@\uff1d") or cell.strip() == "", (path, name, cell)
            assert cell[:1] not in tuple("\t\r\n")
    (answer,) = table(next((folder / "survey").glob("*.csv")))
    assert original(answer["answers.field"]) == text
    assert original(answer["subject_id"]) == text


@pytest.mark.parametrize(
    "text", ["-5", "+4930123", "-1.5e-3", ".5", "5.", "-Infinity", "a-b", "it's", "", "'quoted'"]
)
def test_numbers_and_ordinary_text_stay_as_they_are(study, table, text: str) -> None:
    """A typed number is no formula."""
    study.arrives("ann")
    study.visits("ann", "survey", {"field": text})
    assert table(study.export() / "survey" / "ann.csv")[0]["answers.field"] == text
