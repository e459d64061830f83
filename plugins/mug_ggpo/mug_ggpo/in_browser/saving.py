"""When to save the state of a game, for it to be rolled back."""

from __future__ import annotations

import time
from typing import Any, Final

from mug.engine.callbacks import hears
from mug.engine.engine import Engine
from mug.game.spec import GameSpec

DEAR: Final = 0.15
"""The part of a period from which on a save is so dear that few are made."""
_TRIES: Final = 3


def saving(spec: GameSpec, engine: Engine, period: float) -> str:
    """Return the session's way of saving that suits a game.

    Where callbacks may change actions, or do something when players leave and return, no frame is known
    before they have spoken, and they speak of certain frames only. Where saving is dear, only the last
    certain frame is saved.

    Raises:
        EnvironmentFault: something in the game cannot be saved; says what.
    """
    took = min(_save_seconds(engine) for _ in range(_TRIES))
    if spec.on_game_step_code is not None or any(map(_takes_part, spec.callbacks)):
        return "resimulate"
    return "sparse" if took > DEAR * period else "every"


def _save_seconds(engine: Engine) -> float:
    began = time.perf_counter()
    engine.save(with_data=False)
    return time.perf_counter() - began


def _takes_part(callback: Any) -> bool:
    return any(hears(callback, event) for event in ("before_step", "on_player_leave", "on_player_reconnect"))
