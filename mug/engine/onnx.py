"""Policies trained elsewhere and exported to ONNX."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mug.engine.decisions import Decision, UnusableError, decide
from mug.engine.errors import PolicyFault, listed, shown, suggestion
from mug.engine.models import Arrays, Inference, load_model, register_model
from mug.engine.policies import Policy, PolicyContext
from mug.engine.records import Action, Observation

__all__ = ["OnnxPolicy", "flattened", "load_model", "register_model"]


class OnnxPolicy(Policy):
    """Runs a model on each observation.

    ``config`` is any object with the attributes ``onnx_path``, ``obs_input``, ``logit_output`` and, if it
    has them, ``state_inputs``, ``state_outputs``, ``state_shape`` (one shape for every state; they start as
    zeros in each episode), ``fixed_inputs`` (values by name), ``sampling`` (``"argmax"`` or ``"sample"``),
    ``temperature`` and ``seeded`` (False: draws are different each time a game is played again).

    Observations that are dicts are flattened and joined in the order of their sorted keys. What the
    output means depends on the action space: logits for Discrete (one for each action), MultiDiscrete
    (those of its parts, joined) and MultiBinary (drawn or compared with 0); for Box the action itself, or
    means followed by log standard deviations, cut to the bounds. Logits that differ by no more than rounding
    does are as good as each other, and the first of them wins: `mug.engine.decisions`.

    Attributes:
        decision: the last decision of the episode; None before the first.
        memory: by input, the recurrent state that the next run gets.
    """

    def __init__(self, config: Any) -> None:
        """Load the model.

        Raises:
            PolicyFault: it cannot be loaded, or has no such inputs and outputs.
        """
        self._config = config
        self._model = load_model(config.onnx_path)
        self._states: tuple[str, ...] = tuple(getattr(config, "state_inputs", None) or ())
        self._next_states: tuple[str, ...] = tuple(getattr(config, "state_outputs", None) or ())
        self._fixed = {
            name: np.asarray(value, self._model_dtype(name, "fixed_inputs"))
            for name, value in (getattr(config, "fixed_inputs", None) or {}).items()
        }
        self._draws = getattr(config, "sampling", "argmax") == "sample"
        self._temperature = float(getattr(config, "temperature", 1.0))
        self.memory: dict[str, NDArray[Any]] = {}
        self._random = np.random.default_rng(0)
        self._results: list[NDArray[Any]] | None = None
        self.decision: Decision | None = None
        self._check()
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Forget: zero the recurrent state, and draw from this seed."""
        self._results = None
        self.decision = None
        shape = tuple(getattr(self._config, "state_shape", None) or ())
        self.memory = {name: np.zeros(shape, self._model.dtype(name)) for name in self._states}
        self._random = np.random.default_rng(seed if getattr(self._config, "seeded", True) else None)

    def asks(self, observation: Observation, context: PolicyContext) -> Inference | None:
        """What a model beside the interpreter has to say before `act`; None once it has, and for others.

        Raises:
            PolicyFault: the observation does not fit.
        """
        if self._model.run is not None or self._results is not None:
            return None
        return Inference(self._model.name, self._outputs(), self._feed(observation), self._take)

    def act(self, observation: Observation, context: PolicyContext) -> Action:
        """Run the model on an observation; its recurrent state moves on.

        Raises:
            PolicyFault: the observation or the output does not fit.
        """
        output, *states = self._run(observation)
        self.memory = dict(zip(self._states, states, strict=True))
        self.decision = self._decide(np.asarray(output, np.float64).ravel(), context.action_space)
        return self.decision.action

    def _run(self, observation: Observation) -> list[NDArray[Any]]:
        if self._model.run is None:
            results, self._results = self._results, None
            if results is None:
                raise PolicyFault("the model was not asked before the step", self._where())
            return results
        try:
            return self._model.run(self._outputs(), self._feed(observation))
        except Exception as error:
            raise PolicyFault(f"the model raised {type(error).__name__}: {error}", self._where()) from error

    def _take(self, results: list[NDArray[Any]]) -> None:
        self._results = results

    def _outputs(self) -> tuple[str, ...]:
        return (self._config.logit_output, *self._next_states)

    def _feed(self, observation: Observation) -> Arrays:
        name = self._config.obs_input
        return {name: self._shaped(observation, name), **self._fixed, **self.memory}

    def _shaped(self, observation: Observation, name: str) -> NDArray[Any]:
        value = np.asarray(flattened(observation), self._model.dtype(name))
        rank = self._model.rank(name)
        if value.ndim >= rank > 0 and not (value.ndim == rank and value.shape[0] == 1):
            # the model wants a batch of flat observations
            value = value.ravel()
        return value.reshape((1,) * max(rank - value.ndim, 0) + value.shape)

    def _decide(self, output: NDArray[np.float64], space: Any) -> Decision:
        match type(space).__name__:
            case "Discrete":
                sizes = {int(space.n)}
            case "MultiDiscrete":
                sizes = {int(space.nvec.sum())}
            case "MultiBinary":
                sizes = {math.prod(space.shape)}
            case "Box":
                sizes = {math.prod(space.shape), 2 * math.prod(space.shape)}
            case _:
                what = f"a model cannot choose from {space}"
                raise PolicyFault(what, self._where(), "write a policy of your own")
        name = self._config.logit_output
        if output.size not in sizes:
            what = f"'{name}' has {output.size} numbers, and {space} needs {max(sizes)}"
            raise PolicyFault(what, self._where())
        try:
            return decide(output, space, self._random if self._draws else None, self._temperature)
        except UnusableError as problem:
            raise PolicyFault(f"'{name}' has {problem}: {shown(output.tolist())}", self._where()) from None

    def _check(self) -> None:
        inputs, outputs = self._model.inputs, self._model.outputs
        for setting, names, present in (
            ("obs_input", (self._config.obs_input,), inputs),
            ("state_inputs", self._states, inputs),
            ("logit_output", (self._config.logit_output,), outputs),
            ("state_outputs", self._next_states, outputs),
        ):
            for name in names:
                if name not in present:
                    raise self._absent(setting, name, present)
        if len(self._states) != len(self._next_states):
            raise PolicyFault(
                f"{len(self._states)} state_inputs and {len(self._next_states)} state_outputs",
                self._where(),
                "name one output for each input, in the same order",
            )
        given = {self._config.obs_input, *self._states, *self._fixed}
        for name in inputs:
            if name not in given:
                raise PolicyFault(
                    f"the model needs an input '{name}'", self._where(), f"fixed_inputs={{'{name}': …}}"
                )

    def _model_dtype(self, name: str, setting: str) -> Any:
        if name not in self._model.inputs:
            raise self._absent(setting, name, self._model.inputs)
        return self._model.dtype(name)

    def _absent(self, setting: str, name: str, present: Any) -> PolicyFault:
        return PolicyFault(
            f"the model has no '{name}'; it has {listed(present)}",
            f"{self._where()}, {setting}=",
            suggestion(name, present),
        )

    def _where(self) -> str:
        return f"model {os.fspath(self._config.onnx_path)}"


def flattened(observation: Observation) -> Any:
    """An observation as one array: the parts of a dict one after the other, in the order of sorted keys."""
    if isinstance(observation, Mapping):
        parts = [np.ravel(flattened(observation[key])) for key in sorted(observation, key=str)]
        return np.concatenate(parts) if parts else np.zeros(0)
    if isinstance(observation, tuple):
        return np.concatenate([np.ravel(flattened(part)) for part in observation])
    return observation
