"""Environments that get to know what players say to each other."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np

from mug.components import GameFailed, HearingHandle
from mug.configurations.configuration_constants import PolicyTypes
from mug.rendering import Surface


class Listening(gymnasium.Env[dict[str, np.ndarray], dict[str, int]]):
    """Two agents who observe how many letters were said to them; what was heard is part of the state."""

    def __init__(self) -> None:
        agents = ("player_0", "player_1")
        self.action_space = gymnasium.spaces.Dict({agent: gymnasium.spaces.Discrete(2) for agent in agents})
        self.observation_space = gymnasium.spaces.Dict(
            {agent: gymnasium.spaces.Box(0, 1e6, (1,), np.float32) for agent in agents}
        )
        self.surface = Surface(width=100, height=100)
        self.letters = dict.fromkeys(agents, 0)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        super().reset(seed=seed)
        return self._observe(), {}

    def step(self, action: dict[str, int]) -> Any:
        return self._observe(), dict.fromkeys(self.letters, 0.0), False, False, {}

    def receive_message(self, sender: str, text: str, to: list[str]) -> None:
        if text == "break":
            raise ValueError("this was too much")
        for agent in to:
            self.letters[agent] += len(text)

    def render(self) -> Any:
        return self.surface.commit()

    def _observe(self) -> dict[str, np.ndarray]:
        return {agent: np.array([count], np.float32) for agent, count in self.letters.items()}


def spec(kit: Any, **changes: Any) -> Any:
    return kit.make_spec(
        Listening,
        policies={"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Random},
        default_action=0,
        action_mapping={"a": 1},
        **{"max_steps": 120, "fps": 60, **changes},
    )


def heard(link: Any) -> list[tuple[Any, ...]]:
    return [(s["episode"], s["step"], s["observations"], s["actions"]) for s in link.steps]


async def test_messages_are_observed_and_rebuilt(serve: Any, kit: Any) -> None:
    """What is said is observed by whom it is for, and a rebuilt game hears it at the same step."""
    async with serve(spec(kit)) as table:
        whole = table.open(seed=3)
        assert isinstance(whole.handle, HearingHandle)
        await whole.until(lambda: len(whole.steps) > 5)
        whole.handle.hear("player_1", "hello", ["player_0"])
        await whole.until_over()
        (note,) = [record for record in whole.stored if record["kind"] == "message"]
        assert (note["agent"], note["text"], note["to"]) == ("player_1", "hello", ["player_0"])
        observed = {(s["episode"], s["step"]): s["observations"] for s in whole.steps}
        at = note["step"]
        assert observed[1, at + 1]["player_0"] == [0]
        assert observed[1, at + 2] == {"player_0": [5], "player_1": [0]}
        place = [record["kind"] for record in whole.stored].index("message")
        again = table.open(seed=3, link=kit.Link(whole.lines[: place + 3]))
        await again.until_over()
        assert heard(again) == heard(whole)


async def test_an_environment_that_breaks_over_a_message(serve: Any, kit: Any) -> None:
    """The game ends as it does for any other fault, and the researcher reads where it was."""
    async with serve(spec(kit)) as table:
        link = table.open(seed=3)
        await link.until(lambda: len(link.steps) > 2)
        link.handle.hear("player_0", "break", ["player_1"])
        fault = await link.until_over()
        assert isinstance(fault, GameFailed)
        assert "this was too much" in fault.reason
