"""One game as the server sees it: seats, connections, countdowns, absences and its end.

The runtime steps the environment; this module decides when it may run and who sees it, in the same
way for every runtime.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import orjson

from mug.components import (
    AgentId,
    AssetsRegistered,
    EpisodeEnded,
    EpisodeStarted,
    GameEvent,
    GameFailed,
    GameHandle,
    GameOver,
    GameReady,
    GameSetup,
    Runtime,
    Store,
    StoreError,
    Transport,
)
from mug.core.game_texts import INTERRUPTED_TEXT, NOT_SAVED_TEXT, ending
from mug.core.journal import Journal
from mug.core.observers import Observers
from mug.core.protocol import GameView, MalformedMessage, parse_input
from mug.core.seats import Seat, taken_over_in
from mug.core.state import GameFacts
from mug.core.web.sockets import SocketConnection
from mug.facts import GameOutcome
from mug.rendering import Asset
from mug.scenes.game_spec import GameSpec

log = logging.getLogger(__name__)

RESUME_SECONDS = 3.0
"""The countdown after a pause, at most; a scene with a shorter one at its start has that one."""
RESTORE_SECONDS = 120.0
"""How long players have to come back after a restart of the server, at least."""


class Game:
    """A running game. Implements ``mug.components.GameLink`` for its runtime."""

    def __init__(
        self,
        facts: GameFacts,
        spec: GameSpec,
        page: Callable[[AgentId, Sequence[Asset]], dict[str, Any]],
        runtime: Runtime,
        transport: Transport,
        journal: Journal,
        store: Store,
        observers: Observers,
        export: Callable[[], None],
    ) -> None:
        self.facts = facts
        self.spec = spec
        self.state, self.text = ending(facts.ended) if facts.ended else ("loading", "")
        self.episode = 0
        self._page = page
        self._runtime = runtime
        self._transport = transport
        self._journal = journal
        self._store = store
        self._observers = observers
        self._export = export
        self._handle: GameHandle | None = None
        self._held = self._ready = self._started = self._resumed = False
        self._timer: asyncio.TimerHandle | None = None
        self._until: float | None = None
        self._stream = f"games/{facts.id}"
        by_name = {str(agent_id): agent_id for agent_id in spec.agent_ids}
        self.seats = {
            by_name[name]: Seat(by_name[name], seat["participant"], seat["subject_id"])
            for name, seat in facts.seats.items()
            if "participant" in seat
        }
        self._by_participant = {seat.participant_id: seat for seat in self.seats.values()}

    # ------------------------------------------------------------------------------------- lifetime

    @property
    def game_id(self) -> str:
        """Its id in the data."""
        return self.facts.id

    @property
    def scene_id(self) -> str:
        """The scene that is played."""
        return self.facts.scene_id

    @property
    def players(self) -> dict[str, str]:
        """Subject ids by agent id, of the seats that people fill."""
        return {str(seat.agent_id): seat.subject_id for seat in self.seats.values()}

    @property
    def over(self) -> bool:
        """Whether the game has ended, so that its players may move on."""
        return self.facts.ended is not None

    def open(self) -> None:
        """Let the runtime create the environment; a game with records is rebuilt from them."""
        if self._handle is not None or self.over:
            return
        history = self.history()
        self._resumed = bool(history)
        for seat in taken_over_in(history, self.seats.values()):
            seat.taken_over = True
            seat.cancel_absence()
        setup = GameSetup(
            game_id=self.game_id,
            scene_id=self.scene_id,
            spec=self.spec,
            seed=self.facts.seed,
            participants={seat.agent_id: seat.subject_id for seat in self.seats.values()},
            policies={
                agent_id: self.spec.takeover_policy
                for agent_id in self.spec.humans
                if agent_id not in self.seats
            },
            history=history,
        )
        self._handle = self._runtime.open(setup, self)

    def await_players(self) -> None:
        """After a restart: nobody is here; they have some time to come back."""
        window = max(RESTORE_SECONDS, self.spec.reconnect_window_s)
        self._enter("paused", INTERRUPTED_TEXT, window)
        for seat in self.seats.values():
            self._begin_absence(seat, window)

    def shut_down(self) -> None:
        """The server stops: forget timers, keep the records as they are, so that a restart resumes."""
        self._cancel_timer()
        for seat in self.seats.values():
            seat.cancel_absence()

    # ------------------------------------------------------------------------------- players' pages

    def attach(self, participant_id: str, connection: SocketConnection) -> None:
        """A player's page is there: show the game, open a channel, and go on if they were missed."""
        seat = self._by_participant[participant_id]
        was_away = seat.absence is not None or seat.taken_over
        seat.taken_over = False
        seat.cancel_absence()
        seat.close_channel()
        seat.connection = connection
        self._show(seat, with_page=True)
        if self.over:
            return
        self.open()
        receive = partial(self._receive, seat)
        seat.channel = self._transport.open(connection, receive, partial(self._keyframe, seat.agent_id))
        self._keyframe(seat.agent_id)
        if was_away and self._handle is not None:
            self._handle.player_returned(seat.agent_id)
            self._observers.returned(self, seat.player)
        self._proceed()

    def detach(self, participant_id: str, connection: SocketConnection) -> None:
        """A player's page is gone: start the reconnect window, and pause if the scene says so."""
        seat = self._by_participant[participant_id]
        if seat.connection is not connection:
            return
        seat.connection = None
        seat.close_channel()
        if self.over or seat.taken_over:
            return
        window = self.spec.reconnect_window_s
        self._begin_absence(seat, window)
        if self._handle is not None:
            self._handle.player_left(seat.agent_id)
        self._observers.left(self, seat.player)
        if self.state in ("playing", "between", "countdown") and (
            self.spec.on_disconnect == "pause" or not self._anybody_here()
        ):
            self._pause("Another player lost the connection. Waiting for them to come back.", window)

    def input(self, participant_id: str, payload: bytes) -> None:
        """A player's input that came over the control connection."""
        self._receive(self._by_participant[participant_id], payload)

    def _receive(self, seat: Seat, payload: bytes) -> None:
        if self._handle is None or seat.taken_over:
            return
        connection = seat.connection
        if connection is None or not connection.inputs.take():
            return
        try:
            self._handle.input(seat.agent_id, parse_input(payload))
        except MalformedMessage as error:
            seat.malformed += 1
            if seat.malformed == 1:
                log.warning("game %s, seat %s: malformed input: %s", self.game_id, seat.agent_id, error)

    def _keyframe(self, agent_id: AgentId) -> None:
        if self._handle is not None:
            self._handle.keyframe(agent_id)

    # ------------------------------------------------------------------------- GameLink: the runtime

    def records(self, entries: Sequence[tuple[str, bytes]]) -> None:
        """Store records; let plugins observe them."""
        try:
            self._store.append(self._stream, [line for _, line in entries])
        except StoreError:
            self._hold()
            raise
        self._go_on()
        every = self._observers.wants_every_record
        for kind, line in entries:
            if every or kind != "step":
                self._observers.game_record(self, orjson.loads(line))
            if kind == "episode_end":
                self._export()

    def frame(self, agent_id: AgentId, payload: bytes) -> None:
        """Send a frame to the player in this seat, if there is one."""
        seat = self.seats.get(agent_id)
        if seat is not None and seat.channel is not None:
            seat.channel.send(payload)

    def history(self) -> Sequence[bytes]:
        """Return the records stored so far."""
        return self._store.read(self._stream)

    def event(self, event: GameEvent) -> None:
        """Follow what happens in the runtime."""
        match event:
            case GameReady():
                self._ready = True
                self._proceed()
            case AssetsRegistered(assets, agent_ids):
                self._show_assets(assets, agent_ids)
            # A pause may have crossed what the runtime had to say, and is not over because of it.
            case EpisodeStarted(episode):
                self.episode = episode
                if self.state != "paused":
                    self._enter("playing", "", None)
            case EpisodeEnded(pause=pause) if pause is not None and self.state != "paused":
                self._enter("between", "Round over. The next one starts soon.", pause)
            case GameOver(reason, rewards):
                self._finish(reason, dict(rewards))
            case GameFailed(reason, detail):
                log.error("game %s in scene %r failed: %s\n%s", self.game_id, self.scene_id, reason, detail)
                self._finish("failed", {}, detail=reason)

    def _hold(self) -> None:
        """Nothing can be stored: the runtime waits, and the players read why."""
        if not self._held and self.state == "playing":
            self._held = True
            self._enter("paused", NOT_SAVED_TEXT, None)

    def _go_on(self) -> None:
        """Records are stored again: the runtime has gone on by itself."""
        if self._held:
            self._held = False
            if self.state == "paused":
                self._enter("playing", "", None)

    # ----------------------------------------------------------------------------------- transitions

    def _proceed(self) -> None:
        """Begin, or go on, once the environment stands and nobody is missed."""
        if not self._ready or not self._everybody_here() or not self._anybody_here():
            return
        if not self._started:
            self._count_down()
        elif self.state == "paused" and not self._held:
            self._resume_soon()

    def _count_down(self) -> None:
        self._started = True
        if self._resumed:
            self._resume_soon()
            return
        self._enter("countdown", "The game is about to start.", self.spec.countdown_s)
        self._after(self.spec.countdown_s, self._start)
        for seat in self.seats.values():
            self._observers.joined(self, seat.player)

    def _start(self) -> None:
        assert self._handle is not None
        if not self._anybody_here():
            self._pause("", None)
        self._handle.start()

    def _pause(self, text: str, seconds: float | None) -> None:
        self._cancel_timer()
        if self._handle is not None and self._started:
            self._handle.pause()
        self._enter("paused", text, seconds)

    def _resume_soon(self) -> None:
        seconds = min(RESUME_SECONDS, self.spec.countdown_s)
        self._enter("countdown", "Everybody is back. The game goes on.", seconds)
        self._after(seconds, self._resume)

    def _resume(self) -> None:
        assert self._handle is not None
        self._handle.start()
        self._handle.resume()
        self._enter("playing", "", None)

    def _absent_too_long(self, seat: Seat) -> None:
        seat.absence = None
        if self.over:
            return
        if self._handle is None:
            self._finish("abandoned", {})
            return
        if self.spec.on_leave == "takeover":
            seat.taken_over = True
            self._handle.take_over(seat.agent_id, self.spec.takeover_policy)
            self._proceed()
            if self._anybody_here():
                return
        self._handle.stop("player_left" if self._anybody_here() else "abandoned")

    def _finish(self, reason: str, rewards: dict[str, float], detail: str = "") -> None:
        if self.over:
            return
        event = {"kind": "game_ended", "game": self.game_id, "reason": reason, "rewards": rewards}
        try:
            self._journal.write(event | ({"detail": detail} if detail else {}))
        except StoreError:
            self._after(1.0, lambda: self._finish(reason, rewards, detail))
            return
        self._cancel_timer()
        self._enter(*ending(reason), None)
        for seat in self.seats.values():
            seat.cancel_absence()
            seat.close_channel()
        self._store.close_stream(self._stream)
        self._observers.game_ended(self, GameOutcome(reason, rewards))
        self._export()

    # --------------------------------------------------------------------------------------- helpers

    def _everybody_here(self) -> bool:
        return all(seat.connection is not None or seat.taken_over for seat in self.seats.values())

    def _anybody_here(self) -> bool:
        return any(seat.connection is not None for seat in self.seats.values())

    def _enter(self, state: str, text: str, seconds: float | None) -> None:
        self.state = state
        self.text = text
        self._until = None if seconds is None else asyncio.get_running_loop().time() + seconds
        for seat in self.seats.values():
            if seat.connection is not None:
                self._show(seat, with_page=False)

    def _show(self, seat: Seat, *, with_page: bool) -> None:
        assert seat.connection is not None
        now = asyncio.get_running_loop().time()
        view = GameView(
            game=self.game_id,
            state=self.state,
            text=self.text,
            seconds=None if self._until is None else max(0.0, self._until - now),
            episode=self.episode,
            episodes=self.spec.num_episodes,
            seat=str(seat.agent_id),
            page=self._page(seat.agent_id, seat.assets) if with_page else None,
        )
        seat.connection.emit("game", view)

    def _show_assets(self, assets: tuple[Asset, ...], agent_ids: Sequence[AgentId]) -> None:
        """Let the pages of these seats load what their pictures are drawn with."""
        for agent_id in agent_ids:
            seat = self.seats.get(agent_id)
            if seat is not None and seat.assets != assets:
                seat.assets = assets
                if seat.connection is not None:
                    self._show(seat, with_page=True)

    def _after(self, seconds: float, action: Callable[[], object]) -> None:
        self._cancel_timer()
        self._timer = asyncio.get_running_loop().call_later(seconds, action)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _begin_absence(self, seat: Seat, seconds: float) -> None:
        seat.absence = asyncio.get_running_loop().call_later(seconds, self._absent_too_long, seat)
