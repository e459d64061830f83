"""Names that scripts configure with: who plays, how keys count, what fills a missing action, which model."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import attrs

from mug.configurations.kinds import Choice, Flag, ListOf, MappingOf, Number, Text, Whole
from mug.configurations.settings import Kind, WrongValue
from mug.engine.policies import HeuristicPolicy
from mug.errors import Problem

__all__ = ["ActionSettings", "HeuristicPolicy", "InputModes", "ModelConfig", "PolicyTypes"]


class PolicyTypes(enum.Enum):
    """What fills a seat, when it is neither a model nor a policy of the researcher's own."""

    Human = "human"
    """A participant."""
    Random = "random"
    """Actions drawn from the seat's action space, from the game's recorded seed."""


class InputModes(enum.StrEnum):
    """How a participant's keys become actions."""

    PressedKeys = "pressed_keys"
    """The action lasts as long as the key is held."""
    KeyDown = "key_down"
    """Each press is the action of one step."""
    KeyUp = "key_up"
    """Each release is the action of one step."""
    SingleKeystroke = "key_down"
    """Another name of ``KeyDown``."""


class ActionSettings(enum.StrEnum):
    """Which action is used for a player who gives none in a step."""

    DefaultAction = "default_action"
    """The scene's ``default_action``."""
    PreviousSubmittedAction = "previous_submitted_action"
    """The player's last one, and ``default_action`` before the first."""


@attrs.frozen(kw_only=True)
class ModelConfig:
    """A policy trained elsewhere and exported to ONNX.

    Attributes:
        onnx_path: the model file.
        obs_input: the name of the model's input for the observation.
        logit_output: the name of the model's output with one logit per action.
        state_inputs: names of the inputs that take a recurrent model's state.
        state_outputs: names of the outputs with the next state, in the same order.
        state_shape: the shape of each state, which starts as zeros.
        fixed_inputs: further inputs that always get the same value, by name.
        sampling: ``"argmax"`` takes the action with the largest logit, ``"sample"`` draws from the softmax.
        temperature: divides the logits before drawing; below 1 the draws are more decided.
        seeded: whether draws come from the game's recorded seed, so that a replay repeats them.
    """

    onnx_path: str | Path
    obs_input: str
    logit_output: str
    state_inputs: Sequence[str] = ()
    state_outputs: Sequence[str] = ()
    state_shape: Sequence[int] = ()
    fixed_inputs: Mapping[str, object] = attrs.field(factory=dict)
    sampling: Literal["argmax", "sample"] = "argmax"
    temperature: float = 1.0
    seeded: bool = True

    def problems(self, where: str) -> list[Problem]:
        """Return what is wrong with the values; ``where`` says which scene and seat use the model."""
        found = []
        for name, kind in _MODEL_KINDS.items():
            value = getattr(self, name)
            try:
                kind.read(value)
            except WrongValue as wrong:
                found.append(wrong.as_problem(f"{where}, ModelConfig({name}=)", name, kind, value))
        return found or self._contradictions(where)

    def _contradictions(self, where: str) -> list[Problem]:
        found = []
        path = Path(self.onnx_path)
        if not path.is_file():
            found.append(Problem(f"{where}, ModelConfig(onnx_path=)", f"there is no file {str(path)!r}"))
        if len(self.state_inputs) != len(self.state_outputs):
            what = f"{len(self.state_inputs)} state_inputs but {len(self.state_outputs)} state_outputs"
            fix = "name one output for each input, in the same order"
            found.append(Problem(f"{where}, ModelConfig(state_inputs=)", what, fix))
        if self.state_inputs and not self.state_shape:
            what = "a model with state_inputs needs state_shape, the shape of its state"
            found.append(
                Problem(f"{where}, ModelConfig(state_shape=)", what, "for example state_shape=[1, 128]")
            )
        return found


class _PathText:
    """A file's path; whether the file exists is asked only when everything else is right."""

    expects = "the path of an .onnx file"

    def read(self, value: object) -> object:
        """Accept texts and paths."""
        if not isinstance(value, str | Path) or not str(value) or "\0" in str(value):
            raise WrongValue
        return value


_NAMES = ListOf(Text(), "a list of names")
_MODEL_KINDS: Mapping[str, Kind] = {
    "onnx_path": _PathText(),
    "obs_input": Text(expects="the name of an input"),
    "logit_output": Text(expects="the name of an output"),
    "state_inputs": _NAMES,
    "state_outputs": _NAMES,
    "state_shape": ListOf(Whole(1), "a list of whole numbers"),
    "fixed_inputs": MappingOf("a dict of values by input name"),
    "sampling": Choice("argmax", "sample"),
    "temperature": Number(1e-6, 1000),
    "seeded": Flag(),
}
