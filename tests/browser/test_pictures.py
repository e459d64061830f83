"""What people see is what the environment draws: for each player, as pixels, and with every primitive."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import Route

from tests.browser.conftest import EXPERIMENTS, Arrive
from tests.browser.data import Data, pressed
from tests.browser.people import Person
from tests.browser.serving import ServerProcess

SCRIPT = EXPERIMENTS / "pictures.py"
CARDS = ("#d1495b", "#00798c", "#edae49")
GROUND, GREY = "#f4f1ea", "#9aa0a6"


async def pair(
    server: ServerProcess, study: str, scene: str, arrive: Arrive
) -> tuple[Data, str, dict[str, Person]]:
    """Let two people come; return the data, the game, and the people by seat."""
    people = dict(
        zip(
            ("ann", "bob"),
            await asyncio.gather(*(arrive(f"{server.url}/{study}", f"?who={who}") for who in ("ann", "bob"))),
            strict=True,
        )
    )
    await asyncio.gather(*(person.in_state("playing") for person in people.values()))
    data = Data(server.data_dir / study)
    (game,) = data.game_ids(scene)
    return data, game, {data.seat_of(who, game): person for who, person in people.items()}


async def test_each_player_has_a_view_of_their_own(server: ServerProcess, arrive: Arrive) -> None:
    """Each sees their own card and nothing of the other's; together they can name both."""
    data, game, seats = await pair(server, "cards", "cards", arrive)
    (start,) = data.records(game, "episode_start")
    for seat, person in seats.items():
        await person.shows(CARDS[start["observations"][seat]], (0.27, 0.5))
        await person.shows(GREY, (0.73, 0.5))
    first, second = seats.values()
    assert await first.picture() != await second.picture()
    for seat, person in seats.items():
        (other,) = set(seats) - {seat}
        await person.tap(str(start["observations"][other] + 1))
    for person in seats.values():
        await person.reads("The game is over.")
    assert data.records(game, "game_end")[0]["rewards"] == {"player_0": 1.0, "player_1": 1.0}


async def test_a_pettingzoo_environment_that_draws_pixels(server: ServerProcess, arrive: Arrive) -> None:
    """The array is shown enlarged and sharp, to both; strokes count when the key goes up."""
    data, game, seats = await pair(server, "tug_of_war", "tug", arrive)
    red, blue = seats["red"], seats["blue"]
    for person in (red, blue):
        await person.shows("#d1495b", (0.04, 0.5))
        await person.shows("#00798c", (0.96, 0.5))
        await person.shows("#000000", (28.1 / 60, 0.5), (31.9 / 60, 0.5), (0.5, 5.1 / 20), (0.5, 14.9 / 20))
        await person.shows("#ffffff", (27.9 / 60, 0.3), (32.1 / 60, 0.3), (0.5, 4.9 / 20), (0.5, 15.1 / 20))
    await blue.hold("Space")
    await red.tap("Space")
    await blue.shows("#000000", (25 / 60, 0.5))
    await blue.release("Space")
    await red.shows("#000000", (30 / 60, 0.5))
    for _ in range(5):
        await blue.tap("Space")
    for person in (red, blue):
        await person.reads("The game is over.")
    steps = data.steps(game)
    assert pressed(steps, "red", 1) == [1]
    assert pressed(steps, "blue", 1) == [1] * 6
    assert data.records(game, "game_end")[0]["rewards"] == {"red": 0.0, "blue": 1.0}


async def test_everything_a_surface_can_draw(server: ServerProcess, arrive: Arrive) -> None:
    """Each primitive is where it was drawn and has its color; changes, removals and movements arrive."""
    ann = await arrive(f"{server.url}/shapes")
    await ann.in_state("playing")
    still = {
        "red rectangle": ("#ff0000", (30, 30)),
        "rounded corner": ("#faf8f0", (9, 9)),
        "relative rectangle": ("#00ff00", (90, 30)),
        "half transparent": ("#7d7cf8", (150, 30)),
        "turned rectangle": ("#008080", (220, 4)),
        "its old place": ("#faf8f0", (195, 30)),
        "depth above": ("#ffffff", (290, 30)),
        "depth below": ("#000000", (275, 15)),
        "ellipse": ("#ff00ff", (95, 150)),
        "beside the ellipse": ("#faf8f0", (60, 170)),
        "polygon": ("#a52a2a", (160, 150)),
        "slice": ("#008000", (360, 160)),
        "not in the slice": ("#faf8f0", (340, 160)),
        "arc": ("#808080", (332, 133)),
        "picture, red": ("#d1495b", (20, 210)),
        "picture, blue": ("#00798c", (80, 210)),
        "frame of an atlas": ("#c80000", (150, 240)),
        "turned frame, its top below": ("#a0ffa0", (230, 270)),
        "turned frame, its bottom above": ("#00a000", (230, 210)),
    }
    still |= {
        "ball": ("#ffa500", (30, 90)),
        "flag": ("#800080", (360, 30)),
        "rope, at its end": ("#000080", (296, 130)),
    }
    await ann.canvas_has(placed(still))
    await ann.reads(re.compile(r"step \d+"))
    await ann.tap("ArrowRight")
    await ann.canvas_has(placed({"ball on its way": ("#ffa500", (180, 90))}))
    changed = {
        "ball": ("#ffa500", (330, 90)),
        "where the ball was": ("#faf8f0", (30, 90)),
        "flag": ("#faf8f0", (360, 30)),
        "rope, at its end": ("#000080", (297, 168)),
    }
    await ann.canvas_has(placed(changed))


async def test_pictures_that_come_slowly(server: ServerProcess, arrive: Arrive) -> None:
    """A bar says that pictures are loading, and is gone when they are there."""
    come = asyncio.Event()

    async def hold_back(route: Route) -> None:
        await come.wait()
        await route.continue_()

    ann = await arrive(f"{server.url}/shapes", routes={"**/-/assets/**": hold_back})
    await ann.page.get_by_role("progressbar", name="Loading pictures").wait_for()
    come.set()
    await ann.page.get_by_role("progressbar", name="Loading pictures").wait_for(state="hidden")
    await ann.canvas_has(
        placed({"picture": ("#d1495b", (20, 210)), "frame of an atlas": ("#c80000", (150, 240))})
    )


def placed(wanted: dict[str, tuple[str, tuple[int, int]]]) -> dict[str, tuple[str, tuple[float, float]]]:
    """Return places on the surface as fractions of the canvas."""
    return {name: (color, (x / 400, y / 300)) for name, (color, (x, y)) in wanted.items()}
