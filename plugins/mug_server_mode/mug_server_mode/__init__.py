"""mug's server mode: environments that run on the server, streamed to participants' browsers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import mug
from mug.components import ClientModule, Runtime

if TYPE_CHECKING:
    from mug.facts import Experiment

__version__ = "0.1.0"


@mug.hookimpl
def mug_runtimes() -> Mapping[str, type[Runtime]]:
    """Register the runtime ``server``."""
    from mug_server_mode.runtime import ServerRuntime

    return {"server": ServerRuntime}


@mug.hookimpl
def mug_client_modules(experiment: Experiment) -> Iterable[ClientModule]:
    """Add the module that plays frames and sends inputs."""
    return [ClientModule("server", str(Path(__file__).parent / "static"), "client.js")]
