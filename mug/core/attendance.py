"""Who is there at the moment, and what plugins may do about it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import attrs

from mug.components import HearingHandle, StoreError
from mug.core.journal import Journal
from mug.core.matching import Matching
from mug.core.moves import Moves
from mug.core.play import Play
from mug.core.protocol import Notice, PluginMessage
from mug.core.state import Event, Participant, State
from mug.core.web.sockets import SocketConnection
from mug.facts import Hear, Place, Presence
from mug.outcomes import ENDINGS

log = logging.getLogger(__name__)


@attrs.frozen(eq=False)
class Attendance:
    """Implements ``mug.facts.Attendance`` for one experiment that runs."""

    state: State
    journal: Journal
    play: Play
    moves: Moves
    matching: Matching
    connection_of: Callable[[str], SocketConnection | None]
    move: Callable[[Participant, list[Event]], None]
    _listeners: dict[str, Hear] = attrs.field(factory=dict, init=False)

    def presence(self, subject_id: str) -> Presence:
        """Return how somebody is there; see `mug.facts.Attendance`."""
        connection = self.connection_of(self._participant(subject_id).id)
        if connection is None:
            return Presence(connected=False, visible=False)
        return Presence(True, connection.visible, connection.rtt_ms)

    def notice(
        self, subject_id: str, text: str, level: Literal["info", "warning", "error"] = "warning"
    ) -> bool:
        """Show somebody a sentence; see `mug.facts.Attendance`."""
        connection = self.connection_of(self._participant(subject_id).id)
        if connection is not None:
            connection.emit("notice", Notice(level, text))
        return connection is not None

    def record(
        self, subject_id: str, what: str, values: Mapping[str, Any], facts: Mapping[str, Any] | None = None
    ) -> None:
        """Store an observation; see `mug.facts.Attendance`."""
        self.journal.write(self._observed(self._participant(subject_id), what, values, facts or {}))

    def recorded(self, what: str) -> list[Event]:
        """Return what was recorded; see `mug.facts.Attendance`."""
        return self.journal.observed(what)

    def place(self, subject_id: str) -> Place:
        """Return where somebody is; see `mug.facts.Attendance`."""
        participant = self._participant(subject_id)
        waiting = self.matching.waiting(participant.id)
        game = self.play.game_of(participant)
        return Place(participant.scene_id, "" if waiting is None else waiting[0], game)

    def waiting(self, scene_id: str) -> list[str]:
        """Return who waits for a game scene; see `mug.facts.Attendance`."""
        return [
            self.state.participants[participant_id].subject_id
            for participant_id in self.matching.who_waits(scene_id)
        ]

    def listen(self, plugin: str, hear: Hear) -> None:
        """Hear what pages say to a plugin; see `mug.facts.Attendance`."""
        if plugin in self._listeners:
            raise ValueError(f"something listens to '{plugin}' already")
        self._listeners[plugin] = hear

    def tell(self, subject_id: str, plugin: str, message: Mapping[str, Any]) -> bool:
        """Say something to a plugin's part of a page; see `mug.facts.Attendance`."""
        connection = self.connection_of(self._participant(subject_id).id)
        if connection is not None:
            connection.emit("plugin", PluginMessage(plugin, dict(message)))
        return connection is not None

    def heard(self, connection: SocketConnection, message: PluginMessage) -> Mapping[str, Any] | None:
        """Pass on what a plugin's part of a page says; None when it was not taken."""
        hear = self._listeners.get(message.plugin)
        if hear is None or self.connection_of(connection.participant_id) is not connection:
            return None
        try:
            return hear(self.state.participants[connection.participant_id].subject_id, message.message)
        except StoreError as error:
            log.error("what a page said to plugin '%s' could not be stored: %s", message.plugin, error)
        except Exception:
            log.exception("plugin '%s' could not take what a page said", message.plugin)
        return None

    def pass_on(self, subject_id: str, sender: str, text: str, to: Sequence[str]) -> bool:
        """Let somebody's game know what was said in it; see `mug.facts.Attendance`."""
        game = self.play.game_of(self._participant(subject_id))
        if game is None or not isinstance(game.handle, HearingHandle):
            return False
        game.handle.hear(sender, text, to)
        return True

    def take_out(self, subject_id: str, outcome: str, reason: str) -> bool:
        """End the study for somebody; see `mug.facts.Attendance`."""
        participant = self._participant(subject_id)
        if outcome not in ENDINGS:
            raise ValueError(f"'{outcome}' is no outcome that somebody can end with: {', '.join(ENDINGS)}")
        over = participant.finished or self.moves.is_at_end(participant)
        if over or self.matching.waiting(participant.id) is not None:
            return False
        game = self.play.game_of(participant)
        why = self._observed(participant, "taken_out", {"outcome": outcome, "reason": reason}, {})
        self.move(participant, [why, *self.moves.to_ending(participant, participant.kept.answers, outcome)])
        connection = self.connection_of(participant.id)
        if game is not None and connection is not None:
            game.detach(participant.id, connection, for_good=True)
        return True

    def _participant(self, subject_id: str) -> Participant:
        return self.state.participants[self.state.subject_ids[subject_id]]

    def _observed(
        self, participant: Participant, what: str, values: Mapping[str, Any], facts: Mapping[str, Any]
    ) -> Event:
        event: Event = {"kind": "observed", "participant": participant.id, "what": what}
        return event | {"subject_id": participant.subject_id, "values": dict(values), "facts": dict(facts)}
