"""One game as the server sees it: seats, connections, countdowns, absences and its end.

The runtime steps the environment; this module decides when it may run and who sees it, in the same
way for every runtime.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import attrs
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
from mug.core import game_texts
from mug.core.game_page import GamePage
from mug.core.journal import Journal
from mug.core.observers import Observers
from mug.core.protocol import MalformedMessage, parse_input
from mug.core.seats import Seat, anybody_awaited, anybody_here, everybody_here, taken_over_in
from mug.core.state import GameFacts
from mug.core.timer import Timer
from mug.core.web.sockets import SocketConnection
from mug.facts import GameOutcome
from mug.rendering import Asset
from mug.scenes.game_spec import GameSpec

log = logging.getLogger(__name__)

RESUME_SECONDS = 3.0
"""The countdown after a pause, at most; a scene with a shorter one at its start has that one."""
RESTORE_SECONDS = 120.0
"""How long players have to come back after a restart of the server, at least."""
STORE_RETRY_SECONDS = 1.0
"""When to try again what the store could not do."""


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
        self._runtime = runtime
        self._transport = transport
        self._journal = journal
        self._store = store
        self._observers = observers
        self._export = export
        self._handle: GameHandle | None = None
        self._held = self._ready = self._started = self._resumed = self._stopping = False
        self._ending = self.over
        self._timer, self._retry = Timer(), Timer()
        self._stream = f"games/{facts.id}"
        by_name = {str(agent_id): agent_id for agent_id in spec.agent_ids}
        self.seats = {
            by_name[name]: Seat(by_name[name], seat["participant"], seat["subject_id"])
            for name, seat in facts.seats.items()
            if "participant" in seat
        }
        state, text = game_texts.ending(facts.ended) if facts.ended else ("loading", "")
        self._page = GamePage(facts.id, spec.num_episodes, self.seats, page, state, text)
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
    def episode(self) -> int:
        """The episode that was begun last."""
        return self._page.episode

    @property
    def over(self) -> bool:
        """Whether the game has ended, so that its players may move on."""
        return self.facts.ended is not None

    def open(self) -> None:
        """Let the runtime create the environment; a game with records is rebuilt from them."""
        if self._handle is None and not self._ending and not self._stopping:
            with self._ends_if_broken():
                try:
                    history = self.history()
                except StoreError as error:
                    log.error("game %s cannot be opened yet: %s", self.game_id, error)
                    self._retry.start(STORE_RETRY_SECONDS, self.open)
                else:
                    self._open(history)

    def _open(self, history: Sequence[bytes]) -> None:
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
        for seat in self.seats.values():
            if self._resumed and seat.connection is not None:
                self._handle.player_returned(seat.agent_id)

    def await_players(self) -> None:
        """After a restart: nobody is here; they have some time to come back."""
        window = max(RESTORE_SECONDS, self.spec.reconnect_window_s)
        self._page.enter("paused", game_texts.INTERRUPTED_TEXT, window)
        for seat in self.seats.values():
            seat.await_return(window, self._absent_too_long)

    def shut_down(self) -> None:
        """The server stops: stand still and follow nobody any more, so that a restart resumes."""
        if not self._stopping and not self._ending and self._handle is not None and self._started:
            self._handle.pause()
        self._stopping = True
        self._timer.cancel()
        self._retry.cancel()
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
        with self._ends_if_broken():
            self._page.show(seat, with_page=True)
            if not self._ending and not self._stopping:
                self._take_seat(seat, connection, was_away)

    def _take_seat(self, seat: Seat, connection: SocketConnection, was_away: bool) -> None:
        was_open = self._handle is not None
        self.open()
        receive = partial(self._receive, seat)
        seat.channel = self._transport.open(connection, receive, partial(self._keyframe, seat.agent_id))
        self._keyframe(seat.agent_id)
        if was_away:
            if was_open and self._handle is not None:
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
        if self._ending or self._stopping or seat.taken_over:
            return
        window = self.spec.reconnect_window_s
        seat.await_return(window, self._absent_too_long)
        if self._handle is not None:
            self._handle.player_left(seat.agent_id)
        self._observers.left(self, seat.player)
        if self._page.state in ("playing", "between", "countdown") and not self._enough_here():
            self._pause(game_texts.AWAY_TEXT, window)

    def input(self, participant_id: str, payload: bytes) -> None:
        """A player's input that came over the control connection."""
        self._receive(self._by_participant[participant_id], payload)

    def _receive(self, seat: Seat, payload: bytes) -> None:
        connection = seat.connection
        if self._handle is None or connection is None or not connection.inputs.take():
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
                self._page.show_assets(assets, agent_ids)
            # A pause may have crossed what the runtime had to say, and is not over because of it.
            case EpisodeStarted(episode):
                self._page.episode = episode
                if self._page.state != "paused":
                    self._page.enter("playing", "", None)
            case EpisodeEnded(pause=pause) if pause is not None and self._page.state != "paused":
                self._page.enter("between", "Round over. The next one starts soon.", pause)
            case GameOver(reason, rewards):
                self._finish(reason, dict(rewards))
            case GameFailed(reason, detail):
                log.error("game %s in scene %r failed: %s\n%s", self.game_id, self.scene_id, reason, detail)
                self._finish("failed", {}, detail=reason)

    def _hold(self) -> None:
        """Nothing can be stored: the runtime waits, and the players read why."""
        if not self._held and self._page.state == "playing":
            self._held = True
            self._page.enter("paused", game_texts.NOT_SAVED_TEXT, None)

    def _go_on(self) -> None:
        """Records are stored again: the runtime has gone on by itself."""
        if self._held:
            self._held = False
            if self._page.state == "paused":
                if self._enough_here():
                    self._page.enter("playing", "", None)
                else:
                    self._pause(game_texts.AWAY_TEXT, None)

    # ----------------------------------------------------------------------------------- transitions

    def _proceed(self) -> None:
        """Begin, or go on, once the environment stands and nobody is missed who has to be there."""
        if not self._ready or self._ending or self._stopping or not self._enough_here():
            return
        if not self._started:
            if self._resumed or everybody_here(self.seats.values()):
                self._count_down()
        elif self._page.state == "paused" and not self._held:
            self._resume_soon()

    def _count_down(self) -> None:
        self._started = True
        if self._resumed:
            self._resume_soon()
            return
        self._page.enter("countdown", "The game is about to start.", self.spec.countdown_s)
        self._timer.start(self.spec.countdown_s, self._start)
        for seat in self.seats.values():
            self._observers.joined(self, seat.player)

    def _start(self) -> None:
        assert self._handle is not None
        self._handle.start()

    def _pause(self, text: str, seconds: float | None) -> None:
        self._timer.cancel()
        if self._handle is not None and self._started:
            self._handle.pause()
        self._page.enter("paused", text, seconds)

    def _resume_soon(self) -> None:
        seconds = min(RESUME_SECONDS, self.spec.countdown_s)
        text = game_texts.ALL_BACK_TEXT if everybody_here(self.seats.values()) else game_texts.GOES_ON_TEXT
        self._page.enter("countdown", text, seconds)
        self._timer.start(seconds, self._resume)

    def _resume(self) -> None:
        assert self._handle is not None
        self._handle.start()
        self._handle.resume()
        self._page.enter("playing", "", None)

    def _absent_too_long(self, seat: Seat) -> None:
        present = anybody_here(self.seats.values())
        reason = "player_left" if present else "abandoned"
        if self._handle is None:
            self._finish(reason, {})
            return
        if self.spec.on_leave == "takeover":
            seat.taken_over = True
            self._handle.take_over(seat.agent_id, self.spec.takeover_policy)
            self._proceed()
            if present or anybody_awaited(self.seats.values()):
                return
        self._handle.stop(reason)

    def _finish(self, reason: str, rewards: dict[str, float], detail: str = "") -> None:
        if not self._ending:
            self._ending = True
            self._timer.cancel()
            for seat in self.seats.values():
                seat.cancel_absence()
            self._store_outcome(GameOutcome(reason, rewards), detail)

    def _store_outcome(self, outcome: GameOutcome, detail: str) -> None:
        event = {"kind": "game_ended", "game": self.game_id} | attrs.asdict(outcome)
        try:
            self._journal.write(event | ({"detail": detail} if detail else {}))
        except StoreError:
            if self._page.text != game_texts.NOT_SAVED_TEXT:
                self._page.enter("paused", game_texts.NOT_SAVED_TEXT, None)
            self._retry.start(STORE_RETRY_SECONDS, partial(self._store_outcome, outcome, detail))
            return
        self._page.enter(*game_texts.ending(outcome.reason), None)
        for seat in self.seats.values():
            seat.close_channel()
        self._store.close_stream(self._stream)
        self._observers.game_ended(self, outcome)
        self._export()

    @contextmanager
    def _ends_if_broken(self) -> Iterator[None]:
        """Let what is wrong with this game harm nobody but its players."""
        try:
            yield
        except Exception as error:
            log.exception("game %s in scene %r cannot be played", self.game_id, self.scene_id)
            self._finish("failed", {}, detail=f"{type(error).__name__}: {error}")
            if self._handle is not None:
                with suppress(Exception):
                    self._handle.stop("failed")

    # --------------------------------------------------------------------------------------- helpers

    def _enough_here(self) -> bool:
        """Whether the game may go on: with somebody, and with all of them if it would pause otherwise."""
        seats = self.seats.values()
        return anybody_here(seats) and (self.spec.on_disconnect == "play_on" or everybody_here(seats))
