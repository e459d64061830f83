"""Waiting rooms: who is there, the way out, the limits, and the question whether one is still there."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urlsplit

from tests.browser.conftest import EXPERIMENTS, Arrive
from tests.browser.data import Data
from tests.browser.people import Person
from tests.browser.serving import ServerProcess

SCRIPT = EXPERIMENTS / "waiting.py"


async def test_the_way_out_of_a_waiting_room(server: ServerProcess, arrive: Arrive) -> None:
    """The page says who is there; leaving asks once more, and leads to the scene for it."""
    ann = await arrive(f"{server.url}/patient")
    await ann.at("wait")
    await ann.reads("1 of 2 people are here. Waiting for 1 more.")
    assert "You will wait at most" not in await ann.text()
    await ann.button("leave").click()
    dialog = ann.page.get_by_role("dialog", name="Stop waiting?")
    await dialog.get_by_role("button", name="Keep waiting").click()
    await dialog.wait_for(state="hidden")
    await ann.at("wait")
    await ann.button("leave").click()
    await dialog.get_by_role("button", name="Stop waiting").click()
    await ann.at("alone")
    await ann.go_on()
    await ann.at("thanks")
    bob = await arrive(f"{server.url}/patient")
    await bob.reads("1 of 2 people are here.")


async def test_a_reload_while_waiting(server: ServerProcess, arrive: Arrive) -> None:
    """Whoever reloads keeps their place, and is not counted twice."""
    ann = await arrive(f"{server.url}/patient")
    await ann.reads("1 of 2 people are here. Waiting for 1 more.")
    await ann.page.reload()
    await ann.reads("1 of 2 people are here. Waiting for 1 more.")
    bob = await arrive(f"{server.url}/patient")
    await asyncio.gather(ann.in_state("playing"), bob.in_state("playing"))


async def test_a_limit_that_leads_to_a_scene(server: ServerProcess, arrive: Arrive) -> None:
    """Whoever waited too long reads why and goes on in the scene for it; the wait is in the data."""
    ann = await arrive(f"{server.url}/to_scene")
    await ann.at("plaza")
    await ann.reads("You will wait at most 0:01 longer.")
    assert await ann.button("leave").is_hidden()
    await ann.at("alone")
    await ann.reads("We could not find enough other participants. Thank you for waiting.")
    await ann.go_on()
    await ann.at("thanks")
    (wait,) = Data(server.data_dir / "to_scene").events("lobby_left")
    assert wait["reason"] == "timeout"
    assert 1 <= wait["waited"] <= 4


async def test_in_line_again(server: ServerProcess, arrive: Arrive) -> None:
    """Who begins anew to wait reads and hears so, has the whole time again, and then goes on."""
    ann = await arrive(f"{server.url}/again")
    await ann.reads("You will wait at most 0:02 longer.")
    await ann.reads("You are at the end of the line again; we keep looking.")
    await ann.reads("You will wait at most 0:02 longer.")
    assert await ann.button("leave").is_visible()
    await ann.at("alone")
    await ann.until("() => [...window.told].some((text) => text.includes('at the end of the line again'))")
    data = Data(server.data_dir / "again")
    assert [wait["reason"] for wait in data.events("lobby_left")] == ["requeued", "timeout"]


async def test_a_limit_that_leads_to_another_site(
    server: ServerProcess, arrive: Arrive, elsewhere: str
) -> None:
    """The browser is sent to the address that the script names."""
    ann = await arrive(f"{server.url}/to_site")
    ann.may_go_to(urlsplit(elsewhere).netloc)
    await ann.at("wait")
    await ann.page.wait_for_url(f"{elsewhere}/**")
    await ann.reads("You came to /arrived?id=")


async def test_a_hidden_page_is_called_back_first(server: ServerProcess, arrive: Arrive) -> None:
    """Who looks at another tab is called by the tab's title, and the game begins once they are back."""
    ann = await arrive(f"{server.url}/patient")
    await ann.reads("1 of 2 people are here.")
    title = await ann.page.title()
    await look(ann, away=True)
    bob = await arrive(f"{server.url}/patient")
    await bob.reads("Your group is complete. The game is about to begin…")
    await ann.until("() => document.title === '● Your game is ready'")
    assert await bob.page.locator("canvas").count() == 0
    await look(ann, away=False)
    await asyncio.gather(ann.in_state("playing"), bob.in_state("playing"))
    assert await ann.page.title() == title


async def test_a_question_before_the_game(server: ServerProcess, arrive: Arrive) -> None:
    """Where people must say that they are there, the game begins when both have, and a key is enough."""
    ann, bob = await asyncio.gather(*(arrive(f"{server.url}/asks") for _ in range(2)))
    for person in (ann, bob):
        await person.page.get_by_role("heading", name="Your group is complete").wait_for()
        await person.reads(re.compile("Please answer within (1[5-9]|20) seconds"))
    await ann.button("ready").click()
    await ann.reads("Your group is complete. The game is about to begin…")
    assert await bob.page.locator("canvas").count() == 0
    await bob.until("() => document.activeElement?.dataset.testid === 'ready'")
    await bob.tap("Enter")
    await asyncio.gather(ann.in_state("playing"), bob.in_state("playing"))


async def test_a_question_that_somebody_misses(server: ServerProcess, arrive: Arrive) -> None:
    """The game does not begin, and both are asked again."""
    ann, bob = await asyncio.gather(*(arrive(f"{server.url}/asks_briefly") for _ in range(2)))
    await ann.button("ready").click()
    data = Data(server.data_dir / "asks_briefly")
    await data.until(lambda: data.events("ready_check_missed"))
    for person in (ann, bob):
        await person.page.locator("[data-testid=ready]:enabled").click()
    await asyncio.gather(ann.in_state("playing"), bob.in_state("playing"))


async def look(person: Person, *, away: bool) -> None:
    """Let the browser say that the page is hidden, or visible again, as it does when tabs are switched."""
    await person.page.evaluate(
        """(state) => {
            Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        "hidden" if away else "visible",
    )
