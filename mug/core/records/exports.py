"""Keeps the CSV files up to date while an experiment runs, without ever making it wait."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from mug.components import Store
from mug.core.records.csv_export import RESERVE_BYTES, Changed, CsvFiles
from mug.core.records.exporter import ExporterProcess, Outcome, attempt
from mug.core.records.names import JOURNAL
from mug.core.records.reader import StoreReader
from mug.core.records.store import FileStore

log = logging.getLogger(__name__)

_FIRST_RETRY: Final = 1.0
_LAST_RETRY: Final = 60.0
_STOP_SECONDS: Final = 30.0
_NOTHING: Final = Changed()


class Exports:
    """Says what has changed to a process of its own, which writes the files.

    A thread waits for that process, so that the event loop does not. What changes meanwhile is gathered
    and asked for together. After each update the process rests, so that it uses no more than a share of
    one processor however much there is to do; what fails (a full disk) is tried again, less and less
    often, and once more at the next start.

    Args:
        folder: the experiment's data folder.
        share: the part of one processor's time that exporting may use.
        reserve: bytes that exporting leaves free on the disk.
        retry: seconds after which a failure is tried again for the first time.
    """

    def __init__(
        self, folder: Path, *, share: float = 0.2, reserve: int = RESERVE_BYTES, retry: float = _FIRST_RETRY
    ) -> None:
        self._folder = folder
        self._share = share
        self._reserve = reserve
        self._retry = retry
        self._news = threading.Condition()
        self._everything = False
        self._changed = _NOTHING
        self._asked = 0
        self._tried = 0
        self._hurry = False
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._process: ExporterProcess | None = None
        self._totals = {"updates": 0, "files": 0, "rows": 0, "seconds": 0.0, "failed_updates": 0}
        self._failures: list[tuple[str, str]] = []
        self._malformed = 0

    # ------------------------------------------------------------------------------- from the event loop

    async def start(self, store: Store | None = None) -> None:
        """Begin, with whatever is out of date. Records come from ``store``, or from the folder's journal.

        A store that is no ``FileStore`` can only be read by this process; exporting then takes place in
        a thread of it.
        """
        if store is None or isinstance(store, FileStore):
            self._process = ExporterProcess(self._folder / JOURNAL, self._folder, self._reserve)
            update: Callable[[Changed | None], Outcome] = self._process.update
        else:
            files = CsvFiles(StoreReader(store), self._folder, reserve=self._reserve)

            def update(changed: Changed | None) -> Outcome:
                return attempt(files, changed)

        self._everything = True
        self._asked += 1
        self._thread = threading.Thread(target=self._run, args=(update,), name="mug-exports", daemon=True)
        self._thread.start()

    def participant_changed(self, subject_id: str) -> None:
        """There are new events of this participant."""
        self._ask(Changed(subjects=frozenset((subject_id,))))

    def game_changed(self, game_id: str) -> None:
        """There are new records of this game."""
        self._ask(Changed(games=frozenset((game_id,))))

    async def settled(self) -> None:
        """Wait until everything that has changed so far was written, or could not be (see ``health``)."""
        await asyncio.to_thread(self._settle)

    async def stop(self) -> None:
        """Write what is still to be written, then end."""
        await asyncio.to_thread(self._stop)

    def health(self) -> dict[str, Any]:
        """Return figures: what was written, what waits, and how many files cannot be written at present.

        No names of files: they hold subject ids, and the health page is for everybody.
        """
        with self._news:
            return {
                **self._totals,
                "seconds": round(self._totals["seconds"], 3),
                "waiting": len(self._changed.subjects) + len(self._changed.games) + self._everything,
                "failing_files": len(self._failures),
                "malformed_records": self._malformed,
            }

    def failures(self) -> list[tuple[str, str]]:
        """Return (file, why) for what cannot be written at present."""
        with self._news:
            return list(self._failures)

    def _ask(self, changed: Changed) -> None:
        with self._news:
            # The thread knows already that there is something to do, or rests: nothing wakes it in vain.
            first = self._changed == _NOTHING
            self._changed |= changed
            self._asked += 1
            if first:
                self._news.notify_all()

    # ------------------------------------------------------------------------------------- in the thread

    def _run(self, update: Callable[[Changed | None], Outcome]) -> None:
        failed_in_a_row = 0
        while True:
            with self._news:
                self._news.wait_for(lambda: self._everything or self._changed != _NOTHING or self._stopping)
                everything, changed, asked = self._everything, self._changed, self._asked
                if not everything and changed == _NOTHING:
                    return
                self._everything, self._changed = False, _NOTHING
            outcome = self._try(update, None if everything else changed)
            failed_in_a_row = failed_in_a_row + 1 if outcome.failures else 0
            with self._news:
                self._tried = asked
                if outcome.failures:
                    self._everything |= everything
                    self._changed |= changed
                self._hurry = self._hurry and self._tried < self._asked
                self._news.notify_all()
                if self._stopping and outcome.failures:
                    return
                rest = outcome.seconds * (1 / self._share - 1)
                if failed_in_a_row:
                    rest = max(rest, min(self._retry * 2 ** (failed_in_a_row - 1), _LAST_RETRY))
                self._news.wait_for(lambda: self._stopping or self._hurry, rest)

    def _try(self, update: Callable[[Changed | None], Outcome], changed: Changed | None) -> Outcome:
        try:
            outcome = update(changed)
        except Exception as error:
            outcome = Outcome(0, 0, 0.0, [("the CSV files", str(error))], self._malformed)
        with self._news:
            self._totals["updates"] += 1
            self._totals["files"] += outcome.files
            self._totals["rows"] += outcome.rows
            self._totals["seconds"] += outcome.seconds
            self._totals["failed_updates"] += bool(outcome.failures)
            news = outcome.failures and not self._failures
            recovered = self._failures and not outcome.failures
            malformed = outcome.malformed > self._malformed
            self._failures, self._malformed = outcome.failures, outcome.malformed
        if news:
            file, why = outcome.failures[0]
            more = f" (and {len(outcome.failures) - 1} more)" if len(outcome.failures) > 1 else ""
            log.error("%s%s: %s. The records themselves are safe; exporting is tried again", file, more, why)
        if recovered:
            log.info("the CSV files can be written again")
        if malformed:
            log.warning("%d lines of the journal are no records and were passed over", outcome.malformed)
        return outcome

    def _settle(self) -> None:
        with self._news:
            asked = self._asked
            self._hurry = True
            self._news.notify_all()
            self._news.wait_for(lambda: self._tried >= asked or self._thread is None)

    def _stop(self) -> None:
        thread = self._thread
        if thread is None:
            return
        with self._news:
            self._stopping = True
            self._news.notify_all()
        thread.join(_STOP_SECONDS)
        if self._process is not None:
            if thread.is_alive():
                log.warning("exporting was cut short; the next start goes on with it")
                self._process.kill()
                thread.join()
            self._process.close()
        with self._news:
            self._thread = None
            self._news.notify_all()
