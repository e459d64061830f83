"""Whether a game has begun, and how many of its episodes were played to their end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mug.core.records.events import decode
from mug.core.records.steps import GAME_KINDS

WHOLE: Final = frozenset({"terminated", "truncated", "max_steps"})
"""The reasons for which an episode ends that nobody cut short."""


def has_begun(lines: Iterable[bytes]) -> bool:
    """Return whether any of a game's records tells of play, and not only of what was around it."""
    return any(decode(line).get("kind") in GAME_KINDS for line in lines)


def whole_episodes(lines: Iterable[bytes]) -> int:
    """Return how many of a game's records tell of the end of an episode that was not cut short."""
    ends = (decode(line) for line in lines if b'"episode_end"' in line)
    return sum(end.get("kind") == "episode_end" and end.get("reason") in WHOLE for end in ends)
