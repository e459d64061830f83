"""The files of a game: every step once, in order, for everybody who played; a row per episode."""

from __future__ import annotations

import pytest

from mug.core.records import cells


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
    folder = study.export()
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


def test_a_page_that_makes_up_columns_makes_no_endless_file(
    study, table, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Beyond so many there are no further columns; every row is there, and that more was recorded is said."""
    monkeypatch.setattr(cells, "MOST_COLUMNS", 40)
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    study.record("g1", "episode_start", episode=1, seed=3)
    for step in range(1, 101):
        study.step("g1", 1, step, ("a",), infos={"a": {f"i{step}": step}}, extra={f"e{step}": step})
        study.measurement("g1", "a", 1, [step], **{f"m{step}": [step]})
    rows = table(study.export() / "grid" / "ann.csv")
    assert [row["step"] for row in rows] == [str(step) for step in range(1, 101)]
    assert len(rows[0]) == 40 + 40
    assert (rows[0]["infos.a.i1"], rows[1]["e2"], rows[39]["measured.m40"]) == ("1", "2", "40")
    assert len([one for one in caplog.records if "g1 has too many columns" in one.getMessage()]) == 1


def test_what_came_after_the_game_had_ended_is_told_as_if_it_had_come_in_time(study, table) -> None:
    """A page that had been away knows how its episodes went on and ended; that it came late is a note."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    study.record("g1", "game_start")
    study.record("g1", "episode_start", episode=1, seed=3)
    study.step("g1", 1, 1, ("a",))
    study.record(
        "g1", "episode_end", by="server", episode=1, steps=1, reason="player_left", rewards={"a": 1.0}
    )
    study.record("g1", "game_end", by="server", reason="player_left", rewards={"a": 1.0})
    study.export()

    def late(kind: str, **fields: object) -> None:
        study.record("g1", "late", record={"kind": kind, "wall": study.now(), **fields})

    study.step("g1", 1, 2, ("a",))
    late("episode_end", episode=1, steps=2, reason="terminated", rewards={"a": 2.0}, observations={"a": [9]})
    late("episode_start", episode=2, seed=4)
    study.step("g1", 2, 1, ("a",))
    late("episode_end", episode=2, steps=1, reason="max_steps", rewards={"a": 1.0}, observations={"a": [8]})
    folder = study.export()
    steps = table(folder / "grid" / "ann.csv")
    assert [(row["episode"], row["attempt"], row["step"]) for row in steps] == [
        ("1", "1", "1"), ("1", "1", "2"), ("2", "1", "1"),
    ]  # fmt: skip
    assert [
        (row["seed"], row["steps"], row["reason"], row["rewards.a"], row["final_observations.a"])
        for row in table(folder / "grid" / "ann.episodes.csv")
    ] == [("3", "2", "terminated", "2.0", "[9]"), ("4", "1", "max_steps", "1.0", "[8]")]
    assert [row["kind"] for row in table(folder / "game_notes" / "g1.csv")] == ["late"] * 3


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
    folder = study.export()
    rows = table(folder / "grid" / "ann.csv")
    assert [(row["game_id"], row["episode"], row["step"], row["seat"]) for row in rows] == [
        ("g1", "1", "1", "a"), ("g1", "1", "2", "a"), ("g1", "2", "1", "a"),
        ("g2", "1", "1", "b"), ("g2", "1", "2", "b"),
    ]  # fmt: skip
    assert [row["rewards.b"] for row in rows] == ["", "", "", "1.0", "1.0"]
    assert len(table(folder / "maze" / "ann.csv")) == 1


def test_a_game_that_was_recorded_twice_is_one_game(study, table) -> None:
    """Writing down again that a game was created doubles no rows."""
    study.arrives("ann")
    for _ in range(2):
        study.game("g1", "grid", {"a": "ann"})
    study.episode("g1", 1, 2, ("a",))
    folder = study.export()
    assert len(table(folder / "grid" / "ann.csv")) == 2
    assert len(table(folder / "games.csv")) == 1


def test_episodes_have_a_row_each(study, table) -> None:
    """Seed, steps, reason, totals, last observation, times; an unfinished episode counts what there is."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann", "b": "policy:x"})
    study.episode("g1", 1, 3)
    study.record("g1", "episode_start", episode=2, seed=22)
    study.step("g1", 2, 1, late_ms=1.5)
    study.step("g1", 2, 2, late_ms=40.5)
    study.step("g1", 2, 3)
    first, second = table(study.export() / "grid" / "ann.episodes.csv")
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


def test_what_verification_found_is_in_the_row_of_its_episode(study, table) -> None:
    """The last verification counts; an episode that nobody verified has nothing there."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann", "b": "policy:x"})
    for number in (1, 2, 3):
        study.episode("g1", number, 3)
    study.record("g1", "verification", episode=1, verdict="different", step=2, field="rewards.a")
    study.record("g1", "verification", episode=1, verdict="verified", deviation=0.0, step=None, field="")
    study.record("g1", "verification", episode=2, verdict="rounding", deviation=1.5e-9, step=700, field="")
    rows = table(study.export() / "grid" / "ann.episodes.csv")
    names = ("verified", "verification_deviation", "verification_step", "verification_field")
    assert [[row[name] for name in names] for row in rows] == [
        ["verified", "0.0", "", ""],
        ["rounding", "1.5e-09", "700", ""],
        ["", "", "", ""],
    ]


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
    rows = table(study.export() / "grid" / "ann.csv")
    assert [row["participants.b"] for row in rows] == ["bob", "bob", "random", "bob"]


def test_seats_that_only_the_runtime_knows_of_are_in_the_rows(study, table) -> None:
    """Policies that the game's own records name fill the seats that the events say nothing about."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    study.record("g1", "game_start", participants={"a": "?"}, policies={"b": "onnx", "a": "x"})
    study.step("g1", 1, 1, waited_ms={"a": 3.5})
    (row,) = table(study.export() / "grid" / "ann.csv")
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
    folder = study.export()
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
    folder = study.export()
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
    folder = study.export()
    (row,) = table(folder / "grid" / "ann.csv")
    assert row["attempt"] == "1"
    (episode,) = table(folder / "grid" / "ann.episodes.csv")
    assert (episode["steps"], episode["seed"]) == ("1", "5")
