"""What the events tell: who took part, where they went, whom they met and what they played."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from mug.core.records.events import (
    Abandoned,
    Branch,
    Completed,
    Connection,
    ExperimentStarted,
    GameCreated,
    GameEnded,
    GroupFormed,
    Identity,
    LobbyJoined,
    LobbyLeft,
    MalformedRecord,
    ParticipantArrived,
    RuntimeChanged,
    SceneEntered,
    SceneKept,
    SceneLeft,
    decode,
)
from mug.core.records.reader import RecordSource

EVENTS: Final = "events"
IDENTITIES: Final = "identities"
GAME_SCENE: Final = "gym"
"""The kind of scene that is a game."""


@attrs.define(eq=False)
class Visit:
    """One stay of a participant in a scene. Times are unix milliseconds, None while unknown."""

    number: int
    scene_id: str
    scene_kind: str = ""
    entered: int | None = None
    left: int | None = None
    outcome: object = None
    answers: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.define(eq=False)
class Wait:
    """One stay of a participant in a lobby."""

    visit: int
    scene_id: str
    joined: int | None = None
    left: int | None = None
    seconds: float | None = None
    reason: str = ""
    group: str = ""


@attrs.define(eq=False)
class Person:
    """One participant."""

    subject_id: str
    arrived: int | None
    seed: object = None
    plan: Any = None
    assignments: Mapping[str, Any] = attrs.field(factory=dict)
    visits: list[Visit] = attrs.field(factory=list)
    waits: list[Wait] = attrs.field(factory=list)
    branches: dict[str, Any] = attrs.field(factory=dict)
    disconnections: int = 0
    status: str = "active"
    outcome: object = None
    code: object = None
    ended: int | None = None


@attrs.define(eq=False)
class GameFacts:
    """One game. ``seats`` names who fills each at the start: a subject id or a policy.

    ``fallback`` is the runtime that took over from the scene's own, empty while none did.
    """

    game_id: str
    scene_id: str
    group: str
    seed: object
    created: int | None
    seats: dict[str, str]
    people: dict[str, str]
    ended: int | None = None
    reason: str = ""
    rewards: Mapping[str, Any] = attrs.field(factory=dict)
    detail: object = None
    fallback: str = ""
    fallback_reason: str = ""


@attrs.define(eq=False)
class Run:
    """One start of the server."""

    started: int | None
    facts: ExperimentStarted


class Index:
    """A fold over the events of an experiment, kept up to date by reading what is new."""

    def __init__(self) -> None:
        self.position = 0
        self.labels: dict[str, Mapping[str, Any]] = {}
        """What recruitment services call each participant, by participant."""
        self._identified = 0
        self.people: dict[str, Person] = {}
        self.games: dict[str, GameFacts] = {}
        self.runs: list[Run] = []
        self.malformed = 0
        self._persons: dict[str, list[Person]] = {}
        self._games: dict[str, dict[str, list[GameFacts]]] = {}

    def advance(self, source: RecordSource) -> None:
        """Take in every event since the last time."""
        end = source.position(EVENTS)
        for chunk in source.chunks(EVENTS, self.position, end):
            for line in chunk:
                self._take(line)
        self.position = end
        known = source.position(IDENTITIES)
        for chunk in source.chunks(IDENTITIES, self._identified, known):
            for line in chunk:
                self._take(line)
        self._identified = known

    def subject_of(self, participant: object) -> str:
        """Return the subject id of a participant, empty when unknown."""
        person = self.people.get(str(participant))
        return person.subject_id if person else ""

    def subjects(self) -> list[str]:
        """Return every subject id in order of arrival."""
        return list(self._persons)

    def persons(self, subject_id: str) -> list[Person]:
        """Return the participants with a subject id; usually one."""
        return self._persons.get(subject_id, [])

    def games_of(self, subject_id: str) -> Mapping[str, list[GameFacts]]:
        """Return somebody's games in order, by scene."""
        return self._games.get(subject_id, {})

    def visits_of(self, subject_id: str, scene_id: str) -> list[Visit]:
        """Return somebody's visits to a scene in order."""
        return [v for person in self.persons(subject_id) for v in person.visits if v.scene_id == scene_id]

    def is_game(self, subject_id: str, scene_id: str) -> bool:
        """Whether a scene is a game, as far as this participant's records say."""
        visits = self.visits_of(subject_id, scene_id)
        return scene_id in self.games_of(subject_id) or any(v.scene_kind == GAME_SCENE for v in visits)

    def _take(self, line: bytes) -> None:
        try:
            event = decode(line)
            apply = _EVENTS.get(event.get("kind", ""))
            if apply is not None:
                apply(self, event)
        except (MalformedRecord, KeyError, TypeError, ValueError, AttributeError):
            self.malformed += 1

    # ------------------------------------------------------------------------------------ the events

    def _started(self, event: ExperimentStarted) -> None:
        self.runs.append(Run(event.get("wall"), event))

    def _arrived(self, event: ParticipantArrived) -> None:
        if event["participant"] in self.people:
            return
        person = Person(
            subject_id=str(event["subject_id"]),
            arrived=event.get("wall"),
            seed=event.get("seed"),
            plan=event.get("plan"),
            assignments=dict(event.get("assignments") or {}),
        )
        self.people[event["participant"]] = person
        self._persons.setdefault(person.subject_id, []).append(person)

    def _identity(self, event: Identity) -> None:
        self.labels[event["participant"]] = dict(event["labels"])

    def _entered(self, event: SceneEntered) -> None:
        visit = self._visit(event)
        visit.scene_kind = str(event.get("scene_kind", ""))
        visit.entered = event.get("wall")

    def _kept(self, event: SceneKept) -> None:
        self._visit(event).answers = dict(event.get("answers") or {})

    def _left(self, event: SceneLeft) -> None:
        visit = self._visit(event)
        visit.left = event.get("wall")
        visit.outcome = event.get("outcome")
        visit.answers = dict(event.get("answers") or {})

    def _visit(self, event: SceneEntered | SceneKept | SceneLeft) -> Visit:
        visits = self.people[event["participant"]].visits
        for visit in reversed(visits):
            if visit.number == event["visit"]:
                return visit
        visits.append(Visit(event["visit"], str(event["scene_id"])))
        return visits[-1]

    def _joined_lobby(self, event: LobbyJoined) -> None:
        wait = Wait(event["visit"], str(event["scene_id"]), event.get("wall"))
        self.people[event["participant"]].waits.append(wait)

    def _left_lobby(self, event: LobbyLeft) -> None:
        waits = self.people[event["participant"]].waits
        if not waits or waits[-1].left is not None or waits[-1].scene_id != event["scene_id"]:
            waits.append(Wait(event["visit"], str(event["scene_id"])))
        waits[-1].left = event.get("wall")
        waits[-1].seconds = event.get("waited")
        waits[-1].reason = str(event.get("reason", ""))

    def _grouped(self, event: GroupFormed) -> None:
        for member in event["participants"]:
            for person in self.persons(member):
                if person.waits and person.waits[-1].scene_id == event["scene_id"]:
                    person.waits[-1].group = str(event["group"])

    def _game_created(self, event: GameCreated) -> None:
        seats = {str(agent): seat for agent, seat in event["seats"].items()}
        people = {agent: str(seat["subject_id"]) for agent, seat in seats.items() if "subject_id" in seat}
        game = GameFacts(
            game_id=str(event["game"]),
            scene_id=str(event["scene_id"]),
            group=str(event.get("group", "")),
            seed=event.get("seed"),
            created=event.get("wall"),
            seats={agent: people.get(agent) or str(seat.get("policy", "")) for agent, seat in seats.items()},
            people=people,
        )
        if game.game_id in self.games:
            return
        self.games[game.game_id] = game
        for subject_id in people.values():
            self._games.setdefault(subject_id, {}).setdefault(game.scene_id, []).append(game)

    def _game_ended(self, event: GameEnded) -> None:
        game = self.games[event["game"]]
        game.ended = event.get("wall")
        game.reason = str(event.get("reason", ""))
        game.rewards = dict(event.get("rewards") or {})
        game.detail = event.get("detail")

    def _runtime_changed(self, event: RuntimeChanged) -> None:
        game = self.games[event["game"]]
        game.fallback = str(event.get("runtime", ""))
        game.fallback_reason = str(event.get("reason", ""))

    def _branched(self, event: Branch) -> None:
        person = self.people[event["participant"]]
        person.plan = event.get("plan", person.plan)
        person.branches.update(event.get("choices") or {})

    def _disconnected(self, event: Connection) -> None:
        self.people[event["participant"]].disconnections += 1

    def _completed(self, event: Completed) -> None:
        person = self.people[event["participant"]]
        person.status = "completed" if event.get("outcome") == "completed" else "ended"
        person.outcome = event.get("outcome")
        person.code = event.get("code")
        person.ended = event.get("wall")

    def _abandoned(self, event: Abandoned) -> None:
        person = self.people[event["participant"]]
        person.status = person.outcome = "abandoned"
        person.ended = event.get("wall")

    def _returned(self, event: Connection) -> None:
        person = self.people[event["participant"]]
        person.status, person.outcome, person.ended = "active", None, None


_EVENTS: Final[Mapping[str, Callable[[Index, Any], None]]] = {
    "experiment_started": Index._started,
    "participant_arrived": Index._arrived,
    "identity": Index._identity,
    "scene_entered": Index._entered,
    "scene_kept": Index._kept,
    "scene_left": Index._left,
    "lobby_joined": Index._joined_lobby,
    "lobby_left": Index._left_lobby,
    "group_formed": Index._grouped,
    "game_created": Index._game_created,
    "game_ended": Index._game_ended,
    "runtime_changed": Index._runtime_changed,
    "branch": Index._branched,
    "disconnected": Index._disconnected,
    "completed": Index._completed,
    "abandoned": Index._abandoned,
    "returned": Index._returned,
}
