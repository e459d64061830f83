"""Plays a scene a little before anybody takes part, to see whether several pages could play it alike."""

from __future__ import annotations

import multiprocessing
import os
import random
import warnings
from collections.abc import Iterable
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any, Final

from mug.engine.engine import Engine
from mug.engine.errors import EngineFault
from mug.errors import Problem
from mug.game.building import build_engine
from mug.game.seats import Seats
from mug.game.spec import AgentId, GameSpec, PointedAction
from mug_ggpo.in_browser.match import as_inputs
from mug_ggpo.in_browser.suspects import suspects

SECONDS: Final = 10.0
"""How long a rehearsal may take; an environment that is slower has its say in a trial of its own."""
STEPS: Final = 60
AT_ONCE: Final = 8
FIX: Final = "draw from self.np_random, keep state in attributes; mug doctor says more"


def rehearse(spec: GameSpec) -> Iterable[Problem]:
    """Yield what makes the same game come out differently, in processes of their own."""
    if not hasattr(os, "fork"):
        return
    first, second = _outcome(spec), _outcome(spec)
    if first is None or second is None:
        return
    where = f"scene '{spec.scene_id}', the environment"
    if first["suspects"]:
        names = ", ".join(first["suspects"])
        what = f"played again from a saved state, the same steps leave other values in {names}"
        yield Problem(where, f"{what}: pages cannot take steps back", FIX)
    elif first["parts"] != second["parts"]:
        names = ", ".join(sorted(_differing(first["parts"], second["parts"]))[:5])
        what = f"played twice from the same seed, the same steps leave other values in {names}"
        yield Problem(where, f"{what}: pages would not see the same game", FIX)


def _differing(one: dict[str, int], other: dict[str, int]) -> set[str]:
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def _outcome(spec: GameSpec) -> dict[str, Any] | None:
    """What one process finds; None if it finds nothing, for whatever reason."""
    context = multiprocessing.get_context("fork")
    near, far = context.Pipe(duplex=False)
    process = context.Process(target=_play, args=(spec, far), daemon=True)
    with warnings.catch_warnings():
        # Numerical libraries keep threads that wait for work, and are made for this.
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    far.close()
    try:
        return near.recv() if near.poll(SECONDS) else None
    except EOFError:
        return None
    finally:
        process.kill()
        process.join()
        near.close()


def _play(spec: GameSpec, answer: Connection) -> None:
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 1)
    os.dup2(devnull, 2)
    try:
        engine = _engine(spec)
        answer.send(_rehearsed(spec, engine))
    except EngineFault:
        # trials of the scene say what does not work, and where
        pass


def _engine(spec: GameSpec) -> Engine:
    quiet = replace(as_inputs(spec), callbacks=(), hud_text_fn=None, on_game_step_code=None)
    seats = Seats(quiet, {agent_id: str(agent_id) for agent_id in spec.humans}, {})
    return build_engine(quiet, seats, 1, global_generators=True)


def _rehearsed(spec: GameSpec, engine: Engine) -> dict[str, Any]:
    engine.begin_episode()
    person = random.Random(1)
    found: list[str] = []
    for _ in range(0, STEPS, AT_ONCE):
        if engine.phase != "playing":
            break
        steps = [_actions(spec, person) for _ in range(AT_ONCE)]
        found = found or suspects(engine, steps)
        for actions in steps:
            if engine.phase == "playing":
                engine.advance(actions)
    return {"suspects": found, "parts": engine.save(with_data=False).parts()}


def _actions(spec: GameSpec, person: random.Random) -> dict[AgentId, Any]:
    """What people do in one step, each something that a key stands for."""
    taken = {}
    for agent_id in spec.humans:
        keys = [one for one in spec.controls[agent_id].actions if not isinstance(one, PointedAction)]
        if keys:
            taken[agent_id] = person.choice(keys)
    return taken
