"""A researcher's hooks on what happens in a game."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium as gym
import pytest
from gymnasium import spaces

from mug.engine.callbacks import EVENTS, GameCallbacks
from mug.engine.engine import Engine
from mug.engine.errors import CallbackFault
from mug.rendering import Surface


class Drawn(gym.Env[Any, Any]):
    observation_space = spaces.Discrete(10)
    action_space = spaces.Discrete(10)

    def __init__(self) -> None:
        self.surface = Surface(10, 10)

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        return 0, {}

    def step(self, action: int) -> Any:
        return action, 1.0, False, False, {}

    def render(self) -> Any:
        return self.surface.commit()


def recorder(events: list[str]) -> type[GameCallbacks]:
    """A class of callbacks that notes every event."""

    def note(name: str) -> Callable[..., None]:
        def method(self: Any, game: Engine, *rest: Any) -> None:
            assert isinstance(game, Engine)
            events.append(name)

        return method

    return type("Recorder", (GameCallbacks,), {event: note(event) for event in EVENTS})


def test_events_come_in_order(game: Callable[..., Engine]) -> None:
    """Over a whole game each event comes when its name says, and the game's end once."""
    events: list[str] = []
    engine = game(Drawn, callbacks=(recorder(events)(),), num_episodes=2, max_steps=1)
    engine.player_joined("player")
    engine.begin_episode()
    engine.render()
    engine.advance({})
    engine.player_left("player")
    engine.player_reconnected("player")
    engine.begin_episode()
    engine.advance({})
    engine.end("late")
    assert events == [
        "on_player_join",
        "on_game_start",
        "on_episode_start",
        "on_render",
        "before_step",
        "after_step",
        "on_episode_end",
        "on_player_leave",
        "on_player_reconnect",
        "on_episode_start",
        "before_step",
        "after_step",
        "on_episode_end",
        "on_game_end",
    ]


def test_a_game_that_never_started_does_not_end(game: Callable[..., Engine]) -> None:
    """Callbacks hear of an end only where they heard of a start."""
    events: list[str] = []
    engine = game(Drawn, callbacks=(recorder(events),))
    engine.end("nobody came")
    assert events == []


def test_an_early_end_ends_the_episode_too(game: Callable[..., Engine]) -> None:
    """Whoever keeps books per episode hears that it is over."""
    events: list[str] = []
    engine = game(Drawn, callbacks=(recorder(events),))
    engine.begin_episode()
    engine.end("left")
    assert events[-2:] == ["on_episode_end", "on_game_end"]


def test_a_function_is_called_each_step(game: Callable[..., Engine]) -> None:
    """What it puts into data, or returns, becomes columns; what it only reads does not."""

    def callback(game_instance: Engine, data: dict[str, Any]) -> dict[str, Any]:
        assert data["actions"] == {"player": 3}
        assert data["rewards"] == {"player": 1.0}
        data["metric"] = game_instance.frame * 10
        return data

    def other(game_instance: Engine, data: dict[str, Any]) -> None:
        data["put"] = game_instance.env.surface.width

    def third(game_instance: Engine, data: dict[str, Any]) -> dict[str, Any]:
        return {"returned": 1}

    engine = game(Drawn, callbacks=(callback, other, third))
    engine.begin_episode()
    assert engine.advance({"player": 3}).extra == {"metric": 10, "put": 10, "returned": 1}


def test_after_step_adds_columns(game: Callable[..., Engine]) -> None:
    """A returned dict becomes columns of the step; several callbacks add theirs."""

    class One(GameCallbacks):
        def after_step(self, game: Engine, step: Any) -> Any:
            return {"one": step.step}

    class Two(GameCallbacks):
        def after_step(self, game: Engine, step: Any) -> Any:
            step.extra["two"] = step.extra["one"] + 1

    engine = game(Drawn, callbacks=(One(), Two))
    engine.begin_episode()
    assert engine.advance({}).extra == {"one": 1, "two": 2}


@pytest.mark.parametrize("in_place", [True, False])
def test_before_step_may_change_actions(game: Callable[..., Engine], in_place: bool) -> None:
    """Returned, or changed in the dict it got: the environment gets these, and the record says who chose."""

    class Change:
        def before_step(self, game: Engine, actions: dict[Any, Any]) -> Any:
            if in_place:
                actions["player"] = 9
                return None
            return {"player": 9}

    engine = game(Drawn, callbacks=(Change(),))
    engine.begin_episode()
    step = engine.advance({"player": 3})
    assert (step.actions, step.sources) == ({"player": 9}, {"player": "callback"})
    assert engine.observations == {"player": 9}


def test_an_unchanged_action_keeps_its_source(game: Callable[..., Engine]) -> None:
    """Returning the same actions is changing none."""

    class Same:
        def before_step(self, game: Engine, actions: dict[Any, Any]) -> Any:
            return actions

    engine = game(Drawn, callbacks=(Same,))
    engine.begin_episode()
    assert engine.advance({"player": 3}).sources == {"player": "human"}


def test_a_callbacks_error_is_named(game: Callable[..., Engine]) -> None:
    """The fault names the callback as its author does, and has the error as its cause."""

    class Broken(GameCallbacks):
        def after_step(self, game: Engine, step: Any) -> Any:
            raise KeyError("x")

    def broken_function(game_instance: Engine, data: Any) -> None:
        raise KeyError("y")

    for callback, name in ((Broken(), "Broken.after_step"), (broken_function, "broken_function")):
        engine = game(Drawn, callbacks=(callback,))
        engine.begin_episode()
        with pytest.raises(CallbackFault, match=f"raised KeyError(?s:.*){name}") as caught:
            engine.advance({})
        assert isinstance(caught.value.__cause__, KeyError)


def test_what_callbacks_may_not_return_is_named(game: Callable[..., Engine]) -> None:
    """Columns and actions come as dicts, and actions for those who act."""

    class Number:
        def before_step(self, game: Engine, actions: Any) -> Any:
            return 3

    class Stranger:
        def before_step(self, game: Engine, actions: Any) -> Any:
            return {"stranger": 3}

    def text(game_instance: Engine, data: Any) -> Any:
        return "done"

    for callback, message in (
        (Number, "returned 3; expected a dict or nothing"),
        (Stranger, "an action for 'stranger'; those who act are 'player'"),
        (text, "returned 'done'; expected a dict"),
    ):
        engine = game(Drawn, callbacks=(callback,))
        engine.begin_episode()
        with pytest.raises(CallbackFault, match=message):
            engine.advance({})


def test_what_is_no_callback_is_refused(game: Callable[..., Engine]) -> None:
    """Neither a function nor an object with events; or a class that cannot be made."""

    class Needs(GameCallbacks):
        def __init__(self, file: str) -> None:
            self.file = file

    with pytest.raises(CallbackFault, match="3 is neither a function nor an object with callbacks"):
        game(Drawn, callbacks=(3,))
    with pytest.raises(CallbackFault, match=r"(?s)missing 1 required.*pass an object instead of the class"):
        game(Drawn, callbacks=(Needs,))
