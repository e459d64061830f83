"""``mug codebook``: what every column of an experiment's answers means."""

from __future__ import annotations

import json
from pathlib import Path

import click

from mug.cli.options import traceback_option
from mug.scripts import configs_of
from mug_surveys.codebook import as_csv, as_json


@click.command
@click.argument("script", type=click.Path(path_type=Path))
@click.option(
    "--json", "wants_json", is_flag=True, help="JSON instead of CSV, with the questions' definitions."
)
@click.option("--output", type=click.Path(path_type=Path), help="A file to write, instead of printing.")
@traceback_option
def codebook(script: Path, wants_json: bool, output: Path | None) -> None:
    """Say what every column of the answers to SCRIPT's scenes means.

    The same is written into the data folder, as codebook.csv and codebook.json, when the script is served.
    """
    with configs_of(script) as configs:
        stagers = {config.setting("experiment_id"): config.setting("stager") for config in configs}
        if wants_json:
            books = [{"experiment_id": name} | as_json(stager) for name, stager in stagers.items()]
            text = json.dumps(books[0] if len(books) == 1 else books, ensure_ascii=False, indent=2) + "\n"
        else:
            text = "\n".join(as_csv(stager) for stager in stagers.values()).replace("\r\n", "\n")
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
        click.echo(f"wrote {output}")
