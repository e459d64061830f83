"""A server that only takes records: games are played in pages, nothing is packed or replayed for them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from mug_pyodide.handle import BrowserGame

import mug
from bench import alone
from bench.profiling import profiled
from mug.components import GameHandle, GameLink, GameSetup, Runtime
from mug.server import app


class RecordsOnly(Runtime):
    """The part of the runtime ``pyodide`` that costs something while people play."""

    name = "records"
    listens = True

    def open(self, setup: GameSetup, link: GameLink) -> GameHandle:
        """Follow a game."""
        return BrowserGame(setup, link, (), lambda game: None)


class Plugin:
    """Offers it."""

    @mug.hookimpl
    def mug_runtimes(self) -> Mapping[str, type[Runtime]]:
        """Register the runtime ``records``."""
        return {"records": RecordsOnly}


if __name__ == "__main__":
    with profiled(os.environ.get("BENCH_PROFILE")):
        app.run(alone.config("records", Plugin()))
