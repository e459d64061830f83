"""A game at a runtime, with everything the runtime says written down in the order in which it says it."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import attrs

from mug.components import (
    AgentId,
    EpisodeEnded,
    GameEvent,
    GameFailed,
    GameHandle,
    GameOver,
    GameReady,
    GameSetup,
    PlayerInput,
    Runtime,
    StoreError,
)
from mug.game.spec import GameSpec
from mug.testing.conformance.failure import ConformanceError, blaming, require
from mug.testing.envs import Meeting

Event = TypeVar("Event", bound=GameEvent)
Factory = Callable[[], Runtime]
PATIENCE = 20.0
"""Seconds after which something that has not happened counts as not happening."""
HEADER = struct.Struct("<BBHIII")
DELTA, FULL, HEARTBEAT = 1, 2, 3
LEFT, RIGHT = 1, 2


@attrs.frozen
class Frame:
    """The header of a frame that was sent to a seat."""

    agent_id: AgentId
    kind: int
    episode: int
    frame: int
    step: int
    ack: int


@attrs.frozen
class Entry:
    """One thing the runtime said: a record, a frame or an event."""

    record: Mapping[str, Any] | None = None
    frame: Frame | None = None
    event: GameEvent | None = None


class RecordingLink:
    """The core's side of a game, which writes everything down; it can refuse records as a full disk does."""

    def __init__(self) -> None:
        self.log: list[Entry] = []
        self.lines: list[bytes] = []
        self.refusing = False
        self.refused = 0
        self.fault: str | None = None
        self._changed = asyncio.Event()

    def records(self, entries: Sequence[tuple[str, bytes]]) -> None:
        """Take records, or refuse them."""
        if self.refusing:
            self.refused += 1
            self._changed.set()
            raise StoreError("the disk is full")
        for kind, line in entries:
            self.lines.append(line)
            try:
                record = json.loads(line)
            except ValueError as error:
                self._fault(f"a record of kind {kind!r} is not JSON: {error}")
                continue
            if not isinstance(record, dict) or record.get("kind") != kind:
                self._fault(f"a record was announced as {kind!r} and says {line[:60]!r}")
                continue
            self.log.append(Entry(record=record))
        self._changed.set()

    def frame(self, agent_id: AgentId, payload: bytes) -> None:
        """Take a frame."""
        if len(payload) < HEADER.size:
            self._fault(f"a frame has {len(payload)} bytes, fewer than its header needs")
            return
        kind, _, episode, frame, step, ack = HEADER.unpack_from(payload)
        self.log.append(Entry(frame=Frame(agent_id, kind, episode, frame, step, ack)))
        self._changed.set()

    def send(self, agent_id: AgentId, message: Mapping[str, Any]) -> None:
        """Take a message for a page; nobody has one open here."""

    def event(self, event: GameEvent) -> None:
        """Take an event."""
        self.log.append(Entry(event=event))
        self._changed.set()

    def history(self) -> Sequence[bytes]:
        """Every record so far."""
        return list(self.lines)

    def records_of(self, kind: str) -> list[Mapping[str, Any]]:
        """The records of a kind, in order."""
        return [
            entry.record for entry in self.log if entry.record is not None and entry.record["kind"] == kind
        ]

    def frames_of(self, agent_id: AgentId) -> list[Frame]:
        """The pictures sent to a seat, in order; signs of life are left out."""
        frames = [entry.frame for entry in self.log if entry.frame is not None]
        return [frame for frame in frames if frame.agent_id == agent_id and frame.kind != HEARTBEAT]

    def events_of(self, kind: type[Event]) -> list[Event]:
        """The events of a kind, in order."""
        return [entry.event for entry in self.log if isinstance(entry.event, kind)]

    def check(self) -> None:
        """Break the law if something that was said cannot be understood.

        Raises:
            ConformanceError: it cannot.
        """
        require(self.fault is None, self.fault or "")

    def _fault(self, sentence: str) -> None:
        """Remember what was wrong: raising here would raise in the middle of the runtime."""
        self.fault = self.fault or sentence
        self._changed.set()

    async def until(self, holds: Callable[[], object], what: str) -> None:
        """Wait for something to come true.

        Raises:
            ConformanceError: it does not, for a long time, or the game fails meanwhile.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                while not holds():
                    self._changed.clear()
                    self.check()
                    for failure in self.events_of(GameFailed):
                        raise ConformanceError(
                            f"while waiting until {what}, the game failed: {failure.reason}"
                        )
                    await self._changed.wait()
        except TimeoutError:
            raise ConformanceError(f"after {PATIENCE:g} seconds it is still not so that {what}") from None


@attrs.frozen
class Table:
    """One open game and what is said about it."""

    link: RecordingLink
    handle: GameHandle
    spec: GameSpec

    async def until_steps(self, count: int) -> None:
        """Wait until so many steps are recorded."""
        await self.link.until(
            lambda: len(self.link.records_of("step")) >= count, f"{count} steps are recorded"
        )

    async def until_over(self) -> GameOver:
        """Wait until the game is over."""
        await self.link.until(lambda: self.link.events_of(GameOver), "the game is over")
        return self.link.events_of(GameOver)[0]

    async def until_failed(self) -> GameFailed:
        """Wait until the game fails."""
        await self.link.until(
            lambda: self.link.events_of(GameFailed) or self.link.events_of(GameOver), "the game fails"
        )
        failures = self.link.events_of(GameFailed)
        require(failures, "the game was played to its end although its environment raises")
        return failures[0]

    def hold(self, agent_id: AgentId, action: int | None, seq: int = 1) -> None:
        """Hold the key of an environment's action, or let go."""
        index = None if action is None else self.spec.controls[agent_id].actions.index(action)
        with blaming("input()"):
            self.handle.input(agent_id, PlayerInput("held", seq, index))

    def took(self, agent_id: AgentId, action: int, source: str) -> bool:
        """Whether a step is recorded in which this agent's action was this one and came from there."""
        name = str(agent_id)
        return any(
            step["actions"].get(name) == action and step["sources"].get(name) == source
            for step in self.link.records_of("step")
        )

    async def expect_full(self) -> None:
        """Ask for a full picture and wait for it."""
        for agent_id in self.spec.humans:
            before = len(self.link.frames_of(agent_id))
            with blaming("keyframe()"):
                self.handle.keyframe(agent_id)
            await self.link.until(
                lambda agent_id=agent_id, before=before: any(  # type: ignore[misc]
                    frame.kind == FULL for frame in self.link.frames_of(agent_id)[before:]
                ),
                f"a full picture for {agent_id} has come",
            )

    def check_records(self) -> None:
        """Steps and frames are contiguous and lie between their episode's start and end."""
        self.link.check()
        episode = step = frame = 0
        playing = False
        for record in (entry.record for entry in self.link.log if entry.record is not None):
            kind = record["kind"]
            if kind == "episode_start":
                require(
                    not playing and record["episode"] == episode + 1,
                    f"episode {record['episode']} comes after {episode}",
                )
                episode, step, playing = episode + 1, 0, True
            elif kind == "episode_end":
                require(
                    playing and record["steps"] == step,
                    f"{step} steps, but the end says {record['steps']}",
                )
                playing = False
            elif kind == "step":
                require(playing, f"step {record['step']} was recorded outside an episode")
                step, frame = step + 1, frame + 1
                require(
                    (record["episode"], record["step"], record["frame"]) == (episode, step, frame),
                    f"where episode {episode}, step {step}, frame {frame} was due, the record says"
                    f" {record['episode']}, {record['step']}, {record['frame']}",
                )


class House:
    """A runtime that is running, and the games opened at it."""

    def __init__(self, runtime: Runtime, specs: Mapping[str, GameSpec]) -> None:
        self._runtime = runtime
        self._specs = specs

    async def open(
        self, scene_id: str = "meeting", seed: int = 7, history: Sequence[bytes] = (), ready: bool = True
    ) -> Table:
        """Open a game with a person in each human seat, and wait until it is ready."""
        spec = self._specs[scene_id]
        link = RecordingLink()
        link.lines.extend(history)
        participants = {agent_id: f"subject-{number}" for number, agent_id in enumerate(spec.humans)}
        setup = GameSetup(f"game-{seed}", scene_id, spec, seed, participants, history=tuple(history))
        with blaming("open()"):
            table = Table(link, self._runtime.open(setup, link), spec)
        if ready:
            await link.until(lambda: link.events_of(GameReady), "the game is ready")
        return table


def visit(
    factory: Factory, scenario: Callable[[House], Coroutine[Any, Any, None]], **scenes: GameSpec
) -> None:
    """Start a runtime, let a scenario play at it, and stop it again.

    Args:
        factory: makes the runtime.
        scenario: what happens; it gets the running house.
        **scenes: the games that can be opened, by scene id; one of two players as ``meeting`` by default.

    Raises:
        ConformanceError: the scenario says so, or the runtime raises.
    """
    specs = scenes or {"meeting": game()}
    with blaming("making the runtime"):
        runtime = factory()
    with blaming("prepare()"):
        runtime.prepare(specs)

    async def main() -> None:
        async with _running(runtime):
            await scenario(House(runtime, specs))

    asyncio.run(main())


@asynccontextmanager
async def _running(runtime: Runtime) -> AsyncIterator[None]:
    with blaming("start()"):
        await runtime.start()
    try:
        yield
    except BaseException:
        await runtime.stop()
        raise
    with blaming("stop()"):
        await runtime.stop()


def game(
    scene_id: str = "meeting", make: Callable[[], object] = Meeting, episodes: int = 1, pause: float = 0.0
) -> GameSpec:
    """A game of two people at 50 steps a second; keys are the actions of `mug.testing.envs`."""
    from mug.configurations.configuration_constants import PolicyTypes
    from mug.scenes.gym_scene import GymScene

    scene = (
        GymScene()
        .scene(scene_id=scene_id)
        .environment(env_creator=make)
        .policies(policy_mapping={"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Human})
        .rendering(fps=50, game_width=200, game_height=20)
        .gameplay(
            action_mapping={"ArrowLeft": LEFT, "ArrowRight": RIGHT},
            default_action=0,
            num_episodes=episodes,
            reset_freeze_s=pause,
        )
        .multiplayer(num_players=2, on_leave="takeover", takeover_policy=PolicyTypes.Random)
    )
    scene.freeze()
    return scene.game_spec()


def ended(table: Table) -> list[EpisodeEnded]:
    """The episodes that ended, in order."""
    return table.link.events_of(EpisodeEnded)
