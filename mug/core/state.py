"""What is known about an experiment's participants and games: a fold over its event records.

Nothing here is ever changed except by ``State.apply``, and every event is stored before it is
applied. So a restarted server that applies the stored events stands where the old one stood.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from mug.engine.seeds import derive_seed
from mug.scenes.plan import Counts, Plan
from mug.scenes.scene import Kept, Visitor

Event = dict[str, Any]


@attrs.define(eq=False)
class Participant:
    """One person in one experiment, and where they are in it."""

    id: str
    subject_id: str
    seed: int
    plan: Plan
    arrived: int
    labels: Mapping[str, str] = attrs.field(factory=dict)
    entry: str = ""
    facts: dict[str, object] = attrs.field(factory=dict)
    partners: list[str] = attrs.field(factory=list)
    visit: int = 0
    position: int = -1
    scene_id: str = ""
    scene_kind: str = ""
    entered: int = 0
    entered_by: str = ""
    draft: dict[str, Any] = attrs.field(factory=dict)
    kept: Kept = attrs.field(factory=Kept)
    lobby_since: int | None = None
    extensions: int = 0
    requeues: int = 0
    game: str | None = None
    outcome: str | None = None
    code: str | None = None
    redirect: str | None = None
    text: str = ""

    @property
    def finished(self) -> bool:
        """Whether this participant has reached an ending."""
        return self.outcome is not None

    @property
    def visitor(self) -> Visitor:
        """This participant, as the scene sees them in which they are."""
        return Visitor(self.subject_id, derive_seed(self.seed, "visit", self.visit), self.facts, self.kept)

    @property
    def progress(self) -> tuple[int, int] | None:
        """Scenes done and scenes in all; None while a branch ahead makes that unknown."""
        progress = self.plan.progress(self.position)
        if progress is not None and self.finished:
            return progress[1], progress[1]
        return progress


@attrs.define(eq=False)
class GameFacts:
    """One game as the records have it."""

    id: str
    scene_id: str
    seed: int
    seats: dict[str, dict[str, Any]]
    created: int
    runtime: str | None = None
    """The runtime that took over from the scene's own, None while that plays."""
    ended: str | None = None
    left: frozenset[str] = frozenset()
    """The agents whose players did not come back in time, so that it ended."""


@attrs.define(eq=False)
class State:
    """The whole experiment: its seed, participants by id, games by id.

    ``subject_ids`` are the participants' ids by what the data calls them,
    ``identities`` are the identity records by participant, ``persons`` the participants by the key of the
    person, ``pages`` those by the hash of the secret that the page had which they arrived with.
    """

    seed: int = 0
    started: bool = False
    subject_ids: dict[str, str] = attrs.field(factory=dict)
    participants: dict[str, Participant] = attrs.field(factory=dict)
    games: dict[str, GameFacts] = attrs.field(factory=dict)
    identities: dict[str, Event] = attrs.field(factory=dict)
    persons: dict[str, str] = attrs.field(factory=dict)
    pages: dict[str, str] = attrs.field(factory=dict)

    def identify(self, record: Event) -> None:
        """Take a stored identity record into account, before or after its participant has arrived."""
        self.identities[record["participant"]] = record
        participant = self.participants.get(record["participant"])
        if participant is not None:
            self._name(participant)

    def _name(self, participant: Participant) -> None:
        record = self.identities.get(participant.id, {})
        participant.labels = record.get("labels", {})
        participant.entry = record.get("entry", "")
        if record.get("person"):
            self.persons[record["person"]] = participant.id

    def apply(self, event: Event) -> None:
        """Take one stored event into account; kinds that change nothing here are only for the data."""
        change = _CHANGES.get(event["kind"])
        if change is not None:
            change(self, event)

    def counts(self) -> Counts:
        """Return how many participants are in, and have completed, each arm of the stager's nodes."""
        return Counts.of(
            (participant.plan, participant.outcome) for participant in self.participants.values()
        )


def _started(state: State, event: Event) -> None:
    if not state.started:
        state.seed = event["seed"]
        state.started = True


def _arrived(state: State, event: Event) -> None:
    state.subject_ids[event["subject_id"]] = event["participant"]
    participant = state.participants[event["participant"]] = Participant(
        id=event["participant"],
        subject_id=event["subject_id"],
        seed=event["seed"],
        plan=Plan.from_json(event["plan"]),
        arrived=event["wall"],
        facts=dict(event.get("assignments", {})),
    )
    state._name(participant)
    if event.get("page"):
        state.pages[event["page"]] = participant.id


def _scene_entered(state: State, event: Event) -> None:
    participant = state.participants[event["participant"]]
    participant.visit = event["visit"]
    participant.position = event["position"]
    participant.scene_id = event["scene_id"]
    participant.scene_kind = event["scene_kind"]
    participant.entered = event["wall"]
    participant.entered_by = event.get("by", "")
    participant.draft = {}
    participant.kept = Kept()


def _draft(state: State, event: Event) -> None:
    state.participants[event["participant"]].draft = event["answers"]


def _scene_kept(state: State, event: Event) -> None:
    state.participants[event["participant"]].kept = Kept(event["answers"], event["notes"])


def learned(event: Event) -> dict[str, object]:
    """Return the facts that a participant's leaving a scene adds: answers by field, and how it ended."""
    scene_id = event["scene_id"]
    facts: dict[str, object] = {}
    for field, answer in event["answers"].items():
        facts[f"{scene_id}.{field}"] = answer
        facts[field] = answer
    if event["outcome"]:
        facts[f"{scene_id}.outcome"] = event["outcome"]
    return facts


def _scene_left(state: State, event: Event) -> None:
    participant = state.participants[event["participant"]]
    participant.facts.update(learned(event))
    participant.draft = {}
    participant.lobby_since = None
    participant.game = None


def _plan_changed(state: State, event: Event) -> None:
    participant = state.participants[event["participant"]]
    participant.plan = Plan.from_json(event["plan"])
    participant.facts.update(event.get("choices", {}))


def _observed(state: State, event: Event) -> None:
    state.participants[event["participant"]].facts.update(event["facts"])


def _lobby_joined(state: State, event: Event) -> None:
    state.participants[event["participant"]].lobby_since = event["wall"]


def _lobby_extended(state: State, event: Event) -> None:
    state.participants[event["participant"]].extensions += 1


def _lobby_left(state: State, event: Event) -> None:
    participant = state.participants[event["participant"]]
    participant.lobby_since = None
    participant.extensions = 0
    participant.requeues = participant.requeues + 1 if event["reason"] == "requeued" else 0


def _game_created(state: State, event: Event) -> None:
    seats = event["seats"]
    state.games[event["game"]] = GameFacts(
        event["game"], event["scene_id"], event["seed"], seats, event["wall"]
    )
    members = [seat["participant"] for seat in seats.values() if "participant" in seat]
    filled = sum(seat.get("filled", False) for seat in seats.values())
    for member in members:
        participant = state.participants[member]
        participant.game = event["game"]
        participant.facts[f"{event['scene_id']}.filled"] = filled
        participant.partners += [state.participants[other].subject_id for other in members if other != member]


def _runtime_changed(state: State, event: Event) -> None:
    state.games[event["game"]].runtime = event["runtime"]


def _game_ended(state: State, event: Event) -> None:
    game = state.games[event["game"]]
    game.ended = event["reason"]
    game.left = frozenset(event.get("left", ()))
    for agent, seat in game.seats.items():
        if "participant" in seat:
            facts = state.participants[seat["participant"]].facts
            facts[f"{game.scene_id}.reason"] = "away" if agent in game.left else event["reason"]
            for fact, value in (
                ("reward", event["rewards"].get(agent)),
                ("episodes", event.get("episodes", 0)),
            ):
                total = f"{game.scene_id}.total_{fact}"
                facts[f"{game.scene_id}.{fact}"] = value
                facts[total] = _number(facts.get(total)) + _number(value)


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0


def _completed(state: State, event: Event) -> None:
    participant = state.participants[event["participant"]]
    participant.outcome = event["outcome"]
    participant.code = event.get("code")
    participant.redirect = event.get("redirect")
    participant.text = event.get("text", "")


def _abandoned(state: State, event: Event) -> None:
    state.participants[event["participant"]].outcome = "abandoned"


def _returned(state: State, event: Event) -> None:
    state.participants[event["participant"]].outcome = None


_CHANGES: Mapping[str, Callable[[State, Event], None]] = {
    "experiment_started": _started,
    "participant_arrived": _arrived,
    "scene_entered": _scene_entered,
    "draft": _draft,
    "scene_kept": _scene_kept,
    "scene_left": _scene_left,
    "branch": _plan_changed,
    "plan_changed": _plan_changed,
    "observed": _observed,
    "lobby_joined": _lobby_joined,
    "lobby_extended": _lobby_extended,
    "lobby_left": _lobby_left,
    "game_created": _game_created,
    "runtime_changed": _runtime_changed,
    "game_ended": _game_ended,
    "completed": _completed,
    "abandoned": _abandoned,
    "returned": _returned,
}
