"""A game in several browsers without any: the server's half, and pages that say what a test lets them say."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from mug_pyodide.following import FollowedGame
from mug_pyodide.group import GroupGame
from mug_pyodide.intake import packed, unpacked

from mug.components import GameFailed, GameSetup, GameUnplayable
from mug.configurations.configuration_constants import PolicyTypes
from mug.engine.seeds import derive_seed
from mug.peers import PeerTransport
from mug.scenes.gym_scene import GymScene
from mug.testing.conformance.table import RecordingLink
from mug.testing.envs import Meeting

SEED = 7
ANN, BOB = SEATS = ("player_0", "player_1")
SEATS_OF_THREE = (*SEATS, "player_2")


class Link(RecordingLink):
    """Also keeps what pages would be told, by seat."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, list[dict[str, Any]]] = {seat: [] for seat in SEATS_OF_THREE}
        self.packets: list[tuple[str, bytes]] = []

    def send(self, agent_id: Any, message: Any) -> None:
        self.told[agent_id].append(dict(message))

    def frame(self, agent_id: Any, payload: bytes) -> None:
        self.packets.append((agent_id, payload))


class Relay(PeerTransport):
    """Passes everything on, and remembers what it is told."""

    name = "relay"
    measures = frozenset({"rtt_ms", "loss"})

    def __init__(self, longest_ms: float | None = None) -> None:
        self.longest_ms = longest_ms

    def longest_rtt_ms(self, spec: Any) -> float | None:
        return self.longest_ms

    def connect(self, setup: GameSetup, say: Any, send: Any) -> Relay:
        self.say, self.send, self.log = say, send, list[Any]()
        self.notes: list[tuple[str, dict[str, Any]]] = []
        return self

    def offer(self, agent_id: Any) -> dict[str, Any]:
        self.notes.append((agent_id, {"kind": "page_began"}))
        return {"me": SEATS_OF_THREE.index(agent_id)}

    def receive(self, agent_id: Any, message: Any) -> dict[str, Any]:
        self.say(SEATS[1 - SEATS.index(agent_id)], message)
        return {"passed": True}

    def packet(self, agent_id: Any, payload: bytes) -> None:
        self.send(SEATS[1 - SEATS.index(agent_id)], payload)

    def take_notes(self) -> list[tuple[str, dict[str, Any]]]:
        notes, self.notes = self.notes, []
        return notes

    def gone(self, agent_id: Any) -> None:
        self.log.append(("gone", agent_id))

    def close(self) -> None:
        self.log.append("close")


class Page:
    """The page in one seat; it says what a test lets it say."""

    def __init__(self, room: Room, seat: str) -> None:
        self.room, self.seat, self.generation = room, seat, 0

    def say(self, kind: str, **fields: Any) -> Any:
        message = {"type": kind, "generation": self.generation, **fields}
        answer = self.room.game.receive(self.seat, message)
        self.generation = (answer or {}).get("generation", self.generation)
        return answer

    def hello(self, *, live: bool = False) -> Any:
        return self.say("hello", live=live)

    def come(self) -> Page:
        """Begin from the records, and be ready."""
        self.hello()
        assert "records" in self.say("begin")
        self.say("ready", resumed=0)
        return self

    def is_far(self, *rtts_ms: Any) -> Any:
        """Say how far the others are, in the order of their seats; None for one that is not heard."""
        others = [number for number, seat in enumerate(SEATS_OF_THREE) if seat != self.seat]
        return self.say("links", links=[list(pair) for pair in zip(others, rtts_ms, strict=False)])

    def send(self, first: int, *lines: bytes) -> Any:
        return self.say("records", first=first, data=packed(lines))

    def history(self, first: int = 0) -> list[bytes]:
        return unpacked(self.say("history", **{"from": first})["data"])

    @property
    def told(self) -> list[dict[str, Any]]:
        return self.room.link.told[self.seat]


class Room:
    """A game with two pages, or more."""

    def __init__(
        self,
        history: Sequence[bytes] = (),
        *,
        people: int = 2,
        runtime: Any = None,
        longest_ms: float | None = None,
        **multiplayer: Any,
    ) -> None:
        seats = SEATS_OF_THREE[:people]
        scene = (
            GymScene()
            .scene(scene_id="game")
            .environment(env_creator=Meeting)
            .policies(policy_mapping=dict.fromkeys(seats, PolicyTypes.Human))
            .gameplay(action_mapping={"ArrowLeft": 1}, default_action=0, num_episodes=2)
            .multiplayer(**multiplayer)
            .runtime(runtime="pyodide", **(runtime or {}))
        )
        scene.freeze()
        self.link = Link()
        self.link.lines += history
        self.closed: list[FollowedGame] = []
        self.peers = Relay(longest_ms)
        subjects = dict.fromkeys(seats, "s")
        setup = GameSetup(
            "g1", "game", scene.game_spec(), SEED, subjects, history=list(history), peers=self.peers
        )
        self.game = GroupGame(setup, self.link, (), "scene-1.bin", self.closed.append)
        self.pages = {seat: Page(self, seat) for seat in seats}
        self.ann, self.bob = self.pages[ANN], self.pages[BOB]
        if history:
            for seat in SEATS:
                if not self.game.over:
                    self.game.player_returned(seat)

    def events(self) -> list[str]:
        return [type(entry.event).__name__ for entry in self.link.log if entry.event is not None]

    def kinds(self) -> list[str]:
        return [json.loads(content)["kind"] for content in self.link.lines]

    def records(self, kind: str) -> list[dict[str, Any]]:
        return [record for line in self.link.lines if (record := json.loads(line))["kind"] == kind]


def line(kind: str, /, mono: float = 0.5, **fields: Any) -> bytes:
    """A record; what the pages have alike of it comes first."""
    record = {"kind": kind, **fields, "wall": 1, "mono": mono}
    return json.dumps(record, separators=(",", ":")).encode()


def step(number: int, *, mono: float = 0.5, reward: float = 1.0) -> bytes:
    rewards, actions = dict.fromkeys(SEATS, reward), dict.fromkeys(SEATS, 0)
    place = {"episode": 1, "step": number, "frame": number}
    return line("step", mono, **place, rewards=rewards, actions=actions)


BEGUN = (line("game_start", seed=SEED), line("episode_start", episode=1, seed=derive_seed(SEED, 1), frame=0))


def playing(**wishes: Any) -> Room:
    """A room in which a game was begun, and three steps are stored."""
    room = Room(**wishes)
    for page in room.pages.values():
        page.come()
    for page in room.pages.values():
        page.is_far(20.0)
    room.game.start()
    assert room.ann.send(0, *BEGUN, step(1), step(2), step(3)) == {"next": 5}
    return room


async def ended(room: Room) -> str:
    """Wait until the game is over because something does not work; return why."""
    for _ in range(200):
        for entry in room.link.log:
            if isinstance(entry.event, GameFailed | GameUnplayable):
                return entry.event.reason
        await asyncio.sleep(0.05)
    raise AssertionError("the game goes on")
