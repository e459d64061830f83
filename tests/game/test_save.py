"""Which games can be saved: those whose callbacks remember nothing that a snapshot does not hold."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import pytest

from mug import GameCallbacks
from mug.configurations.configuration_constants import PolicyTypes
from mug.game.save import can_be_saved
from mug.game.spec import GameSpec
from mug.scenes.gym_scene import GymScene
from mug.testing.envs import Corridor

LIMIT = 5
heard: list[object] = []
count = 0


def limited(number: float) -> int:
    return min(LIMIT, math.floor(number))


def pure(game: Any, data: Any = None) -> str:
    game.data["n"] = limited(game.data.get("n", 0) + 1)
    return f"{limited(3)} of {[limited(n) for n in range(LIMIT)]}"


def appends(game: Any, data: Any = None) -> None:
    heard.append(data)


def appends_within(game: Any, data: Any = None) -> None:
    (lambda: appends(game))()


def counts(game: Any, data: Any = None) -> None:
    global count
    count += 1


def with_default(game: Any, data: Any = None, kept: list[object] = []) -> None:  # noqa: B006
    kept.append(data)


def closes_over() -> Callable[..., None]:
    kept: list[object] = []
    return lambda game, data=None: kept.append(data)


class Callbacks(GameCallbacks):
    pass


def spec_with(**changes: Any) -> GameSpec:
    scene = (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=Corridor)
        .policies(policy_mapping={"player_0": PolicyTypes.Human})
        .gameplay(default_action=1, action_mapping={"ArrowLeft": 0})
    )
    return dataclasses.replace(scene.game_spec(), **changes)


@pytest.mark.parametrize("function", [pure, lambda game, data=None: f"{game.step:03} {LIMIT}"])
def test_functions_that_keep_nothing_are_no_obstacle(function: Any) -> None:
    """Constants, modules and functions like themselves are all that they use."""
    assert can_be_saved(spec_with(callbacks=(function,), hud_text_fn=function))


@pytest.mark.parametrize(
    "callback",
    [appends, appends_within, counts, with_default, closes_over(), Callbacks, Callbacks(), heard.append],
)
def test_whatever_could_remember_something_is_an_obstacle(callback: Any) -> None:
    """Lists, global names that are set, defaults, variables of outer functions, classes and objects."""
    assert not can_be_saved(spec_with(callbacks=(callback,)))
    assert not can_be_saved(spec_with(hud_text_fn=callback))
