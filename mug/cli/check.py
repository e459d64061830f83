"""``mug check``: everything that is wrong with an experiment, at once, before any participant sees it."""

from __future__ import annotations

from pathlib import Path

import click

from mug.cli.options import traceback_option
from mug.core import launch
from mug.errors import ConfigurationError, numbered


@click.command
@click.argument("subject", metavar="SCRIPT|PLUGIN")
@traceback_option
@click.pass_context
def check(ctx: click.Context, subject: str) -> None:
    """Find everything that is wrong with an experiment script, or with an installed plugin.

    A script is run up to ``app.run``, but nothing is served. Exits with status 2 if there are problems.
    """
    if subject.endswith(".py") or Path(subject).exists():
        _check_script(ctx, Path(subject))
    else:
        from mug.cli.check_plugin import check_plugin

        check_plugin(ctx, subject)


def _check_script(ctx: click.Context, script: Path) -> None:
    from mug.server import app

    with launch.capturing(script) as configs:
        try:
            experiments = app.build(configs)
        except ConfigurationError as error:
            count = len(error.problems)
            click.echo(f"{script}: {count} problem{'s' if count > 1 else ''}", err=True)
            for number, problem in enumerate(error.problems, start=1):
                click.echo(numbered(number, problem), err=True)
            ctx.exit(2)
        for experiment in experiments:
            name = f"'{experiment.experiment_id}' " if experiment.experiment_id else ""
            click.echo(f"{script}: experiment {name}is ready, with {len(experiment.scenes)} scenes")
        for note in app.notes(configs):
            click.echo(note)
