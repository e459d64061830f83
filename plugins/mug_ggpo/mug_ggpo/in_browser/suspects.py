"""What of a game comes out differently when it is played again: that keeps pages from playing together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mug.engine.engine import Engine
from mug.game.spec import AgentId

MOST: Final = 10


def suspects(engine: Engine, steps: Sequence[Mapping[AgentId, Any]]) -> list[str]:
    """Play steps twice from where the game stands, and name what differs; the game stands there afterwards.

    A generator that is nowhere saved, a clock, a counter that a class keeps: what belongs to no object of the
    game is not taken back with it. What only differs between machines does not show here.

    Args:
        engine: the game, in an episode.
        steps: actions by agent, of those that people do.

    Raises:
        EngineFault: the environment or a policy does not work.
    """
    begin = engine.save(with_data=False)
    try:
        once = _played(engine, steps)
        engine.load(begin)
        again = _played(engine, steps)
    finally:
        engine.load(begin)
    names = [name for name in once.keys() | again.keys() if once.get(name) != again.get(name)]
    return sorted(names)[:MOST]


def _played(engine: Engine, steps: Sequence[Mapping[AgentId, Any]]) -> dict[str, int]:
    for actions in steps:
        if engine.phase == "playing":
            engine.advance(actions, predicted=True)
    return engine.save(with_data=False).parts()
