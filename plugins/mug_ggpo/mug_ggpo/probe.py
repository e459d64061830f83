"""Finds out, before a group is made, how far the pages of its participants are from each other."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from mug_ggpo.ice import IceSettings
from mug_ggpo.introductions import Introductions
from mug_ggpo.signalling import TakenWay
from mug_ggpo.traffic import Traffic


class WebRtcProbe:
    """Lets the pages of a possible group connect as for a game, and tell how long there and back takes.

    Args:
        size: how many pages there are.
        ice: what they may use to connect.
        traffic: counts what passes through.
        say: says something to a page.
    """

    def __init__(
        self, size: int, ice: IceSettings, traffic: Traffic, say: Callable[[int, Mapping[str, Any]], None]
    ) -> None:
        self._size = size
        self._ice = ice
        self._user = secrets.token_hex(8)
        self._pages = Introductions("a probe", [1] * size, traffic, say, self._take_way)
        self._measured: dict[tuple[int, int], float | None] = {}

    def offer(self, place: int) -> Mapping[str, Any]:
        """Return what a page needs to know to reach the others."""
        return {
            "me": place,
            "incarnations": self._pages.incarnations,
            "ice": self._ice.configuration(f"{self._user}-{place}", time.time()),
        }

    def receive(self, place: int, message: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Pass a signal on, or take a measurement."""
        return self._pages.receive(place, message)

    def measured(self) -> Mapping[tuple[int, int], float | None]:
        """Return the round trips in milliseconds that are known: of two pages' figures, the shorter one."""
        return dict(self._measured)

    def _take_way(self, me: int, taken: TakenWay) -> None:
        pair = (min(me, taken.peer), max(me, taken.peer))
        if taken.way == "relay":
            self._measured.setdefault(pair, None)
        elif taken.rtt is not None:
            known = self._measured.get(pair)
            self._measured[pair] = taken.rtt if known is None else min(known, taken.rtt)
