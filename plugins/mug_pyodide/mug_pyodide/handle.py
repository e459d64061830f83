"""One game in a participant's browser, seen from the server."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs

from mug.components import (
    AgentId,
    AssetsRegistered,
    EpisodeEnded,
    EpisodeStarted,
    GameFailed,
    GameLink,
    GameLoading,
    GameOver,
    GameReady,
    GameSetup,
    GameUnplayable,
    PlayerInput,
    StoreError,
)
from mug.records import MalformedRecord, decode, encode
from mug.rendering import Asset
from mug_pyodide.allowance import RecordAllowance
from mug_pyodide.intake import Intake, Progress, Unacceptable, closing, packed, unpacked
from mug_pyodide.page_text import one_line, paragraph

log = logging.getLogger("mug_pyodide")

FAREWELL_SECONDS: Final = 10.0
"""How long a page may take to end its game when it is told to."""
LAST_WORDS_SECONDS: Final = 2.0
"""How long to wait, when a game failed, for what is missing of its records or of the reason."""
STORE_RETRY_SECONDS: Final = 1.0
HISTORY_BYTES: Final = 2 * 1024 * 1024
"""How much of a game's records, before packing, goes into one answer."""

Message = Mapping[str, Any]


class BrowserGame:
    """Implements ``mug.components.GameHandle``: the page plays, and this follows what it says.

    Args:
        setup: what to play, with one human.
        link: the core's side of the game.
        assets: what its pictures are drawn with.
        scene_pack: the name of what its scene is packed in.
        closed: called once, when it is over for whatever reason, or played elsewhere.
    """

    def __init__(
        self,
        setup: GameSetup,
        link: GameLink,
        assets: tuple[Asset, ...],
        scene_pack: str,
        closed: Callable[[BrowserGame], None],
    ) -> None:
        self.setup = attrs.evolve(setup, history=())
        self.link = link
        self._assets = assets
        self._scene_pack = scene_pack
        self._closed = closed
        (self._seat,) = setup.participants
        self._intake = Intake(setup.seed, setup.spec, setup.history)
        self._late: Intake | None = None
        self._allowance = RecordAllowance()
        self._generation = 0
        """Which of the pages that began to play this game is the one that plays it now."""
        self._stood = self._ready = self._started = self._paused = self._held = self._said_over = False
        self._stopped: str | None = None
        self._restart = False
        self._failure: tuple[str, str] | None = None
        self._later: asyncio.TimerHandle | None = None
        self._present = False
        if self._progress.ended is not None:
            self._said_over = True

    @property
    def over(self) -> bool:
        """Whether nothing is played any more."""
        return self._said_over

    @property
    def has_records(self) -> bool:
        """Whether anything was played."""
        return self._progress.begun

    @property
    def _progress(self) -> Progress:
        return self._intake.progress

    # ------------------------------------------------------------------- mug.components.GameHandle

    def start(self) -> None:
        """Begin play; starting twice is the same as starting once."""
        self._started = True
        self._tell_state()

    def input(self, agent_id: AgentId, player_input: PlayerInput) -> None:
        """Nothing: what the participant does acts in their own browser."""

    def pause(self) -> None:
        """Stop the clock of this game."""
        self._paused = True
        self._tell_state()

    def resume(self) -> None:
        """Let the clock go on."""
        self._paused = False
        self._tell_state()

    def keyframe(self, agent_id: AgentId) -> None:
        """Nothing: the page draws what it has stepped itself."""

    def player_left(self, agent_id: AgentId) -> None:
        """The participant's page is gone; it knows itself that it has to wait, and says when it is ready."""
        self._present = self._ready = False

    def player_returned(self, agent_id: AgentId) -> None:
        """The participant's page is back; it will say hello."""

    def take_over(self, agent_id: AgentId, policy: object) -> None:
        """Nothing can play for the only participant: the environment is in their browser."""

    def stop(self, reason: str) -> None:
        """End the game: the page closes its records, or the server does if the page is not there."""
        if self._said_over or self._stopped is not None:
            return
        self._stopped = reason
        if self._present and self._progress.begun:
            self._tell_state()
            self._wait(FAREWELL_SECONDS)
        else:
            self._close(reason)

    # ------------------------------------------------------------------------- what the page says

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
                return self._failed(reason, detail)
            case "unplayable", {"reason": str(reason), "detail": str(detail)}:
                return self._unplayable(reason, detail)
        return None

    def _hello(self, generation: int) -> Message:
        """A page is there: the one that plays the game already, or another that begins to."""
        self._present = True
        if self._assets:
            self.link.event(AssetsRegistered(self._assets, (self._seat,)))
        setup, progress = self.setup, self._progress
        if generation != self._generation:
            self._generation, self._ready = generation, False
            self._restart = setup.spec.on_reload == "restart_episode" and progress.open
            if self._stood and not self._said_over:
                self.link.event(GameLoading())
        return {
            "over": self._said_over,
            "open": {
                "game_id": setup.game_id,
                "scene_id": setup.scene_id,
                "seed": setup.seed,
                "participants": [list(pair) for pair in setup.participants.items()],
                "scene_pack": self._scene_pack,
            },
            "generation": self._generation,
            "snapshots": not self._restart and not progress.restarted,
            "next": progress.count,
            "wall": time.time_ns() // 1_000_000,
            **self._state(),
        }

    def _history(self, first: int) -> Message | None:
        """Return records from the page's number ``first`` on, as many as fit into an answer."""
        if not self._allowance.read():
            return None
        if self._restart:
            note = {"kind": "episode_restarted", "episode": self._progress.episode}
            self._store_own(
                [("episode_restarted", encode(note | _stamp() | {"why": "the page was reloaded"}))]
            )
            self._restart = False
        lines: list[bytes] = []
        number = size = 0
        for line in self.link.history():
            own = _is_of_server(line)
            if number >= first and (number > first or not own):
                if size > HISTORY_BYTES and not own:
                    return {"data": packed(lines), "next": number, "more": True}
                lines.append(line)
                size += len(line)
            number += not own
        return {"data": packed(lines), "next": number, "more": False}

    def _records(self, first: int, data: object) -> Message | None:
        try:
            lines = unpacked(data)
            if not self._allowance.take(lines):
                return None
            if self._said_over:
                return self._late_records(first, lines)
            entries, progress = self._intake.read(first, lines, self._stopped)
        except Unacceptable as error:
            if self._said_over:
                return {"refused": str(error)}
            log.warning("game %s: the page sent %s", self.setup.game_id, error)
            self._failure = ("the page sent records that cannot be", str(error))
            self._close("failed", str(error))
            return {"refused": str(error)}
        if entries:
            self._store(entries)
            self._intake.progress = progress
            self._follow(entries)
        return {"next": self._progress.count}

    def _store(self, entries: Sequence[tuple[str, bytes]]) -> None:
        """Store records; while that cannot be done the page waits.

        Raises:
            StoreError: they could not be stored.
        """
        try:
            self.link.records(entries)
        except StoreError:
            self._hold(True)
            raise
        self._hold(False)

    def _hold(self, held: bool) -> None:
        if held != self._held:
            self._held = held
            self._tell_state()

    def _late_records(self, first: int, lines: Sequence[bytes]) -> Message:
        """What was on its way when the server ended the game is kept; the end stays as the server has it."""
        if self._late is None:
            own = [line for line in self.link.history() if not _is_of_server(line)]
            self._late = Intake(self.setup.seed, self.setup.spec, own)
        entries, progress = self._late.read(first, lines, self._stopped)
        if entries:
            self.link.records([entry if entry[0] == "step" else _late(entry[1]) for entry in entries])
            self._late.progress = progress
        return {"next": progress.count}

    def _say_ready(self, resumed: int) -> Message:
        if not self._ready and not self._said_over:
            self._stood = self._ready = True
            self.link.event(GameReady(max(0, resumed)))
        return {}

    def _failed(self, reason: str, detail: str) -> Message:
        if not self._progress.begun and self.setup.spec.fallback is not None:
            return self._unplayable(reason, detail)
        if not self._said_over:
            self._failure = (one_line(reason), paragraph(detail))
            if self._progress.ended is None and self._progress.begun:
                self._wait(LAST_WORDS_SECONDS)
            else:
                self._close("failed", self._failure[0])
        return {}

    def _unplayable(self, reason: str, detail: str) -> Message:
        if not self._progress.begun and not self._said_over:
            self._said_over = True
            if detail:
                log.warning("game %s: %s\n%s", self.setup.game_id, one_line(reason), paragraph(detail))
            self.link.event(GameUnplayable(one_line(reason)))
            self._closed(self)
        return {}

    # --------------------------------------------------------------------------- what follows from it

    def _follow(self, entries: Sequence[tuple[str, bytes]]) -> None:
        """Tell the core what happened, as the records have it."""
        for kind, line in entries:
            if kind in ("episode_start", "episode_end", "game_end"):
                self._tell(kind, decode(line))

    def _tell(self, kind: str, record: Mapping[str, Any]) -> None:
        spec = self.setup.spec
        if kind == "episode_start":
            self.link.event(EpisodeStarted(record["episode"]))
        elif kind == "episode_end":
            last = record["episode"] >= spec.num_episodes
            steps, rewards, reason = record["steps"], record["rewards"], str(record.get("reason", ""))
            pause = None if last else spec.reset_freeze_s
            self.link.event(EpisodeEnded(record["episode"], steps, rewards, reason, pause))
        elif record["reason"] != "failed":
            self._over(GameOver(record["reason"], record["rewards"]))
        elif self._failure is not None:
            self._over(GameFailed(*self._failure))
        else:
            self._wait(LAST_WORDS_SECONDS)

    def _close(self, reason: str, fault: str = "") -> None:
        """End the game here: its page cannot, or did not in time."""
        if self._said_over:
            return
        if self._progress.ended is None:
            try:
                self._store_own(closing(self._progress, reason, fault))
            except StoreError:
                self._wait(STORE_RETRY_SECONDS)
                return
        ended, totals = self._progress.ended or reason, self._progress.totals
        if ended == "failed":
            why = self._failure or (self._progress.fault or "the game failed in the browser", "")
            self._over(GameFailed(*why))
        else:
            self._over(GameOver(ended, totals))

    def _over(self, event: GameOver | GameFailed) -> None:
        self._said_over = True
        if self._later is not None:
            self._later.cancel()
        self._tell_state()
        self.link.event(event)
        self._closed(self)

    def _wait(self, seconds: float) -> None:
        """End the game here unless its page does in time."""
        if self._later is not None:
            self._later.cancel()
        loop = asyncio.get_running_loop()
        self._later = loop.call_later(seconds, self._waited)

    def _waited(self) -> None:
        failed = self._failure is not None or self._progress.ended == "failed"
        self._close("failed" if failed else self._stopped or "failed", (self._failure or ("",))[0])

    def _store_own(self, entries: Sequence[tuple[str, bytes]]) -> None:
        self.link.records(entries)
        for _, line in entries:
            self._intake.follow(decode(line))

    # ----------------------------------------------------------------------------- what the page is told

    def _tell_state(self) -> None:
        self.link.send(self._seat, {"type": "state", **self._state()})

    def _state(self) -> dict[str, Any]:
        stopped = self._stopped if self._stopped is not None or not self._said_over else "over"
        return {"started": self._started, "paused": self._paused or self._held, "stopped": stopped}


def _stamp() -> dict[str, Any]:
    return {"wall": time.time_ns() // 1_000_000, "by": "server"}


def _late(line: bytes) -> tuple[str, bytes]:
    """Return the record that keeps one which came after the game's end."""
    return "late", encode({"kind": "late", "wall": time.time_ns() // 1_000_000, "record": decode(line)})


def _is_of_server(line: bytes) -> bool:
    if b'"by":"server"' not in line:
        return False
    try:
        return decode(line).get("by") == "server"
    except MalformedRecord:
        return False
