"""The plugin that watches how attentive people are while they play."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Literal

import mug
from mug.errors import Problem
from mug.facts import Attendance, Episode, Experiment, Game, GameOutcome, Player, Step
from mug.outcomes import EXCLUDED
from mug_screening.measures import Limits
from mug_screening.watching import Check, Observation, Rules, Watch

log = logging.getLogger(__name__)

WARNINGS: Final[Mapping[str, str]] = {
    "inactive": "Are you still there? Please go on playing.",
    "away": "Please stay on this page while you play.",
    "latency": "Your connection is slow at the moment. If you can, close other programs that use it.",
}
"""What people read, by the trouble with them."""
WARNED_BY: Final = {"inactive": "warn_inactive_s", "away": "warn_away_s", "latency": "max_rtt_ms"}
"""The setting without which nobody is warned of a trouble."""
LOOK_SECONDS: Final = 0.5
"""How often everybody who plays is looked at."""


class Monitoring:
    """Watches participants while they play: a plugin object for ``ExperimentConfig().plugins(…)``.

    Each episode of each participant is measured, compared with the limits, and recorded. Whoever is inactive
    or away for some time, or has too slow a connection, is warned. When that does not help in time, or when a
    whole episode exceeded a limit, the study ends for them if it excludes, with the outcome ``excluded``.

    Args:
        max_inactive: the share of an episode's steps without an action of theirs that is too much, 0 to 1.
        max_away: the share of an episode's time with the page hidden or not connected that is too much.
        max_rtt_ms: the longest median round trip to the server, in milliseconds.
        warn_inactive_s: after how many seconds of play without an action to warn.
        warn_away_s: after how many seconds away to warn.
        grace_s: how many seconds after a warning it is too late.
        consequence: ``"record"`` to leave people alone, ``"exclude"`` to end the study for them.
        check: is called with the `Measures` of each episode; returns a reason why it is too much, or None.
        warnings: other sentences, by ``"inactive"``, ``"away"`` and ``"latency"``.
    """

    def __init__(
        self,
        *,
        max_inactive: float | None = 0.975,
        max_away: float | None = 0.9,
        max_rtt_ms: float | None = None,
        warn_inactive_s: float | None = None,
        warn_away_s: float | None = None,
        grace_s: float = 15.0,
        consequence: Literal["record", "exclude"] = "record",
        check: Check | None = None,
        warnings: Mapping[str, str] | None = None,
    ) -> None:
        self._given: dict[str, Any] = {
            "max_inactive": max_inactive,
            "max_away": max_away,
            "max_rtt_ms": max_rtt_ms,
            "warn_inactive_s": warn_inactive_s,
            "warn_away_s": warn_away_s,
            "grace_s": grace_s,
            "consequence": consequence,
            "check": check,
            "warnings": warnings,
        }
        self._watched: dict[str, list[Watch]] = {}
        self._fps: dict[str, float] = {}
        self._untold: list[Observation] = []
        self._leaving: dict[str, str] = {}
        """Who is to be taken out, and why."""
        self._attendance: Attendance | None = None

    # ---------------------------------------------------------------------------------------- settings

    @mug.hookimpl
    def mug_check(self, experiment: Experiment) -> Iterator[Problem]:
        """Find what is wrong with the settings."""
        for name, most in (("max_inactive", 1.0), ("max_away", 1.0), ("max_rtt_ms", None)):
            yield from self._not_positive(name, most)
        for name in ("warn_inactive_s", "warn_away_s"):
            yield from self._not_positive(name, None)
        if self._given["grace_s"] is None:
            yield self._problem("grace_s", "a number of seconds")
        yield from self._not_positive("grace_s", None)
        if self._given["consequence"] not in ("record", "exclude"):
            yield self._problem("consequence", "'record' or 'exclude'")
        if self._given["check"] is not None and not callable(self._given["check"]):
            yield self._problem("check", "a function check(measures), or None")
        warnings = self._given["warnings"]
        if warnings is not None and not (
            isinstance(warnings, Mapping)
            and warnings.keys() <= WARNINGS.keys()
            and all(isinstance(text, str) and text for text in warnings.values())
        ):
            yield self._problem("warnings", f"a dict from {', '.join(WARNINGS)} to texts")
            return
        for trouble in warnings or ():
            if self._given[WARNED_BY[trouble]] is None:
                what = f"warnings has a text for '{trouble}', which nobody is warned of"
                yield Problem("Monitoring(…)", what, f"write {WARNED_BY[trouble]}=…, or leave it out")

    def _not_positive(self, name: str, most: float | None) -> Iterator[Problem]:
        value = self._given[name]
        if value is None:
            return
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 < value <= (most or 1e6):
            yield self._problem(name, "a number above 0" + (f", at most {most:g}" if most else ""))

    def _problem(self, name: str, wanted: str) -> Problem:
        return Problem("Monitoring(…)", f"{name} must be {wanted}, got {self._given[name]!r}")

    @property
    def _rules(self) -> Rules:
        given = self._given
        return Rules(
            Limits(given["max_inactive"], given["max_away"], given["max_rtt_ms"]),
            given["warn_inactive_s"],
            given["warn_away_s"],
            given["grace_s"],
            given["consequence"] == "exclude",
            given["check"],
            {**WARNINGS, **(given["warnings"] or {})},
        )

    # ------------------------------------------------------------------------------------- what happens

    @mug.hookimpl
    def mug_on_episode_start(self, game: Game, episode: Episode) -> None:
        """Begin to count."""
        for watch in self._watches(game):
            watch.begin(episode.number)

    @mug.hookimpl
    def mug_after_step(self, game: Game, step: Step) -> None:
        """Count a step."""
        now = asyncio.get_running_loop().time()
        for watch in list(self._watches(game)):
            if watch.leaving and step.sources.get(watch.player.agent_id) == "policy":
                self._untold += self._stop(watch, EXCLUDED)
            else:
                watch.step(step, now)

    @mug.hookimpl
    def mug_on_episode_end(self, game: Game, episode: Episode) -> None:
        """Measure the episode."""
        self._untold += self._gone(game.game_id)
        for watch in list(self._watches(game)):
            if watch.leaving:
                self._untold += self._stop(watch, EXCLUDED)
            elif (observation := watch.end(episode.reason)) is not None:
                self._untold.append(observation)
        # A game may be in the middle of a step: nobody is taken out of it now, but right afterwards.
        asyncio.get_running_loop().call_soon(self._tell)

    @mug.hookimpl
    def mug_on_game_end(self, game: Game, outcome: GameOutcome) -> None:
        """Stop watching a game."""
        self._untold += self._left_over(game.game_id)
        self._watched.pop(game.game_id, None)

    @mug.hookimpl
    @asynccontextmanager
    async def mug_lifespan(self, experiment: Experiment, attendance: Attendance) -> AsyncIterator[None]:
        """Look at everybody twice a second while the server runs."""
        self._attendance = attendance
        self._fps = {scene_id: float(getattr(spec, "fps", 30)) for scene_id, spec in experiment.games.items()}
        looking = asyncio.create_task(self._look_around())
        try:
            yield
        finally:
            looking.cancel()
            for game_id in self._watched:
                self._untold += self._left_over(game_id)
            self._tell()
            self._attendance = None
            self._watched.clear()

    def _watches(self, game: Game) -> list[Watch]:
        """The players of a game; one that a restarted server goes on with is watched from now on."""
        if game.game_id not in self._watched:
            fps, rules = self._fps.get(game.scene_id, 30.0), self._rules
            self._watched[game.game_id] = [
                Watch(game, Player(agent_id, subject_id), fps, rules)
                for agent_id, subject_id in game.players.items()
            ]
        return self._watched[game.game_id]

    async def _look_around(self) -> None:
        loop = asyncio.get_running_loop()
        last = loop.time()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = loop.time()
            try:
                self._look(now - last, now)
                self._tell()
            except Exception:
                log.exception("looking at those who play failed; it is tried again")
            last = now

    def _look(self, seconds: float, now: float) -> None:
        assert self._attendance is not None
        for game_id in list(self._watched):
            self._untold += self._gone(game_id)
            for watch in self._watched[game_id]:
                presence = self._attendance.presence(watch.player.subject_id)
                self._untold += watch.passes(seconds, presence, now)

    def _tell(self) -> None:
        """Record what was observed, warn, and take out; what cannot be stored now is told later."""
        from mug.components import StoreError

        if self._attendance is None:
            return
        try:
            self._record(self._attendance)
            for subject_id, reason in list(self._leaving.items()):
                self._attendance.take_out(subject_id, EXCLUDED, reason)
                del self._leaving[subject_id]
                for watch in [watch for watches in self._watched.values() for watch in watches]:
                    watch.leaving |= watch.player.subject_id == subject_id
        except StoreError as error:
            log.error("an observation could not be recorded and is kept: %s", error)

    def _record(self, attendance: Attendance) -> None:
        while self._untold:
            told = self._untold[0]
            attendance.record(told.subject_id, told.what, told.values, told.facts)
            self._untold.pop(0)
            if told.notice:
                attendance.notice(told.subject_id, told.notice)
            if told.exclude_for:
                self._leaving.setdefault(told.subject_id, told.exclude_for)

    def _gone(self, game_id: str) -> Iterator[Observation]:
        """Watch nobody any more who is elsewhere while the game goes on, with a policy in their seat."""
        if self._attendance is None:
            return
        for watch in [watch for watch in self._watched.get(game_id, ()) if not watch.leaving]:
            game = self._attendance.place(watch.player.subject_id).game
            if game is None or game.game_id != game_id:
                yield from self._stop(watch, "left")

    def _left_over(self, game_id: str) -> Iterator[Observation]:
        """Stop watching those who were taken out of a game of which nothing more is to come."""
        for watch in [watch for watch in self._watched.get(game_id, ()) if watch.leaving]:
            yield from self._stop(watch, EXCLUDED)

    def _stop(self, watch: Watch, reason: str) -> Iterator[Observation]:
        """Stop watching; yield what is known of an episode that is not finished."""
        self._watched[watch.game.game_id].remove(watch)
        last = watch.end(reason)
        if last is not None:
            yield last
