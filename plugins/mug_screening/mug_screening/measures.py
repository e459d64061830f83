"""How attentive somebody was in an episode, and when they have to be warned: arithmetic without a clock."""

from __future__ import annotations

import statistics
from typing import Any, Final, Literal

import attrs

from mug.facts import Presence

ACTIVE: Final = ("human", "callback")
"""Where a participant's actions come from. One that a callback changed may have been theirs."""


@attrs.frozen
class Limits:
    """What is too much; None is no limit. Shares are from 0 to 1 and too much when reached."""

    inactive: float | None = 0.975
    away: float | None = 0.9
    rtt_ms: float | None = None


@attrs.frozen
class Measures:
    """How somebody took part in one episode.

    Attributes:
        steps: the steps of the episode.
        inactive_steps: those in which no action came from them.
        inactive: the same as a share of the steps.
        seconds: how long the episode took, pauses included.
        away_seconds: how long their page was hidden, or not connected.
        away: the same as a share of the time.
        rtt_ms: the median round trip to the server over the time, in milliseconds; None if none was measured.
        max_rtt_ms: the longest one.
        whole: whether the episode was watched from its first step; it is not when the server was restarted.
    """

    steps: int
    inactive_steps: int
    inactive: float
    seconds: float
    away_seconds: float
    away: float
    rtt_ms: float | None
    max_rtt_ms: float | None
    whole: bool

    def exceeded(self, limits: Limits) -> list[str]:
        """Return which limits are exceeded: ``inactive``, ``away``, ``latency``."""
        found = []
        if limits.inactive is not None and self.steps and self.inactive >= limits.inactive:
            found.append("inactive")
        if limits.away is not None and self.seconds > 0 and self.away >= limits.away:
            found.append("away")
        if limits.rtt_ms is not None and self.rtt_ms is not None and self.rtt_ms > limits.rtt_ms:
            found.append("latency")
        return found

    def values(self) -> dict[str, Any]:
        """Return them as they stand in the data."""
        return {
            name: round(value, 4) if isinstance(value, float) else value
            for name, value in attrs.asdict(self).items()
        }


@attrs.define
class Account:
    """Counts one participant's episode. ``whole`` is whether it is counted from its beginning."""

    whole: bool = True
    steps: int = 0
    inactive_steps: int = 0
    seconds: float = 0.0
    away_seconds: float = 0.0
    away_since: float = 0.0
    """For how many seconds they have been away without a break."""
    idle_frames: int = 0
    """For how many frames of the game no action has come from them."""
    replaced: bool = False
    """Whether a policy has their seat, so that they can do nothing."""
    _frame: int | None = None
    _round_trips: list[float] = attrs.field(factory=list)

    def following(self, *, whole: bool) -> Account:
        """Return an account of the next episode: who was idle or away still is."""
        return Account(
            whole, away_since=self.away_since, idle_frames=self.idle_frames, replaced=self.replaced
        )

    def step(self, frame: int, source: str) -> None:
        """Count a step; ``source`` says where the action came from, as in the data."""
        passed = 1 if self._frame is None else max(0, frame - self._frame)
        self._frame = frame
        self.steps += 1
        self.replaced = source == "policy"
        if source in ACTIVE:
            self.idle_frames = 0
        else:
            self.inactive_steps += 1
            self.idle_frames += passed

    def passes(self, seconds: float, presence: Presence) -> None:
        """Count time in which somebody was present, or not, in this way."""
        self.seconds += seconds
        if presence.connected and presence.visible:
            self.away_since = 0.0
        else:
            self.away_seconds += seconds
            self.away_since += seconds
        if presence.connected and presence.rtt_ms is not None:
            self._round_trips.append(presence.rtt_ms)

    def measures(self) -> Measures:
        """Return what is counted so far."""
        return Measures(
            self.steps,
            self.inactive_steps,
            self.inactive_steps / self.steps if self.steps else 0.0,
            self.seconds,
            self.away_seconds,
            self.away_seconds / self.seconds if self.seconds else 0.0,
            statistics.median(self._round_trips) if self._round_trips else None,
            max(self._round_trips, default=None),
            self.whole,
        )


@attrs.define
class Alarm:
    """One kind of trouble with somebody: a warning, some grace, and then it is too late.

    When the trouble ends in time, the alarm is ready for the next one.
    """

    grace: float
    _warned: float | None = None
    _over: bool = False

    def look(
        self, trouble: bool, now: float, known: float | None = None
    ) -> Literal["warned", "recovered", "expired"] | None:
        """Say what just happened, None for nothing new.

        Args:
            trouble: whether there is trouble, as far as that is known.
            now: the time, in seconds.
            known: until when that is known, if not until now: it is not too late before it is known to be.
        """
        if self._over:
            return None
        if self._warned is None:
            if trouble:
                self._warned = now
                return "warned"
            return None
        if not trouble:
            self._warned = None
            return "recovered"
        if (now if known is None else known) - self._warned >= self.grace:
            self._over = True
            return "expired"
        return None
