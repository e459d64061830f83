"""What goes wrong while drawing, said to the researcher who wrote the drawing code."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SurfaceError(ValueError):
    """A drawing call that cannot be drawn.

    ``what`` is wrong, ``where`` it is (for example ``surface.circle(color=)``), and a ``fix``.
    """

    def __init__(self, what: str, where: str = "", fix: str = "") -> None:
        super().__init__(what, where, fix)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"in:  {self.where}")
        if self.fix:
            lines.append(f"fix: {self.fix}")
        return "\n".join(lines)


def suggestion(word: str, choices: Iterable[str]) -> str:
    """``did you mean 'color'?``, or nothing when no choice is close to the word."""
    close = difflib.get_close_matches(word.lower(), list(choices), n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else ""


def shown(value: object) -> str:
    """A value as an error message shows it: never longer than a line."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
