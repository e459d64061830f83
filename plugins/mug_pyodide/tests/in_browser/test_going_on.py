"""A game goes on from its records, and from a snapshot with what was recorded since."""

from __future__ import annotations

from typing import Any

import pytest

from mug import GameCallbacks


@pytest.mark.parametrize("cut", [0, 1, 2, 3, 14, 26, 27, 28, 29, 40, 55])
def test_a_game_goes_on_from_its_records(kit: Any, cut: int) -> None:
    """Wherever the page was reloaded: the same game follows from there, not a step is played twice."""
    spec = kit.make_spec()
    whole = kit.Worker(spec).open().start().run()
    assert len(whole.lines) == 56
    again = kit.Worker(spec, now=3.0).resume(whole.lines[:cut]).start().run()
    notes = {"restored"}
    played = [record for record in again.records if record["kind"] not in notes]
    expected = kit.timeless(whole.records)
    for record in (*played, *expected):
        for figure in ("ticks", "late_ticks", "skipped_ticks"):
            record.pop(figure, None)
    assert kit.timeless(played) == expected
    restored = again.of_kind("restored")
    assert [note["steps"] for note in restored] == (
        [sum(b'"kind":"step"' in line for line in whole.lines[:cut])] if cut else []
    )


@pytest.mark.parametrize(
    ("saved", "cut"), [(1, 1), (1, 9), (7, 7), (7, 20), (24, 30), (25, 27), (27, 40), (49, 52)]
)
def test_a_game_goes_on_from_a_snapshot_and_what_was_recorded_since(kit: Any, saved: int, cut: int) -> None:
    """The same as from the whole history, for less work."""
    spec = kit.make_spec()
    whole = kit.Worker(spec).open().start().run()
    first = kit.Worker(spec).open().start().run_to_step(saved)
    snapshot = first.player.snapshot()
    count = len(first.lines)
    assert snapshot
    again = kit.Worker(spec, now=3.0).resume(whole.lines[: max(cut, count)], snapshot, count)
    again.start().run()
    played = [record for record in again.records if record["kind"] != "restored"]
    expected = whole.records
    for record in (*played, *expected):
        for figure in ("ticks", "late_ticks", "skipped_ticks"):
            record.pop(figure, None)
    assert kit.timeless(played) == kit.timeless(expected)
    assert again.events[0][0] == "ready"


def test_only_the_steps_after_a_snapshot_are_played_again(kit: Any) -> None:
    """That is what snapshots are for."""
    played: list[int] = []

    class Counting(kit.Walk):  # type: ignore[misc, name-defined]
        def step(self, action: int) -> Any:
            played.append(action)
            return super().step(action)

    spec = kit.make_spec(Counting, max_steps=200, num_episodes=1)
    first = kit.Worker(spec).open().start().run_to_step(20)
    snapshot, count = first.player.snapshot(), len(first.lines)
    first.run_to_step(25)
    played.clear()
    again = kit.Worker(spec).resume(first.lines, snapshot, count)
    again.run(lambda: again.events)
    assert again.events == [["ready", 25]]
    assert len(played) == 5


@pytest.mark.parametrize("blob", [b"", b"nonsense"])
def test_a_damaged_snapshot_is_no_use_and_no_harm(kit: Any, blob: bytes) -> None:
    """It is refused, and the whole history does."""
    spec = kit.make_spec()
    first = kit.Worker(spec).open().start().run_to_step(9)
    again = kit.Worker(spec).open()
    assert again.player.take_snapshot(blob) is False
    again.player.take_history(b"\n".join(first.lines))
    again.run(lambda: again.events)
    assert again.events == [["ready", 9]]


def test_a_snapshot_of_another_scene_is_refused(kit: Any) -> None:
    """A game is never put into an environment that it was not played in."""

    class Other(kit.Walk):  # type: ignore[misc, name-defined]
        pass

    first = kit.Worker(kit.make_spec()).open().start().run_to_step(9)
    other = kit.Worker(kit.make_spec(Other)).open()
    assert other.player.take_snapshot(first.player.snapshot()) is False


def test_callbacks_that_remember_something_prevent_snapshots(kit: Any) -> None:
    """What a callback keeps in its own variables would be lost: then the whole history is played again."""

    def forgetful(game: Any, data: Any) -> None:
        game.data["steps"] = data["step"]

    class Remembering(GameCallbacks):
        def __init__(self) -> None:
            self.seen = 0

    for callback, possible in ((forgetful, True), (Remembering(), False), (Remembering, False)):
        worker = kit.Worker(kit.make_spec(callbacks=(callback,))).open().start().run_to_step(3)
        assert bool(worker.player.snapshot()) is possible


def test_an_environment_that_cannot_be_saved_has_no_snapshots(kit: Any) -> None:
    """The page then relies on the records alone."""

    class Generating(kit.Walk):  # type: ignore[misc, name-defined]
        def __init__(self, render_mode: str = "mug") -> None:
            super().__init__(render_mode)
            self.numbers = iter(number for number in range(1000))

    worker = kit.Worker(kit.make_spec(Generating)).open().start().run_to_step(3)
    assert worker.player.snapshot() == b""
    worker.run_to_step(6)


def test_another_course_means_that_the_episode_is_played_again(kit: Any) -> None:
    """Where an environment does not repeat itself, its episode begins anew, and that is recorded."""
    spec = kit.make_spec()
    first = kit.Worker(spec).open().start().run_to_step(9)
    spoiled = [line.replace(b'"rewards":{"player":2.0}', b'"rewards":{"player":7.0}') for line in first.lines]
    assert spoiled != first.lines
    again = kit.Worker(spec).resume(spoiled).start().run()
    (note,) = again.of_kind("episode_restarted")
    assert note["episode"] == 1
    assert again.events[-1] == ["over", "completed"]
    assert [end["steps"] for end in again.of_kind("episode_end")] == [25, 25]
