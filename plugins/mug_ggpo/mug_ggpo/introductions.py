"""Introduces pages to each other: passes on what each says to another one so that they can connect."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from mug_ggpo.allowance import Allowance
from mug_ggpo.signalling import Here, Refused, Signal, TakenWay, may_say, parse
from mug_ggpo.traffic import Traffic

log = logging.getLogger(__name__)

MESSAGES_PER_SECOND, MOST_MESSAGES = 50.0, 1000.0
"""A page connects to seven others, with twenty addresses to each."""


@attrs.define(eq=False)
class _Page:
    incarnation: int
    here: bool = False
    suspected: bool = False
    messages: Allowance = attrs.field(factory=lambda: Allowance(MESSAGES_PER_SECOND, MOST_MESSAGES))


class Introductions:
    """The pages of one group, by number.

    Args:
        name: what logs call the group.
        incarnations: how often each page has begun.
        traffic: counts what passes through.
        say: says something to a page.
        way: takes note of a way that a page says its packets take.
    """

    def __init__(
        self,
        name: str,
        incarnations: Sequence[int],
        traffic: Traffic,
        say: Callable[[int, Mapping[str, Any]], None],
        way: Callable[[int, TakenWay], None],
    ) -> None:
        self._name = name
        self._pages = [_Page(incarnation) for incarnation in incarnations]
        self._traffic = traffic
        self._say = say
        self._way = way

    @property
    def incarnations(self) -> list[int]:
        """How often each page has begun."""
        return [page.incarnation for page in self._pages]

    def begin(self, me: int) -> int:
        """Count a page that begins, and of which the others hear when it is here; return how often it has."""
        self._pages[me].incarnation += 1
        self.gone(me)
        return self._pages[me].incarnation

    def gone(self, me: int) -> None:
        """Nothing reaches this page until it says that it is here."""
        self._pages[me].here = False

    def receive(self, me: int, message: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Take what a page says, untrusted; None while it says too much, and has to say it again."""
        if not self._pages[me].messages.take():
            return None
        match parse(message):
            case None:
                self.suspect(me, "something that no page of ours says")
            case Here(mine=mine):
                return self._welcome(me, mine)
            case Refused() as refused:
                self._traffic.refused(refused)
            case TakenWay() as taken if self.is_other(me, taken.peer):
                self._way(me, taken)
            case TakenWay() as taken:
                self.suspect(me, f"a way to peer {taken.peer}")
            case signal:
                self._pass_on(me, signal)
        return {}

    def is_other(self, me: int, peer: int) -> bool:
        """Whether there is such a page, and another one than this."""
        return peer != me and peer < len(self._pages)

    def suspect(self, me: int, what: str) -> None:
        """A page does what pages of ours do not do; it is said once."""
        self._traffic.dropped += 1
        if not self._pages[me].suspected:
            self._pages[me].suspected = True
            log.warning("%s, peer %d: the page sent %s", self._name, me, what)

    def _welcome(self, me: int, incarnation: int) -> Mapping[str, Any]:
        """Tell a page which others are here, and them of it."""
        page = self._pages[me]
        if incarnation != page.incarnation:
            return {}
        if not page.here:
            page.here = True
            for peer, other in enumerate(self._pages):
                if peer != me and other.here:
                    self._say(peer, {"type": "began", "peer": me, "incarnation": incarnation})
        return {"incarnations": [other.incarnation if other.here else 0 for other in self._pages]}

    def _pass_on(self, me: int, signal: Signal) -> None:
        if not self.is_other(me, signal.to) or not may_say(signal, me):
            self.suspect(me, f"{type(signal).__name__.lower()} for peer {signal.to}")
        elif (signal.mine, signal.theirs) == (
            self._pages[me].incarnation,
            self._pages[signal.to].incarnation,
        ):
            self._traffic.signals += 1
            self._say(signal.to, signal.passed_on(me))
