"""Games recorded as browsers record them, without a browser."""

from __future__ import annotations

import copy
import dataclasses
import json
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import gymnasium
import numpy as np
import pytest

from mug.configurations.configuration_constants import PolicyTypes
from mug.engine.records import plain
from mug.game.building import build_engine
from mug.game.seats import Seats
from mug.game.spec import GameSpec
from mug.records import decode, encode
from mug.scenes.gym_scene import GymScene

SEED = 41


def make_spec(env: Callable[..., Any] | str, **changes: Any) -> GameSpec:
    """A scene in which ``player_0`` is a person with three keys, unless ``policies`` says otherwise."""
    policies = changes.pop("policies", {"player_0": PolicyTypes.Human})
    actions = changes.pop("actions", (0, 1, 2))
    humans = [agent for agent, policy in policies.items() if policy is PolicyTypes.Human]
    scene = (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=env)
        .policies(policy_mapping=policies)
        .gameplay(
            default_action=changes.pop("default_action", actions[0]),
            action_mapping={f"Digit{place}": action for place, action in enumerate(actions)},
        )
        .multiplayer(num_players=max(1, len(humans)), player_ids=humans)
    )
    scene.freeze()
    return dataclasses.replace(scene.game_spec(), **{"max_steps": 60, **changes})


class Recording:
    """A game's records, to be looked at and tampered with."""

    def __init__(self, records: list[dict[str, Any]]) -> None:
        self.records = records

    @property
    def lines(self) -> list[bytes]:
        return [encode(record) for record in self.records]

    def steps(self, episode: int = 1) -> list[dict[str, Any]]:
        """The step records of an episode; changing them changes the recording."""
        return [r for r in self.records if r["kind"] == "step" and r["episode"] == episode]

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [record for record in self.records if record["kind"] == kind]

    def copy(self) -> Recording:
        return Recording(copy.deepcopy(self.records))


def record(
    spec: GameSpec,
    steps: int = 10_000,
    *,
    seed: int = SEED,
    runtime: str = "pyodide",
    drawn: bool = False,
) -> Recording:
    """Play a game with random keys, of which every few steps none is pressed, and record it.

    ``steps`` is after how many steps of each episode the participant leaves, if it is not over by then.
    """
    people = {agent: f"subject-{agent}" for agent in spec.humans}
    engine = build_engine(spec, Seats(spec, people, {}), seed, global_generators=runtime != "server")
    random = np.random.default_rng(7)
    records: list[Mapping[str, Any]] = [
        {
            "kind": "game_start", "runtime": runtime, "seed": seed, "scene_id": spec.scene_id,
            "participants": {str(agent): subject for agent, subject in people.items()},
        }
    ]  # fmt: skip
    totals: dict[str, float] = {}
    while engine.phase != "over":
        records.append(plain(engine.begin_episode()))
        if drawn:
            engine.render()
        while engine.phase == "playing" and engine.step_number < steps:
            submitted = {
                agent: spec.controls[agent].actions[int(random.integers(len(spec.controls[agent].actions)))]
                for agent in spec.humans
                if random.integers(4)
            }
            step = engine.advance(submitted)
            if drawn:
                engine.render()
            line = plain(step)
            if not step.done:
                del line["done"], line["reason"]
            records.append(line)
        if engine.phase == "playing":
            records.append(plain(engine.end("player_left")))
        else:
            assert engine.episode_end is not None
            records.append(plain(engine.episode_end))
        for agent, reward in records[-1]["rewards"].items():
            totals[str(agent)] = totals.get(str(agent), 0.0) + reward
    records.append({"kind": "game_end", "reason": "completed", "rewards": totals})
    return Recording([decode(encode(one)) for one in records])


class Noisy(gymnasium.Wrapper[Any, Any, Any, Any]):
    """Another arithmetic: after each step the state is off by some last places, as WebAssembly's would be."""

    def step(self, action: Any) -> Any:
        found = super().step(action)
        random = np.random.default_rng(zlib.crc32(str(self.unwrapped.state).encode()))
        state = np.asarray(self.unwrapped.state, dtype=np.float64)
        off = random.integers(-1, 2, state.shape) * np.finfo(np.float64).eps
        self.unwrapped.state = state * (1 + off)
        return found


@pytest.fixture
def kit() -> Any:
    """The helpers of this file, which tests cannot import."""
    return Kit


class Kit:
    make_spec = staticmethod(make_spec)
    record = staticmethod(record)
    Recording = Recording
    Noisy = Noisy
    SEED = SEED
    json = json
