"""One open game, seen from the web process; it outlives the worker that plays it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from mug.components import (
    AgentId,
    AssetsRegistered,
    EpisodeEnded,
    EpisodeStarted,
    GameEvent,
    GameFailed,
    GameLink,
    GameOver,
    GameReady,
    GameSetup,
    PlayerInput,
    StoreError,
)
from mug.game.output import EVENT
from mug.game.policies import Reference, reference
from mug.records import encode
from mug.rendering import Asset
from mug_server_mode.connection import STORE_RETRY_SECONDS, Worker

log = logging.getLogger("mug_server_mode")

MOST_REOPENINGS = 3
"""How often a game is rebuilt after its worker ended without its being to blame."""


class OpenGame:
    """Implements ``mug.components.GameHandle``.

    Args:
        number: how worker and web process call the game.
        setup: what to play.
        link: the core's side of the game.
        place: returns the worker to play on, None when there is none.
        closed: called once, when the game is over for whatever reason.
    """

    def __init__(
        self,
        number: int,
        setup: GameSetup,
        link: GameLink,
        place: Callable[[], Worker | None],
        closed: Callable[[OpenGame], None],
    ) -> None:
        """Take note of the game; nothing is opened yet.

        Raises:
            ValueError: a policy of the setup is none of the scene's.
        """
        self.number = number
        self.worker: Worker | None = None
        self._setup = attrs.evolve(setup, history=())
        self._history: Sequence[bytes] | None = setup.history
        self._fillers = [
            (agent_id, reference(setup.spec, policy)) for agent_id, policy in setup.policies.items()
        ]
        self._link = link
        self._place = place
        self._closed = closed
        self._over = False
        self._ready = False
        self._reopenings = 0
        self._started = False
        self._paused = False
        self._present: dict[AgentId, bool] = {}
        """What was said last of who is there; seats nothing was said of are as the records have them."""
        self._taken_over: dict[AgentId, Reference] = {}
        self._stopped: str | None = None

    # ------------------------------------------------------------------- mug.components.GameHandle

    def start(self) -> None:
        """Begin play; starting twice is the same as starting once."""
        if not self._started:
            self._started = True
            self._send("start")

    def input(self, agent_id: AgentId, player_input: PlayerInput) -> None:
        """Pass on what the participant in this seat did."""
        if self.worker is not None:
            self.worker.send(
                [
                    player_input.kind,
                    self.number,
                    agent_id,
                    player_input.seq,
                    player_input.action,
                    time.monotonic(),
                    player_input.x,
                    player_input.y,
                ],
                droppable=True,
            )

    def receive(self, agent_id: AgentId, message: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer nothing: this runtime has no half in the page that could say something."""
        return {}

    def packet(self, agent_id: AgentId, payload: bytes) -> None:
        """Pass nothing on: no page of this runtime says anything to others."""

    def hear(self, sender: str, text: str, to: Sequence[str]) -> None:
        """Let the environment know what somebody said to others, before its next step."""
        self._send("hear", sender, text, list(to))

    def pause(self) -> None:
        """Stop the clock of this game."""
        self._paused = True
        self._send("pause")

    def resume(self) -> None:
        """Let the clock go on."""
        self._paused = False
        self._send("resume")

    def keyframe(self, agent_id: AgentId) -> None:
        """Send this seat a full frame next."""
        self._send("keyframe", agent_id)

    def player_left(self, agent_id: AgentId) -> None:
        """The participant in this seat is away."""
        self._present[agent_id] = False
        self._send("player_left", agent_id)

    def player_returned(self, agent_id: AgentId) -> None:
        """The participant in this seat is back; a policy that played for them makes room."""
        self._present[agent_id] = True
        self._taken_over.pop(agent_id, None)
        self._send("player_returned", agent_id)

    def take_over(self, agent_id: AgentId, policy: object) -> None:
        """Let a policy of the scene play this seat from now on.

        Raises:
            ValueError: the policy is none of the scene's.
        """
        name = self._taken_over[agent_id] = reference(self._setup.spec, policy)
        self._send("take_over", agent_id, name)

    def stop(self, reason: str) -> None:
        """End the game."""
        self._stopped = reason
        self._send("stop", reason)

    # ----------------------------------------------------------------------------- for the runtime

    def open(self) -> None:
        """Let a worker play the game, from where the records end."""
        if self._over:
            return
        setup = self._setup
        try:
            # Records that came since the game was opened first are only in the store.
            history = self._link.history() if self._history is None else self._history
        except StoreError:
            asyncio.get_running_loop().call_later(STORE_RETRY_SECONDS, self.open)
            return
        worker = self._place()
        if worker is None:
            self.fail("there is no worker process to play the game", "")
            return
        self._history = None
        self.worker = worker
        worker.games.add(self.number)
        self._send(
            "open",
            {
                "game_id": setup.game_id,
                "scene_id": setup.scene_id,
                "seed": setup.seed,
                "participants": list(setup.participants.items()),
                "policies": self._fillers,
                "history": list(history),
            },
        )
        self._send_wishes()

    def deliver(self, records: Sequence[Any], output: Sequence[Any]) -> None:
        """Pass on what the worker has to say in one turn: records first.

        Raises:
            StoreError: the core took nothing of it.
        """
        if self._over:
            return
        if records:
            self._link.records(list(zip(records[::2], records[1::2], strict=True)))
        for target, *content in output:
            if target == EVENT:
                self._follow(content)
            else:
                self._link.frame(self._agents[target], content[0])

    def lost(self, how: str) -> bool:
        """The worker ended, and not because of this game. Return whether to open it on another one."""
        self.worker = None
        self._reopenings += 1
        if self._over:
            return False
        if self._reopenings > MOST_REOPENINGS:
            self.fail(f"its worker process {how}, and {MOST_REOPENINGS} had ended before in this game", "")
            return False
        return True

    def fail(self, reason: str, detail: str) -> None:
        """End the game because of a fault that the worker could not report itself."""
        if self._over:
            return
        record = {
            "kind": "game_end",
            "wall": time.time_ns() // 1_000_000,
            "reason": "failed",
            "rewards": {},
            "fault": reason,
        }
        try:
            self._link.records([("game_end", encode(record))])
        except StoreError:
            asyncio.get_running_loop().call_later(STORE_RETRY_SECONDS, self.fail, reason, detail)
            return
        self._finish(GameFailed(reason, detail))

    # ------------------------------------------------------------------------------------- helpers

    @property
    def _agents(self) -> Sequence[AgentId]:
        return self._setup.spec.agent_ids

    def _send(self, command: str, *arguments: Any) -> None:
        if self.worker is not None:
            self.worker.send([command, self.number, *arguments])

    def _send_wishes(self) -> None:
        """Tell a new worker what was asked of earlier ones; it ignores what the records already told it."""
        if self._paused:
            self._send("pause")
        for agent_id, present in self._present.items():
            self._send("player_returned" if present else "player_left", agent_id)
        for agent_id, name in self._taken_over.items():
            self._send("take_over", agent_id, name)
        if self._started:
            self._send("start")
        if self._stopped is not None:
            self._send("stop", self._stopped)

    def _follow(self, content: Sequence[Any]) -> None:
        match content:
            case ["ready", int(steps)]:
                if not self._ready:
                    self._ready = True
                    self._tell(GameReady(steps))
            case ["episode_started", int(episode)]:
                self._tell(EpisodeStarted(episode))
            case ["episode_ended", int(episode), int(steps), dict(rewards), str(reason), pause]:
                self._tell(EpisodeEnded(episode, steps, rewards, reason, pause))
            case ["assets", list(seats), list(assets)]:
                drawn = tuple(Asset(*asset) for asset in assets)
                self._tell(AssetsRegistered(drawn, tuple(self._agents[seat] for seat in seats)))
            case ["over", str(reason), dict(rewards)]:
                self._finish(GameOver(reason, rewards))
            case ["failed", str(reason), str(detail)]:
                self._finish(GameFailed(reason, detail))
            case _:
                raise ValueError(f"unknown event of a worker: {content!r}")

    def _finish(self, event: GameEvent) -> None:
        if not self._over:
            self._over = True
            self._closed(self)
            self._tell(event)

    def _tell(self, event: GameEvent) -> None:
        try:
            self._link.event(event)
        except Exception:
            # The core's trouble with one game must not stop the delivery to others.
            log.exception("game %s: %s could not be handled", self._setup.game_id, type(event).__name__)
