"""A worker without a browser: gives a player its turns by a clock of its own, and keeps what comes."""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
import pytest
from mug_pyodide.in_browser import player as player_module
from mug_pyodide.in_browser.json_frames import JsonFrames
from mug_pyodide.in_browser.player import Player

from mug.configurations.configuration_constants import PolicyTypes
from mug.game.loop import Game
from mug.game.pace import AtOnce
from mug.game.spec import GameSpec
from mug.game.venue import Venue
from mug.records import encode
from mug.rendering import Surface
from mug.rendering.replica import Replica
from mug.scenes.gym_scene import GymScene

MOST_TURNS = 20_000
TIMES = {"wall", "mono", "late_ms", "waited_ms", "fps", "ms_per_tick", "runtime", "versions"}
"""Fields that say when and where a game was played, not how."""


class Walk(gymnasium.Env[np.ndarray, int]):
    """One agent on a line; everything random that Python has decides about the wind."""

    def __init__(self, render_mode: str = "mug") -> None:
        self.action_space = gymnasium.spaces.Discrete(3)
        self.observation_space = gymnasium.spaces.Box(-1000, 1000, (3,), np.float32)
        self.surface = Surface(width=100, height=10)
        self.place = 0
        self.wind = random.random()

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=seed)
        self.surface.reset()
        self.place = 0
        return self.observe(), {}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        self.place += action - 1
        self.wind += float(self.np_random.random()) + random.random() + float(np.random.random())
        return self.observe(), float(action), self.place >= 30, False, {"place": self.place}

    def observe(self) -> np.ndarray:
        return np.array([self.place, self.wind, 0.1], np.float32)

    def render(self) -> Any:
        self.surface.rect(x=self.place, y=0, width=10, height=10, color="red", id="walker")
        return self.surface.commit()


def make_spec(env: Callable[..., Any] | None = Walk, **changes: Any) -> GameSpec:
    """A scene that one person plays in the browser."""
    policies = changes.pop("policies", {"player": PolicyTypes.Human})
    runtime = {"run_through_pyodide": True, **changes.pop("runtime", {})}
    scene = (
        GymScene()
        .scene(scene_id="game")
        .policies(policy_mapping=policies)
        .runtime(**runtime)
        .gameplay(default_action=1, action_mapping={"ArrowLeft": 0, "ArrowRight": 2})
    )
    if env is not None:
        scene.environment(env_creator=env)
    assert scene.problems() == []
    defaults = {"fps": 10, "max_steps": 25, "num_episodes": 2, "reset_freeze_s": 1.0}
    return dataclasses.replace(scene.game_spec(), **{**defaults, **changes})


def pressed_at(step: int) -> int:
    """Which action is held before a step: left (0) or right (1) by turns of three, -1 is none."""
    return (step // 3) % 3 - 1


class Worker:
    """Gives a player its turns. Inputs depend on the number of steps so far, so that they can be repeated."""

    def __init__(self, spec: GameSpec, now: float = 100.0, **setup: Any) -> None:
        self.player = Player(SCENES.put(spec))
        self.now = now
        self.lines: list[bytes] = []
        self.frames: list[dict[str, Any]] = []
        self.events: list[list[Any]] = []
        self.picture = Replica()
        self.inferences: list[dict[str, Any]] = []
        self.run_model: Callable[[Mapping[str, Any], Callable[[str], Any]], Sequence[Any]] | None = None
        self.due: float | None = 0.0
        self.setup = {
            "game_id": "g1",
            "seed": 5,
            "participants": [["player", "somebody"]],
            "clock_offset_ms": 0,
            **setup,
        }

    def open(self) -> Worker:
        self.player.open(json.dumps(self.setup))
        return self

    def resume(self, lines: Sequence[bytes], snapshot: bytes | None = None, records: int = 0) -> Worker:
        """Go on from what another worker recorded."""
        self.open()
        accepted = snapshot is not None and self.player.take_snapshot(snapshot)
        tail = list(lines[records:] if accepted else lines)
        self.lines = list(lines)
        middle = len(tail) // 2
        self.player.take_history(b"\n".join(tail[:middle]))
        self.player.take_history(b"\n".join(tail[middle:]))
        return self

    def start(self) -> Worker:
        self.player.command(self.now, "start", "")
        return self

    def turn(self) -> dict[str, Any]:
        """One turn, now."""
        index = pressed_at(len(self.steps))
        self.player.input(self.now, 1, len(self.lines), index, 0.0, 0.0)
        reply: dict[str, Any] = json.loads(self.player.turn(self.now))
        self.lines += [line.encode() for line in reply["records"]]
        self.events += reply["events"]
        if "frame" in reply:
            frame = reply["frame"]
            self.frames.append(frame)
            if frame["kind"] != "beat":
                self.picture.apply([frame["set"], frame["removed"]], full=frame["kind"] == "full")
        for number, wanted in enumerate(reply["infer"]):
            assert self.run_model is not None
            self.inferences.append(wanted)
            self.player.answer(
                number, self.run_model(wanted, lambda name, n=number: self.player.feed(n, name))
            )
        self.due = reply["due"]
        return reply

    def run(self, until: Callable[[], object] | None = None) -> Worker:
        """Play until something holds, or to the end."""
        for _ in range(MOST_TURNS):
            if self.due is None or (until is not None and until()):
                return self
            self.now += self.due
            self.turn()
        raise AssertionError(f"this never came; the last events are {self.events[-3:]}")

    def run_to_step(self, count: int) -> Worker:
        return self.run(lambda: len(self.steps) >= count)

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]

    @property
    def steps(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines if b'"kind":"step"' in line]

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [record for record in self.records if record["kind"] == kind]


class Scenes:
    """Stands for packing: a blob is the name of a spec here."""

    def __init__(self) -> None:
        self._specs: dict[bytes, GameSpec] = {}

    def put(self, spec: GameSpec) -> bytes:
        blob = repr((spec.env_code, spec.make_env)).encode()
        self._specs[blob] = spec
        return blob

    def load(self, blob: bytes) -> GameSpec:
        return self._specs[blob]


SCENES = Scenes()


@pytest.fixture(autouse=True)
def scenes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packing has tests of its own."""
    monkeypatch.setattr(player_module, "load_scene", SCENES.load)


def play_on_server(spec: GameSpec, seed: int = 5) -> list[dict[str, Any]]:
    """The records of the same game, played as a worker of the server does it but for its generators."""
    venue = Venue(
        runtime="server",
        encode=encode,
        wall_ms=lambda: 0,
        frames=JsonFrames(),
        starts=AtOnce(),
        replay_slice=0.05,
        global_generators=True,
    )
    opening = {"game_id": "g1", "seed": seed, "participants": [("player", "somebody")]}
    game = Game(spec, {**opening, "policies": [], "history": []}, venue)
    now, lines, steps = 100.0, [], 0
    game.turn(now)
    game.start(now)
    while (due := game.next_due(now)) is not None:
        now = max(now, due)
        index = pressed_at(steps)
        game.seats.inputs["player"].press(None if index < 0 else index, len(lines), now)
        game.turn(now)
        new = game.ledger.take_lines()
        lines += new
        steps += sum(b'"kind":"step"' in line for line in new)
    return [json.loads(line) for line in lines]


def timeless(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Records without the fields that say when and where."""
    return [{key: value for key, value in record.items() if key not in TIMES} for record in records]


class Kit:
    Walk = Walk
    Worker = Worker
    make_spec = staticmethod(make_spec)
    play_on_server = staticmethod(play_on_server)
    timeless = staticmethod(timeless)


@pytest.fixture
def kit() -> Any:
    """The helpers of this file, which tests cannot import."""
    return Kit
