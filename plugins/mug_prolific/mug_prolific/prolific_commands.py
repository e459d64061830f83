"""``mug prolific …``: studies, submissions and bonuses."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from mug.cli.options import traceback_option
from mug.errors import MugError
from mug.outcomes import COMPLETED, ENDINGS
from mug_prolific.prolific import Prolific
from mug_prolific.prolific_api import (
    REJECTION_CATEGORIES,
    SHORTEST_REJECTION,
    ProlificApi,
    token_from_environment,
)
from mug_prolific.scripts import Study, pay_bonuses, run, script_argument, show_bonuses, study_of
from mug_prolific.watch import reconcile

PLACEHOLDERS = "PROLIFIC_PID={{%PROLIFIC_PID%}}&STUDY_ID={{%STUDY_ID%}}&SESSION_ID={{%SESSION_ID%}}"


@click.group
def prolific() -> None:
    """Create a study on Prolific, decide about submissions, pay bonuses.

    The API token is taken from the environment: PROLIFIC_TOKEN.
    """


def _study(script: Path, data_dir: Path | None) -> Study:
    return study_of(script, data_dir, Prolific)


def _api(study: Study) -> ProlificApi:
    return ProlificApi(study.recruiter.api, token_from_environment())


@prolific.command
@script_argument
@traceback_option
def codes(script: Path, data_dir: Path | None) -> None:
    """Show the completion code of each outcome."""
    study = _study(script, data_dir)
    for outcome, code in study.recruiter.codes(study).items():
        click.echo(f"{outcome:16} {code}")


@prolific.command
@script_argument
@click.option("--url", required=True, help="The address of the study, without parameters.")
@click.option("--name", help="The title on Prolific, if not the experiment's.")
@click.option("--description", required=True, help="What participants read about the study.")
@click.option("--reward", type=click.IntRange(1), required=True, help="For completing, in pence or cents.")
@click.option("--minutes", type=click.IntRange(1), required=True, help="How long it takes.")
@click.option("--places", type=click.IntRange(1), required=True, help="How many participants are wanted.")
@click.option("--approve", is_flag=True, help="Let Prolific approve those who complete.")
@click.option("--publish", is_flag=True, help="Publish it at once; it is a draft otherwise.")
@traceback_option
def create(script: Path, data_dir: Path | None, **wishes: Any) -> None:
    """Create the study on Prolific, with the codes that the script has or mug draws."""
    study = _study(script, data_dir)
    fields = _study_fields(study, wishes)

    async def work() -> None:
        async with _api(study) as api:
            made = await api.create_study(fields)
            click.echo(f"study {made['id']}")
            if wishes["publish"]:
                click.echo(await api.publish(str(made["id"])))

    run(work())


def _study_fields(study: Study, wishes: dict[str, Any]) -> dict[str, object]:
    given = study.recruiter.codes(study)
    review = "AUTOMATICALLY_APPROVE" if wishes["approve"] else "MANUALLY_REVIEW"
    url = wishes["url"].rstrip("?&")
    return {
        "name": wishes["name"] or study.experiment.title,
        "internal_name": f"{study.experiment.experiment_id or 'mug'} {secrets.token_hex(4)}",
        "description": wishes["description"],
        "external_study_url": f"{url}{'&' if '?' in url else '?'}{PLACEHOLDERS}",
        "is_external_study_url_secure": study.recruiter.secured_for is not None,
        "prolific_id_option": "url_parameters",
        "completion_codes": [
            {
                "code": code,
                "code_type": "COMPLETED" if outcome == COMPLETED else "OTHER",
                "actions": [{"action": review if outcome == COMPLETED else "MANUALLY_REVIEW"}],
            }
            for outcome, code in given.items()
        ],
        "reward": wishes["reward"],
        "estimated_completion_time": wishes["minutes"],
        "total_available_places": wishes["places"],
        "device_compatibility": ["desktop"],
        "peripheral_requirements": [],
        "filters": [],
    }


@prolific.command
@script_argument
@click.argument("study_id")
@traceback_option
def publish(script: Path, data_dir: Path | None, study_id: str) -> None:
    """Publish a study that was created as a draft."""
    study = _study(script, data_dir)

    async def work() -> None:
        async with _api(study) as api:
            click.echo(await api.publish(study_id))

    run(work())


@prolific.command
@script_argument
@traceback_option
def status(script: Path, data_dir: Path | None) -> None:
    """Compare Prolific's submissions with the data, and say what there is to decide."""
    _compare(_study(script, data_dir), approve=())


@prolific.command
@script_argument
@click.option(
    *("--outcome", "outcomes"),
    type=click.Choice(ENDINGS),
    multiple=True,
    default=(COMPLETED,),
    show_default=True,
    help="How they ended here; can be given several times.",
)
@click.option("--yes", is_flag=True, help="Do it; otherwise it is only shown who would be approved.")
@traceback_option
def approve(script: Path, data_dir: Path | None, outcomes: tuple[str, ...], yes: bool) -> None:
    """Approve the submissions of those who completed here, or ended otherwise, with the right code."""
    _compare(_study(script, data_dir), approve=outcomes if yes else ())
    if not yes:
        click.echo("nothing was approved: this was only a look, add --yes")


def _compare(study: Study, *, approve: Collection[str]) -> None:
    async def work() -> None:
        async with _api(study) as api:
            left = await reconcile(study.book, api, approve=approve)
        for difference in left:
            who = difference.subject_id or "nobody here"
            click.echo(f"{difference.submission}  {who}  {difference.status}  {difference.advice}")
        statuses = list(study.accounts.statuses.values())
        for name in sorted(set(statuses)):
            click.echo(f"{name}: {statuses.count(name)}")

    run(work())


@prolific.command
@script_argument
@click.argument("submission")
@click.option("--category", type=click.Choice(REJECTION_CATEGORIES), required=True)
@click.option("--message", required=True, help="What the participant reads: at least 100 characters.")
@traceback_option
def reject(script: Path, data_dir: Path | None, submission: str, category: str, message: str) -> None:
    """Reject a submission."""
    if len(message) < SHORTEST_REJECTION:
        what = f"the message has {len(message)} characters, and Prolific wants {SHORTEST_REJECTION}"
        raise MugError(what, "--message", "say what was expected, and what was missing")
    _transition(_study(script, data_dir), submission, "REJECT", message=message, rejection_category=category)


@prolific.command
@script_argument
@click.argument("submission")
@traceback_option
def screen_out(script: Path, data_dir: Path | None, submission: str) -> None:
    """Screen a submission out, in a study that was made for that."""
    _transition(_study(script, data_dir), submission, "SCREEN_OUT")


def _transition(study: Study, submission: str, action: str, **fields: str) -> None:
    async def work() -> None:
        async with _api(study) as api:
            now = await api.transition(submission, action, **fields)
        study.book.status({f"prolific {submission}": now})
        click.echo(now)

    run(work())


@prolific.command
@script_argument
@click.argument("submission")
@click.option("--reason", multiple=True, required=True, help="Why; can be given several times.")
@traceback_option
def request_return(script: Path, data_dir: Path | None, submission: str, reason: tuple[str, ...]) -> None:
    """Ask a participant to return their submission."""
    study = _study(script, data_dir)

    async def work() -> None:
        async with _api(study) as api:
            await api.request_return(submission, reason)
        click.echo("asked")

    run(work())


@prolific.command
@script_argument
@click.option("--pay", is_flag=True, help="Pay them; otherwise they are only shown.")
@click.option("--limit", type=Decimal, help="Pay nothing if it is more than this in all.")
@traceback_option
def bonuses(script: Path, data_dir: Path | None, pay: bool, limit: Decimal | None) -> None:
    """Show the bonuses that are due, item by item, and pay them if so wished."""
    study = _study(script, data_dir)
    bonus = study.recruiter.bonus
    show_bonuses(study.accounts, bonus.currency if bonus else "GBP")
    if not pay:
        click.echo("nothing was paid: this was only a look, add --pay")
        return

    async def work() -> None:
        async with _api(study) as api:
            await pay_bonuses(study, api, limit)

    run(work())


@prolific.command
@script_argument
@click.option("--workspace", required=True, help="The id of the workspace on Prolific.")
@click.option("--url", required=True, help="The address of the study, without parameters.")
@traceback_option
def webhook(script: Path, data_dir: Path | None, workspace: str, url: str) -> None:
    """Have Prolific tell the server when a submission changes."""
    if not url.startswith("https://"):
        raise MugError(f"Prolific sends webhooks to https addresses only, got {url!r}", "--url")
    study = _study(script, data_dir)

    async def work() -> None:
        async with _api(study) as api:
            secret = await api.make_webhook_secret(workspace)
            target = f"{url.rstrip('/')}/-/prolific/webhook"
            subscription = await api.subscribe(workspace, "submission.status.change", target)
        click.echo(f"subscription {subscription}")
        click.echo(f"start the server with PROLIFIC_WEBHOOK_SECRET={secret}")

    run(work())
