"""Finding out whether the others play the same game."""

from __future__ import annotations

from mug_ggpo.session.config import MAX_INCARNATION, Config
from mug_ggpo.session.events import Event, Refused
from mug_ggpo.session.link import Link
from mug_ggpo.session.packets import VERSION, Hello, Wire

_MAX_WINDOW = 255


class Handshake:
    """Writes this peer's HELLO and judges those of the others."""

    __slots__ = ("_mine", "_wire")

    def __init__(self, config: Config, wire: Wire) -> None:
        self._wire = wire
        self._mine = Hello(
            sender=config.local,
            recipient=0,
            incarnation=config.incarnation,
            known_incarnation=0,
            session_id=config.session_id,
            window=config.prediction_window,
            fps_thousandths=round(config.fps * 1000),
            input_delay=config.input_delay,
            checksum_interval=config.checksum_interval,
            peers=config.peers,
            owners=bytes(config.owners),
            digest=config.digest,
        )

    def hello(self, peer: int, link: Link) -> bytes:
        """The packet that introduces this peer to another one."""
        self._mine.recipient = peer
        self._mine.known_incarnation = link.incarnation
        return self._wire.hello(self._mine)

    def judge(self, peer: int, link: Link, hello: Hello) -> list[Event] | None:
        """Events about a peer that plays something else; None if it plays the same."""
        differences = tuple(self._differences(hello))
        if not differences:
            return None
        return self._refuse(peer, link, differences)

    def strange(self, peer: int, link: Link, packet: bytes, what: str) -> list[Event]:
        """Events about a peer whose packets are of another version or session."""
        if link.incarnation:
            return []
        if what == "version":
            what = f"version {packet[0] >> 4} of the packets, {VERSION} here"
        return self._refuse(peer, link, (what,))

    @staticmethod
    def _refuse(peer: int, link: Link, differences: tuple[str, ...]) -> list[Event]:
        if link.refused:
            return []
        link.refused = True
        return [Refused(peer, differences)]

    def _differences(self, hello: Hello) -> list[str]:
        mine = self._mine
        found = [
            f"{name} {theirs}, {ours} here"
            for name, theirs, ours in (
                ("fps", hello.fps_thousandths / 1000, mine.fps_thousandths / 1000),
                ("input delay", hello.input_delay, mine.input_delay),
                ("checksum interval", hello.checksum_interval, mine.checksum_interval),
                ("number of peers", hello.peers, mine.peers),
                ("owners of the seats", tuple(hello.owners), tuple(mine.owners)),
            )
            if theirs != ours
        ]
        if hello.digest != mine.digest:
            found.append("the game itself (its digest)")
        if not 0 < hello.incarnation <= MAX_INCARNATION or hello.window > _MAX_WINDOW:
            found.append("figures that cannot be")
        return found
