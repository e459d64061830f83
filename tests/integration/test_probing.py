"""People whose pages are too far from each other wait for others, and are not put together again."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import gymnasium
import numpy as np
import pytest

from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.core import matching, probing
from mug.rendering import Surface
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene, StartScene
from mug.testing.participants import HeadlessParticipant

NEAR, FAR = 40.0, 260.0


class Still(gymnasium.Env[Any, Any]):
    """Two players of whom nobody moves."""

    metadata = {"render_modes": ["mug"]}

    def __init__(self) -> None:
        names = ("player_0", "player_1")
        self.action_space = gymnasium.spaces.Dict({name: gymnasium.spaces.Discrete(2) for name in names})
        self.observation_space = gymnasium.spaces.Dict(
            {name: gymnasium.spaces.Box(0, 1, (1,), np.int64) for name in names}
        )
        self.surface = Surface(width=10, height=10)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        return self._look(), {}

    def step(self, actions: dict[str, int]) -> Any:
        return self._look(), dict.fromkeys(actions, 0.0), False, False, {}

    def _look(self) -> dict[str, Any]:
        return {"player_0": np.zeros(1, np.int64), "player_1": np.zeros(1, np.int64)}

    def render(self) -> Any:
        return self.surface.commit()


def experiment(**multiplayer: Any) -> ExperimentConfig:
    human = PolicyTypes.Human
    game = (
        GymScene()
        .scene(scene_id="game")
        .policies(policy_mapping={"player_0": human, "player_1": human})
        .environment(env_creator=Still)
        .runtime(run_through_pyodide=True)
        .multiplayer(**multiplayer)
    )
    scenes = [StartScene().scene(scene_id="welcome"), game, EndScene().scene(scene_id="thanks")]
    return ExperimentConfig().experiment(stager=Stager(scenes=scenes), experiment_id="probing")


async def begun(person: HeadlessParticipant, groups: int = 1) -> dict[str, Any]:
    """Wait until a page is asked to measure for so many groups in all, and return the last request."""

    def requests() -> list[dict[str, Any]]:
        return [said for said in person.said if said.get("type") == "probe"]

    await person.until(lambda: len(requests()) >= groups, patience=30)
    return requests()[groups - 1]


async def in_lobby(person: HeadlessParticipant) -> None:
    await person.until_scene("welcome")
    await person.advance()


async def measure(
    people: list[HeadlessParticipant], rtt: float | None, groups: tuple[int, int] = (1, 1)
) -> None:
    """The pages of a group, each their so-manieth, measure how far they are from each other."""
    requests = [await begun(person, count) for person, count in zip(people, groups, strict=True)]
    offers = [request["offer"] for request in requests]
    lower = min(range(2), key=lambda number: offers[number]["me"])
    way = "relay" if rtt is None else "direct"
    said = {"type": "way", "peer": 1, "way": way, "rtt": rtt}
    group = people[lower].ready_check["game"]
    await people[lower].send("runtime", {"game": group, "message": said})


async def test_who_is_near_plays(run_experiment: Any) -> None:
    async with (
        run_experiment(experiment(max_p2p_rtt_ms=150)) as running,
        running.arrive() as ann,
        running.arrive() as bob,
    ):
        await asyncio.gather(in_lobby(ann), in_lobby(bob))
        await measure([ann, bob], NEAR)
        await asyncio.gather(*(person.until(lambda person=person: person.game) for person in (ann, bob)))
        events = (running.data_dir / "journal" / "events.jsonl").read_text().splitlines()
        (probed,) = [event for event in map(json.loads, events) if event["kind"] == "peers_probed"]
        assert probed["fits"]
        assert [pair[2] for pair in probed["pairs"]] == [NEAR]


async def test_who_is_far_waits_for_somebody_else(run_experiment: Any) -> None:
    async with (
        run_experiment(experiment(max_p2p_rtt_ms=150)) as running,
        running.arrive() as ann,
        running.arrive() as bob,
    ):
        await in_lobby(ann)
        await ann.until(lambda: ann.lobby)
        await in_lobby(bob)
        await measure([ann, bob], FAR)
        for person in (ann, bob):
            await person.until(lambda person=person: "too slow" in person.lobby.get("text", ""))
        async with running.arrive() as eve:
            await in_lobby(eve)
            await measure([ann, eve], NEAR, groups=(2, 1))
            await asyncio.gather(*(person.until(lambda person=person: person.game) for person in (ann, eve)))
            assert not bob.game


async def test_who_reloads_while_it_is_measured_is_not_taken_to_be_far(
    run_experiment: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is known of two whose pages did not find each other; soon they are put together again."""
    monkeypatch.setattr(matching, "PROBE_SECONDS", 0.2)
    monkeypatch.setattr(probing, "UNREACHED_SECONDS", 1.0)
    async with (
        run_experiment(experiment(max_p2p_rtt_ms=150)) as running,
        running.arrive() as ann,
        running.arrive() as bob,
    ):
        await asyncio.gather(in_lobby(ann), in_lobby(bob))
        await asyncio.gather(begun(ann), begun(bob))
        await ann.reload()
        await bob.until(lambda: "too slow" in bob.lobby.get("text", ""))
        for person in (ann, bob):
            await person.send("rtt", 3.0)
            await person.send("rtt", 3.0)
        await asyncio.gather(
            *(person.until(lambda person=person: person.game, patience=30) for person in (ann, bob))
        )


async def test_who_is_not_reached_is_as_far_as_the_way_over_the_server(run_experiment: Any) -> None:
    """On one machine that is near: they play, through the server."""
    async with (
        run_experiment(experiment(max_p2p_rtt_ms=150)) as running,
        running.arrive() as ann,
        running.arrive() as bob,
    ):
        for person in (ann, bob):
            await person.until_scene("welcome")
            await person.send("rtt", 3.0)
            await person.advance()
        await measure([ann, bob], None)
        await asyncio.gather(*(person.until(lambda person=person: person.game) for person in (ann, bob)))


async def test_pages_that_measure_nothing_hold_nobody(run_experiment: Any) -> None:
    """After a few seconds it is decided by what is known."""
    async with (
        run_experiment(experiment(max_p2p_rtt_ms=150)) as running,
        running.arrive() as ann,
        running.arrive() as bob,
    ):
        for person in (ann, bob):
            await person.until_scene("welcome")
            await person.send("rtt", 3.0)
            await person.advance()
        await asyncio.gather(
            *(person.until(lambda person=person: person.game, patience=30) for person in (ann, bob))
        )
