"""The book of a study's recruitment: who ended how, what they are owed, and every step of paying it.

A file of JSON lines beside the journal, which only ever grows. An entry is on the disk before anything that
depends on it is done, so that a process that dies at any moment leaves a book from which the next one knows
what may have happened.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import attrs

from mug.errors import MugError

Entry = dict[str, Any]
PRIVATE_FOLDER: Final = 0o700
PRIVATE_FILE: Final = 0o600


@attrs.frozen
class Ended:
    """Somebody who has ended: who they are to the service and in the data, how, and with what code.

    Who was turned away before they took part has no subject id.
    """

    entry: str
    person: str
    study: str
    subject_id: str
    outcome: str
    code: str = ""

    def follows(self, earlier: Ended | None) -> bool:
        """Whether this counts in place of what was written before: who is turned away may come again."""
        return earlier is None or (not earlier.subject_id and bool(self.subject_id))


@attrs.frozen
class Owed:
    """A bonus that somebody has earned; ``lines`` are (what for, how much). One for each entry."""

    entry: str
    person: str
    study: str
    amount: Decimal
    currency: str
    lines: tuple[tuple[str, str], ...] = ()


@attrs.define
class Batch:
    """Bonuses that are paid together. ``before`` is what the service had paid each by then.

    It was handed over for payment at ``sent``, a moment in seconds since 1970, or perhaps was: from then on
    it may have been paid.
    """

    id: str
    entries: tuple[str, ...]
    before: Mapping[str, Sequence[str]]
    service_id: str = ""
    sent: float | None = None


@attrs.define
class Accounts:
    """What the entries of a book come to, by entry of the service."""

    ended: dict[str, Ended] = attrs.field(factory=dict)
    owed: dict[str, Owed] = attrs.field(factory=dict)
    paid: dict[str, str] = attrs.field(factory=dict)
    batches: dict[str, Batch] = attrs.field(factory=dict)
    statuses: dict[str, str] = attrs.field(factory=dict)

    def of(self, service: str) -> Accounts:
        """Return what of these is with one service; the entries of each begin with its name."""

        def own(entry: str) -> bool:
            return entry.startswith(f"{service} ")

        return Accounts(
            ended={entry: ended for entry, ended in self.ended.items() if own(entry)},
            owed={entry: owed for entry, owed in self.owed.items() if own(entry)},
            paid={entry: batch for entry, batch in self.paid.items() if own(entry)},
            batches={batch.id: batch for batch in self.batches.values() if own(batch.entries[0])},
            statuses={entry: status for entry, status in self.statuses.items() if own(entry)},
        )

    @property
    def due(self) -> list[Owed]:
        """The bonuses that are neither paid nor possibly being paid."""
        taken = {entry for batch in self.batches.values() for entry in batch.entries} | self.paid.keys()
        return [owed for entry, owed in self.owed.items() if entry not in taken and owed.amount > 0]

    @property
    def committed(self) -> Decimal:
        """What has been paid, or may have been."""
        open_entries = {entry for batch in self.batches.values() for entry in batch.entries}
        return sum((self.owed[entry].amount for entry in self.paid.keys() | open_entries), Decimal(0))

    def take(self, entry: Entry) -> None:
        """Take an entry into account."""
        match entry["kind"]:
            case "ended":
                ended = Ended(**_fields(entry, Ended))
                if ended.follows(self.ended.get(ended.entry)):
                    self.ended[ended.entry] = ended
            case "owed":
                given = _fields(entry, Owed)
                lines = tuple((what, much) for what, much in given.pop("lines"))
                owed = Owed(**given | {"amount": Decimal(given["amount"]), "lines": lines})
                self.owed.setdefault(owed.entry, owed)
            case "status":
                self.statuses[entry["entry"]] = entry["status"]
            case "batch":
                self.batches[entry["batch"]] = Batch(entry["batch"], tuple(entry["entries"]), entry["before"])
            case "prepared":
                self.batches[entry["batch"]].service_id = entry["service_id"]
            case "sent":
                self.batches[entry["batch"]].sent = entry["at"]
            case "paid" | "unpaid":
                self._settle(entry["batch"], entry["entries"], paid=entry["kind"] == "paid")

    def _settle(self, batch_id: str, entries: Sequence[str], *, paid: bool) -> None:
        batch = self.batches[batch_id]
        left = tuple(entry for entry in batch.entries if entry not in entries)
        if paid:
            self.paid |= dict.fromkeys(entries, batch_id)
        if left:
            self.batches[batch_id] = attrs.evolve(batch, entries=left)
        else:
            del self.batches[batch_id]


class Book:
    """The book in a study's data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "journal" / "recruitment"
        self.path = self.folder / "book.jsonl"
        self._known = ((0, 0), Accounts())

    def accounts(self) -> Accounts:
        """Return what the book comes to now, to be read only; the file is read when it has changed."""
        if not self.path.exists():
            return Accounts()
        now = self.path.stat()
        mark = (now.st_size, now.st_mtime_ns)
        if mark != self._known[0]:
            self._known = (mark, self._fold(self.path.read_bytes()))
        return self._known[1]

    def ended(self, ended: Ended, owed: Owed | None) -> Accounts:
        """Enter that somebody has ended, and what they are owed; a second time changes nothing."""
        entries = [{"kind": "ended"} | attrs.asdict(ended)]
        if owed is not None:
            amount = {"amount": str(owed.amount), "lines": [list(line) for line in owed.lines]}
            entries.append({"kind": "owed"} | attrs.asdict(owed) | amount)

        def new(accounts: Accounts) -> list[Entry]:
            news = {
                "ended": ended.follows(accounts.ended.get(ended.entry)),
                "owed": ended.entry not in accounts.owed,
            }
            return [entry for entry in entries if news[str(entry["kind"])]]

        return self._write(new)

    def status(self, statuses: Mapping[str, str]) -> Accounts:
        """Enter what the service says of its entries, as far as that is news."""

        def new(accounts: Accounts) -> list[Entry]:
            return [
                {"kind": "status", "entry": entry, "status": status}
                for entry, status in statuses.items()
                if accounts.statuses.get(entry) != status
            ]

        return self._write(new)

    def enter(self, kind: str, batch: str, **fields: object) -> Accounts:
        """Enter a step of paying."""
        return self._write(lambda accounts: [{"kind": kind, "batch": batch} | fields])

    @contextlib.contextmanager
    def only_payer(self) -> Iterator[None]:
        """Keep every other process from paying.

        Raises:
            MugError: another one is at it.
        """
        self._make_folder()
        with (self.folder / "payer.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                what = "another command is paying bonuses of this study"
                raise MugError(what, str(self.path), "wait until it is done") from None
            yield

    def _write(self, entries: Any) -> Accounts:
        """Append what is new, given what is there; it is on the disk when this returns."""
        self._make_folder()
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, PRIVATE_FILE)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            data = file.read() or b""
            accounts = self._fold(data)
            fresh: list[Entry] = entries(accounts)
            if fresh:
                # What a process that died had half written becomes a line of its own, which says nothing.
                torn = b"" if not data or data.endswith(b"\n") else b"\n"
                lines = torn + b"".join(json.dumps(entry).encode() + b"\n" for entry in fresh)
                if os.write(file.fileno(), lines) < len(lines):
                    os.ftruncate(file.fileno(), len(data))
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(file.fileno())
                if not data:
                    _sync_folder(self.folder)
                for entry in fresh:
                    accounts.take(entry)
        return accounts

    def _make_folder(self) -> None:
        if not self.folder.is_dir():
            self.folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            _sync_folder(self.folder.parent)

    @staticmethod
    def _fold(data: bytes) -> Accounts:
        accounts = Accounts()
        for line in data.split(b"\n"):
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict):
                accounts.take(entry)
        return accounts


def _sync_folder(folder: Path) -> None:
    """Make sure that a file that is new in a folder is there after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _fields(entry: Entry, cls: type) -> dict[str, Any]:
    return {name: entry[name] for name in (field.name for field in attrs.fields(cls)) if name in entry}
