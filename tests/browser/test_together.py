"""A game that two people's browsers step together, each its own copy, and what happens to it there."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.browser.conftest import EXPERIMENTS, Arrive
from tests.browser.data import Data, assert_follows
from tests.browser.grid import make_env
from tests.browser.pair import Pair
from tests.browser.people import Person
from tests.browser.serving import ServerProcess

pytestmark = pytest.mark.slow
SCRIPT = EXPERIMENTS / "together.py"
LOADING_MS = 120_000


async def meet(server: ServerProcess, study: str, arrive: Arrive) -> Pair:
    """Let two people come and wait until they play."""

    async def come(url: str, query: str, **browser: Any) -> Person:
        person = await arrive(url, query, **browser)
        person.context.set_default_timeout(LOADING_MS)
        return person

    return await Pair.meet(server, study, come)


async def steps_reach(number: int, *people: Person) -> None:
    """Wait until the game has had so many steps in everybody's page."""
    reached = "(number) => window.mug.debug().frame >= number"
    await asyncio.gather(*(person.until(reached, number) for person in people))


async def everything_is_stored(*people: Person) -> None:
    """Wait until the server has acknowledged every record."""
    done = "() => window.mug.debug().unackedRecords === 0"
    await asyncio.gather(*(person.until(done) for person in people))


def assert_whole(data: Data, game: str) -> list[dict[str, Any]]:
    """Assert that there is one copy of each step, as the environment itself has it, and none differed."""
    steps = data.steps(game)
    assert [step["frame"] for step in steps] == list(range(1, len(steps) + 1))
    assert_follows(steps, data.records(game, "episode_start"), make_env)
    assert data.records(game, "divergence") == []
    return steps


async def test_two_browsers_play_one_game(server: ServerProcess, arrive: Arrive) -> None:
    """Both see what each does; the steps are stored once, and both people's rows are made of them."""
    pair = await meet(server, "short", arrive)
    ann, bob, data = pair.ann, pair.bob, pair.data
    await ann.tap("ArrowDown", "ArrowDown")
    await bob.tap("ArrowDown")
    await pair.both_see("ann", 0, 2)
    await pair.both_see("bob", 0, 1)
    for person in (ann, bob):
        await person.reads("The game is over.")
        await person.go_on()
        await person.at("thanks")
    steps = assert_whole(data, pair.game)
    assert len(steps) == 60
    assert len(data.records(pair.game, "game_end")) == 1
    for who in ("ann", "bob"):
        rows = await data.eventually("game", f"{data.subject_of(who)}.csv", rows=60)
        assert [int(row["step"]) for row in rows] == list(range(1, 61))
    verdicts = data.records(pair.game, "verification")
    assert [verdict["verdict"] for verdict in verdicts] in ([], ["verified"])
