"""One game in a participant's browser, seen from the server."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from mug.components import AgentId, GameLink, GameLoading, GameReady, GameSetup
from mug.rendering import Asset
from mug_pyodide.allowance import RecordAllowance
from mug_pyodide.following import FollowedGame, Message, log
from mug_pyodide.intake import Unacceptable, unpacked

_EVERYTHING: Final = 1 << 62


class BrowserGame(FollowedGame):
    """Implements ``mug.components.GameHandle`` for one participant: the page plays, and this follows it.

    Args: those of `FollowedGame`; the game has one human.
    """

    def __init__(
        self,
        setup: GameSetup,
        link: GameLink,
        assets: tuple[Asset, ...],
        scene_pack: str,
        closed: Callable[[FollowedGame], None],
    ) -> None:
        super().__init__(setup, link, assets, scene_pack, closed)
        (self._seat,) = setup.participants
        self._allowance = RecordAllowance()
        self._generation = 0
        """Which of the pages that began to play this game is the one that plays it now."""
        self._present = self._ready = self._restart = False

    # ------------------------------------------------------------------- mug.components.GameHandle

    def packet(self, agent_id: AgentId, payload: bytes) -> None:
        """Nothing: there are no other pages."""

    def player_left(self, agent_id: AgentId) -> None:
        """The participant's page is gone; it knows itself that it has to wait, and says when it is ready."""
        self._present = self._ready = False

    def player_returned(self, agent_id: AgentId) -> None:
        """The participant's page is back; it will say hello."""

    def take_over(self, agent_id: AgentId, policy: object) -> None:
        """Nothing can play for the only participant: the environment is in their browser."""

    def receive(self, agent_id: AgentId, message: Message) -> Message | None:
        """Take what the page says; None for what nobody understands.

        Raises:
            StoreError: records could not be stored.
        """
        match message.get("type"), message:
            case "hello", {"live": False}:
                return self._hello(self._generation + 1)
            case _, {"generation": int(generation)}:
                # After a restart of the server the page that plays may be the first to say which it is.
                self._generation = self._generation or generation
                if generation != self._generation:
                    return {"stale": True}
            case _:
                return None
        match message.get("type"), message:
            case "hello", {"live": True}:
                return self._hello(self._generation)
            case "history", {"from": int(first)}:
                return self._history(first)
            case "records", {"first": int(first), "data": data}:
                return self._records(first, data)
            case "ready", {"resumed": int(resumed)}:
                return self._say_ready(resumed)
            case "failed", {"reason": str(reason), "detail": str(detail)}:
                return self._fail(reason, detail)
            case "unplayable", {"reason": str(reason), "detail": str(detail)}:
                return self._give_up(reason, detail)
        return None

    # ------------------------------------------------------------------------------ what follows from it

    def _hello(self, generation: int) -> Message:
        """A page is there: the one that plays the game already, or another that begins to."""
        self._present = True
        self._show_assets(self._seat)
        progress = self._progress
        if generation != self._generation:
            self._generation, self._ready = generation, False
            self._restart = self.setup.spec.on_reload == "restart_episode" and progress.open
            if self._stood and not self._said_over:
                self.link.event(GameLoading())
        return {
            "over": self._said_over,
            "open": self._opening(),
            "generation": self._generation,
            "snapshots": not self._restart and not progress.restarted,
            "next": progress.count,
            "wall": time.time_ns() // 1_000_000,
            **self._state(),
        }

    def _history(self, first: int) -> Message | None:
        if not self._allowance.read():
            return None
        if self._restart:
            self._begin_episode_again()
            self._restart = False
        return self._part_of_history(first, _EVERYTHING)

    def _records(self, first: int, data: object) -> Message | None:
        try:
            lines = unpacked(data)
            if not self._allowance.take(lines):
                return None
            if self._said_over:
                return self._take_late(first, lines)
            entries, progress = self._intake.read(first, lines, self._stopped)
        except Unacceptable as error:
            if self._said_over:
                return {"refused": str(error)}
            log.warning("game %s: the page sent %s", self.setup.game_id, error)
            self._failure = ("the page sent records that cannot be", str(error))
            self._close("failed", str(error))
            return {"refused": str(error)}
        if entries:
            self._take(entries, progress)
        return {"next": self._progress.count}

    def _say_ready(self, resumed: int) -> Message:
        if not self._ready and not self._said_over:
            self._stood = self._ready = True
            self.link.event(GameReady(max(0, resumed)))
        return {}

    def _anybody_plays(self) -> bool:
        return self._present

    def _tell_state(self) -> None:
        self.link.send(self._seat, {"type": "state", **self._state()})
