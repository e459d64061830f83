"""How a `GymScene` reads the values of its settings that are more than a number or a text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import attrs

from mug.configurations.configuration_constants import ModelConfig
from mug.configurations.kinds import Function, MappingOf, Number, Readable, found_path
from mug.configurations.settings import NeedsFolder, WrongValue, shown

POINTER_EVENTS = ("down", "move")
CALLBACK_METHODS = (
    "on_game_start",
    "on_episode_start",
    "before_step",
    "after_step",
    "on_render",
    "on_episode_end",
    "on_player_join",
    "on_player_leave",
    "on_player_reconnect",
    "on_game_end",
)


def _agent_id(value: object) -> str | int:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise WrongValue
    return value


def _environment_class(value: object) -> object:
    if not isinstance(value, type):
        call = "write environment_class=MyEnv, without brackets" if hasattr(value, "step") else ""
        raise WrongValue(
            fix=call or "a function that makes environments is given with .environment(env_creator=…)"
        )
    return value


def _env_creator(value: object) -> object:
    if isinstance(value, str):
        if not value.strip():
            raise WrongValue
        return value
    if not callable(value):
        fix = "give the class or function that makes it, not a finished environment"
        raise WrongValue(fix=fix if hasattr(value, "step") else "")
    return value


def _callbacks(value: object) -> tuple[object, ...]:
    entries = tuple(value) if isinstance(value, list | tuple) else (value,)
    return tuple(_callback(entry) for entry in entries)


def _callback(value: object) -> object:
    if isinstance(value, type):
        raise WrongValue(fix=f"write callback={value.__name__}()")
    if any(callable(getattr(value, name, None)) for name in CALLBACK_METHODS):
        return value
    return Function((2,), "(game_instance, data)").read(value)


def _pointer(value: object) -> Mapping[object, object]:
    if not isinstance(value, Mapping) or not value:
        raise WrongValue
    for event, action in value.items():
        if event not in POINTER_EVENTS:
            raise WrongValue(
                f"the pointer has no event {shown(event)}", fix="the events are 'down' and 'move'"
            )
        if callable(action):
            Function((2,), "(x, y)").read(action)
    return dict(value)


def _buttons(value: object) -> dict[str, object]:
    if not isinstance(value, Mapping) or not value:
        raise WrongValue
    for label in value:
        if not isinstance(label, str) or not 1 <= len(label) <= 40:
            raise WrongValue(f"a button's label must be a text of 1 to 40 characters, got {shown(label)}")
    return dict(value)


def _pair(value: object) -> tuple[float, float]:
    seconds = Number(0, 86_400)
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise WrongValue
    low, high = (seconds.read(bound) for bound in value)
    if low > high:
        raise WrongValue(suggestion=(high, low))
    return low, high


def _matchmaker(value: object) -> object:
    if isinstance(value, type):
        raise WrongValue(fix=f"write matchmaker={value.__name__}()")
    if (isinstance(value, str) and value) or callable(getattr(value, "propose", None)):
        return value
    raise WrongValue


def _color(value: object) -> str:
    from mug.rendering.colors import normalize
    from mug.rendering.errors import SurfaceError

    try:
        return normalize(value, "")
    except SurfaceError as error:
        raise WrongValue(fix=error.fix) from None


ENV_CREATOR = Readable("a function or class that makes an environment, or a Gymnasium id", _env_creator)
COLOR = Readable("a color: a name, '#rrggbb' or three numbers from 0 to 255", _color)
CALLBACKS = Readable(
    "a function (game_instance, data), a GameCallbacks object, or a list of these", _callbacks
)
POINTER = Readable("a dict from 'down' or 'move' to an action or a function (x, y)", _pointer)
BUTTONS = Readable("a dict from labels to keys", _buttons)


class PolicyMapping(NeedsFolder):
    """A policy for each agent; model files are found when they are named."""

    expects = "a dict from agent ids to PolicyTypes, names, models or policies"

    def read_in(self, value: object, folder: Path | None) -> dict[object, object]:
        """Accept dicts with agent ids as keys."""
        mapping = MappingOf(self.expects, (str, int)).read(value)
        return {agent_id: _policy(policy, folder) for agent_id, policy in mapping.items()}


class OnePolicy(NeedsFolder):
    """One policy."""

    expects = "anything that policy_mapping takes, except a human"

    def read_in(self, value: object, folder: Path | None) -> object:
        """Accept anything; what is no policy shows when the scene is checked."""
        return _policy(value, folder)


def _policy(policy: object, folder: Path | None) -> object:
    if isinstance(policy, ModelConfig) and isinstance(policy.onnx_path, str | Path):
        try:
            return attrs.evolve(policy, onnx_path=found_path(policy.onnx_path, folder))
        except WrongValue:
            return policy
    return policy


AGENT_ID = Readable("a text or a whole number", _agent_id)
MATCHMAKER = Readable("a matchmaker, or the name of one", _matchmaker)
SECONDS_PAIR = Readable("a pair of numbers of seconds: (shortest, longest)", _pair)
ENVIRONMENT_CLASS = Readable("a class", _environment_class)
