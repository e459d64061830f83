"""What answers are to expressions: equal, true, in order, and as text.

``client/src/values.ts`` says the same for the page; ``tests/examples.json`` holds both to it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

LARGEST_SHOWN = 1e15
"""Numbers beyond this are not written out."""
_SIX_PLACES = Decimal("0.000001")


def number_in(value: object) -> float | None:
    """Return a value that is a number, None for everything else; truth values are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def same(one: object, other: object) -> bool:
    """Whether two values are equal: numbers by their amount, lists and objects by what is in them."""
    first, second = number_in(one), number_in(other)
    if first is not None or second is not None:
        return first == second
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(part, other[key]) for key, part in one.items())
    return type(one) is type(other) and one == other


def truth(value: object) -> bool:
    """Whether a value counts as true: not null, false, zero, or empty."""
    return bool(value)


def less(one: object, other: object) -> bool:
    """Whether one value comes before another: of two numbers, or of two texts by their characters' codes."""
    first, second = number_in(one), number_in(other)
    if first is not None and second is not None:
        return first < second
    return isinstance(one, str) and isinstance(other, str) and one < other


def within(part: object, whole: object) -> bool:
    """Whether a value is in a list, or a text in a text."""
    if isinstance(whole, list | tuple):
        return any(same(part, item) for item in whole)
    return isinstance(part, str) and isinstance(whole, str) and part in whole


def as_text(value: object, yes: str, no: str) -> str:
    """Return a value as participants read it; nothing and objects are empty."""
    if isinstance(value, bool):
        return yes if value else no
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return ", ".join(as_text(item, yes, no) for item in value)
    number = number_in(value)
    return "" if number is None else number_text(number)


def number_text(number: float) -> str:
    """Return a number with at most six decimal places and no superfluous ones."""
    if abs(number) > LARGEST_SHOWN:
        return ""
    text = f"{Decimal(number).quantize(_SIX_PLACES, ROUND_HALF_UP):f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
