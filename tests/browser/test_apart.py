"""Pages that turn out not to play the same game: it is noticed, named, and said."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.browser.conftest import EXPERIMENTS, Launch
from tests.browser.data import Data
from tests.browser.people import Person
from tests.browser.serving import PYTHON, ServerProcess, serving

pytestmark = pytest.mark.slow
SCRIPT = EXPERIMENTS / "apart.py"
LOADING_MS = 120_000


async def arrive(launch: Launch, server: ServerProcess) -> list[Person]:
    people = []
    for who in ("ann", "bob"):
        context = await (await launch()).new_context(viewport={"width": 900, "height": 800})
        context.set_default_timeout(LOADING_MS)
        person = Person(context, await context.new_page(), server.url)
        await person.open(f"?who={who}")
        people.append(person)
    await asyncio.gather(*(person.in_state("playing") for person in people))
    return people


async def test_pages_that_never_agree_end_with_a_sentence(launch: Launch, tmp_path: Path) -> None:
    """The records name what is wrong with the environment; participants read that it failed, and go on."""
    async with serving(PYTHON, SCRIPT, tmp_path, {}) as server:
        people = await arrive(launch, server)
        data = Data(server.data_dir / "apart")
        (game,) = data.game_ids("game")
        await data.until(lambda: len(data.records(game, "desync")) >= 2)
        for note in data.records(game, "desync"):
            assert note["suspects"] == ["env.hidden"]
        await asyncio.gather(*(person.in_state("failed") for person in people))
        for person in people:
            await person.go_on()
            await person.at("thanks")
        assert data.records(game, "game_end")[0]["reason"] == "failed"
