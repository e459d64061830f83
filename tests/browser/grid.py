"""The coordination grid as participants see it: where its squares are, and what colors its circles have."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[2] / "examples" / "coordination_grid" / "coordination_grid_env.py"
SIZE = 10
MOVES = {"ArrowUp": (0, -1), "ArrowDown": (0, 1), "ArrowLeft": (-1, 0), "ArrowRight": (1, 0)}
ACTIONS = {key: action for action, key in enumerate(MOVES)}
NOOP = 4
COLORS = {"player_0": "#ff6b6b", "player_1": "#4ecdc4"}
STARTS = {"player_0": (0, 0), "player_1": (9, 0)}


def cell(x: int, y: int) -> tuple[float, float]:
    """Return the middle of a square, as fractions of the canvas."""
    return (x + 0.5) / SIZE, (y + 0.5) / SIZE


def make_env() -> Any:
    """Return the environment, as the quick start makes it."""
    spec = importlib.util.spec_from_file_location("grid", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CoordinationGridEnv(render_mode="mug", grid_size=SIZE)
