"""Watching a game: confirmed inputs only, from one peer who plays."""

from __future__ import annotations

from collections.abc import Iterable

from mug_ggpo.session.coding import Malformed
from mug_ggpo.session.config import Config
from mug_ggpo.session.events import Event, Excluded, Started
from mug_ggpo.session.packets import Wire
from mug_ggpo.session.requests import Advance, Confirm, Request
from mug_ggpo.session.stats import SessionStats
from mug_ggpo.session.stream import Bundle, InputStream

MAX_SPECTATOR = 15
_MOST_RUNS = 60
_CATCH_UP = 2
_PACKETS_PER_SECOND = 15


class Feed:
    """What the peer who is watched has confirmed, for its spectators.

    Frames of all epochs are one stream: the inputs of all seats and the statuses, as bytes. Where the
    statuses are empty, a new epoch begins.
    """

    __slots__ = ("_acked", "_first", "_fresh", "_log", "_seats", "_sent_at")

    def __init__(self, seats: int) -> None:
        self._seats = seats
        self._log = InputStream()
        self._fresh: list[tuple[int, Bundle]] = []
        """What the last tick confirmed: it counts unless the episode turns out to have ended before."""
        self._first: dict[int, int] = {}
        """Where each spectator began; for it that is frame 0 of the feed."""
        self._acked: dict[int, int] = {}
        self._sent_at: dict[int, float] = {}

    @property
    def watched(self) -> bool:
        """Whether there are spectators."""
        return bool(self._acked)

    def add(self, spectator: int) -> None:
        """Somebody watches from the next frame to be confirmed on."""
        self.settle()
        self._acked[spectator] = self._log.last
        self._first[spectator] = self._log.last + 1

    def is_watched_by(self, peer: int) -> bool:
        """Whether this is a spectator."""
        return peer in self._acked

    def collect(self, requests: Iterable[Request]) -> None:
        """Keep what is confirmed."""
        for request in requests:
            if isinstance(request, Confirm):
                self._fresh.append((request.frame, (*request.inputs, bytes(request.statuses))))

    def hold(self, frame: int) -> None:
        """What comes after this frame never was."""
        self._fresh = [one for one in self._fresh if one[0] <= frame]

    def settle(self) -> None:
        """What the last tick confirmed counts."""
        for _, bundle in self._fresh:
            self._log.append(bundle)
        self._fresh.clear()

    def begin_epoch(self) -> None:
        """The next episode begins."""
        self.settle()
        if self.watched:
            self._log.append((b"",) * (self._seats + 1))

    def hear(self, spectator: int, acked: int) -> None:
        """What a spectator has, as it counts."""
        acked += self._first[spectator]
        if self._acked[spectator] < acked <= self._log.last:
            self._acked[spectator] = acked

    def packets(self, wire: Wire, me: int, now: float) -> list[tuple[int, bytes]]:
        """What spectators lack."""
        packets = []
        for spectator, acked in self._acked.items():
            if now - self._sent_at.get(spectator, float("-inf")) < 1 / _PACKETS_PER_SECOND:
                continue
            self._sent_at[spectator] = now
            start = max(acked + 1, self._log.oldest)
            runs = self._log.runs(start, self._log.last + 1)[:_MOST_RUNS]
            key = wire.key(me, spectator, 0, 0)
            packets.append((spectator, wire.show(start - self._first[spectator], runs, key)))
        return packets


class SpectatorSession:
    """Follows a game from the peer ``config.local``, as spectator ``number`` (``peers`` to 15).

    It begins where that peer's :meth:`Session.add_spectator` was called: with a game that has begun, give the
    checkpoint made in the same moment as ``config.resumed``, and load the snapshot. Requests are final
    Advances, each with its Confirm. Playing begins when ``buffer`` frames are there; when more than twice as
    many are, it goes on faster.
    """

    def __init__(self, config: Config, number: int, buffer: int = 15) -> None:
        if not config.peers <= number <= MAX_SPECTATOR:
            raise ValueError(f"the spectator's number is {number}: {config.peers} to {MAX_SPECTATOR}")
        self.config = config
        self.number = number
        self.stats = SessionStats()
        self.epoch = 0 if config.resumed is None else config.resumed.epoch
        self.frame = 0 if config.resumed is None else config.resumed.frame
        self.over = False
        """Whether it has fallen so far behind that it cannot go on."""
        self._buffer = buffer
        self._flows = False
        self._wire = Wire(config.session_id, config.widths())
        self._log = InputStream()
        self._played = -1
        self._packets: list[tuple[int, bytes]] = []
        self._events: list[Event] = [Started(self.epoch)]

    @property
    def behind(self) -> int:
        """How many frames have arrived and were not played."""
        return self._log.last - self._played

    def receive(self, peer: int, packet: bytes, now: float) -> None:
        """A packet came from the peer who is watched."""
        try:
            if peer != self.config.local:
                raise Malformed("sender")
            key = self._wire.key(peer, self.number, 0, 0)
            start, runs = self._wire.read_show(packet, len(self.config.owners) + 1, key)
            if start > self._log.last + 1:
                self._lose()
            elif not self._log.learn(start, runs):
                raise Malformed("dishonest")
        except Malformed as error:
            self.stats.ignore(error.args[0])

    def tick(self, now: float) -> list[Request]:
        """Play a frame, or two when there are too many; at the beginning of an epoch, none."""
        self.stats.ticks += 1
        requests: list[Request] = []
        if not self._flows and self.behind >= self._buffer:
            self._flows = True
        if self._flows:
            for _ in range(_CATCH_UP if self.behind > 2 * self._buffer else 1):
                if not self._play(requests):
                    break
        self.poll(now)
        return requests

    def poll(self, now: float) -> None:
        """Say what has arrived."""
        key = self._wire.key(self.number, self.config.local, 0, 0)
        self._packets.append((self.config.local, self._wire.watch(self._log.last + 1, key)))

    def take_packets(self) -> list[tuple[int, bytes]]:
        """The packets to be sent now, each with the peer that it is for."""
        packets, self._packets = self._packets, []
        return packets

    def take_events(self) -> list[Event]:
        """What happened since the last call."""
        events, self._events = self._events, []
        return events

    def _lose(self) -> None:
        """What comes next was not kept for so long."""
        if not self.over:
            self.over = True
            self._events.append(Excluded(self.config.local))

    def _play(self, requests: list[Request]) -> bool:
        """Play the next frame; whether another one may follow in this tick."""
        if not self.behind:
            self._flows = False
            self.stats.stalls += 1
            return False
        self._played += 1
        *inputs, coded = self._log[self._played]
        if not coded:
            self.epoch += 1
            self.frame = 0
            self._events.append(Started(self.epoch))
            return False
        statuses = tuple(coded)
        requests.append(Advance(self.frame, tuple(inputs), statuses, True))
        requests.append(Confirm(self.frame, tuple(inputs), statuses, (), 0))
        self.frame += 1
        self.stats.advanced += 1
        self.stats.confirmed += 1
        return True
