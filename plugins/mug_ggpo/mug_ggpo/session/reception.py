"""What a session does with the packets that come."""

from __future__ import annotations

from mug_ggpo.session.coding import Malformed
from mug_ggpo.session.config import Config
from mug_ggpo.session.epoch import Epoch, View
from mug_ggpo.session.events import Connected, Misbehaved, Resumed, Returned
from mug_ggpo.session.handshake import Handshake
from mug_ggpo.session.outbox import Outbox
from mug_ggpo.session.packets import Hello, Play, Wire
from mug_ggpo.session.state import State

_ANSWER_INTERVAL = 0.02
_FAREWELL_INTERVAL = 0.2


class Reception:
    """Judges packets, and learns from those that deserve it."""

    __slots__ = ("_config", "_handshake", "_outbox", "_state", "_wire")

    def __init__(
        self, config: Config, wire: Wire, handshake: Handshake, state: State, outbox: Outbox
    ) -> None:
        self._config = config
        self._wire = wire
        self._handshake = handshake
        self._state = state
        self._outbox = outbox

    def receive(self, peer: int, packet: bytes, position: float, now: float) -> bool:
        """Take a packet; return whether its sender is to be told, once more, that it was dropped."""
        state = self._state
        link = state.group.links[peer]
        link.packets_received += 1
        link.bytes_received += len(packet)
        try:
            message = self._wire.read(packet, peer, None if link.keys is None else link.keys[0])
        except Malformed as error:
            why = error.args[0]
            state.stats.ignore(why)
            if why in ("version", "session"):
                state.events += self._handshake.strange(peer, link, packet, why)
            return False
        if state.group.has_left(peer):
            state.stats.ignore("dropped")
            return now - link.sent_last >= _FAREWELL_INTERVAL
        if isinstance(message, Play):
            self._hear(peer, message, position, now)
        elif message.sender != peer or message.recipient != state.group.me:
            state.stats.ignore("sender")
        else:
            self._greet(peer, message, now)
        return False

    def _greet(self, peer: int, hello: Hello, now: float) -> None:
        link = self._state.group.links[peer]
        if hello.incarnation < link.incarnation:
            self._state.stats.ignore("old")
            return
        refusal = self._handshake.judge(peer, link, hello)
        if refusal is not None:
            self._state.events += refusal
            return
        returned = 0 < link.incarnation < hello.incarnation
        if hello.incarnation != link.incarnation:
            me, mine = self._state.group.me, self._config.incarnation
            keys = (
                self._wire.key(peer, me, hello.incarnation, mine),
                self._wire.key(me, peer, mine, hello.incarnation),
            )
            link.meet(hello.incarnation, hello.window, keys)
        if returned:
            self._state.checksums.forget(peer)
            for epoch in (self._state.current, self._state.previous):
                if epoch is not None:
                    epoch.views[peer] = View(None)
            self._state.events.append(Returned(peer, hello.incarnation))
        self._heard(peer, now)
        if hello.known_incarnation > self._config.incarnation:
            self._state.exclude(peer)
        elif hello.known_incarnation == self._config.incarnation:
            # no answer: it would be answered, and both would greet each other for ever
            self._meets(peer, now)
        elif now - link.sent_last >= _ANSWER_INTERVAL:
            self._outbox.hello(peer, now)

    def _meets(self, peer: int, now: float) -> None:
        """The sender of a packet knows this incarnation."""
        link = self._state.group.links[peer]
        if not link.knows_me:
            link.is_known(now)
            self._state.events.append(Connected(peer))

    def _hear(self, peer: int, play: Play, position: float, now: float) -> None:
        state = self._state
        link = state.group.links[peer]
        self._meets(peer, now)
        accepted = link.accept(play.seq, now)
        if accepted is None:
            state.stats.ignore("replayed")
            return
        newest = bool(accepted)
        self._heard(peer, now)
        if play.dropped >> state.group.me & 1:
            state.exclude(peer)
            return
        if self._config.disconnect_timeout is not None:
            state.group.dropped |= play.dropped
        age = state.current.number - play.epoch & 0xFF
        if newest:
            link.hear(play, now)
            link.returning = play.restoring
            if age == 0 and not play.ahead and state.started:
                link.compare(play, position)
        if age == 0xFF or (age == 0 and play.ahead):
            link.ahead = True
        if age == 1 and play.ahead:
            # both wait for this epoch, and neither had heard of it from the other in the last one
            state.current.views[peer].there = True
        epoch = state.current if age == 0 else state.previous if age == 1 else None
        if epoch is not None:
            self._learn(peer, epoch, play, newest)
        elif age == 0xFF:
            # Who has been in this epoch speaks to those who still are as one of it.
            state.current.views[peer].past = True
        else:
            state.stats.ignore("epoch")

    def _learn(self, peer: int, epoch: Epoch, play: Play, newest: bool) -> None:
        """Take the inputs and reports out of a packet of this epoch or of the last one."""
        state = self._state
        current = epoch is state.current
        complaint = epoch.hear(
            peer,
            play,
            newest=newest,
            takes=current,
            restoring=current and state.restoring,
            absent=self._passed_on(current) if play.forwards else 0,
            reach=state.group.links[peer].window + self._config.input_delay + 1,
        )
        if complaint is not None:
            self._complain(peer, complaint)
            return
        if current and newest:
            hole = bool(play.runs) and play.start > epoch.streams[peer].last + 1
            state.group.links[peer].lacking = hole
        number = state.current.number
        for low, frame, value in play.checksums:
            key = (number - (number - low & 0xFF), frame)
            differs = state.checksums.hear(peer, key, value)
            if differs:
                state.differ(peer, *key, *differs)

    def _passed_on(self, current: bool) -> int:
        """The peers whose inputs may come from others, this one's own included when it needs them back."""
        state = self._state
        return state.group.passed_on() | (1 << state.group.me if current and state.restoring else 0)

    def _heard(self, peer: int, now: float) -> None:
        link = self._state.group.links[peer]
        link.heard_at = now
        if link.interrupted:
            link.interrupted = link.suspended = False
            self._state.events.append(Resumed(peer))

    def _complain(self, peer: int, what: str) -> None:
        self._state.stats.ignore("dishonest")
        link = self._state.group.links[peer]
        if what not in link.complaints:
            link.complaints.add(what)
            self._state.events.append(Misbehaved(peer, what))
