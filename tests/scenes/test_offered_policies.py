"""Policies that plugins offer, used by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mug.configurations import ExperimentConfig
from mug.configurations.configuration_constants import PolicyTypes
from mug.core.experiment import assemble
from mug.core.plugins import PluginSet
from mug.engine.policies import Policy
from mug.hookspecs import hookimpl
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene


class Still(Policy):
    """Does nothing."""

    def act(self, observation: Any, context: Any) -> int:
        return 0


class Offering:
    """A plugin with one policy."""

    def __init__(self, make: Callable[[], Policy]) -> None:
        self._make = make

    @hookimpl
    def mug_policies(self) -> dict[str, Callable[[], Policy]]:
        return {"still": self._make}


def experiment(name: str) -> ExperimentConfig:
    game = (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=lambda: object())
        .policies(policy_mapping={"a": PolicyTypes.Human, "b": name})
        .gameplay(action_mapping={"w": 1}, default_action=0)
    )
    end = EndScene().scene(scene_id="end")
    return ExperimentConfig().experiment(stager=Stager(scenes=[game, end]))


def test_a_named_policy_is_the_plugins() -> None:
    """The game gets a policy object in place of the name."""
    assembled, problems = assemble(experiment("still").plugins(Offering(Still)), PluginSet())
    assert problems == []
    assert assembled is not None
    assert isinstance(assembled.games["game"].policies["b"], Still)
    assert assembled.games["game"].policies["a"] is PolicyTypes.Human


def test_an_unknown_name_suggests_both_ways_out() -> None:
    """A name that no plugin offers may be another one, or one for the script's own functions."""
    _, problems = assemble(experiment("stil").plugins(Offering(Still)), PluginSet())
    assert [problem.where for problem in problems] == ["scene 'game', .policies(policy_mapping['b'])"]
    assert "did you mean 'still'?" in problems[0].fix
    assert "load_policy_fn" in problems[0].fix


def test_a_policy_that_cannot_be_made_is_a_problem() -> None:
    """What the plugin raises is told before anybody takes part."""

    def make() -> Policy:
        raise OSError("no such model")

    _, problems = assemble(experiment("still").plugins(Offering(make)), PluginSet())
    assert any("could not be made: OSError: no such model" in problem.what for problem in problems)
