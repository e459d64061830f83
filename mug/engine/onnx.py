"""Policies trained elsewhere and exported to ONNX."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mug.engine.errors import PolicyFault, listed, suggestion
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
    means followed by log standard deviations, cut to the bounds.
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
        self._memory: dict[str, NDArray[Any]] = {}
        self._random = np.random.default_rng(0)
        self._results: list[NDArray[Any]] | None = None
        self._check()
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Forget: zero the recurrent state, and draw from this seed."""
        self._results = None
        shape = tuple(getattr(self._config, "state_shape", None) or ())
        self._memory = {name: np.zeros(shape, self._model.dtype(name)) for name in self._states}
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
        self._memory = dict(zip(self._states, states, strict=True))
        return self._action(np.asarray(output, np.float64).ravel(), context.action_space)

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
        return {name: self._shaped(observation, name), **self._fixed, **self._memory}

    def _shaped(self, observation: Observation, name: str) -> NDArray[Any]:
        value = np.asarray(flattened(observation), self._model.dtype(name))
        rank = self._model.rank(name)
        if value.ndim >= rank > 0 and not (value.ndim == rank and value.shape[0] == 1):
            # the model wants a batch of flat observations
            value = value.ravel()
        return value.reshape((1,) * max(rank - value.ndim, 0) + value.shape)

    def _action(self, output: NDArray[np.float64], space: Any) -> Action:
        kind = type(space).__name__
        if kind == "Discrete":
            self._expect(output, int(space.n), space)
            return int(space.start) + self._choice(output)
        if kind == "MultiDiscrete":
            sizes = space.nvec.ravel()
            self._expect(output, int(sizes.sum()), space)
            parts = np.split(output, np.cumsum(sizes)[:-1])
            chosen = [self._choice(part) for part in parts]
            start = getattr(space, "start", 0)
            return np.asarray(chosen, space.dtype).reshape(space.shape) + start
        if kind == "MultiBinary":
            self._expect(output, int(np.prod(space.shape)), space)
            odds = 1 / (1 + np.exp(-output / self._temperature))
            limit = self._random.random(output.shape) if self._draws else 0.5
            return (odds > limit).astype(space.dtype).reshape(space.shape)
        if kind == "Box":
            return self._point(output, space)
        raise PolicyFault(f"a model cannot choose from {space}", self._where(), "write a policy of your own")

    def _choice(self, logits: NDArray[np.float64]) -> int:
        if not self._draws:
            return int(np.argmax(logits))
        scaled = (logits - logits.max()) / self._temperature
        odds = np.exp(scaled)
        return int(self._random.choice(len(odds), p=odds / odds.sum()))

    def _point(self, output: NDArray[np.float64], space: Any) -> NDArray[Any]:
        size = int(np.prod(space.shape))
        if output.size != size:
            self._expect(output, 2 * size, space)
        point = output[:size]
        if output.size == 2 * size and self._draws:
            spread = np.exp(output[size:]) * self._temperature
            point = point + spread * self._random.standard_normal(size)
        inside: NDArray[Any] = np.clip(point.reshape(space.shape), space.low, space.high)
        return inside.astype(space.dtype)

    def _expect(self, output: NDArray[np.float64], size: int, space: Any) -> None:
        if output.size != size:
            name = self._config.logit_output
            raise PolicyFault(f"'{name}' has {output.size} numbers, and {space} needs {size}", self._where())

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
