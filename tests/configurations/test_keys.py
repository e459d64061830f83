"""Keys are bound by their place on the keyboard."""

from __future__ import annotations

import string

import pytest

from mug.configurations.keys import bind, chords_of, codes_of, label_of
from mug.configurations.settings import WrongValue


@pytest.mark.parametrize(
    ("key", "codes"),
    [
        ("w", ("KeyW",)),
        ("W", ("KeyW",)),
        ("KeyW", ("KeyW",)),
        ("ArrowUp", ("ArrowUp",)),
        (" ", ("Space",)),
        ("Space", ("Space",)),
        ("Enter", ("Enter", "NumpadEnter")),
        ("Shift", ("ShiftLeft", "ShiftRight")),
        ("ShiftLeft", ("ShiftLeft",)),
        ("1", ("Digit1", "Numpad1")),
        ("Numpad1", ("Numpad1",)),
        ("/", ("Slash",)),
        ("F5", ("F5",)),
    ],
)
def test_names_stand_for_physical_keys(key: str, codes: tuple[str, ...]) -> None:
    """What a key types, its name and its code are three names of one place."""
    assert codes_of(key) == codes


def test_every_letter_and_digit_has_a_key() -> None:
    """No letter or digit is forgotten, and no two letters share a key."""
    first = [codes_of(key)[0] for key in string.ascii_lowercase + string.digits]
    assert len(set(first)) == 36


@pytest.mark.parametrize(
    ("key", "fix"),
    [
        ("up", "did you mean 'ArrowUp'?"),
        ("Spacebar", "did you mean 'Space'?"),
        ("arrowleft", "did you mean 'ArrowLeft'?"),
        ("ctrl", "did you mean 'Control'?"),
        ("", "did you mean ' '?"),
        ("?", "the key that types '?' with Shift is named by what it types without, e.g. '/' for '?'"),
        (3, "write the key's name as a text, a combination as a tuple of texts"),
    ],
)
def test_unknown_keys_suggest_a_known_one(key: object, fix: str) -> None:
    """Names that people write by mistake lead to the right one."""
    with pytest.raises(WrongValue, match="no key is called") as wrong:
        codes_of(key)
    assert wrong.value.fix == fix


def test_a_combination_is_its_keys_in_any_order() -> None:
    """Two keys held together are one chord, however the tuple is ordered."""
    assert (
        chords_of(("ArrowUp", "ArrowLeft"))
        == chords_of(("ArrowLeft", "ArrowUp"))
        == [("ArrowLeft", "ArrowUp")]
    )


def test_a_combination_with_either_shift_has_two_chords() -> None:
    """A key with two places makes a chord for each."""
    assert chords_of(("Shift", "a")) == [("KeyA", "ShiftLeft"), ("KeyA", "ShiftRight")]


@pytest.mark.parametrize("key", [(), ("w", "w"), ("w", "KeyW"), ("w", "up")])
def test_combinations_that_make_no_sense_are_refused(key: tuple[str, ...]) -> None:
    """An empty combination, a key twice, and an unknown key."""
    with pytest.raises(WrongValue):
        chords_of(key)


@pytest.mark.parametrize("keys", [("w", "W"), (" ", "Space"), (("a", "b"), ("b", "a")), ("1", "Digit1")])
def test_one_key_under_two_names_is_refused(keys: tuple[object, ...]) -> None:
    """A key can only be one action."""
    with pytest.raises(WrongValue, match="one key"):
        bind(keys)


def test_a_named_place_wins_over_a_second_place() -> None:
    """``"1"`` is also the keypad's 1, unless that is bound by itself, in whichever order."""
    for keys in (("1", "Numpad1"), ("Numpad1", "1")):
        assert bind(keys) == {("Digit1",): "1", ("Numpad1",): "Numpad1"}
    assert bind(["1"]) == {("Digit1",): "1", ("Numpad1",): "1"}


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("ArrowUp", "↑"),
        (" ", "Space"),
        ("w", "W"),
        ("KeyW", "W"),
        ("Digit1", "1"),
        (("Shift", "w"), "Shift+W"),
    ],
)
def test_buttons_are_labelled_by_their_key(key: object, label: str) -> None:
    """A button made for a key says which."""
    assert label_of(key) == label
