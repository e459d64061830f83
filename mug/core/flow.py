"""The way of each participant through the scenes. Only the server moves anybody."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Mapping
from typing import Any

from mug.components import Completion, StoreError
from mug.core.endings import Endings
from mug.core.experiment import Experiment
from mug.core.journal import Journal, now_ms
from mug.core.matching import Matching
from mug.core.play import Play
from mug.core.protocol import (
    Advance,
    Draft,
    Leave,
    Notice,
    Ready,
    Redirect,
    Refused,
    SceneView,
    Superseded,
    Visibility,
)
from mug.core.state import Event, Participant, State
from mug.core.web.sockets import SocketConnection, Sockets
from mug.engine.seeds import derive_seed
from mug.scenes.scene import Rejected

log = logging.getLogger(__name__)

MOMENT_MS = 30 * 1000
ABANDONED_AFTER_MS = 30 * 60 * 1000
MAX_DRAFT_FIELDS = 500
SUPERSEDED_TEXT = "This study was opened in another tab or window, which has taken over."
NOT_SAVED_TEXT = "Your last action could not be saved just now. Please try again in a moment."


class Flow:
    """Moves participants from scene to scene and shows them where they are."""

    def __init__(self, experiment: Experiment, state: State, journal: Journal, play: Play) -> None:
        self._experiment = experiment
        self._state = state
        self._journal = journal
        self._play = play
        self._live: dict[str, SocketConnection] = {}
        self._endings = Endings(experiment, journal, self._finished, self._cannot_save)
        self._last_seen: dict[str, int] = {}
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
        )

    # ------------------------------------------------------------------------------------- arrivals

    def arrive(self, labels: Mapping[str, str], subject_id: str | None) -> Participant:
        """Admit a new participant and let them enter the first scene.

        Raises:
            StoreError: the arrival could not be recorded.
        """
        participant_id = secrets.token_hex(16)
        seed = derive_seed(self._state.seed, "participant", len(self._state.participants))
        plan = self._experiment.stager.plan(seed, self._state.counts())
        arrived: Event = {
            "kind": "participant_arrived",
            "participant": participant_id,
            "subject_id": self._free_subject_id(subject_id),
            "seed": seed,
            "plan": plan.to_json(),
            "assignments": dict(plan.assignments),
            "labels": dict(labels),
        }
        self._journal.write(arrived)
        participant = self._state.participants[participant_id]
        self._last_seen[participant_id] = now_ms()
        self._enter_next(participant)
        return participant

    def _free_subject_id(self, wanted: str | None) -> str:
        taken = self._state.subject_ids()
        if wanted and wanted not in taken:
            return wanted
        while True:
            # The letter keeps spreadsheets from reading an id as a number.
            subject_id = "s" + secrets.token_hex(4)
            if subject_id not in taken:
                return subject_id

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
        self._show(participant, connection)

    def disconnected(self, connection: SocketConnection) -> None:
        """A participant's page is gone."""
        participant = self._state.participants[connection.participant_id]
        if self._live.get(participant.id) is not connection:
            return
        del self._live[participant.id]
        self._last_seen[participant.id] = now_ms()
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

    def input(self, connection: SocketConnection, payload: bytes) -> None:
        """Pass on a game input that came over the control connection."""
        game = self._play.game_of(self._state.participants[connection.participant_id])
        if game is not None:
            game.input(connection.participant_id, payload)

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
                case Ready(game):
                    self.matching.ready(participant.id, game)
                case Visibility(visible):
                    connection.visible = visible
                    event = {"kind": "visibility", "participant": participant.id, "visible": visible}
                    self._note(event | {"visit": participant.visit})
        except StoreError as error:
            log.error("a participant's action could not be recorded: %s", error)
            self._cannot_save(participant)
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
            if game is None or not game.over:
                return
            self._leave(participant, {}, str(game.facts.ended))
        else:
            result = scene.accept(answers)
            if isinstance(result, Rejected):
                connection.emit("refused", Refused(participant.visit, dict(result.errors)))
                return
            self._leave(participant, dict(result.answers), "")
        self._enter_next(participant)
        self._show(participant, connection)

    def _save_draft(self, participant: Participant, answers: dict[str, Any]) -> None:
        if participant.finished or participant.scene_kind in ("gym", "wait"):
            return
        if len(answers) <= MAX_DRAFT_FIELDS:
            event = {"kind": "draft", "participant": participant.id, "visit": participant.visit}
            self._journal.write(event | {"answers": answers})

    def _leave_lobby(self, participant: Participant) -> None:
        scene_id = self._experiment.lobby_of(participant)
        if scene_id is None or not self._experiment.games[scene_id].can_leave:
            return
        if self.matching.leave(participant, "left"):
            self._move_to(participant, self._experiment.games[scene_id].timeout_scene_id, "left_lobby")

    def _waited_too_long(self, participant: Participant, scene_id: str) -> None:
        spec = self._experiment.games[scene_id]
        if spec.timeout_redirect_url:
            self._leave(participant, {}, "lobby_timeout")
            away = Completion(redirect=spec.timeout_redirect_url)
            self._endings.record(participant, "lobby_timeout", away)
        else:
            self._move_to(participant, spec.timeout_scene_id, "lobby_timeout", spec.timeout_message)

    def _move_to(
        self, participant: Participant, scene_id: str | None, outcome: str, text: str | None = None
    ) -> None:
        target = scene_id or self._experiment.last_scene_id
        plan, position = participant.plan.jump(participant.position, target)
        self._journal.write(
            self._left(participant, {}, outcome),
            {
                "kind": "plan_changed",
                "participant": participant.id,
                "plan": plan.to_json(),
                "reason": outcome,
            },
            self._entered(participant, position, target),
        )
        self._experiment.exports.participant_changed(participant.subject_id)
        connection = self._live.get(participant.id)
        if connection is not None:
            self._show(participant, connection)
            if text:
                connection.emit("notice", Notice("info", text))

    def _leave(self, participant: Participant, answers: dict[str, Any], outcome: str) -> None:
        self._journal.write(self._left(participant, answers, outcome))
        self._experiment.exports.participant_changed(participant.subject_id)

    def _left(self, participant: Participant, answers: dict[str, Any], outcome: str) -> Event:
        return {
            "kind": "scene_left",
            "participant": participant.id,
            "visit": participant.visit,
            "scene_id": participant.scene_id,
            "answers": answers,
            "outcome": outcome,
        }

    # --------------------------------------------------------------------------------- entering scenes

    def _enter_next(self, participant: Participant) -> None:
        position = participant.position + 1
        plan, assigned = self._experiment.stager.resolve(
            participant.plan, position, participant.facts, self._state.counts()
        )
        events: list[Event] = []
        if plan != participant.plan:
            branch: Event = {"kind": "branch", "participant": participant.id, "plan": plan.to_json()}
            events.append(branch | {"choices": dict(assigned)})
        self._journal.write(*events, self._entered(participant, position, plan.scene_at(position)))

    def _entered(self, participant: Participant, position: int, scene_id: str) -> Event:
        scene = self._experiment.scenes[scene_id]
        return {
            "kind": "scene_entered",
            "participant": participant.id,
            "visit": participant.visit + 1,
            "position": position,
            "scene_id": scene.scene_id,
            "scene_kind": scene.kind,
        }

    def _group_formed(self, group: str, scene_id: str, waits: Mapping[str, float]) -> None:
        """Record the group, bring everybody into the game scene, and open the game: all or nothing."""
        people = [self._state.participants[participant_id] for participant_id in waits]
        game_event = self._play.creation(group, scene_id, people)
        events: list[Event] = []
        for participant in people:
            events.append(
                {
                    "kind": "lobby_left",
                    "participant": participant.id,
                    "visit": participant.visit,
                    "scene_id": scene_id,
                    "reason": "matched",
                    "waited": round(waits[participant.id], 3),
                }
            )
            if participant.scene_id != scene_id:
                events.append(self._left(participant, {}, "matched"))
                events.append(self._entered(participant, participant.position + 1, scene_id))
        group_event = {
            "kind": "group_formed",
            "group": group,
            "scene_id": scene_id,
            "participants": [participant.subject_id for participant in people],
            "matchmaker": type(self._experiment.matchmakers[scene_id]).__name__,
        }
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
        elif ends and not participant.finished:
            self._endings.complete(participant)
        else:
            self._show_scene(participant, connection)
            if participant.scene_kind in ("gym", "wait"):
                self._take_part(participant, connection)

    def _show_scene(self, participant: Participant, connection: SocketConnection) -> None:
        scene = self._experiment.scenes[participant.scene_id]
        page = scene.page() | self._experiment.ending_page(participant)
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
        now = now_ms()
        for participant_id, seen in list(self._last_seen.items()):
            if participant_id in self._live:
                del self._last_seen[participant_id]
            elif now - seen > ABANDONED_AFTER_MS:
                del self._last_seen[participant_id]
                self._abandon(self._state.participants[participant_id])

    def _abandon(self, participant: Participant) -> None:
        if participant.finished:
            return
        self.matching.leave(participant, "disconnected")
        self._endings.abandon(participant)

    def restored(self) -> None:
        """After a restart: nobody is connected; the clocks of the absent begin now."""
        now = now_ms()
        for participant in self._state.participants.values():
            if not participant.finished:
                self._last_seen[participant.id] = now

    def present_count(self) -> int:
        """Return how many participants are connected, or were a moment ago: reloading, or just admitted."""
        recent = now_ms() - MOMENT_MS
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
