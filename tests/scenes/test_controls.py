"""From key names to physical keys, pointer events and buttons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mug.configurations.settings import WrongValue
from mug.game.spec import Binding, Button, PointedAction, PointerBinding
from mug.scenes.controls import controls_of, is_by_agent, mapping_for


def test_keys_with_one_action_share_an_index() -> None:
    """Two keys for one action are one action to the game; different actions are different."""
    controls = controls_of({"w": 0, "ArrowUp": 0, "s": 2, ("w", "s"): 5}, {}, None)
    assert controls.actions == (0, 2, 5)
    assert controls.bindings == (
        Binding(("KeyW",), 0),
        Binding(("ArrowUp",), 0),
        Binding(("KeyS",), 1),
        Binding(("KeyS", "KeyW"), 2),
    )


def test_actions_of_different_types_stay_apart() -> None:
    """1, 1.0 and True are equal in Python and different actions; arrays are compared by identity."""
    array = np.array([1.0, 0.0])
    mapping = {
        "a": 1,
        "b": 1.0,
        "c": True,
        "d": array,
        "e": array,
        "f": np.array([1.0, 0.0]),
        "g": [1.0, 0.0],
    }
    assert [binding.action for binding in controls_of(mapping, {}, None).bindings] == [0, 1, 2, 3, 3, 4, 5]


def test_a_key_with_two_places_is_bound_at_both() -> None:
    """Either Shift, either Enter, either 1."""
    controls = controls_of({"Shift": 1}, {}, None)
    assert [binding.codes for binding in controls.bindings] == [("ShiftLeft",), ("ShiftRight",)]


def test_the_pointer_is_an_action_or_a_function_of_the_place() -> None:
    """A constant is an action like a key's; a function is called with surface pixels."""
    controls = controls_of(
        {"w": 3}, {"down": lambda x, y: int(x // 10) + 100 * int(y // 10), "move": 3}, None
    )
    assert controls.pointer == (PointerBinding("down", 1), PointerBinding("move", 0))
    assert isinstance(controls.actions[1], PointedAction)
    assert controls.action(1, 25.0, 31.0) == 302
    assert controls.action(0, 25.0, 31.0) == 3


@pytest.mark.parametrize("index", [-1, 2, 0xFFFF])
def test_indices_are_not_trusted(index: int) -> None:
    """An index that the table does not have is refused, and never counts from the end."""
    with pytest.raises(IndexError):
        controls_of({"w": 1, "s": 2}, {}, None).action(index)


def test_there_is_a_button_for_each_key_unless_the_script_says_which() -> None:
    """Made buttons are labelled by their key; given ones are in their order."""
    assert [button.label for button in controls_of({"ArrowUp": 0, "w": 1}, {}, None).buttons] == ["↑", "W"]
    given: Any = {"Jump": " ", "Left": "ArrowLeft", "Nowhere": "q"}
    controls = controls_of({"ArrowLeft": 1, " ": 0}, {}, given)
    assert controls.buttons == (Button("Jump", ("Space",)), Button("Left", ("ArrowLeft",)))


@pytest.mark.parametrize("mapping", [{"up": 1}, {"w": 0, "W": 1}, {(): 1}])
def test_mappings_that_make_no_sense_are_refused(mapping: Any) -> None:
    """Unknown keys and keys bound twice."""
    with pytest.raises(WrongValue):
        controls_of(mapping, {}, None)


def test_a_mapping_can_be_by_agent() -> None:
    """Keys by agent are told from keys whose actions are dicts."""
    by_agent = {"player_0": {"w": 1}, "player_1": {"s": 2}}
    assert is_by_agent(by_agent, ["player_0", "player_1"])
    assert mapping_for(by_agent, "player_1", ["player_0", "player_1"]) == {"s": 2}
    assert mapping_for({"player_0": {"w": 1}}, "player_1", ["player_0", "player_1"]) == {}
    actions = {"w": {"move": 1}, "s": {"move": 2}}
    assert not is_by_agent(actions, ["player_0", "player_1"])
    assert mapping_for(actions, "player_0", ["player_0"]) == actions
