"""The human seats of a game: who fills each, and the page they sit at."""

from __future__ import annotations

import asyncio

import attrs

from mug.components import AgentId, Channel
from mug.core.web.sockets import SocketConnection
from mug.facts import Player


@attrs.define(eq=False)
class Seat:
    """A human seat and who fills it."""

    agent_id: AgentId
    participant_id: str
    subject_id: str
    connection: SocketConnection | None = None
    channel: Channel | None = None
    absence: asyncio.TimerHandle | None = None
    taken_over: bool = False
    malformed: int = 0

    @property
    def player(self) -> Player:
        """The seat as hooks see it."""
        return Player(str(self.agent_id), self.subject_id)
