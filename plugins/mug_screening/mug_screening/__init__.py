"""mug's screening: who can take part with their browser and connection, and who does while they play."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import mug
from mug_screening.monitoring import Monitoring
from mug_screening.scene import ScreeningScene

if TYPE_CHECKING:
    from mug.components import ClientModule, Exporter, Route
    from mug.facts import Experiment
    from mug.scenes.scene import Scene

__version__ = "0.1.0"
__all__ = ["Monitoring", "ScreeningScene"]


@mug.hookimpl
def mug_scenes() -> Mapping[str, type[Scene]]:
    """Register the scene that looks at a browser."""
    return {"screening": ScreeningScene}


@mug.hookimpl
def mug_exporters() -> Mapping[str, type[Exporter]]:
    """Register the table of how attentive people were."""
    from mug_screening.exporter import AttentionExporter

    return {"attention": AttentionExporter}


@mug.hookimpl
def mug_client_modules(experiment: Experiment) -> Iterable[ClientModule]:
    """Add the module that looks at the browser."""
    from mug.components import ClientModule

    return [ClientModule("screening", str(Path(__file__).parent / "static"), "client.js")]


@mug.hookimpl
def mug_routes(experiment: Experiment) -> Iterable[Route]:
    """Add what pages measure the way to."""
    from mug.components import Route

    async def ping() -> tuple[str, int]:
        return "", 204

    return [Route("ping", ping)]
