"""What passes through the server on behalf of players' pages, over all games."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

import attrs

from mug_ggpo.signalling import Refused, Way

log = logging.getLogger(__name__)

MOST_REFUSALS: Final = 100


@attrs.define
class Traffic:
    """Counts, for the health page."""

    games: int = 0
    signals: int = 0
    packets: int = 0
    bytes: int = 0
    dropped: int = 0
    ways: dict[Way, int] = attrs.field(factory=lambda: {"direct": 0, "turn": 0, "relay": 0})
    _refusals: set[tuple[str, int]] = attrs.field(factory=set)

    def figures(self) -> Mapping[str, object]:
        """Return them by name."""
        return {
            "games": self.games,
            "signals": self.signals,
            "relayed_packets": self.packets,
            "relayed_bytes": self.bytes,
            "dropped": self.dropped,
            "ways": dict(self.ways),
        }

    def refused(self, by: Refused) -> None:
        """Say once what a STUN or TURN server does not accept: whoever runs the study can put it right."""
        what = (by.url, by.code)
        if what not in self._refusals and len(self._refusals) < MOST_REFUSALS:
            self._refusals.add(what)
            log.warning(
                "%s answers browsers with an error, %d %s: see to the settings of .webrtc()",
                *(by.url, by.code, by.text.rstrip(".")),
            )
