"""Answers, and the tables about the whole experiment."""

from __future__ import annotations

import stat

import pytest

from mug.core.records import cells


def test_answers_have_a_row_per_visit(study, table) -> None:
    """Answers, outcome and times of every visit; a visit that is not over has no answers yet."""
    study.arrives("ann")
    study.visits("ann", "survey", {"age": 31, "langs": ["de", "eo"], "more": {"a.b": None}, "ok": True})
    study.visits("ann", "survey", {"age": 32})
    study.enters("ann", "survey")
    study.event("draft", participant="p-ann", visit=3, answers={"secret": 1})
    first, second, third = table(study.export() / "survey" / "ann.csv")
    assert first["answers.age"] == "31"
    assert first["answers.langs"] == '["de","eo"]'
    assert first["answers.more.a\\.b"] == ""
    assert first["answers.ok"] == "true"
    assert (first["seconds"], first["outcome"], first["visit"]) == ("0.1", "done", "1")
    assert (second["answers.age"], second["answers.langs"], second["visit"]) == ("32", "", "2")
    assert (third["answers.age"], third["left_time"], third["seconds"]) == ("", "", "")
    assert "answers.secret" not in third


def test_a_scene_that_was_not_finished_shows_what_is_kept_of_it(study, table) -> None:
    """Answers given in a scene of several pages are there before it is left, and even if it never is."""
    study.arrives("ann")
    study.enters("ann", "survey")
    kept = {"scene_id": "survey", "notes": {"at": 1}}
    study.event("scene_kept", participant="p-ann", visit=1, answers={"age": 31}, **kept)
    (row,) = table(study.export() / "survey" / "ann.csv")
    assert (row["answers.age"], row["left_time"]) == ("31", "")
    study.leaves("ann", "survey", {"age": 32, "job": "cook"})
    (row,) = table(study.export() / "survey" / "ann.csv")
    assert (row["answers.age"], row["answers.job"]) == ("32", "cook")


def test_answers_in_a_game_scene_stand_beside_its_steps(study, table) -> None:
    """Steps have the plain name; answers given in the same scene get a file of their own."""
    study.arrives("ann")
    study.enters("ann", "grid", "gym")
    study.game("g1", "grid", {"a": "ann"})
    study.episode("g1", 1, 1, ("a",))
    study.leaves("ann", "grid", {"liked": "yes"})
    study.arrives("bob")
    study.visits("bob", "grid", kind="gym")
    folder = study.export()
    assert table(folder / "grid" / "ann.csv")[0]["step"] == "1"
    assert table(folder / "grid" / "ann.visits.csv")[0]["answers.liked"] == "yes"
    assert sorted(path.name for path in (folder / "grid").iterdir()) == [
        "ann.csv", "ann.episodes.csv", "ann.visits.csv",
    ]  # fmt: skip


def test_tables_about_the_whole_experiment(study, table) -> None:
    """Participants with conditions, order, outcome; waiting; games; connections; latency; starts."""
    study.event("experiment_started", experiment_id="exp", seed=1, plugins=["x"], versions={"mug": "0.1"})
    study.identity("ann", PROLIFIC_PID="5f")
    study.arrives("ann", assignments={"arm": "control"})
    study.arrives("bob")
    study.enters("ann", "grid", "gym")
    study.event("lobby_joined", participant="p-ann", visit=1, scene_id="grid")
    study.event("lobby_left", participant="p-ann", visit=1, scene_id="grid", reason="matched", waited=12.5)
    study.event("group_formed", group="gr", scene_id="grid", participants=["ann", "bob"], matchmaker="FIFO")
    study.game("g1", "grid", {"a": "ann", "b": "bob", "c": "policy:x"})
    study.event("connected", participant="p-ann", visit=1)
    study.event("reentered", participant="p-ann")
    study.event("visibility", participant="p-ann", visible=False)
    study.event("latency", participant="p-ann", rtt_ms=20.5)
    study.event("disconnected", participant="p-ann", visit=1)
    study.event("game_ended", game="g1", reason="player_left", rewards={"a": 2.0})
    study.event("branch", participant="p-bob", choices={"b": "left"}, plan={"items": [{"scene": "left"}]})
    study.event("completed", participant="p-ann", outcome="completed", code="C0", redirect=None)
    study.event("abandoned", participant="p-bob", reason="away")
    study.event("something_new", participant="p-bob", x=1)
    folder = study.export()
    ann, bob = table(folder / "participants.csv")
    expected = {
        "subject_id": "ann", "status": "completed", "outcome": "completed", "code": "C0",
        "disconnections": "1", "assignments.arm": "control",
        "order": '["hello","branch b","bye"]', "visited": '["grid"]',
    }  # fmt: skip
    assert ann.items() >= expected.items()
    assert "5f" not in (folder / "participants.csv").read_text()
    expected = {"status": "abandoned", "outcome": "abandoned", "order": '["left"]', "branches.b": "left"}
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
        "reentered",
        "hidden",
        "disconnected",
    ]
    for file in ("lobby.csv", "latency.csv"):
        rows = table(folder / file)
        assert {column for column in rows[0] if not any(row[column] for row in rows)} == set(), file
    (latency,) = table(folder / "latency.csv")
    assert (latency["subject_id"], latency["rtt_ms"]) == ("ann", "20.5")
    assert [row["scene_id"] for row in table(folder / "visits.csv")] == ["grid"]
    (run,) = table(folder / "runs.csv")
    assert (run["experiment_id"], run["versions.mug"], run["plugins"]) == ("exp", "0.1", '["x"]')


def test_somebody_who_came_back_is_in_progress_again(study, table) -> None:
    """An abandonment that turned out not to be one leaves no trace in the outcome."""
    study.arrives("ann")
    study.event("abandoned", participant="p-ann", reason="away")
    study.event("returned", participant="p-ann")
    (ann,) = table(study.export() / "participants.csv")
    assert (ann["status"], ann["outcome"], ann["ended_time"]) == ("active", "", "")


def test_records_that_make_no_sense_cost_nothing_else(study, table) -> None:
    """Unknown participants, missing fields, wrong types are passed over and counted; the rest is there."""
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
    report = study.files().update()
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
    folder = study.export(study.folder.parent / "out")
    for path in [folder, *folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_addresses_with_made_up_parameters_make_no_endless_file(
    study, table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever opens the study with parameters of their own adds no columns for ever."""
    monkeypatch.setattr(cells, "MOST_COLUMNS", 20)
    for number in range(50):
        study.arrives(f"s{number}")
        study.identity(f"s{number}", PROLIFIC_PID="5f", **{f"x{number}": "1"})
    rows = table(study.export() / "identities.csv")
    assert [row["subject_id"] for row in rows] == [f"s{number}" for number in range(50)]
    assert {row["labels.PROLIFIC_PID"] for row in rows} == {"5f"}
    assert len(rows[0]) == 20
