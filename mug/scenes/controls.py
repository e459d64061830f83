"""From a script's key names to what the page binds: physical keys, pointer events and buttons."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from mug.configurations.keys import bind, chords_of, label_of
from mug.game.spec import AgentId, Binding, Button, Controls, PointedAction, PointerBinding


def mapping_for(
    action_mapping: Mapping[Any, Any], agent_id: AgentId, agent_ids: Collection[AgentId]
) -> Mapping[Any, Any]:
    """Return one agent's keys: its own part of a mapping by agent, or the mapping that is for everybody."""
    if is_by_agent(action_mapping, agent_ids):
        own: Mapping[Any, Any] = action_mapping.get(agent_id, {})
        return own
    return action_mapping


def is_by_agent(action_mapping: Mapping[Any, Any], agent_ids: Collection[AgentId]) -> bool:
    """Whether a mapping gives keys for each agent, rather than keys for everybody."""
    return any(agent in agent_ids for agent in action_mapping) and all(
        isinstance(part, Mapping) for part in action_mapping.values()
    )


def controls_of(
    action_mapping: Mapping[Any, Any], pointer: Mapping[str, object], buttons: Mapping[str, object] | None
) -> Controls:
    """Return one participant's controls.

    Args:
        action_mapping: actions by key or tuple of keys.
        pointer: actions, or functions of x and y, by pointer event.
        buttons: keys by label; None makes one button for each key of the mapping. A button for a key that is
            not in the mapping is left out, so that seats with different keys can share one set of buttons.

    Raises:
        WrongValue: an unknown key, or two names of one key.
    """
    table = _ActionTable()
    bound = bind(action_mapping)
    bindings = tuple(Binding(chord, table.index(action_mapping[key])) for chord, key in bound.items())
    pointed = tuple(
        PointerBinding("down" if event == "down" else "move", table.index(_pointed(action)))
        for event, action in pointer.items()
    )
    wanted = buttons if buttons is not None else {label_of(key): key for key in action_mapping}
    chords = {label: chords_of(key)[0] for label, key in wanted.items()}
    shown_buttons = tuple(Button(label, chord) for label, chord in chords.items() if chord in bound)
    return Controls(table.actions(), bindings, pointed, shown_buttons)


class _ActionTable:
    """Gives each different action one index, so that keys with the same action are the same to the game."""

    def __init__(self) -> None:
        self._actions: list[object] = []

    def index(self, action: object) -> int:
        for index, known in enumerate(self._actions):
            if _same(known, action):
                return index
        self._actions.append(action)
        return len(self._actions) - 1

    def actions(self) -> tuple[object, ...]:
        return tuple(self._actions)


def _same(one: object, other: object) -> bool:
    if type(one) is not type(other):
        return False
    try:
        return bool(one == other)
    except Exception:
        # arrays, and other actions that cannot be compared as a whole
        return one is other


def _pointed(action: object) -> object:
    return PointedAction(action) if callable(action) else action
