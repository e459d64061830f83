"""``mug export``: an experiment's data in the format of one of the exporters that plugins offer."""

from __future__ import annotations

from pathlib import Path

import click

from mug.cli.options import traceback_option
from mug.core import launch
from mug.core.plugins import PluginSet
from mug.errors import MugError


@click.command
@click.argument("source", metavar="SCRIPT|FOLDER", type=click.Path(path_type=Path))
@click.option(
    "--format", "name", default="csv", show_default=True, help="One of the formats of `mug plugins`."
)
@click.option("--to", "target", type=click.Path(path_type=Path, file_okay=False), help="Where the files go.")
@traceback_option
def export(source: Path, name: str, target: Path | None) -> None:
    """Write the data of an experiment, given by its SCRIPT or its data FOLDER, in another format.

    Files go into the data folder unless --to names another one, in which each of several experiments gets a
    folder of its own. The experiment may be running.
    """
    exporter = PluginSet().find("mug_exporters", name, f"--format {name}")
    folders = _data_folders(source)
    for folder in folders:
        into = folder if target is None else target if len(folders) == 1 else target / folder.name
        into.mkdir(parents=True, exist_ok=True)
        count = 0
        for path in exporter().export(folder, into):
            click.echo(path)
            count += 1
        if not count:
            click.echo(f"{folder}: nothing to export yet", err=True)


def _data_folders(source: Path) -> list[Path]:
    """The data folder given, or those of the experiments that a script configures."""
    if source.suffix != ".py":
        if not source.is_dir():
            raise MugError(
                f"there is no folder '{source}'", fix="give a script or an experiment's data folder"
            )
        return [source]
    configs = launch.capture(source)
    folders = [Path(config.setting("data_dir")) / config.setting("experiment_id") for config in configs]
    for folder in folders:
        if not folder.is_dir():
            raise MugError(f"the experiment has no data yet: there is no folder '{folder}'", str(source))
    return folders
