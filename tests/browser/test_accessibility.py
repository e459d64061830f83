"""Nobody is kept out: axe-core, keyboards, zoom and quiet screens, on every scene and in every game."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from playwright.async_api import expect

from tests.browser.conftest import EXPERIMENTS, Arrive
from tests.browser.looks import assert_accessible, assert_fits
from tests.browser.people import Person
from tests.browser.serving import ServerProcess

SCRIPT = EXPERIMENTS / "states.py"
LOST = "The connection was lost. Reconnecting… Please keep this page open."


async def assert_good(person: Person, name: str) -> None:
    """Assert that a page is accessible, and fits into a small window."""
    await assert_accessible(person, name)
    await assert_fits(person, name)


async def test_scenes(server: ServerProcess, arrive: Arrive) -> None:
    """Welcome, questions with and without complaints, endings with a code and with a way on."""
    ann = await come(arrive, f"{server.url}/whole")
    await ann.at("welcome")
    await assert_good(ann, "welcome")
    await ann.go_on()
    await ann.at("questions")
    await assert_good(ann, "questions")
    await ann.go_on()
    await ann.reads("Please look at the marked questions.")
    await assert_good(ann, "questions with complaints")
    await ann.page.get_by_label("How old are you?").fill("33")
    await ann.page.get_by_label("never").check()
    await ann.page.get_by_label("I agree").check()
    await ann.go_on()
    await ann.in_state("over")
    await assert_good(ann, "game over")
    await ann.go_on()
    await ann.at("code")
    await assert_good(ann, "code")
    bob = await come(arrive, f"{server.url}/leads_on")
    bob.expects("net::ERR_FAILED")
    await bob.at("away")
    await assert_accessible(bob, "way on")


async def test_waiting_rooms(server: ServerProcess, arrive: Arrive) -> None:
    """Waiting, the question whether to leave, the call to the game, and what one reads afterwards."""
    ann = await come(arrive, f"{server.url}/patient")
    await ann.reads("1 of 2 people are here.")
    await assert_good(ann, "waiting")
    await ann.button("leave").click()
    await ann.page.get_by_role("dialog").wait_for()
    await assert_good(ann, "leaving")
    bob, cem = await asyncio.gather(*(come(arrive, f"{server.url}/asks") for _ in range(2)))
    await bob.button("ready").wait_for()
    await assert_good(bob, "ready or not")
    await cem.button("ready").click()
    await assert_good(cem, "ready")
    dan = await come(arrive, f"{server.url}/to_scene")
    await dan.reads("We could not find enough other participants.")
    await assert_good(dan, "waited in vain")


async def test_games(server: ServerProcess, arrive: Arrive) -> None:
    """Countdown, play with and without buttons, rest, pause and failure."""
    for study, state in (
        ("counts_down", "countdown"),
        ("touch", "playing"),
        ("rests", "between"),
        ("breaks", "failed"),
        ("shapes", "playing"),
    ):
        ann = await come(arrive, f"{server.url}/{study}")
        await ann.in_state(state)
        await assert_good(ann, f"game {study}")
        await ann.leave()
    bob, cem = await asyncio.gather(*(come(arrive, f"{server.url}/waits") for _ in range(2)))
    await bob.in_state("playing")
    await cem.leave()
    await bob.in_state("paused")
    await assert_good(bob, "game paused")


async def test_pages_outside_the_study(server: ServerProcess, arrive: Arrive) -> None:
    """The list of studies, a full study, a lost connection, a second tab, and a server that is not there."""
    ann = await come(arrive, server.url)
    await ann.page.get_by_role("heading", name="Experiments").wait_for()
    await assert_good(ann, "list")
    bob = await come(arrive, f"{server.url}/full")
    await bob.in_state("countdown")
    cem = await come(arrive, f"{server.url}/full")
    cem.expects("403")
    await cem.reads("This study has no free places at the moment.")
    await assert_good(cem, "full")
    dan = await come(arrive, f"{server.url}/whole")
    dan.expects_lost_connections()
    await dan.at("welcome")
    await dan.context.set_offline(True)
    await dan.reads(LOST)
    await assert_good(dan, "offline")
    await dan.context.set_offline(False)
    await dan.page.get_by_text(LOST).wait_for(state="hidden")
    other = Person(dan.context, await dan.context.new_page(), dan.url)
    await other.open()
    await dan.page.get_by_role("button", name="Continue here").wait_for()
    await assert_good(dan, "second tab")
    await other.context.route("**/-/session", lambda route: route.abort())
    await other.open()
    await other.reads("The study cannot be reached")
    await assert_good(other, "unreachable")


async def test_a_whole_experiment_with_the_keyboard_alone(server: ServerProcess, arrive: Arrive) -> None:
    """Every control can be reached, seen and used with keys; scenes begin at their heading."""
    ann = await arrive(f"{server.url}/whole")
    await ann.at("welcome")
    await focus_is_on(ann, "heading", "Welcome")
    await ann.tap("Tab")
    await focus_is_on(ann, "button", "Continue")
    await ann.tap("Enter")
    await ann.at("questions")
    await focus_is_on(ann, "heading", "About you")
    await ann.tap("Tab")
    await ann.page.keyboard.type("44")
    await ann.tap("Tab", "Space", "ArrowDown", "Tab", "Space", "Tab", "Tab")
    await ann.page.keyboard.type("the r")
    await ann.tap("Tab", "ArrowRight", "Tab")
    await ann.page.keyboard.type("Hello")
    await ann.tap("Tab", "Space")
    page = ann.page
    await expect(page.get_by_label("How old are you?")).to_have_value("44")
    await expect(page.get_by_label("sometimes")).to_be_checked()
    await expect(page.get_by_label("a phone")).to_be_checked()
    await expect(page.get_by_label("Which hand")).to_have_value("right")
    await expect(page.get_by_label("How awake")).to_have_value("6")
    await expect(page.get_by_label("Anything else?")).to_have_value("Hello")
    await ann.tap("Tab")
    await focus_is_on(ann, "button", "Continue")
    await ann.tap("Enter")
    await ann.in_state("playing")
    await focus_is_on(ann, "application", "A short game")
    await ann.tap("ArrowUp")
    await ann.in_state("over")
    await focus_is_on(ann, "button", "Continue")
    await ann.tap("Enter")
    await ann.at("code")
    await ann.tap("Tab")
    await focus_is_on(ann, "button", "Copy the code")
    await ann.tap("Enter")
    await ann.reads(re.compile("Copied|Press Ctrl.C to copy"))


async def test_leaving_a_dialog_and_a_game_with_the_keyboard(server: ServerProcess, arrive: Arrive) -> None:
    """Escape closes a question and the focus is where it was; Tab leaves the game's picture."""
    ann = await arrive(f"{server.url}/patient")
    await ann.button("leave").focus()
    await ann.tap("Enter")
    await focus_is_on(ann, "button", "Keep waiting")
    await ann.tap("Escape")
    await focus_is_on(ann, "button", "Stop waiting")
    bob = await arrive(f"{server.url}/touch")
    await bob.in_state("playing")
    await focus_is_on(bob, "application", "A long moment")
    await bob.tap("Tab")
    await bob.until("() => document.activeElement.classList.contains('touch-button')")


async def test_a_quiet_screen(server: ServerProcess, arrive: Arrive) -> None:
    """Where people ask for less motion, nothing whirls."""
    ann = await arrive(f"{server.url}/patient", reduced_motion="reduce")
    await ann.reads("1 of 2 people are here.")
    moving = """() => document.getAnimations().map(({ effect }) => effect.getComputedTiming().duration)"""
    assert all(duration >= 5000 for duration in await ann.page.evaluate(moving))
    await ann.page.emulate_media(reduced_motion="no-preference")
    assert await ann.page.evaluate(moving) == [1000]


async def come(arrive: Arrive, url: str, **wishes: Any) -> Person:
    """Let somebody come whose page takes axe-core's script, which the pages' own policy forbids."""
    person: Person = await arrive(url, bypass_csp=True, **wishes)
    return person


async def focus_is_on(person: Person, role: Any, name: str) -> None:
    """Wait until the focus is on something; if it can be operated, it must show that."""
    thing = person.page.get_by_role(role, name=name)
    await expect(thing).to_be_focused()
    if role != "heading":
        outline = await thing.evaluate("(element) => getComputedStyle(element).outlineStyle")
        assert outline != "none", f"the focus on {name!r} cannot be seen"
