"""From a scene's spec to an engine that plays it, and what the researcher's code says on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mug.engine.callbacks import GameCallbacks
from mug.engine.engine import Engine, Rules
from mug.engine.errors import CallbackFault, EngineFault
from mug.game.seats import Seats
from mug.game.spec import GameSpec
from mug.game.step_code import StepCode

LONGEST_HUD: Final = 2000
LONGEST_FAULT: Final = 500


def build_engine(
    spec: GameSpec, seats: Seats, seed: int, *further: GameCallbacks, global_generators: bool = False
) -> Engine:
    """Make the environment and the policies of one game.

    Args:
        spec: what is played.
        seats: who plays.
        seed: the game's.
        further: callbacks that come after the scene's.
        global_generators: whether ``random`` and ``np.random`` are this game's own.

    Raises:
        EngineFault: the environment, a policy or a callback does not work.
    """
    rules = Rules(
        agent_ids=spec.agent_ids,
        humans=spec.humans,
        default_action=None if spec.default_action is None else dict(spec.default_action),
        action_population=spec.action_population_method,
        num_episodes=spec.num_episodes,
        max_steps=spec.max_steps,
        frame_skip=spec.frame_skip,
        global_generators=global_generators,
    )
    make_env: Callable[[], object] = spec.make_env
    callbacks = (*spec.callbacks, *further)
    if spec.on_game_step_code is not None:
        step_code = StepCode(spec.on_game_step_code, make_env)
        make_env, callbacks = step_code.make_env, (step_code, *callbacks)
    engine = Engine(make_env, rules, seats.policies(), seed, callbacks)
    seats.fill(engine)
    return engine


def hud_text(spec: GameSpec, engine: Engine) -> str | None:
    """Return the line above the picture; None when the scene has none.

    Raises:
        CallbackFault: the scene's function raised.
    """
    if spec.hud_text_fn is None:
        return None
    try:
        text = spec.hud_text_fn(engine)
    except Exception as error:
        raise CallbackFault(f"raised {type(error).__name__}: {error}", "hud_text_fn") from error
    return None if text is None else str(text)[:LONGEST_HUD]


def fault_text(error: BaseException) -> str:
    """One line for the researcher's log: what does not work, and where."""
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, EngineFault):
        text = " — ".join(part for part in (error.where, error.what, error.fix) if part)
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_FAULT else line[: LONGEST_FAULT - 1] + "…"
