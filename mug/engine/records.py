"""What happened in a game, episode by episode and step by step, as values to record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeAlias

import numpy as np

AgentId: TypeAlias = str | int
Action: TypeAlias = Any
Observation: TypeAlias = Any


@dataclass(slots=True)
class EpisodeStart:
    """An episode has begun. ``episode`` counts from 1; ``seed`` is what the environment was reset with.

    ``frame`` is the number of steps of the game so far, over all episodes.
    """

    episode: int
    seed: int
    frame: int
    observations: dict[AgentId, Observation]
    infos: dict[AgentId, dict[str, Any]]


@dataclass(slots=True)
class Step:
    """One step of the environment.

    ``step`` counts from 1 in each episode and ``frame`` from 1 in each game. ``observations`` are what
    the agents saw before they acted, ``actions`` what was passed to the environment, and the rest what
    came back. Agents that are out of the episode are missing from observations and actions.

    ``sources`` says where each action came from: ``"human"`` (submitted for this step), ``"default"`` or
    ``"previous"`` (filled in for a human who submitted nothing), ``"policy"``, ``"callback"`` (changed by
    before_step), ``"replay"`` (taken from a recording that does not say).

    ``extra`` holds the columns that callbacks add. ``reason`` is why the episode is over:
    ``"terminated"``, ``"truncated"``, ``"max_steps"``, or empty while it is not.
    """

    episode: int
    step: int
    frame: int
    observations: dict[AgentId, Observation]
    actions: dict[AgentId, Action]
    sources: dict[AgentId, str]
    rewards: dict[AgentId, float]
    terminated: dict[AgentId, bool]
    truncated: dict[AgentId, bool]
    infos: dict[AgentId, dict[str, Any]]
    done: bool = False
    reason: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class EpisodeEnd:
    """An episode is over. ``rewards`` are the agents' sums, ``observations`` what they saw last.

    ``reason`` is that of the last step, or what whoever ended the game early gave.
    """

    episode: int
    steps: int
    frame: int
    reason: str
    rewards: dict[AgentId, float]
    observations: dict[AgentId, Observation]


_KINDS = {EpisodeStart: "episode_start", Step: "step", EpisodeEnd: "episode_end"}
_FIELDS = {record: tuple(part.name for part in fields(record)) for record in (EpisodeStart, Step, EpisodeEnd)}
_BY_AGENT = frozenset(("observations", "actions", "sources", "rewards", "terminated", "truncated", "infos"))


def plain(record: EpisodeStart | Step | EpisodeEnd) -> dict[str, Any]:
    """A record as a dict with ``kind`` ("episode_start", "step", "episode_end") and its fields.

    Agent ids are text. Observations, actions and infos are left as they are: their NumPy arrays and
    numbers, and keys that are not text, are for the encoder (orjson: OPT_SERIALIZE_NUMPY and
    OPT_NON_STR_KEYS), or for `to_plain`.
    """
    result: dict[str, Any] = {"kind": _KINDS[type(record)]}
    for name in _FIELDS[type(record)]:
        value = getattr(record, name)
        if name in _BY_AGENT:
            value = {str(agent_id): part for agent_id, part in value.items()}
        result[name] = value
    return result


def to_plain(value: Any) -> Any:
    """A value with nothing but dict, list, text, numbers, booleans and None in it.

    NumPy becomes numbers and lists, mapping keys become text, sets are sorted by their text, bytes
    become a list of numbers, and anything else its ``repr``.
    """
    kind = type(value)
    if kind is str or kind is int or kind is float or kind is bool or value is None:
        return value
    if isinstance(value, (EpisodeStart, Step, EpisodeEnd)):
        return to_plain(plain(value))
    if isinstance(value, np.generic):
        return to_plain(value.item())
    if isinstance(value, np.ndarray):
        return to_plain(value.tolist())
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, bytes, bytearray)):
        return [to_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return [to_plain(item) for item in sorted(value, key=repr)]
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    return float(value) if isinstance(value, float) else repr(value)
