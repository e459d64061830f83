"""What participants are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from mug.engine.engine import Engine
from mug.engine.errors import EnvironmentFault
from mug.rendering import RenderPacket, Surface

PLAYERS = ("player_0", "player_1")


class Base(gym.Env[Any, Any]):
    observation_space = spaces.Dict({player: spaces.Discrete(2) for player in PLAYERS})
    action_space = spaces.Dict({player: spaces.Discrete(2) for player in PLAYERS})

    def __init__(self) -> None:
        self.surface = Surface(10, 10)
        self.viewers: list[Any] = []

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        return dict.fromkeys(PLAYERS, 0), {}

    def step(self, action: Any) -> Any:
        return dict.fromkeys(PLAYERS, 0), 0.0, False, False, {}


class PerPlayer(Base):
    def render(self, player_id: Any = None) -> RenderPacket:  # type: ignore[override]
        self.viewers.append(player_id)
        self.surface.text(f"for {player_id}", 0, 0)
        return self.surface.commit()


class PerAgent(Base):
    def render(self, agent_id: Any) -> RenderPacket:  # type: ignore[override]
        self.viewers.append(agent_id)
        self.surface.text(f"for {agent_id}", 0, 0)
        return self.surface.commit()


class Shared(Base):
    def render(self) -> Any:
        self.surface.text("for all", 0, 0)
        return self.surface.commit()


def text(packet: RenderPacket | None) -> str:
    assert packet is not None
    (command,) = packet
    return str(command[3]["text"])


@pytest.mark.parametrize("env", [PerPlayer, PerAgent, lambda: gym.wrappers.TimeLimit(PerPlayer(), 5)])
def test_a_render_that_takes_a_player_is_asked_for_each(game: Callable[..., Engine], env: Any) -> None:
    """Per-player views are found by the signature, under either name, and inside wrappers."""
    engine = game(env, PLAYERS)
    engine.begin_episode()
    assert engine.per_player_views
    assert [text(engine.render(player)) for player in PLAYERS] == ["for player_0", "for player_1"]


def test_a_view_for_nobody_in_particular_is_the_environments_choice(game: Callable[..., Engine]) -> None:
    """Without a viewer the parameter's default is used, or the first seat where there is none."""
    engine = game(PerPlayer, PLAYERS)
    engine.begin_episode()
    assert text(engine.render()) == "for None"
    engine = game(PerAgent, PLAYERS)
    engine.begin_episode()
    assert text(engine.render()) == "for player_0"


def test_a_shared_view_is_everybodys(game: Callable[..., Engine]) -> None:
    """Without a player in the signature everybody sees the same packet."""
    engine = game(Shared, PLAYERS)
    engine.begin_episode()
    assert not engine.per_player_views
    assert engine.render("player_0") is engine.render("player_1")


def test_per_player_views_can_be_turned_off_and_on(game: Callable[..., Engine]) -> None:
    """The rules have the last word; asking for what render() cannot do is a fault."""
    engine = game(PerPlayer, PLAYERS, per_player_views=False)
    engine.begin_episode()
    assert text(engine.render("player_1")) == "for None"
    with pytest.raises(EnvironmentFault, match="per_player_views is on, but render"):
        game(Shared, PLAYERS, per_player_views=True)


def rendering(value: Any) -> type[Base]:
    class Renders(Base):
        def render(self) -> Any:
            return value() if callable(value) else value

    return Renders


def test_arrays_are_pictures(game: Callable[..., Engine]) -> None:
    """An RGB array, a list of them (the last counts), and what NumPy can read, become one picture."""

    class Tensor:
        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            return np.zeros((4, 6, 3), np.uint8)

    frame = np.zeros((4, 6, 3), np.uint8)
    for rendered in (lambda: frame, lambda: [frame + 1, frame], Tensor):
        engine = game(rendering(rendered), PLAYERS)
        engine.begin_episode()
        packet = engine.render()
        assert packet is not None
        ((_, _, kind, props),) = packet
        assert (kind, props["w"], props["h"]) == (9, 6, 4)
        assert engine.render() is packet


def test_gymnasiums_own_pictures_work(game: Callable[..., Engine]) -> None:
    """An environment made with render_mode="rgb_array" is shown as it is."""
    engine = game(lambda: gym.make("CartPole-v1", render_mode="rgb_array"))
    engine.begin_episode()
    packet = engine.render()
    assert packet is not None
    assert (packet.width, packet.height) == (600, 400)
    engine.close()


def test_nothing_and_uncommitted_surfaces_are_fine(game: Callable[..., Engine]) -> None:
    """None shows nothing new; a surface that render() forgot to commit is committed."""
    engine = game(rendering(None), PLAYERS)
    engine.begin_episode()
    assert engine.render() is None
    surface = Surface(10, 10)
    surface.text("hello", 0, 0)
    engine = game(rendering(lambda: surface), PLAYERS)
    engine.begin_episode()
    assert text(engine.render()) == "hello"


@pytest.mark.parametrize(
    "value", ["ansi text", {"objects": []}, 3, np.zeros((2, 2, 7)), np.full((2, 2, 3), 999)]
)
def test_what_is_no_picture_is_named(game: Callable[..., Engine], value: Any) -> None:
    """Anything else is a fault that says what to return."""
    engine = game(rendering(lambda: value), PLAYERS)
    engine.begin_episode()
    with pytest.raises(EnvironmentFault, match=r"render\(\) returned") as caught:
        engine.render()
    assert caught.value.fix
