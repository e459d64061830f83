"""How records are written as JSON lines, and which events the core writes.

A record is a JSON object on one line. Every record has ``kind`` and ``wall`` (unix time in milliseconds).
The stream ``events`` holds what happened in the experiment, each ``games/<id>`` what happened in one game.
Readers must pass over kinds and fields they do not know. `mug.core.records.measurements` says how a game's
records tell what was measured of its steps.

JSON has no NaN and no infinities, so they are written as the strings ``"NaN"``, ``"Infinity"`` and
``"-Infinity"``. Integers are written in full (those beyond 4,200 digits as hexadecimal text). Half
surrogate pairs, which UTF-8 cannot carry, become U+FFFD. Bytes become Base64 text. What JSON cannot
express at all becomes its ``str()``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import msgspec
import orjson

from mug.game import json_lines

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS

_decode = msgspec.json.Decoder().decode


class MalformedRecord(ValueError):  # noqa: N818 - names the line, not a failure of ours
    """A line of a journal that is not a record; the text says what it is instead."""


def encode(record: Mapping[str, Any]) -> bytes:
    """Return a record as one line of JSON, without line end."""
    return to_json(record)


def to_json(value: object) -> bytes:
    """Return any value as one line of JSON."""
    try:
        line = orjson.dumps(value, option=_OPTIONS)
    except orjson.JSONEncodeError:
        return json_lines.encode(value)
    # orjson turns NaN and the infinities into null without a word.
    return json_lines.encode(value) if b"null" in line and _lost(value) else line


def decode(line: bytes) -> dict[str, Any]:
    """Return the record in a line.

    Raises:
        MalformedRecord: the line is not a JSON object.
    """
    try:
        record = _decode(line)
    except (msgspec.DecodeError, ValueError, RecursionError):
        # Other writers' NaN and Infinity literals, which strict parsers refuse.
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise MalformedRecord(f"not JSON: {error}") from None
    if not isinstance(record, dict):
        raise MalformedRecord(f"expected a JSON object, got {type(record).__name__}")
    return record


def _lost(value: Any) -> bool:
    """Whether there may be a number in a value that orjson made nothing of."""
    if isinstance(value, float):
        return not math.isfinite(value)
    if value is None or isinstance(value, str | int):
        return False
    if isinstance(value, dict):
        return any(map(_lost, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_lost, value))
    return True


# ------------------------------------------------------------------------------------ the core's events


class Seat(TypedDict, total=False):
    """Who fills a seat: a participant, or a policy, ``filled`` if it plays for somebody who did not come."""

    participant: str
    subject_id: str
    policy: str
    filled: bool


class Event(TypedDict):
    """What every record has."""

    kind: str
    wall: int


class ExperimentStarted(Event):
    """``experiment_started``: the server started; one for each start."""

    experiment_id: str
    seed: int
    plugins: Any
    versions: NotRequired[dict[str, str]]


class ParticipantArrived(Event):
    """``participant_arrived``. ``plan`` is the order of scenes, ``assignments`` the conditions drawn."""

    participant: str
    subject_id: str
    seed: int
    plan: Any
    assignments: dict[str, Any]
    page: NotRequired[str]


class Identity(Event):
    """``identity``: what a recruitment service calls a participant; kept in a stream apart from the data."""

    participant: str
    labels: dict[str, str]
    person: NotRequired[str]
    entry: NotRequired[str]


class SceneEntered(Event):
    """``scene_entered``. ``visit`` counts a participant's scenes from 1, ``position`` is that in the plan."""

    participant: str
    visit: int
    position: NotRequired[int]
    scene_id: str
    scene_kind: str


class Draft(Event):
    """``draft``: what has been typed so far; never exported, for nothing was submitted."""

    participant: str
    visit: int
    answers: dict[str, Any]


class SceneKept(Event):
    """``scene_kept``: a part of a scene is done, or an attempt at it failed; the participant is still there.

    ``answers`` are all those given so far, ``notes`` what the scene remembers for itself.
    """

    participant: str
    visit: int
    scene_id: str
    answers: dict[str, Any]
    notes: dict[str, Any]


class SceneLeft(Event):
    """``scene_left``."""

    participant: str
    visit: int
    scene_id: str
    answers: dict[str, Any]
    outcome: str


class LobbyJoined(Event):
    """``lobby_joined``: a participant began to wait."""

    participant: str
    visit: int
    scene_id: str


class LobbyExtended(Event):
    """``lobby_extended``: somebody who had waited in vain waits on."""

    participant: str
    scene_id: str


class LobbyLeft(Event):
    """``lobby_left`` after ``waited`` seconds.

    ``reason`` is ``matched``, ``timeout``, ``left``, ``disconnected``, or ``requeued`` for who begins anew to
    wait.
    """

    participant: str
    visit: int
    scene_id: str
    reason: str
    waited: float


class GroupFormed(Event):
    """``group_formed``. ``participants`` are subject ids."""

    group: str
    scene_id: str
    participants: list[str]
    matchmaker: str


class GameCreated(Event):
    """``game_created``. ``seats`` is by agent id."""

    game: str
    scene_id: str
    group: str
    seed: int
    seats: dict[str, Seat]


class GameEnded(Event):
    """``game_ended``. ``rewards`` are each agent's, ``episodes`` those that nobody cut short."""

    game: str
    reason: str
    rewards: NotRequired[dict[str, float]]
    episodes: NotRequired[int]
    detail: NotRequired[str]


class RuntimeChanged(Event):
    """``runtime_changed``: a runtime plays the game from now on in place of the scene's own, and why."""

    game: str
    runtime: str
    reason: NotRequired[str]


class Connection(Event):
    """``connected``, ``disconnected``, ``returned``, ``reentered`` or ``visibility`` of a page."""

    participant: str
    visit: NotRequired[int]
    visible: NotRequired[bool]


class Latency(Event):
    """``latency`` of a participant's connection."""

    participant: str
    rtt_ms: float


class Branch(Event):
    """``branch``: what was decided, by the name of the branch, and the plan from then on."""

    participant: str
    choices: dict[str, str]
    plan: Any


class Completed(Event):
    """``completed``: a participant reached an ending."""

    participant: str
    outcome: str
    code: NotRequired[str | None]
    redirect: NotRequired[str | None]
    text: NotRequired[str]


class Observed(Event):
    """``observed``: what a plugin knows of a participant; ``facts`` are known about them from then on.

    ``what`` is ``taken_out`` for who was, with ``outcome`` and ``reason`` as values.
    """

    participant: str
    subject_id: str
    what: str
    values: dict[str, Any]
    facts: dict[str, Any]


class Abandoned(Event):
    """``abandoned``: a participant went away for good."""

    participant: str
    reason: str
