from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mug_server_mode.schedule import SLOTS_PER_SECOND, Agenda, Grid

from mug.game.pace import CATCH_UP, Pace

fps_values = st.integers(1, 120)


@given(fps_values, st.floats(0, 1e6), st.lists(st.floats(0, 0.9), min_size=1, max_size=50))
def test_lateness_within_an_interval_does_not_move_later_ticks(
    fps: int, start: float, lateness: list[float]
) -> None:
    """However late ticks are, as long as it is by less than an interval, tick n is due at start + n/fps."""
    pace = Pace(fps)
    pace.begin(start)
    for n, late in enumerate(lateness):
        due = pace.tick(start + (n + late) / fps)
        assert due == pytest.approx(start + n / fps, abs=1e-6)
    assert (pace.late, pace.skipped, pace.ticks) == (0, 0, len(lateness))


def test_thirty_frames_a_second_are_thirty_after_an_hour() -> None:
    """A period that no float can hold does not add up to a drift."""
    pace = Pace(30)
    pace.begin(1000.1)
    for _ in range(30 * 3600):
        pace.tick(pace.due)
    assert pace.due - 1000.1 == pytest.approx(3600, abs=1e-6)
    assert pace.achieved_fps(pace.due - 1 / 30) == pytest.approx(30, abs=1e-6)


@given(fps_values, st.integers(1, CATCH_UP))
def test_few_missed_ticks_are_made_up_for(fps: int, missed: int) -> None:
    """After a short stall every tick still takes place, one right after the other, and counts as late."""
    pace = Pace(fps)
    pace.begin(0)
    now = (missed + 0.5) / fps
    made_up = 0
    while pace.due <= now:
        pace.tick(now)
        made_up += 1
    assert made_up == missed + 1
    assert pace.late == missed
    assert pace.skipped == 0


@given(fps_values, st.integers(CATCH_UP + 1, 10_000))
def test_many_missed_ticks_are_skipped_and_counted(fps: int, missed: int) -> None:
    """After a long stall one tick takes place, the others count as skipped; the schedule stays as it was."""
    pace = Pace(fps)
    pace.begin(0)
    now = (missed + 0.5) / fps
    pace.tick(now)
    assert pace.due > now
    assert pace.due == pytest.approx((missed + 1) / fps)
    assert (pace.ticks, pace.late, pace.skipped) == (1, 1, missed)


def test_a_halt_is_neither_caught_up_nor_counted() -> None:
    """Time between halt and begin is nobody's: no late ticks, and the frame rate stays what it was."""
    pace = Pace(10)
    pace.begin(0)
    for _ in range(11):
        pace.tick(pace.due)
    pace.halt(1.0)
    pace.begin(500.0)
    for _ in range(11):
        pace.tick(pace.due)
    pace.halt(501.0)
    assert pace.achieved_fps(600.0) == pytest.approx(10)
    assert (pace.late, pace.skipped) == (0, 0)


@given(st.lists(fps_values, min_size=1, max_size=60), st.floats(0, 1e5))
def test_games_begin_soon_and_on_the_grid(rates: list[int], now: float) -> None:
    """Every game begins within an interval and a slot, at a whole slot."""
    grid = Grid()
    for fps in rates:
        at, _ = grid.take(now, fps)
        assert now <= at <= now + 1 / fps + 2 / SLOTS_PER_SECOND
        assert Fraction(at * SLOTS_PER_SECOND).limit_denominator(10**4).denominator == 1


@pytest.mark.parametrize("fps", [10, 15, 30, 60])
def test_games_that_begin_together_are_spread_evenly(fps: int) -> None:
    """With as many games as an interval has slots, each slot has one; places given back are used again."""
    grid = Grid()
    slots = SLOTS_PER_SECOND // fps
    taken = [grid.take(5.0, fps) for _ in range(3 * slots)]
    phases = [round(at * SLOTS_PER_SECOND) % slots for at, _ in taken]
    assert {phases.count(phase) for phase in range(slots)} == {3}
    grid.give_back(taken[0][1])
    assert grid.take(77.7, fps)[1] == taken[0][1]


@given(st.lists(st.tuples(st.integers(0, 5), st.one_of(st.none(), st.floats(0, 100)))))
def test_agenda_gives_each_key_once_when_its_last_time_has_come(
    changes: list[tuple[int, float | None]],
) -> None:
    """The agenda is a dict from keys to times, read in order of time."""
    agenda: Agenda[int] = Agenda()
    model: dict[int, float] = {}
    for key, due in changes:
        if due is None:
            agenda.drop(key)
            model.pop(key, None)
        else:
            agenda.set(key, due)
            model[key] = due
        assert agenda.next_due() == min(model.values(), default=None)
    given_out = []
    while (key := agenda.pop(100)) is not None:
        given_out.append(model.pop(key))
    assert not model
    assert given_out == sorted(given_out)


def test_nothing_is_due_early() -> None:
    """A key is not given out before its time."""
    agenda: Agenda[str] = Agenda()
    agenda.set("a", 10.0)
    assert agenda.pop(9.999) is None
    assert agenda.pop(10.0) == "a"
    assert agenda.pop(11.0) is None
