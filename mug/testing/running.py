"""An experiment that runs inside a test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import attrs

from mug.configurations.experiment_config import ExperimentConfig
from mug.core.serve import Server
from mug.server.app import build
from mug.testing.participants import HeadlessParticipant


@attrs.frozen(eq=False)
class RunningExperiment:
    """Where a running experiment is and where its data goes."""

    url: str
    data_dir: Path
    server: Server

    def arrive(self, query: Mapping[str, str] | None = None) -> HeadlessParticipant:
        """Return a new participant; ``async with`` lets them arrive and, in the end, go."""
        return HeadlessParticipant(self.url, query)


@asynccontextmanager
async def running(configs: Sequence[ExperimentConfig], data_dir: Path) -> AsyncIterator[RunningExperiment]:
    """Serve experiments on a free port of this machine while the block runs.

    Raises:
        ConfigurationError: something is wrong with a configuration.
    """
    for config in configs:
        config.experiment(data_dir=data_dir)
    experiments = build(configs)
    server = Server(experiments, "127.0.0.1", 0)
    await server.start()
    prefix = "" if len(experiments) == 1 else f"/{experiments[0].experiment_id}"
    try:
        yield RunningExperiment(
            f"http://127.0.0.1:{server.port}{prefix}", data_dir / experiments[0].experiment_id, server
        )
    finally:
        await server.stop()
