"""What fills a seat that no participant fills."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mug.engine.errors import PolicyFault, shown
from mug.engine.records import Action, AgentId, Observation

if TYPE_CHECKING:
    from mug.engine.models import Inference


@dataclass(slots=True)
class PolicyContext:
    """What a policy may know besides its observation.

    ``env`` is the environment inside its wrappers, to look at and not to change; ``step`` the number
    of steps the episode has had.
    """

    agent_id: AgentId
    action_space: Any
    env: Any
    step: int


class Policy:
    """A seat's brain. Its attributes are its memory: they are part of every snapshot of the game.

    Attributes that never change and are large (a loaded model) are better kept in a class attribute or
    a function's closure.
    """

    def reset(self, seed: int) -> None:
        """An episode begins, or the policy takes over a seat; everything random must come from ``seed``."""

    def act(self, observation: Observation, context: PolicyContext) -> Action:
        """The action for this observation."""
        raise NotImplementedError

    def asks(self, observation: Observation, context: PolicyContext) -> Inference | None:
        """What has to be answered before `act` with this observation can be called; usually nothing."""
        return None


class RandomPolicy(Policy):
    """Draws from the seat's action space; where an observation has an ``action_mask``, what it allows."""

    def __init__(self) -> None:
        self._seed = 0
        self._space: Any = None

    def reset(self, seed: int) -> None:
        """Draw from this seed."""
        self._seed = seed
        self._space = None

    def act(self, observation: Observation, context: PolicyContext) -> Action:
        """Draw an action."""
        if self._space is None:
            # a space of its own: drawing must not disturb what the environment draws
            self._space = copy.deepcopy(context.action_space)
            self._space.seed(self._seed)
        mask = observation.get("action_mask") if isinstance(observation, Mapping) else None
        if mask is not None:
            return as_action(self._space.sample(mask=np.asarray(mask, dtype=np.int8)), context.action_space)
        return as_action(self._space.sample(), context.action_space)


class CallablePolicy(Policy):
    """A researcher's ``load_policy_fn`` and ``policy_inference_fn``.

    ``load_policy_fn`` is called once for each seat, as ``(name)`` or ``(agent_id, name)``;
    ``policy_inference_fn`` for each decision, as ``(policy, observation)`` or
    ``(agent_id, policy, observation)``; which, says the number of their required parameters. Without
    ``load_policy_fn`` the policy is the name itself. A loaded policy with a ``reset`` method has it
    called when an episode begins.
    """

    def __init__(
        self,
        name: str,
        agent_id: AgentId,
        load_policy_fn: Callable[..., Any] | None,
        policy_inference_fn: Callable[..., Any],
    ) -> None:
        """Load the policy.

        Raises:
            PolicyFault: a function takes another number of arguments, or loading raised.
        """
        self.name = name
        self._with_agent = _arity(policy_inference_fn, "policy_inference_fn", (2, 3)) == 3
        self._infer = policy_inference_fn
        self.policy: Any = name
        if load_policy_fn is not None:
            arguments = (name,) if _arity(load_policy_fn, "load_policy_fn", (1, 2)) == 1 else (agent_id, name)
            self.policy = guarded("load_policy_fn", load_policy_fn, *arguments)

    def reset(self, seed: int) -> None:
        """Reset the loaded policy, if it has a ``reset``."""
        reset_object(self.policy, seed)

    def act(self, observation: Observation, context: PolicyContext) -> Action:
        """Ask ``policy_inference_fn``."""
        if self._with_agent:
            action = guarded("policy_inference_fn", self._infer, context.agent_id, self.policy, observation)
        else:
            action = guarded("policy_inference_fn", self._infer, self.policy, observation)
        return as_action(action, context.action_space)


class FunctionPolicy(Policy):
    """A function of the observation."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function

    def act(self, observation: Observation, context: PolicyContext) -> Action:
        """Call the function."""
        action = guarded(f"policy {shown(self._function)}", self._function, observation)
        return as_action(action, context.action_space)


class HeuristicPolicy:
    """Base class of researchers' hand-written policies.

    Attributes set in ``compute_action`` are remembered from step to step, and are part of snapshots. If
    there is a method ``reset()`` or ``reset(seed)``, it is called when an episode begins.
    """

    def compute_action(self, env: Any, agent_id: AgentId) -> Action:
        """The agent's action, from the environment itself."""
        raise NotImplementedError


class HeuristicAdapter(Policy):
    """Lets a heuristic fill a seat; takes an object, or a class to make one of."""

    def __init__(self, heuristic: Any) -> None:
        """Make the object if a class was given.

        Raises:
            PolicyFault: making it raised.
        """
        self.heuristic = (
            guarded(f"{heuristic.__qualname__}()", heuristic) if isinstance(heuristic, type) else heuristic
        )

    def reset(self, seed: int) -> None:
        """Reset the heuristic, if it has a ``reset``."""
        reset_object(self.heuristic, seed)

    def act(self, observation: Observation, context: PolicyContext) -> Action:
        """Ask the heuristic's ``compute_action``."""
        where = f"{type(self.heuristic).__qualname__}.compute_action()"
        action = guarded(where, self.heuristic.compute_action, context.env, context.agent_id)
        return as_action(action, context.action_space)


def resolve(
    value: Any,
    agent_id: AgentId,
    load_policy_fn: Callable[..., Any] | None = None,
    policy_inference_fn: Callable[..., Any] | None = None,
) -> Policy:
    """The policy that a value of ``policy_mapping`` means, for one seat of one game.

    A script's objects are copied: it plays many games at once, and each needs a memory of its own.

    Args:
        value: a `Policy`, a heuristic's class or object, a model configuration (``onnx_path`` …),
            ``"random"`` (or an enum member with that value), a name for ``load_policy_fn``, or a
            function of the observation.
        agent_id: the seat it is for.
        load_policy_fn: as in `CallablePolicy`.
        policy_inference_fn: as in `CallablePolicy`.

    Raises:
        PolicyFault: it means none, or cannot be loaded.
    """
    where = f"policy_mapping[{agent_id!r}]"
    if isinstance(value, Policy):
        copied: Policy = _own_copy(value, where)
        return copied
    if hasattr(value, "compute_action"):
        return HeuristicAdapter(value if isinstance(value, type) else _own_copy(value, where))
    if hasattr(value, "onnx_path"):
        return _onnx_policy(value)
    name = getattr(value, "value", value)
    if name == "random":
        return RandomPolicy()
    if isinstance(name, str):
        if policy_inference_fn is None:
            raise PolicyFault(
                f"there is a policy named {name!r}, but no function to ask it",
                where,
                "give policy_inference_fn",
            )
        return CallablePolicy(name, agent_id, load_policy_fn, policy_inference_fn)
    if isinstance(value, type) and issubclass(value, Policy):
        made: Policy = guarded(f"{value.__qualname__}()", value)
        return made
    if callable(value):
        return FunctionPolicy(value)
    raise PolicyFault(f"{shown(value)} is not a policy", where)


def _own_copy(value: Any, where: str) -> Any:
    try:
        return copy.deepcopy(value)
    except Exception as error:
        raise PolicyFault(
            f"this object cannot be copied for each game: {error}", where, "give its class instead"
        ) from error


def _onnx_policy(config: Any) -> Policy:
    from mug.engine.onnx import OnnxPolicy

    return OnnxPolicy(config)


def as_action(action: Any, space: Any) -> Action:
    """An action in the form its space has: a plain whole number for a ``Discrete`` one."""
    if (
        isinstance(action, (np.generic, np.ndarray))
        and not getattr(space, "shape", None)
        and action.size == 1
    ):
        return action.item()
    return action


def zero_action(space: Any) -> Action:
    """The zero of an action space: its smallest number, zeros, or the same for each part of it.

    Raises:
        PolicyFault: the space has no zero.
    """
    kind = type(space).__name__
    if kind == "Discrete":
        return int(space.start)
    if kind in ("MultiDiscrete", "MultiBinary", "Box"):
        zeros = np.zeros(space.shape, space.dtype)
        return np.clip(zeros, space.low, space.high) if kind == "Box" else zeros
    if kind == "Dict":
        return {key: zero_action(part) for key, part in space.spaces.items()}
    if kind == "Tuple":
        return tuple(zero_action(part) for part in space.spaces)
    raise PolicyFault(f"{shown(space)} has no zero", "default_action", "name a default_action")


def reset_object(target: Any, seed: int) -> None:
    """Call an object's ``reset(seed)`` or ``reset()``, if it has one.

    Raises:
        PolicyFault: it raised.
    """
    reset = getattr(target, "reset", None)
    if not callable(reset) or isinstance(target, (str, type)):
        return
    try:
        parameters = inspect.signature(reset).parameters
    except (TypeError, ValueError):
        return
    where = f"{type(target).__qualname__}.reset()"
    if "seed" in parameters:
        guarded(where, reset, seed=seed)
    elif all(parameter.default is not parameter.empty for parameter in parameters.values()):
        guarded(where, reset)


def _arity(function: Callable[..., Any], name: str, allowed: tuple[int, int]) -> int:
    """How many arguments to call with: the required ones, or the smallest allowed number that fits."""
    if not callable(function):
        raise PolicyFault(f"must be a function, got {shown(function)}", f"{name}=")
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return allowed[0]
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    required = sum(1 for p in positional if p.default is p.empty)
    most = 99 if any(p.kind is p.VAR_POSITIONAL for p in parameters) else len(positional)
    fitting = [count for count in allowed if max(required, allowed[0]) <= count <= most]
    if not fitting:
        raise PolicyFault(
            f"takes {required} arguments; expected {allowed[0]} or {allowed[1]}",
            f"{name}=",
            "(name) or (agent_id, name)"
            if name == "load_policy_fn"
            else "(policy, observation) or (agent_id, policy, observation)",
        )
    return fitting[0]


def guarded(where: str, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    """Call what belongs to a policy.

    Raises:
        PolicyFault: it raised; its exception is the cause.
    """
    try:
        return function(*arguments, **keywords)
    except PolicyFault:
        raise
    except Exception as error:
        raise PolicyFault(f"raised {type(error).__name__}: {error}", where) from error
