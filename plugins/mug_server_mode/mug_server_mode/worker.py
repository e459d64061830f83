"""What runs in a worker process: one loop that gives every game its turn when it is due."""

from __future__ import annotations

import contextlib
import faulthandler
import select
import socket
import time
from collections.abc import Mapping
from typing import Any, Final

from mug.game.loop import Game
from mug.game.output import EVENT
from mug.game.spec import GameSpec
from mug.game.venue import Venue
from mug.records import encode
from mug_server_mode.board import Desk
from mug_server_mode.figures import Figures
from mug_server_mode.frames import BinaryFrames
from mug_server_mode.hearing import HearingGame
from mug_server_mode.schedule import Agenda, Grid
from mug_server_mode.wire import WORKER, Inbox, packed

LONGEST_WAIT: Final = 1.0
SHORT_WAIT: Final = 0.005
"""When the next tick is this near, inputs wait for it instead of waking the process."""
BATCH_SECONDS: Final = 0.004
"""After this long in one turn, what there is to say is said before further games have their turn."""
REPLAY_SECONDS: Final = 0.005
"""For how long a replay may occupy the worker before other games have their turn."""
_READ: Final = 256 * 1024


def run(
    slot: int,
    desk: Desk,
    connection: socket.socket,
    crash_file: int,
    specs: Mapping[str, GameSpec],
    step_timeout: float,
    open_timeout: float,
) -> None:
    """Play games until the web process is gone or says that it is enough."""
    faulthandler.enable(crash_file)
    Loop(slot, desk, connection, specs, step_timeout, open_timeout).run()


class Loop:
    """The loop. Commands are the methods from `open` to `drain`."""

    def __init__(
        self,
        slot: int,
        desk: Desk,
        connection: socket.socket,
        specs: Mapping[str, GameSpec],
        step_timeout: float,
        open_timeout: float,
    ) -> None:
        connection.setblocking(False)
        self._slot = slot
        self._desk = desk
        self._socket = connection
        self._readable = select.poll()
        self._readable.register(connection, select.POLLIN)
        self._ready = select.poll()
        self._ready.register(connection, select.POLLIN | select.POLLOUT)
        self._specs = specs
        self._step_ns = int(step_timeout * 1e9)
        self._open_ns = int(open_timeout * 1e9)
        self._inbox = Inbox()
        self._unsent = b""
        self._games: dict[int, Game] = {}
        self._agenda: Agenda[int] = Agenda()
        self._venue = Venue(
            runtime="server",
            encode=encode,
            wall_ms=lambda: time.time_ns() // 1_000_000,
            frames=BinaryFrames(),
            starts=Grid(),
            replay_slice=REPLAY_SECONDS,
            global_generators=False,
        )
        self._replaying: dict[int, None] = {}
        self._touched: dict[int, Game] = {}
        self._running = True
        self._figures = Figures()

    def run(self) -> None:
        """Run until told to stop, or until there is nobody to tell."""
        while self._running:
            self._desk.turn()
            self._wait()
            if not self._receive():
                return
            if not self._unsent:
                self._give_turns()
                self._say()
        self._say_all()
        self._release_all()

    # --------------------------------------------------------------------------------- waiting, talking

    def _wait(self) -> None:
        began = time.monotonic()
        if self._unsent:
            # The web process does not take any more: nothing is played until it does.
            self._ready.poll(LONGEST_WAIT * 1000)
            self._send()
        else:
            due = self._agenda.next_due()
            wait = LONGEST_WAIT if due is None else min(due - began, LONGEST_WAIT)
            if wait > SHORT_WAIT:
                # Only whole milliseconds: the rest is slept through in the next round.
                self._readable.poll((wait - SHORT_WAIT / 2) * 1000)
            elif wait > 0:
                time.sleep(wait)
        self._figures.idle += time.monotonic() - began

    def _receive(self) -> bool:
        """Carry out commands; False when the web process is gone."""
        try:
            data = self._socket.recv(_READ)
        except BlockingIOError:
            return True
        except OSError:
            return False
        for command, number, *arguments in self._inbox.feed(data):
            getattr(self, command)(number, *arguments)
        return bool(data)

    def _say(self) -> None:
        """Send what the games of this turn have to say, in one message."""
        batch: list[Any] = []
        for number, game in self._touched.items():
            if game.ledger.lines or game.output:
                batch.append([number, game.ledger.lines, game.output.take()])
                game.ledger.lines = []
        self._touched.clear()
        figures = self._figures.due(time.monotonic(), self._games)
        if figures is not None:
            batch.append([WORKER, [], [[EVENT, "figures", self._slot, figures]]])
        if batch:
            self._unsent = packed(batch)
            self._send()

    def _send(self) -> None:
        try:
            sent = self._socket.send(self._unsent)
        except BlockingIOError:
            return
        except OSError:
            # Reading will say that nobody is there.
            sent = len(self._unsent)
        self._unsent = self._unsent[sent:]

    def _say_all(self) -> None:
        self._socket.setblocking(True)
        with contextlib.suppress(OSError):
            self._socket.sendall(self._unsent)
            self._say()
            self._socket.sendall(self._unsent)

    def _release_all(self) -> None:
        for number, game in self._games.items():
            self._desk.enter(number, self._step_ns)
            with contextlib.suppress(BaseException):
                game.release()

    # ------------------------------------------------------------------------------------------- games

    def _give_turns(self) -> None:
        began = now = time.monotonic()
        while now - began < BATCH_SECONDS:
            number = self._agenda.pop(now)
            if number is None:
                return
            game = self._games[number]
            self._guarded(number, game, game.turn, now)
            now = time.monotonic()

    def _guarded(self, number: int, game: Game, action: Any, *arguments: Any) -> None:
        """Run what may run the researcher's code, and end the game if that does not work."""
        self._touched[number] = game
        self._desk.enter(number, self._step_ns if game.built else self._open_ns)
        try:
            action(*arguments)
        except BaseException as error:
            game.fail(error, time.monotonic())
        self._desk.leave()
        self._plan(number, game)

    def _plan(self, number: int, game: Game) -> None:
        """Enter when a game has its next turn."""
        due = game.next_due(time.monotonic())
        if due is None:
            self._agenda.drop(number)
            self._figures.count(number, self._games.pop(number))
        elif game.replaying:
            self._replaying.setdefault(number)
        else:
            self._agenda.set(number, due)
        if not game.replaying:
            self._replaying.pop(number, None)
        # One after the other, so that the first can go on while the last is still being rebuilt.
        for first in self._replaying:
            self._agenda.set(first, time.monotonic())
            break

    def _command(self, number: int, name: str, *arguments: Any) -> None:
        game = self._games.get(number)
        if game is not None:
            self._guarded(number, game, getattr(game, name), time.monotonic(), *arguments)

    # ---------------------------------------------------------------------------------------- commands

    def open(self, number: int, opening: Mapping[str, Any]) -> None:
        """Take on a game; it is built in its first turn."""
        spec = self._specs[opening["scene_id"]]
        self._games[number] = HearingGame(spec, opening, self._venue)
        self._agenda.set(number, time.monotonic())

    def held(self, number: int, agent_id: Any, seq: int, action: int | None, at: float, *_: float) -> None:
        """The held action of a seat changed."""
        game = self._games.get(number)
        if game is not None and agent_id in game.seats.inputs:
            game.seats.inputs[agent_id].press(action, seq, at)

    def event(self, number: int, agent_id: Any, seq: int, action: int | None, at: float, *_: float) -> None:
        """An action was triggered in a seat."""
        game = self._games.get(number)
        if game is not None and agent_id in game.seats.inputs:
            game.seats.inputs[agent_id].trigger(action, seq, at)

    def pointer(
        self, number: int, agent_id: Any, seq: int, action: int | None, at: float, x: float, y: float
    ) -> None:
        """The pointer acted in a seat; what that means can be the researcher's code."""
        game = self._games.get(number)
        if game is not None and agent_id in game.seats.inputs:
            self._guarded(number, game, game.seats.inputs[agent_id].point, action, seq, at, x, y)

    def start(self, number: int) -> None:
        """Begin to play."""
        self._command(number, "start")

    def pause(self, number: int) -> None:
        """Stop a game's clock."""
        self._command(number, "pause")

    def resume(self, number: int) -> None:
        """Let a game's clock go on."""
        self._command(number, "resume")

    def keyframe(self, number: int, agent_id: Any) -> None:
        """Send a full frame."""
        self._command(number, "keyframe", agent_id)

    def player_left(self, number: int, agent_id: Any) -> None:
        """A participant is away."""
        self._command(number, "player_left", agent_id)

    def player_returned(self, number: int, agent_id: Any) -> None:
        """A participant is back."""
        self._command(number, "player_returned", agent_id)

    def take_over(self, number: int, agent_id: Any, name: list[Any]) -> None:
        """A policy plays for a participant."""
        self._command(number, "take_over", agent_id, name)

    def hear(self, number: int, sender: str, text: str, to: list[str]) -> None:
        """Somebody said something to others, which the environment gets to know."""
        self._command(number, "hear", sender, text, to)

    def stop(self, number: int, reason: str) -> None:
        """End a game."""
        self._command(number, "stop", reason)

    def drain(self, number: int) -> None:
        """Say what there is to say, and end; games can go on from their records."""
        self._running = False
