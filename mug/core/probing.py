"""How far people who wait are from each other, measured between their pages before they are grouped."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

from mug.core.protocol import RuntimeMessage
from mug.core.web.sockets import SocketConnection
from mug.peers import PeerProbe, PeerTransport

PROBE_SECONDS: Final = 4.0
"""How long pages have to find each other."""
REMEMBERED_SECONDS: Final = 600.0
"""For how long two people who are too far from each other are not put together again."""
UNREACHED_SECONDS: Final = 15.0
"""The same for two of whom nothing could be measured: perhaps one of them reloaded the page."""

ConnectionOf = Callable[[str], SocketConnection | None]


@attrs.frozen
class Distance:
    """What is known of a pair: the round trip in milliseconds, infinite if they cannot play."""

    rtt_ms: float
    known_at: float


class Distances:
    """What was measured between participants, and how long ago.

    Args:
        clock: the time in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._known: dict[frozenset[str], Distance] = {}

    def learn(self, one: str, other: str, rtt_ms: float) -> None:
        """Take a measurement, infinite if there was none, and forget what is too old."""
        self._known = {pair: known for pair, known in self._known.items() if self._counts(known)}
        self._known[frozenset((one, other))] = Distance(rtt_ms, self._clock())

    def rtt_ms(self, one: str, other: str) -> float | None:
        """Return the round trip between two participants, None where nothing recent is known."""
        known = self._known.get(frozenset((one, other)))
        return known.rtt_ms if known is not None and self._counts(known) else None

    def far_apart(self, members: Iterable[str], limit_ms: float) -> tuple[str, str] | None:
        """Return two of these who are known to be too far from each other, if there are any."""
        for one, other in itertools.combinations(members, 2):
            known = self.rtt_ms(one, other)
            if known is not None and known > limit_ms:
                return one, other
        return None

    def _counts(self, known: Distance) -> bool:
        longest = REMEMBERED_SECONDS if math.isfinite(known.rtt_ms) else UNREACHED_SECONDS
        return self._clock() - known.known_at <= longest


class Probe:
    """One group whose pages measure how far they are from each other.

    Args:
        probe_id: how pages name it.
        members: the participants.
        transport: what would connect them.
        connection_of: finds their pages.
    """

    def __init__(
        self, probe_id: str, members: Sequence[str], transport: PeerTransport, connection_of: ConnectionOf
    ) -> None:
        self._id = probe_id
        self._members = tuple(members)
        self._connection_of = connection_of
        self._probe: PeerProbe = transport.probe(len(members), self._say)
        for place in range(len(members)):
            offer = {"type": "probe", "transport": transport.name, "offer": dict(self._probe.offer(place))}
            self._say(place, offer)

    def receive(self, participant_id: str, message: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Take what a page says, untrusted; return the answer."""
        if participant_id not in self._members:
            return None
        return self._probe.receive(self._members.index(participant_id), message)

    @property
    def complete(self) -> bool:
        """Whether every pair is known."""
        pairs = len(self._members) * (len(self._members) - 1) // 2
        return len(self._probe.measured()) == pairs

    def close(self) -> dict[tuple[str, str], float]:
        """End it; return the round trip of each pair in milliseconds, infinite where there is no way.

        Pages that do not reach each other play through the server: as far as both are from it together.
        """
        measured = self._probe.measured()
        for place in range(len(self._members)):
            self._say(place, {"type": "probed"})
        found = {}
        for one, other in itertools.combinations(range(len(self._members)), 2):
            pair = self._members[one], self._members[other]
            direct = measured.get((one, other))
            found[pair] = self._through_server(*pair) if direct is None else direct
        return found

    def _through_server(self, one: str, other: str) -> float:
        ways = [self._connection_of(participant_id) for participant_id in (one, other)]
        trips = [math.inf if way is None or way.rtt_ms is None else way.rtt_ms for way in ways]
        return sum(trips)

    def _say(self, place: int, message: Mapping[str, Any]) -> None:
        connection = self._connection_of(self._members[place])
        if connection is not None:
            connection.emit("runtime", RuntimeMessage(self._id, dict(message)))
