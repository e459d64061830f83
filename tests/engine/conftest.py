"""Environments and games that several tests of the engine use."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mug.engine.engine import Engine, Rules
from mug.engine.policies import Policy

REPOSITORY = Path(__file__).parents[2]
GRID = REPOSITORY / "examples" / "coordination_grid" / "coordination_grid_env.py"


@pytest.fixture(scope="session")
def grid_class() -> type[Any]:
    """The two-player grid of the multiplayer quick start, exactly as printed there."""
    spec = importlib.util.spec_from_file_location("coordination_grid_env", GRID)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: type[Any] = module.CoordinationGridEnv
    return found


@pytest.fixture(scope="session")
def game() -> Callable[..., Engine]:
    """Makes an engine: agents that have no policy are human."""

    def make(
        make_env: Callable[[], object],
        agent_ids: tuple[Any, ...] = ("player",),
        policies: dict[Any, Policy] | None = None,
        callbacks: tuple[Any, ...] = (),
        seed: int = 7,
        **rules: Any,
    ) -> Engine:
        policies = policies or {}
        humans = tuple(agent for agent in agent_ids if agent not in policies)
        rules = {"num_episodes": 100, **rules}
        return Engine(make_env, Rules(agent_ids=agent_ids, humans=humans, **rules), policies, seed, callbacks)

    return make
