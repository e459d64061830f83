"""What a page is told of the others that it plays with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mug.game.spec import AgentId


@dataclass(frozen=True)
class Offer:
    """The peers of one game, as `mug_ggpo.peer_game` describes them to a page.

    Attributes:
        me: this page's number among the peers.
        seats: the agent that each peer's participant plays.
        session: what tells this game's packets from those of others.
        incarnation: how many pages have begun to play as this peer, this one included.
        window: how many frames may be predicted.
        delay: after how many frames an input takes effect.
    """

    me: int
    seats: tuple[AgentId, ...]
    session: int
    incarnation: int
    window: int
    delay: int

    @classmethod
    def read(cls, offer: Mapping[str, Any]) -> Offer:
        """Read it."""
        me = int(offer["me"])
        return cls(
            me=me,
            seats=tuple(offer["seats"]),
            session=int(offer["session"]),
            incarnation=int(offer["incarnations"][me]),
            window=int(offer["max_rollback_frames"]),
            delay=int(offer["input_delay_frames"]),
        )

    @property
    def seat(self) -> AgentId:
        """The agent that this page's participant plays."""
        return self.seats[self.me]
