"""Several pages of one game without browsers: a clock and a network of their own, and the people at them."""

from __future__ import annotations

import dataclasses
import heapq
import itertools
import json
import random
from collections.abc import Callable, Mapping
from typing import Any

import gymnasium
import numpy as np
from mug_ggpo.in_browser.game import RollbackGame
from mug_pyodide.in_browser.json_frames import JsonFrames

from mug.configurations.configuration_constants import PolicyTypes
from mug.game.json_lines import encode
from mug.game.loop import Game
from mug.game.pace import AtOnce
from mug.game.spec import GameSpec
from mug.game.venue import Venue
from mug.rendering import Surface
from mug.scenes.gym_scene import GymScene

SIZE = 12
NOOP, LEFT, RIGHT = 0, 1, 2


class Hunt(gymnasium.Env[Any, Any]):
    """Players on a line chase a prize that jumps when it is caught; where to, the generator says."""

    metadata = {"render_modes": ["mug"]}

    def __init__(self, players: int = 2, length: int = 120) -> None:
        self.render_mode = "mug"
        self.names = [f"player_{number}" for number in range(players)]
        self.action_space = gymnasium.spaces.Dict({name: gymnasium.spaces.Discrete(3) for name in self.names})
        self.observation_space = gymnasium.spaces.Dict(
            {name: gymnasium.spaces.Box(-1, SIZE, (players + 1,), np.int64) for name in self.names}
        )
        self.surface = Surface(width=SIZE * 20, height=20)
        self.length = length
        self.places = np.zeros(players, np.int64)
        self.prize = 0
        self.steps = 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.surface.reset()
        self.steps = 0
        self.places[:] = np.arange(len(self.names)) * 3
        self.prize = int(self.np_random.integers(0, SIZE))
        return self.observe(), {}

    def step(self, actions: dict[str, int]) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        self.steps += 1
        rewards = dict.fromkeys(self.names, 0.0)
        for number, name in enumerate(self.names):
            move = {LEFT: -1, RIGHT: 1}.get(int(actions[name]), 0)
            self.places[number] = min(SIZE - 1, max(0, self.places[number] + move))
            if self.places[number] == self.prize:
                rewards[name] = 1.0
                self.prize = int(self.np_random.integers(0, SIZE))
        return self.observe(), rewards, self.steps >= self.length, False, {}

    def observe(self) -> dict[str, Any]:
        return {name: np.array([*self.places, self.prize], np.int64) for name in self.names}

    def render(self) -> Any:
        self.surface.rect(x=self.prize * 20, y=0, width=20, height=20, color="green", id="prize")
        for place in self.places:
            self.surface.circle(x=int(place) * 20 + 10, y=10, radius=8, color="blue")
        return self.surface.commit()


def make_spec(env: Callable[..., Any] = Hunt, players: int = 2, **changes: Any) -> GameSpec:
    """A scene that several people play, each in their own browser."""
    human = PolicyTypes.Human
    mapping = changes.pop("policies", {f"player_{number}": human for number in range(players)})
    scene = (
        GymScene()
        .scene(scene_id="game")
        .policies(policy_mapping=mapping)
        .environment(env_creator=env)
        .runtime(run_through_pyodide=True)
        .gameplay(default_action=NOOP, action_mapping={"ArrowLeft": LEFT, "ArrowRight": RIGHT})
        .multiplayer(**changes.pop("multiplayer", {}))
    )
    assert scene.problems() == []
    defaults = {"fps": 30, "num_episodes": 2, "reset_freeze_s": 0.5, "peer_game": RollbackGame}
    return dataclasses.replace(scene.game_spec(), **{**defaults, **changes})


def venue(clock: Callable[[], float]) -> Venue:
    return Venue(
        runtime="pyodide",
        encode=encode,
        wall_ms=lambda: int(clock() * 1000),
        frames=JsonFrames(),
        starts=AtOnce(),
        replay_slice=1.0,
        global_generators=False,
    )


@dataclasses.dataclass(frozen=True)
class Network:
    """How packets travel: one way, in seconds; the share that is lost."""

    delay: float = 0.025
    jitter: float = 0.0
    loss: float = 0.0


class Page:
    """One page: its game, its clock, and what came out of it."""

    def __init__(
        self, world: Pages, me: int, incarnation: int, history: list[bytes], checkpoint: bytes
    ) -> None:
        self.world = world
        self.me = me
        self.records: list[bytes] = list(history)
        self.notes: list[dict[str, Any]] = []
        self.frames: list[dict[str, Any]] = []
        self.events: list[list[Any]] = []
        self.gone = False
        self.due: float | None = 0.0
        self.skew = world.skews.get(me, 1.0)
        self.game = RollbackGame(world.spec, self._opening(incarnation, history), venue(lambda: world.now))
        if checkpoint:
            self.game.resume_from(checkpoint)
        self.next_input = world.now
        self.person = random.Random(f"{world.seed} {me}")
        self.held: int | None = None
        self.seq = 0

    def _opening(self, incarnation: int, history: list[bytes]) -> dict[str, Any]:
        seats = list(self.world.seats)
        incarnations = [1] * len(seats)
        incarnations[self.me] = incarnation
        peers = {
            "me": self.me,
            "seats": seats,
            "session": 77,
            "incarnations": incarnations,
            "max_rollback_frames": self.world.spec.ggpo_max_rollback_frames,
            "input_delay_frames": self.world.spec.ggpo_input_delay_frames,
        }
        return {
            "game_id": "g",
            "seed": self.world.seed,
            "participants": [[seat, f"subject {seat}"] for seat in seats],
            "policies": [],
            "history": history,
            "peers": peers,
            "scene_pack": "pack",
            "returned": incarnation > 1,
            "seat": seats[self.me],
        }

    @property
    def now(self) -> float:
        return self.world.now * self.skew

    def act(self) -> None:
        """The person before the page presses and releases keys."""
        while self.next_input <= self.world.now:
            self.next_input += self.person.expovariate(1 / self.world.hold)
            self.held = self.person.choice([None, 0, 1])
            self.seq += 1
            self.game.seats.inputs[self.world.seats[self.me]].press(self.held, self.seq, self.now)

    def turn(self) -> None:
        """Take what the game has to say."""
        game = self.game
        try:
            game.turn(self.now)
        except Exception as error:
            game.fail(error, self.now)
        self.records += game.ledger.take_lines()
        self.notes += [json.loads(line) for line in game.take_notes()]
        for target, *rest in game.output.take():
            if target == -1:
                self.events.append(rest)
            else:
                self.frames.append(rest[0])
        self.world.post(self.me, game.take_packets())
        self.due = game.next_due(self.now)

    @property
    def told(self) -> list[str]:
        return [str(event[0]) for event in self.events]

    @property
    def links(self) -> list[Any]:
        """What was said of how far the others are."""
        return [event[1] for event in self.events if event[0] == "links"]

    @property
    def canonical(self) -> list[bytes]:
        """The records as all pages should have them."""
        return [line[: line.rindex(b',"wall":')] for line in self.records]


class Pages:
    """A world with several pages in it."""

    def __init__(
        self,
        spec: GameSpec,
        network: Network | None = None,
        *,
        seed: int = 1,
        skews: Mapping[int, float] | None = None,
        hold: float = 0.35,
        starts: Mapping[int, float] | None = None,
    ) -> None:
        self.spec = spec
        self.network = network or Network()
        self.seed = seed
        self.skews = dict(skews or {})
        self.hold = hold
        self.now = 100.0
        self.seats = spec.humans
        self._random = random.Random(seed)
        self._order = itertools.count()
        self._flying: list[tuple[float, int, int, int, bytes]] = []
        self.packets = dict.fromkeys(range(len(self.seats)), 0)
        """How many packets each has sent."""
        self.cut: set[int] = set()
        """Whose packets get lost."""
        self._started: set[int] = set()
        self.starts = dict(starts or {})
        """How many seconds pages may wait until they are started."""
        self._begun = self.now
        self.pages = [Page(self, number, 1, [], b"") for number in range(len(self.seats))]

    def post(self, sender: int, packets: list[tuple[int, bytes]]) -> None:
        network = self.network
        for peer, packet in packets:
            self.packets[sender] += 1
            if self._random.random() < network.loss or {sender, peer} & self.cut:
                continue
            arrival = self.now + network.delay + self._random.uniform(-network.jitter, network.jitter)
            heapq.heappush(self._flying, (arrival, next(self._order), peer, sender, packet))

    def run(self, until: Callable[[], bool], most: float = 120.0) -> None:
        """Let time pass until something is so."""
        end = self.now + most
        while not until():
            assert self.now < end, f"after {most} s: {[page.told[-5:] for page in self.pages]}"
            self._go_on()

    def run_for(self, seconds: float) -> None:
        end = self.now + seconds
        self.run(lambda: self.now >= end, seconds + 1)

    def play(self) -> None:
        """Play to the end."""
        self.run(lambda: all("over" in page.told or "failed" in page.told for page in self.pages))

    def _go_on(self) -> None:
        self.now += 0.001
        while self._flying and self._flying[0][0] <= self.now:
            _, _, peer, sender, packet = heapq.heappop(self._flying)
            page = self.pages[peer]
            if not page.gone and page.game.receive(sender, packet, page.now):
                page.turn()
        for page in self.pages:
            if page.gone:
                continue
            page.act()
            if page.due is not None and page.due <= page.now:
                page.turn()
            late = self.now - self._begun < self.starts.get(page.me, 0.0)
            if page.me not in self._started and page.game.built and not late:
                self._started.add(page.me)
                page.game.start(page.now)
                page.turn()

    def come_back(self, me: int, history: list[bytes], checkpoint: bytes, incarnation: int) -> None:
        """The page of a peer was reloaded."""
        self.pages[me] = Page(self, me, incarnation, history, checkpoint)
        self._started.discard(me)


def alone(spec: GameSpec, seed: int) -> Game:
    """The same game in one place."""
    return Game(
        dataclasses.replace(spec, peer_game=None),
        {
            "game_id": "g",
            "seed": seed,
            "participants": [[seat, f"subject {seat}"] for seat in spec.humans],
            "policies": [],
            "history": [],
        },
        venue(lambda: 0.0),
    )


def native(spec: GameSpec, seed: int, records: list[bytes]) -> list[bytes]:
    """What one engine makes of the recorded inputs: the steps, as records without their times."""
    game = alone(spec, seed)
    taken = {
        (record["episode"], record["step"]): record["actions"]
        for record in map(json.loads, records)
        if record["kind"] == "step"
    }
    now = 0.0
    while game.next_due(now) is not None:
        game.start(now)
        game.turn(now)
        now += 0.02
        engine = game._construction.engine
        assert engine is not None
        actions = taken.get((engine.episode, engine.step_number + 1), {})
        for seat, player in game.seats.inputs.items():
            names = spec.controls[seat].actions
            action = actions.get(str(seat), NOOP)
            player.press(names.index(action) if action in names else None, 0, now)
    lines = game.ledger.take_lines()
    return [line for line in lines if b'"kind":"step"' in line]


def steps(lines: list[bytes]) -> list[dict[str, Any]]:
    """The steps among records, without when and how they were made."""
    parts = ("episode", "step", "observations", "actions", "rewards", "terminated", "extra", "done", "reason")
    records = [record for record in map(json.loads, lines) if record["kind"] == "step"]
    return [{part: record.get(part) for part in parts} for record in records]
