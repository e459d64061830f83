"""Actions as the bytes that peers exchange, and back: whatever the action space, and untrusted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mug.engine.errors import EnvironmentFault
from mug.game.json_lines import encode
from mug.game.replay import typed_action
from mug.game.spec import AgentId, Controls, PointedAction

LONGEST: Final = 254
NOTHING: Final = b""
RETURNED: Final = b"\x00"
"""Before an input: its player was away, and is back. No action is written like that."""
_MOST_REMEMBERED: Final = 1000
_REFUSED: Final = object()


class ActionCodec:
    """Writes the actions of some agents, and reads those of the others as the environment takes them.

    An action is written as JSON. What is read is one of the actions that the scene gives the seat, or, where
    participants point, where they write or where a model decides, any that the seat's action space has.

    Args:
        spaces: the agents' action spaces.
        controls: the scene's controls, by agent; an agent without any may do all that its space has.
    """

    def __init__(self, spaces: Mapping[AgentId, Any], controls: Mapping[AgentId, Controls]) -> None:
        self._spaces = dict(spaces)
        self._free = {agent for agent in spaces if agent not in controls or _points(controls[agent].actions)}
        self._known: dict[AgentId, dict[bytes, Any]] = {
            agent: {
                _text(action): action
                for action in (controls[agent].actions if agent in controls else ())
                if not isinstance(action, PointedAction)
            }
            for agent in spaces
        }

    def write(self, action: Any) -> bytes:
        """Write an action.

        Raises:
            EnvironmentFault: it is too large to be sent with every frame.
        """
        text = _text(action)
        if len(text) > LONGEST:
            what = f"an action is {len(text)} bytes long; peers exchange up to {LONGEST} with each frame"
            raise EnvironmentFault(what, "the action space", "write run_through_pyodide=False")
        return text

    def read(self, agent: AgentId, written: bytes) -> tuple[bool, Any]:
        """Return whether this is an action that the agent may do, and the action."""
        known = self._known[agent]
        if written in known:
            action = known[written]
            return action is not _REFUSED, action
        action = self._action(agent, written) if agent in self._free else _REFUSED
        if len(known) < _MOST_REMEMBERED:
            known[written] = action
        return action is not _REFUSED, action

    def _action(self, agent: AgentId, written: bytes) -> Any:
        space = self._spaces[agent]
        try:
            action = typed_action(space, json.loads(written))
            return action if space.contains(action) else _REFUSED
        except Exception:
            return _REFUSED


def unmarked(written: bytes) -> tuple[bool, bytes]:
    """Return whether an input says that its player is back, and the input without that."""
    returned = written.startswith(RETURNED)
    return returned, written.removeprefix(RETURNED) if returned else written


def _points(actions: Sequence[object]) -> bool:
    return any(isinstance(action, PointedAction) for action in actions)


def _text(action: Any) -> bytes:
    return encode({"": action})[4:-1]
