"""``mug bots``: a rehearsal of a study, by programs in real browser pages."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from mug.cli.options import traceback_option
from mug.errors import MugError, did_you_mean
from mug.game.spec import GameSpec
from mug.scripts import ScriptExperiment, experiments_of, games_of
from mug_bots.answers import Wanted
from mug_bots.scenarios import MIXED, parts

USUALLY_AT_ONCE = 4


@click.command
@click.argument("script", type=click.Path(path_type=Path))
@click.option(
    "--n", "count", type=click.IntRange(1, 1000), default=4, show_default=True, help="How many bots."
)
@click.option("--scenario", default=MIXED, show_default=True, help="What they do: see above.")
@click.option("--seed", type=int, default=0, show_default=True, help="What all that they do is drawn from.")
@click.option(
    "--at-once", type=click.IntRange(1), help="How many at the same time; 4, or as many as a game is for."
)
@click.option("--answer", "answers", multiple=True, metavar="FIELD=ANSWER", help="An answer, as in quizzes.")
@click.option("--link", default="", metavar="QUERY", help="Parameters of the link; {bot} is a bot's number.")
@click.option("--experiment", "experiment_id", help="Which one, of a script with several experiments.")
@click.option(
    "--data-dir", type=click.Path(path_type=Path, file_okay=False), help="A new folder for the data."
)
@click.option(
    "--patience", type=float, default=90.0, show_default=True, help="Seconds without any change: stuck."
)
@click.option("--minutes", type=float, default=30.0, show_default=True, help="What a bot may take at most.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@traceback_option
@click.pass_context
def bots(
    ctx: click.Context,
    script: Path,
    count: int,
    scenario: str,
    seed: int,
    at_once: int | None,
    answers: tuple[str, ...],
    link: str,
    experiment_id: str | None,
    data_dir: Path | None,
    patience: float,
    minutes: float,
    as_json: bool,
) -> None:
    """Let bots take part in SCRIPT as people would, each in a page of its own in Chromium.

    Scenarios: complete (takes part to the end), quits (closes the page on the way), reloads (reloads once in
    each scene), declines (declines where one can), inactive (never presses a key in games), and mixed (each
    bot does one of these). Prints how it ended for each, and what is in the data. Exits with status 1 if a
    bot got stuck, a page or the server reported an error, or data is missing.
    """
    from mug_bots.bot import Study
    from mug_bots.rehearsal import rehearse

    cast = parts(scenario, count, seed)
    wanted = _answers(answers)
    folder = _folder(data_dir)
    experiment, several = _experiment(experiments_of(script, folder), experiment_id, script)
    with games_of(script) as games:
        specs = {
            name: spec
            for one in games
            if one.experiment_id == experiment.experiment_id
            for name, spec in one.specs.items()
        }
    study = Study(
        url=f"/{experiment.experiment_id}" if several else "",
        link=link,
        keys={name: _keys(spec) for name, spec in specs.items()},
        wanted=Wanted(wanted),
        patience=patience,
        most_seconds=minutes * 60,
    )
    group = max((len(spec.humans) for spec in specs.values()), default=1)
    at_once = at_once or max(USUALLY_AT_ONCE, group)
    try:
        report = asyncio.run(rehearse(script, study, cast, folder, experiment.data_dir, at_once))
    except asyncio.CancelledError:
        raise click.Abort from None
    if as_json:
        click.echo(json.dumps(report.record(), indent=2))
    else:
        for line in report.lines():
            click.echo(line)
    if report.failed:
        ctx.exit(1)


def _folder(data_dir: Path | None) -> Path:
    """An empty folder: what bots leave must not mix with what people did."""
    if data_dir is None:
        return Path(tempfile.mkdtemp(prefix="mug-bots-"))
    if data_dir.exists() and any(data_dir.iterdir()):
        raise MugError(f"there is something in '{data_dir}' already", "--data-dir", "give a new folder")
    data_dir.mkdir(parents=True, exist_ok=True)
    return data_dir.resolve()


def _answers(given: Iterable[str]) -> dict[str, str]:
    wanted = {}
    for one in given:
        name, there, text = one.partition("=")
        if not there or not name.strip():
            raise MugError(f"'{one}' is no answer", "--answer", 'write --answer "FIELD=ANSWER"')
        wanted[name.strip().lower()] = text.strip()
    return wanted


def _experiment(
    found: Sequence[ScriptExperiment], wanted: str | None, script: Path
) -> tuple[ScriptExperiment, bool]:
    """The experiment to rehearse, and whether it is one of several."""
    by_id = {one.experiment_id: one for one in found}
    if wanted is None and len(found) == 1:
        return found[0], False
    if wanted in by_id:
        return by_id[wanted], len(found) > 1
    known = ", ".join(by_id)
    if wanted is None:
        raise MugError("the script has several experiments", str(script), f"add --experiment: {known}")
    fix = did_you_mean(wanted, by_id) or f"one of {known}"
    raise MugError(f"there is no experiment '{wanted}'", str(script), fix)


def _keys(spec: GameSpec) -> list[tuple[str, ...]]:
    """The keys of a game, for whoever plays it."""
    return [tuple(binding.codes) for controls in spec.controls.values() for binding in controls.bindings]
