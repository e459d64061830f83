"""What was measured of steps, and noted beside them: in the rows, and in a file of notes."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mug.core.records.csv_export import Changed


def test_measurements_of_a_seat_are_in_its_participants_rows(study, table) -> None:
    """Each value is in the row of its step, whatever its kind; other seats have other columns."""
    study.arrives("ann")
    study.arrives("bob")
    study.game("g1", "grid", {"a": "ann", "b": "bob", "c": "policy:x"})
    for step in (1, 2, 3):
        study.step("g1", 1, step, waited_ms={"a": 1})
    study.measurement(
        "g1", "a", 1, [3, 2], **{"lag.b": [7.5, None], "guessed": [["b"], []], "odd": ["NaN", {"x": 1}]}
    )
    study.measurement("g1", "b", 1, [1, 2, 3, 4], fast=[True, False, "=1+1", 0])
    folder = study.export()
    rows = table(folder / "grid" / "ann.csv")
    names = ("measured.guessed", "measured.lag.b", "measured.odd")
    assert [[row[name] for name in names] for row in rows] == [
        ["", "", ""], ["[]", "", '{"x":1}'], ['["b"]', "7.5", "NaN"],
    ]  # fmt: skip
    columns = list(rows[0])
    assert columns[columns.index("waited_ms.a") :] == ["waited_ms.a", *names, "confirmed"]
    others = table(folder / "grid" / "bob.csv")
    assert [row["measured.fast"] for row in others] == ["true", "false", "'=1+1"]
    assert "measured.guessed" not in others[0]
    assert not (folder / "game_notes").exists()


def test_of_several_measurements_the_last_counts(study, table) -> None:
    """Different names stand beside each other."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    study.measurement("g1", "a", 1, [1, 2], lag=[1, 2])
    for step in (1, 2):
        study.step("g1", 1, step, ("a",))
    study.measurement("g1", "a", 1, [2], lag=[3], load=[0.5])
    rows = table(study.export() / "grid" / "ann.csv")
    assert [(row["measured.lag"], row["measured.load"]) for row in rows] == [("1", ""), ("3", "0.5")]


def test_a_step_played_again_is_measured_again(study, table) -> None:
    """What was measured of a step that does not count any more says nothing of the one in its place."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    study.record("g1", "episode_start", episode=1)
    for step in (1, 2, 3, 4):
        study.step("g1", 1, step, ("a",))
    study.measurement("g1", "a", 1, [2, 3], lag=[2, 3])
    for step in (3, 4, 5):
        study.step("g1", 1, step, ("a",))
    study.measurement("g1", "a", 1, [1, 4], lag=[10, 40])
    rows = table(study.export() / "grid" / "ann.csv")
    assert [(row["attempt"], row["step"], row["measured.lag"]) for row in rows] == [
        ("1", "1", "10"), ("1", "2", "2"), ("2", "3", ""), ("2", "4", "40"), ("2", "5", ""),
    ]  # fmt: skip


def test_what_only_looks_like_a_measurement_is_a_note(study, table) -> None:
    """Lists of other lengths, steps that are no numbers, no seat: nothing is guessed, nothing is lost."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    study.step("g1", 1, 1, ("a",), columns={"x": [1]}, steps=[1], seat="a")
    bad: list[dict[str, Any]] = [
        {"seat": "a", "episode": 1, "steps": [1, 2], "columns": {"x": [1]}},
        {"seat": "a", "episode": 1, "steps": [True], "columns": {"x": [1]}},
        {"seat": "a", "episode": None, "steps": [1], "columns": {"x": [1]}},
        {"seat": "a", "episode": 1, "steps": [], "columns": {}},
        {"episode": 1, "steps": [1], "columns": {"x": [1]}},
    ]
    for fields in bad:
        study.record("g1", "gauged", **fields)
    folder = study.export()
    assert "measured.x" not in table(folder / "grid" / "ann.csv")[0]
    rows = table(folder / "game_notes" / "g1.csv")
    assert [json.loads(row["details"]) for row in rows] == [
        {name: fields[name] for name in ("steps", "columns")} for fields in bad
    ]


def test_notes_have_a_row_each(study, table) -> None:
    """Those on anybody's seat and on the whole game, in order, in a file for each game that has any."""
    study.arrives("ann")
    study.arrives("bob")
    for game in ("g1", "g2", "g3"):
        study.game(game, "grid", {"a": "ann", "b": "bob"})
    study.record("g1", "game_start")
    study.record("g1", "page_began", seat="a", by="server", wall=1_790_000_000_250, mono=2.5)
    study.record("g1", "episode_start", episode=1)
    study.step("g1", 1, 1)
    study.record("g1", "desync", seat="b", at=7, peer="a")
    study.record("g1", "paused", episode=1, step=1)
    study.record("g1", "takeover", agent="b", policy="random")
    study.record("g1", "verification", episode=1, verdict="verified")
    study.record("g1", "episode_end", episode=1, reason="x")
    study.record("g1", "game_end", reason="x")
    study.record("g2", "page_began", seat="a", text="=1+1")
    study.episode("g3", 1, 2)
    folder = study.export()
    first, *rows = table(folder / "game_notes" / "g1.csv")
    assert first == {
        "game_id": "g1", "scene_id": "grid", "seat": "a", "subject_id": "ann", "kind": "page_began",
        "episode": "", "step": "", "wall_time": "2026-09-21T14:13:20.250Z", "wall_ms": "1790000000250",
        "monotonic_s": "2.5", "details": '{"by":"server"}',
    }  # fmt: skip
    assert [[row[name] for name in ("kind", "seat", "subject_id", "episode", "step")] for row in rows] == [
        ["desync", "b", "bob", "", ""], ["paused", "", "", "1", "1"], ["takeover", "b", "bob", "", ""],
    ]  # fmt: skip
    assert [row["details"] for row in rows] == [
        '{"at":7,"peer":"a"}', "", '{"agent":"b","policy":"random"}',
    ]  # fmt: skip
    (other,) = table(folder / "game_notes" / "g2.csv")
    assert other["details"] == '{"text":"=1+1"}'
    assert not (folder / "game_notes" / "g3.csv").exists()


def test_notes_on_a_game_that_had_no_step_are_kept(study, table) -> None:
    """That is when one wants to read them."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    study.record("g1", "failed", seat="a", fault="no")
    folder = study.export()
    assert [row["kind"] for row in table(folder / "game_notes" / "g1.csv")] == ["failed"]
    assert not (folder / "grid" / "ann.csv").exists()


@st.composite
def interleaved(draw: st.DrawFn) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The records of a game, in order and in some other order that keeps that of each of their writers."""
    lengths = draw(st.lists(st.integers(1, 12), min_size=1, max_size=3))
    steps: list[tuple[Any, ...]] = []
    notes: dict[str, list[tuple[Any, ...]]] = {"a": [], "b": []}
    for episode, length in enumerate(lengths, start=1):
        steps.append(("begin", episode))
        steps += [("step", episode, number) for number in range(1, length + 1)]
        steps.append(("end", episode))
        for seat, of_seat in notes.items():
            covered = [number for number in range(1, length + 1) if draw(st.integers(0, 9))]
            while covered:
                size = draw(st.integers(1, len(covered)))
                of_seat.append(("measure", seat, episode, covered[:size]))
                covered = covered[size:]
    writers = [steps, notes["a"], notes["b"]]
    order = draw(st.permutations([which for which, theirs in enumerate(writers) for _ in theirs]))
    taken = [iter(theirs) for theirs in writers]
    return [*steps, *notes["a"], *notes["b"]], [next(taken[which]) for which in order]


def write(study: Any, operation: tuple[Any, ...]) -> None:
    match operation:
        case ("begin", episode):
            study.record("g1", "episode_start", episode=episode, wall=1)
        case ("step", episode, step):
            study.step("g1", episode, step, wall=1)
        case ("end", episode):
            study.record("g1", "episode_end", episode=episode, reason="x", wall=1)
        case ("measure", seat, episode, steps):
            values = [f"{seat} {episode} {step}" for step in steps]
            study.measurement("g1", seat, episode, steps, lag=values, late=[None for _ in steps])


@settings(max_examples=200, deadline=None)
@given(interleaved(), st.sets(st.integers(0, 80)))
def test_the_order_in_which_writers_come_makes_no_difference(new_study, contents, orders, updated) -> None:
    """Steps and measurements in any order, with updates anywhere, give the files of the right order."""
    found = []
    for number, operations in enumerate(orders):
        study = new_study()
        for subject in ("ann", "bob"):
            study.arrives(subject)
        study.game("g1", "grid", {"a": "ann", "b": "bob"})
        files = study.files()
        for place, operation in enumerate(operations):
            write(study, operation)
            if number and place in updated:
                files.update(Changed(games=frozenset(("g1",))))
        assert files.update().failures == []
        found.append({name: data for name, data in contents(study.folder).items() if "/" in name})
        study.store.close()
    assert found[0] == found[1]
