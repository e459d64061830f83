"""Fixtures for tests of experiments and plugins, found by pytest once mug is installed.

``run_experiment`` runs an experiment in the test's own event loop, behind a real port::

    async def test_two_people_meet(run_experiment):
        async with run_experiment(config) as running:
            async with running.arrive() as ann, running.arrive() as bob:
                await ann.advance()
                await bob.advance()
                await ann.until_scene("game")
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mug.testing.running import RunningExperiment


@pytest.fixture
def run_experiment(tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[RunningExperiment]]:
    """Return a function that serves configurations, with their data in the test's temporary folder."""
    from mug.testing.running import running

    def run(*configs: Any) -> AbstractAsyncContextManager[RunningExperiment]:
        return running(configs, tmp_path / "data")

    return run
