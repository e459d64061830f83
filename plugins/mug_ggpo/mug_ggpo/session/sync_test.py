"""A session of one process that rolls back every frame, to find what a snapshot does not hold."""

from __future__ import annotations

from mug_ggpo.session.events import Event, Started, SyncTestFailed
from mug_ggpo.session.requests import CONFIRMED, Advance, Confirm, Load, Request, Save


class SyncTestSession:
    """Simulates each frame, simulates the last ``check_distance`` ones again, and compares checksums.

    Requests are carried out as those of :class:`Session`; all seats are local, and every saved state's
    checksum is wanted. :class:`SyncTestFailed` names the first frame before which the state was not what it
    had been.
    """

    def __init__(self, seats: int, check_distance: int) -> None:
        if check_distance < 1:
            raise ValueError(f"check_distance is {check_distance}: 1 or more")
        self.epoch = 0
        self._distance = check_distance
        self._inputs = [b""] * seats
        self._statuses = (CONFIRMED,) * seats
        self._events: list[Event] = [Started(0)]
        self._begin()

    def _begin(self) -> None:
        self.frame = 0
        self.confirmed_frame = -1
        self._held: int | None = None
        self._used: dict[int, tuple[bytes, ...]] = {}
        self._first: dict[int, int] = {}
        self._failed = False

    @property
    def oldest_needed(self) -> int:
        """The first frame whose saved state may still be loaded."""
        return self.confirmed_frame + 1

    def set_input(self, seat: int, data: bytes) -> None:
        """The input of a seat for the next tick."""
        self._inputs[seat] = data

    def hold(self, frame: int) -> None:
        """The episode ended in ``frame``."""
        self._held = frame
        self.frame = frame + 1

    def begin_epoch(self, number: int, now: float) -> None:
        """Begin the next episode."""
        self.epoch = number
        self._begin()
        self._events.append(Started(number))

    def checksum(self, frame: int, value: int) -> None:
        """The checksum of the state before ``frame``, as it is now."""
        before = self._first.setdefault(frame, value)
        if before != value and not self._failed:
            self._failed = True
            self._events.append(SyncTestFailed(frame, before, value, self.epoch))

    def take_events(self) -> list[Event]:
        """What happened since the last call."""
        events, self._events = self._events, []
        return events

    def tick(self, now: float) -> list[Request]:
        """Simulate one frame, and the last ones again; when the episode has ended, what is left of it."""
        requests: list[Request] = []
        if self._held is None:
            self._advance(requests)
            final = self.frame - self._distance
        else:
            final = self._held
        if self.confirmed_frame < final:
            self._again(final, requests)
        return requests

    def _advance(self, requests: list[Request]) -> None:
        frame = self.frame
        self._used[frame] = tuple(self._inputs)
        self._inputs = [b""] * len(self._inputs)
        if not frame:
            requests.append(Save(0, True))
        requests.append(Advance(frame, self._used[frame], self._statuses, False))
        requests.append(Save(frame + 1, True))
        self.frame = frame + 1

    def _again(self, final: int, requests: list[Request]) -> None:
        """Simulate again what is not confirmed, for the last time up to ``final``."""
        start, stop = self.confirmed_frame + 1, self.frame
        requests.append(Load(start))
        for frame in range(start, stop):
            inputs = self._used[frame]
            requests.append(Advance(frame, inputs, self._statuses, frame <= final))
            if frame <= final:
                requests.append(Confirm(frame, inputs, self._statuses, (), stop - start))
                del self._used[frame]
                self._first.pop(frame, None)
            requests.append(Save(frame + 1, True))
        self.confirmed_frame = final
