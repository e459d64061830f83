"""Paying bonuses, each exactly once, with services that know nothing of the kind.

The danger is one call: the one that pays. It is never repeated. When its answer is lost, or the process dies
while it waits for one, what the service says it has paid tells whether it was done.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final, Protocol

import attrs

from mug.errors import MugError
from mug_prolific.book import Batch, Book, Owed
from mug_prolific.calls import NotDone, Unclear

SETTLED_AFTER: Final = 24 * 3600.0
"""After so many seconds a payment that the service does not show was not made."""


class Cashier(Protocol):
    """A service that pays bonuses."""

    @property
    def service(self) -> str:
        """Its name in the book."""

    @property
    def together(self) -> int:
        """How many bonuses of one study are paid by one call."""

    async def paid_so_far(self, bonuses: Sequence[Owed]) -> Mapping[str, Sequence[str]]:
        """Return the amounts that were paid for each entry, by anybody, as texts to the cent.

        Entries that the service does not know are left out.
        """

    async def prepare(self, bonuses: Sequence[Owed]) -> str:
        """Tell the service what is to be paid, without paying; return its name for that."""

    async def pay(self, service_id: str, bonuses: Sequence[Owed]) -> None:
        """Pay.

        Raises:
            NotDone: nothing was paid.
            Unclear: nobody knows.
        """


@attrs.define
class Report:
    """What became of a round of payments, as lists of entries."""

    paid: list[str] = attrs.field(factory=list)
    unclear: list[str] = attrs.field(factory=list)
    refused: dict[str, str] = attrs.field(factory=dict)


async def pay_due(
    book: Book,
    cashier: Cashier,
    budget: Decimal,
    *,
    limit: Decimal | None = None,
    clock: Callable[[], float] = time.time,
    settled_after: float = SETTLED_AFTER,
) -> Report:
    """Find out about earlier payments that were left open, then pay everything that is due.

    Args:
        book: what is owed.
        cashier: the service that pays.
        budget: the most that is ever paid in all.
        limit: the most that is paid now.
        clock: gives the seconds since 1970.
        settled_after: after how many seconds a payment that the service does not show was not made.

    Raises:
        MugError: it would be more than the limit or the budget, or another process is paying; nothing was
            paid.
        NotDone, Unclear: the service cannot be asked what it has paid.
    """
    with book.only_payer():
        report = Report()
        for batch in list(book.accounts().of(cashier.service).batches.values()):
            await _find_out(book, cashier, batch, clock() - settled_after, report)
        accounts = book.accounts().of(cashier.service)
        due = accounts.due
        now = sum((owed.amount for owed in due), Decimal(0))
        if limit is not None and now > limit:
            raise MugError(f"{now} is due, more than --limit {limit}; nothing was paid", str(book.path))
        whole = accounts.committed + now
        if whole > budget:
            what = f"the bonuses come to {whole}, more than the study's budget of {budget}"
            raise MugError(what, str(book.path), "look at the list, and raise the budget if it is right")
        for study in dict.fromkeys(owed.study for owed in due):
            own = [owed for owed in due if owed.study == study]
            for first in range(0, len(own), cashier.together):
                await _pay(book, cashier, own[first : first + cashier.together], clock, report)
        return report


async def _pay(
    book: Book, cashier: Cashier, bonuses: Sequence[Owed], clock: Callable[[], float], report: Report
) -> None:
    before = await cashier.paid_so_far(bonuses)
    unknown = [owed.entry for owed in bonuses if owed.entry not in before]
    report.refused |= dict.fromkeys(unknown, "the service does not know it")
    known = [owed for owed in bonuses if owed.entry in before]
    if known:
        await _pay_together(book, cashier, known, before, clock, report)


async def _pay_together(
    book: Book,
    cashier: Cashier,
    bonuses: Sequence[Owed],
    before: Mapping[str, Sequence[str]],
    clock: Callable[[], float],
    report: Report,
) -> None:
    """Pay bonuses by one call. If the service refuses them, each half by itself: one may spoil all."""
    entries = [owed.entry for owed in bonuses]
    batch = secrets.token_hex(8)
    book.enter("batch", batch, entries=entries, before={entry: list(before[entry]) for entry in entries})
    try:
        service_id = await cashier.prepare(bonuses)
    except (NotDone, Unclear) as error:
        book.enter("unpaid", batch, entries=entries, why=str(error))
        if isinstance(error, NotDone) and error.is_refusal and len(bonuses) > 1:
            middle = len(bonuses) // 2
            for half in (bonuses[:middle], bonuses[middle:]):
                await _pay_together(book, cashier, half, before, clock, report)
        else:
            report.refused |= dict.fromkeys(entries, str(error))
        return
    book.enter("prepared", batch, service_id=service_id)
    book.enter("sent", batch, at=clock())
    try:
        await cashier.pay(service_id, bonuses)
    except NotDone as error:
        book.enter("unpaid", batch, entries=entries, why=str(error))
        report.refused |= dict.fromkeys(entries, str(error))
    except Unclear:
        report.unclear += entries
    else:
        book.enter("paid", batch, entries=entries, how="answered")
        report.paid += entries


async def _find_out(book: Book, cashier: Cashier, batch: Batch, settled: float, report: Report) -> None:
    """Close a batch that a process left open, as far as it is known what became of it."""
    if batch.sent is None:
        book.enter("unpaid", batch.id, entries=list(batch.entries), why="it was not handed over")
        return
    owed = [book.accounts().owed[entry] for entry in batch.entries]
    now = await cashier.paid_so_far(owed)
    seen = [one.entry for one in owed if _grown(batch.before[one.entry], now.get(one.entry, ()), one.amount)]
    if seen:
        book.enter("paid", batch.id, entries=seen, how="seen")
        report.paid += seen
    missing = [entry for entry in batch.entries if entry not in seen]
    if not missing:
        return
    if batch.sent < settled:
        book.enter("unpaid", batch.id, entries=missing, why="the service has not paid it")
    else:
        report.unclear += missing


def _grown(before: Sequence[str], now: Sequence[str], amount: Decimal) -> bool:
    """Whether a payment of this amount has come to those that there were before."""
    return list(now).count(f"{amount:.2f}") > list(before).count(f"{amount:.2f}")
