"""The experiment that is played in pages; BENCH_PROFILE names a file for where the server's time goes."""

from __future__ import annotations

import os

from bench import alone
from bench.profiling import profiled
from mug.server import app

if __name__ == "__main__":
    with profiled(os.environ.get("BENCH_PROFILE")):
        app.run(alone.config("pyodide"))
