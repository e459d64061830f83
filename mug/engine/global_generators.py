"""The generators that everything in an interpreter shares: ``random`` and ``np.random``."""

from __future__ import annotations

import random
from typing import Any, TypeAlias

import numpy as np

from mug.engine.seeds import derive_seed

State: TypeAlias = tuple[Any, Any]


def seed(number: int) -> None:
    """Let both go on from this seed."""
    random.seed(derive_seed(number, "random"))
    np.random.seed(derive_seed(number, "np.random"))


def state() -> State:
    """Where both are now; later draws do not change it."""
    return random.getstate(), np.random.get_state(legacy=False)


def put_back(saved: State) -> None:
    """Let both go on from a saved state."""
    random.setstate(saved[0])
    np.random.set_state(saved[1])
