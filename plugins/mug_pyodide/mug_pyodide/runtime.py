"""The runtime ``pyodide``: environments are stepped in the browsers of those who play them."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from mug.components import GameHandle, GameLink, GameSetup, Route, Runtime, StoreError
from mug.errors import ConfigurationError, Problem
from mug.game.spec import GameSpec
from mug.records import encode
from mug_pyodide.following import FollowedGame
from mug_pyodide.group import GroupGame
from mug_pyodide.handle import BrowserGame
from mug_pyodide.packing import Packed, cache_folder, pack
from mug_pyodide.routes import Files
from mug_pyodide.static_runtime import StaticRuntime

if TYPE_CHECKING:
    from mug_pyodide.in_browser.findings import Finding
    from mug_pyodide.trust.verifier import Verifier

log = logging.getLogger("mug_pyodide")

STORE_RETRY_SECONDS = 5.0


class BrowserRuntime(Runtime):
    """Has games played in browsers, keeps what they record, and replays them to see whether it is true.

    Args:
        verify: whether games are replayed on the server when they are over, where processes can be forked.
    """

    name = "pyodide"
    listens = True

    def __init__(self, verify: bool = True) -> None:
        self._verify = verify
        self._packed: dict[str, Packed] = {}
        self._specs: Mapping[str, GameSpec] = {}
        self._games: set[FollowedGame] = set()
        self._verifier: Verifier | None = None
        self._verifying: set[asyncio.Task[None]] = set()
        self._verdicts: dict[str, int] = {}
        self._files = Files()

    def check(self, spec: GameSpec) -> Iterable[Problem]:
        """Yield what keeps browsers from playing the scene; the environment is tried out for that."""
        where = f"scene '{spec.scene_id}', .runtime()"
        if not spec.humans or (len(spec.humans) > 1 and spec.peer_game is None):
            what = f"{len(spec.humans)} people in one game cannot each step the environment in their browser"
            fix = 'write run_through_pyodide=False, or transport="webrtc" after pip install mug-ggpo'
            yield Problem(where, what, fix)
            return
        static = StaticRuntime.find()
        if static is None:
            what = "Python for the browser is not there: this installation of mug-pyodide was never built"
            yield Problem(where, what, "run make setup, or install the wheel of mug-pyodide")
            return
        try:
            self._packed[spec.scene_id] = pack(spec, cache_folder())
        except ConfigurationError as error:
            yield from error.problems

    def prepare(self, specs: Mapping[str, GameSpec]) -> None:
        """Publish what browsers load, and get ready to replay games."""
        self._specs = dict(specs)
        static = StaticRuntime.find()
        assert static is not None, "check() refuses to go on without it"
        for scene_id, spec in specs.items():
            if scene_id not in self._packed:
                self._packed[scene_id] = pack(spec, cache_folder())
        self._files.publish(static, {scene_id: self._packed[scene_id] for scene_id in specs})
        if self._verify and hasattr(os, "fork"):
            # Not at the top: a system that cannot fork lacks what this needs; games are played there too.
            from mug_pyodide.trust.verifier import Verifier

            self._verifier = Verifier(self._specs)

    def routes(self) -> Iterable[Route]:
        """Return the routes of what browsers load."""
        return self._files.routes()

    async def start(self) -> None:
        """Begin to replay games."""
        if self._verifier is not None:
            await self._verifier.start()

    async def stop(self) -> None:
        """Leave every game as it stands: pages keep what they have not been able to send."""
        if self._verifying:
            log.warning("%d games were not replayed; mug replay does it", len(self._verifying))
        for task in self._verifying:
            task.cancel()
        await asyncio.gather(*self._verifying, return_exceptions=True)
        if self._verifier is not None:
            await self._verifier.stop()
        self._games.clear()

    def open(self, setup: GameSetup, link: GameLink) -> GameHandle:
        """Follow a game; its page will say when it is ready."""
        packed = self._packed[setup.scene_id]
        kind = BrowserGame if len(setup.participants) == 1 else GroupGame
        game: BrowserGame | GroupGame = kind(setup, link, packed.assets, packed.scene_name, self._over)
        if not game.over:
            self._games.add(game)
        return game

    def health(self) -> Mapping[str, object]:
        """Return how many games are played, and what came out of replaying those that are over."""
        return {
            "games": len(self._games),
            "being_verified": len(self._verifying),
            "episodes": dict(self._verdicts),
        }

    def _over(self, game: FollowedGame) -> None:
        self._games.discard(game)
        if self._verifier is not None and game.has_records:
            task = asyncio.get_running_loop().create_task(self._check_records(game, self._verifier))
            self._verifying.add(task)
            task.add_done_callback(self._verifying.discard)

    async def _check_records(self, game: FollowedGame, verifier: Verifier) -> None:
        setup = game.setup
        try:
            findings = await verifier.verify(setup.scene_id, game.played, setup.seed)
        except Exception:
            log.exception("game %s could not be replayed", setup.game_id)
            return
        for finding in findings:
            self._verdicts[finding.verdict] = self._verdicts.get(finding.verdict, 0) + 1
            if finding.verdict == "different":
                log.warning("game %s: %s", setup.game_id, finding)
        while findings:
            try:
                game.link.records([("verification", _record(finding)) for finding in findings])
                return
            except StoreError as error:
                log.error("what was found about game %s could not be stored: %s", setup.game_id, error)
                await asyncio.sleep(STORE_RETRY_SECONDS)


def _record(finding: Finding) -> bytes:
    stamp = {"kind": "verification", "wall": time.time_ns() // 1_000_000, "by": "server"}
    return encode({**stamp, **finding.record()})
