"""The peers of a game: the way to each, and which of them have left."""

from __future__ import annotations

from mug_ggpo.session.link import Link


class Group:
    """Who plays. ``dropped`` is the set of those who left, as bits."""

    __slots__ = ("dropped", "links", "me", "others")

    def __init__(self, me: int, peers: int) -> None:
        self.me = me
        self.others = tuple(peer for peer in range(peers) if peer != me)
        self.links = [Link() for _ in range(peers)]
        self.dropped = 0

    def has_left(self, peer: int) -> bool:
        """Whether a peer was dropped."""
        return bool(self.dropped >> peer & 1)

    def live(self) -> list[int]:
        """The others who take part."""
        return [peer for peer in self.others if not self.dropped >> peer & 1]

    def live_links(self) -> list[Link]:
        """The ways to the others who take part."""
        return [self.links[peer] for peer in self.live()]

    def passed_on(self) -> int:
        """The peers whose inputs may come from others, as bits."""
        absent = self.dropped
        for peer in self.others:
            if self.links[peer].absent:
                absent |= 1 << peer
        return absent

    def absent(self, recipient: int) -> list[int]:
        """Those whose inputs others may have to pass on, as far as that is the recipient's business."""
        links = self.links
        return [
            peer
            for peer in self.others
            if self.dropped >> peer & 1
            or (links[peer].absent and (peer != recipient or links[peer].returning))
        ]
