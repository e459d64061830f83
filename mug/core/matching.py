"""From waiting to playing: lobbies, readiness checks, and the groups that come out of them."""

from __future__ import annotations

import logging
import math
import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from mug.components import Matchmaker, StoreError
from mug.core.journal import Journal, now_ms
from mug.core.lobby import FarApart, Lobby, LobbyRules, Waiting
from mug.core.probing import PROBE_SECONDS, Distances, Probe
from mug.core.protocol import Notice, ReadyCheck
from mug.core.state import Event, Participant, State
from mug.core.waiting_pages import (
    EXTENDED_TEXT,
    FAR_TEXT,
    MISSED_TEXT,
    PASSED_OVER_TEXT,
    REQUEUED_TEXT,
    WaitingPages,
)
from mug.core.web.sockets import SocketConnection
from mug.game.spec import GameSpec
from mug.peers import PeerTransport

log = logging.getLogger(__name__)

LobbyEnd = Callable[[Participant, str, float], None]
"""(participant, scene id, seconds waited)"""
GroupFormed = Callable[[str, str, Mapping[str, float]], None]
"""(group id, scene id, seconds waited by participant id in seating order)"""


@attrs.define(eq=False)
class Check:
    """A group whose members are being asked whether they are there."""

    id: str
    scene_id: str
    members: list[Waiting]
    deadline: float
    answered: set[str] = attrs.field(factory=set)
    probe: Probe | None = None

    def member(self, participant_id: str) -> Waiting:
        """Return one of its members."""
        return next(entry for entry in self.members if entry.participant_id == participant_id)


class Matching:
    """The lobbies of all game scenes."""

    def __init__(
        self,
        specs: Mapping[str, GameSpec],
        matchmakers: Mapping[str, Matchmaker],
        state: State,
        journal: Journal,
        connection_of: Callable[[str], SocketConnection | None],
        group_formed: GroupFormed,
        timed_out: LobbyEnd,
        clock: Callable[[], float],
        peers: Mapping[str, PeerTransport],
    ) -> None:
        self._specs = specs
        self._peers = peers
        self._distances = Distances(clock)
        self._state = state
        self._journal = journal
        self._connection_of = connection_of
        self._group_formed = group_formed
        self._timed_out = timed_out
        self._clock = clock
        self._lobbies = {
            scene_id: Lobby(LobbyRules.of(spec), matchmakers[scene_id], clock, self._limit(spec))
            for scene_id, spec in specs.items()
        }
        self._where: dict[str, str] = {}
        self._checks: dict[str, Check] = {}
        self._pages = WaitingPages(specs, self._lobbies, state, connection_of)

    def join(self, participant: Participant, scene_id: str) -> None:
        """A participant has come to wait for this game scene, or is back after a reload."""
        lobby = self._lobbies[scene_id]
        check = self._check_of(participant.id)
        if check is not None:
            check.member(participant.id).present = True
            self._ask(check, participant.id)
            return
        if participant.id in lobby:
            lobby.set_present(participant.id, True)
        else:
            waited = 0.0
            if participant.lobby_since is None:
                event = {"kind": "lobby_joined", "participant": participant.id, "scene_id": scene_id}
                self._journal.write(event | {"visit": participant.visit})
            else:
                waited = max(0.0, (now_ms() - participant.lobby_since) / 1000)
            draw = random.Random(f"{participant.seed}:{participant.visit}:wait").random()
            subject, facts, partners = participant.subject_id, participant.facts, participant.partners
            used = (participant.extensions, participant.requeues)
            lobby.join(participant.id, subject, facts, partners, waited, draw, *used)
            self._where[participant.id] = scene_id
        self._form_groups(scene_id)
        self._pages.show(scene_id, participant.id)

    def absent(self, participant_id: str) -> None:
        """A participant's page is gone: they keep their place but are not matched."""
        check = self._check_of(participant_id)
        scene_id = self._where.get(participant_id)
        if check is not None:
            check.member(participant_id).present = False
        elif scene_id is not None:
            self._lobbies[scene_id].set_present(participant_id, False)

    def shown(self, participant_id: str) -> None:
        """A participant's page is visible again: who missed a readiness check can be matched again."""
        scene_id = self._where.get(participant_id)
        if scene_id is not None:
            self._lobbies[scene_id].set_present(participant_id, True)
            self._form_groups(scene_id)

    def waiting(self, participant_id: str) -> tuple[str, float] | None:
        """Return the scene a participant waits for, and the seconds waited; None for who does not wait."""
        check = self._check_of(participant_id)
        if check is not None:
            return check.scene_id, self._clock() - check.member(participant_id).ticket.joined_at
        scene_id = self._where.get(participant_id)
        if scene_id is None or participant_id not in self._lobbies[scene_id]:
            return None
        return scene_id, self._lobbies[scene_id].waited(participant_id)

    def who_waits(self, scene_id: str) -> list[str]:
        """Return who waits for a game scene, also those who are being asked whether they are there."""
        return [participant_id for participant_id, scene in self._where.items() if scene == scene_id]

    def remove(self, participant_id: str) -> None:
        """Forget a participant who does not wait any more; a group they were in does not come about."""
        check = self._check_of(participant_id)
        if check is not None:
            del self._checks[check.id]
            others = [entry for entry in check.members if entry.participant_id != participant_id]
            self._lobbies[check.scene_id].put_back(others)
            for entry in others:
                self._pages.say(check.scene_id, entry.participant_id, PASSED_OVER_TEXT)
        scene_id = self._where.get(participant_id)
        if scene_id is not None:
            self._lobbies[scene_id].leave(participant_id)
        self._forget(participant_id)

    def ready(self, participant_id: str, check_id: str) -> None:
        """A participant has answered the readiness check."""
        check = self._checks.get(check_id)
        if check is None or all(entry.participant_id != participant_id for entry in check.members):
            return
        if check.probe is not None:
            return
        check.answered.add(participant_id)
        if len(check.answered) == len(check.members):
            self._conclude(check)

    def tick(self) -> None:
        """Once a second: relaxed matching rules, timeouts, overdue answers, fresh figures."""
        for check in [check for check in self._checks.values() if self._clock() >= check.deadline]:
            if check.probe is None:
                self._conclude(check)
            else:
                self._judge(check, check.probe)
        for scene_id, lobby in self._lobbies.items():
            if not len(lobby):
                continue
            self._let_wait_on(scene_id, lobby)
            groups, alone = lobby.take_expired()
            for members in groups:
                self._begin_check(scene_id, members)
            for entry in alone:
                self._time_out(scene_id, entry)
            self._form_groups(scene_id)
            self._pages.show_changes(scene_id)

    def counts(self) -> dict[str, int]:
        """Return how many people wait, by scene id."""
        return {scene_id: len(lobby) for scene_id, lobby in self._lobbies.items()}

    # --------------------------------------------------------------------------------------- groups

    def _form_groups(self, scene_id: str) -> None:
        for members in self._lobbies[scene_id].take_groups():
            self._begin_check(scene_id, members)

    def _begin_check(self, scene_id: str, members: list[Waiting]) -> None:
        spec = self._specs[scene_id]
        check = Check(secrets.token_hex(8), scene_id, members, self._clock() + spec.ready_timeout)
        self._checks[check.id] = check
        if len(members) == 1 and spec.ready_check == "automatic":
            check.answered.add(members[0].participant_id)
            self._conclude(check)
            return
        for entry in members:
            self._ask(check, entry.participant_id)

    def _ask(self, check: Check, participant_id: str) -> None:
        connection = self._connection_of(participant_id)
        if connection is not None:
            seconds = max(0.0, check.deadline - self._clock())
            mode = self._specs[check.scene_id].ready_check
            connection.emit("ready_check", ReadyCheck(check.id, seconds, mode))

    def _conclude(self, check: Check) -> None:
        del self._checks[check.id]
        present = [
            entry
            for entry in check.members
            if entry.participant_id in check.answered and self._connection_of(entry.participant_id)
        ]
        lobby = self._lobbies[check.scene_id]
        if len(present) < len(check.members):
            self._break_up(check, lobby, present)
        elif len(present) > 1 and self._specs[check.scene_id].max_p2p_rtt_ms is not None:
            self._probe(check)
        else:
            self._form(check, lobby)

    def _form(self, check: Check, lobby: Lobby) -> None:
        now = self._clock()
        waits = {entry.participant_id: now - entry.ticket.joined_at for entry in check.members}
        try:
            self._group_formed(check.id, check.scene_id, waits)
        except StoreError as error:
            log.error("a group could not be recorded and waits on: %s", error)
            lobby.put_back(check.members)
            return
        for entry in check.members:
            self._forget(entry.participant_id)
        spec = self._specs[check.scene_id]
        if spec.filled_message and len(check.members) < len(spec.humans):
            self._tell(check.members, spec.filled_message)

    def _tell(self, members: Sequence[Waiting], text: str) -> None:
        for entry in members:
            connection = self._connection_of(entry.participant_id)
            if connection is not None:
                connection.emit("notice", Notice("info", text))

    # -------------------------------------------------------------------------------------- distances

    def measured(self, participant_id: str, rtt_ms: float) -> None:
        """A participant's page measured how far the server is."""
        scene_id = self._where.get(participant_id)
        if scene_id is not None:
            self._lobbies[scene_id].learn(participant_id, "rtt_ms", rtt_ms)

    def probe(
        self, participant_id: str, check_id: str, message: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        """A page says something that serves to measure how far others are; return the answer."""
        check = self._checks.get(check_id)
        if check is None or check.probe is None:
            return None
        answer = check.probe.receive(participant_id, message)
        if check.probe.complete:
            self._judge(check, check.probe)
        return answer

    def _limit(self, spec: GameSpec) -> FarApart:
        limit = spec.max_p2p_rtt_ms
        return lambda members: None if limit is None else self._distances.far_apart(members, limit)

    def _probe(self, check: Check) -> None:
        """Everybody is there: let their pages find out how far they are from each other."""
        self._checks[check.id] = check
        check.deadline = self._clock() + PROBE_SECONDS
        members = [entry.participant_id for entry in check.members]
        check.probe = Probe(check.id, members, self._peers[check.scene_id], self._connection_of)

    def _judge(self, check: Check, probe: Probe) -> None:
        """Form the group if its members are near enough; otherwise let them wait for others."""
        self._checks.pop(check.id, None)
        found = probe.close()
        for (one, other), rtt_ms in found.items():
            self._distances.learn(one, other, rtt_ms)
        limit = self._specs[check.scene_id].max_p2p_rtt_ms
        fits = limit is None or max(found.values()) <= limit
        self._note(
            {
                "kind": "peers_probed",
                "scene_id": check.scene_id,
                "group": check.id,
                "pairs": [[*pair, round(rtt) if rtt < math.inf else None] for pair, rtt in found.items()],
                "fits": fits,
            }
        )
        lobby = self._lobbies[check.scene_id]
        if fits:
            self._form(check, lobby)
            return
        lobby.put_back(check.members)
        for entry in check.members:
            lobby.learn(entry.participant_id, "p2p_rtt_ms", self._known(entry, check.members))
            self._pages.say(check.scene_id, entry.participant_id, FAR_TEXT)
        self._form_groups(check.scene_id)

    def _known(self, entry: Waiting, others: Sequence[Waiting]) -> dict[str, float]:
        """Return how far others are from somebody who waits, by subject id, as matchmakers know it."""
        before = entry.facts.get("p2p_rtt_ms")
        known = dict(before) if isinstance(before, dict) else {}
        for other in others:
            rtt_ms = self._distances.rtt_ms(entry.participant_id, other.participant_id)
            if other is not entry and rtt_ms is not None:
                known[other.ticket.subject_id] = rtt_ms
        return known

    def _forget(self, participant_id: str) -> None:
        self._where.pop(participant_id, None)
        self._pages.forget(participant_id)

    def _break_up(self, check: Check, lobby: Lobby, present: list[Waiting]) -> None:
        lobby.put_back(present)
        for entry in check.members:
            if entry in present:
                continue
            connection = self._connection_of(entry.participant_id)
            entry.present = connection is not None
            entry.missed = connection is not None and not connection.visible
            lobby.send_to_back(entry)
            self._note({"kind": "ready_check_missed", "participant": entry.participant_id})
        for entry in check.members:
            text = PASSED_OVER_TEXT if entry in present else MISSED_TEXT
            self._pages.say(check.scene_id, entry.participant_id, text)

    # ------------------------------------------------------------------------------ who waited in vain

    def _let_wait_on(self, scene_id: str, lobby: Lobby) -> None:
        """Extend the wait of those whose time is over, or let them begin anew, as far as the study does."""
        for entry in lobby.expired():
            if lobby.extend(entry):
                extended = {"kind": "lobby_extended", "participant": entry.participant_id}
                self._note(extended | {"scene_id": scene_id})
                self._pages.say(scene_id, entry.participant_id, EXTENDED_TEXT)
            elif lobby.may_requeue(entry):
                self._requeue(scene_id, lobby, entry)

    def _requeue(self, scene_id: str, lobby: Lobby, entry: Waiting) -> None:
        """Record that a wait is over and another one begins; what cannot be stored is tried again."""
        participant_id = entry.participant_id
        visit = self._state.participants[participant_id].visit
        place = {"participant": participant_id, "visit": visit, "scene_id": scene_id}
        waited = round(lobby.waited(participant_id), 3)
        over: Event = {"kind": "lobby_left", **place, "reason": "requeued", "waited": waited}
        try:
            self._journal.write(over, {"kind": "lobby_joined", **place})
        except StoreError as error:
            log.error("that somebody is in line again could not be recorded: %s", error)
            return
        lobby.requeue(entry)
        self._pages.say(scene_id, participant_id, REQUEUED_TEXT)

    def _time_out(self, scene_id: str, entry: Waiting) -> None:
        participant = self._state.participants[entry.participant_id]
        try:
            self._timed_out(participant, scene_id, self._clock() - entry.ticket.joined_at)
            self._forget(participant.id)
        except StoreError as error:
            log.error("a timeout could not be recorded and is tried again: %s", error)
            self._lobbies[scene_id].put_back([entry])

    def _check_of(self, participant_id: str) -> Check | None:
        for check in self._checks.values():
            if any(entry.participant_id == participant_id for entry in check.members):
                return check
        return None

    def _note(self, event: dict[str, Any]) -> None:
        try:
            self._journal.write(event)
        except StoreError as error:
            log.error("an observation could not be recorded: %s", error)
