"""One peer's side of a game: see the package's docstring for how it is used."""

from __future__ import annotations

from mug_ggpo.session.checkpoint import Checkpoint
from mug_ggpo.session.coding import Malformed
from mug_ggpo.session.config import Config
from mug_ggpo.session.epoch import Epoch, View
from mug_ggpo.session.events import (
    Dropped,
    Event,
    Interrupted,
    Restored,
    Started,
)
from mug_ggpo.session.handshake import Handshake
from mug_ggpo.session.link import Link
from mug_ggpo.session.outbox import Outbox
from mug_ggpo.session.pacing import Pacing
from mug_ggpo.session.packets import Report, Wire
from mug_ggpo.session.reception import Reception
from mug_ggpo.session.requests import Request
from mug_ggpo.session.spectating import MAX_SPECTATOR, Feed
from mug_ggpo.session.state import State
from mug_ggpo.session.stats import PeerStats, SessionStats
from mug_ggpo.session.timeline import Timeline

_HELLO_INTERVAL = 0.1
_BARRIER_INTERVAL = 0.04
_KEEP_ALIVE = 0.2
_REPEAT = 0.9
"""Frames until a session that waits says again what it said; its ticks may come a little early."""
_ASLEEP = 0.3
"""Seconds; after a longer break the silence of the others means nothing."""
_CATCH_UP = 4
"""Frames that one tick simulates at most, where the inputs are there already."""


class Session:
    """The rollback session of one peer."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._state = state = State(config)
        self._group = state.group
        self._wire = wire = Wire(config.session_id, config.widths())
        handshake = Handshake(config, wire)
        self._outbox = Outbox(wire, handshake, state)
        self._reception = Reception(config, wire, handshake, state, self._outbox)
        self._me = config.local
        self._seats = config.seats(config.local)
        self._next_inputs = [b""] * len(self._seats)
        frame = 0 if config.resumed is None else config.resumed.frame
        self._timeline = Timeline(config, state.current, frame, state.stats)
        self._settled = frame - 1
        """The last frame that was confirmed before the last tick."""
        self._announced = 0
        """The peers that left and of whom the owner was told, as bits."""
        self._kept_at: float | None = None
        self._pacing = Pacing(1 / config.fps)
        self._feed = Feed(len(config.owners))
        for peer in state.current.ends:
            self._announce(peer)

    # What the owner asks and says

    @property
    def stats(self) -> SessionStats:
        """Figures since the session's start."""
        return self._state.stats

    @property
    def epoch(self) -> int:
        """The number of the episode that is played or waited for."""
        return self._state.current.number

    @property
    def over(self) -> bool:
        """Whether the others go on without this session."""
        return self._state.over

    @property
    def frame(self) -> int:
        """The next frame to be simulated."""
        return self._timeline.frame

    @property
    def input_frame(self) -> int:
        """The last frame of which this peer's own inputs are set."""
        return self._state.current.streams[self._me].last

    @property
    def confirmed_frame(self) -> int:
        """The last frame that was confirmed; -1 if none was."""
        return self._timeline.emitted

    @property
    def oldest_needed(self) -> int:
        """The first frame whose saved state may still be loaded."""
        return self._timeline.emitted + 1

    @property
    def started(self) -> bool:
        """Whether ticks simulate frames: everybody is there, in this epoch."""
        return self._state.started

    @property
    def stalled(self) -> bool:
        """Whether a tick would only stall: others' inputs are missing that it needs."""
        known, timeline = self._state.current.limit(), self._timeline
        return self.started and known <= timeline.emitted and not timeline.may_advance(known)

    @property
    def period_factor(self) -> float:
        """What to multiply the period of the ticks by."""
        return self._pacing.factor

    def set_input(self, seat: int, data: bytes) -> None:
        """The input of an own seat for the next tick that simulates a frame."""
        if len(data) > 255:
            raise ValueError(f"the input of seat {seat} has {len(data)} bytes: up to 255")
        self._next_inputs[self._seats.index(seat)] = data

    def hold(self, frame: int) -> None:
        """The episode ended in ``frame``: nothing comes after it, and what was asked for does not count."""
        if not min(self._settled + 1, self.frame - 1) <= frame < self.frame:
            raise ValueError(f"frame {frame} was not simulated in the last tick")
        self._timeline.hold(frame)
        self._feed.hold(frame)

    def checksum(self, frame: int, value: int) -> None:
        """The checksum of the state before ``frame``, as it is now."""
        self._state.checksums.report(self.epoch, frame, value & 0xFFFFFFFF)

    def drop(self, peer: int) -> None:
        """Go on without a peer; the others follow if there is a ``disconnect_timeout``."""
        if peer == self._me:
            self._state.exclude(peer)
        else:
            self._group.dropped |= 1 << peer

    def suspend(self, peer: int) -> None:
        """Wait for a peer as long as it takes, until it is heard after having been silent."""
        self._group.links[peer].suspended = True

    def checkpoint(self) -> Checkpoint:
        """What a returning peer needs besides the snapshot of the state before ``Checkpoint.frame``."""
        return self._state.current.checkpoint(
            self._timeline.emitted + 1, self._group.dropped, self.config.widths()
        )

    def begin_epoch(self, number: int, now: float) -> None:
        """Wait for the others at the beginning of the next episode."""
        if number != self.epoch + 1:
            raise ValueError(f"epoch {number} does not follow {self.epoch}")
        state = self._state
        self._check_states()
        state.checksums.abandon()
        state.previous = state.current
        state.current = Epoch.beginning(number, self.config, self._group.dropped)
        for link, view in zip(self._group.links, state.current.views, strict=True):
            view.there, link.ahead = link.ahead, False
            link.forget_lag()
        self._timeline = Timeline(self.config, state.current, 0, self.stats)
        self._settled = -1
        self._feed.begin_epoch()
        self._pacing.pause()
        self._next_inputs = [b""] * len(self._seats)
        self.poll(now)

    def peer_stats(self, peer: int, now: float) -> PeerStats:
        """The figures about another peer."""
        unacked = 0 if self._group.has_left(peer) else self._state.current.unacked(peer)
        return self._group.links[peer].stats(unacked, now)

    def take_packets(self) -> list[tuple[int, bytes]]:
        """The packets to be sent now, each with the peer that it is for."""
        return self._outbox.take()

    def take_events(self) -> list[Event]:
        """What happened since the last call."""
        return self._state.take_events()

    # Time

    def tick(self, now: float) -> list[Request]:
        """One tick is due: what to do in it. At the barrier there is nothing to do."""
        requests: list[Request] = []
        self._keep(now)
        if not self.started:
            self._pacing.pause()
            self._send_due(now, _BARRIER_INTERVAL)
            return requests
        self.stats.ticks += 1
        timeline = self._timeline
        self._settled = timeline.emitted
        known = self._state.current.limit()
        timeline.settle(known, requests)
        own = self._state.current.streams[self._me]
        spoken = own.last
        if timeline.may_advance(known):
            self._advance(known, requests)
        elif timeline.held is None:
            self._stall(known)
        if self._feed.watched:
            self._feed.collect(requests)
        self._pacing.tick(now, self._group.live_links())
        if own.last > spoken:
            self._send_all(now)
        else:
            # A tick that waits may come with every packet: answering each would make storms of them.
            self._send_due(now, _REPEAT / self.config.fps)
        return requests

    def poll(self, now: float) -> None:
        """Let time pass without simulating: greet, keep the others informed, notice who is silent."""
        self._keep(now)
        self._send_due(now, _KEEP_ALIVE if self.started else _BARRIER_INTERVAL)

    def _keep(self, now: float) -> None:
        """What has to be noticed before anything else."""
        if self._feed.watched:
            self._feed.settle()
            self._outbox.add(self._feed.packets(self._wire, self._me, now))
        self._check_silence(now)
        self._check_states()
        live = self._group.live()
        for peer in self._state.current.agree(self._group.dropped, live):
            self._announce(peer)
        if self._state.restoring:
            self._restore(live)
        if not self._state.current.started and not self._state.restoring:
            views = self._state.current.views
            if all(self._is_ready(self._group.links[peer], views[peer], now) for peer in live):
                self._state.current.started = True
                self._state.events.append(Started(self.epoch))

    def _announce(self, peer: int) -> None:
        """Tell the owner, once, that a peer has left."""
        if not self._announced >> peer & 1:
            self._announced |= 1 << peer
            self._state.events.append(Dropped(peer, self._state.current.ends[peer] + 1, self.epoch))

    @staticmethod
    def _is_ready(link: Link, view: View, now: float) -> bool:
        """Whether a peer is there, and must have heard by now that this one is: then both begin together."""
        if view.past:
            return True
        if not link.met or not view.there or view.told_at is None:
            return False
        return now - view.told_at >= (link.guess if link.rtt is None else link.rtt) / 2

    def _advance(self, known: int, requests: list[Request]) -> None:
        timeline, own = self._timeline, self._state.current.streams[self._me]
        delay = self.config.input_delay
        for _ in range(_CATCH_UP):
            self._take_input()
            timeline.advance(known, requests)
            if own.last < timeline.frame + delay or not timeline.may_advance(known):
                return

    def _take_input(self) -> None:
        """Send what the owner has set, as the input of the frame that the delay makes of the next one."""
        own = self._state.current.streams[self._me]
        if own.last < self._timeline.frame + self.config.input_delay:
            own.append(tuple(self._next_inputs))
            self._next_inputs = [b""] * len(self._seats)

    def _stall(self, known: int) -> None:
        self.stats.stalls += 1
        if not self.config.input_delay + self.config.prediction_window:
            # Nobody simulates a frame before the others' inputs for it have come: send them ahead.
            self._take_input()
        for peer in self._state.current.holders(known + 1):
            self._group.links[peer].held_back += 1

    def _check_silence(self, now: float) -> None:
        config = self.config
        if self._kept_at is not None and now - self._kept_at > max(_ASLEEP, 3 / config.fps):
            # It was this peer that did not listen.
            for link in self._group.links:
                if link.heard_at is not None:
                    link.heard_at += now - self._kept_at
        self._kept_at = now
        for peer in self._group.others:
            link = self._group.links[peer]
            if link.heard_at is None or self._group.has_left(peer):
                continue
            silent = now - link.heard_at
            if silent < config.notify_timeout:
                continue
            if not link.interrupted:
                link.interrupted = True
                self._state.events.append(Interrupted(peer))
            timeout = config.disconnect_timeout
            if timeout is not None and silent >= timeout and not link.suspended:
                self.drop(peer)

    def _check_states(self) -> None:
        for peer, (epoch, frame), ours, theirs in self._state.checksums.settle(
            self.epoch, self._timeline.emitted + 1
        ):
            self._state.differ(peer, epoch, frame, ours, theirs)

    def add_spectator(self, number: int) -> None:
        """Let spectator ``number`` (``peers`` to 15) watch from the next frame to be confirmed on."""
        if not self.config.peers <= number <= MAX_SPECTATOR:
            raise ValueError(f"the spectator's number is {number}: {self.config.peers} to {MAX_SPECTATOR}")
        self._feed.add(number)

    # What comes and goes

    def receive(self, peer: int, packet: bytes, now: float) -> None:
        """A packet came from ``peer``. Whatever it is, it does no harm."""
        if self._feed.is_watched_by(peer):
            self._hear_spectator(peer, packet)
        elif self.over or peer not in self._group.others:
            self.stats.ignore("over" if self.over else "sender")
        elif self._reception.receive(peer, packet, self._pacing.position(self.frame, now), now):
            self._send_play(peer, now, ())

    def _hear_spectator(self, peer: int, packet: bytes) -> None:
        try:
            wanted = self._wire.read_watch(packet, self._wire.key(peer, self._me, 0, 0))
            self._feed.hear(peer, wanted - 1)
        except Malformed as error:
            self.stats.ignore(error.args[0])

    def _send_due(self, now: float, patience: float) -> None:
        """Send to those who have not heard for as long as they should have to wait at most, in seconds."""
        if self.over:
            return
        if any(link.met and now - link.sent_last >= patience for link in self._group.live_links()):
            self._send_all(now)
            return
        for peer in self._group.live():
            link = self._group.links[peer]
            if not link.met and now - link.sent_last >= _HELLO_INTERVAL:
                self._outbox.hello(peer, now)

    def _send_all(self, now: float) -> None:
        reports = self._state.checksums.due()
        for peer in self._group.live():
            link = self._group.links[peer]
            if link.met:
                self._send_play(peer, now, reports)
            elif now - link.sent_last >= _HELLO_INTERVAL:
                self._outbox.hello(peer, now)

    def _send_play(self, peer: int, now: float, reports: tuple[Report, ...]) -> None:
        epoch, frame, ahead = self._state.current, self.frame, False
        view = epoch.views[peer]
        if view.told_at is None:
            view.told_at = now
        if self._state.previous is not None and not view.there:
            epoch, frame, ahead = self._state.previous, 0, True
        self._outbox.play(peer, epoch, frame, now, ahead, self._pacing.own_pace, reports)

    # Coming back

    def _restore(self, live: list[int]) -> None:
        """Play on as soon as everybody has given back what they have of this peer's inputs."""
        views = self._state.current.views
        own = self._state.current.streams[self._me]
        if not all(self._group.links[peer].met for peer in live):
            return
        rows = [views[peer].rows.get(self._me) for peer in live if not views[peer].past]
        if any(last is None or last > own.last for last in rows):
            return
        nothing = (b"",) * len(self._seats)
        while own.last < self.frame + self.config.input_delay - 1:
            own.append(nothing)
        self._state.restoring = False
        self._state.events.append(Restored(self.frame))
