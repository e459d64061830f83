"""Images that only the environment knows of are on the canvas, whenever it registers them."""

from __future__ import annotations

from tests.browser.conftest import EXPERIMENTS, Arrive
from tests.browser.people import Person
from tests.browser.serving import ServerProcess

SCRIPT = EXPERIMENTS / "registered.py"
GROUND = "#faf8f0"
FIRST = {
    "picture, red": ("#d1495b", (20, 20)),
    "picture, blue": ("#00798c", (80, 20)),
    "frame of an atlas": ("#c80000", (150, 50)),
}
LATE = {"later picture, its left": ("#c80000", (230, 30))}


async def has(person: Person, wanted: dict[str, tuple[str, tuple[int, int]]]) -> None:
    """Wait for colors at places in surface pixels."""
    await person.canvas_has({name: (color, (x / 400, y / 200)) for name, (color, (x, y)) in wanted.items()})


async def test_images_that_are_registered_before_and_during_the_game(
    server: ServerProcess, arrive: Arrive
) -> None:
    """Nothing moves on the picture, so each is drawn because it has arrived; a reloaded page has them all."""
    ann = await arrive(f"{server.url}/")
    await ann.in_state("playing")
    await has(ann, FIRST | {"not yet": (GROUND, (230, 30))})
    await ann.tap("ArrowRight")
    await has(ann, FIRST | LATE)
    await ann.page.reload()
    await ann.in_state("playing")
    await has(ann, FIRST | LATE)
    asked = {url.removeprefix(server.url) for url in ann.requests if "/-/assets/" in url}
    assert {url.rsplit("/", 1)[1] for url in asked} == {"checks.png", "signs.png", "signs.json"}
    assert all(url.startswith("/-/assets/pictures/-/") for url in asked)
    assert "registered" not in server.log
