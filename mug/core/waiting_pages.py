"""What people who wait see of their waiting room."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mug.core.lobby import Lobby
from mug.core.protocol import LobbyView
from mug.core.state import State
from mug.core.web.sockets import SocketConnection
from mug.game.spec import GameSpec

EXTENDED_TEXT = "We still look for others. Thank you for waiting."
REQUEUED_TEXT = "We have not found others for you yet. You are at the end of the line again; we keep looking."
PASSED_OVER_TEXT = "Somebody in your group did not answer. You stay first in line."
FAR_TEXT = "The connection to the others was too slow for this game. We look for somebody nearer to you."
MISSED_TEXT = "A group was ready, but your page did not answer in time. You are in line again."


class WaitingPages:
    """Shows everybody who waits how many do, their own place, the time that is left, and what happened."""

    def __init__(
        self,
        specs: Mapping[str, GameSpec],
        lobbies: Mapping[str, Lobby],
        state: State,
        connection_of: Callable[[str], SocketConnection | None],
    ) -> None:
        self._specs = specs
        self._lobbies = lobbies
        self._state = state
        self._connection_of = connection_of
        self._shown: dict[str, list[str]] = {}
        self._texts: dict[str, str] = {}

    def say(self, scene_id: str, participant_id: str, text: str) -> None:
        """Let somebody who waits know what happened, from now on."""
        self._texts[participant_id] = text
        self.show(scene_id, participant_id)

    def forget(self, participant_id: str) -> None:
        """Somebody does not wait any more."""
        self._texts.pop(participant_id, None)

    def show(self, scene_id: str, participant_id: str) -> None:
        """Show somebody, who may have just come, their waiting room."""
        queue = self._lobbies[scene_id].here()
        if participant_id in queue:
            self._show(scene_id, participant_id, len(queue), queue.index(participant_id) + 1)

    def show_changes(self, scene_id: str) -> None:
        """Bring everybody's waiting room up to date, if the queue is not as it was shown last."""
        queue = self._lobbies[scene_id].here()
        if queue == self._shown.get(scene_id):
            return
        self._shown[scene_id] = queue
        for position, participant_id in enumerate(queue, start=1):
            self._show(scene_id, participant_id, len(queue), position)

    def _show(self, scene_id: str, participant_id: str, waiting: int, position: int) -> None:
        connection = self._connection_of(participant_id)
        if connection is None:
            return
        spec = self._specs[scene_id]
        alone = len(spec.humans) == 1
        hidden = spec.hide_lobby_count or alone
        view = LobbyView(
            visit=self._state.participants[participant_id].visit,
            waiting=None if hidden else waiting,
            needed=2 if alone and spec.simulated_wait else len(spec.humans),
            position=None if hidden else position,
            remaining=self._lobbies[scene_id].remaining(participant_id),
            can_leave=spec.can_leave,
            text=self._texts.get(participant_id, ""),
        )
        connection.emit("lobby", view)
