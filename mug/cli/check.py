"""``mug check``: everything that is wrong with an experiment, at once, before any participant sees it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mug.cli.options import traceback_option
from mug.core import launch
from mug.errors import ConfigurationError, numbered

if TYPE_CHECKING:
    from mug.core.experiment import Experiment


@click.command
@click.argument("subject", metavar="SCRIPT|PLUGIN")
@click.option(
    "--environments", is_flag=True, help="Also play each environment, and check that games can be repeated."
)
@traceback_option
@click.pass_context
def check(ctx: click.Context, subject: str, environments: bool) -> None:
    """Find everything that is wrong with an experiment script, or with an installed plugin.

    A script is run up to ``app.run``, but nothing is served. Exits with status 2 if there are problems.
    """
    if subject.endswith(".py") or Path(subject).exists():
        _check_script(ctx, Path(subject), environments)
    elif environments:
        raise click.UsageError("--environments goes with a script")
    else:
        from mug.cli.check_plugin import check_plugin

        check_plugin(ctx, subject)


def _check_script(ctx: click.Context, script: Path, environments: bool) -> None:
    from mug.server import app

    with launch.capturing(script) as configs:
        try:
            experiments = app.build(configs)
        except ConfigurationError as error:
            _show(script, error)
            ctx.exit(2)
        for experiment in experiments:
            name = f"'{experiment.experiment_id}' " if experiment.experiment_id else ""
            click.echo(f"{script}: experiment {name}is ready, with {len(experiment.scenes)} scenes")
        if environments and _check_environments(experiments):
            ctx.exit(2)


def _show(script: Path, error: ConfigurationError) -> None:
    count = len(error.problems)
    click.echo(f"{script}: {count} problem{'s' if count > 1 else ''}", err=True)
    for number, problem in enumerate(error.problems, start=1):
        click.echo(numbered(number, problem), err=True)


def _check_environments(experiments: Sequence[Experiment]) -> int:
    """Check every environment that is made on the server; returns how many checks failed."""
    from mug.cli.report import report
    from mug.testing import conformance

    return sum(
        report(f"the environment of scene '{scene_id}'", conformance.environment, spec.make_env)
        for experiment in experiments
        for scene_id, spec in experiment.games.items()
        if spec.make_env is not None
    )
