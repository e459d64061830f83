"""The way of each participant through the scenes. Only the server moves anybody."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any

from mug.components import Identity, StoreError
from mug.core.attendance import Attendance
from mug.core.endings import Endings
from mug.core.experiment import Experiment
from mug.core.journal import Journal
from mug.core.matching import Matching
from mug.core.moves import Moves, group_formed
from mug.core.play import Play
from mug.core.protocol import (
    Advance,
    Draft,
    Leave,
    Notice,
    Ready,
    Redirect,
    Refused,
    RuntimeMessage,
    SceneView,
    Settled,
    Superseded,
    Visibility,
)
from mug.core.state import Event, Participant, State
from mug.core.web.sockets import SocketConnection, Sockets
from mug.scenes.scene import Continued, Kept, Rejected

log = logging.getLogger(__name__)

MOMENT = 30.0
ABANDONED_AFTER = 30 * 60.0
"""Seconds without a connection after which a participant counts as gone."""
MAX_DRAFT_FIELDS = 500
SUPERSEDED_TEXT = "This study was opened in another tab or window, which has taken over."
FAULT_TEXT = (
    "This page has a technical problem. Please reload it; if that does not help, tell the researchers."
)
NOT_SAVED_TEXT = "Your last action could not be saved just now. Please try again in a moment."


class Flow:
    """Moves participants from scene to scene and shows them where they are."""

    def __init__(self, experiment: Experiment, state: State, journal: Journal, play: Play) -> None:
        self._experiment = experiment
        self._state = state
        self._journal = journal
        self._play = play
        self._live: dict[str, SocketConnection] = {}
        self._moves = Moves(experiment, state)
        self._endings = Endings(experiment, journal, self._finished, self._cannot_save)
        self._last_seen: dict[str, float] = {}
        self.sockets: Sockets
        self.matching = Matching(
            specs=experiment.games,
            matchmakers=experiment.matchmakers,
            state=state,
            journal=journal,
            connection_of=self._live.get,
            group_formed=self._group_formed,
            timed_out=self._waited_too_long,
            clock=time.monotonic,
            peers=experiment.peers,
        )
        self.attendance = Attendance(
            state, journal, play, self._moves, self.matching, self._live.get, self._move
        )
        self.plugin = self.attendance.heard

    # ------------------------------------------------------------------------------------- arrivals

    def arrive(self, identity: Identity, page: str) -> Participant:
        """Admit a new participant and let them enter the first scene.

        Raises:
            StoreError: the arrival could not be recorded.
        """
        participant_id, events = self._moves.arrival(identity.subject_id, page)
        if identity.labels or identity.person:
            self._identify(participant_id, identity)
        self._journal.write(*events)
        self._last_seen[participant_id] = time.monotonic()
        return self._state.participants[participant_id]

    def reenter(self, participant_id: str, identity: Identity) -> None:
        """Somebody who takes part already came in by another invitation, which counts from now on.

        Raises:
            StoreError: it could not be recorded.
        """
        self._identify(participant_id, identity)
        self._journal.write({"kind": "reentered", "participant": participant_id})

    def _identify(self, participant_id: str, identity: Identity) -> None:
        names = {"labels": dict(identity.labels), "person": identity.person, "entry": identity.entry}
        self._journal.identify(participant_id, **names)

    # ----------------------------------------------------------------------------------- connections

    def connected(self, connection: SocketConnection) -> None:
        """A participant's page is there: the newest one wins."""
        participant = self._state.participants[connection.participant_id]
        previous = self._live.get(participant.id)
        self._live[participant.id] = connection
        if previous is not None:
            self._detach(participant, previous)
            previous.emit("superseded", Superseded(SUPERSEDED_TEXT))
            self.sockets.end(previous)
        self._note({"kind": "connected", "participant": participant.id, "visit": participant.visit})
        if participant.outcome == "abandoned":
            self._note({"kind": "returned", "participant": participant.id})
        try:
            self._show(participant, connection)
        except Exception:
            log.exception("scene %r failed", participant.scene_id)
            connection.emit("notice", Notice("error", FAULT_TEXT))

    def disconnected(self, connection: SocketConnection) -> None:
        """A participant's page is gone."""
        participant = self._state.participants[connection.participant_id]
        if self._live.get(participant.id) is not connection:
            return
        del self._live[participant.id]
        self._last_seen[participant.id] = time.monotonic()
        self._detach(participant, connection)
        self._note({"kind": "disconnected", "participant": participant.id, "visit": participant.visit})

    def _detach(self, participant: Participant, connection: SocketConnection) -> None:
        self.matching.absent(participant.id)
        game = self._play.game_of(participant)
        if game is not None:
            game.detach(participant.id, connection)

    def round_trip(self, connection: SocketConnection, milliseconds: float) -> None:
        """Record a latency that the page measured."""
        event = {"kind": "latency", "participant": connection.participant_id}
        self._note(event | {"rtt_ms": round(milliseconds, 2)})
        connection.rtt_ms = milliseconds
        self.matching.measured(connection.participant_id, milliseconds)

    def input(self, connection: SocketConnection, payload: bytes) -> None:
        """Pass on a game input that came over the control connection."""
        game = self._play.game_of(self._state.participants[connection.participant_id])
        if game is not None:
            game.input(connection.participant_id, payload)

    def runtime(self, connection: SocketConnection, message: RuntimeMessage) -> object:
        """Pass on what a runtime's half in a page says; None when it cannot be taken now."""
        participant = self._state.participants[connection.participant_id]
        if self._live.get(participant.id) is not connection:
            return None
        try:
            game = self._play.game_with(participant, message.game)
            if game is None:
                return self.matching.probe(participant.id, message.game, message.message)
            return game.receive(participant.id, message.message)
        except StoreError as error:
            log.error("what a page recorded of game %s could not be stored: %s", message.game, error)
        except Exception:
            log.exception("game %s could not take what a page said", message.game)
        return None

    async def received(self, connection: SocketConnection, message: Any) -> bool:
        """Do what a participant's page asks for, as far as it is theirs to ask."""
        participant = self._state.participants[connection.participant_id]
        if self._live.get(participant.id) is not connection:
            return False
        try:
            match message:
                case Advance(visit, answers) if visit == participant.visit:
                    self._advance(participant, connection, answers)
                case Draft(visit, answers) if visit == participant.visit:
                    self._save_draft(participant, answers)
                case Leave(visit) if visit == participant.visit:
                    self._leave_lobby(participant)
                case Settled(visit) if visit == participant.visit:
                    self._endings.settled(participant)
                case Ready(game):
                    self.matching.ready(participant.id, game)
                case Visibility(visible):
                    connection.visible = visible
                    if visible:
                        self.matching.shown(participant.id)
                    playing = self._play.game_of(participant)
                    if playing is not None:
                        playing.seen(participant.id)
                    event = {"kind": "visibility", "participant": participant.id, "visible": visible}
                    self._note(event | {"visit": participant.visit})
        except StoreError as error:
            log.error("a participant's action could not be recorded: %s", error)
            self._cannot_save(participant)
            return False
        except Exception:
            log.exception("scene %r failed", participant.scene_id)
            connection.emit("notice", Notice("error", FAULT_TEXT))
            return False
        return True

    # ---------------------------------------------------------------------------------- leaving scenes

    def _advance(
        self, participant: Participant, connection: SocketConnection, answers: dict[str, Any]
    ) -> None:
        scene = self._experiment.scenes[participant.scene_id]
        if participant.finished or scene.ends or scene.kind == "wait":
            return
        if scene.kind == "gym":
            game = self._play.game_of(participant)
            ending = None if game is None else game.ending_of(participant.id)
            if game is None or ending is None:
                return
            game.detach(participant.id, connection)
            events = self._moves.out_of_game(participant, ending)
        else:
            result = scene.accept_from(participant.visitor, answers)
            if isinstance(result, Rejected):
                self._keep(participant, result.kept)
                connection.emit("refused", Refused(participant.visit, dict(result.errors)))
                return
            if isinstance(result, Continued):
                self._keep(participant, result.kept)
                self._show(participant, connection)
                return
            if result.ending:
                events = self._moves.to_ending(participant, result.answers, result.ending)
            else:
                events = self._moves.onwards(participant, result.answers, "")
        self._move(participant, events)

    def _move(self, participant: Participant, events: list[Event]) -> None:
        """Store a move and show the participant where they are now."""
        self._journal.write(*events)
        connection = self._live.get(participant.id)
        if connection is not None:
            self._show(participant, connection)

    def _keep(self, participant: Participant, kept: Kept | None) -> None:
        """Store what a scene has of a participant who stays in it, if it is something new."""
        if kept is None or kept == participant.kept:
            return
        event: Event = {"kind": "scene_kept", "participant": participant.id, "visit": participant.visit}
        event |= {"scene_id": participant.scene_id, "answers": dict(kept.answers)}
        self._journal.write(event | {"notes": dict(kept.notes)})

    def _save_draft(self, participant: Participant, answers: dict[str, Any]) -> None:
        if participant.finished or participant.scene_kind in ("gym", "wait"):
            return
        if len(answers) <= MAX_DRAFT_FIELDS:
            event = {"kind": "draft", "participant": participant.id, "visit": participant.visit}
            self._journal.write(event | {"answers": answers})

    def _leave_lobby(self, participant: Participant) -> None:
        waiting = self.matching.waiting(participant.id)
        if waiting is None or not self._experiment.games[waiting[0]].can_leave:
            return
        self._move(participant, self._moves.out_of_lobby(participant, waiting[0], "left", waiting[1]))
        self.matching.remove(participant.id)

    def _waited_too_long(self, participant: Participant, scene_id: str, waited: float) -> None:
        self._move(participant, self._moves.out_of_lobby(participant, scene_id, "timeout", waited))
        text = self._experiment.games[scene_id].timeout_message
        connection = self._live.get(participant.id)
        if connection is not None and text:
            connection.emit("notice", Notice("info", text))

    # --------------------------------------------------------------------------------- entering scenes

    def _group_formed(self, group: str, scene_id: str, waits: Mapping[str, float]) -> None:
        """Record the group, bring everybody into the game scene, and open the game: all or nothing."""
        people = [self._state.participants[participant_id] for participant_id in waits]
        game_event = self._play.creation(group, scene_id, people)
        events = [
            event
            for participant in people
            for event in self._moves.into_game(participant, scene_id, waits[participant.id])
        ]
        group_event = group_formed(group, scene_id, people, self._experiment.matchmakers[scene_id])
        self._journal.write(*events, group_event, game_event)
        game = self._play.create(game_event["game"])
        for participant in people:
            connection = self._live.get(participant.id)
            if connection is not None:
                self._show_scene(participant, connection)
                game.attach(participant.id, connection)
        game.open()

    # ------------------------------------------------------------------------------------- showing

    def _show(self, participant: Participant, connection: SocketConnection) -> None:
        """Show a participant the scene they are in, and do what being there means."""
        ends = self._experiment.scenes[participant.scene_id].ends
        if participant.redirect and not ends:
            connection.emit("redirect", Redirect(participant.redirect))
        else:
            self._show_scene(participant, connection)
            if ends and not participant.finished:
                self._endings.reached(participant)
            if participant.scene_kind in ("gym", "wait"):
                self._take_part(participant, connection)

    def _show_scene(self, participant: Participant, connection: SocketConnection) -> None:
        scene = self._experiment.scenes[participant.scene_id]
        page = scene.page() | self._experiment.own_page(participant)
        view = SceneView(
            visit=participant.visit,
            scene_id=scene.scene_id,
            kind=scene.kind,
            page=page,
            answers=participant.draft,
            progress=participant.progress,
        )
        connection.emit("scene", view)

    def _take_part(self, participant: Participant, connection: SocketConnection) -> None:
        game = self._play.game_of(participant)
        if game is not None:
            game.attach(participant.id, connection)
            return
        lobby = self._experiment.lobby_of(participant)
        if lobby is None:
            log.error("scene %r has no game to wait for", participant.scene_id)
            return
        try:
            self.matching.join(participant, lobby)
        except StoreError as error:
            log.error("an arrival in a waiting room could not be recorded: %s", error)
            self._cannot_save(participant)

    def _finished(self, participant: Participant) -> None:
        connection = self._live.get(participant.id)
        if connection is not None:
            self._show(participant, connection)

    def _cannot_save(self, participant: Participant) -> None:
        connection = self._live.get(participant.id)
        if connection is not None:
            connection.emit("notice", Notice("error", NOT_SAVED_TEXT))

    # ---------------------------------------------------------------------------------- once a second

    def tick(self) -> None:
        """Let time pass: lobbies, and participants who have been away for so long that they left."""
        self.matching.tick()
        now = time.monotonic()
        for participant_id, seen in list(self._last_seen.items()):
            if participant_id in self._live:
                del self._last_seen[participant_id]
            elif now - seen > ABANDONED_AFTER:
                try:
                    self._give_up(self._state.participants[participant_id])
                    del self._last_seen[participant_id]
                except StoreError as error:
                    log.error("that a participant is gone could not be recorded: %s", error)

    def _give_up(self, participant: Participant) -> None:
        """Somebody has been away for so long that they count as gone, unless they had reached an ending."""
        if participant.finished:
            return
        if self._experiment.scenes[participant.scene_id].ends:
            self._endings.complete(participant)
            return
        self._journal.write(*self._moves.gone(participant, self.matching.waiting(participant.id)))
        self.matching.remove(participant.id)
        self._endings.abandoned(participant)

    def restored(self) -> None:
        """After a restart: nobody is connected; the clocks of the absent begin now."""
        now = time.monotonic()
        for participant in self._state.participants.values():
            if not participant.finished:
                self._last_seen[participant.id] = now

    def present_count(self) -> int:
        """Return how many participants are connected, or were a moment ago: reloading, or just admitted."""
        recent = time.monotonic() - MOMENT
        away = self._last_seen.items()
        return len(self._live) + sum(seen > recent and who not in self._live for who, seen in away)

    def connected_count(self) -> int:
        """Return how many participants are connected."""
        return len(self._live)

    def _note(self, event: Event) -> None:
        """Record an observation; that it cannot be stored must not stop the participant."""
        try:
            self._journal.write(event)
        except StoreError as error:
            log.error("an observation could not be recorded: %s", error)
