"""What a session tells its owner besides requests."""

from __future__ import annotations

from typing import NamedTuple


class Connected(NamedTuple):
    """This peer and ``peer`` have met, and play the same game."""

    peer: int


class Refused(NamedTuple):
    """``peer`` does not play the same game: the session never starts. Each difference is said in words."""

    peer: int
    differences: tuple[str, ...]


class Started(NamedTuple):
    """Everybody is there: frame 0 of this epoch is simulated by the next tick."""

    epoch: int


class Interrupted(NamedTuple):
    """Nothing was heard of ``peer`` for the time of notice."""

    peer: int


class Resumed(NamedTuple):
    """``peer`` is heard again."""

    peer: int


class Returned(NamedTuple):
    """``peer`` is back as a new incarnation."""

    peer: int
    incarnation: int


class Restored(NamedTuple):
    """This peer, which had returned, has its inputs back and plays on."""

    frame: int


class Dropped(NamedTuple):
    """All agree that ``peer`` has left; ``frame`` is the first one of the epoch without its inputs."""

    peer: int
    frame: int
    epoch: int


class Excluded(NamedTuple):
    """This session is over: the others, or a newer incarnation, play on without it, says ``by``."""

    by: int


class Desync(NamedTuple):
    """The confirmed states before ``frame`` differ; said once per peer and epoch."""

    frame: int
    peer: int
    ours: int
    theirs: int
    epoch: int


class Misbehaved(NamedTuple):
    """``peer`` sent what no honest peer sends; said once for each kind of it."""

    peer: int
    what: str


class SyncTestFailed(NamedTuple):
    """The state before ``frame`` came out differently when it was simulated again from a snapshot."""

    frame: int
    first: int
    again: int
    epoch: int


Event = (
    Connected
    | Refused
    | Started
    | Interrupted
    | Resumed
    | Returned
    | Restored
    | Dropped
    | Excluded
    | Desync
    | Misbehaved
    | SyncTestFailed
)
