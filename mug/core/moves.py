"""The events that move participants. Each move is one list, to be stored together or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from mug.components import Completion
from mug.core.experiment import Experiment
from mug.core.state import Event, Participant, State, learned
from mug.engine.seeds import derive_seed
from mug.outcomes import LEFT_LOBBY, LOBBY_TIMEOUT, OF_GAMES
from mug.scenes.plan import Plan

LOBBY_OUTCOMES: Mapping[str, str] = {"timeout": LOBBY_TIMEOUT, "left": LEFT_LOBBY}
"""How a participant goes on who comes out of a waiting room without a game, by why they left it."""


class Moves:
    """Works out what happens when somebody arrives, goes on, or comes out of a waiting room."""

    def __init__(self, experiment: Experiment, state: State) -> None:
        self._experiment = experiment
        self._state = state

    def arrival(self, subject_id: str | None, page: str) -> tuple[str, list[Event]]:
        """Return the id of a new participant, and the events that bring them into the first scene.

        ``page`` is the hash of what their page can be recognized by, empty when it has nothing of the kind.
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
        }
        if page:
            arrived["page"] = page
        return participant_id, [arrived, *self._enter(participant_id, plan, 0, 1, plan.assignments)]

    def onwards(self, participant: Participant, answers: Mapping[str, Any], outcome: str) -> list[Event]:
        """Return the events that take a participant from this scene to the next."""
        left = self._left(participant, answers, outcome)
        facts = participant.facts | learned(left)
        visit = participant.visit + 1
        return [left, *self._enter(participant.id, participant.plan, participant.position + 1, visit, facts)]

    def is_at_end(self, participant: Participant) -> bool:
        """Return whether a participant is in a scene that ends the study."""
        return self._experiment.scenes[participant.scene_id].ends

    def out_of_game(self, participant: Participant, reason: str) -> list[Event]:
        """Return the events that take a player from a game that is over to what comes next.

        A game that broke off leads to the ending for that, if there is one that nobody else gets to.
        """
        outcome = OF_GAMES.get(reason, "")
        target = outcome and self._experiment.stager.ending_for(outcome, aside=True)
        if not target:
            return self.onwards(participant, {}, reason)
        left = self._left(participant, {}, reason)
        return [left, *self._out_of_turn(participant, participant.position, target, outcome)]

    def to_ending(self, participant: Participant, answers: Mapping[str, Any], outcome: str) -> list[Event]:
        """Return the events that end the study for a participant: they leave this scene for the last one."""
        target = self._experiment.stager.ending_for(outcome) or self._experiment.last_scene_id
        left = self._left(participant, answers, outcome)
        return [left, *self._out_of_turn(participant, participant.position, target, outcome)]

    def into_game(self, participant: Participant, scene_id: str, waited: float) -> list[Event]:
        """Return the events that take a matched participant out of the lobby, into the game's scene."""
        events = [self._lobby_left(participant, scene_id, "matched", waited)]
        if participant.scene_id != scene_id:
            events += self.onwards(participant, {}, "matched")
        return events

    def out_of_lobby(
        self, participant: Participant, scene_id: str, reason: str, waited: float
    ) -> list[Event]:
        """Return the events for somebody who leaves a lobby without a game, to a scene or another site."""
        spec = self._experiment.games[scene_id]
        outcome = LOBBY_OUTCOMES[reason]
        events = [
            self._lobby_left(participant, scene_id, reason, waited),
            self._left(participant, {}, outcome),
        ]
        if spec.timeout_redirect_url:
            away = Completion(redirect=spec.timeout_redirect_url)
            return [*events, completed(participant, outcome, away)]
        # The game that did not come about is not offered again: the way goes on from its own place.
        behind = participant.position + (participant.scene_kind == "wait")
        own = self._experiment.stager.ending_for(outcome)
        target = spec.timeout_scene_id or own or self._experiment.last_scene_id
        return [*events, *self._out_of_turn(participant, behind, target, outcome)]

    def gone(self, participant: Participant, lobby: tuple[str, float] | None) -> list[Event]:
        """Return the events for a participant who has been away for so long that they count as gone."""
        events: list[Event] = []
        if lobby is not None:
            events.append(self._lobby_left(participant, lobby[0], "disconnected", lobby[1]))
        return [*events, {"kind": "abandoned", "participant": participant.id, "reason": "away"}]

    # ----------------------------------------------------------------------------------- single events

    def _out_of_turn(self, participant: Participant, position: int, target: str, outcome: str) -> list[Event]:
        """Return the events that bring a participant from a position to a scene that is not their next."""
        plan, place = participant.plan.jump(position, target)
        changed: Event = {"kind": "plan_changed", "participant": participant.id, "plan": plan.to_json()}
        entered = self._entered(participant.id, participant.visit + 1, place, target)
        return [changed | {"reason": outcome}, entered | {"by": outcome}]

    def _enter(
        self, participant_id: str, plan: Plan, position: int, visit: int, facts: Mapping[str, object]
    ) -> list[Event]:
        events: list[Event] = []
        if plan.items[position].branch:
            counts = self._state.counts()
            plan, assigned = self._experiment.stager.resolve(plan, position, facts, counts)
            branch: Event = {"kind": "branch", "participant": participant_id, "plan": plan.to_json()}
            events.append(branch | {"choices": dict(assigned)})
        return [*events, self._entered(participant_id, visit, position, plan.scene_at(position))]

    def _entered(self, participant_id: str, visit: int, position: int, scene_id: str) -> Event:
        return {
            "kind": "scene_entered",
            "participant": participant_id,
            "visit": visit,
            "position": position,
            "scene_id": scene_id,
            "scene_kind": self._experiment.scenes[scene_id].kind,
        }

    def _left(self, participant: Participant, answers: Mapping[str, Any], outcome: str) -> Event:
        return {
            "kind": "scene_left",
            "participant": participant.id,
            "visit": participant.visit,
            "scene_id": participant.scene_id,
            "answers": dict(answers),
            "outcome": outcome,
        }

    def _lobby_left(self, participant: Participant, scene_id: str, reason: str, waited: float) -> Event:
        return {
            "kind": "lobby_left",
            "participant": participant.id,
            "visit": participant.visit,
            "scene_id": scene_id,
            "reason": reason,
            "waited": round(waited, 3),
        }

    def _free_subject_id(self, wanted: str | None) -> str:
        taken = self._state.subject_ids
        if wanted and wanted not in taken:
            return wanted
        while True:
            # The letter keeps spreadsheets from reading an id as a number.
            subject_id = "s" + secrets.token_hex(4)
            if subject_id not in taken:
                return subject_id


def completed(participant: Participant, outcome: str, completion: Completion) -> Event:
    """Return the event with which a participant is finished."""
    return {
        "kind": "completed",
        "participant": participant.id,
        "outcome": outcome,
        "code": completion.code,
        "redirect": completion.redirect,
        "text": completion.text,
    }


def group_formed(group: str, scene_id: str, people: Sequence[Participant], matchmaker: object) -> Event:
    """Return the event that tells who was matched, and by what."""
    return {
        "kind": "group_formed",
        "group": group,
        "scene_id": scene_id,
        "participants": [participant.subject_id for participant in people],
        "matchmaker": type(matchmaker).__name__,
    }
