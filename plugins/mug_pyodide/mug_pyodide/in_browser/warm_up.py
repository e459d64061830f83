"""A little of a game that nobody plays: what is compiled when it is first used is then compiled.

A browser compiles its Python piece by piece: without this the first steps of a game would take many times as
long as the later ones. The researcher's modules are afterwards as they were before, for whoever plays the
game again to verify it does not warm up.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import fields, replace
from statistics import median
from typing import Any, Final

from mug.game.json_lines import encode
from mug.game.loop import Game
from mug.game.spec import GameSpec
from mug.game.venue import Venue
from mug_pyodide.in_browser.traces import Traces

LONGEST_SECONDS: Final = 0.5
MOST_STEPS: Final = 100


def warm_up(spec: GameSpec, venue: Venue) -> float:
    """Play some steps of a game of this scene; whatever does not work will say so when it matters.

    A game of several pages may have more to compile: a method ``warm_up(spec, venue)`` of its class.

    Returns:
        How many seconds a step took, once everything was warm; 0 where that could not be found out.
    """
    with Traces([getattr(spec, field.name) for field in fields(spec)]):
        seconds = _play(spec, venue)
        own = getattr(spec.peer_game, "warm_up", None)
        if own is not None:
            with suppress(Exception, SystemExit):
                own(_quiet(spec), venue)
        return seconds


def _play(spec: GameSpec, venue: Venue) -> float:
    game = Game(_quiet(spec), _OPENING | {"participants": [(human, "") for human in spec.humans]}, venue)
    now = 0.0
    took: list[float] = []
    try:
        game.turn(now)
        until = time.monotonic() + LONGEST_SECONDS
        game.start(now)
        for number in range(MOST_STEPS):
            if time.monotonic() > until or game.next_due(now) is None:
                break
            for seat in game.seats.inputs.values():
                seat.press(None, number, now)
            began = time.perf_counter()
            game.turn(now)
            took.append(time.perf_counter() - began)
            encode({"frames": game.output.take(), "records": game.ledger.lines[::2]})
            game.ledger.lines = []
            now += game.pace.period
        game.save("")
    except (Exception, SystemExit):
        return 0.0
    finally:
        _release(game)
    return median(took[len(took) // 2 :] or [0.0])


_OPENING: Final[dict[str, Any]] = {"game_id": "", "seed": 0, "policies": [], "history": []}


def _quiet(spec: GameSpec) -> GameSpec:
    """The same game without anything that could remember it was played: callbacks, and models."""
    policies = {
        agent_id: "random" if hasattr(policy, "onnx_path") else policy
        for agent_id, policy in spec.policies.items()
    }
    return replace(spec, policies=policies, callbacks=(), hud_text_fn=None, on_game_step_code=None)


def _release(game: Game) -> None:
    try:
        game.release()
    except Exception:
        return
