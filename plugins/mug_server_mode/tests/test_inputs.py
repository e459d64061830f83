from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mug.game.inputs import QUEUE, Keyboard, SeatInput
from mug.game.spec import Binding, Controls, PointedAction, PointerBinding

UP, LEFT, UP_LEFT, OTHER, POINTED, CONSTANT = range(6)
ACTIONS = ("up", "left", "up-left", "other", PointedAction(lambda x, y: (x, y)), "constant")
CONTROLS = Controls(
    actions=ACTIONS,
    bindings=(
        Binding(("ArrowUp",), UP),
        Binding(("KeyW",), UP),
        Binding(("ArrowLeft",), LEFT),
        Binding(("ArrowUp", "ArrowLeft"), UP_LEFT),
        Binding(("Space",), OTHER),
    ),
    pointer=(PointerBinding("down", POINTED), PointerBinding("move", CONSTANT)),
)


def seat(mode: str = "pressed_keys") -> SeatInput:
    return SeatInput(Keyboard(CONTROLS, mode))


def ticks(inputs: SeatInput, count: int, now: float = 100.0) -> list[Any]:
    taken = [inputs.take(now) for _ in range(count)]
    return [None if one is None else one.action for one in taken]


def press_all(inputs: SeatInput, *indices: int | None) -> None:
    for seq, index in enumerate(indices, start=1):
        inputs.press(index, seq, 0.0)


def test_a_held_action_acts_in_every_tick_until_released() -> None:
    """Held means held."""
    inputs = seat()
    inputs.press(UP, 1, 0)
    assert ticks(inputs, 3) == ["up", "up", "up"]
    inputs.press(None, 2, 0)
    assert ticks(inputs, 2) == [None, None]


@pytest.mark.parametrize(
    ("presses", "expected"),
    [
        ((UP, None), ["up", None]),
        ((UP, None, UP, None), ["up", "up", None]),
        ((UP, None, LEFT), ["up", "left", "left"]),
        ((UP, LEFT, None), ["up", "left", None]),
        ((UP, OTHER), ["up", "other", "other"]),
        ((UP, UP_LEFT), ["up-left", "up-left"]),
        ((UP, UP_LEFT, UP, None), ["up-left", None]),
        ((UP, UP_LEFT, LEFT, None), ["up-left", None]),
        ((UP, UP, UP), ["up", "up"]),
        ((None, None), [None]),
    ],
)
def test_what_happens_between_two_ticks_is_not_lost(
    presses: tuple[int | None, ...], expected: list[str | None]
) -> None:
    """A brief press acts once; the keys with which a chord begins and ends do not act by themselves."""
    inputs = seat()
    press_all(inputs, *presses)
    assert ticks(inputs, len(expected)) == expected


def test_a_tap_during_a_held_key_acts_once() -> None:
    """Tapping a second key of a chord while the first is held gives one step of the chord."""
    inputs = seat()
    inputs.press(UP, 1, 0)
    assert ticks(inputs, 2) == ["up", "up"]
    press_all(inputs, UP_LEFT, UP)
    assert ticks(inputs, 3) == ["up-left", "up", "up"]


def test_releasing_a_chord_key_by_key_does_not_act_again() -> None:
    """When a chord that has acted is let go, its last key does nothing in passing."""
    inputs = seat()
    inputs.press(UP_LEFT, 1, 0)
    assert ticks(inputs, 1) == ["up-left"]
    press_all(inputs, UP, None)
    assert ticks(inputs, 2) == [None, None]


singles = st.sampled_from([UP, LEFT, OTHER])


@given(st.lists(st.one_of(singles, st.none(), st.just("tick")), max_size=40))
def test_every_press_of_a_single_key_acts_in_order(script: list[Any]) -> None:
    """Between ticks and across them: each press is seen by at least one tick, in the order of the presses."""
    inputs = seat()
    pressed: list[str] = []
    seen: list[str] = []
    held: int | None = None
    waiting = 0
    for entry in script:
        if entry == "tick":
            taken = inputs.take(1.0)
            waiting = max(0, waiting - 1)
            if taken is not None:
                seen.append(taken.action)
        elif waiting < QUEUE:
            inputs.press(entry, 1, 0.0)
            if entry is not None and entry != held:
                pressed.append(str(ACTIONS[entry]))
                waiting += 1
            held = entry
    seen += [taken.action for _ in range(QUEUE + 1) if (taken := inputs.take(1.0)) is not None]
    assert _without_repeats(seen) == _without_repeats(pressed)
    assert len(seen) >= len(pressed)


def _without_repeats(names: list[str]) -> list[str]:
    return [name for place, name in enumerate(names) if place == 0 or names[place - 1] != name]


@given(st.lists(st.one_of(st.sampled_from([UP, LEFT, UP_LEFT]), st.just("tick")), max_size=60))
def test_triggered_actions_act_once_each_in_order(script: list[Any]) -> None:
    """KeyDown and KeyUp: one action per tick, first in first out, at most so many waiting."""
    inputs = seat("key_down")
    model: list[str] = []
    dropped = 0
    for entry in script:
        if entry == "tick":
            assert ticks(inputs, 1) == [model.pop(0) if model else None]
        else:
            inputs.trigger(entry, 1, 0.0)
            if len(model) < QUEUE:
                model.append(str(ACTIONS[entry]))
            else:
                dropped += 1
    assert inputs.overflowed == dropped
    assert ticks(inputs, len(model) + 1) == [*model, None]


@given(st.integers(0, 0xFFFF), st.sampled_from(["press", "trigger", "point"]))
def test_nonsense_is_ignored_and_counted(index: int, way: str) -> None:
    """An index outside the table does nothing in any of the ways it can come."""
    index += len(ACTIONS)
    inputs = seat()
    if way == "point":
        inputs.point(index, 1, 0.0, 1.0, 1.0)
    else:
        getattr(inputs, way)(index, 1, 0.0)
    assert ticks(inputs, 1) == [None]
    assert inputs.ignored == 1


@pytest.mark.parametrize("mode", ["key_down", "key_up"])
def test_keys_are_not_held_where_presses_count(mode: str) -> None:
    """A held action in a mode without held actions is ignored; nor does a key stand for the pointer."""
    inputs = seat(mode)
    inputs.press(UP, 1, 0.0)
    inputs.trigger(POINTED, 2, 0.0)
    inputs.trigger(None, 3, 0.0)
    assert ticks(inputs, 1) == [None]
    assert inputs.ignored == 3


def test_a_function_of_the_pointer_gets_the_place() -> None:
    """A press on the picture is the action that the script's function makes of the place."""
    inputs = seat()
    inputs.point(POINTED, 1, 0.0, 3.5, 4.5)
    assert ticks(inputs, 2) == [(3.5, 4.5), None]


def test_movements_do_not_queue_up() -> None:
    """Of several movements in one tick the last counts; a press keeps its place before them."""
    inputs = seat()
    inputs.point(POINTED, 1, 0.0, 1.0, 1.0)
    for seq in range(2, 30):
        inputs.point(CONSTANT, seq, 0.0, 0.0, 0.0)
    assert ticks(inputs, 3) == [(1.0, 1.0), "constant", None]
    assert inputs.overflowed == 0
    assert inputs.ack == 29


def test_ack_names_the_last_input_that_took_effect() -> None:
    """The sequence number follows the ticks, not the arrival."""
    inputs = seat()
    inputs.press(UP, 7, 0.0)
    inputs.press(None, 8, 0.0)
    inputs.press(LEFT, 9, 0.0)
    assert inputs.ack == 0
    inputs.take(1.0)
    assert inputs.ack == 7
    inputs.take(1.0)
    assert inputs.ack == 9


def test_waiting_time_is_told_once() -> None:
    """The tick in which an input first takes effect knows how long it had waited."""
    inputs = seat()
    inputs.press(UP, 1, 10.0)
    first, second = inputs.take(10.25), inputs.take(10.5)
    assert first is not None
    assert second is not None
    assert (first.waited, second.waited) == (0.25, None)


def test_a_new_episode_forgets_taps_but_not_held_keys() -> None:
    """What was triggered for the old episode does not act in the new one."""
    inputs = seat()
    press_all(inputs, OTHER, None, UP)
    inputs.forget()
    assert ticks(inputs, 2) == ["up", "up"]


def test_whoever_is_gone_holds_nothing() -> None:
    """A lost connection releases every key."""
    inputs = seat()
    press_all(inputs, OTHER, None, UP)
    inputs.release()
    assert ticks(inputs, 2) == [None, None]
