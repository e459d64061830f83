"""When a game runs: the countdown, pauses, and how it goes on after them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from mug.components import AgentId, GameHandle
from mug.core import game_texts
from mug.core.game_page import GamePage
from mug.core.seats import Seat, anybody_here, everybody_here
from mug.core.timer import Timer
from mug.game.spec import GameSpec

RESUME_SECONDS: Final = 3.0
"""How long players are told to get ready before a paused game goes on."""


class GameClock:
    """Lets a game run while its environment stands and everybody is here who has to be.

    Attributes:
        resumed: whether the game goes on from records of an earlier time.
        started: whether the first countdown was begun.
    """

    def __init__(
        self, spec: GameSpec, seats: Mapping[AgentId, Seat], page: GamePage, begins: Callable[[], None]
    ) -> None:
        self.resumed = self.started = False
        self._spec = spec
        self._seats = seats
        self._page = page
        self._begins = begins
        self._handle: GameHandle | None = None
        self._ready = self._held = self._stopped = self._announced = False
        self._timer = Timer()

    def opened(self, handle: GameHandle) -> None:
        """Another runtime's game is what runs from now on; it is not ready yet."""
        self._handle, self._ready = handle, False

    def begin_again(self) -> bool:
        """Another runtime's game is to run in place of this one; return whether this one had begun."""
        had_begun = self.started
        self._timer.cancel()
        self.started = self._ready = self._held = False
        return had_begun

    def shut_down(self) -> None:
        """The server stops: stand still."""
        if not self._stopped:
            self._stand_still()
            self.stop()

    def stop(self) -> None:
        """Nothing begins or goes on any more."""
        self._stopped = True
        self._timer.cancel()

    # ------------------------------------------------------------------------------ what happens to it

    def ready(self) -> None:
        """The environment stands."""
        self._ready = True
        self.proceed()

    def loading(self) -> None:
        """The environment has to be rebuilt, in a page that was opened again."""
        self._ready = False
        if self.started and not self._stopped:
            self._stand_still()
            self._page.enter("loading", game_texts.LOADING_AGAIN_TEXT, None)

    def unready(self) -> None:
        """The page that steps the environment is gone; it says itself when it is ready again."""
        self._ready = False

    def missed(self, text: str, seconds: float | None) -> None:
        """Somebody is not there: the game waits for them, if it has to."""
        running = self._page.state in ("playing", "between", "countdown")
        if running and not self._stopped and not self._enough_here():
            self._wait(text, seconds)

    def hold(self) -> None:
        """Nothing can be stored: the runtime waits, and the players read why."""
        if not self._held and self._page.state == "playing":
            self._held = True
            self._page.enter("paused", game_texts.NOT_SAVED_TEXT, None)

    def go_on(self) -> None:
        """Records are stored again: the runtime has gone on by itself."""
        if not self._held:
            return
        self._held = False
        if self._page.state == "loading":
            self.proceed()
        elif self._page.state != "paused":
            return
        elif self._enough_here():
            self._page.enter("playing", "", None)
        else:
            self._wait(self.away_text, None)

    @property
    def away_text(self) -> str:
        """What those read who wait for somebody; who plays alone reads it when they are back."""
        return game_texts.AWAY_TEXT if len(self._seats) > 1 else game_texts.BACK_TEXT

    def proceed(self) -> None:
        """Begin, or go on, once the environment stands and nobody is missed who has to be there."""
        if not self._ready or self._stopped or not self._enough_here():
            return
        if not self.started:
            if self.resumed or everybody_here(self._seats.values()):
                self.started = True
                self._count_down()
        elif self._page.state in ("paused", "loading") and not self._held:
            self._resume_soon()

    # ------------------------------------------------------------------------------------- transitions

    def _count_down(self) -> None:
        if self.resumed:
            self._resume_soon()
            return
        self._page.enter("countdown", "The game is about to start.", self._spec.countdown_s)
        self._timer.start(self._spec.countdown_s, self._start)
        if not self._announced:
            self._announced = True
            self._begins()

    def _start(self) -> None:
        assert self._handle is not None
        self._handle.start()

    def _wait(self, text: str, seconds: float | None) -> None:
        self._stand_still()
        self._page.enter("paused", text, seconds)

    def _stand_still(self) -> None:
        self._timer.cancel()
        if self._handle is not None and self.started:
            self._handle.pause()

    def _resume_soon(self) -> None:
        seconds = min(RESUME_SECONDS, self._spec.countdown_s)
        everybody = len(self._seats) > 1 and everybody_here(self._seats.values())
        self._page.enter(
            "countdown", game_texts.ALL_BACK_TEXT if everybody else game_texts.GOES_ON_TEXT, seconds
        )
        self._timer.start(seconds, self._resume)

    def _resume(self) -> None:
        assert self._handle is not None
        self._handle.start()
        self._handle.resume()
        self._page.enter("playing", "", None)

    def _enough_here(self) -> bool:
        """Whether the game may go on: with somebody, and with all of them if it would pause otherwise."""
        seats = self._seats.values()
        if self._spec.on_hidden == "pause" and any(seat.hidden for seat in seats):
            return False
        return anybody_here(seats) and (self._spec.on_disconnect == "play_on" or everybody_here(seats))
