"""The packets that are to be sent."""

from __future__ import annotations

from mug_ggpo.session.epoch import Epoch
from mug_ggpo.session.handshake import Handshake
from mug_ggpo.session.packets import Play, Report, Wire
from mug_ggpo.session.state import State


class Outbox:
    """Writes packets, and keeps them until they are taken."""

    __slots__ = ("_handshake", "_packets", "_state", "_wire")

    def __init__(self, wire: Wire, handshake: Handshake, state: State) -> None:
        self._wire = wire
        self._handshake = handshake
        self._state = state
        self._packets: list[tuple[int, bytes]] = []

    def take(self) -> list[tuple[int, bytes]]:
        """The packets since the last call, each with the peer that it is for."""
        packets, self._packets = self._packets, []
        return packets

    def add(self, packets: list[tuple[int, bytes]]) -> None:
        """Send these, too."""
        self._packets += packets

    def hello(self, peer: int, now: float) -> None:
        """Introduce this peer to another one."""
        link = self._state.group.links[peer]
        link.greets(now)
        self._put(peer, self._handshake.hello(peer, link), now)

    def play(
        self,
        peer: int,
        epoch: Epoch,
        frame: int,
        now: float,
        ahead: bool,
        pace: float,
        reports: tuple[Report, ...],
    ) -> None:
        """Tell a peer everything of an epoch that it does not know.

        ``ahead`` is whether this peer waits for the next epoch already.
        """
        group = self._state.group
        link = group.links[peer]
        restoring = self._state.restoring
        start, runs = (0, []) if restoring else epoch.owed(peer)
        absent = group.absent(peer)
        if restoring:
            absent.append(group.me)
        echo = link.echo()
        play = Play(
            epoch.number & 0xFF,
            link.take_seq(now),
            frame,
            epoch.streams[peer].last,
            link.lag,
            start if runs else frame,
            runs,
            ahead,
            restoring,
            echo,
            round((now - link.newest_at) * 1000),
            pace,
            group.dropped,
            epoch.rows(absent) if absent else (),
            epoch.passed_on(peer) if epoch.views[peer].rows else (),
            reports,
        )
        if link.keys is not None:
            self._put(peer, self._wire.play(play, link.keys[1]), now)

    def _put(self, peer: int, packet: bytes, now: float) -> None:
        self._state.group.links[peer].sends(len(packet), now)
        self._packets.append((peer, packet))
