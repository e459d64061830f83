"""Screening and monitoring as participants meet them: at the door, and in the game."""

from __future__ import annotations

import pytest
from playwright.async_api import Route

from tests.browser.conftest import EXPERIMENTS, Arrive
from tests.browser.data import Data
from tests.browser.looks import assert_accessible, assert_fits
from tests.browser.people import Person
from tests.browser.serving import ServerProcess

SCRIPT = EXPERIMENTS / "screened.py"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/17.5 Mobile/15E148 Safari/604.1"
)


def data_of(server: ServerProcess, experiment: str) -> Data:
    return Data(server.data_dir / experiment)


async def pass_the_door(person: Person) -> None:
    await person.reads("Please press the space bar")
    await person.tap("Space")
    await person.at("start")


async def test_refused_at_the_door(server: ServerProcess, arrive: Arrive) -> None:
    """A phone is turned away with a sentence, and its owner gets to the ending; every page is accessible."""
    ann = await arrive(f"{server.url}/on_server", user_agent=IPHONE, bypass_csp=True)
    await ann.reads("Please press the space bar")
    await assert_accessible(ann, "asked for a key")
    await ann.button("no-keyboard").click()
    await ann.reads("This study needs a desktop, and you seem to use a phone.")
    await assert_accessible(ann, "screened out")
    await assert_fits(ann, "screened out")
    await ann.page.reload()
    await ann.reads("you seem to use a phone")
    await ann.go_on()
    await ann.at("screened_out")
    await ann.reads("Not with this browser")
    visits = data_of(server, "on_server").events("scene_left")
    left = [event for event in visits if event["outcome"] == "screened_out"]
    assert left[-1]["answers"]["lacks"] == "device"
    assert left[-1]["answers"]["browser"] == "safari"


async def test_a_small_window_can_be_made_larger(server: ServerProcess, arrive: Arrive) -> None:
    """What can be helped is looked at again."""
    bob = await arrive(f"{server.url}/on_server", viewport={"width": 600, "height": 700})
    await bob.reads("Please press the space bar")
    await bob.tap("Space")
    await bob.reads("Yours has 600 × 700. Please make it larger.")  # noqa: RUF001
    await bob.page.set_viewport_size({"width": 900, "height": 800})
    await bob.button("check-again").click()
    await pass_the_door(bob)


async def test_nobody_gets_in_unmeasured(server: ServerProcess, arrive: Arrive) -> None:
    """Where no round trip can be measured, the door stays shut until one can."""
    stopped = True

    async def stop(route: Route) -> None:
        await (route.abort() if stopped else route.continue_())

    cid = await arrive(f"{server.url}/on_server", routes={"**/-/screening/ping": stop})
    cid.expects("net::ERR_FAILED")
    await cid.reads("Please press the space bar")
    await cid.tap("Space")
    await cid.reads("Your connection is too slow or too unsteady")
    stopped = False
    await cid.button("check-again").click()
    await pass_the_door(cid)


@pytest.mark.parametrize("experiment", ["on_server", "in_browser"])
async def test_excluded_in_the_game(server: ServerProcess, arrive: Arrive, experiment: str) -> None:
    """Who does nothing is warned; who goes on doing nothing reads that the study is over for them."""
    dan = await arrive(f"{server.url}/{experiment}")
    await pass_the_door(dan)
    await dan.go_on()
    await dan.in_state("playing")
    await dan.reads("Are you still there?")
    await dan.hold("ArrowRight")
    await dan.until("() => window.mug.debug().step > 60")
    await dan.at("walk")
    await dan.release("ArrowRight")
    await dan.at("excluded")
    await dan.reads("The study is over for you")
    await dan.page.reload()
    await dan.at("excluded")
    data = data_of(server, experiment)
    await data.until(lambda: data.events("completed"))
    assert data.events("completed")[-1]["outcome"] == "excluded"
    observed = data.events("observed")
    assert [event["what"] for event in observed if "attention" not in event["what"]] == ["taken_out"]
    warnings = [event["values"]["what"] for event in observed if event["what"] == "attention_event"]
    assert warnings == ["warned", "recovered", "warned", "expired"]
    (episode,) = [event["values"] for event in observed if event["what"] == "attention"]
    assert 0 < episode["inactive_steps"] < episode["steps"]
