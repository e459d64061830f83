"""CSV files: what was recorded is in them, once, whole, and the same however they came about."""

from __future__ import annotations

import json
import math
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mug.core.records.cells import column_part, original
from mug.core.records.csv_export import Changed, CsvExporter, CsvFiles
from mug.core.records.reader import JournalReader, StoreReader
from mug.errors import MugError


def export(study: Any, target: Path | None = None) -> Path:
    target = target or study.folder
    list(CsvExporter().export(study.folder, target))
    return target


def files_of(study: Any, target: Path | None = None) -> CsvFiles:
    return CsvFiles(JournalReader(study.store.journal), target or study.folder, reserve=0)


# ---------------------------------------------------------------------------------------- steps of games


def test_a_game_gives_each_participant_a_row_per_step(study, table) -> None:
    """Every step once, in order, with everything that was recorded of it and the participant's own seat."""
    study.arrives("ann")
    study.arrives("bob")
    study.game("g1", "grid", {"a": "ann", "b": "bob", "c": "policy:chaser"})
    study.record("g1", "game_start")
    study.record("g1", "episode_start", episode=1, seed=3)
    study.record(
        "g1", "step", episode=1, step=1, frame=1, wall=1_790_000_000_250, mono=12.5, late_ms=0.25,
        observations={"a": [1, 2.5], "b": {"x": 1, "map": [[0, 1]]}}, actions={"a": 3, "b": None},
        rewards={"a": 1, "b": -0.5}, terminated={"a": False, "b": True}, truncated={"a": False, "b": False},
        infos={"a": {"score": {"now": 3}}, "b": {}}, sources={"a": "human", "b": "default"},
        extra={"distance": 2, "step": "mine"}, hash="abc",
    )  # fmt: skip
    folder = export(study)
    (row,) = table(folder / "grid" / "ann.csv")
    assert row == {
        "subject_id": "ann", "scene_id": "grid", "game_id": "g1", "episode": "1", "attempt": "1", "step": "1",
        "frame": "1", "seat": "a", "observations.a": "[1,2.5]", "observations.b.map": "[[0,1]]",
        "observations.b.x": "1", "actions.a": "3", "actions.b": "", "rewards.a": "1", "rewards.b": "-0.5",
        "terminated.a": "false", "terminated.b": "true", "truncated.a": "false", "truncated.b": "false",
        "infos.a.score.now": "3", "source.a": "human", "source.b": "default",
        "participants.a": "ann", "participants.b": "bob", "participants.c": "chaser",
        "wall_time": "2026-09-21T14:13:20.250Z", "wall_ms": "1790000000250", "monotonic_s": "12.5",
        "late_ms": "0.25", "distance": "2", "extra.step": "mine", "hash": "abc", "confirmed": "true",
    }  # fmt: skip
    assert list(row) == [
        "subject_id", "scene_id", "game_id", "episode", "attempt", "step", "frame", "seat", "observations.a",
        "observations.b.map", "observations.b.x", "actions.a", "actions.b", "rewards.a", "rewards.b",
        "terminated.a", "terminated.b", "truncated.a", "truncated.b", "infos.a.score.now",
        "source.a", "source.b", "participants.a", "participants.b", "participants.c", "wall_time", "wall_ms",
        "monotonic_s", "late_ms", "distance", "extra.step", "hash", "confirmed",
    ]  # fmt: skip
    (other,) = table(folder / "grid" / "bob.csv")
    assert other == row | {"subject_id": "bob", "seat": "b"}


def test_repeated_scenes_follow_each_other_in_one_file(study, table) -> None:
    """All of a participant's games of a scene are in one file in order, with the union of their columns."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    study.game("g2", "grid", {"a": "policy:x", "b": "ann"})
    study.game("g3", "maze", {"a": "ann"})
    study.episode("g2", 1, 2)
    study.episode("g1", 1, 2, ("a",))
    study.episode("g1", 2, 1, ("a",))
    study.episode("g3", 1, 1, ("a",))
    folder = export(study)
    rows = table(folder / "grid" / "ann.csv")
    assert [(row["game_id"], row["episode"], row["step"], row["seat"]) for row in rows] == [
        ("g1", "1", "1", "a"), ("g1", "1", "2", "a"), ("g1", "2", "1", "a"), ("g2", "1", "1", "b"), ("g2", "1", "2", "b"),
    ]  # fmt: skip
    assert [row["rewards.b"] for row in rows] == ["", "", "", "1.0", "1.0"]
    assert len(table(folder / "maze" / "ann.csv")) == 1


def test_episodes_have_a_row_each(study, table) -> None:
    """Seed, steps, reason, totals, last observation, times; an unfinished episode counts what there is."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann", "b": "policy:x"})
    study.episode("g1", 1, 3)
    study.record("g1", "episode_start", episode=2, seed=22)
    study.step("g1", 2, 1, late_ms=1.5)
    study.step("g1", 2, 2, late_ms=40.5)
    study.step("g1", 2, 3)
    first, second = table(export(study) / "grid" / "ann.episodes.csv")
    assert first["seconds"] == "0.4"
    expected = {
        "episode": "1", "attempt": "1", "seat": "a", "seed": "11", "steps": "3", "reason": "terminated",
        "rewards.a": "3.0", "final_observations.b": "[9,9]", "participants.b": "x", "max_late_ms": "",
    }  # fmt: skip
    assert first.items() >= expected.items()
    expected = {
        "episode": "2", "seed": "22", "steps": "3", "reason": "", "rewards.a": "3.0", "end_time": "",
        "final_observations.b": "", "max_late_ms": "40.5", "seconds": "0.3",
    }  # fmt: skip
    assert second.items() >= expected.items()


def test_who_plays_a_seat_is_in_every_row(study, table) -> None:
    """After a takeover the seat is the policy's, after a return the participant's again."""
    study.arrives("ann")
    study.arrives("bob")
    study.game("g1", "grid", {"a": "ann", "b": "bob"})
    study.step("g1", 1, 1)
    study.record("g1", "player_left", agent="b")
    study.step("g1", 1, 2)
    study.record("g1", "takeover", agent="b", policy="random")
    study.step("g1", 1, 3)
    study.record("g1", "player_returned", agent="b")
    study.step("g1", 1, 4)
    rows = table(export(study) / "grid" / "ann.csv")
    assert [row["participants.b"] for row in rows] == ["bob", "bob", "random", "bob"]


def test_seats_that_only_the_runtime_knows_of_are_in_the_rows(study, table) -> None:
    """Policies that the game's own records name fill the seats that the events say nothing about."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    study.record("g1", "game_start", participants={"a": "?"}, policies={"b": "onnx", "a": "x"})
    study.step("g1", 1, 1, waited_ms={"a": 3.5})
    (row,) = table(export(study) / "grid" / "ann.csv")
    assert (row["participants.a"], row["participants.b"], row["waited_ms.a"]) == ("ann", "onnx", "3.5")


def test_an_episode_played_again_from_its_start_counts_once(study, table) -> None:
    """The later attempt replaces the earlier one, and is marked."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    study.episode("g1", 1, 2, ("a",))
    study.record("g1", "episode_start", episode=2, seed=5)
    for step in (1, 2, 3):
        study.step("g1", 2, step, ("a",), actions={"a": "old"}, infos={"a": {"only_old": 1}})
    study.record("g1", "episode_restarted", episode=2)
    study.record("g1", "episode_start", episode=2, seed=6)
    for step in (1, 2):
        study.step("g1", 2, step, ("a",), actions={"a": "new"})
    folder = export(study)
    rows = table(folder / "grid" / "ann.csv")
    assert [(r["episode"], r["attempt"], r["step"], r["actions.a"]) for r in rows] == [
        ("1", "1", "1", "1"), ("1", "1", "2", "1"), ("2", "2", "1", "new"), ("2", "2", "2", "new"),
    ]  # fmt: skip
    assert "infos.a.only_old" not in rows[0]
    _, again = table(folder / "grid" / "ann.episodes.csv")
    assert (again["attempt"], again["steps"], again["rewards.a"], again["seed"]) == ("2", "2", "2.0", "6")


def test_steps_recorded_again_after_a_resume_count_once(study, table) -> None:
    """From the step that was recorded again, the later records count; the steps before stay."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    study.record("g1", "episode_start", episode=1, seed=5)
    for step in (1, 2, 3, 4, 5):
        study.step("g1", 1, step, ("a",), actions={"a": "old"})
    for step in (3, 4):
        study.step("g1", 1, step, ("a",), actions={"a": "new"})
    folder = export(study)
    rows = table(folder / "grid" / "ann.csv")
    assert [(r["attempt"], r["step"], r["actions.a"]) for r in rows] == [
        ("1", "1", "old"), ("1", "2", "old"), ("2", "3", "new"), ("2", "4", "new"),
    ]  # fmt: skip
    (episode,) = table(folder / "grid" / "ann.episodes.csv")
    assert (episode["steps"], episode["rewards.a"]) == ("4", "4.0")


def test_a_restart_without_steps_keeps_what_was_played(study, table) -> None:
    """Announcing that an episode begins again takes nothing away by itself."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    study.record("g1", "episode_start", episode=1, seed=5)
    study.step("g1", 1, 1, ("a",))
    study.record("g1", "episode_restarted", episode=1)
    study.record("g1", "episode_start", episode=1, seed=6)
    study.record("g1", "game_end", reason="abandoned")
    folder = export(study)
    (row,) = table(folder / "grid" / "ann.csv")
    assert row["attempt"] == "1"
    (episode,) = table(folder / "grid" / "ann.episodes.csv")
    assert (episode["steps"], episode["seed"]) == ("1", "5")


# ------------------------------------------------------------------------------------- answers and tables


def test_answers_have_a_row_per_visit(study, table) -> None:
    """Answers, outcome and times of every visit; a visit that is not over has no answers yet."""
    study.arrives("ann")
    study.visits("ann", "survey", {"age": 31, "langs": ["de", "eo"], "more": {"a.b": None}, "ok": True})
    study.visits("ann", "survey", {"age": 32})
    study.enters("ann", "survey")
    study.event("draft", participant="p-ann", visit=3, answers={"secret": 1})
    first, second, third = table(export(study) / "survey" / "ann.csv")
    assert first["answers.age"] == "31"
    assert first["answers.langs"] == '["de","eo"]'
    assert first["answers.more.a\\.b"] == ""
    assert first["answers.ok"] == "true"
    assert (first["seconds"], first["outcome"], first["visit"]) == ("0.1", "done", "1")
    assert (second["answers.age"], second["answers.langs"], second["visit"]) == ("32", "", "2")
    assert (third["answers.age"], third["left_time"], third["seconds"]) == ("", "", "")
    assert "answers.secret" not in third


def test_answers_in_a_game_scene_stand_beside_its_steps(study, table) -> None:
    """Steps have the plain name; answers given in the same scene get a file of their own."""
    study.arrives("ann")
    study.enters("ann", "grid", "gym")
    study.game("g1", "grid", {"a": "ann"})
    study.episode("g1", 1, 1, ("a",))
    study.leaves("ann", "grid", {"liked": "yes"})
    study.arrives("bob")
    study.visits("bob", "grid", kind="gym")
    folder = export(study)
    assert table(folder / "grid" / "ann.csv")[0]["step"] == "1"
    assert table(folder / "grid" / "ann.visits.csv")[0]["answers.liked"] == "yes"
    assert sorted(path.name for path in (folder / "grid").iterdir()) == [
        "ann.csv", "ann.episodes.csv", "ann.visits.csv",
    ]  # fmt: skip


def test_tables_about_the_whole_experiment(study, table) -> None:
    """Participants with conditions, order, outcome; waiting; games; connections; latency; starts."""
    study.event("experiment_started", experiment_id="exp", seed=1, plugins=["x"], versions={"mug": "0.1"})
    study.arrives("ann", assignments={"arm": "control"}, labels={"PROLIFIC_PID": "5f"})
    study.arrives("bob")
    study.enters("ann", "grid", "gym")
    study.event("lobby_joined", participant="p-ann", visit=1, scene_id="grid")
    study.event("lobby_left", participant="p-ann", visit=1, scene_id="grid", reason="matched", waited=12.5)
    study.event("group_formed", group="gr", scene_id="grid", participants=["ann", "bob"], matchmaker="FIFO")
    study.game("g1", "grid", {"a": "ann", "b": "bob", "c": "policy:x"})
    study.event("connected", participant="p-ann", visit=1)
    study.event("visibility", participant="p-ann", visible=False)
    study.event("latency", participant="p-ann", rtt_ms=20.5)
    study.event("disconnected", participant="p-ann", visit=1)
    study.event("game_ended", game="g1", reason="player_left", rewards={"a": 2.0})
    study.event("branch", participant="p-bob", choices={"b": "left"}, plan={"items": [{"scene": "left"}]})
    study.event("completed", participant="p-ann", outcome="completed", code="C0", redirect=None)
    study.event("abandoned", participant="p-bob", reason="away")
    study.event("something_new", participant="p-bob", x=1)
    folder = export(study)
    ann, bob = table(folder / "participants.csv")
    expected = {
        "subject_id": "ann", "status": "completed", "outcome": "completed", "code": "C0", "disconnections": "1",
        "assignments.arm": "control", "order": '["hello","branch b","bye"]', "visited": '["grid"]',
    }  # fmt: skip
    assert ann.items() >= expected.items()
    assert "5f" not in (folder / "participants.csv").read_text()
    expected = {"status": "abandoned", "outcome": "away", "order": '["left"]', "branches.b": "left"}
    assert bob.items() >= expected.items()
    assert table(folder / "identities.csv") == [{"subject_id": "ann", "labels.PROLIFIC_PID": "5f"}]
    (wait,) = table(folder / "lobby.csv")
    assert (wait["subject_id"], wait["waited_seconds"], wait["reason"], wait["group"]) == (
        "ann", "12.5", "matched", "gr",
    )  # fmt: skip
    (game,) = table(folder / "games.csv")
    assert (game["participants.c"], game["reason"], game["rewards.a"]) == ("x", "player_left", "2.0")
    assert [row["event"] for row in table(folder / "connections.csv")] == [
        "connected",
        "hidden",
        "disconnected",
    ]
    (latency,) = table(folder / "latency.csv")
    assert (latency["subject_id"], latency["rtt_ms"], latency["jitter_ms"]) == ("ann", "20.5", "")
    assert [row["scene_id"] for row in table(folder / "visits.csv")] == ["grid"]
    (run,) = table(folder / "runs.csv")
    assert (run["experiment_id"], run["versions.mug"], run["plugins"]) == ("exp", "0.1", '["x"]')


def test_somebody_who_came_back_is_in_progress_again(study, table) -> None:
    """An abandonment that turned out not to be one leaves no trace in the outcome."""
    study.arrives("ann")
    study.event("abandoned", participant="p-ann", reason="away")
    study.event("returned", participant="p-ann")
    (ann,) = table(export(study) / "participants.csv")
    assert (ann["status"], ann["outcome"], ann["ended_time"]) == ("in progress", "", "")


def test_records_that_make_no_sense_cost_nothing_else(study, table) -> None:
    """Unknown participants, missing fields, wrong types: passed over and counted, everything else is there."""
    study.event("scene_entered", participant="nobody", visit=1, scene_id="x", scene_kind="static")
    study.event("game_created", game="g0")
    study.event("scene_left", participant="p-ann", visit="?", scene_id=None, answers=[1], outcome=3)
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    study.record("g1", "step", episode=1)
    study.record("g1", "step", episode="one", step=[])
    study.record("g1", "step", episode=1, step=1, observations=[1, 2], rewards=3, infos=None, extra=None)
    study.record("g1", "episode_end")
    study.record("g1", "new_kind", episode=1)
    study.step("g1", 1, 2, ("a",))
    with (study.store.journal / "games/g1.jsonl").open("ab") as file:
        file.write(b"{broken}\n\0\0\0\n")
    report = files_of(study).update()
    assert report.failures == []
    assert report.malformed >= 5
    rows = table(study.folder / "grid" / "ann.csv")
    assert [(row["step"], row["observations"], row["rewards"]) for row in rows] == [
        ("1", "[1,2]", "3"),
        ("2", "", ""),
    ]


def test_files_are_for_their_owner_only(study) -> None:
    """Folders are made 0700 and files 0600."""
    study.arrives("ann")
    study.visits("ann", "survey", {"age": 3})
    folder = export(study, study.folder.parent / "out")
    for path in [folder, *folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


# -------------------------------------------------------------------------------------------- round trip

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
    """For any values as observation, action, info, callback column and answer: record -> CSV -> the same value."""
    study = new_study()
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    for number, value in enumerate(recorded, start=1):
        study.step(
            "g1", 1, number, ("a",), observations={"a": value}, actions={"a": value},
            infos={"a": {"i": value}}, extra={"column": value},
        )  # fmt: skip
        study.visits("ann", "survey", {"field": value})
    folder = export(study)
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


# ----------------------------------------------------------------------------- incremental = all at once

GAMES = {
    "g1": ("grid", {"a": "ann", "b": "bob"}),
    "g2": ("grid", {"a": "bob", "b": "policy:x"}),
    "g3": ("maze", {"a": "ann"}),
}
games = st.sampled_from(["g1", "g1", "g2", "g2", "g3"])
episodes = st.integers(1, 2)
operations = st.one_of(
    st.tuples(st.just("steps"), games, episodes, st.integers(1, 4), st.integers(1, 3)),
    st.tuples(st.just("steps"), games, episodes, st.integers(1, 9), st.integers(1, 3)),
    st.tuples(st.just("info"), games, episodes, st.sampled_from("xyz")),
    st.tuples(st.sampled_from(["begin", "end", "restart"]), games, episodes),
    st.tuples(st.sampled_from(["takeover", "returned"]), games, st.sampled_from("ab")),
    st.tuples(st.just("create"), games),
    st.tuples(st.just("visit"), st.sampled_from(["ann", "bob"]), st.sampled_from(["survey", "grid"])),
    st.tuples(st.just("latency"), st.sampled_from(["ann", "bob"])),
    st.tuples(st.just("spoil"), st.sampled_from(["grid/ann.csv", "grid/bob.csv", "latency.csv"])),
)
rounds = st.tuples(
    st.lists(operations, max_size=4), st.sampled_from(["changed", "changed", "changed", "everything", "anew"])
)


def play(study: Any, operation: tuple[Any, ...]) -> Changed:
    """Write the records of an operation; return whom it concerns."""
    match operation:
        case ("steps", game, episode, first, count):
            for step in range(first, first + count):
                study.step(game, episode, step, tuple(GAMES[game][1]))
        case ("info", game, episode, name):
            study.step(game, episode, 10, infos={"a": {name: 1}})
        case ("begin", game, episode):
            study.record(game, "episode_start", episode=episode, seed=episode)
        case ("end", game, episode):
            study.record(game, "episode_end", episode=episode, reason="x", rewards={"a": 1})
        case ("restart", game, episode):
            study.record(game, "episode_restarted", episode=episode)
        case ("takeover", game, agent):
            study.record(game, "takeover", agent=agent, policy="p")
        case ("returned", game, agent):
            study.record(game, "player_returned", agent=agent)
        case ("create", game):
            study.game(game, *GAMES[game])
        case ("visit", subject, scene):
            study.visits(subject, scene, {"x": 1}, "gym" if scene == "grid" else "static")
            return Changed(subjects=frozenset((subject,)))
        case ("latency", subject):
            study.event("latency", participant=f"p-{subject}", rtt_ms=1.0)
            return Changed()
    return Changed(games=frozenset((operation[1],)))


@settings(max_examples=200, deadline=None)
@given(st.sets(games), st.lists(rounds, min_size=1, max_size=6))
def test_updating_bit_by_bit_gives_what_making_everything_gives(new_study, contents, created, script) -> None:
    """Whatever happens, whenever files are updated, and whoever touches them: the files equal a fresh export."""
    study = new_study()
    study.arrives("ann")
    study.arrives("bob")
    changed = Changed()
    for game in sorted(created):
        changed |= play(study, ("create", game))
    files = files_of(study)
    spoiled = False
    for happened, update in [*script, ([], "last")]:
        for operation in happened:
            if operation[0] != "spoil":
                changed |= play(study, operation)
            elif (study.folder / operation[1]).exists():
                (study.folder / operation[1]).write_text("opened, and saved by some other program")
                spoiled = True
        if update == "anew":
            files.save()
            files = files_of(study)
        everything = update in ("everything", "anew") or (update == "last" and spoiled)
        report = files.update(None if everything else changed)
        assert report.failures == []
        changed, spoiled = Changed(), spoiled and not everything
    fresh = export(study, study.folder / "fresh")
    expected = contents(fresh)
    found = {name: data for name, data in contents(study.folder).items() if not name.startswith("fresh")}
    study.store.close()
    assert found.keys() == expected.keys()
    for name in expected:
        assert found[name] == expected[name], name


def test_a_file_grows_only_where_that_gives_the_same_file(study, table, contents) -> None:
    """New columns, a takeover before the new rows, a finished game that grows, and steps played again: all are in."""
    study.arrives("ann")
    study.arrives("bob")
    study.game("g1", "grid", {"a": "ann", "b": "bob"})
    study.game("g2", "grid", {"a": "ann", "b": "bob"})
    files = files_of(study)

    def agrees() -> None:
        files.update(Changed(games=frozenset(("g1", "g2"))))
        found = {name: data for name, data in contents(study.folder).items() if not name.startswith("fresh")}
        assert found == contents(export(study, study.folder / "fresh"))

    study.step("g1", 1, 1)
    study.step("g1", 1, 2)
    agrees()
    study.record("g1", "takeover", agent="b", policy="random")
    study.step("g1", 1, 3)
    agrees()
    study.step("g1", 1, 4)
    agrees()
    assert [row["participants.b"] for row in table(study.folder / "grid/ann.csv")] == [
        "bob",
        "bob",
        "random",
        "random",
    ]
    study.step("g1", 1, 5, infos={"a": {"new": 1}})
    agrees()
    study.step("g2", 1, 1)
    agrees()
    study.step("g1", 1, 6)
    study.step("g2", 1, 2)
    agrees()
    study.step("g2", 1, 1)
    agrees()
    study.step("g1", 1, 3)
    agrees()
    assert [(row["game_id"], row["attempt"], row["step"]) for row in table(study.folder / "grid/ann.csv")] == [
        ("g1", "1", "1"), ("g1", "1", "2"), ("g1", "2", "3"), ("g2", "2", "1"),
    ]  # fmt: skip


def test_a_file_that_somebody_saved_is_made_again(study, table) -> None:
    """A file that is not as it was left is not added to; the next update makes it whole again."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    study.step("g1", 1, 1, ("a",))
    files = files_of(study)
    files.update()
    (study.folder / "grid" / "ann.csv").write_text("a;b\n1;2\n")
    study.step("g1", 1, 2, ("a",))
    files.update(Changed(games=frozenset(("g1",))))
    assert [row["step"] for row in table(study.folder / "grid" / "ann.csv")] == ["1", "2"]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "'=1", "''@x", "\uff1d1", "-", "=", "-2-",
     "+cmd|' /C calc'!A0", "=HYPERLINK(\"http://x\")", "\x00=1"],
)  # fmt: skip
def test_no_text_of_a_participant_becomes_a_formula(study, table, text: str) -> None:
    """Answers, their names, ids and infos that look like formulas get an apostrophe, and give back what they were."""
    study.arrives(text)
    study.visits(text, "survey", {"field": text, text: 1})
    study.game("g1", "grid", {"a": text})
    study.step("g1", 1, 1, ("a",), infos={"a": {"said": text}}, extra={text: text})
    folder = export(study)
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
    assert table(export(study) / "survey" / "ann.csv")[0]["answers.field"] == text


def test_adding_rows_keeps_what_was_there(study, table) -> None:
    """New steps are added to the file; only they are written, and nothing at all when nothing is new."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    study.episode("g1", 1, 50, ("a",))
    files = files_of(study)
    changed = Changed(games=frozenset(("g1",)))
    files.update()
    study.episode("g1", 2, 5, ("a",))
    report = files.update(changed)
    assert report.rows == 5 + 2  # steps, and the file of two episodes
    assert len(table(study.folder / "grid" / "ann.csv")) == 55
    assert files.update(changed).written == []
    assert files.update().written == []
    files.save()
    assert files_of(study).update().written == []


def test_a_store_that_is_no_folder_is_exported_all_the_same(study, contents) -> None:
    """Any store's records give the same files."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    study.episode("g1", 1, 5, ("a",))
    files = CsvFiles(StoreReader(study.store), study.folder.parent / "other", reserve=0)
    files.update()
    study.episode("g1", 2, 5, ("a",))
    files.update()
    assert contents(study.folder.parent / "other") == contents(export(study))


def test_a_folder_without_records_is_a_plain_error(tmp_path: Path) -> None:
    """Exporting the wrong folder says so, and makes no files."""
    with pytest.raises(MugError, match="no records here"):
        list(CsvExporter().export(tmp_path, tmp_path / "out"))
    assert not (tmp_path / "out").exists()
