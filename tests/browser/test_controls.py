"""Every way to act does what it says, once, and is in the data as it was done."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator

from tests.browser.conftest import EXPERIMENTS, Arrive
from tests.browser.data import Data, pressed
from tests.browser.people import Person
from tests.browser.serving import ServerProcess

SCRIPT = EXPERIMENTS / "controls.py"
SIZE = 8
GROUND, LIT, TOKEN = "#f4f1ea", "#edae49", "#00798c"
STAY, UP, DOWN, LEFT, RIGHT, UP_LEFT, UP_RIGHT, DOWN_LEFT, DOWN_RIGHT = range(9)


def square(x: int, y: int) -> tuple[float, float]:
    """Return the middle of a square, as fractions of the canvas."""
    return (x + 0.5) / SIZE, (y + 0.5) / SIZE


async def begin(server: ServerProcess, study: str, arrive: Arrive, **browser: object) -> Person:
    """Let somebody come and play."""
    person: Person = await arrive(f"{server.url}/{study}", **browser)
    await person.in_state("playing")
    return person


def done(server: ServerProcess, study: str) -> list[int]:
    """Return what the participant did so far in the latest game, in order."""
    data = Data(server.data_dir / study)
    return pressed(data.steps(data.game_ids("game")[-1]), "player", 1)


async def click(person: Person, x: int, y: int) -> None:
    """Click on a square of the board."""
    box = await person.button("game-canvas").bounding_box()
    assert box is not None
    across, down = square(x, y)
    await person.page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])


async def test_clicks_on_the_picture(server: ServerProcess, arrive: Arrive) -> None:
    """A click is the action of its square, also when the picture is shown smaller than it is."""
    ann = await begin(server, "click", arrive)
    for x, y in ((0, 0), (7, 7), (3, 5)):
        await click(ann, x, y)
        await ann.shows(LIT, square(x, y))
    await ann.page.set_viewport_size({"width": 300, "height": 500})
    await ann.until("() => document.querySelector('canvas').clientWidth < 300")
    await click(ann, 3, 5)
    await ann.shows(GROUND, square(3, 5))
    await ann.tap("c")
    await ann.shows(GROUND, square(0, 0))
    assert done(server, "click") == [0, 63, 43, 43, 0]


async def test_keys_that_count_once_when_pressed(server: ServerProcess, arrive: Arrive) -> None:
    """Holding a key is one action; Shift changes nothing, and a shortcut of the browser's is left alone."""
    ann = await begin(server, "key_down", arrive)
    await ann.hold("ArrowRight")
    await ann.shows(TOKEN, square(5, 4))
    await ann.page.keyboard.down("ArrowRight")
    await ann.page.keyboard.down("ArrowRight")
    await ann.tap("ArrowUp")
    await ann.shows(TOKEN, square(5, 3))
    await ann.release("ArrowRight")
    await ann.tap("Shift+ArrowLeft")
    await ann.shows(TOKEN, square(4, 3))
    await ann.tap("Control+ArrowLeft", "ArrowDown")
    await ann.shows(TOKEN, square(4, 4))
    assert done(server, "key_down") == [RIGHT, UP, LEFT, DOWN]


async def test_keys_that_count_when_released(server: ServerProcess, arrive: Arrive) -> None:
    """Nothing happens before the key goes up, and a combination is one action."""
    ann = await begin(server, "key_up", arrive)
    await ann.hold("ArrowRight")
    await ann.tap("ArrowUp")
    await ann.shows(TOKEN, square(5, 3))
    await ann.release("ArrowRight")
    await ann.tap("ArrowLeft")
    await ann.shows(TOKEN, square(4, 3))
    assert done(server, "key_up") == [UP_RIGHT, LEFT]


async def test_combinations_of_held_keys(server: ServerProcess, arrive: Arrive) -> None:
    """Two keys held together are their own action; when one is let go, the other goes on."""
    ann = await begin(server, "held", arrive)
    await ann.hold("ArrowUp", "ArrowLeft")
    await ann.shows(TOKEN, square(0, 0))
    await ann.release("ArrowUp", "ArrowLeft")
    await ann.hold("ArrowDown", "ArrowRight")
    await ann.shows(TOKEN, square(7, 7))
    await ann.release("ArrowDown")
    await ann.hold("ArrowUp")
    await ann.shows(TOKEN, square(7, 0))
    await ann.release("ArrowRight", "ArrowUp")
    await ann.hold("ArrowLeft")
    await ann.shows(TOKEN, square(0, 0))
    await ann.release("ArrowLeft")
    kinds = done(server, "held")
    assert {UP_LEFT, DOWN_RIGHT, UP_RIGHT, LEFT} <= set(kinds)


async def test_keys_are_let_go_when_the_window_loses_them(server: ServerProcess, arrive: Arrive) -> None:
    """A key that goes up while another window has the keyboard does not run on for ever."""
    ann = await begin(server, "held", arrive)
    await ann.hold("ArrowLeft")
    await ann.shows(TOKEN, square(0, 4))
    await ann.page.evaluate("() => window.dispatchEvent(new Event('blur'))")
    await ann.hold("ArrowRight")
    await ann.shows(TOKEN, square(7, 4))
    await ann.release("ArrowRight")
    data = Data(server.data_dir / "held")
    game = data.game_ids("game")[-1]
    await data.until(lambda: {step["sources"]["player"] for step in data.steps(game)[-10:]} == {"default"})
    await ann.shows(TOKEN, square(7, 4))


async def test_keys_of_the_game_do_not_scroll_the_page(server: ServerProcess, arrive: Arrive) -> None:
    """In a window that is too small, an arrow key moves the token and nothing else."""
    ann = await begin(server, "held", arrive, viewport={"width": 500, "height": 200})
    assert await ann.page.evaluate("() => document.scrollingElement.scrollHeight > window.innerHeight")
    await ann.page.evaluate("() => window.scrollTo(0, 10)")
    await ann.hold("ArrowDown")
    await ann.shows(TOKEN, square(4, 7))
    await ann.release("ArrowDown")
    assert await ann.page.evaluate("() => window.scrollY") == 10
    await ann.tap("PageDown")
    await ann.until("() => window.scrollY > 10")


PHONES = {
    "upright": {"viewport": {"width": 390, "height": 760}},
    "on its side": {"viewport": {"width": 760, "height": 390}},
}


@pytest.mark.parametrize("held", PHONES)
async def test_buttons_on_a_touch_screen(server: ServerProcess, arrive: Arrive, held: str) -> None:
    """Picture and buttons are on the screen together, large enough; two fingers make a diagonal."""
    phone = {"has_touch": True, "is_mobile": True, "device_scale_factor": 2, **PHONES[held]}
    ann = await begin(server, "held", arrive, **phone)
    names = ("Up", "Down", "Left", "Right")
    buttons = {name: ann.page.get_by_role("button", name=name, exact=True) for name in names}
    for button in buttons.values():
        await assert_on_screen(ann, button)
    await assert_on_screen(ann, ann.button("game-canvas"))
    fingers = await ann.context.new_cdp_session(ann.page)
    places = {name: await middle(button) for name, button in buttons.items()}

    async def touch(*directions: str) -> None:
        points = [
            dict(zip(("x", "y"), places[name], strict=True), id=index)
            for index, name in enumerate(directions)
        ]
        await fingers.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points})

    await touch("Up")
    await ann.shows(TOKEN, square(4, 0))
    await touch("Up", "Left")
    await ann.shows(TOKEN, square(0, 0))
    await fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    await touch("Right")
    await ann.shows(TOKEN, square(7, 0))
    await fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert set(done(server, "held")) >= {UP, RIGHT}


async def test_buttons_that_the_script_names(server: ServerProcess, arrive: Arrive) -> None:
    """Where the script says so they are there for a mouse too, and work with the keyboard."""
    ann = await begin(server, "key_down", arrive)
    assert await ann.page.locator(".touch-button").all_inner_texts() == ["Left", "Right"]
    await ann.page.get_by_role("button", name="Left").click()
    await ann.shows(TOKEN, square(3, 4))
    await ann.page.get_by_role("button", name="Right").focus()
    await ann.tap("Enter", "Space")
    await ann.shows(TOKEN, square(5, 4))
    assert done(server, "key_down") == [LEFT, RIGHT, RIGHT]


async def assert_on_screen(person: Person, thing: Locator) -> None:
    """Assert that something is wholly inside the window and at least as large as a fingertip."""
    box = await thing.bounding_box()
    size = person.page.viewport_size
    assert box is not None
    assert size is not None
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= size["width"] + 0.5
    assert box["y"] + box["height"] <= size["height"] + 0.5
    assert min(box["width"], box["height"]) >= 44


async def middle(thing: Locator) -> tuple[float, float]:
    """Return the middle of something in the window."""
    box = await thing.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
