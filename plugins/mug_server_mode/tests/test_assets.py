"""Images that an environment registers are announced before they are drawn, to those who see them."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest

from mug.components import AssetsRegistered
from mug.configurations.configuration_constants import PolicyTypes
from mug.rendering import Asset, Surface
from mug.rendering.packet import IMAGE

FLOOR = Asset("image", "floor", "art/floor.png")
CHEF = Asset("atlas", "chef", "art/chef.png", "art/chef.json")
TWO = {"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Human}


def announced(link: Any) -> list[AssetsRegistered]:
    return [event for event in link.events if isinstance(event, AssetsRegistered)]


def unannounced(link: Any) -> list[str]:
    """The names that frames drew before they were announced for the seat."""
    known: dict[Any, set[str]] = {}
    wrong = []
    for kind, *entry in link.log:
        if kind == "event" and isinstance(entry[0], AssetsRegistered):
            for agent_id in entry[0].agent_ids:
                known[agent_id] = {asset.name for asset in entry[0].assets}
        elif kind == "frame" and entry[1].body is not None:
            drawn = {command[3]["name"] for command in entry[1].body[0] if command[2] == IMAGE}
            wrong += sorted(drawn - known.get(entry[0], set()))
    return wrong


def drawn(link: Any, seat: Any) -> set[str]:
    """The names that frames of a seat drew."""
    bodies = [frame.body for frame in link.frames(seat) if frame.body is not None]
    return {command[3]["name"] for body in bodies for command in body[0] if command[2] == IMAGE}


@pytest.fixture
def gallery(kit: Any) -> Any:
    class Gallery(kit.Walk):  # type: ignore[misc]
        """Registers its floor at first, its chef at the fifth step, and both again and again."""

        def __init__(self) -> None:
            super().__init__()
            self.surface.register_image("floor", "art/floor.png")
            self.steps = 0

        def step(self, action: int) -> Any:
            self.steps += 1
            return super().step(action)

        def render(self) -> Any:
            self.surface.image("floor", x=self.steps, y=0)
            if self.steps >= 5:
                self.surface.register_image("floor", "art/floor.png")
                self.surface.register_atlas("chef", "art/chef.png", "art/chef.json")
                self.surface.image("chef", x=self.steps, y=5, frame="left")
            return self.surface.commit()

    return Gallery


async def test_every_change_is_announced_once_and_before_the_frames_that_need_it(
    serve: Any, kit: Any, gallery: Any
) -> None:
    """One event for what is there at first and one for what comes later, over episodes too."""
    async with serve(kit.make_spec(gallery, max_steps=12, num_episodes=3)) as table:
        link = table.open()
        await link.until_over()
    assert announced(link) == [
        AssetsRegistered((FLOOR,), ("player_0",)),
        AssetsRegistered((FLOOR, CHEF), ("player_0",)),
    ]
    assert drawn(link, "player_0") == {"floor", "chef"}
    assert unannounced(link) == []


async def test_an_environment_that_registers_nothing_announces_nothing(serve: Any, kit: Any) -> None:
    """Nobody's page is described again without a reason."""
    async with serve(kit.make_spec()) as table:
        link = table.open()
        await link.until_over()
    assert announced(link) == []


async def test_a_new_surface_for_every_picture(serve: Any, kit: Any) -> None:
    """What counts is what is registered, not the surface; another file for a name is another asset."""

    class Fresh(kit.Walk):  # type: ignore[misc]
        def render(self) -> Any:
            surface = Surface(10, 10)
            surface.register_image("floor", "art/floor.png" if self.place < 3 else "art/lava.png")
            surface.image("floor", x=self.place, y=0)
            return surface.commit()

    async with serve(kit.make_spec(Fresh, max_steps=8, default_action=2)) as table:
        link = table.open()
        await link.until_over()
    lava = Asset("image", "floor", "art/lava.png")
    assert [event.assets for event in announced(link)] == [(FLOOR,), (lava,)]


async def test_views_of_their_own_have_images_of_their_own(serve: Any, kit: Any) -> None:
    """A seat's page hears only of what its view draws, also when two views give a name to two files."""

    class Cards(gymnasium.Env[Any, Any]):
        def __init__(self) -> None:
            self.action_space = gymnasium.spaces.Dict(dict.fromkeys(TWO, gymnasium.spaces.Discrete(3)))
            box = gymnasium.spaces.Box(0, 1, (1,), np.float64)
            self.observation_space = gymnasium.spaces.Dict(dict.fromkeys(TWO, box))
            self.surfaces = {name: Surface(10, 10) for name in TWO}

        def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
            return {name: np.zeros(1) for name in TWO}, {}

        def step(self, action: Any) -> Any:
            return {name: np.zeros(1) for name in TWO}, 0.0, False, False, {}

        def render(self, player_id: str | None = None) -> Any:
            surface = self.surfaces[str(player_id)]
            surface.register_image("card", f"{player_id}.png")
            surface.image("card", x=0, y=0)
            return surface.commit()

    async with serve(kit.make_spec(Cards, policies=TWO, max_steps=5)) as table:
        link = table.open()
        await link.until_over()
    assert announced(link) == [
        AssetsRegistered((Asset("image", "card", f"{name}.png"),), (name,)) for name in TWO
    ]
    assert unannounced(link) == []


async def test_a_restored_game_announces_them_again(serve: Any, kit: Any, gallery: Any) -> None:
    """After a restart nobody remembers, so the worker says it before the first frame."""
    spec = kit.make_spec(gallery, max_steps=30)
    async with serve(spec) as table:
        whole = table.open()
        await whole.until_over()
    kinds = [record["kind"] for record in whole.stored]
    cut = [place for place, kind in enumerate(kinds) if kind == "step"][9] + 1
    async with serve(spec) as table:
        resumed = table.open(link=kit.Link(whole.lines[:cut]))
        await resumed.until_over()
    assert announced(resumed) == [AssetsRegistered((FLOOR, CHEF), ("player_0",))]
    assert unannounced(resumed) == []
