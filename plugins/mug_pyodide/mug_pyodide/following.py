"""What the server does about a game that is played in browsers: keeps its records, and follows them."""

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
    GameOver,
    GameSetup,
    GameUnplayable,
    PlayerInput,
    StoreError,
)
from mug.game.policies import reference
from mug.records import decode, encode
from mug.rendering import Asset
from mug_pyodide.intake import Intake, Progress, closing, first_episodes, is_counted, packed
from mug_pyodide.page_text import one_line, paragraph

log = logging.getLogger("mug_pyodide")

FAREWELL_SECONDS: Final = 10.0
"""How long pages may take to end their game when they are told to."""
LAST_WORDS_SECONDS: Final = 2.0
"""How long to wait, when a game failed, for what is missing of its records or of the reason."""
LATE_SECONDS: Final = 10.0
"""How long to wait for more of what was under way when a game ended."""
STORE_RETRY_SECONDS: Final = 1.0
HISTORY_BYTES: Final = 2 * 1024 * 1024
"""How much of a game's records, before packing, goes into one answer."""

Message = Mapping[str, Any]


class FollowedGame:
    """A game in one browser or in several; what is alike about them.

    Args:
        setup: what to play.
        link: the core's side of the game.
        assets: what its pictures are drawn with.
        scene_pack: the name of what its scene is packed in.
        closed: called when it is over for whatever reason, or played elsewhere; and again when more of it
            came after that.
    """

    def __init__(
        self,
        setup: GameSetup,
        link: GameLink,
        assets: tuple[Asset, ...],
        scene_pack: str,
        closed: Callable[[FollowedGame], None],
    ) -> None:
        self.setup = attrs.evolve(setup, history=())
        self.link = link
        self._assets = assets
        self._scene_pack = scene_pack
        self._closed = closed
        self._intake = Intake(setup.seed, setup.spec, setup.history)
        self._late: Intake | None = None
        self._stood = self._started = self._paused = self._held = False
        self._stopped: str | None = None
        self._failure: tuple[str, str] | None = None
        self._later: asyncio.TimerHandle | None = None
        self._said_over = self._progress.ended is not None
        self.replaced = False
        """Whether another runtime plays it."""

    @property
    def over(self) -> bool:
        """Whether nothing is played any more."""
        return self._said_over

    @property
    def has_records(self) -> bool:
        """Whether anything was played."""
        return bool(self._whole_episodes) if self.replaced else self._progress.begun

    def played(self) -> Sequence[bytes]:
        """Return the records of what was played here; the episode that goes on elsewhere is none of it.

        Raises:
            StoreError: they cannot be read.
        """
        history = self.link.history()
        return first_episodes(history, self._whole_episodes) if self.replaced else history

    @property
    def _whole_episodes(self) -> int:
        return self._progress.episode - self._progress.open

    @property
    def _progress(self) -> Progress:
        return self._intake.progress

    # -------------------------------------------------------- of mug.components.GameHandle, what is alike

    def start(self) -> None:
        """Begin play; starting twice is the same as starting once."""
        self._started = True
        self._tell_state()

    def input(self, agent_id: AgentId, player_input: PlayerInput) -> None:
        """Nothing: what a participant does acts in their own browser."""

    def pause(self) -> None:
        """Stop the clock of this game."""
        self._paused = True
        self._tell_state()

    def resume(self) -> None:
        """Let the clock go on."""
        self._paused = False
        self._tell_state()

    def keyframe(self, agent_id: AgentId) -> None:
        """Nothing: a page draws what it has stepped itself."""

    def stop(self, reason: str) -> None:
        """End the game: with what pages still have of it, if any are there."""
        if self._said_over or self._stopped is not None:
            return
        self._stopped = reason
        if self._anybody_plays() and self._progress.begun:
            self._tell_state()
            self._wait(FAREWELL_SECONDS)
        else:
            self._close(reason)

    # ------------------------------------------------------------------------------ what pages are told

    def _anybody_plays(self) -> bool:
        """Whether a page is there that may have something of the game."""
        raise NotImplementedError

    def _tell_state(self) -> None:
        """Let pages know how the game stands."""
        raise NotImplementedError

    def _state(self) -> dict[str, Any]:
        stopped = self._stopped if self._stopped is not None or not self._said_over else "over"
        return {"started": self._started, "paused": self._paused or self._held, "stopped": stopped}

    def _opening(self) -> dict[str, Any]:
        """What Python in a page has to know."""
        setup = self.setup
        return {
            "game_id": setup.game_id,
            "scene_id": setup.scene_id,
            "seed": setup.seed,
            "participants": [list(pair) for pair in setup.participants.items()],
            "policies": [[seat, reference(setup.spec, policy)] for seat, policy in setup.policies.items()],
            "scene_pack": self._scene_pack,
        }

    def _show_assets(self, agent_id: AgentId) -> None:
        if self._assets:
            self.link.event(AssetsRegistered(self._assets, (agent_id,)))

    def _part_of_history(self, first: int, until: int) -> Message:
        """Return records from the pages' number ``first`` on, as many as fit into an answer.

        Nothing of the game follows from what the server or one page of several noted besides.
        """
        lines: list[bytes] = []
        number = size = 0
        for line in self.link.history():
            counted = is_counted(line)
            if not counted and b'"episode_restarted"' not in line:
                continue
            if number >= first and (number > first or counted):
                if (size > HISTORY_BYTES or number >= until) and counted:
                    return {"data": packed(lines), "next": number, "more": number < until}
                lines.append(line)
                size += len(line)
            number += counted
        return {"data": packed(lines), "next": number, "more": False}

    # --------------------------------------------------------------------------------- records are kept

    def _take(self, entries: Sequence[tuple[str, bytes]], progress: Progress) -> None:
        """Store records that pages count, and follow them; while that cannot be done pages wait.

        Raises:
            StoreError: they could not be stored.
        """
        try:
            self.link.records(entries)
        except StoreError:
            self._hold(True)
            raise
        self._hold(False)
        self._intake.progress = progress
        for kind, line in entries:
            if kind in ("episode_start", "episode_end", "game_end"):
                self._tell(kind, decode(line))

    def _store_own(self, entries: Sequence[tuple[str, bytes]]) -> None:
        """Store records of the server's.

        Raises:
            StoreError: they could not be stored.
        """
        self.link.records(entries)
        for _, line in entries:
            self._intake.follow(decode(line))

    def _take_late(self, first: int, lines: Sequence[bytes]) -> Message:
        """What was on its way when the server ended the game is kept; the end stays as the server has it."""
        if self._late is None:
            counted = [line for line in self.link.history() if is_counted(line)]
            self._late = Intake(self.setup.seed, self.setup.spec, counted)
        entries, progress = self._late.read(first, lines, self._stopped)
        if entries:
            self.link.records([entry if entry[0] == "step" else _late(entry[1]) for entry in entries])
            self._late.progress = progress
            self._call_later(LATE_SECONDS, lambda: self._closed(self))
        return {"next": progress.count}

    def _begin_episode_again(self) -> None:
        """Record that the episode that goes on begins again.

        Raises:
            StoreError: that could not be stored.
        """
        note = {"kind": "episode_restarted", "episode": self._progress.episode} | stamp()
        self._store_own([("episode_restarted", encode(note | {"why": "the page was reloaded"}))])

    def _hold(self, held: bool) -> None:
        if held != self._held:
            self._held = held
            self._tell_state()

    # --------------------------------------------------------------------------- what follows from them

    def _tell(self, kind: str, record: Mapping[str, Any]) -> None:
        """Tell the core what happened, as the records have it."""
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

    def _fail(self, reason: str, detail: str) -> Message:
        """A page says that the game does not work."""
        if not self._progress.begun and self.setup.spec.fallback is not None:
            return self._give_up(reason, detail)
        if not self._said_over:
            self._failure = (one_line(reason), paragraph(detail))
            if self._progress.ended is None and self._progress.begun:
                self._wait(LAST_WORDS_SECONDS)
            else:
                self._close("failed", self._failure[0])
        return {}

    def _give_up(self, reason: str, detail: str) -> Message:
        """A page says that it cannot play the game; another runtime may, if it has not begun."""
        if not self._progress.begun and not self._said_over:
            self._log_detail(one_line(reason), paragraph(detail))
            self._hand_over(one_line(reason))
        return {}

    def _log_detail(self, reason: str, detail: str) -> None:
        if detail.strip():
            log.warning("game %s: %s\n%s", self.setup.game_id, reason, detail)

    def _hand_over(self, reason: str) -> None:
        """Play no more of it here; the core knows whether another runtime does."""
        self._said_over = self.replaced = True
        self.link.event(GameUnplayable(reason))
        self._ended()

    def _close(self, reason: str, fault: str = "") -> None:
        """End the game here: its pages cannot, or did not in time."""
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
        self._tell_state()
        self.link.event(event)
        self._ended()

    def _ended(self) -> None:
        """Nothing is played here any more."""
        if self._later is not None:
            self._later.cancel()
        self._closed(self)

    def _wait(self, seconds: float) -> None:
        """End the game here unless its pages do in time."""
        self._call_later(seconds, self._waited)

    def _call_later(self, seconds: float, action: Callable[[], None]) -> None:
        if self._later is not None:
            self._later.cancel()
        self._later = asyncio.get_running_loop().call_later(seconds, action)

    def _waited(self) -> None:
        failed = self._failure is not None or self._progress.ended == "failed"
        self._close("failed" if failed else self._stopped or "failed", (self._failure or ("",))[0])


def stamp() -> dict[str, Any]:
    """What every record of the server's says."""
    return {"wall": time.time_ns() // 1_000_000, "by": "server"}


def _late(line: bytes) -> tuple[str, bytes]:
    """Return the record that keeps one which came after the game's end."""
    return "late", encode({"kind": "late", "wall": time.time_ns() // 1_000_000, "record": decode(line)})
