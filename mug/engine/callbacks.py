"""A researcher's hooks on what happens in a game."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from mug.engine.errors import CallbackFault, listed, shown

if TYPE_CHECKING:
    from mug.engine.engine import Engine
    from mug.engine.records import Action, AgentId, Step
    from mug.rendering import RenderPacket


class GameCallbacks:
    """Override what you need, and pass an object or the class with ``.gameplay(callback=…)``.

    An object serves all games that one process plays; of a class, each game makes an object of its own.

    ``game`` is the engine: ``game.env`` is your environment, ``game.episode``, ``game.step_number``,
    ``game.frame``, ``game.rewards`` (sums of the episode), ``game.observations``; ``game.data`` is a dict
    for whatever you want to keep, which is part of snapshots.

    An error in a callback ends the game; it is logged with the callback's name.
    """

    def on_game_start(self, game: Engine) -> None:
        """The first episode is about to begin."""

    def on_episode_start(self, game: Engine) -> None:
        """The environment was reset."""

    def before_step(self, game: Engine, actions: dict[AgentId, Action]) -> Mapping[AgentId, Action] | None:
        """These actions are about to be passed to the environment; return those that are to be others."""

    def after_step(self, game: Engine, step: Step) -> Mapping[str, Any] | None:
        """The environment was stepped; return columns to add to the step's record."""

    def on_render(self, game: Engine, packet: RenderPacket) -> None:
        """The environment was rendered."""

    def on_episode_end(self, game: Engine) -> None:
        """The episode is over."""

    def on_player_join(self, game: Engine, agent_id: AgentId) -> None:
        """A participant took this seat."""

    def on_player_leave(self, game: Engine, agent_id: AgentId) -> None:
        """The participant in this seat is away, and may come back."""

    def on_player_reconnect(self, game: Engine, agent_id: AgentId) -> None:
        """The participant in this seat was away and is back."""

    def on_game_end(self, game: Engine) -> None:
        """The game is over; nothing follows."""


Callback: TypeAlias = "GameCallbacks | type[GameCallbacks] | Callable[[Engine, dict[str, Any]], Any]"

_STEP_DATA = (
    "episode",
    "step",
    "frame",
    "observations",
    "actions",
    "rewards",
    "terminated",
    "truncated",
    "infos",
)
EVENTS = tuple(name for name in vars(GameCallbacks) if not name.startswith("_"))


class CallbackList:
    """All callbacks of one game, ready to be called: an event nobody listens to costs nothing."""

    def __init__(self, callbacks: Sequence[Callback]) -> None:
        """Take the callbacks in the order in which they are to be called.

        Raises:
            CallbackFault: one is neither a function nor has one of the events as a method.
        """
        self.functions: list[Callable[[Engine, dict[str, Any]], Any]] = []
        self._listeners: dict[str, list[Callable[..., Any]]] = {event: [] for event in EVENTS}
        for callback in callbacks:
            self._add(callback)
        self.before_step = self._listeners["before_step"]
        self.after_step = self._listeners["after_step"]
        self.on_render = self._listeners["on_render"]
        later = ("after_step", "on_render", "on_episode_end", "on_game_end")
        self.hear_of_steps = bool(self.functions) or any(self._listeners[event] for event in later)

    def _add(self, callback: Any) -> None:
        listener = _instance(callback)
        named = [event for event in EVENTS if callable(getattr(listener, event, None))]
        if not named and callable(listener):
            self.functions.append(listener)
            return
        if not named:
            raise CallbackFault(
                f"{shown(callback)} is neither a function nor an object with callbacks",
                "callback=",
                f"subclass GameCallbacks and define one of {', '.join(EVENTS)}",
            )
        for event in named:
            if hears(listener, event):
                self._listeners[event].append(getattr(listener, event))

    def change_actions(self, game: Engine, taken: dict[AgentId, Action], origins: dict[AgentId, str]) -> None:
        """Let callbacks change the actions of a step, and note whose they changed.

        Raises:
            CallbackFault: a callback raised, or acts for somebody who does not.
        """
        for listener in self.before_step:
            offered = dict(taken)
            answer = call(listener, game, offered)
            changed = offered if answer is None else columns(listener, answer)
            for agent, action in changed.items():
                if agent not in taken:
                    raise CallbackFault(
                        f"returned an action for {shown(agent)}; those who act are {listed(taken)}",
                        f"callback {name_of(listener)}",
                    )
                if action is not taken[agent]:
                    taken[agent] = action
                    origins[agent] = "callback"

    def add_columns(self, game: Engine, step: Step) -> None:
        """Let callbacks hear of a step, and add to its record what they return.

        Raises:
            CallbackFault: a callback raised, or returned no columns.
        """
        for listener in self.after_step:
            step.extra.update(columns(listener, call(listener, game, step)))
        for function in self.functions:
            data = {name: getattr(step, name) for name in _STEP_DATA}
            given = dict(data)
            answer = columns(function, call(function, game, data))
            for name, value in {**data, **answer}.items():
                if name not in given or value is not given[name]:
                    step.extra[name] = value

    def tell(self, event: str, *arguments: Any) -> None:
        """Call everybody who listens to an event.

        Raises:
            CallbackFault: a callback raised; its exception is the cause.
        """
        for listener in self._listeners[event]:
            call(listener, *arguments)


def hears(callback: object, event: str) -> bool:
    """Whether a callback, which is an object or its class, does anything at an event."""
    kind = callback if isinstance(callback, type) else type(callback)
    own = getattr(GameCallbacks, event)
    return callable(getattr(callback, event, None)) and getattr(kind, event, None) is not own


def call(listener: Callable[..., Any], *arguments: Any) -> Any:
    """Call one callback.

    Raises:
        CallbackFault: it raised; its exception is the cause.
    """
    try:
        return listener(*arguments)
    except Exception as error:
        raise CallbackFault(
            f"raised {type(error).__name__}: {error}", f"callback {name_of(listener)}"
        ) from error


def columns(listener: Callable[..., Any], returned: object) -> Mapping[str, Any]:
    """What a callback returned, as columns.

    Raises:
        CallbackFault: it is neither None nor a dict.
    """
    if returned is None:
        return {}
    if isinstance(returned, Mapping):
        return returned
    raise CallbackFault(
        f"returned {shown(returned)}; expected a dict or nothing", f"callback {name_of(listener)}"
    )


def name_of(listener: object) -> str:
    """A callback's name as its author wrote it."""
    return str(getattr(listener, "__qualname__", type(listener).__qualname__))


def _instance(callback: Any) -> Any:
    if not isinstance(callback, type):
        return callback
    try:
        return callback()
    except Exception as error:
        raise CallbackFault(
            f"raised {type(error).__name__}: {error}",
            f"callback {callback.__qualname__}()",
            "pass an object instead of the class",
        ) from error
