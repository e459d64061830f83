"""What a game has to say besides records, in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from mug.game.spec import AgentId
from mug.rendering import Asset

EVENT: Final = -1


class Output:
    """Collects frames, as ``[seat, frame]``, and events, as ``[EVENT, name, *arguments]``.

    Args:
        agent_ids: every agent of the scene; a seat is called by its place in it.
    """

    def __init__(self, agent_ids: Sequence[AgentId]) -> None:
        self._index = {agent_id: index for index, agent_id in enumerate(agent_ids)}
        self._messages: list[list[Any]] = []

    def __bool__(self) -> bool:
        """Whether there is anything to say."""
        return bool(self._messages)

    def take(self) -> list[list[Any]]:
        """Return everything that was not taken before."""
        messages, self._messages = self._messages, []
        return messages

    def frame(self, agent_id: AgentId, frame: Any) -> None:
        """Say what a seat sees."""
        self._messages.append([self._index[agent_id], frame])

    def tell(self, name: str, *arguments: Any) -> None:
        """Say what happened."""
        self._messages.append([EVENT, name, *arguments])

    def assets(self, seats: Sequence[AgentId], assets: Sequence[Asset]) -> None:
        """Say what the frames of these seats are drawn with from now on."""
        plain = [[asset.kind, asset.name, asset.path, asset.data] for asset in assets]
        self.tell("assets", [self._index[seat] for seat in seats], plain)
