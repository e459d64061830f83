"""What is known of the way to one peer: who it is, which packets came and when, how far ahead it is."""

from __future__ import annotations

from mug_ggpo.session.packets import Play
from mug_ggpo.session.stats import PeerStats

_WINDOW = 128
_SEEN_MASK = (1 << _WINDOW) - 1
_SMOOTHING = 0.125
_LAG_SMOOTHING = 0.08
_MAX_LAG = 200
"""Frames; more is no honest figure."""
_ROUNDING = 0.002
"""Seconds: times are sent in whole milliseconds."""


class Link:
    """One peer as this one sees it. It is told what comes and goes, and decides nothing."""

    __slots__ = (
        "_hello_at",
        "_latest",
        "_seen",
        "_sent_at",
        "ahead",
        "bytes_received",
        "bytes_sent",
        "complaints",
        "desynced",
        "guess",
        "heard_at",
        "held_back",
        "incarnation",
        "interrupted",
        "jitter",
        "keys",
        "knows_me",
        "lacking",
        "lag",
        "newest_at",
        "next_seq",
        "pace",
        "packets_received",
        "packets_sent",
        "refused",
        "remote_lag",
        "replayed",
        "returning",
        "rtt",
        "sent_last",
        "suspended",
        "window",
    )

    def __init__(self) -> None:
        self.incarnation = 0
        """0 until it has been met."""
        self.refused = False
        self.window = 0
        self.keys: tuple[int, int] | None = None
        self.suspended = False
        self.interrupted = False
        self.lacking = False
        """It has sent inputs after a hole: it does not have those in the hole any more, but others do."""
        self.complaints: set[str] = set()
        self.heard_at: float | None = None
        self.held_back = 0
        self.replayed = 0
        self.packets_sent = self.bytes_sent = self.packets_received = self.bytes_received = 0
        self._begin()

    def _begin(self) -> None:
        """Forget what was true of the last incarnation only."""
        self.ahead = False
        """It waits at the barrier of the next epoch."""
        self.knows_me = False
        self.returning = False
        self.desynced = False
        self.sent_last = float("-inf")
        self.next_seq = 0
        self._sent_at = [0.0] * 256
        self._hello_at: float | None = None
        self.guess = 0.0
        """The round trip as it seemed when both met, in seconds."""
        self._latest = -1
        self._seen = 0
        self.newest_at = 0.0
        """When the newest packet came."""
        self.rtt: float | None = None
        self.jitter: float | None = None
        self.lag: float | None = None
        self.remote_lag: float | None = None
        self.pace = 1.0

    def meet(self, incarnation: int, window: int, keys: tuple[int, int]) -> None:
        """A (new) incarnation of the peer has said who it is; the keys are for what comes and what goes."""
        if self.incarnation:
            self._begin()
            self.returning = True
            self.suspended = False
        self.incarnation = incarnation
        self.window = window
        self.keys = keys

    def greets(self, now: float) -> None:
        """A packet of introduction leaves."""
        self._hello_at = now

    def is_known(self, now: float) -> None:
        """The peer knows this one."""
        self.knows_me = True
        if self._hello_at is not None:
            self.guess = now - self._hello_at

    @property
    def met(self) -> bool:
        """Whether both know each other."""
        return self.incarnation > 0 and self.knows_me

    @property
    def absent(self) -> bool:
        """Whether others may have to pass on this peer's inputs."""
        return self.suspended or self.returning or self.interrupted or self.lacking

    def sends(self, size: int, now: float) -> None:
        """A packet of this size leaves."""
        self.packets_sent += 1
        self.bytes_sent += size
        self.sent_last = now

    def take_seq(self, now: float) -> int:
        """The number of the next packet of play."""
        seq = self.next_seq
        self.next_seq = seq + 1 & 0xFFFF
        self._sent_at[seq & 0xFF] = now
        return seq

    def accept(self, seq: int, now: float) -> int | None:
        """Take note of a sequence number: 1 for the newest, 0 for a late one, None for one to be ignored."""
        delta = seq - self._latest & 0xFFFF
        if delta >= 0x8000:
            delta -= 0x10000
        if delta > 0 or self._latest < 0:
            self._latest = seq if self._latest < 0 else self._latest + delta
            self._seen = (self._seen << delta | 1) & _SEEN_MASK if 0 < delta < _WINDOW else 1
            self.newest_at = now
            return 1
        bit = 1 << -delta
        if -delta >= _WINDOW or self._seen & bit:
            self.replayed += 1
            return None
        self._seen |= bit
        return 0

    def hear(self, play: Play, now: float) -> None:
        """Take the figures out of the newest packet."""
        self.pace = play.pace
        if play.echo is not None:
            self._measure(play.echo, play.held, now)

    def compare(self, play: Play, position: float) -> None:
        """Compare frames: ``position`` is this peer's own one, with a fraction."""
        lag = position - play.frame
        if abs(lag) > _MAX_LAG:
            return
        if play.lag is not None:
            self.remote_lag = play.lag
        self.lag = lag if self.lag is None else self.lag + (lag - self.lag) * _LAG_SMOOTHING

    def _measure(self, echo: int, held: int, now: float) -> None:
        age = self.next_seq - 1 - echo & 0xFF
        if age > _WINDOW or age >= self.packets_sent:
            return
        rtt = now - self._sent_at[echo] - held / 1000
        if rtt < -_ROUNDING:
            # An earlier packet with the same low byte is meant.
            return
        rtt = max(0.0, rtt)
        if self.rtt is None or self.jitter is None:
            self.rtt, self.jitter = rtt, 0.0
            return
        self.jitter += (abs(rtt - self.rtt) - self.jitter) * _SMOOTHING
        self.rtt += (rtt - self.rtt) * _SMOOTHING

    def echo(self) -> int | None:
        """The low byte of the newest number received."""
        return None if self._latest < 0 else self._latest & 0xFF

    def advantage(self) -> float | None:
        """How many frames this peer is ahead of the other, as far as both can tell together.

        Each sees the other's frame as it was one way ago; in the difference of what both see that cancels
        out.
        """
        if self.lag is None or self.remote_lag is None:
            return None
        return (self.lag - self.remote_lag) / 2

    def forget_lag(self) -> None:
        """Frames begin anew, or have jumped."""
        self.lag = self.remote_lag = None

    def loss(self) -> float:
        """The share of the last packets that did not arrive."""
        expected = min(_WINDOW, self._latest + 1)
        return 1 - self._seen.bit_count() / expected if expected > 0 else 0.0

    def stats(self, unacked: int, now: float) -> PeerStats:
        """The figures, for the owner."""
        return PeerStats(
            rtt=self.rtt,
            jitter=self.jitter,
            loss=self.loss(),
            advantage=self.advantage() or 0.0,
            unacked=unacked,
            pace=self.pace,
            held_back=self.held_back,
            packets_sent=self.packets_sent,
            bytes_sent=self.bytes_sent,
            packets_received=self.packets_received,
            bytes_received=self.bytes_received,
            replayed=self.replayed,
            silent=0.0 if self.heard_at is None else max(0.0, now - self.heard_at),
        )
