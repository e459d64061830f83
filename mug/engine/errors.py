"""Faults of what a researcher supplies: the environment, a policy, a callback."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class EngineFault(Exception):  # noqa: N818 - a fault is what a researcher supplied
    """Something the engine was given does not work.

    ``what`` happened in a plain sentence, ``where`` it happened, and a ``fix`` if one is known. When
    the researcher's own code raised, that exception is the ``__cause__``.
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


class EnvironmentFault(EngineFault):
    """The environment raised, or returned what no environment may return."""


class PolicyFault(EngineFault):
    """A policy raised, cannot be loaded, or does not fit the environment."""


class CallbackFault(EngineFault):
    """A game callback raised, or returned what it may not return."""


def shown(value: object) -> str:
    """A value as an error message shows it: never longer than a line."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else text[:77] + "…"


def listed(items: Iterable[object]) -> str:
    """``'a', 'b'``, or ``none`` for nothing."""
    return ", ".join(map(repr, items)) or "none"


def suggestion(word: str, choices: Iterable[str]) -> str:
    """``did you mean 'x'?``, or nothing when no choice is close to the word."""
    close = difflib.get_close_matches(word, list(choices), n=1)
    return f"did you mean '{close[0]}'?" if close else ""
