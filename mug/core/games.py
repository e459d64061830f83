"""One game as the server sees it: seats, connections, countdowns, absences and its end.

The runtime steps the environment; this module decides when it may run and who sees it, in the same
way for every runtime.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import attrs

from mug import game_events as events
from mug.components import AgentId, GameHandle, Runtime, Store, StoreError, Transport
from mug.core import game_texts
from mug.core.game_clock import GameClock
from mug.core.game_page import GamePage
from mug.core.game_setup import setup_of
from mug.core.journal import Journal
from mug.core.observers import Observers
from mug.core.protocol import RuntimeMessage
from mug.core.records.events import decode
from mug.core.rounds import has_begun, whole_episodes
from mug.core.seats import Seat, anybody_awaited, anybody_here, end_waiting, seats_of, taken_over_in, who_left
from mug.core.state import GameFacts
from mug.core.timer import Timer
from mug.core.web.sockets import SocketConnection
from mug.facts import GameOutcome
from mug.game.spec import GameSpec
from mug.peers import PeerTransport
from mug.rendering import Asset

log = logging.getLogger(__name__)

RESTORE_SECONDS = 120.0
"""How long players have to come back after a restart of the server, at least."""
STORE_RETRY_SECONDS = 1.0  # until what the store could not do is tried again


class Game:
    """A running game. Implements ``mug.components.GameLink`` for its runtime, whose side is ``handle``."""

    def __init__(
        self,
        facts: GameFacts,
        spec: GameSpec,
        page: Callable[[AgentId, Sequence[Asset]], dict[str, Any]],
        runtime_of: Callable[[str | None], Runtime],
        transport: Transport,
        peers: PeerTransport | None,
        journal: Journal,
        store: Store,
        observers: Observers,
        export: Callable[[], None],
    ) -> None:
        self.facts = facts
        self.spec = spec
        self._runtime_of = runtime_of
        self._runtime = runtime_of(facts.runtime)
        self._transport = transport
        self._peers = peers if facts.runtime is None else None
        self._for_good = peers is not None  # also once another runtime plays
        self._journal = journal
        self._store = store
        self._observers = observers
        self._export = export
        self.handle: GameHandle | None = None
        self._former: GameHandle | None = None  # of the runtime that another one has taken over from
        self._stopping = False
        self._ending = self.over
        self._rounds = 0
        self._retry = Timer()
        self._stream = f"games/{facts.id}"
        self.seats = seats_of(facts, spec)
        state, text = game_texts.ending(facts.ended) if facts.ended else ("loading", "")
        self._page = GamePage(facts.id, spec.num_episodes, self.seats, page, state, text)
        self._clock = GameClock(spec, self.seats, self._page, self._begins)
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

    def ending_of(self, participant_id: str) -> str | None:
        """Return why a player may move on, None while they may not: the game is over, or it is for them."""
        seat = self._by_participant[participant_id]
        return "replaced" if self._is_replaced(seat) else "away" if seat.left else self.facts.ended

    def _is_replaced(self, seat: Seat) -> bool:
        """Whether a policy has a seat for good: pages that go on together cannot take anybody in again."""
        return seat.taken_over and self._for_good

    def open(self) -> None:
        """Let the runtime create the environment; a game with records is rebuilt from them."""
        if self.handle is None and not self._ending and not self._stopping:
            with self._ends_if_broken():
                try:
                    history = self.history()
                except StoreError as error:
                    log.error("game %s cannot be opened yet: %s", self.game_id, error)
                    self._retry.start(STORE_RETRY_SECONDS, self.open)
                else:
                    self._open(history)

    def _open(self, history: Sequence[bytes]) -> None:
        self._clock.resumed = has_begun(history)
        self._rounds = whole_episodes(history)
        for seat in taken_over_in(history, self.seats.values()):
            seat.taken_over = True
            seat.cancel_absence()
        setup = setup_of(self.facts, self.spec, self.seats, history, self._peers)
        self.handle = self._runtime.open(setup, self)
        self._clock.opened(self.handle)
        for seat in self.seats.values():
            if history and seat.connection is not None:
                self.handle.player_returned(seat.agent_id)

    def await_players(self) -> None:
        """After a restart: nobody is here; they have some time to come back."""
        window = max(RESTORE_SECONDS, self.spec.reconnect_window_s)
        self._page.enter("paused", game_texts.INTERRUPTED_TEXT, window)
        for seat in self.seats.values():
            seat.await_return(window, self._absent_too_long)

    def shut_down(self) -> None:
        """The server stops: stand still and follow nobody any more, so that a restart resumes."""
        self._clock.shut_down()
        self._stopping = True
        self._retry.cancel()
        for seat in self.seats.values():
            seat.cancel_absence()

    # ------------------------------------------------------------------------------- players' pages

    def attach(self, participant_id: str, connection: SocketConnection) -> None:
        """A player's page is there: show the game, open a channel, and go on if they were missed."""
        seat = self._by_participant[participant_id]
        if self._is_replaced(seat):
            seat.connection = connection
            self._page.show(seat, with_page=True)
            return
        was_away = seat.absence is not None or seat.taken_over
        seat.taken_over = False
        seat.cancel_absence()
        seat.connection, seat.hidden = connection, not connection.visible
        with self._ends_if_broken():
            self._page.show(seat, with_page=True)
            if not self._ending and not self._stopping:
                self._take_seat(seat, connection, was_away)

    def _take_seat(self, seat: Seat, connection: SocketConnection, was_away: bool) -> None:
        was_open = self.handle is not None
        self.open()
        self._open_channel(seat, connection)
        self._keyframe(seat.agent_id)
        if was_away:
            if was_open and self.handle is not None:
                self.handle.player_returned(seat.agent_id)
            self._observers.returned(self, seat.player)
        self._clock.proceed()

    def _open_channel(self, seat: Seat, connection: SocketConnection) -> None:
        seat.close_channel()
        receive = partial(self._receive, seat)
        seat.channel = self._transport.open(connection, receive, partial(self._keyframe, seat.agent_id))

    def seen(self, participant_id: str) -> None:
        """A player's page was hidden, or is seen again."""
        seat = self._by_participant[participant_id]
        if seat.connection is None or seat.taken_over:
            return
        seat.hidden = not seat.connection.visible
        if seat.hidden:
            alone = len(self.seats) == 1
            self._clock.missed(game_texts.HIDDEN_TEXT if alone else game_texts.AWAY_TEXT, None)
        else:
            self._clock.proceed()

    def detach(self, participant_id: str, connection: SocketConnection, *, for_good: bool = False) -> None:
        """A player's page is gone: wait for it, unless it is for good, and pause if the scene says so."""
        seat = self._by_participant[participant_id]
        if seat.connection is not connection:
            return
        seat.connection, seat.hidden = None, False
        seat.close_channel()
        if self._ending or self._stopping or seat.taken_over:
            return
        window = 0.0 if for_good else self.spec.reconnect_window_s
        seat.await_return(window, self._absent_too_long)
        if self._runtime.listens:
            self._clock.unready()
        if self.handle is not None:
            self.handle.player_left(seat.agent_id)
        self._observers.left(self, seat.player)
        self._clock.missed(self._clock.away_text, window)

    def input(self, participant_id: str, payload: bytes) -> None:
        """A player's input that came over the control connection."""
        self._receive(self._by_participant[participant_id], payload)

    def receive(self, participant_id: str, message: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What the runtime's half in a player's page says; returns the answer, None when it has to wait.

        Raises:
            StoreError: what it brought could not be stored.
        """
        handle = self.handle if self._open_quietly() else self._former
        if handle is None:
            return None
        return handle.receive(self._by_participant[participant_id].agent_id, message)

    def _open_quietly(self) -> bool:
        """Open a game whose page speaks, whatever became of it; False if its runtime does not listen.

        One that ended while nobody had it open ends in its own records too.

        Raises:
            StoreError: its records cannot be read, or its end cannot be stored.
        """
        if self.handle is None and self._runtime.listens:
            self._open(self.history())
            if self.facts.ended is not None and self.handle is not None:
                self.handle.stop(self.facts.ended)
        return self._runtime.listens

    def _receive(self, seat: Seat, payload: bytes) -> None:
        if self.handle is not None:
            seat.receive(payload, self.handle, packets=self._peers is not None)

    def _keyframe(self, agent_id: AgentId) -> None:
        if self.handle is not None:
            self.handle.keyframe(agent_id)

    # ------------------------------------------------------------------------- GameLink: the runtime

    def records(self, entries: Sequence[tuple[str, bytes]]) -> None:
        """Store records; let plugins observe them."""
        try:
            self._store.append(self._stream, [line for _, line in entries])
        except StoreError:
            self._clock.hold()
            raise
        self._clock.go_on()
        kinds = {kind for kind, _ in entries}
        self._rounds += whole_episodes(line for kind, line in entries if kind == "episode_end")
        if wanted := set(filter(self._observers.wants, kinds)):
            for line in (line for kind, line in entries if kind in wanted):
                self._observers.game_record(self, decode(line))
        if self.over or kinds & {"episode_end", "verification"}:
            self._export()

    def frame(self, agent_id: AgentId, payload: bytes) -> None:
        """Send a frame to the player in this seat, if there is one."""
        seat = self.seats.get(agent_id)
        if seat is not None and seat.channel is not None:
            seat.channel.send(payload)

    def send(self, agent_id: AgentId, message: Mapping[str, Any]) -> None:
        """Say something to the runtime's half in the page of this seat's player, if it is there."""
        seat = self.seats.get(agent_id)
        if seat is not None and seat.connection is not None:
            seat.connection.emit("runtime", RuntimeMessage(self.game_id, dict(message)))

    def history(self) -> Sequence[bytes]:
        """Return the records stored so far."""
        return self._store.read(self._stream)

    def event(self, event: events.GameEvent) -> None:
        """Follow what happens in the runtime."""
        match event:
            case events.GameReady():
                self._clock.ready()
            case events.GameLoading():
                self._clock.loading()
            case events.GameUnplayable(reason):
                self._fall_back(reason)
            case events.SeatTaken(agent_id):
                self._page.replace(self.seats[agent_id])
                self._clock.proceed()
            case events.AssetsRegistered(assets, agent_ids):
                self._page.show_assets(assets, agent_ids)
            # A pause may have crossed what the runtime had to say, and is not over because of it.
            case events.EpisodeStarted(episode):
                self._page.episode = episode
                if self._page.state != "paused":
                    self._page.enter("playing", "", None)
            case events.EpisodeEnded(pause=pause) if pause is not None and self._page.state != "paused":
                self._page.enter("between", "Round over. The next one starts soon.", pause)
            case events.GameOver(reason, rewards):
                self._finish(reason, dict(rewards))
            case events.GameFailed(reason, detail):
                log.error("game %s in scene %r failed: %s\n%s", self.game_id, self.scene_id, reason, detail)
                self._finish("failed", {}, detail=reason)

    def _begins(self) -> None:
        for seat in self.seats.values():
            self._observers.joined(self, seat.player)

    # ----------------------------------------------------------------------------------- transitions

    def _fall_back(self, reason: str) -> None:
        """Another runtime plays a game that this one cannot, from where it is, if the scene names one."""
        fallback = self.spec.fallback
        if fallback is None or self._ending or self.facts.runtime is not None:
            log.error("game %s in scene %r cannot be played: %s", self.game_id, self.scene_id, reason)
            self._finish("failed", {}, detail=reason)
            return
        log.warning("game %s in %r is played by '%s': %s", self.game_id, self.scene_id, fallback, reason)
        event = {"kind": "runtime_changed", "game": self.game_id, "runtime": fallback, "reason": reason}
        try:
            self._journal.write(event)
        except StoreError:
            self._retry.start(STORE_RETRY_SECONDS, partial(self._fall_back, reason))
            return
        self._runtime = self._runtime_of(fallback)
        self._former, self._peers, self.handle = self.handle, None, None
        self._page.load(game_texts.LOADING_AGAIN_TEXT if self._clock.begin_again() else "")
        for seat in self.seats.values():
            if seat.connection is not None:
                self._open_channel(seat, seat.connection)
        self.open()

    def _absent_too_long(self, seat: Seat) -> None:
        present = anybody_here(self.seats.values())
        reason = "player_left" if present else "abandoned"
        with suppress(StoreError):
            self._open_quietly()
        if self.handle is None:
            self._finish(reason, {})
            return
        if self.spec.on_leave == "takeover":
            seat.taken_over = True
            self.handle.take_over(seat.agent_id, self.spec.takeover_policy)
            self._clock.proceed()
            if present or anybody_awaited(self.seats.values()):
                return
        self.handle.stop(reason)

    def _finish(self, reason: str, rewards: dict[str, float], detail: str = "") -> None:
        if not self._ending:
            self._ending = True
            self._clock.stop()
            end_waiting(self.seats.values(), reason)
            self._store_outcome(GameOutcome(reason, rewards, self._rounds), detail)

    def _store_outcome(self, outcome: GameOutcome, detail: str) -> None:
        event = {"kind": "game_ended", "game": self.game_id} | attrs.asdict(outcome)
        event |= who_left(self.seats.values())
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
            if self.handle is not None:
                with suppress(Exception):
                    self.handle.stop("failed")
