"""Amounts of money: decimal, to the cent, and never a float."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

CENT: Final = Decimal("0.01")
SYMBOLS: Final = {"GBP": "£", "USD": "$", "EUR": "€"}
_AMOUNT = re.compile(r"\d{1,6}(\.\d{1,6})?")


def amount(value: object) -> Decimal | None:
    """Return the amount that a script or a file gives, None when it is none.

    It may be an int, a text such as ``"0.05"``, or a float, which counts as it is printed.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    text = str(value).strip()
    return Decimal(text) if _AMOUNT.fullmatch(text) else None


def to_cents(value: Decimal) -> Decimal:
    """Return an amount rounded to the cent, halves upwards."""
    return value.quantize(CENT, ROUND_HALF_UP)


def shown(value: Decimal, currency: str) -> str:
    """Return an amount as participants read it."""
    symbol = SYMBOLS.get(currency)
    return f"{symbol}{to_cents(value)}" if symbol else f"{to_cents(value)} {currency}"
