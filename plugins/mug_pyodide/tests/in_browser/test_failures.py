"""What does not work in a page ends the game, and says what it was."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest


class Broken(gymnasium.Env[np.ndarray, int]):
    """Breaks in one of its methods."""

    action_space = gymnasium.spaces.Discrete(3)
    observation_space = gymnasium.spaces.Box(0, 1, (1,))
    where = ""

    def __init__(self) -> None:
        self.fail("make")

    def fail(self, where: str) -> None:
        if where == self.where:
            raise ZeroDivisionError(f"broken in {where}")

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        self.fail("reset")
        return np.zeros(1), {}

    def step(self, action: int) -> Any:
        self.fail("step")
        return np.zeros(1), 0.0, False, False, {}

    def render(self) -> None:
        self.fail("render")


@pytest.mark.parametrize("where", ["make", "reset", "step", "render"])
def test_errors_of_the_environment_end_the_game_and_are_said(kit: Any, where: str) -> None:
    """The page hears a line and the traceback; the records are closed as those of a failed game."""
    env = type("Broken", (Broken,), {"where": where})
    worker = kit.Worker(kit.make_spec(env)).open().start().run()
    name, reason, trace = worker.events[-1]
    assert name == "failed"
    assert f"broken in {where}" in reason
    assert "\n" not in reason
    assert "self.fail(" in trace
    kinds = [record["kind"] for record in worker.records]
    assert kinds[-1] == "game_end"
    assert worker.records[-1]["reason"] == "failed"
    assert f"broken in {where}" in worker.records[-1]["fault"]
    assert kinds.count("episode_start") == kinds.count("episode_end")
    assert worker.due is None


@pytest.mark.parametrize("setting", ["hud_text_fn", "callbacks"])
def test_errors_of_functions_end_the_game(kit: Any, setting: str) -> None:
    """The same for what the script gives besides the environment."""

    def broken(*given: Any) -> Any:
        raise KeyError("nothing there")

    value = (broken,) if setting == "callbacks" else broken
    worker = kit.Worker(kit.make_spec(**{setting: value})).open().start().run()
    assert worker.events[-1][0] == "failed"
    assert "nothing there" in worker.events[-1][1]
    assert worker.of_kind("game_end")[0]["reason"] == "failed"


def test_sys_exit_in_an_environment_is_a_failure_too(kit: Any) -> None:
    """Nothing that researchers' code does leaves the worker without an answer."""

    class Leaving(kit.Walk):  # type: ignore[misc, name-defined]
        def step(self, action: int) -> Any:
            raise SystemExit(3)

    worker = kit.Worker(kit.make_spec(Leaving)).open().start().run()
    assert worker.events[-1][0] == "failed"


def test_warming_up_what_does_not_work_says_nothing(kit: Any) -> None:
    """The game itself will."""
    worker = kit.Worker(kit.make_spec(type("Broken", (Broken,), {"where": "step"})))
    worker.player.warm_up()
    worker.open().start().run()
    assert worker.events[-1][0] == "failed"
