"""How records are written as JSON lines, and which events the core writes.

A record is a JSON object on one line. Every record has ``kind`` and ``wall`` (unix time in milliseconds).
The stream ``events`` holds what happened in the experiment, each ``games/<id>`` what happened in one game.
Readers must pass over kinds and fields they do not know.

JSON has no NaN and no infinities, so they are written as the strings ``"NaN"``, ``"Infinity"`` and
``"-Infinity"``. Integers are written in full (those beyond 4,200 digits as hexadecimal text). Half
surrogate pairs, which UTF-8 cannot carry, become U+FFFD. Bytes become Base64 text. What JSON cannot
express at all becomes its ``str()``.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import date, time
from enum import Enum
from typing import Any, Final, NotRequired, TypedDict

import msgspec
import orjson

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
_LONGEST_INTEGER: Final = 14_000
"""Bits; Python refuses to write longer integers as decimals."""

_decode = msgspec.json.Decoder().decode


class MalformedRecord(ValueError):  # noqa: N818 - names the line, not a failure of ours
    """A line of a journal that is not a record; the text says what it is instead."""


def encode(record: Mapping[str, Any]) -> bytes:
    """Return a record as one line of JSON, without line end."""
    try:
        line = orjson.dumps(record, option=_OPTIONS)
    except orjson.JSONEncodeError:
        return _encode_thoroughly(record)
    # orjson turns NaN and the infinities into null without a word.
    return _encode_thoroughly(record) if b"null" in line else line


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


def _encode_thoroughly(record: Mapping[str, Any]) -> bytes:
    return json.dumps(_plain(record), ensure_ascii=False, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if value.bit_length() <= _LONGEST_INTEGER else hex(value)
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else _non_finite(value)
    if isinstance(value, Mapping):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | Set):
        return [_plain(item) for item in value]
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, date | time):
        return value.isoformat()
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    return _plain(str(value))


def _key(key: object) -> str:
    plain = _plain(key)
    if isinstance(plain, str):
        return plain
    return json.dumps(plain)


def _non_finite(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


# ------------------------------------------------------------------------------------ the core's events


class Seat(TypedDict, total=False):
    """Who fills a seat: a participant, or a policy by name."""

    participant: str
    subject_id: str
    policy: str


class Event(TypedDict):
    """What every record has."""

    kind: str
    wall: int


class ExperimentStarted(Event):
    """The server started; one for each start, with the versions that ran."""

    experiment_id: str
    versions: dict[str, str]
    plugins: list[str]
    seed: int


class ParticipantArrived(Event):
    """Somebody took part. ``plan`` is the realised order of scenes, ``assignments`` the conditions."""

    participant: str
    subject_id: str
    seed: int
    plan: Any
    assignments: dict[str, Any]
    labels: NotRequired[dict[str, str]]


class SceneEntered(Event):
    """A participant came to a scene; ``visit`` counts their scenes from 1."""

    participant: str
    visit: int
    scene_id: str
    scene_kind: str


class Draft(Event):
    """What a participant has typed so far; never exported, for nothing was submitted."""

    participant: str
    visit: int
    answers: dict[str, Any]


class SceneLeft(Event):
    """A participant left a scene with these answers."""

    participant: str
    visit: int
    scene_id: str
    answers: dict[str, Any]
    outcome: str


class LobbyJoined(Event):
    """A participant began to wait."""

    participant: str
    visit: int
    scene_id: str
    lobby: str


class LobbyLeft(Event):
    """A participant stopped waiting after ``waited`` seconds.

    ``reason`` is ``matched``, ``timeout``, ``left``, ``disconnected`` or ``moved``.
    """

    participant: str
    visit: int
    scene_id: str
    reason: str
    waited: float


class GroupFormed(Event):
    """A matchmaker put participants together."""

    group: str
    scene_id: str
    participants: list[str]
    matchmaker: str


class GameCreated(Event):
    """A group begins a game. ``seats`` is by agent id."""

    game: str
    scene_id: str
    group: str
    seed: int
    seats: dict[str, Seat]


class GameEnded(Event):
    """A game is over."""

    game: str
    reason: str
    rewards: NotRequired[dict[str, float]]


class Connection(Event):
    """``disconnected`` or ``reconnected``: a participant's page went or came back."""

    participant: str


class Latency(Event):
    """A participant's connection was measured."""

    participant: str
    rtt_ms: float
    jitter_ms: NotRequired[float]


class Branch(Event):
    """The flow branched for a participant at a node of the stager."""

    participant: str
    node: str
    choice: str


class Completed(Event):
    """A participant reached an ending."""

    participant: str
    outcome: str
    code: NotRequired[str]


class Abandoned(Event):
    """A participant went away for good."""

    participant: str
    reason: str


KINDS: Final[Mapping[str, type[Event]]] = {
    "experiment_started": ExperimentStarted,
    "participant_arrived": ParticipantArrived,
    "scene_entered": SceneEntered,
    "draft": Draft,
    "scene_left": SceneLeft,
    "lobby_joined": LobbyJoined,
    "lobby_left": LobbyLeft,
    "group_formed": GroupFormed,
    "game_created": GameCreated,
    "game_ended": GameEnded,
    "disconnected": Connection,
    "reconnected": Connection,
    "latency": Latency,
    "branch": Branch,
    "completed": Completed,
    "abandoned": Abandoned,
}
"""The core's event kinds and their fields."""
