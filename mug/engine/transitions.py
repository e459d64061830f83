"""Checks what an environment returned, and gives it one form: a dict by agent for everything.

Observations and infos are copied, because environments go on working on what they returned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mug.engine.errors import EnvironmentFault, listed, shown
from mug.engine.records import AgentId, Observation
from mug.engine.values import clone

_STEP_EXPECTED = "(observation, reward, terminated, truncated, info)"


@dataclass(slots=True)
class Transition:
    """What one step of an environment came to, everything by agent.

    An agent that left the episode in this step is still in it. ``done`` says that the episode is over
    for everybody.
    """

    observations: dict[AgentId, Observation]
    rewards: dict[AgentId, float]
    terminated: dict[AgentId, bool]
    truncated: dict[AgentId, bool]
    infos: dict[AgentId, dict[str, Any]]
    done: bool


def unpack_reset(result: object) -> tuple[Any, Any]:
    """The observation and info of ``reset()``.

    Raises:
        EnvironmentFault: it is not a pair.
    """
    if not isinstance(result, tuple) or len(result) != 2:
        raise EnvironmentFault(
            f"reset() returned {_outline(result)}; expected (observation, info)",
            "the environment's reset()",
            "return observation, {}",
        )
    return result


def unpack_step(result: object) -> tuple[Any, Any, Any, Any, Any]:
    """The five parts of what ``step()`` returned.

    Raises:
        EnvironmentFault: they are not five.
    """
    if not isinstance(result, tuple) or len(result) != 5:
        old = isinstance(result, tuple) and len(result) == 4
        raise EnvironmentFault(
            f"step() returned {_outline(result)}; expected {_STEP_EXPECTED}",
            "the environment's step()",
            "this is the interface of the old gym: return terminated and truncated instead of done"
            if old
            else f"return {_STEP_EXPECTED[1:-1]}",
        )
    return result


def observations_by_agent(value: object, agents: Iterable[AgentId], method: str) -> dict[AgentId, Any]:
    """Copies of the observations of these agents, in their order.

    Raises:
        EnvironmentFault: it is not a dict, or an agent is missing.
    """
    if type(value) is not dict and not isinstance(value, Mapping):
        raise EnvironmentFault(
            f"{method} returned {shown(value)} as observations; expected a dict with one for each agent",
            f"the environment's {method}",
        )
    try:
        return {agent: clone(value[agent]) for agent in agents}
    except KeyError:
        raise _missing("observations", value, agents, method) from None


def rewards_by_agent(value: object, agents: Iterable[AgentId]) -> dict[AgentId, float]:
    """Each agent's reward; a single number is everybody's.

    Raises:
        EnvironmentFault: an agent is missing, or a reward is not a number.
    """
    if type(value) is dict or isinstance(value, Mapping):
        try:
            return {
                agent: reward if type(reward := value[agent]) is float else _reward(reward)
                for agent in agents
            }
        except KeyError:
            raise _missing("rewards", value, agents, "step()") from None
    everybody = _reward(value)
    return dict.fromkeys(agents, everybody)


def flags_by_agent(value: object, agents: Iterable[AgentId], name: str) -> dict[AgentId, bool]:
    """Each agent's ``terminated`` or ``truncated``; a single one is everybody's.

    Raises:
        EnvironmentFault: an agent is missing, or a flag is neither true nor false.
    """
    if type(value) is bool:
        return dict.fromkeys(agents, value)
    if isinstance(value, Mapping):
        everybody = bool(value.get("__all__", False))
        try:
            return {
                agent: everybody or (flag if type(flag := value[agent]) is bool else _flag(flag, name))
                for agent in agents
            }
        except KeyError:
            if everybody:
                return dict.fromkeys(agents, True)
            raise _missing(name, value, agents, "step()") from None
    return dict.fromkeys(agents, _flag(value, name))


def infos_by_agent(value: object, agents: Iterable[AgentId], method: str) -> dict[AgentId, dict[str, Any]]:
    """A copy of each agent's info; a dict that is not by agent is everybody's.

    Raises:
        EnvironmentFault: it is not a dict.
    """
    if type(value) is dict and not value:
        return {agent: {} for agent in agents}
    if not isinstance(value, Mapping):
        raise EnvironmentFault(
            f"{method} returned {shown(value)} as info; expected a dict",
            f"the environment's {method}",
            "return {} as the last value",
        )
    if any(agent in value and isinstance(value[agent], Mapping) for agent in agents):
        return {agent: clone(dict(value.get(agent, {}))) for agent in agents}
    return {agent: clone(dict(value)) for agent in agents}


def all_out(terminated: Mapping[AgentId, bool], truncated: Mapping[AgentId, bool]) -> bool:
    """Whether every agent's episode is over."""
    for agent, out in terminated.items():  # noqa: SIM110 - a generator would cost more than the rest
        if not (out or truncated[agent]):
            return False
    return True


def _reward(value: object) -> float:
    if isinstance(value, (int, float, np.number, np.bool_)):
        return float(value)
    if isinstance(value, np.ndarray) and value.size == 1 and value.dtype.kind in "biuf":
        return float(value.item())
    raise EnvironmentFault(
        f"step() returned {shown(value)} as a reward; expected a number", "the environment's step()"
    )


def _flag(value: object, name: str) -> bool:
    if isinstance(value, (bool, np.bool_)) or (isinstance(value, (int, np.integer)) and value in (0, 1)):
        return bool(value)
    if isinstance(value, np.ndarray) and value.size == 1 and value.dtype.kind in "biu":
        return bool(value.item())
    raise EnvironmentFault(
        f"step() returned {shown(value)} as {name}; expected True or False", "the environment's step()"
    )


def _missing(what: str, value: Mapping[Any, Any], agents: Iterable[AgentId], method: str) -> EnvironmentFault:
    absent = [agent for agent in agents if agent not in value]
    return EnvironmentFault(
        f"{method} returned {what} without {listed(absent)}; it has {listed(value)}",
        f"the environment's {method}",
        "return one for each agent",
    )


def _outline(result: object) -> str:
    return f"{len(result)} values" if isinstance(result, tuple) else shown(result)
