"""Names of files: any id gives a safe name, and different ids give different ones."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mug.core.records.names import RESERVED, file_name, steps_path

ids = (
    st.text(max_size=300)
    | st.text("aA.-%~_", max_size=6)
    | st.sampled_from([*RESERVED, "x.csv", "x.episodes"])
)


@given(ids, ids)
def test_different_ids_have_different_names(one: str, other: str) -> None:
    """Two ids share a file only when they are the same id."""
    assert (file_name(one) == file_name(other)) == (one == other)


@given(ids)
def test_every_id_gives_a_name_that_is_safe_everywhere(given_id: str) -> None:
    """Plain characters, not hidden, not too long, no device, and none of the endings that have a meaning."""
    name = file_name(given_id)
    assert re.fullmatch(r"[A-Za-z0-9_%~][A-Za-z0-9_.%~-]*", name)
    assert len(name) <= 180
    assert name.partition(".")[0].lower() not in RESERVED
    assert not name.endswith((".csv", ".episodes", ".visits", "."))
    assert len(steps_path(given_id, given_id).parts) == 2


@pytest.mark.parametrize("given_id", ["ann", "5f3c0a", "game_1", "Ann-2", "v1.2", "player_0"])
def test_ordinary_ids_are_names_already(given_id: str) -> None:
    """An id made of letters, digits, '_', '-' and '.' is its own file name."""
    assert file_name(given_id) == given_id


@pytest.mark.parametrize(
    "subject", ["../../escape", "/etc/passwd", "..", ".", "", "a/b", "a\\b", "ann.csv", "é 😀"]
)
def test_no_id_leads_out_of_the_data_folder(study, table, subject: str) -> None:
    """Whatever a participant is called, their files are in their scene's folder."""
    study.arrives(subject)
    study.visits(subject, "survey", {"x": 1})
    study.visits(subject, "journal", {"x": 1})
    before = set(study.folder.parent.iterdir())
    folder = study.export()
    assert set(study.folder.parent.iterdir()) == before
    (path,) = (folder / "survey").iterdir()
    (row,) = table(path)
    assert row["answers.x"] == "1"
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == [
        "%6Aournal",
        "journal",
        "survey",
    ]
