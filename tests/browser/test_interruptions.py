"""What happens to people in the middle of a game: a reload, another tab, no network, no server."""

from __future__ import annotations

import asyncio
import re

from tests.browser.conftest import EXPERIMENTS, Arrive, Serve
from tests.browser.data import assert_follows
from tests.browser.grid import make_env
from tests.browser.pair import Pair
from tests.browser.people import Person
from tests.browser.serving import ServerProcess

SCRIPT = EXPERIMENTS / "partners.py"


async def test_a_reload_in_the_middle(server: ServerProcess, arrive: Arrive) -> None:
    """The other waits; whoever is back has the same seat and the same picture, and no step is missing."""
    pair = await Pair.meet(server, "waits", arrive)
    ann, bob = pair.ann, pair.bob
    await ann.tap(*["ArrowDown"] * 3)
    await pair.both_see("ann", 0, 3)
    await ann.page.reload()
    await bob.was_told("Another player lost the connection. Waiting for them to come back.")
    await bob.was_told("Everybody is back. The game goes on.")
    await asyncio.gather(ann.in_state("playing"), bob.in_state("playing"))
    await pair.both_see("ann", 0, 3)
    assert (await ann.debug())["gameId"] == pair.game
    await ann.tap("ArrowDown")
    await bob.tap("ArrowDown")
    await pair.both_see("ann", 0, 4)
    await pair.both_see("bob", 0, 1)
    pair.assert_steps_have_no_gap()


async def test_the_server_dies_and_comes_back(serve: Serve, arrive: Arrive) -> None:
    """Pages find it again by themselves, and the game goes on at the step after the last one recorded."""
    server = await serve(SCRIPT)
    pair = await Pair.meet(server, "waits", arrive)
    for person in (pair.ann, pair.bob):
        person.expects_lost_connections()
        await person.page.evaluate("() => { window.neverReloaded = true; }")
    await pair.ann.tap(*["ArrowDown"] * 3)
    await pair.bob.tap("ArrowDown")
    await pair.both_see("ann", 0, 3)
    await pair.both_see("bob", 0, 1)
    await server.kill()
    recorded = pair.data.steps(pair.game)
    for person in (pair.ann, pair.bob):
        await person.reads("The connection was lost. Reconnecting… Please keep this page open.")
    await server.start()
    for person in (pair.ann, pair.bob):
        await person.page.get_by_text("The connection was lost").wait_for(state="hidden")
        await person.in_state("playing")
        assert await person.page.evaluate("() => window.neverReloaded")
        assert (await person.debug())["gameId"] == pair.game
    await pair.both_see("ann", 0, 3)
    await pair.both_see("bob", 0, 1)
    await pair.ann.tap("ArrowDown")
    await pair.bob.tap("ArrowDown")
    await pair.both_see("ann", 0, 4)
    await pair.both_see("bob", 0, 2)
    await asyncio.gather(pair.ann.leave(), pair.bob.leave())
    await server.stop()
    steps = pair.data.steps(pair.game)
    assert steps[: len(recorded)] == recorded
    pair.assert_steps_have_no_gap()
    assert_follows(steps, pair.data.records(pair.game, "episode_start"), make_env)


async def test_only_one_comes_back_after_the_server_died(serve: Serve, arrive: Arrive) -> None:
    """They read what the game waits for, and for how long; once the other is there, it goes on."""
    server = await serve(SCRIPT)
    pair = await Pair.meet(server, "waits", arrive)
    ann, bob = pair.ann, pair.bob
    ann.expects_lost_connections()
    await ann.tap("ArrowDown")
    await pair.both_see("ann", 0, 1)
    await bob.leave()
    await ann.in_state("paused")
    await server.kill()
    await server.start()
    await ann.reads("The study was interrupted for a moment. The game goes on as soon as everybody is back.")
    await ann.reads(re.compile(r"At most 1[12]\d s longer\."))
    bob.page = await bob.context.new_page()
    await bob.open()
    await asyncio.gather(ann.in_state("playing"), bob.in_state("playing"))
    await bob.tap("ArrowDown")
    await pair.both_see("ann", 0, 1)
    await pair.both_see("bob", 0, 1)


async def test_a_second_tab_takes_over(server: ServerProcess, arrive: Arrive) -> None:
    """The first tab says so and has a button to come back; only one of the two plays."""
    pair = await Pair.meet(server, "waits", arrive)
    ann, bob = pair.ann, pair.bob
    other = Person(ann.context, await ann.context.new_page(), ann.url)
    await other.open()
    await ann.reads("This study was opened in another tab or window, which has taken over.")
    assert await ann.page.locator("canvas").count() == 0
    await asyncio.gather(other.in_state("playing"), bob.in_state("playing"))
    await other.tap("ArrowDown")
    await other.tap("ArrowDown")
    pair.ann = other
    await pair.both_see("ann", 0, 2)
    pair.ann = ann
    await ann.page.get_by_role("button", name="Continue here").click()
    await other.reads("This study was opened in another tab or window, which has taken over.")
    await asyncio.gather(ann.in_state("playing"), bob.in_state("playing"))
    await ann.tap("ArrowDown")
    await pair.both_see("ann", 0, 3)
    assert other.unexpected == []


async def test_a_network_that_lets_no_websocket_through(serve: Serve, arrive: Arrive) -> None:
    """The game is played over plain requests instead, in both directions, and no key is lost."""
    server = await serve(SCRIPT)
    pair = await Pair.meet(server, "waits", arrive, websockets=False)
    assert (await pair.ann.debug())["transport"] == (await pair.bob.debug())["transport"] == "socketio"
    await pair.ann.tap(*["ArrowDown"] * 6)
    await pair.bob.tap("ArrowDown")
    await pair.both_see("ann", 0, 6)
    await pair.both_see("bob", 0, 1)
    await asyncio.gather(pair.ann.leave(), pair.bob.leave())
    await server.stop()


async def test_a_few_seconds_without_network(server: ServerProcess, arrive: Arrive) -> None:
    """The page says that it reconnects, does so without a reload, and the game goes on."""
    pair = await Pair.meet(server, "waits", arrive)
    ann, bob = pair.ann, pair.bob
    ann.expects_lost_connections()
    await ann.page.evaluate("() => { window.neverReloaded = true; }")
    await ann.tap("ArrowDown")
    await pair.both_see("ann", 0, 1)
    await ann.context.set_offline(True)
    await ann.reads("The connection was lost. Reconnecting… Please keep this page open.")
    await bob.in_state("paused")
    await ann.context.set_offline(False)
    await asyncio.gather(ann.in_state("playing"), bob.in_state("playing"))
    await ann.page.get_by_text("The connection was lost").wait_for(state="hidden")
    assert await ann.page.evaluate("() => window.neverReloaded")
    await ann.tap("ArrowDown")
    await pair.both_see("ann", 0, 2)
    pair.assert_steps_have_no_gap()
