"""One player's page among several that play a game together, as the server knows it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable

import attrs

from mug.components import AgentId
from mug.game.policies import Reference
from mug.records import decode
from mug_pyodide.allowance import RecordAllowance


@attrs.define(eq=False)
class SeatPage:
    """The page in one seat; a page that is opened again is another one.

    Attributes:
        peer: the seat's number among those of participants.
        agent_id: the seat.
        connected: whether the core has a connection to it, as far as it said.
        generation: which of the seat's pages is listened to; None before one spoke.
        present: whether it has spoken since it was connected.
        begins: whether it knows where it begins, or has begun.
        ready: whether the game stands in it.
        until: before which record it begins.
        checkpoint: what a page that plays said for it, None if none does.
        asked: whose page was asked for that, when, and how often one was.
        next: before which record it has confirmed all.
        flushed: whether it has nothing more to send.
        taken: the policy that has its seat for good.
        missed: whether its player was away, and it has not been told so.
        divergences: how often its records differed, by episode.
    """

    peer: int
    agent_id: AgentId
    connected: bool
    generation: int | None = None
    present: bool = False
    begins: bool = False
    ready: bool = False
    until: int = 0
    checkpoint: bytes | None = None
    asked: tuple[int, float, int] | None = None
    next: int = 0
    flushed: bool = False
    taken: Reference | None = None
    missed: bool = False
    divergences: dict[int, int] = attrs.field(factory=dict)
    allowance: RecordAllowance = attrs.field(factory=RecordAllowance)
    _timer: asyncio.TimerHandle | None = None

    @property
    def seat(self) -> str:
        """The seat's name in the records."""
        return str(self.agent_id)

    @property
    def plays(self) -> bool:
        """Whether the game is played in it, or waits in it to be played."""
        return self.present and self.ready and self.taken is None

    def forget(self) -> None:
        """Another page takes its place: what this one says does not count any more."""
        self.generation = (self.generation or 0) + 1
        self.begins = self.ready = self.flushed = False
        self.until, self.checkpoint, self.asked = 0, None, None

    def leave(self) -> None:
        """It is gone; it may come back as it was."""
        self.connected = self.present = self.ready = False
        self.stop_waiting()

    def asks(self, other: SeatPage, patience: float) -> int:
        """Take note that another page is asked; return how often, 0 if it was a moment ago."""
        now = time.monotonic()
        peer, since, times = self.asked or (None, 0.0, 0)
        if peer == other.peer and now - since < patience:
            return 0
        self.asked = (other.peer, now, times + 1)
        return times + 1

    def wait(self, seconds: float, too_long: Callable[[SeatPage], None]) -> None:
        """Wait so long for it to be ready."""
        self.stop_waiting()
        self._timer = asyncio.get_running_loop().call_later(seconds, too_long, self)

    def stop_waiting(self) -> None:
        """It is not waited for any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def taken_in(history: Iterable[bytes]) -> dict[str, Reference]:
    """Return the policies that have seats for good where a game's records end, by seat."""
    found: dict[str, Reference] = {}
    for line in history:
        record = decode(line) if b'"takeover"' in line else {}
        if record.get("kind") == "takeover":
            found[str(record["agent"])] = list(record["reference"])
    return found
