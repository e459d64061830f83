"""People write to each other beside a waiting room and a game, with keys alone, and in any script."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from tests.browser.conftest import EXPERIMENTS, Arrive
from tests.browser.data import Data
from tests.browser.looks import assert_accessible, assert_fits
from tests.browser.people import Person
from tests.browser.serving import ServerProcess

SCRIPT = EXPERIMENTS / "chatting.py"
MARKUP = '<img src="x" onerror="window.hacked = true"><b>bold</b>'
ARABIC = "مرحبا (1) 👩‍🚀"


async def write(person: Person, text: str) -> None:
    """Write with the keyboard, and send with Enter."""
    await person.button("chat-input").focus()
    await person.page.keyboard.insert_text(text)
    await person.page.keyboard.press("Enter")


async def reads_in_chat(person: Person, *lines: str) -> None:
    """Wait until the chat shows exactly these lines."""
    await expect(person.button("chat-log").locator("p")).to_have_text(list(lines))


async def partner_of(person: Person) -> str:
    """Return what somebody's chat calls the other one."""
    told = await person.page.get_by_text("With you: ").inner_text()
    return told.removeprefix("With you: ")


async def test_two_people_wait_and_play(server: ServerProcess, arrive: Arrive) -> None:
    """Both read what the other writes, before the game and in it; typing moves nobody in the game."""
    ann, bob = await asyncio.gather(
        *(
            arrive(f"{server.url}/pair", bypass_csp=True, viewport={"width": 1100, "height": 760})
            for _ in range(2)
        )
    )
    for person in (ann, bob):
        await person.button("ready").wait_for()
        await person.reads("With you: Player")
    await write(ann, "Hello, shall we?")
    await reads_in_chat(ann, "You: Hello, shall we?")
    await reads_in_chat(bob, f"{await partner_of(bob)}: Hello, shall we?")
    await assert_accessible(bob, "chat while waiting")
    await bob.button("chat-input").press_sequentially("so")
    await ann.reads(f"{await partner_of(ann)} is typing…")
    await bob.button("chat-input").fill("")
    for person in (ann, bob):
        await person.button("ready").click()
    await asyncio.gather(ann.in_state("playing"), bob.in_state("playing"))
    await reads_in_chat(ann)

    other, name = await partner_of(ann), await partner_of(bob)
    picture = await ann.picture()
    await ann.button("chat-input").press_sequentially("wasd sdsd")
    assert await ann.picture() == picture
    await ann.page.keyboard.press("Enter")
    await expect(ann.button("chat-input")).to_have_value("")
    await ann.page.keyboard.press("Escape")
    await expect(ann.button("game-canvas")).to_be_focused()
    await ann.tap("s", "w")
    await ann.tap("d" if name == "Player 1" else "a")
    await ann.until_picture_is_not(picture)

    await write(bob, MARKUP)
    await write(bob, ARABIC)
    await bob.page.get_by_role("button", name="👍").click()
    said = [("ann", "wasd sdsd"), ("bob", MARKUP), ("bob", ARABIC), ("bob", "👍")]
    for person, own, theirs in ((ann, "ann", other), (bob, "bob", name)):
        lines = [f"{'You' if who == own else theirs}: {text}" for who, text in said]
        await reads_in_chat(person, *lines)
        assert await person.page.evaluate("() => window.hacked") is None
        assert await person.button("chat-log").locator("img, b").count() == 0
    await expect(ann.button("chat-log").get_by_text(ARABIC)).to_have_attribute("dir", "auto")
    await assert_accessible(ann, "chat while playing")
    await assert_fits(ann, "chat while playing")

    await write(ann, "x" * 61)
    await expect(ann.button("chat-note")).to_have_text("This message is too long. It can have 60 characters.")
    await expect(ann.button("chat-input")).to_have_value("x" * 61)
    await ann.button("chat-input").fill("")
    await write(ann, "me@example.org")
    closed = "You cannot write here any more: Please do not write addresses."
    await expect(ann.button("chat-note")).to_have_text(closed)
    await expect(ann.button("chat-input")).not_to_be_editable()
    await assert_accessible(ann, "chat muted")
    await bob.page.reload()
    await reads_in_chat(bob, *(f"{'You' if who == 'bob' else name}: {text}" for who, text in said))

    messages = [
        event["values"]
        for event in Data(server.data_dir / "pair").events("observed")
        if event["what"] == "chat"
    ]
    assert [message["text"] for message in messages] == ["Hello, shall we?", *(text for _, text in said), ""]
    assert messages[0]["game_id"] == ""
    assert messages[1]["game_id"] != ""
    assert messages[1]["episode"] == 1
    assert messages[-1]["status"] == "muted"


async def test_a_program_answers(server: ServerProcess, arrive: Arrive) -> None:
    """Somebody asks a program, which looks like any other player, and reads its answer."""
    ann = await arrive(f"{server.url}/program", bypass_csp=True)
    await ann.in_state("playing")
    await ann.reads("With you: Player 2")
    await ann.until("() => window.mug.debug().step > 5")
    await write(ann, "where?")
    await ann.reads("Let us meet at [")
    await assert_accessible(ann, "chat with a program")
    await assert_fits(ann, "chat with a program")


@pytest.mark.slow
async def test_two_people_whose_browsers_step_the_game(server: ServerProcess, arrive: Arrive) -> None:
    """Peer to peer too people write to each other, and the data says at which step the server was."""
    ann, bob = await asyncio.gather(*(arrive(f"{server.url}/peers") for _ in range(2)))
    for person in (ann, bob):
        person.context.set_default_timeout(120_000)
    await asyncio.gather(ann.in_state("playing"), bob.in_state("playing"))
    data = Data(server.data_dir / "peers")
    await data.until(lambda: data.steps(data.game_ids("plaza")[-1]))
    await write(ann, "hello from my browser")
    await bob.reads("hello from my browser")
    (message,) = [event["values"] for event in data.events("observed") if event["what"] == "chat"]
    assert (message["status"], message["episode"]) == ("delivered", 1)
    assert message["step"] >= 1
    frame = (await bob.debug())["frame"]
    await bob.until("(frame) => window.mug.debug().confirmedFrame > frame", frame)
