"""``mug run``: serve the experiment of a script."""

from __future__ import annotations

from pathlib import Path

import click

from mug.cli.options import server_options, traceback_option
from mug.core import launch
from mug.core.script_arguments import Arguments


@click.command
@click.argument("script", type=click.Path(path_type=Path))
@server_options
@traceback_option
def run(script: Path, host: str | None, port: int | None, data_dir: Path | None) -> None:
    """Serve the experiment of SCRIPT, as ``python SCRIPT`` does.

    A script that never calls app.run is served as well, if it defines ``config``.
    """
    launch.serve(script, Arguments(host, port, data_dir))
