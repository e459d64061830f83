"""Who is there at the moment, and what plugins may do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import attrs

from mug.core.journal import Journal
from mug.core.matching import Matching
from mug.core.moves import Moves
from mug.core.play import Play
from mug.core.protocol import Notice
from mug.core.state import Event, Participant, State
from mug.core.web.sockets import SocketConnection
from mug.facts import Presence
from mug.outcomes import ENDINGS


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
        self.move(participant, [why, *self.moves.to_ending(participant, {}, outcome)])
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
