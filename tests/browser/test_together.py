"""A game that two people's browsers step together, each its own copy, and what happens to it there."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.browser.conftest import EXPERIMENTS, Arrive, Serve
from tests.browser.data import Data, assert_follows
from tests.browser.grid import make_env
from tests.browser.pair import Pair
from tests.browser.people import Person
from tests.browser.serving import ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("transport", ["lockstep", "webrtc"])]
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


async def everything_is_stored(pair: Pair, *people: Person) -> None:
    """Wait until the server has every step that these people have seen by now; the game goes on meanwhile."""
    seen = max([(await person.debug())["frame"] for person in people])
    await pair.data.until(lambda: len(pair.data.steps(pair.game)) >= seen)


def assert_whole(data: Data, game: str) -> list[dict[str, Any]]:
    """Assert that there is one copy of each step, as the environment itself has it, and none differed."""
    steps = data.steps(game)
    assert [step["frame"] for step in steps] == list(range(1, len(steps) + 1))
    assert_follows(steps, data.records(game, "episode_start"), make_env)
    assert data.records(game, "divergence") == []
    return steps


async def test_two_browsers_play_one_game(server: ServerProcess, arrive: Arrive, transport: str) -> None:
    """Both see what each does; the steps are stored once, and both people's rows are made of them."""
    pair = await meet(server, f"{transport}_short", arrive)
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
        if transport == "webrtc":
            file = ("game", f"{data.subject_of(who)}.csv")
            await data.until(lambda file=file: all(row.get("measured.loss") for row in data.table(*file)))
            assert data.table(*file)[-1]["measured.rtt_ms"]
    await data.until(lambda: data.records(pair.game, "verification"))
    assert [found["verdict"] for found in data.records(pair.game, "verification")] == ["verified"]


async def test_a_page_that_is_opened_again(server: ServerProcess, arrive: Arrive, transport: str) -> None:
    """It takes its seat again, at the step where the other one waits, and both go on from there."""
    pair = await meet(server, f"{transport}_long", arrive)
    ann, bob = pair.ann, pair.bob
    await ann.tap("ArrowDown", "ArrowDown")
    await pair.both_see("ann", 0, 2)
    await steps_reach(60, ann, bob)
    stood = (await ann.debug())["step"]
    await bob.page.reload()
    await ann.in_state("paused", "loading")
    await asyncio.gather(ann.in_state("playing"), bob.in_state("playing"))
    assert (await bob.debug())["step"] >= stood
    await bob.tap("ArrowDown")
    await pair.both_see("bob", 0, 1)
    await pair.both_see("ann", 0, 2)
    await steps_reach((await ann.debug())["frame"] + 20, ann, bob)
    await everything_is_stored(pair, ann, bob)
    await asyncio.gather(ann.leave(), bob.leave())
    steps = assert_whole(pair.data, pair.game)
    assert {step["episode"] for step in steps} == {1}
    assert {note["seat"] for note in pair.data.records(pair.game, "restored")} == {pair.seats["bob"]}
    assert len(pair.data.records(pair.game, "page_began")) == 3
    if transport == "webrtc":
        (left,) = pair.data.records(pair.game, "player_left")
        (returned,) = pair.data.records(pair.game, "player_returned")
        assert left["agent"] == returned["agent"] == pair.seats["bob"]
        assert stood <= left["step"] == returned["step"]


async def test_a_server_that_dies(serve: Serve, arrive: Arrive, transport: str) -> None:
    """Both wait for a server that died and go on with it, where they were."""
    server = await serve(SCRIPT)
    pair = await meet(server, f"{transport}_long", arrive)
    ann, bob = pair.ann, pair.bob
    for person in (ann, bob):
        person.expects_lost_connections()
    await ann.tap("ArrowDown")
    await pair.both_see("ann", 0, 1)
    await steps_reach(40, ann, bob)
    await server.kill()
    await asyncio.gather(ann.in_state("paused"), bob.in_state("paused"))
    stood = (await ann.debug())["frame"]
    await server.start()
    await asyncio.gather(ann.in_state("playing"), bob.in_state("playing"))
    await steps_reach(stood + 20, ann, bob)
    await bob.tap("ArrowDown")
    await pair.both_see("bob", 0, 1)
    await everything_is_stored(pair, ann, bob)
    await asyncio.gather(ann.leave(), bob.leave())
    steps = assert_whole(pair.data, pair.game)
    assert len(steps) >= stood
    assert {step["episode"] for step in steps} == {1}
    assert pair.data.records(pair.game, "restored") == []


async def test_everybody_begins_again(serve: Serve, arrive: Arrive, transport: str) -> None:
    """When the server died and both pages were opened again, all go on from one record."""
    server = await serve(SCRIPT)
    pair = await meet(server, f"{transport}_long", arrive)
    ann, bob = pair.ann, pair.bob
    for person in (ann, bob):
        person.expects_lost_connections()
    await ann.tap("ArrowDown", "ArrowDown")
    await pair.both_see("ann", 0, 2)
    await steps_reach(60, ann, bob)
    await server.kill()
    await asyncio.gather(ann.in_state("paused"), bob.in_state("paused"))
    await server.start()
    await asyncio.gather(ann.page.reload(), bob.page.reload())
    await asyncio.gather(ann.in_state("playing"), bob.in_state("playing"))
    await pair.both_see("ann", 0, 2)
    await bob.tap("ArrowDown")
    await pair.both_see("bob", 0, 1)
    await everything_is_stored(pair, ann, bob)
    await asyncio.gather(ann.leave(), bob.leave())
    steps = assert_whole(pair.data, pair.game)
    assert {step["episode"] for step in steps} == {1}
    assert len(pair.data.records(pair.game, "restored")) == 2


async def test_a_hidden_page(server: ServerProcess, arrive: Arrive, transport: str) -> None:
    """A page that nobody sees keeps the pace of the others, or all wait for it where the scene says so."""
    runs = await meet(server, f"{transport}_long", arrive)
    await runs.bob.is_hidden(True)
    await steps_reach((await runs.ann.debug())["frame"] + 40, runs.ann, runs.bob)
    await asyncio.gather(runs.ann.leave(), runs.bob.leave())
    waits = await meet(server, f"{transport}_waits", arrive)
    ann, bob = waits.ann, waits.bob
    await steps_reach(20, ann, bob)
    await bob.is_hidden(True)
    await asyncio.gather(ann.in_state("paused"), bob.in_state("paused"))
    stood = (await ann.debug())["frame"]
    await bob.is_hidden(False)
    await asyncio.gather(ann.in_state("playing"), bob.in_state("playing"))
    await ann.tap("ArrowDown")
    await waits.both_see("ann", 0, 1)
    await steps_reach(stood + 20, ann, bob)
    await everything_is_stored(waits, ann, bob)
    await asyncio.gather(ann.leave(), bob.leave())
    assert_whole(waits.data, waits.game)


async def test_somebody_leaves_for_good(server: ServerProcess, arrive: Arrive, transport: str) -> None:
    """The one who stays reads so; what was played is in both people's data."""
    pair = await meet(server, f"{transport}_brief_wait", arrive)
    ann, bob = pair.ann, pair.bob
    await steps_reach(20, ann, bob)
    await bob.leave()
    await ann.reads("Another player left and did not come back, so the game ended.")
    await ann.go_on()
    await ann.at("thanks")
    steps = assert_whole(pair.data, pair.game)
    (end,) = pair.data.records(pair.game, "game_end")
    assert (end["reason"], end["by"]) == ("player_left", "server")
    for who in ("ann", "bob"):
        await pair.data.eventually("game", f"{pair.data.subject_of(who)}.csv", rows=len(steps))


async def test_a_policy_takes_a_seat(server: ServerProcess, arrive: Arrive, transport: str) -> None:
    """Where the scene asks for it, the game goes on with a policy, and the data says from when on."""
    pair = await meet(server, f"{transport}_taken", arrive)
    ann, bob, seat = pair.ann, pair.bob, pair.seats["bob"]
    await steps_reach(20, ann, bob)
    await bob.leave()
    await pair.data.until(lambda: pair.data.records(pair.game, "takeover"))
    await ann.in_state("playing")
    await steps_reach((await ann.debug())["frame"] + 20, ann)
    await everything_is_stored(pair, ann)
    await ann.leave()
    steps = assert_whole(pair.data, pair.game)
    (takeover,) = pair.data.records(pair.game, "takeover")
    sources = [step["sources"][seat] for step in steps]
    assert set(sources[: takeover["step"]]) <= {"human", "default"}
    assert set(sources[takeover["step"] :]) == {"policy"}
