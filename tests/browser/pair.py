"""Two people in one game on the coordination grid."""

from __future__ import annotations

import asyncio
from typing import Any, Self

import attrs

from tests.browser.conftest import Arrive
from tests.browser.data import Data
from tests.browser.grid import COLORS, STARTS, cell
from tests.browser.people import Person
from tests.browser.serving import ServerProcess


@attrs.define
class Pair:
    """Two people who play, by seat; ``data`` is what the server wrote of it."""

    ann: Person
    bob: Person
    game: str
    data: Data
    seats: dict[str, str]

    @classmethod
    async def meet(cls, server: ServerProcess, study: str, arrive: Arrive, **browser: Any) -> Self:
        """Let two people come and wait until they play."""
        ann, bob = await asyncio.gather(
            *(arrive(f"{server.url}/{study}", f"?who={who}", **browser) for who in ("ann", "bob"))
        )
        await asyncio.gather(ann.in_state("playing"), bob.in_state("playing"))
        data = Data(server.data_dir / study)
        game = data.game_ids("game")[-1]
        return cls(ann, bob, game, data, {who: data.seat_of(who, game) for who in ("ann", "bob")})

    async def both_see(self, who: str, *moved: int) -> None:
        """Wait until both see somebody's circle so many squares right and down of where it began."""
        seat = self.seats[who]
        right, down = moved
        x, y = STARTS[seat]
        place = cell(x + right, y + down)
        await asyncio.gather(self.ann.shows(COLORS[seat], place), self.bob.shows(COLORS[seat], place))

    def assert_steps_have_no_gap(self) -> None:
        """Assert that the records count every step and every frame once, in order."""
        steps = self.data.steps(self.game)
        assert [step["step"] for step in steps] == list(range(1, len(steps) + 1))
        assert [step["frame"] for step in steps] == list(range(1, len(steps) + 1))
