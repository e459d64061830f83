"""The matchmaker ``latency``: who is near to each other plays together."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from mug.components import Matchmaker, Ticket

SERVER_RTT = "rtt_ms"
PEER_RTTS = "p2p_rtt_ms"
LOOKED_AT: Final = 16
"""How many are compared for each place in a group, however many wait."""


class LatencyMatchmaker(Matchmaker):
    """Puts together those whose round trips to each other are short, and asks less of those who wait long.

    What was measured between two pages counts; before that, the way over the server is what two are apart at
    most.

    Args:
        best_ms: a group whose members are no farther from each other is formed at once.
        relax_ms: by how much farther, for each second that its longest waiting member has waited.
    """

    def __init__(self, best_ms: float = 80.0, relax_ms: float = 10.0) -> None:
        if not best_ms >= 0 or not relax_ms >= 0:
            raise ValueError(f"best_ms and relax_ms are 0 or more, got {best_ms} and {relax_ms}")
        self._best_ms = best_ms
        self._relax_ms = relax_ms

    def propose(self, waiting: Sequence[Ticket], size: int, now: float) -> Iterable[Sequence[Ticket]]:
        """Yield the nearest others for each, longest waiting first."""
        left = dict.fromkeys(range(len(waiting)))
        nearest = dict.fromkeys(sorted(left, key=lambda number: _server_rtt(waiting[number])))
        for number, first in enumerate(waiting):
            if number not in left or len(left) < size:
                continue
            group = self._around(number, waiting, nearest, size)
            limit = self._best_ms + self._relax_ms * (now - first.joined_at)
            if farthest([waiting[one] for one in group]) <= limit:
                yield [waiting[one] for one in group]
            else:
                group = [number]
            for one in group:
                del left[one], nearest[one]

    def _around(self, first: int, waiting: Sequence[Ticket], nearest: Iterable[int], size: int) -> list[int]:
        """The group of those nearest to one, of whom some are looked at: the nearest to the server."""
        others = list(itertools.islice((one for one in nearest if one != first), LOOKED_AT + size))
        group = [first]
        while len(group) < size:
            members = [waiting[one] for one in group]
            closest = min(others, key=lambda one: max(apart(waiting[one], member) for member in members))
            others.remove(closest)
            group.append(closest)
        return group


def farthest(group: Iterable[Ticket]) -> float:
    """The longest round trip between two of a group, in milliseconds, as far as is known."""
    return max(itertools.starmap(apart, itertools.combinations(group, 2)), default=0.0)


def apart(one: Ticket, other: Ticket) -> float:
    """The round trip between two, in milliseconds: measured, or over the server; 0 if nothing is known."""
    known = one.facts.get(PEER_RTTS)
    if isinstance(known, Mapping) and other.subject_id in known:
        return float(known[other.subject_id])
    return _server_rtt(one) + _server_rtt(other)


def _server_rtt(ticket: Ticket) -> float:
    rtt = ticket.facts.get(SERVER_RTT)
    return float(rtt) if isinstance(rtt, int | float) else 0.0
