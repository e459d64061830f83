"""A runtime without a web server: what it says is recorded, and scenes are made in one line."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import importlib.util
import json
import os
import select
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import attrs
import gymnasium
import msgpack
import numpy as np
import pytest
from mug_server_mode.frames import HEADER
from mug_server_mode.runtime import ServerRuntime

from mug.components import (
    AgentId,
    GameEvent,
    GameFailed,
    GameHandle,
    GameOver,
    GameReady,
    GameSetup,
    PlayerInput,
    StoreError,
)
from mug.configurations.configuration_constants import PolicyTypes
from mug.game.spec import GameSpec
from mug.game.views import DELTA, FULL, HEARTBEAT
from mug.rendering import Surface
from mug.rendering.replica import Replica
from mug.scenes.gym_scene import GymScene

PATIENCE = 30.0
GRID_FILE = Path(__file__).parents[3] / "examples" / "coordination_grid" / "coordination_grid_env.py"


def load_grid() -> type[gymnasium.Env[Any, Any]]:
    spec = importlib.util.spec_from_file_location("coordination_grid_env", GRID_FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: type[gymnasium.Env[Any, Any]] = module.CoordinationGridEnv
    return found


class Walk(gymnasium.Env[np.ndarray, int]):
    """One agent on a line of ten cells; draws a square. Random wind makes its seed matter."""

    def __init__(self, render_mode: str = "mug") -> None:
        self.action_space = gymnasium.spaces.Discrete(3)
        self.observation_space = gymnasium.spaces.Box(-1000, 1000, (2,), np.float64)
        self.surface = Surface(width=100, height=10)
        self.place = 0
        self.wind = 0.0

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=seed)
        self.surface.reset()
        self.place, self.wind = 0, float(self.np_random.random())
        return self.observe(), {}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        self.place = max(-900, min(900, self.place + action - 1))
        self.wind += float(self.np_random.random())
        return self.observe(), float(action), False, False, {"place": self.place}

    def observe(self) -> np.ndarray:
        return np.array([self.place, self.wind])

    def render(self) -> Any:
        self.surface.rect(x=10 * self.place, y=0, width=10, height=10, color="red")
        return self.surface.commit()


@attrs.define(eq=False)
class Frame:
    kind: int
    flags: int
    episode: int
    frame: int
    step: int
    ack: int
    body: Any

    @classmethod
    def of(cls, payload: bytes) -> Frame:
        head = HEADER.unpack_from(payload)
        rest = payload[HEADER.size :]
        return cls(*head, msgpack.unpackb(rest, use_list=True, strict_map_key=False) if rest else None)


class Link:
    """Records what the runtime says, in order, and checks what must hold for every game.

    ``log`` holds ("record", kind), ("frame", seat, Frame) and ("event", event). ``refuse`` makes the store
    fail.
    """

    def __init__(self, history: Sequence[bytes] = ()) -> None:
        self.lines: list[bytes] = list(history)
        self.log: list[tuple[Any, ...]] = []
        self.handle: GameHandle
        self.refuse = False
        self.offers = 0
        self.autostart = True
        self.pictures: dict[AgentId, Replica] = {}
        self.huds: dict[AgentId, str] = {}
        self._changed = asyncio.Event()

    def records(self, entries: Sequence[tuple[str, bytes]]) -> None:
        self.offers += 1
        self._changed.set()
        if self.refuse:
            raise StoreError("the disk is full")
        for kind, line in entries:
            assert json.loads(line)["kind"] == kind
            self.lines.append(line)
            self.log.append(("record", kind))

    def frame(self, agent_id: AgentId, payload: bytes) -> None:
        frame = Frame.of(payload)
        self.log.append(("frame", agent_id, frame))
        if frame.kind != HEARTBEAT:
            picture = self.pictures.setdefault(agent_id, Replica())
            picture.apply(frame.body[:2], full=frame.kind == FULL)
            if len(frame.body) == 3:
                assert frame.flags == 1
                self.huds[agent_id] = frame.body[2]
        self._changed.set()

    def event(self, event: GameEvent) -> None:
        self.log.append(("event", event))
        if isinstance(event, GameReady) and self.autostart:
            self.handle.start()
        self._changed.set()

    def history(self) -> Sequence[bytes]:
        return list(self.lines)

    # ------------------------------------------------------------------------------- looking at it

    @property
    def stored(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [record for record in self.stored if record["kind"] == kind]

    @property
    def steps(self) -> list[dict[str, Any]]:
        return self.of_kind("step")

    @property
    def events(self) -> list[GameEvent]:
        return [entry[1] for entry in self.log if entry[0] == "event"]

    def frames(self, seat: AgentId, *kinds: int) -> list[Frame]:
        wanted = kinds or (DELTA, FULL, HEARTBEAT)
        return [
            entry[2]
            for entry in self.log
            if entry[0] == "frame" and entry[1] == seat and entry[2].kind in wanted
        ]

    @property
    def over(self) -> GameOver | GameFailed | None:
        last = self.events[-1:] or [None]
        return last[0] if isinstance(last[0], GameOver | GameFailed) else None

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something holds; it is asked whenever the runtime said something."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                assert self.over is None, f"this never came, and the game is over: {self.over}"
                self._changed.clear()
                await self._changed.wait()

    async def until_over(self) -> GameOver | GameFailed:
        await self.until(lambda: self.over)
        assert self.over is not None
        return self.over

    async def until_steps(self, count: int) -> None:
        await self.until(lambda: self.over or sum(entry == ("record", "step") for entry in self.log) >= count)
        assert not isinstance(self.over, GameFailed), self.over


class Table:
    """A running runtime at which games are opened."""

    def __init__(self, runtime: ServerRuntime, specs: dict[str, GameSpec]) -> None:
        self.runtime = runtime
        self.specs = specs
        self._count = 0

    def open(self, scene: str = "game", *, seed: int = 1, link: Link | None = None, **fields: Any) -> Link:
        self._count += 1
        link = link or Link()
        spec = self.specs[scene]
        participants = {agent_id: f"subject-{agent_id}" for agent_id in spec.humans}
        setup = GameSetup(
            game_id=f"g{self._count}",
            scene_id=scene,
            spec=spec,
            seed=seed,
            **{"participants": participants, "history": tuple(link.lines), **fields},
        )
        link.handle = self.runtime.open(setup, link)
        return link

    @property
    def pids(self) -> list[int]:
        return [worker["pid"] for worker in self.runtime.health()["workers"]]  # type: ignore[attr-defined]


def make_spec(env: Callable[..., Any] | str = Walk, **changes: Any) -> GameSpec:
    """A scene in which every agent is a person, unless ``policies`` says otherwise."""
    policies = changes.pop("policies", {"player_0": PolicyTypes.Human})
    humans = [agent_id for agent_id, policy in policies.items() if policy is PolicyTypes.Human]
    gameplay = {
        "default_action": changes.pop("default_action", 1),
        "action_mapping": changes.pop("action_mapping", {"ArrowLeft": 0, "ArrowRight": 2}),
    }
    if "pointer" in changes:
        gameplay["pointer"] = changes.pop("pointer")
    calls = changes.pop("policy_functions", {})
    scene = (
        GymScene()
        .scene(scene_id=changes.pop("scene_id", "game"))
        .environment(env_creator=env)
        .policies(policy_mapping=policies, **calls)
        .gameplay(**gameplay)
        .multiplayer(num_players=max(1, len(humans)), player_ids=humans)
    )
    scene.freeze()
    defaults = {"fps": 1000, "max_steps": 50}
    return dataclasses.replace(scene.game_spec(), **{**defaults, **changes})


def press(seq: int, action: int | None) -> PlayerInput:
    return PlayerInput("held", seq, action)


async def until_gone(pid: int) -> None:
    """Wait until a process, somebody else's child perhaps, has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        assert await asyncio.to_thread(poll.poll, PATIENCE * 1000), f"process {pid} lives on"
    finally:
        os.close(descriptor)


@pytest.fixture
def serve() -> Callable[..., contextlib.AbstractAsyncContextManager[Table]]:
    """Return a function that runs a runtime for some specs: ``async with serve(spec) as table``."""

    @contextlib.asynccontextmanager
    async def run(*specs: GameSpec, **settings: Any) -> AsyncIterator[Table]:
        by_id = {spec.scene_id: spec for spec in specs}
        runtime = ServerRuntime(**{"workers": 1, **settings})
        runtime.prepare(by_id)
        await runtime.start()
        try:
            yield Table(runtime, by_id)
        finally:
            await runtime.stop()

    return run


@pytest.fixture
def kit() -> Any:
    """The helpers of this file, which tests cannot import."""
    return Kit


@pytest.fixture
def grid_spec(kit: Any) -> Callable[..., GameSpec]:
    """Return a function that makes the coordination grid for two people."""

    def make(**changes: Any) -> GameSpec:
        return make_spec(
            load_grid(), policies=kit.TWO, default_action=4, action_mapping=kit.ARROWS, **changes
        )

    return make


class Kit:
    TWO = {"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Human}
    ARROWS = {"ArrowUp": 0, "ArrowDown": 1, "ArrowLeft": 2, "ArrowRight": 3}
    Link = Link
    Walk = Walk
    Frame = Frame
    load_grid = staticmethod(load_grid)
    make_spec = staticmethod(make_spec)
    press = staticmethod(press)
    until_gone = staticmethod(until_gone)
    patience = PATIENCE
