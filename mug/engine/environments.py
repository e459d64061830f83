"""Every kind of environment behind one interface: a dict by agent in, a dict by agent out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from mug.engine.errors import EnvironmentFault, listed, shown
from mug.engine.records import Action, AgentId
from mug.engine.transitions import (
    Transition,
    all_out,
    flags_by_agent,
    infos_by_agent,
    observations_by_agent,
    rewards_by_agent,
    unpack_reset,
    unpack_step,
)
from mug.engine.values import clone

Began: TypeAlias = tuple[dict[AgentId, Any], dict[AgentId, dict[str, Any]]]

_VIEWER_PARAMETERS = ("player_id", "agent_id")


class Environment:
    """One environment, whatever its kind; made by `adapt`.

    ``agent_ids`` are all seats, ``agents`` those still in the episode, ``wrapped`` what the researcher
    made, and ``unwrapped`` the environment inside its wrappers. ``per_player_views`` says whether
    ``render()`` takes the player who looks, ``turn_based`` whether agents act one at a time.
    """

    def __init__(self, env: Any, agent_ids: Sequence[AgentId]) -> None:
        self.wrapped = env
        self.unwrapped: Any = getattr(env, "unwrapped", env)
        self.agent_ids: tuple[AgentId, ...] = tuple(agent_ids)
        self.agents: tuple[AgentId, ...] = self.agent_ids
        self._step: Callable[[Any], Any] = env.step
        self._render, self._viewer, self._viewer_required = _renderer(env)
        self.per_player_views = bool(self._viewer)
        self.turn_based = _is_one_at_a_time(env)

    def reset(self, seed: int) -> Began:
        """Begin an episode; returns observations and infos.

        Raises:
            EnvironmentFault: the environment raised or returned nonsense.
        """
        result = _run("reset()", self.wrapped.reset, seed=seed)
        return self._began(*unpack_reset(result))

    def step(self, actions: Mapping[AgentId, Action]) -> Transition:
        """Step with one action for each of those who act.

        Raises:
            EnvironmentFault: the environment raised or returned nonsense.
        """
        try:
            result = self._step(actions)
        except Exception as error:
            raise _raised("step()", error) from error
        return self._stepped(*(result if type(result) is tuple and len(result) == 5 else unpack_step(result)))

    def action_space(self, agent_id: AgentId) -> Any:
        """The Gymnasium space of an agent's actions.

        Raises:
            EnvironmentFault: the environment does not say.
        """
        return _run("action_space", self._space, "action_space", agent_id)

    def observation_space(self, agent_id: AgentId) -> Any:
        """The Gymnasium space of an agent's observations.

        Raises:
            EnvironmentFault: the environment does not say.
        """
        return _run("observation_space", self._space, "observation_space", agent_id)

    def acting(self) -> tuple[AgentId, ...]:
        """The agents whose action the next step uses: all of ``agents``, or the one whose turn it is."""
        if not self.turn_based:
            return self.agents
        turn: AgentId = self.wrapped.aec_env.agent_selection
        return (turn,) if turn in self.agents else ()

    def render(self, agent_id: AgentId | None = None) -> Any:
        """What the environment's ``render()`` returned.

        Args:
            agent_id: who looks, for environments with per-player views.

        Raises:
            EnvironmentFault: the environment raised, or a view was asked for that it does not have.
        """
        if agent_id is None and not self._viewer_required:
            try:
                return self._render()
            except Exception as error:
                raise _raised("render()", error) from error
        if not self._viewer:
            raise EnvironmentFault(
                "render() takes no player, so there is one view for everybody",
                "per-player views",
                "give render() a parameter player_id=None",
            )
        viewer = self.agent_ids[0] if agent_id is None else agent_id
        return _run("render()", self._render, **{self._viewer: viewer})

    def close(self) -> None:
        """Let the environment free what it holds.

        Raises:
            EnvironmentFault: its ``close()`` raised.
        """
        close = getattr(self.wrapped, "close", None)
        if callable(close):
            _run("close()", close)

    def _began(self, observation: Any, info: Any) -> Began:
        raise NotImplementedError

    def _stepped(
        self, observation: Any, reward: Any, terminated: Any, truncated: Any, info: Any
    ) -> Transition:
        raise NotImplementedError

    def _space(self, name: str, agent_id: AgentId) -> Any:
        raise NotImplementedError


class SingleAgent(Environment):
    """A Gymnasium environment with one agent, who sits in the one seat the experiment names."""

    def __init__(self, env: Any, agent_ids: Sequence[AgentId]) -> None:
        super().__init__(env, agent_ids)
        self._agent = self.agent_ids[0]
        if not _takes_dict(self.unwrapped):
            self._step = self._step_alone

    def _space(self, name: str, agent_id: AgentId) -> Any:
        return getattr(self.wrapped, name)

    def _began(self, observation: Any, info: Any) -> Began:
        infos = infos_by_agent(info, self.agent_ids, "reset()")
        return {self._agent: _copied(observation, "reset()")}, infos

    def _step_alone(self, actions: Mapping[AgentId, Action]) -> Any:
        return self.wrapped.step(actions[self._agent])

    def _stepped(
        self, observation: Any, reward: Any, terminated: Any, truncated: Any, info: Any
    ) -> Transition:
        agent, ids = self._agent, self.agent_ids
        terminations = flags_by_agent(terminated, ids, "terminated")
        truncations = flags_by_agent(truncated, ids, "truncated")
        return Transition(
            {agent: _copied(observation, "step()")},
            rewards_by_agent(reward, ids),
            terminations,
            truncations,
            infos_by_agent(info, ids, "step()"),
            terminations[agent] or truncations[agent],
        )


class DictAgents(Environment):
    """A Gymnasium environment for several agents, whose spaces and values are dicts by agent."""

    def _space(self, name: str, agent_id: AgentId) -> Any:
        return getattr(self.wrapped, name)[agent_id]

    def _began(self, observation: Any, info: Any) -> Began:
        return (
            observations_by_agent(observation, self.agent_ids, "reset()"),
            infos_by_agent(info, self.agent_ids, "reset()"),
        )

    def _stepped(
        self, observation: Any, reward: Any, terminated: Any, truncated: Any, info: Any
    ) -> Transition:
        ids = self.agent_ids
        terminations = flags_by_agent(terminated, ids, "terminated")
        truncations = flags_by_agent(truncated, ids, "truncated")
        return Transition(
            observations_by_agent(observation, ids, "step()"),
            rewards_by_agent(reward, ids),
            terminations,
            truncations,
            infos_by_agent(info, ids, "step()"),
            terminated is True or truncated is True or all_out(terminations, truncations),
        )


class ParallelAgents(Environment):
    """A PettingZoo parallel environment. Agents may leave the episode before it is over."""

    def _space(self, name: str, agent_id: AgentId) -> Any:
        return getattr(self.wrapped, name)(agent_id)

    def _began(self, observation: Any, info: Any) -> Began:
        self.agents = self._living()
        if not self.agents:
            raise EnvironmentFault("after reset() there are no agents", "the environment's agents")
        return (
            observations_by_agent(observation, self.agents, "reset()"),
            infos_by_agent(info, self.agents, "reset()"),
        )

    def _stepped(
        self, observation: Any, reward: Any, terminated: Any, truncated: Any, info: Any
    ) -> Transition:
        acted = self.agents
        terminations = flags_by_agent(terminated, acted, "terminated")
        truncations = flags_by_agent(truncated, acted, "truncated")
        self.agents = self._living()
        return Transition(
            observations_by_agent(observation, acted, "step()"),
            rewards_by_agent(reward, acted),
            terminations,
            truncations,
            infos_by_agent(info, acted, "step()"),
            not self.agents or all_out(terminations, truncations),
        )

    def _living(self) -> tuple[AgentId, ...]:
        living = self.wrapped.agents
        unknown = [agent for agent in living if agent not in self.agent_ids]
        if unknown:
            raise EnvironmentFault(
                f"the environment has the agents {listed(living)}, and the experiment has no policy for "
                f"{listed(unknown)}",
                "policy_mapping",
            )
        return tuple(agent for agent in self.agent_ids if agent in living)


def adapt(env: object, agent_ids: Sequence[AgentId]) -> Environment:
    """Give an environment the one interface.

    Args:
        env: a Gymnasium environment (one agent, or ``Dict`` spaces by agent), a PettingZoo parallel
            environment, or a PettingZoo AEC environment, which is converted.
        agent_ids: all agents of the experiment. A single-agent environment has exactly one, with any
            name; otherwise they are the environment's agents.

    Raises:
        EnvironmentFault: it is none of these, or has other agents.
    """
    for method in ("reset", "step"):
        if not callable(getattr(env, method, None)):
            raise EnvironmentFault(
                f"{shown(env)} is not an environment: it has no {method}()",
                "the environment",
                "give a Gymnasium or PettingZoo environment, or what makes one",
            )
    if _is_turn_taking(env):
        env = _to_parallel(env)
    if hasattr(env, "possible_agents"):
        _check_agents(agent_ids, list(env.possible_agents))
        return _checked_reset(ParallelAgents(env, agent_ids))
    space = getattr(env, "action_space", None)
    if space is None:
        raise EnvironmentFault("the environment has no action_space", "the environment")
    keys = (
        list(space.keys())
        if isinstance(space, Mapping) or (hasattr(space, "spaces") and hasattr(space, "keys"))
        else []
    )
    if set(keys) & set(agent_ids) or len(agent_ids) > 1:
        if not keys:
            raise EnvironmentFault(
                f"the experiment has the agents {listed(agent_ids)}, but the environment has one",
                "policy_mapping",
                "name one agent, or give the environment Dict spaces with one entry for each agent",
            )
        _check_agents(agent_ids, keys)
        return _checked_reset(DictAgents(env, agent_ids))
    if not agent_ids:
        raise EnvironmentFault("the experiment names no agent", "policy_mapping", "name one agent")
    return _checked_reset(SingleAgent(env, agent_ids))


def _run(method: str, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    try:
        return function(*arguments, **keywords)
    except Exception as error:
        raise _raised(method, error) from error


def _raised(method: str, error: Exception) -> EnvironmentFault:
    return EnvironmentFault(f"{method} raised {type(error).__name__}: {error}", f"the environment's {method}")


def _copied(observation: Any, method: str) -> Any:
    if observation is None:
        raise EnvironmentFault(
            f"{method} returned None as observation; expected one", f"the environment's {method}"
        )
    return clone(observation)


def _check_agents(wanted: Sequence[AgentId], present: Sequence[AgentId]) -> None:
    if set(wanted) == set(present):
        return
    absent = [agent for agent in wanted if agent not in present]
    problem = (
        f"the experiment names {listed(absent)}, which the environment does not have"
        if absent
        else f"the experiment has no policy for {listed(a for a in present if a not in wanted)}"
    )
    raise EnvironmentFault(problem, "policy_mapping", f"the environment's agents are {listed(present)}")


def _checked_reset(environment: Environment) -> Environment:
    parameters = _parameters(environment.wrapped.reset)
    if parameters is not None and "seed" not in parameters:
        raise EnvironmentFault(
            "reset() does not take a seed, so that games could not be repeated",
            "the environment's reset()",
            "def reset(self, seed=None, options=None):",
        )
    return environment


def _parameters(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter] | None:
    """The named parameters of a function; None when it takes any, or does not tell."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return None
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return None
    return parameters


def layers(env: Any) -> Iterator[Any]:
    """An environment and everything it wraps, outermost first."""
    seen: set[int] = set()
    while env is not None and id(env) not in seen:
        seen.add(id(env))
        yield env
        inside = vars(env) if hasattr(env, "__dict__") else {}
        env = next((inside[name] for name in ("env", "aec_env", "par_env") if name in inside), None)


def _renderer(env: Any) -> tuple[Callable[..., Any], str, bool]:
    """The method to render with, the name of its parameter for who looks, and whether it must be given."""
    for layer in layers(env):
        render = getattr(layer, "render", None)
        if not callable(render):
            continue
        try:
            parameters = inspect.signature(render).parameters
        except (TypeError, ValueError):
            continue
        for name in _VIEWER_PARAMETERS:
            if name in parameters:
                return render, name, parameters[name].default is inspect.Parameter.empty
    return getattr(env, "render", lambda: None), "", False


def _takes_dict(env: Any) -> bool:
    """Whether ``step()`` says, by its annotation, that it takes a dict by agent although it has one agent."""
    try:
        parameters = list(inspect.signature(env.step).parameters.values())
    except (TypeError, ValueError):
        return False
    if not parameters or parameters[0].annotation is inspect.Parameter.empty:
        return False
    annotation = parameters[0].annotation
    text = annotation if isinstance(annotation, str) else repr(annotation)
    name = text.removeprefix("<class '").removeprefix("typing.").removeprefix("collections.abc.")
    return name.lower().startswith(("dict", "mapping"))


def _is_turn_taking(env: object) -> bool:
    return hasattr(env, "agent_iter") and hasattr(env, "last")


def _to_parallel(env: Any) -> Any:
    from pettingzoo.utils import conversions

    if (getattr(env, "metadata", None) or {}).get("is_parallelizable", False):
        return conversions.aec_to_parallel(env)
    return conversions.turn_based_aec_to_parallel(env)


def _is_one_at_a_time(env: Any) -> bool:
    """Whether this is a converted AEC environment in which only the agent whose turn it is acts."""
    inner = getattr(env, "aec_env", None)
    return inner is not None and not (getattr(inner, "metadata", None) or {}).get("is_parallelizable", False)
