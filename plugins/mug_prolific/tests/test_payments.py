"""Each bonus is paid exactly once, whatever dies, repeats, or is never answered."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mug_prolific.book import Book, Ended, Owed
from mug_prolific.calls import NotDone, Unclear
from mug_prolific.payments import pay_due

from mug.errors import MugError

SETTLED = 100.0
BUDGET = Decimal(1000)


class Crash(BaseException):
    """The process dies."""


class MortalBook(Book):
    """A book whose process dies at the n-th entry: before it, after half of it, or after it."""

    def __init__(self, folder: Path, at: int | None = None, how: str = "before") -> None:
        super().__init__(folder)
        self.at, self.how = at, how

    def _write(self, entries: Any) -> Any:
        if self.at is None or self.how == "never":
            return super()._write(entries)
        self.at -= 1
        if self.at != 0:
            return super()._write(entries)
        if self.how == "after":
            super()._write(entries)
        elif self.how == "half":
            size = self.path.stat().st_size if self.path.exists() else 0
            super()._write(entries)
            if self.path.stat().st_size > size:
                os.truncate(self.path, size + (self.path.stat().st_size - size) // 2)
        raise Crash


class Bank:
    """A service that pays; what happens to its calls is drawn."""

    service = "prolific"
    together = 3

    def __init__(self) -> None:
        self.paid: list[tuple[str, str]] = []
        self.shown: dict[str, list[str]] = {}
        self.late: list[tuple[float, str, str]] = []
        self.now = 0.0
        self.fates: list[str] = []
        self.unknown: set[str] = set()
        self.unpayable: set[str] = set()
        self._set_up: dict[str, list[tuple[str, str]]] = {}

    def _fate(self) -> str:
        return self.fates.pop(0) if self.fates else "done"

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        for due, entry, amount in list(self.late):
            if due <= self.now:
                self.shown.setdefault(entry, []).append(amount)
                self.late.remove((due, entry, amount))

    async def paid_so_far(self, bonuses: Sequence[Owed]) -> Mapping[str, Sequence[str]]:
        if self._fate() == "dies":
            raise Crash
        known = [owed.entry for owed in bonuses if owed.entry not in self.unknown]
        return {entry: list(self.shown.get(entry, [])) for entry in known}

    async def prepare(self, bonuses: Sequence[Owed]) -> str:
        fate = self._fate()
        if fate == "dies":
            raise Crash
        if fate in ("refused", "lost"):
            raise NotDone("no", 400 if fate == "refused" else 0)
        if any(owed.entry in self.unpayable for owed in bonuses):
            raise NotDone("one of them did not take part", 400)
        assert len({owed.study for owed in bonuses}) == 1
        assert {owed.entry.split()[0] for owed in bonuses} == {self.service}
        name = f"bulk{len(self._set_up)}"
        self._set_up[name] = [(owed.entry, f"{owed.amount:.2f}") for owed in bonuses]
        if fate == "unanswered":
            raise Unclear("?")
        return name

    async def pay(self, service_id: str, bonuses: Sequence[Owed]) -> None:
        fate = self._fate()
        if fate == "dies":
            raise Crash
        if fate == "refused":
            raise NotDone("no")
        if fate == "lost":
            raise Unclear("?")
        for entry, amount in self._set_up[service_id]:
            self.paid.append((entry, amount))
            self.late.append((self.now + SETTLED / 2, entry, amount))
        if fate == "unanswered":
            raise Unclear("?")
        if fate == "dies_after":
            raise Crash


def owe(book: Book, number: int, amount: str, service: str = "prolific") -> None:
    entry, study = f"{service} s{number}", f"study{number % 2}"
    ended = Ended(entry, f"p{number}", study, f"subject{number}", "completed", "CODE")
    book.ended(ended, Owed(entry, f"p{number}", study, Decimal(amount), "GBP", (("points", amount),)))


FATES = st.lists(st.sampled_from(["done", "refused", "lost", "unanswered", "dies", "dies_after"]), max_size=8)
ROUND = st.tuples(
    st.lists(st.integers(0, 6), max_size=3),
    FATES,
    st.integers(1, 9),
    st.sampled_from(["never", "before", "half", "after"]),
    st.sampled_from([0.0, 10.0, SETTLED * 2]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(ROUND, min_size=1, max_size=6))
def test_nothing_is_paid_twice_and_nothing_is_lost(rounds: list[Any]) -> None:
    """After any sequence of crashes, refusals and lost answers, and then a quiet time, each is paid once."""
    with tempfile.TemporaryDirectory() as folder:
        bank = Bank()
        owed: set[int] = set()
        for numbers, fates, at, how, seconds in rounds:
            book = MortalBook(Path(folder), at, how)
            bank.fates = list(fates)
            for number in numbers:
                try:
                    owe(book, number, f"{number}.50")
                    owed.add(number)
                except Crash:
                    # The participant's page asks again; the ending is not stored before the book is.
                    book = MortalBook(Path(folder))
                    owe(book, number, f"{number}.50")
                    owed.add(number)
            with contextlib.suppress(Crash):
                asyncio.run(pay_due(book, bank, BUDGET, clock=lambda: bank.now, settled_after=SETTLED))
            assert len(bank.paid) == len(set(bank.paid))
            bank.pass_time(seconds)
        bank.fates = []
        quiet = Book(Path(folder))
        for _ in range(3):
            bank.pass_time(2 * SETTLED)
            asyncio.run(pay_due(quiet, bank, BUDGET, clock=lambda: bank.now, settled_after=SETTLED))
        assert sorted(bank.paid) == sorted((f"prolific s{number}", f"{number}.50") for number in owed)
        accounts = quiet.accounts()
        assert not accounts.due
        assert not accounts.batches


async def test_the_budget_is_never_exceeded(tmp_path: Path) -> None:
    """What is due and what was paid together stay below it, or nothing more is paid."""
    book, bank = Book(tmp_path), Bank()
    owe(book, 1, "6.00")
    await pay_due(book, bank, Decimal(10))
    owe(book, 2, "5.00")
    with pytest.raises(MugError, match="more than the study's budget"):
        await pay_due(book, bank, Decimal(10))
    assert bank.paid == [("prolific s1", "6.00")]


async def test_the_limit_counts_what_turns_out_to_be_due(tmp_path: Path) -> None:
    """Earlier payments that were never made count too, of which that becomes known only in this round."""
    book, bank = Book(tmp_path), Bank()
    owe(book, 1, "6.00")
    bank.fates = ["done", "done", "lost"]
    await pay_due(book, bank, BUDGET, clock=lambda: bank.now, settled_after=SETTLED)
    bank.pass_time(2 * SETTLED)
    owe(book, 2, "5.00")
    with pytest.raises(MugError, match=r"11.00 is due, more than --limit 10"):
        await pay_due(book, bank, BUDGET, limit=Decimal(10), clock=lambda: bank.now, settled_after=SETTLED)
    assert bank.paid == []
    await pay_due(book, bank, BUDGET, limit=Decimal(11), clock=lambda: bank.now, settled_after=SETTLED)
    assert sorted(bank.paid) == [("prolific s1", "6.00"), ("prolific s2", "5.00")]


async def test_one_that_cannot_be_paid_keeps_nobody_else_from_it(tmp_path: Path) -> None:
    """Somebody may have made up the link they came by, or given their place back; the others are paid."""
    book, bank = Book(tmp_path), Bank()
    bank.together = 5
    for number in range(5):
        owe(book, 2 * number, "1.00")
    bank.unknown, bank.unpayable = {"prolific s0"}, {"prolific s4"}
    for _ in range(2):
        report = await pay_due(book, bank, BUDGET, clock=lambda: bank.now, settled_after=SETTLED)
        assert set(report.refused) == {"prolific s0", "prolific s4"}
    assert sorted(bank.paid) == [(f"prolific s{number}", "1.00") for number in (2, 6, 8)]
    assert not book.accounts().batches


async def test_one_process_pays_at_a_time(tmp_path: Path) -> None:
    """While one pays, another says so instead of paying too."""
    book, bank = Book(tmp_path), Bank()
    owe(book, 1, "1.00")
    with book.only_payer(), pytest.raises(MugError, match="another command"):
        await pay_due(Book(tmp_path), bank, BUDGET)
    assert bank.paid == []


async def test_a_bonus_of_the_same_amount_by_hand_is_another_one(tmp_path: Path) -> None:
    """What the researcher paid before by themselves is not taken for ours."""
    book, bank = Book(tmp_path), Bank()
    bank.shown["prolific s1"] = ["1.00"]
    owe(book, 1, "1.00")
    bank.fates = ["done", "done", "lost"]
    report = await pay_due(book, bank, BUDGET, clock=lambda: bank.now, settled_after=SETTLED)
    assert report.unclear == ["prolific s1"]
    bank.pass_time(2 * SETTLED)
    await pay_due(book, bank, BUDGET, clock=lambda: bank.now, settled_after=SETTLED)
    assert bank.paid == [("prolific s1", "1.00")]


async def test_each_service_pays_its_own(tmp_path: Path) -> None:
    """Where people come from two services, neither pays, counts or looks into what the other owes."""
    book, bank = Book(tmp_path), Bank()
    for number in range(4):
        owe(book, number, "1.00")
        owe(book, number, "50.00", "mturk")
    await pay_due(book, bank, Decimal(10))
    assert sorted(bank.paid) == [(f"prolific s{number}", "1.00") for number in range(4)]
    assert len(book.accounts().of("mturk").due) == 4


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a line that could still be written is taken back, and it is said that nothing is written."""
    book = Book(tmp_path)
    owe(book, 1, "1.00")
    before = book.path.read_bytes()
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[: len(data) // 2]))
    with pytest.raises(OSError, match="No space left"):
        owe(book, 2, "1.00")
    monkeypatch.undo()
    assert book.path.read_bytes() == before
    owe(book, 2, "1.00")
    assert len(book.accounts().due) == 2


def test_what_somebody_is_owed_is_decided_once(tmp_path: Path) -> None:
    """An ending that is told of again, with whatever amount, changes nothing."""
    book = Book(tmp_path)
    owe(book, 1, "1.00")
    owe(book, 1, "9.00")
    assert [owed.amount for owed in book.accounts().due] == [Decimal("1.00")]
    assert len(book.path.read_text().splitlines()) == 2


def test_a_book_without_news_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages ask all the time; what is written elsewhere meanwhile is seen all the same."""
    book = Book(tmp_path)
    assert not book.accounts().ended
    owe(Book(tmp_path), 1, "1.00")
    assert len(book.accounts().ended) == 1
    with monkeypatch.context() as closed:
        closed.setattr(Path, "read_bytes", lambda self: pytest.fail("it was read"))
        assert len(book.accounts().ended) == 1
    owe(Book(tmp_path), 2, "1.00")
    assert len(book.accounts().ended) == 2


def test_nobody_else_reads_the_book(tmp_path: Path) -> None:
    """It names people: only the server's own user may open it."""
    book = Book(tmp_path)
    owe(book, 1, "1.00")
    assert book.path.stat().st_mode & 0o077 == 0
    assert book.folder.stat().st_mode & 0o077 == 0
