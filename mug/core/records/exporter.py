"""The process that writes CSV files beside a server, so that the server never waits for it.

It reads requests from its standard input and answers on its standard output, a line of JSON each, and ends
when its input does. It runs at the lowest priority: games come first.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import attrs
import orjson

from mug.core.records.csv_export import Changed, CsvFiles
from mug.core.records.reader import JournalReader

log = logging.getLogger(__name__)

_BOOTSTRAP = (
    "import sys; sys.path.append(sys.argv.pop(1)); from mug.core.records.exporter import main; main()"
)
_CLOSING_SECONDS = 5.0


@attrs.frozen
class Outcome:
    """What came of a request: how much was written in how many seconds, and (file, why) for what failed.

    ``malformed`` counts the lines of the journal that are no records and were passed over.
    """

    files: int
    rows: int
    seconds: float
    failures: list[tuple[str, str]]
    malformed: int


def attempt(files: CsvFiles, changed: Changed | None) -> Outcome:
    """Bring files up to date, and say what came of it; failing is an outcome too."""
    try:
        report = files.update(changed)
    except OSError as error:
        return Outcome(0, 0, 0.0, [(str(error.filename or "the journal"), error.strerror or str(error))], 0)
    except Exception as error:
        log.exception("exporting failed")
        return Outcome(0, 0, 0.0, [("the journal", f"{type(error).__name__}: {error}")], 0)
    failures = [(str(file), why) for file, why in report.failures]
    return Outcome(len(report.written), report.rows, report.seconds, failures, report.malformed)


class ExporterProcess:
    """The server's end: starts the process when it is needed, and again after it was lost. Blocks."""

    def __init__(self, journal: Path, folder: Path, reserve: int) -> None:
        # Without -P the folder the server was started in would come first, with whatever is in it.
        root = str(Path(__file__).resolve().parents[3])
        self._command = [
            sys.executable,
            "-P",
            "-c",
            _BOOTSTRAP,
            root,
            str(journal),
            str(folder),
            str(reserve),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id, None while there is no process."""
        return self._process.pid if self._process else None

    def update(self, changed: Changed | None) -> Outcome:
        """Ask for files to be brought up to date, and wait for the outcome.

        Raises:
            OSError: the process cannot be started, or ended before it answered.
        """
        request = {} if changed is None else {"subjects": [*changed.subjects], "games": [*changed.games]}
        if self._process is None:
            # In a session of its own, Ctrl-C and a closed terminal reach the server alone, which still has
            # files to be written; the process ends when its input does.
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
            )
        requests, answers = self._pipes(self._process)
        answer = b""
        with contextlib.suppress(BrokenPipeError):
            requests.write(orjson.dumps(request) + b"\n")
            requests.flush()
            answer = answers.readline()
        if not answer.endswith(b"\n"):
            code = self._reap(self._process)
            raise OSError(f"the exporting process ended before it was done (exit code {code})")
        values = orjson.loads(answer)
        return Outcome(**values | {"failures": [(file, why) for file, why in values["failures"]]})

    def close(self) -> None:
        """End the process; what it was asked for before is done first."""
        if self._process is not None:
            self._reap(self._process)

    def kill(self) -> None:
        """End the process now; a waiting ``update`` raises."""
        process = self._process
        if process is not None:
            process.kill()

    def _reap(self, process: subprocess.Popen[bytes]) -> int:
        self._process = None
        requests, answers = self._pipes(process)
        with contextlib.suppress(OSError):
            requests.close()
        try:
            return process.wait(_CLOSING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
        finally:
            answers.close()

    @staticmethod
    def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
        assert process.stdin is not None
        assert process.stdout is not None
        return process.stdin, process.stdout


def main() -> None:
    """Serve requests until there are none any more: ``exporter JOURNAL FOLDER RESERVE``."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # Meant for the server, which will close the pipe when its last records are written.
        signal.signal(number, signal.SIG_IGN)
    os.nice(19)
    journal, folder, reserve = sys.argv[1:]
    files = CsvFiles(JournalReader(Path(journal)), Path(folder), reserve=int(reserve))
    for line in sys.stdin.buffer:
        request = orjson.loads(line)
        changed = Changed(frozenset(request["subjects"]), frozenset(request["games"])) if request else None
        outcome = attempt(files, changed)
        sys.stdout.buffer.write(orjson.dumps(attrs.asdict(outcome)) + b"\n")
        sys.stdout.buffer.flush()
    files.save()
