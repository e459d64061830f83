"""Exporting beside a running server: files follow, the server never waits, failures hurt nobody."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mug.components import Store
from mug.core.records.csv_export import Changed, CsvFiles
from mug.core.records.exporter import ExporterProcess
from mug.core.records.exports import Exports
from mug.core.records.reader import JournalReader


@pytest.fixture
async def exports(study):
    exports = Exports(study.folder, reserve=0, retry=0.05)
    yield exports
    await exports.stop()


def process_of(exports: Exports) -> int:
    assert exports._process is not None
    assert exports._process.pid is not None
    return exports._process.pid


async def until(happened: Callable[[], object]) -> None:
    while not happened():
        await asyncio.sleep(0.001)


def one_game(study: Any) -> None:
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    study.episode("g1", 1, 3, ("a",))


async def test_what_is_missing_is_made_at_the_start_and_what_changes_follows(study, exports, table) -> None:
    """Old records are exported by the start, new ones when they are announced, by another process."""
    one_game(study)
    await exports.start(study.store)
    await exports.settled()
    assert len(table(study.folder / "grid" / "ann.csv")) == 3
    study.episode("g1", 2, 2, ("a",))
    exports.game_changed("g1")
    study.visits("ann", "survey", {"age": 3})
    exports.participant_changed("ann")
    await exports.settled()
    assert len(table(study.folder / "grid" / "ann.csv")) == 5
    assert table(study.folder / "survey" / "ann.csv")[0]["answers.age"] == "3"
    assert process_of(exports) != os.getpid()
    assert os.getpriority(os.PRIO_PROCESS, process_of(exports)) == 19
    health = exports.health()
    assert health["failing_files"] == 0
    assert health["waiting"] == 0
    assert health["rows"] > 5


async def test_stopping_writes_what_was_announced_and_ends_the_process(study, table) -> None:
    """Nothing that was announced is missing after stop, and no process is left."""
    one_game(study)
    exports = Exports(study.folder, reserve=0, share=0.0001)
    await exports.start()
    await exports.settled()
    pid = process_of(exports)
    study.episode("g1", 2, 4, ("a",))
    exports.game_changed("g1")
    await exports.stop()
    assert len(table(study.folder / "grid" / "ann.csv")) == 7
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    await exports.stop()


async def test_a_stuck_exporter_keeps_nobody_waiting(study, exports, table) -> None:
    """While the process does nothing at all, announcing stays immediate and the event loop runs."""
    one_game(study)
    await exports.start(study.store)
    await exports.settled()
    os.kill(process_of(exports), signal.SIGSTOP)
    try:
        began = time.thread_time()
        for n in range(2000):
            exports.game_changed("g1")
            exports.participant_changed(f"somebody-{n}")
            if n % 100 == 0:
                await asyncio.sleep(0)
        assert exports.health()["waiting"] > 0
        assert time.thread_time() - began < 2
        study.episode("g1", 2, 2, ("a",))
        assert len(table(study.folder / "grid" / "ann.csv")) == 3
    finally:
        os.kill(process_of(exports), signal.SIGCONT)
    exports.game_changed("g1")
    await exports.settled()
    assert len(table(study.folder / "grid" / "ann.csv")) == 5


async def test_who_waits_for_files_does_not_wait_for_the_rest_between_updates(study, table) -> None:
    """``settled`` ends the rest that keeps exporting cheap, also when it was called during an update."""
    one_game(study)
    exports = Exports(study.folder, reserve=0, share=1e-9)
    await exports.start(study.store)
    async with asyncio.timeout(60):
        await exports.settled()
        os.kill(process_of(exports), signal.SIGSTOP)
        exports.game_changed("g1")
        first = asyncio.create_task(exports.settled())
        await until(lambda: not exports.health()["waiting"])
        study.episode("g1", 2, 2, ("a",))
        exports.game_changed("g1")
        second = asyncio.create_task(exports.settled())
        await until(lambda: exports._hurry)
        os.kill(process_of(exports), signal.SIGCONT)
        await asyncio.gather(first, second)
    assert len(table(study.folder / "grid" / "ann.csv")) == 5
    await exports.stop()


async def test_a_killed_exporter_is_replaced(study, exports, table) -> None:
    """When the process dies, another one does what was asked for."""
    one_game(study)
    await exports.start(study.store)
    await exports.settled()
    first = process_of(exports)
    os.kill(first, signal.SIGKILL)
    study.episode("g1", 2, 2, ("a",))
    exports.game_changed("g1")
    async with asyncio.timeout(30):
        while exports.failures() or exports.health()["waiting"] or exports.health()["updates"] < 3:
            await exports.settled()
            await asyncio.sleep(0.01)
    assert process_of(exports) != first
    assert len(table(study.folder / "grid" / "ann.csv")) == 5


async def test_signals_for_the_server_do_not_stop_the_exporter(study, exports, table) -> None:
    """Ctrl-C and a polite termination reach the whole group; the last rows are written all the same."""
    one_game(study)
    await exports.start(study.store)
    await exports.settled()
    first = process_of(exports)
    os.kill(first, signal.SIGINT)
    os.kill(first, signal.SIGTERM)
    study.episode("g1", 2, 2, ("a",))
    exports.game_changed("g1")
    await exports.settled()
    assert process_of(exports) == first
    assert len(table(study.folder / "grid" / "ann.csv")) == 5


def test_the_exporter_ends_with_the_server_however_that_ends(study, tmp_path: Path) -> None:
    """When the server was killed, its exporter does not live on."""
    one_game(study)
    script = (
        "import asyncio, sys, pathlib\n"
        "from mug.core.records.exports import Exports\n"
        "async def main():\n"
        "    exports = Exports(pathlib.Path(sys.argv[1]), reserve=0)\n"
        "    await exports.start()\n"
        "    await exports.settled()\n"
        "    print(exports._process.pid, flush=True)\n"
        "    await asyncio.sleep(3600)\n"
        "asyncio.run(main())\n"
    )
    server = subprocess.Popen([sys.executable, "-c", script, str(study.folder)], stdout=subprocess.PIPE)
    assert server.stdout is not None
    exporter = int(server.stdout.readline())
    server.kill()
    server.wait()
    # The exporter holds the other end of its own output, not of the server's: wait for it to be gone.
    deadline = time.monotonic() + 20
    while Path(f"/proc/{exporter}/cmdline").exists() and Path(f"/proc/{exporter}/cmdline").read_bytes():
        assert time.monotonic() < deadline, "the exporter is still there"
        time.sleep(0.01)
    server.stdout.close()


async def test_the_researchers_folder_does_not_get_in_the_way(study, table, monkeypatch) -> None:
    """Files beside the script that are called like library modules are not imported by the exporter."""
    one_game(study)
    elsewhere = study.folder.parent / "script"
    elsewhere.mkdir()
    for name in ("csv.py", "json.py", "mug.py"):
        (elsewhere / name).write_text("raise SystemExit('imported')")
    monkeypatch.chdir(elsewhere)
    exports = Exports(study.folder, reserve=0)
    await exports.start()
    await exports.stop()
    assert len(table(study.folder / "grid" / "ann.csv")) == 3


class Memory(Store):
    """A store that is no folder."""

    def __init__(self, study: Any) -> None:
        self._study = study

    def read(self, stream: str) -> list[bytes]:
        lines: list[bytes] = self._study.store.read(stream)
        return lines


async def test_a_store_that_is_no_folder_is_read_by_a_thread(study, table) -> None:
    """Another plugin's store is exported too, without a process."""
    one_game(study)
    target = study.folder.parent / "target"
    exports = Exports(target, reserve=0)
    await exports.start(Memory(study))
    await exports.settled()
    assert len(table(target / "grid" / "ann.csv")) == 3
    study.episode("g1", 2, 2, ("a",))
    exports.game_changed("g1")
    await exports.stop()
    assert len(table(target / "grid" / "ann.csv")) == 5
    assert exports._process is None


# ------------------------------------------------------------------------------------------- failures


async def test_what_cannot_be_written_is_reported_and_tried_again(study, exports, table, caplog) -> None:
    """A file in the way stops only the files of that folder; once it is gone they appear by themselves."""
    one_game(study)
    study.visits("ann", "survey", {"age": 3})
    (study.folder / "grid").write_text("in the way")
    with caplog.at_level(logging.INFO):
        await exports.start(study.store)
        await exports.settled()
        assert exports.health()["failing_files"] > 0
        assert "ann" not in str(exports.health())
        assert any("grid/ann.csv" in failure for failure, _ in exports.failures())
        assert table(study.folder / "survey" / "ann.csv")[0]["answers.age"] == "3"
        (study.folder / "grid").unlink()
        async with asyncio.timeout(30):
            while exports.failures():
                await exports.settled()
                await asyncio.sleep(0.01)
    assert len(table(study.folder / "grid" / "ann.csv")) == 3
    messages = [
        record.message for record in caplog.records if "CSV" in record.message or "ann" in record.message
    ]
    assert len([message for message in messages if "tried again" in message]) == 1
    assert any("can be written again" in message for message in messages)


@pytest.fixture
def small_disk(tmp_path: Path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("may not mount a small disk here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_keeps_the_old_files_whole(study, small_disk: Path, table, contents) -> None:
    """When there is no room for a new version, the old one stays, no part is left, and room makes it good."""
    one_game(study)
    target = small_disk / "target"
    files = CsvFiles(JournalReader(study.store.journal), target, reserve=0)
    files.update()
    before = (target / "grid" / "ann.csv").read_bytes()
    episodes = (target / "grid" / "ann.episodes.csv").read_bytes()
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    study.episode("g1", 2, 100, ("a",))
    report = files.update(Changed(games=frozenset(("g1",))))
    assert (target / "grid" / "ann.episodes.csv").read_bytes() == episodes
    assert [why for _, why in report.failures] != []
    assert all("space" in why for _, why in report.failures)
    assert (target / "grid" / "ann.csv").read_bytes() == before
    assert list(target.rglob(".*.part")) == []
    ballast.unlink()
    assert files.update(Changed(games=frozenset(("g1",)))).failures == []
    assert len(table(target / "grid" / "ann.csv")) == 103
    assert len(table(target / "grid" / "ann.episodes.csv")) == 2


def test_exporting_leaves_the_last_room_to_the_journal(study) -> None:
    """With less than the reserve free, nothing is written, and the report says why."""
    one_game(study)
    files = CsvFiles(JournalReader(study.store.journal), study.folder, reserve=1 << 60)
    report = files.update()
    assert report.written == []
    assert any("kept for the journal" in why for _, why in report.failures)
    assert not (study.folder / "grid" / "ann.csv").exists()


# -------------------------------------------------------------------------------------------- kill -9

EXPORTER = """
import sys, pathlib
from mug.core.records.csv_export import CsvFiles
from mug.core.records.reader import JournalReader
folder = pathlib.Path(sys.argv[1])
print("ready", flush=True)
CsvFiles(JournalReader(folder / "journal"), folder, reserve=0).update()
"""


def test_a_killed_export_leaves_old_or_new_files_whole(study, table) -> None:
    """Killed at random moments, every file is as before or as after; the next export completes them."""
    chance = random.Random(9)
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    done = 0
    for turn in range(8):
        for step in range(done + 1, done + 401):
            study.step("g1", 1, step, ("a",))
        done += 400
        process = subprocess.Popen(
            [sys.executable, "-c", EXPORTER, str(study.folder)], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        try:
            process.wait(timeout=chance.random() * 0.15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        path = study.folder / "grid" / "ann.csv"
        if path.exists():
            steps = [int(row["step"]) for row in table(path)]
            assert path.read_bytes().endswith(b"\n")
            assert len(steps) % 400 == 0, turn
            assert steps == list(range(1, len(steps) + 1))
            assert all(None not in row and None not in row.values() for row in table(path))
    CsvFiles(JournalReader(study.store.journal), study.folder, reserve=0).update()
    assert len(table(study.folder / "grid" / "ann.csv")) == done
    assert list(study.folder.rglob(".*.part")) == []


def test_the_process_reads_while_the_server_writes(study, table) -> None:
    """Rows of an export made in the middle of an append are those of the appends before."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    process = ExporterProcess(study.store.journal, study.folder, 0)
    for step in range(1, 20):
        study.step("g1", 1, step, ("a",))
        with (study.store.journal / "games" / "g1.jsonl").open("ab") as file:
            file.write(b'{"kind":"step","episode":1,"st')
            file.flush()
            assert process.update(Changed(games=frozenset(("g1",)))).failures == []
            file.truncate(file.tell() - len(b'{"kind":"step","episode":1,"st'))
        assert [int(row["step"]) for row in table(study.folder / "grid" / "ann.csv")] == list(
            range(1, step + 1)
        )
    process.close()
