"""The file store when something breaks: crashes at every byte, kill -9, full disks."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from mug.components import StoreError
from mug.core.records.store import FileStore
from mug.core.records.streams import frame


def line(number: int, size: int = 0) -> bytes:
    return b'{"n":%d,"pad":"%s"}' % (number, b"x" * size)


def test_a_crash_at_every_byte_leaves_whole_appends_only(tmp_path: Path) -> None:
    """Cut after any byte, a stream reads as the appends before; the rest is kept aside."""
    appends = [[line(1)], [line(2), line(3), line(4)], [line(5)], [line(6), line(7)]]
    data = b"".join(frame(each) for each in appends)
    ends = [len(b"".join(frame(each) for each in appends[: n + 1])) for n in range(len(appends))]
    for cut in range(len(data) + 1):
        store = FileStore(tmp_path / str(cut), sync_interval=None)
        path = store.journal / "events.jsonl"
        path.write_bytes(data[:cut])
        complete = sum(end <= cut for end in ends)
        good = [record for each in appends[:complete] for record in each]
        assert store.read("events") == good, cut
        store.append("events", [line(99)])
        assert store.read("events") == [*good, line(99)], cut
        torn = data[([0, *ends])[complete] : cut]
        kept = path.with_name("events.jsonl.torn")
        assert (kept.read_bytes() if kept.exists() else b"") == (torn + b"\n" if torn else b""), cut
        store.close()


def test_a_torn_append_longer_than_the_reading_window_is_taken_back(tmp_path: Path) -> None:
    """The last good record is found however far before the end of the file it lies."""
    store = FileStore(tmp_path)
    store.append("games/g", [line(1, 300_000)])
    torn = frame([line(2, 200_000), line(3, 200_000)])[:-7]
    with (store.journal / "games/g.jsonl").open("ab") as file:
        file.write(torn)
    store.close_stream("games/g")
    store.append("games/g", [line(4)])
    assert store.read("games/g") == [line(1, 300_000), line(4)]
    assert (store.journal / "games/g.jsonl.torn").read_bytes() == torn + b"\n"
    store.close()


def test_zeros_that_a_machine_crash_left_behind_do_not_hide_later_records(tmp_path: Path) -> None:
    """A stretch of the file that is no record is passed over; everything around it is read."""
    store = FileStore(tmp_path)
    path = store.journal / "events.jsonl"
    path.write_bytes(frame([line(1)]) + b"\0" * 100 + b'"half}\n' + frame([line(2), line(3)]))
    assert store.read("events") == [line(1), line(2), line(3)]
    store.close()


WRITER = """
import os, sys
from mug.core.records.store import FileStore
store = FileStore(sys.argv[1])
n = int(sys.argv[2])
while True:
    streams = {"events": 1, "games/a": 3, f"games/g{n % 7}": 2}
    for stream, count in streams.items():
        size = 40_000 if n % 5 == 0 else 200
        store.append(stream, [b'{"n":%d,"part":%d,"of":%d,"pad":"%s"}' % (n, part, count, b"x" * size)
                              for part in range(count)])
        os.write(1, f"{stream} {n}\\n".encode())
    n += 1
"""


def test_killing_the_writer_twenty_times_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """After every kill -9: all acknowledged records are there, in order, appends whole, no half line."""
    chance = random.Random(20)
    acknowledged: dict[str, list[int]] = {}
    start = 0
    for _ in range(20):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(start)], stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        budget = chance.randrange(1, 2000)
        said = b""
        while len(said) < budget:
            said += os.read(writer.stdout.fileno(), budget - len(said))
        writer.kill()
        said += writer.stdout.read()
        writer.wait()
        writer.stdout.close()
        for word in said.decode().splitlines():
            stream, number = word.split()
            acknowledged.setdefault(stream, []).append(int(number))
        store = FileStore(tmp_path)
        for stream, numbers in acknowledged.items():
            found = [orjson.loads(record) for record in store.read(stream)]
            complete = [record["n"] for record in found if record["part"] == record["of"] - 1]
            assert [record["part"] for record in found] == [
                part for record in found if record["part"] == 0 for part in range(record["of"])
            ]
            unheard = [number for number in complete if number not in set(numbers)]
            assert [number for number in complete if number in set(numbers)] == numbers
            # The one append that was written but not yet acknowledged when the kill came.
            assert len(unheard) <= 1
            numbers[:] = complete
        start = max(n for numbers in acknowledged.values() for n in numbers) + 1
        store.close()


# ------------------------------------------------------------------------------------------ full disk

LIMITED = """
import resource, sys
from mug.components import StoreError
from mug.core.records.store import FileStore
store = FileStore(sys.argv[1])
small, large = b'{"pad":"%s"}' % (b"x" * 100), b'{"pad":"%s"}' % (b"x" * 5000)
store.append("events", [small])
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
for _ in range(3):
    try:
        store.append("events", [small, large])
    except StoreError as error:
        print("refused:", error)
    else:
        sys.exit("taken")
assert store.read("events") == [small]
store.append("events", [small])
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
store.append("events", [small, large])
assert store.read("events") == [small, small, small, large]
store.close()
"""


def test_an_append_that_does_not_fit_is_refused_whole(tmp_path: Path) -> None:
    """On a short write nothing of the append stays; smaller ones still fit."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("refused:") == 3


@pytest.fixture
def small_disk(tmp_path: Path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("may not mount a small disk here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_refuses_and_recovers(small_disk: Path) -> None:
    """On a full disk every append raises StoreError and leaves no trace; with room again it goes on."""
    store = FileStore(small_disk)
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 150_000)
    taken = 0
    with pytest.raises(StoreError, match="No space left"):  # noqa: PT012 - how many fit is the disk's business
        while True:
            store.append("games/g", [line(taken, 3000)])
            taken += 1
    with pytest.raises(StoreError):
        store.append("games/other", [line(0, 10_000), line(1)])
    assert len(store.read("games/g")) == taken > 0
    assert store.read("games/other") == []
    ballast.unlink()
    store.append("games/g", [line(taken, 3000), line(taken + 1)])
    assert [b'{"n":%d,' % n in record for n, record in enumerate(store.read("games/g"))] == [True] * (
        taken + 2
    )
    store.close()
