"""mug's browser mode: environments that run in the participants' browsers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import mug

if TYPE_CHECKING:
    import click

    from mug.components import ClientModule, Runtime
    from mug.facts import Experiment

__version__ = "0.1.0"


@mug.hookimpl
def mug_runtimes() -> Mapping[str, type[Runtime]]:
    """Register the runtime ``pyodide``."""
    from mug_pyodide.runtime import BrowserRuntime

    return {"pyodide": BrowserRuntime}


@mug.hookimpl
def mug_client_modules(experiment: Experiment) -> Iterable[ClientModule]:
    """Add the module that has games played in the page."""
    from mug.components import ClientModule

    directory = str(Path(__file__).parent / "static")
    return [ClientModule("pyodide", directory, "client.js", data=("manifest.json",))]


@mug.hookimpl
def mug_cli_commands(cli: click.Group) -> None:
    """Add ``mug replay`` and ``mug doctor``."""
    from mug_pyodide.trust.doctor_command import doctor
    from mug_pyodide.trust.replay_command import replay

    cli.add_command(replay)
    cli.add_command(doctor)
