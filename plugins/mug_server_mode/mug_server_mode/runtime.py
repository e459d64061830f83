"""The runtime ``server``: environments are stepped in worker processes beside the web server."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import traceback
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mug.components import GameHandle, GameLink, GameSetup, Runtime, StoreError
from mug.errors import MugError, Problem
from mug.game.output import EVENT
from mug.game.spec import GameSpec
from mug_server_mode.board import Board
from mug_server_mode.connection import Worker
from mug_server_mode.handle import OpenGame
from mug_server_mode.wire import WORKER

if TYPE_CHECKING:
    from mug_server_mode.pool import Death, Pool

log = logging.getLogger("mug_server_mode")

WORKERS_VARIABLE = "MUG_WORKERS"
RETRY_SECONDS = 1.0


class ServerRuntime(Runtime):
    """Plays games in worker processes.

    Args:
        workers: how many processes; by default the environment variable ``MUG_WORKERS``, else one fewer than
            there are processor cores for this process, and at least one.
        step_timeout: seconds that one step of an environment, with its policies and its picture, may take
            before its worker is ended.
        open_timeout: the same for making an environment and loading its policies.
    """

    name = "server"

    def __init__(
        self, workers: int | None = None, step_timeout: float = 10.0, open_timeout: float = 60.0
    ) -> None:
        if workers is not None and workers < 1:
            raise MugError(
                f"at least one worker is needed, got {workers}", "ServerRuntime(workers=)", "write workers=1"
            )
        if step_timeout <= 0 or open_timeout <= 0:
            raise MugError(
                "a timeout must be a positive number of seconds",
                "ServerRuntime(step_timeout=, open_timeout=)",
            )
        self._wanted = workers
        self._step_timeout = step_timeout
        self._open_timeout = open_timeout
        self._pool: Pool | None = None
        self._specs: dict[str, GameSpec] = {}
        self._games: dict[int, OpenGame] = {}
        self._last_number = WORKER
        self._figures: dict[int, Mapping[str, Any]] = {}

    def check(self, spec: GameSpec) -> Iterable[Problem]:
        """Yield what keeps this machine, or this scene, from being played on the server."""
        where = f"scene '{spec.scene_id}', .runtime()"
        if not hasattr(os, "fork"):
            yield Problem(
                where,
                "running environments on the server needs Linux, macOS or the Windows Subsystem for Linux",
                "run the script there",
            )
        if self._wanted is None and _workers_variable() == 0:
            given = os.environ[WORKERS_VARIABLE]
            yield Problem(
                f"the environment variable {WORKERS_VARIABLE}",
                f"a whole number from 1 is expected, got {given!r}",
                f"write {WORKERS_VARIABLE}=2, or leave it out",
            )

    def prepare(self, specs: Mapping[str, GameSpec]) -> None:
        """Fork the process that workers come from: they will know the script as it is now."""
        # Not at the top: a system that cannot fork lacks what these need, and must hear so from check().
        from mug_server_mode.pool import Pool
        from mug_server_mode.worker import run

        self._specs = dict(specs)
        specs_now = self._specs
        step_timeout, open_timeout = self._step_timeout, self._open_timeout

        def main(slot: int, connection: socket.socket, crash_file: int, board: Board) -> None:
            run(slot, board.desk(slot), connection, crash_file, specs_now, step_timeout, open_timeout)

        size = self._wanted or _workers_variable() or max(1, _cores() - 1)
        self._pool = Pool(size, main, self._deliver, self._died)

    async def start(self) -> None:
        """Begin to talk to the workers."""
        self._prepared.attach(asyncio.get_running_loop())

    async def stop(self) -> None:
        """Stop every game where it stands; its records are complete, and it can be resumed from them."""
        if self._pool is not None:
            await self._pool.stop()
            self._pool = None
            self._games.clear()

    def open(self, setup: GameSetup, link: GameLink) -> GameHandle:
        """Create a game on the worker with the fewest.

        Raises:
            ValueError: the scene was not among those prepared for, or a policy is none of the scene's.
        """
        if self._specs.get(setup.scene_id) is not setup.spec:
            raise ValueError(f"scene {setup.scene_id!r} is not as it was when the workers were prepared")
        self._last_number += 1
        game = OpenGame(self._last_number, setup, link, self._prepared.least_loaded, self._closed)
        self._games[game.number] = game
        # Once the caller has the handle: it may need it to follow what the link says.
        asyncio.get_running_loop().call_soon(game.open)
        return game

    def health(self) -> Mapping[str, object]:
        """Return figures about games and workers.

        ``ticks``, ``late_ticks`` and ``skipped_ticks`` count since each worker started; ``fps`` compares what
        all games together did in the last second with what they should have done.
        """
        pool = self._pool
        figures = self._figures.values()
        wanted = sum(figure["wanted_fps"] for figure in figures)
        done = sum(figure["fps"] for figure in figures)
        return {
            "games": len(self._games),
            "workers": [] if pool is None else [self._worker_health(worker) for worker in pool.workers],
            "workers_lost": pool is None or pool.lost,
            "ticks": sum(figure["ticks"] for figure in figures),
            "late_ticks": sum(figure["late"] for figure in figures),
            "skipped_ticks": sum(figure["skipped"] for figure in figures),
            "fps": {"wanted": wanted, "done": round(done, 2)},
        }

    @property
    def _prepared(self) -> Pool:
        if self._pool is None:
            raise RuntimeError("ServerRuntime.prepare() comes first")
        return self._pool

    def _worker_health(self, worker: Worker) -> dict[str, object]:
        figure = self._figures.get(worker.slot, {})
        return {
            "pid": worker.pid,
            "games": len(worker.games),
            "busy": figure.get("busy", 0.0),
            "waits_for_store": worker.held_up,
        }

    def _deliver(self, message: Any) -> None:
        number, records, output = message
        if number == WORKER:
            for target, name, slot, figures in output:
                if target == EVENT and name == "figures":
                    self._figures[slot] = figures
            return
        game = self._games.get(number)
        if game is None:
            return
        try:
            game.deliver(records, output)
        except StoreError:
            raise
        except Exception as error:
            # One game's trouble in the core must not keep the worker's other games from being heard.
            log.exception("game %d: what its worker said could not be taken", number)
            game.stop("failed")
            game.fail(f"the server raised {type(error).__name__}: {error}", traceback.format_exc())

    def _closed(self, game: OpenGame) -> None:
        self._games.pop(game.number, None)
        if game.worker is not None:
            game.worker.games.discard(game.number)

    def _died(self, worker: Worker, death: Death) -> None:
        self._figures.pop(worker.slot, None)
        log.error("worker %d (process %s) %s\n%s", worker.slot, worker.pid, death.how, death.report)
        lost = [self._games[number] for number in sorted(worker.games) if number in self._games]
        worker.games.clear()
        for game in lost:
            if game.number == death.culprit:
                game.fail(f"the process that ran the environment {death.how}", death.report)
            elif game.lost(death.how):
                # A process that could not even be forked may be had a little later.
                delay = 0.0 if worker.pid else RETRY_SECONDS
                asyncio.get_running_loop().call_later(delay, game.open)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _workers_variable() -> int | None:
    """How many workers the environment variable asks for; None when it is not set, 0 when it is wrong."""
    text = os.environ.get(WORKERS_VARIABLE)
    if text is None:
        return None
    return int(text) if text.isascii() and text.isdigit() else 0
