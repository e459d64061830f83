"""The keys that scripts name, as the physical keys that browsers report.

A key is bound by its place on the keyboard (``KeyboardEvent.code``), named as on a US keyboard, so that
neither the participant's layout nor Shift changes which action it is.
"""

from __future__ import annotations

import itertools
import string
from collections.abc import Iterable, Mapping
from typing import Final

from mug.configurations.settings import WrongValue, shown
from mug.errors import did_you_mean

_PUNCTUATION: Final = {
    "-": "Minus",
    "=": "Equal",
    "[": "BracketLeft",
    "]": "BracketRight",
    "\\": "Backslash",
    ";": "Semicolon",
    "'": "Quote",
    "`": "Backquote",
    ",": "Comma",
    ".": "Period",
    "/": "Slash",
}
_BOTH_SIDES: Final = ("Shift", "Control", "Alt", "Meta")
_NAMED: Final = (
    *("ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"),
    *("Tab", "Escape", "Backspace", "Delete", "Insert", "Home", "End", "PageUp", "PageDown", "CapsLock"),
    *(f"F{number}" for number in range(1, 13)),
)
_NUMPAD: Final = (
    "NumpadAdd",
    "NumpadSubtract",
    "NumpadMultiply",
    "NumpadDivide",
    "NumpadDecimal",
    "NumpadEnter",
)

_BY_NAME: Final[Mapping[str, tuple[str, ...]]] = {
    **{letter: (f"Key{letter.upper()}",) for letter in string.ascii_lowercase},
    **{letter: (f"Key{letter}",) for letter in string.ascii_uppercase},
    **{digit: (f"Digit{digit}", f"Numpad{digit}") for digit in string.digits},
    **{sign: (code,) for sign, code in _PUNCTUATION.items()},
    **{name: (f"{name}Left", f"{name}Right") for name in _BOTH_SIDES},
    **{name: (name,) for name in _NAMED},
    "Enter": ("Enter", "NumpadEnter"),
    " ": ("Space",),
}
_CODES: Final = frozenset(
    {code for codes in _BY_NAME.values() for code in codes} | set(_NUMPAD) | {"IntlBackslash", "ContextMenu"}
)
_OFTEN_MEANT: Final = {
    "up": "ArrowUp",
    "down": "ArrowDown",
    "left": "ArrowLeft",
    "right": "ArrowRight",
    "space": "Space",
    "spacebar": "Space",
    "esc": "Escape",
    "return": "Enter",
    "ctrl": "Control",
    "": " ",
}
_LABELS: Final = {
    "ArrowUp": "↑",
    "ArrowDown": "↓",
    "ArrowLeft": "←",
    "ArrowRight": "→",
    " ": "Space",
}

Chord = tuple[str, ...]
"""Physical keys that are held together, in alphabetical order."""


def codes_of(key: object) -> tuple[str, ...]:
    """Return the physical keys that a name stands for: ``"1"`` is one in the top row and one on the keypad.

    Raises:
        WrongValue: no key has this name.
    """
    if isinstance(key, str):
        if key in _BY_NAME:
            return _BY_NAME[key]
        if key in _CODES:
            return (key,)
    raise WrongValue(f"no key is called {shown(key)}", fix=_suggestion(key))


def chords_of(key: object) -> list[Chord]:
    """Return the chords that a key, or a tuple of keys held together, stands for; the plainest first.

    Raises:
        WrongValue: an unknown key, an empty tuple, or one key twice in a tuple.
    """
    keys = key if isinstance(key, tuple) else (key,)
    alternatives = [codes_of(single) for single in keys]
    if not alternatives:
        raise WrongValue("a combination of keys needs at least one key")
    named = [codes[0] for codes in alternatives]
    if len(set(named)) < len(named):
        raise WrongValue(f"the combination {shown(key)} names one key twice")
    return [tuple(sorted(chord)) for chord in itertools.product(*alternatives)]


def bind(keys: Iterable[object]) -> dict[Chord, object]:
    """Return which of the given keys each chord belongs to.

    A key with several places (``"1"``, ``"Shift"``) leaves a place to a key that names it exactly.

    Raises:
        WrongValue: an unknown key, or two names of one key.
    """
    chords_by_key = {key: chords_of(key) for key in keys}
    bound: dict[Chord, object] = {}
    for key, chords in chords_by_key.items():
        if chords[0] in bound:
            raise WrongValue(
                f"{shown(bound[chords[0]])} and {shown(key)} are one key, by its place on the keyboard",
                fix="keep one of the two",
            )
        bound[chords[0]] = key
    for key, chords in chords_by_key.items():
        for chord in chords[1:]:
            bound.setdefault(chord, key)
    return bound


def label_of(key: object) -> str:
    """Return a short label for a button that stands for a key or a chord."""
    if isinstance(key, tuple):
        return "+".join(label_of(single) for single in key)
    text = str(key)
    if text in _CODES and text.startswith(("Key", "Digit")):
        text = text.removeprefix("Key").removeprefix("Digit")
    return _LABELS.get(text, text.upper() if len(text) == 1 else text)


def _suggestion(key: object) -> str:
    if not isinstance(key, str):
        return "write the key's name as a text, a combination as a tuple of texts"
    meant = _OFTEN_MEANT.get(key.strip().lower())
    if meant is not None:
        return f"did you mean {meant!r}?"
    if len(key) == 1:
        return f"the key that types {key!r} with Shift is named by what it types without, e.g. '/' for '?'"
    return did_you_mean(key, [*_BY_NAME, *_CODES])
