"""An environment that does not work is the researcher's concern: people read a sentence and get on."""

from __future__ import annotations

import asyncio

from tests.browser.conftest import EXPERIMENTS, Arrive
from tests.browser.data import Data
from tests.browser.people import Person
from tests.browser.serving import ServerProcess

SCRIPT = EXPERIMENTS / "broken.py"
SENTENCE = "The game had a technical problem and cannot go on. Everything you did so far is saved."
REACHABLE = """() => {
    const button = document.querySelector("[data-testid=advance]");
    const { x, y, width, height } = button.getBoundingClientRect();
    const corners = [[x + 8, y + 8], [x + width - 8, y + height - 8]];
    return corners.every((corner) => button.contains(document.elementFromPoint(...corner)));
}"""
"""Whether the button that leads on lies in the window, not cut off and under nothing."""
NEVER_SHOWN = ("Traceback", "ZeroDivisionError", "secret", "42", ".py", "Exception", "worker")


async def test_people_get_past_every_way_to_break(server: ServerProcess, arrive: Arrive) -> None:
    """Making, resetting, drawing, stepping and hanging: each time the way on is open, and the log knows why.

    Meanwhile somebody else's game on the same server goes on, also when its worker had to be replaced.
    """
    ann, bob = await asyncio.gather(*(arrive(server.url, f"?who={who}") for who in ("ann", "bob")))
    await asyncio.gather(ann.in_state("playing"), bob.in_state("playing"))
    await ann.hold("ArrowRight")
    await ann.in_state("over")
    await ann.release("ArrowRight")
    await ann.go_on()
    for place, scene in enumerate(("made", "reset", "render", "step", "hangs")):
        await ann.at(scene)
        await ann.reads(SENTENCE)
        await assert_nothing_technical(ann)
        await ann.until(REACHABLE)
        await bob.tap("ArrowRight")
        await bob.shows("#d1495b", ((place + 1.5) / 10, 0.5))
        await ann.go_on()
    await ann.at("thanks")
    data = Data(server.data_dir / "broken")
    reasons = {game["game"].rpartition("-")[0]: game["reason"] for game in data.events("game_ended")}
    assert reasons == {"works": "completed"} | dict.fromkeys(
        ("made", "reset", "render", "step", "hangs"), "failed"
    )
    (game,) = (game for game in data.game_ids("works") if not data.records(game, "game_end"))
    steps = data.steps(game)
    assert [step["step"] for step in steps] == list(range(1, len(steps) + 1))
    assert server.log.count("the secret parameter was 42") >= 4
    assert "Traceback" in server.log


async def assert_nothing_technical(person: Person) -> None:
    """Assert that the whole document, seen or not, has nothing in it that is meant for researchers."""
    content = await person.page.content()
    assert [word for word in NEVER_SHOWN if word in content] == []
