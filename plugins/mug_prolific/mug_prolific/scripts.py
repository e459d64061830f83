"""What the commands share: the recruiter of a script, its book, and bonuses shown and paid."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import attrs
import click

from mug.errors import MugError
from mug.scripts import ScriptExperiment, experiments_of
from mug_prolific.book import Accounts, Book
from mug_prolific.money import shown
from mug_prolific.payments import Cashier, pay_due
from mug_prolific.recruiter import Recruiter

R = TypeVar("R", bound=Recruiter)
T = TypeVar("T")


@attrs.frozen
class Study:
    """A script's experiment with its recruiter. It has what the recruiter wants to know of an experiment."""

    experiment: ScriptExperiment
    recruiter: Any

    @property
    def data_dir(self) -> Path:
        """Where the data is."""
        return self.experiment.data_dir

    @property
    def book(self) -> Book:
        """The book of its recruitment."""
        return Book(self.data_dir)

    @property
    def accounts(self) -> Accounts:
        """What the book comes to, as far as it is about this recruiter."""
        return self.book.accounts().of(self.recruiter.name)


def study_of(script: Path, data_dir: Path | None, kind: type[Recruiter]) -> Study:
    """Return the one study of a script that is recruited by such a service.

    Raises:
        MugError: there is none, or there are several.
    """
    found = [
        Study(experiment, plugin)
        for experiment in experiments_of(script, data_dir)
        for plugin in experiment.plugins
        if isinstance(plugin, kind)
    ]
    if len(found) != 1:
        what = f"the script has {len(found)} experiments with {kind.__name__}(…), and not one"
        raise MugError(what, str(script), f"list one: ExperimentConfig().plugins({kind.__name__}(…))")
    return found[0]


def script_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the script, and where its data is."""
    kind = click.Path(path_type=Path, file_okay=False)
    command = click.option("--data-dir", type=kind, help="Where the data is, if not where the script says.")(
        command
    )
    return click.argument("script", type=click.Path(path_type=Path, exists=True, dir_okay=False))(command)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's asynchronous part."""
    return asyncio.run(work)


def show_bonuses(accounts: Accounts, currency: str) -> None:
    """Print what is owed, item by item, what is not clear, and what was paid."""
    for owed in accounts.due:
        person = accounts.ended[owed.entry]
        click.echo(f"{person.subject_id}  {owed.entry}  {person.outcome}  {shown(owed.amount, currency)}")
        for what, much in owed.lines:
            click.echo(f"    {what}: {shown(Decimal(much), currency)}")
    for batch in accounts.batches.values():
        click.echo(f"not clear yet whether it was paid: {', '.join(batch.entries)}")
    due = sum((owed.amount for owed in accounts.due), Decimal(0))
    paid = sum((accounts.owed[entry].amount for entry in accounts.paid), Decimal(0))
    click.echo(f"{len(accounts.due)} bonuses are due, {shown(due, currency)} in all")
    click.echo(f"{len(accounts.paid)} were paid, {shown(paid, currency)} in all")


async def pay_bonuses(study: Study, cashier: Cashier, limit: Decimal | None) -> None:
    """Pay what is due and print what became of it.

    Raises:
        MugError: the script has no bonus, or it would be more than the limit or the budget.
    """
    bonus = study.recruiter.bonus
    if bonus is None:
        raise MugError("the script has no bonus", fix='write bonus=Bonus("GBP", …)')
    report = await pay_due(study.book, cashier, bonus.budget, limit=limit)
    click.echo(f"paid: {len(report.paid)}")
    for entry in report.unclear:
        click.echo(f"not clear whether it was paid, run the command again later: {entry}")
    for entry, why in report.refused.items():
        click.echo(f"not paid: {entry}: {why}")
