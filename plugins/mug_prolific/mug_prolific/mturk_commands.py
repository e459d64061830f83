"""``mug mturk …``: tasks, assignments and bonuses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from mug.cli.options import traceback_option
from mug.errors import MugError
from mug.outcomes import COMPLETED
from mug_prolific.mturk import MTurk
from mug_prolific.mturk_api import PRODUCTION, SANDBOX, MTurkApi
from mug_prolific.scripts import Study, pay_bonuses, run, script_argument, show_bonuses, study_of


@click.group
def mturk() -> None:
    """Publish a task on Mechanical Turk, decide about assignments, pay bonuses.

    Credentials are those that boto3 finds: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, for instance.
    Everything happens in the sandbox unless --production is given.
    """


def where_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the choice between the sandbox, the real thing, and another address."""
    command = click.option("--endpoint", help="The API's address, if it is another one.")(command)
    return click.option("--production", is_flag=True, help="The real thing, with real money.")(command)


def _api(production: bool, endpoint: str | None) -> MTurkApi:
    return MTurkApi(endpoint or (PRODUCTION if production else SANDBOX))


def _study(script: Path, data_dir: Path | None) -> Study:
    return study_of(script, data_dir, MTurk)


@mturk.command
@script_argument
@where_option
@click.option("--url", required=True, help="The address of the study: https, without parameters.")
@click.option("--reward", type=Decimal, required=True, help="For completing, in dollars.")
@click.option("--minutes", type=click.IntRange(1), required=True, help="How long people may take.")
@click.option("--places", type=click.IntRange(1), required=True, help="How many participants are wanted.")
@click.option("--description", required=True, help="What participants read about the task.")
@click.option("--days", type=click.IntRange(1), default=7, help="How long the task is offered.")
@click.option("--token", required=True, help="A word of yours: with the same one, a task is published once.")
@traceback_option
def create(
    script: Path, data_dir: Path | None, production: bool, endpoint: str | None, **wishes: Any
) -> None:
    """Publish a task whose frame leads to the study."""
    study = _study(script, data_dir)
    if not wishes["url"].startswith("https://"):
        raise MugError(f"Mechanical Turk frames https addresses only, got {wishes['url']!r}", "--url")
    if wishes["places"] > 9:
        click.echo("a task for ten or more costs 40 % in fees instead of 20 %: publish several smaller ones")
    fields = {
        "Title": study.experiment.title or "An online study",
        "Description": wishes["description"],
        "Reward": f"{wishes['reward']:.2f}",
        "MaxAssignments": wishes["places"],
        "AssignmentDurationInSeconds": wishes["minutes"] * 60,
        "LifetimeInSeconds": wishes["days"] * 86_400,
    }
    url = f"{wishes['url'].rstrip('/')}/-/prolific/task"
    hit = run(_api(production, endpoint).create_task(url, wishes["token"], **fields))
    click.echo(f"task {hit['HITId']}")


@mturk.command
@script_argument
@where_option
@click.argument("task")
@click.option("--yes", is_flag=True, help="Do it; otherwise it is only shown who would be approved.")
@traceback_option
def approve(
    script: Path, data_dir: Path | None, production: bool, endpoint: str | None, task: str, yes: bool
) -> None:
    """Approve the assignments of a task whose participants completed here."""
    study = _study(script, data_dir)
    api = _api(production, endpoint)

    async def work() -> None:
        accounts = await asyncio.to_thread(study.book.accounts)
        async for assignment in api.assignments(task):
            name, status = assignment["AssignmentId"], assignment["AssignmentStatus"]
            ended = accounts.ended.get(f"mturk {name}")
            outcome = ended.outcome if ended else "unknown here"
            if status != "Submitted" or outcome != COMPLETED:
                click.echo(f"{name}  {status}  {outcome}  left as it is")
                continue
            if yes:
                await api.approve(name)
            click.echo(f"{name}  {'Approved' if yes else 'to be approved'}  {outcome}")

    run(work())
    if not yes:
        click.echo("nothing was approved: this was only a look, add --yes")


@mturk.command
@script_argument
@where_option
@click.argument("assignment")
@click.option("--reason", required=True, help="What the participant reads.")
@traceback_option
def reject(
    script: Path, data_dir: Path | None, production: bool, endpoint: str | None, assignment: str, reason: str
) -> None:
    """Reject an assignment."""
    _study(script, data_dir)
    run(_api(production, endpoint).reject(assignment, reason))
    click.echo("Rejected")


@mturk.command
@script_argument
@where_option
@click.option("--pay", is_flag=True, help="Pay them; otherwise they are only shown.")
@click.option("--limit", type=Decimal, help="Pay nothing if it is more than this in all.")
@traceback_option
def bonuses(
    script: Path,
    data_dir: Path | None,
    production: bool,
    endpoint: str | None,
    pay: bool,
    limit: Decimal | None,
) -> None:
    """Show the bonuses that are due, item by item, and pay them if so wished."""
    study = _study(script, data_dir)
    show_bonuses(study.accounts, "USD")
    if not pay:
        click.echo("nothing was paid: this was only a look, add --pay")
        return
    run(pay_bonuses(study, _api(production, endpoint), limit))
