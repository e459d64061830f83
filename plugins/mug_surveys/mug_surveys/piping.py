"""Texts with answers in them: ``"You are {age} years old."``

A text is parsed once into parts: plain texts, and names as ``{"ref": "age"}``. Braces that stand for
themselves are doubled: ``{{``, ``}}``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from mug_surveys.expressions import NAME, ExpressionError

Parts = list[Any]

_PART = re.compile(rf"\{{\{{|\}}\}}|\{{\s*({NAME})\s*\}}|([{{}}])")


def parse_text(text: str) -> Parts:
    """Return the parts of a text.

    Raises:
        ExpressionError: a brace stands alone.
    """
    parts: Parts = []
    plain = ""
    at = 0
    for found in _PART.finditer(text):
        plain += text[at : found.start()]
        at = found.end()
        if found[2]:
            fix = f"write {found[2] * 2} for a brace, or {{name}} for an answer"
            raise ExpressionError(f"there is a single {found[2]!r} in the text {text[:40]!r}", fix)
        if found[1]:
            parts += [plain, {"ref": found[1]}] if plain else [{"ref": found[1]}]
            plain = ""
        else:
            plain += found[0][0]
    plain += text[at:]
    return [*parts, plain] if plain else parts


def refs_in(parts: Parts) -> Iterator[str]:
    """Yield the names in a text."""
    for part in parts:
        if isinstance(part, dict):
            yield part["ref"]


def filled_in(parts: Parts, shown: Callable[[str], str]) -> str:
    """Return a text with what ``shown`` says for each name."""
    return "".join(shown(part["ref"]) if isinstance(part, dict) else part for part in parts)
