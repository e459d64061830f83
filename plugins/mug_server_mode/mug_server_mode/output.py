"""What a game in a worker has to say besides records, in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mug.rendering import Asset
from mug.scenes.game_spec import AgentId
from mug_server_mode.wire import EVENT


class Output:
    """Collects frames and events in the form of `mug_server_mode.wire`.

    Args:
        agent_ids: every agent of the scene; the web process knows seats by their place in it.
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

    def frame(self, agent_id: AgentId, frame: bytes) -> None:
        """Say what a seat sees."""
        self._messages.append([self._index[agent_id], frame])

    def tell(self, name: str, *arguments: Any) -> None:
        """Say what happened."""
        self._messages.append([EVENT, name, *arguments])

    def assets(self, seats: Sequence[AgentId], assets: Sequence[Asset]) -> None:
        """Say what the frames of these seats are drawn with from now on."""
        plain = [[asset.kind, asset.name, asset.path, asset.data] for asset in assets]
        self.tell("assets", [self._index[seat] for seat in seats], plain)
