"""An environment that does not work is the researcher's concern: people read a sentence and get on."""

from __future__ import annotations

import asyncio

from tests.browser.conftest import EXPERIMENTS, Arrive
from tests.browser.data import Data
from tests.browser.people import Person
from tests.browser.serving import ServerProcess

SCRIPT = EXPERIMENTS / "broken.py"
RED = "#d1495b"
SENTENCE = "The game had a technical problem and cannot go on. Everything you did so far is saved."
REACHABLE = """() => {
    const button = document.querySelector("[data-testid=advance]");
    const { x, y, width, height } = button.getBoundingClientRect();
    const corners = [[x + 8, y + 8], [x + width - 8, y + height - 8]];
    return corners.every((corner) => button.contains(document.elementFromPoint(...corner)));
}"""
"""Whether the button that leads on lies in the window, not cut off and under nothing."""
NEVER_SHOWN = ("Traceback", "ZeroDivisionError", "secret", "42", ".py", "Exception", "worker")


async def test_games_that_raise(server: ServerProcess, arrive: Arrive) -> None:
    """In making, resetting, drawing or stepping: the way on is open, and somebody else's game goes on."""
    ann, bob = await begin(server, "raises", arrive)
    for place, scene in enumerate(("made", "reset", "render", "step")):
        await assert_gets_past(ann, scene)
        await bob.tap("ArrowRight")
        await bob.shows(RED, ((place + 1.5) / 10, 0.5))
    await ann.at("thanks")
    data = Data(server.data_dir / "raises")
    reasons = {game["game"].rpartition("-")[0]: game["reason"] for game in data.events("game_ended")}
    assert reasons == {"works": "completed"} | dict.fromkeys(("made", "reset", "render", "step"), "failed")
    assert server.log.count("the secret parameter was 42") >= 4
    assert "Traceback" in server.log


async def test_a_game_that_hangs(server: ServerProcess, arrive: Arrive) -> None:
    """Its player gets on, and so does somebody whose game was played by the same worker."""
    ann, bob = await begin(server, "hangs", arrive)
    await bob.tap("ArrowRight")
    await bob.shows(RED, (0.15, 0.5))
    await assert_gets_past(ann, "hangs")
    await ann.at("thanks")
    await bob.tap("ArrowRight")
    await bob.shows(RED, (0.25, 0.5))
    data = Data(server.data_dir / "hangs")
    (game,) = (game for game in data.game_ids("works") if not data.records(game, "game_end"))
    steps = data.steps(game)
    assert [step["step"] for step in steps] == list(range(1, len(steps) + 1))


async def begin(server: ServerProcess, study: str, arrive: Arrive) -> tuple[Person, Person]:
    """Let two people come; one finishes the game that works, the other stays in it."""
    ann, bob = await asyncio.gather(*(arrive(f"{server.url}/{study}") for _ in range(2)))
    await asyncio.gather(ann.in_state("playing"), bob.in_state("playing"))
    await ann.hold("ArrowRight")
    await ann.in_state("over")
    await ann.release("ArrowRight")
    await ann.go_on()
    return ann, bob


async def assert_gets_past(person: Person, scene: str) -> None:
    """Assert that a scene tells what happened, that its button can be reached, and that it leads on."""
    await person.at(scene)
    await person.reads(SENTENCE)
    await assert_nothing_technical(person)
    await person.until(REACHABLE)
    await person.go_on()


async def assert_nothing_technical(person: Person) -> None:
    """Assert that the whole document, seen or not, has nothing in it that is meant for researchers."""
    content = await person.page.content()
    assert [word for word in NEVER_SHOWN if word in content] == []
