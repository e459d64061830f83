"""What a session asks of its owner, in the order in which it must be carried out."""

from __future__ import annotations

from typing import NamedTuple

CONFIRMED = 0
"""Status of a seat whose input is known."""
PREDICTED = 1
"""Status of a seat whose input is a guess."""
DISCONNECTED = 2
"""Status of a seat whose peer has left the game; its input is ``b""``."""


class Save(NamedTuple):
    """Keep the state before ``frame`` is simulated; report its checksum if it is wanted."""

    frame: int
    wants_checksum: bool


class Load(NamedTuple):
    """Go back to the state that was saved for ``frame``."""

    frame: int


class Advance(NamedTuple):
    """Simulate ``frame`` with an input and a status per seat; ``final`` ones are never corrected."""

    frame: int
    inputs: tuple[bytes, ...]
    statuses: tuple[int, ...]
    final: bool


class Confirm(NamedTuple):
    """``frame`` is final: the inputs and statuses that it was simulated with for good.

    ``predicted`` are the seats whose inputs were guessed at first, ``depth`` is the number of frames of the
    last rollback that simulated it again, or 0.
    """

    frame: int
    inputs: tuple[bytes, ...]
    statuses: tuple[int, ...]
    predicted: tuple[int, ...]
    depth: int


Request = Save | Load | Advance | Confirm
