"""The one way in which anything happens: an event is stored, then applied, then observed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator

from mug.components import Store
from mug.core.records.events import MalformedRecord, decode, encode
from mug.core.state import Event, State

log = logging.getLogger(__name__)

EVENTS = "events"
IDENTITIES = "identities"


def now_ms() -> int:
    """Return the wall clock in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


class Journal:
    """Writes events to the store and folds them into the state.

    ``changed`` is called with the subject id of everybody whose data has become more, ``observe`` with each
    event.
    """

    def __init__(
        self,
        store: Store,
        state: State,
        changed: Callable[[str], None],
        observe: Callable[[Event], None] | None,
    ) -> None:
        self._store = store
        self._state = state
        self._changed = changed
        self._observe = observe

    def load(self) -> int:
        """Apply everything that is stored; return how many events that was.

        What a failing disk has damaged is passed over, and so is what makes no sense without it.
        """
        for record in self._stored(IDENTITIES):
            self._take(record, self._state.identify)
        return sum(self._take(event, self._state.apply) for event in self._stored(EVENTS))

    def observed(self, what: str) -> list[Event]:
        """Return the stored observations of this name, in order.

        Raises:
            StoreError: the records cannot be read.
        """
        observations = (event for event in self._stored(EVENTS) if event.get("kind") == "observed")
        return [event for event in observations if event.get("what") == what]

    def _stored(self, stream: str) -> Iterator[Event]:
        for line in self._store.read(stream):
            try:
                yield decode(line)
            except MalformedRecord as error:
                log.error("the journal's stream '%s' is damaged: %s; %.80r", stream, error, line)

    def _take(self, record: Event, take: Callable[[Event], None]) -> bool:
        try:
            take(record)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            log.error("a stored record makes no sense (%s: %s): %.200r", type(error).__name__, error, record)
            return False
        return True

    def identify(self, participant: str, **names: object) -> None:
        """Store what others call a participant: apart from the data, and no plugin observes it.

        Raises:
            StoreError: nothing was stored and nothing has changed.
        """
        record: Event = {"kind": "identity", "wall": now_ms(), "participant": participant} | names
        self._store.append(IDENTITIES, [encode(record)])
        self._state.identify(record)

    def write(self, *events: Event) -> None:
        """Store these events together, then apply them.

        Raises:
            StoreError: nothing was stored and nothing has changed.
        """
        wall = now_ms()
        stamped = [{"kind": event["kind"], "wall": wall} | event for event in events]
        self._store.append(EVENTS, [encode(event) for event in stamped])
        for event in stamped:
            self._state.apply(event)
            participant = self._state.participants.get(event.get("participant", ""))
            if participant is not None and event["kind"] != "draft":
                self._changed(participant.subject_id)
            if self._observe is not None:
                self._observe(event)
