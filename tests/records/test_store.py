"""The file store: what is acknowledged stays, what is not leaves no trace."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mug.components import StoreError
from mug.core.records.reader import JournalReader
from mug.core.records.store import FileStore
from mug.core.records.streams import frame, records, whole
from mug.errors import MugError


def line(number: int, size: int = 0) -> bytes:
    return b'{"n":%d,"pad":"%s"}' % (number, b"x" * size)


@pytest.fixture
def store(tmp_path: Path):
    store = FileStore(tmp_path / "experiment")
    yield store
    store.close()


def test_records_come_back_in_order_from_the_same_and_from_the_next_store(store: FileStore) -> None:
    """What was appended is read in order, per stream, before and after a restart."""
    store.append("events", [line(1)])
    store.append("events", [line(2), line(3)])
    store.append("games/g1", [line(4)])
    store.append("games/g1", [])
    assert store.read("events") == [line(1), line(2), line(3)]
    store.close()
    with_next = FileStore(store.folder)
    assert with_next.read("events") == [line(1), line(2), line(3)]
    assert with_next.read("games/g1") == [line(4)]
    assert with_next.read("games/none") == []
    with_next.close()


@pytest.mark.parametrize(
    "stream",
    ["", "event", "games", "games/", "games/../../x", "games/..", "games/.x", "games/a/b", "/etc/passwd",
     "games/a\n", "games/a\0b", "events/../x", "games/é", "games/" + "a" * 201],
)  # fmt: skip
def test_names_that_are_no_streams_are_refused(store: FileStore, stream: str) -> None:
    """No stream name reaches outside the journal: it is refused, and no file appears."""
    before = sorted(store.folder.rglob("*"))
    for use in (lambda: store.append(stream, [line(1)]), lambda: store.read(stream)):
        with pytest.raises(ValueError, match="not the name of a stream"):
            use()
    assert sorted(store.folder.rglob("*")) == before


@pytest.mark.parametrize("record", [b"", b"[1]", b'{"a":\n1}', b'{"a":1} ', b' {"a":1}', b'{"a":1}\n', b"{"])
def test_what_is_no_record_is_refused_with_its_whole_append(store: FileStore, record: bytes) -> None:
    """A malformed record keeps its append out of the file entirely."""
    store.append("events", [line(1)])
    with pytest.raises(ValueError, match="a JSON object on one line"):
        store.append("events", [line(2), record])
    assert store.read("events") == [line(1)]


@given(
    st.lists(st.lists(st.integers(0, 200), min_size=1, max_size=4), max_size=8),
    st.integers(1, 100),
    st.data(),
)
def test_reading_in_pieces_equals_reading_at_once(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[list[int]], piece: int, data: st.DataObject
) -> None:
    """Chunks between any two positions, put together, are the records between them."""
    folder = tmp_path_factory.mktemp("journal")
    appends = [[line(n, size) for n, size in enumerate(each)] for each in sizes]
    (folder / "events.jsonl").write_bytes(b"".join(frame(each) for each in appends))
    reader = JournalReader(folder)
    positions = [0]
    for each in appends:
        positions.append(positions[-1] + len(frame(each)))
    assert reader.position("events") == positions[-1]
    first = data.draw(st.integers(0, len(appends)))
    last = data.draw(st.integers(first, len(appends)))
    expected = [record for each in appends[first:last] for record in each]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mug.core.records.reader._CHUNK", piece)
        found = [r for chunk in reader.chunks("events", positions[first], positions[last]) for r in chunk]
    assert found == expected


@given(st.binary(max_size=60))
def test_whole_is_a_prefix_that_ends_an_append(data: bytes) -> None:
    """Of any bytes, the whole part ends an append, and nothing behind it does."""
    length = whole(data)
    assert length == 0 or (data[length - 1 : length] == b"\n" and data[length - 2 : length - 1] != b" ")
    rest = data[length:]
    assert not any(
        rest[i : i + 1] == b"\n" and rest[i - 1 : i] not in (b" ", b"") for i in range(1, len(rest))
    )
    assert all(record.startswith(b"{") and record.endswith(b"}") for record in records(data[:length]))


# ------------------------------------------------------------------------------------ one writer only


def test_a_second_store_names_the_process_that_holds_the_folder(store: FileStore) -> None:
    """The conflict says which process writes, where, and what to do; after a close the folder is free."""
    with pytest.raises(MugError, match=f"process {os.getpid()}") as caught:
        FileStore(store.folder)
    assert str(store.folder) in str(caught.value)
    assert caught.value.fix
    store.close()
    FileStore(store.folder).close()


HOLDER = """
import os, sys
from mug.core.records.store import FileStore
store = FileStore(sys.argv[1])
if len(sys.argv) > 2 and os.fork() == 0:
    os.write(1, b"child\\n")
    sys.stdin.read()
    os._exit(0)
os.write(1, b"parent\\n")
if len(sys.argv) > 2:
    sys.stdin.readline()
    os._exit(0)
sys.stdin.read()
"""


def hold(folder: Path, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", HOLDER, str(folder), *more]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_a_killed_holder_frees_the_folder(tmp_path: Path) -> None:
    """The lock is another process's while it lives, and nobody's once it was killed."""
    holder = hold(tmp_path)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"parent\n"
    with pytest.raises(MugError, match=f"process {holder.pid}"):
        FileStore(tmp_path)
    holder.kill()
    holder.communicate()
    FileStore(tmp_path).close()


def test_a_forked_child_does_not_hold_the_folder_beyond_its_parent(tmp_path: Path) -> None:
    """A worker that outlives a killed server does not keep the next server out."""
    holder = hold(tmp_path, "fork")
    assert holder.stdin is not None
    assert holder.stdout is not None
    assert {holder.stdout.readline(), holder.stdout.readline()} == {b"child\n", b"parent\n"}
    with pytest.raises(MugError, match=f"process {holder.pid}"):
        FileStore(tmp_path)
    holder.kill()
    holder.wait()
    FileStore(tmp_path).close()
    holder.communicate()


# ------------------------------------------------------------------------------------ files and sync


def open_files(folder: Path) -> int:
    links = list(Path("/proc/self/fd").iterdir())
    return sum(str(link.readlink()).startswith(str(folder)) for link in links if link.is_symlink())


def test_open_files_stay_bounded_and_nothing_is_lost_by_it(tmp_path: Path) -> None:
    """However many streams there are, no more than ``max_open`` (and the lock) are open."""
    store = FileStore(tmp_path, max_open=4)
    for n in range(100):
        store.append(f"games/g{n % 25}", [line(n)])
        store.append("events", [line(n)])
        assert open_files(tmp_path) <= 4 + 1 + 1  # the lock, and events on its way to the disk
    assert store.read("events") == [line(n) for n in range(100)]
    for g in range(25):
        assert store.read(f"games/g{g}") == [line(n) for n in range(g, 100, 25)]
    store.close()
    assert open_files(tmp_path) == 0


def test_running_out_of_file_descriptors_makes_it_use_fewer(tmp_path: Path) -> None:
    """When the process has no descriptor left, the store closes some of its own and goes on."""
    store = FileStore(tmp_path, sync_interval=None)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(link.name) for link in Path("/proc/self/fd").iterdir())
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 12, hard))
        for n in range(60):
            store.append(f"games/g{n}", [line(n)])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert [store.read(f"games/g{n}") for n in range(60)] == [[line(n)] for n in range(60)]
    store.close()


def test_only_the_owner_may_read(tmp_path: Path) -> None:
    """Folders that the store makes are 0700 and its files 0600, whatever the umask allows."""
    old = os.umask(0)
    try:
        store = FileStore(tmp_path / "data" / "exp")
        store.append("events", [line(1)])
        store.append("games/g", [line(1)])
        store.close()
    finally:
        os.umask(old)
    made = list(tmp_path.rglob("*"))
    assert len(made) == 7
    for path in made:
        expected = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == expected, path


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch):
    calls: list[tuple[str, str]] = []
    real = os.fsync
    happened = threading.Condition()

    def fsync(descriptor: int) -> None:
        real(descriptor)
        with happened:
            name = Path(f"/proc/self/fd/{descriptor}").readlink().name
            calls.append((name, threading.current_thread().name))
            happened.notify_all()

    def wait_for(name: str) -> None:
        with happened:
            assert happened.wait_for(lambda: any(call[0] == name for call in calls), 20), calls

    monkeypatch.setattr(os, "fsync", fsync)
    return calls, wait_for


def test_events_are_synced_in_the_background_and_games_when_closed(tmp_path: Path, synced) -> None:
    """Events reach the disk by themselves, a game on close_stream, both from another thread."""
    calls, wait_for = synced
    store = FileStore(tmp_path, sync_interval=0.01, max_open=2)
    store.append("games/a", [line(1)])
    store.append("games/b", [line(1)])
    store.append("events", [line(1)])
    wait_for("events.jsonl")
    assert {name for name, _ in calls} == {"events.jsonl"}
    store.close_stream("games/a")  # not open any more, and synced all the same
    store.close_stream("games/b")
    wait_for("a.jsonl")
    wait_for("b.jsonl")
    assert {thread for _, thread in calls} == {"mug-sync"}
    store.close_stream("games/never")
    store.close()


def test_who_people_are_is_synced_also_when_other_streams_need_the_file(tmp_path: Path, synced) -> None:
    """What is due reaches the disk even if its file is closed before its turn has come."""
    calls, wait_for = synced
    store = FileStore(tmp_path, sync_interval=60, max_open=1)
    store.append("events", [line(1)])
    wait_for("events.jsonl")  # from here on, the thread rests for a minute
    store.append("identities", [line(1)])
    store.append("games/a", [line(1)])
    wait_for("identities.jsonl")
    store.close()
    assert ("identities.jsonl", "mug-sync") in calls


def test_interval_zero_syncs_before_the_append_returns(tmp_path: Path, synced) -> None:
    """With sync_interval=0 every append is on the disk when it returns."""
    calls, _ = synced
    store = FileStore(tmp_path, sync_interval=0)
    for n in range(3):
        store.append("games/a", [line(n)])
        assert [name for name, _ in calls] == ["a.jsonl"] * (n + 1)
    store.close()


def test_interval_none_never_syncs(tmp_path: Path, synced) -> None:
    """With sync_interval=None syncing is left to the operating system."""
    calls, _ = synced
    store = FileStore(tmp_path, sync_interval=None)
    store.append("events", [line(1)])
    store.close_stream("events")
    store.close()
    assert calls == []
    assert JournalReader(store.journal).read("events") == [line(1)]


def test_an_append_that_cannot_be_synced_is_taken_back(tmp_path: Path, monkeypatch) -> None:
    """With sync_interval=0 a failing disk means StoreError and no record."""
    store = FileStore(tmp_path, sync_interval=0)
    store.append("events", [line(1)])

    def broken(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", broken)
        with pytest.raises(StoreError, match="Input/output error"):
            store.append("events", [line(2)])
    assert store.read("events") == [line(1)]
    store.close()


def test_a_failed_take_back_is_repeated_before_anything_else_is_written(tmp_path: Path, monkeypatch) -> None:
    """When even truncating fails, the half-written bytes are removed before the next append."""
    store = FileStore(tmp_path)
    store.append("events", [line(1)])
    write, truncate = os.write, os.ftruncate

    def half(descriptor: int, data: bytes) -> int:
        return write(descriptor, data[: len(data) // 2])

    def broken(descriptor: int, length: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", half)
        patch.setattr(os, "ftruncate", broken)
        with pytest.raises(StoreError):
            store.append("events", [line(2)])
        patch.setattr(os, "write", write)
        with pytest.raises(StoreError):
            store.append("events", [line(3)])
        patch.setattr(os, "ftruncate", truncate)
        store.append("events", [line(4)])
    assert store.read("events") == [line(1), line(4)]
    store.close()


def test_a_closed_store_refuses(tmp_path: Path) -> None:
    """After close nothing is taken; closing again does no harm."""
    store = FileStore(tmp_path)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.append("events", [line(1)])


def test_a_folder_that_cannot_be_made_is_a_plain_error(tmp_path: Path) -> None:
    """A file in the way, for one, is reported with place and remedy."""
    (tmp_path / "data").write_text("")
    with pytest.raises(MugError, match="cannot be made") as caught:
        FileStore(tmp_path / "data" / "exp")
    assert caught.value.where
    assert caught.value.fix
