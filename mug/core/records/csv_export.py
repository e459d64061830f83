"""CSV files from the journal: made at any time, again and again, without the experiment's script.

Below the data folder of an experiment:

- ``<scene>/<subject>.csv``: for a game one row per step, for other scenes one row per visit with the answers
- ``<scene>/<subject>.episodes.csv``: one row per episode of a participant's games
- ``<scene>/<subject>.visits.csv``: answers given in a game scene
- ``game_notes/<game>.csv``: one row for whatever else was recorded of a game
- ``participants.csv``, ``visits.csv``, ``lobby.csv``, ``games.csv``, ``runs.csv``, ``latency.csv``,
  ``connections.csv``: about the whole experiment; ``identities.csv``: what identifies people, kept apart

`mug.core.records.cells` says how values are written, `mug.core.records.steps` in which order columns come.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

import attrs

from mug.components import Exporter
from mug.core.records.cells import Row, ordered, widen
from mug.core.records.csv_file import CsvFile
from mug.core.records.index import EVENTS, GameFacts, Index
from mug.core.records.manifest import MANIFEST, Made, Manifest
from mug.core.records.names import (
    JOURNAL,
    episodes_path,
    is_leftover,
    notes_path,
    steps_path,
    visits_path,
)
from mug.core.records.notes import NOTE_COLUMNS, note_rows
from mug.core.records.reader import JournalReader, RecordSource
from mug.core.records.scan import EPISODE_COLUMNS, GameScan
from mug.core.records.steps import STEP_COLUMNS, Mark, game_stream
from mug.core.records.streams import make_private_folder
from mug.core.records.tables import LOGS, TABLES, VISIT_COLUMNS, Log, answer_rows, log_rows
from mug.errors import MugError

log = logging.getLogger(__name__)

RESERVE_BYTES: Final = 64 << 20
"""Disk space that exporting leaves to the journal."""
_SCANS_KEPT: Final = 2000


@attrs.frozen
class Changed:
    """Who has new records: participants by subject id, games by id."""

    subjects: frozenset[str] = frozenset()
    games: frozenset[str] = frozenset()

    def __or__(self, other: Changed) -> Changed:
        return Changed(self.subjects | other.subjects, self.games | other.games)


@attrs.define
class Report:
    """What an update did.

    Attributes:
        made: the files it made, also those whose content turned out to be the same as before.
        written: those whose content is new.
        rows: how many rows were written to them.
        failures: (file, why) for those that could not be made; they are as they were.
        malformed: how many lines of the journal are no records and were passed over.
    """

    made: list[Path] = attrs.field(factory=list)
    written: list[Path] = attrs.field(factory=list)
    rows: int = 0
    seconds: float = 0.0
    failures: list[tuple[Path, str]] = attrs.field(factory=list)
    malformed: int = 0


class CsvFiles:
    """The CSV files of one experiment, brought up to date when asked.

    Args:
        source: where the records are.
        folder: where the files go.
        reserve: bytes that have to stay free on the disk.
        anew: make every file again, whatever was made before.
    """

    def __init__(
        self, source: RecordSource, folder: Path, *, reserve: int = RESERVE_BYTES, anew: bool = False
    ) -> None:
        self._source = source
        self._folder = folder
        self._reserve = reserve
        self._index = Index()
        self._scans: dict[str, GameScan] = {}
        self._manifest = Manifest(folder, anew=anew)
        self._tabled = 0
        self._too_wide: set[Path] = set()
        self._logged: dict[str, tuple[int, Made]] = {}

    def update(self, changed: Changed | None = None) -> Report:
        """Write what is out of date: about everybody (None), or about some participants and games only.

        Raises:
            OSError: the records cannot be read. A file that cannot be written does not raise; it is in
                the report's failures, and the others are written.
        """
        report = Report()
        began = time.monotonic()
        make_private_folder(self._folder)
        if changed is None:
            self._sweep()
        self._index.advance(self._source)
        for subject_id, scene_id in self._affected(changed):
            if scene_id in self._index.games_of(subject_id):
                self._attempt(report, steps_path(scene_id, subject_id), self._steps, subject_id, scene_id)
            path = visits_path(scene_id, subject_id, game=self._index.is_game(subject_id, scene_id))
            self._attempt(report, path, self._answers, subject_id, scene_id)
        if changed is None or self._tabled != self._index.position:
            for table in TABLES:
                rows = partial(table.rows, self._index)
                self._attempt(report, Path(table.name), self._rows, table.columns, rows)
            for table_log in LOGS:
                self._attempt(report, Path(table_log.name), self._log_file, table_log)
            if not report.failures:
                self._tabled = self._index.position
        self._attempt(report, Path(MANIFEST), lambda *_: self._manifest.save(now=changed is None))
        report.seconds = time.monotonic() - began
        report.malformed = self._index.malformed + sum(scan.malformed for scan in self._scans.values())
        return report

    def save(self) -> None:
        """Remember for the next start what was made; without this it only takes longer."""
        self._manifest.save(now=True)

    def _affected(self, changed: Changed | None) -> Iterator[tuple[str, str]]:
        index = self._index
        for subject_id in index.subjects() if changed is None else sorted(changed.subjects):
            visited = {visit.scene_id for person in index.persons(subject_id) for visit in person.visits}
            for scene_id in sorted(visited | index.games_of(subject_id).keys()):
                yield subject_id, scene_id
        for game_id in sorted(changed.games if changed else ()):
            game = index.games.get(game_id)
            if game is not None:
                yield from ((subject_id, game.scene_id) for subject_id in game.people.values())

    def _attempt(self, report: Report, file: Path, make: Callable[..., object], *arguments: object) -> None:
        try:
            make(report, file, *arguments)
        except OSError as error:
            report.failures.append((file, error.strerror or str(error)))
        except Exception as error:
            log.exception("%s could not be made", file)
            report.failures.append((file, f"{type(error).__name__}: {error}"))

    # -------------------------------------------------------------------------------- one kind of file each

    def _steps(self, report: Report, file: Path, subject_id: str, scene_id: str) -> None:
        games = self._index.games_of(subject_id)[scene_id]
        episodes = episodes_path(scene_id, subject_id)
        made = self._manifest.present(file)
        summed = self._manifest.present(episodes)
        positions = [(game.game_id, self._source.position(game_stream(game.game_id))) for game in games]
        known = made is not None and summed is not None and made.inputs == summed.inputs == positions
        if known and not any(self._manifest.is_spoiled(notes_path(game.game_id)) for game in games):
            return
        scans = [self._scan(game) for game in games]
        for scan in scans:
            self._notes(report, scan)
        inputs = [(scan.game.game_id, scan.position) for scan in scans]
        columns = ordered(
            frozenset[str]().union(*(scan.columns_of(subject_id) for scan in scans)), STEP_COLUMNS
        )
        if not columns:
            # Answers may have been here, from before the scene turned out to be a game.
            (self._folder / file).unlink(missing_ok=True)
            return
        start = _Start.behind(made, scans, inputs, columns, subject_id)
        with self._csv(file, columns, start.size) as csv_file:
            for scan, begin, sizes in start.remaining(scans):
                for mark, rows in scan.step_rows(self._source, subject_id, begin):
                    sizes[mark.position] = csv_file.size()
                    csv_file.write(rows)
        self._note(report, csv_file)
        summary = [row for scan in scans for row in scan.episode_rows(subject_id)]
        self._rows(report, episodes, EPISODE_COLUMNS, lambda: summary)
        self._manifest.put(episodes, inputs)
        cuts = [scan.cuts.all() for scan in scans]
        self._manifest.put(file, inputs, columns=columns, sizes=sizes, cuts=cuts)

    def _notes(self, report: Report, scan: GameScan) -> None:
        file, inputs = notes_path(scan.game.game_id), [(scan.game.game_id, scan.position)]
        made = self._manifest.present(file)
        if not scan.noted or (made is not None and made.inputs == inputs):
            return
        after, size = (0, 0) if made is None else (made.inputs[0][1], made.size)
        rows = note_rows(self._source, scan.game, after, scan.position)
        row = next(rows, None)
        if row is not None:
            with self._csv(file, NOTE_COLUMNS, size) as csv_file:
                csv_file.write(chain((row,), rows))
            self._note(report, csv_file)
        self._manifest.put(file, inputs)

    def _answers(self, report: Report, file: Path, subject_id: str, scene_id: str) -> None:
        self._rows(report, file, VISIT_COLUMNS, partial(answer_rows, self._index, subject_id, scene_id))

    def _scan(self, game: GameFacts) -> GameScan:
        scan = self._scans.pop(game.game_id, None) or GameScan(game)
        self._scans[game.game_id] = scan
        if len(self._scans) > _SCANS_KEPT:
            del self._scans[next(iter(self._scans))]
        scan.advance(self._source)
        return scan

    def _rows(
        self, report: Report, file: Path, order: tuple[str, ...], rows: Callable[[], Iterable[Row]]
    ) -> None:
        names: set[str] = set()
        left_out = [name for row in rows() if (name := widen(names, row)) is not None]
        if left_out and file not in self._too_wide:
            self._too_wide.add(file)
            log.warning("%s has too many columns: '%.80s' and others are left out", file, left_out[0])
        columns = ordered(names, order)
        if not columns:
            return
        with self._csv(file, columns) as csv_file:
            csv_file.write(rows())
        self._note(report, csv_file)

    def _log_file(self, report: Report, file: Path, table: Log) -> None:
        position, made = self._logged.get(table.name, (0, None))
        if made is None or not made.is_at(self._folder / file):
            position, made = 0, None
        end = self._index.position
        rows = log_rows(table, self._index, self._source, position, end)
        first = next(rows, None)
        if first is None:
            return
        with self._csv(file, table.columns, made.size if made else 0) as csv_file:
            csv_file.write(chain((first,), rows))
        self._note(report, csv_file)
        self._logged[table.name] = end, Made.of(self._folder / file, [])

    def _csv(self, file: Path, columns: Sequence[str], keep: int = 0) -> CsvFile:
        return CsvFile(self._folder / file, columns, keep=keep, reserve=self._reserve)

    def _note(self, report: Report, csv_file: CsvFile) -> None:
        report.made.append(csv_file.path)
        if csv_file.changed:
            report.written.append(csv_file.path)
            report.rows += csv_file.rows

    def _sweep(self) -> None:
        for pattern in (".*.part", "*/.*.part"):
            for path in self._folder.glob(pattern):
                if is_leftover(path):
                    path.unlink(missing_ok=True)


@attrs.frozen
class _Start:
    """Where in a file of steps, and in its games' records, to begin with what is new.

    Attributes:
        size: how much of the file stays.
        game: the number of the first game of which there are rows to write.
        mark: from where on.
        sizes: of the file, at earlier positions in that game's records.
    """

    size: int
    game: int
    mark: Mark
    sizes: Mapping[int, int]

    @classmethod
    def behind(
        cls,
        made: Made | None,
        scans: Sequence[GameScan],
        inputs: Sequence[tuple[str, int]],
        columns: Sequence[str],
        subject_id: str,
    ) -> _Start:
        """Return where to go on: at the end, or before what was measured since then, or anew."""
        anew = cls(0, 0, scans[0].marks[0], {})
        game = None if made is None else made.grown(inputs)
        if made is None or game is None or made.columns != columns:
            return anew
        if made.cuts != [scan.cuts.all() for scan in scans[: game + 1]]:
            return anew
        mark = scans[game].last_untouched(subject_id, made.inputs[game][1], made.sizes)
        if mark is None:
            return anew
        sizes = {position: size for position, size in made.sizes.items() if position <= mark.position}
        return cls(sizes[mark.position], game, mark, sizes)

    def remaining(self, scans: Sequence[GameScan]) -> Iterator[tuple[GameScan, Mark, dict[int, int]]]:
        """Yield each game of which there are rows to write, from where on, and what sizes are known."""
        yield scans[self.game], self.mark, dict(self.sizes)
        for scan in scans[self.game + 1 :]:
            yield scan, scan.marks[0], {}


class CsvExporter(Exporter):
    """Makes every CSV file of an experiment, also of one that is running or long over."""

    def export(self, data_dir: Path, target: Path) -> Iterable[Path]:
        """Read the data folder of one experiment and yield each file below ``target``.

        A file that is there already with the same content is left as it is.

        Raises:
            MugError: the folder holds no journal, or a file cannot be written.
        """
        journal = data_dir / JOURNAL
        if not (journal / f"{EVENTS}.jsonl").is_file():
            raise MugError(
                "there are no records here",
                where=str(data_dir),
                fix=f"give the data folder of one experiment: the folder that has '{JOURNAL}' in it",
            )
        files = CsvFiles(JournalReader(journal), target, reserve=0, anew=True)
        try:
            report = files.update()
        except OSError as error:
            raise MugError(f"the data cannot be exported: {error.strerror}", str(target)) from error
        if report.failures:
            file, why = report.failures[0]
            raise MugError(f"{len(report.failures)} files could not be written: {why}", str(target / file))
        yield from report.made
