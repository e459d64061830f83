"""Environments that are given as code, and what running code before the game may leave behind."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest
from mug_pyodide.in_browser import scene

CODE = """
import gymnasium, numpy

class Counter(gymnasium.Env):
    action_space = gymnasium.spaces.Discrete(3)
    observation_space = gymnasium.spaces.Box(0, 1000, (1,))

    def __init__(self):
        self.count = 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.count = 0
        return numpy.zeros(1), {}

    def step(self, action):
        self.count += action
        return numpy.array([self.count]), 1.0, False, False, {}

    def render(self):
        return None

env = Counter()
"""


def test_code_makes_the_environment_and_runs_before_each_step(kit: Any) -> None:
    """The code of each step sees env, game and actions, and may change actions."""
    step_code = "if game.step_number == 2: actions['player'] = 2\nenv.count += 10"
    runtime = {"environment_initialization_code": CODE, "on_game_step_code": step_code}
    spec = kit.make_spec(None, runtime=runtime, num_episodes=1, max_steps=4)
    worker = kit.Worker(spec).open().start().run()
    assert worker.events[-1] == ["over", "completed"]
    assert worker.steps[2]["sources"] == {"player": "callback"}
    assert worker.steps[2]["actions"] == {"player": 2}
    last = worker.of_kind("episode_end")[0]["observations"]["player"]
    assert last == [sum(step["actions"]["player"] for step in worker.steps) + 40]


def test_a_game_of_code_goes_on_from_a_snapshot(kit: Any) -> None:
    """Its classes are found again where its code runs anew."""
    spec = kit.make_spec(None, runtime={"environment_initialization_code": CODE}, num_episodes=1)
    first = kit.Worker(spec).open().start().run_to_step(7)
    snapshot, count = first.player.snapshot(), len(first.lines)
    assert snapshot
    first.run()
    again = kit.Worker(spec).open()
    assert again.player.take_snapshot(snapshot)
    again = kit.Worker(spec).resume(first.lines[:count], snapshot, count).start().run()
    observations = [[step["observations"] for step in worker.steps] for worker in (first, again)]
    assert observations[0] == observations[1]


@pytest.mark.parametrize("code", ["1 +", "raise OSError('no')"])
def test_code_that_does_not_work_is_named(kit: Any, code: str) -> None:
    """The reason says which setting it was."""
    runtime = {"environment_initialization_code": CODE, "on_game_step_code": code}
    worker = kit.Worker(kit.make_spec(None, runtime=runtime)).open().start().run()
    assert worker.events[-1][0] == "failed"
    assert "on_game_step_code" in worker.events[-1][1]


def test_warming_up_leaves_no_trace(kit: Any) -> None:
    """A game after it is the same as one without, and callbacks hear nothing of it."""
    heard: list[Any] = []
    spec = kit.make_spec(callbacks=(lambda game, data: heard.append(data["step"]),))
    plain = kit.Worker(spec).open().start().run()
    heard.clear()
    warmed = kit.Worker(spec)
    warmed.player.warm_up()
    assert heard == []
    warmed.open().start().run()
    assert kit.timeless(warmed.records) == kit.timeless(plain.records)


REMEMBERING = f"""{CODE}
import random

made = []
tuned = random.Random(5)

class Remembering(Counter):
    instances = 0
    seen = {{"steps": []}}

    def __init__(self):
        super().__init__()
        type(self).instances += 1
        made.append(self.instances)

    def step(self, action, memory=[0]):
        memory[0] += 1
        self.seen["steps"].append(action)
        result = super().step(action)
        result[4].update(instances=self.instances, made=list(made), seen=len(self.seen["steps"]))
        result[4].update(memory=memory[0], drawn=tuned.random())
        return result
"""


@pytest.mark.parametrize("imported", [True, False], ids=["imported before", "imported by it"])
def test_warming_up_leaves_no_trace_in_modules(
    kit: Any, imported: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What classes, modules and default values remember is the same after it as without it."""
    (tmp_path / "remembering.py").write_text(REMEMBERING)
    monkeypatch.setattr(scene, "home", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    played = []
    for warm in (True, False):
        monkeypatch.delitem(sys.modules, "remembering", raising=False)
        if imported:
            importlib.import_module("remembering")
        code = "from remembering import Remembering\nenv = Remembering()"
        worker = kit.Worker(kit.make_spec(None, runtime={"environment_initialization_code": code}))
        if warm:
            assert worker.player.warm_up() > 0
        worker.open().start().run()
        played.append(kit.timeless(worker.records))
    monkeypatch.delitem(sys.modules, "remembering", raising=False)
    assert played[0] == played[1]
