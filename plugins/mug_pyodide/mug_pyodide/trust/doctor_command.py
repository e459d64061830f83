"""``mug doctor``: whether an environment does the same each time, natively and in browsers, and how fast."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from pathlib import Path

import attrs
import click

from mug.cli.options import traceback_option
from mug.scripts import chosen, games_of
from mug_pyodide.trust.diagnosis import Diagnosis, Outcome, diagnose

_MARKS = {"ok": "ok   ", "found": "FOUND", "note": "note ", "skipped": "-    "}


@click.command
@click.argument("script", type=click.Path(path_type=Path))
@click.option("--scene", "scene_id", help="Only this game scene.")
@click.option(
    "--steps", default=300, show_default=True, type=click.IntRange(20), help="Steps to play in each run."
)
@click.option(
    "--browser/--no-browser", default=True, show_default=True, help="Also play in Pyodide, in Chromium."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@traceback_option
@click.pass_context
def doctor(
    ctx: click.Context, script: Path, scene_id: str | None, steps: int, browser: bool, as_json: bool
) -> None:
    """Find out whether the environments of SCRIPT are deterministic, fit for rollback, and how fast.

    Each is played with random actions: twice, in new processes, beside another game, with saves and loads in
    between, and in Pyodide in Chromium. What is found is named, with what to do about it. Exits with status 1
    if anything is found.
    """
    with games_of(script) as games:
        diagnoses = []
        for name, spec in chosen(games, scene_id, script).items():
            if not as_json:
                click.echo(f"scene '{name}'")
            diagnosis = diagnose(script, name, spec, steps)
            if browser:
                from mug_pyodide.trust.browser_diagnosis import add_browser

                add_browser(diagnosis, spec, steps)
            diagnoses.append(diagnosis)
            if not as_json:
                _print(diagnosis)
    if as_json:
        click.echo(json.dumps([_json(diagnosis) for diagnosis in diagnoses], indent=2))
    if any(diagnosis.found for diagnosis in diagnoses):
        ctx.exit(1)


def _print(diagnosis: Diagnosis) -> None:
    width = max(len(outcome.check) for outcome in diagnosis.outcomes)
    for outcome in diagnosis.outcomes:
        _print_outcome(outcome, width)
    click.echo(f"  {_summary(diagnosis)}\n")


def _print_outcome(outcome: Outcome, width: int) -> None:
    indent = " " * (width + 10)
    first = f"  {_MARKS[outcome.verdict]}  {outcome.check.ljust(width)} "
    click.echo(textwrap.fill(outcome.text, 110, initial_indent=first, subsequent_indent=indent))
    if outcome.fix and outcome.verdict in ("found", "skipped"):
        click.echo(
            textwrap.fill(
                f"fix: {outcome.fix}", 110, initial_indent=indent, subsequent_indent=indent + "     "
            )
        )


def _summary(diagnosis: Diagnosis) -> str:
    if diagnosis.verdict_of("plays") != "ok":
        return "It cannot be played."
    deterministic = "deterministic" if diagnosis.deterministic else "NOT deterministic"
    rollback = "fit for rollback" if diagnosis.fit_for_rollback else "NOT fit for rollback"
    return f"It is {deterministic} and {rollback}."


def _json(diagnosis: Diagnosis) -> dict[str, object]:
    outcomes: Sequence[object] = [attrs.asdict(outcome) for outcome in diagnosis.outcomes]
    return {
        "scene": diagnosis.scene_id,
        "deterministic": diagnosis.deterministic,
        "fit_for_rollback": diagnosis.fit_for_rollback,
        "checks": outcomes,
    }
