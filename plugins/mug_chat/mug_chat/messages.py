"""What people write to each other, and what a script's moderation may say about it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final, Literal

import attrs

Kind = Literal["text", "quick", "emote"]
KINDS: Final[tuple[Kind, ...]] = ("text", "quick", "emote")


@attrs.frozen
class Line:
    """A message as those see it who got it.

    ``seat`` is the agent id of who wrote it, or the place in the waiting room's line; ``name`` what the
    others read before it; ``wall`` when it was delivered, in milliseconds since 1970.
    """

    number: int
    seat: str
    name: str
    kind: Kind
    text: str
    wall: int


@attrs.frozen
class Draft:
    """A message before it is delivered: what moderation decides about.

    Attributes:
        text: what was written, without line breaks and control characters.
        kind: ``"text"``, or one of the scene's own ``"quick"`` messages or ``"emote"``.
        subject_id: who wrote it; empty for a partner that is a program.
        seat: their agent id; in a waiting room their place in the line.
        to: the seats that would get it.
        scene_id: the game's scene.
        game_id: the game; empty in the waiting room.
        episode: the episode that is played or was played last, 0 before the first.
        step: the last step of it that the server knows of.
    """

    text: str
    kind: Kind
    subject_id: str
    seat: str
    to: tuple[str, ...]
    scene_id: str
    game_id: str
    episode: int
    step: int


@attrs.frozen
class Refuse:
    """This message is not delivered, and who wrote it reads the reason."""

    reason: str


@attrs.frozen
class Mute:
    """This message is not delivered, nor is any other of theirs in this game; they read the reason."""

    reason: str


Moderation = Callable[[Draft], "str | Refuse | Mute | None"]
"""Returns the text to deliver, None to drop the message, or why it is not delivered."""


def tidy(text: str) -> str:
    """Return what was written as one line: control characters become spaces, and none are doubled."""
    return " ".join(
        "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text).split()
    )
