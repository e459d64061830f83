"""Files are brought up to date bit by bit, and are what they would be if they were made at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mug.core.records.csv_export import Changed, CsvExporter, CsvFiles
from mug.core.records.reader import JournalReader, StoreReader
from mug.errors import MugError

GAMES = {
    "g1": ("grid", {"a": "ann", "b": "bob"}),
    "g2": ("grid", {"a": "bob", "b": "policy:x"}),
    "g3": ("maze", {"a": "ann"}),
}
games = st.sampled_from(["g1", "g1", "g2", "g2", "g3"])
episodes = st.integers(1, 2)
operations = st.one_of(
    st.tuples(st.just("steps"), games, episodes, st.integers(1, 4), st.integers(1, 3)),
    st.tuples(st.just("steps"), games, episodes, st.integers(1, 9), st.integers(1, 3)),
    st.tuples(
        st.just("measure"), games, episodes, st.integers(1, 9), st.integers(1, 4), st.sampled_from("ab")
    ),
    st.tuples(st.just("note"), games, st.sampled_from(["a", "b", None])),
    st.tuples(st.just("info"), games, episodes, st.sampled_from("xyz")),
    st.tuples(st.sampled_from(["begin", "end", "restart"]), games, episodes),
    st.tuples(st.sampled_from(["takeover", "returned"]), games, st.sampled_from("ab")),
    st.tuples(st.just("create"), games),
    st.tuples(st.just("visit"), st.sampled_from(["ann", "bob"]), st.sampled_from(["survey", "grid"])),
    st.tuples(st.just("latency"), st.sampled_from(["ann", "bob"])),
    st.tuples(
        st.just("spoil"),
        st.sampled_from(
            ["grid/ann.csv", "grid/bob.csv", "grid/ann.episodes.csv", "game_notes/g1.csv", "latency.csv"]
        ),
    ),
)
rounds = st.tuples(
    st.lists(operations, max_size=4), st.sampled_from(["changed", "changed", "changed", "everything", "anew"])
)


def play(study: Any, operation: tuple[Any, ...]) -> Changed:
    """Write the records of an operation; return whom it concerns."""
    match operation:
        case ("steps", game, episode, first, count):
            for step in range(first, first + count):
                study.step(game, episode, step, tuple(GAMES[game][1]))
        case ("measure", game, episode, first, count, seat):
            steps = list(range(first, first + count))
            study.measurement(game, seat, episode, steps, lag=[study.now() for _ in steps])
        case ("note", game, seat):
            study.record(game, "noticed", **({"seat": seat} if seat else {}), what=study.now())
        case ("info", game, episode, name):
            study.step(game, episode, 10, infos={"a": {name: 1}})
        case ("begin", game, episode):
            study.record(game, "episode_start", episode=episode, seed=episode)
        case ("end", game, episode):
            study.record(game, "episode_end", episode=episode, reason="x", rewards={"a": 1})
        case ("restart", game, episode):
            study.record(game, "episode_restarted", episode=episode)
        case ("takeover", game, agent):
            study.record(game, "takeover", agent=agent, policy="p")
        case ("returned", game, agent):
            study.record(game, "player_returned", agent=agent)
        case ("create", game):
            study.game(game, *GAMES[game])
        case ("visit", subject, scene):
            study.visits(subject, scene, {"x": 1}, "gym" if scene == "grid" else "static")
            return Changed(subjects=frozenset((subject,)))
        case ("latency", subject):
            study.event("latency", participant=f"p-{subject}", rtt_ms=1.0)
            return Changed()
    return Changed(games=frozenset((operation[1],)))


@settings(max_examples=200, deadline=None)
@given(st.sets(games), st.lists(rounds, min_size=1, max_size=6))
def test_updating_bit_by_bit_gives_what_making_everything_gives(new_study, contents, created, script) -> None:
    """Whatever happens, and whenever files are updated or spoiled: they equal a fresh export."""
    study = new_study()
    study.arrives("ann")
    study.arrives("bob")
    changed = Changed()
    for game in sorted(created):
        changed |= play(study, ("create", game))
    files = study.files()
    spoiled = False
    for happened, update in [*script, ([], "last")]:
        for operation in happened:
            if operation[0] != "spoil":
                changed |= play(study, operation)
            elif (study.folder / operation[1]).exists():
                (study.folder / operation[1]).write_text("opened, and saved by some other program")
                spoiled = True
        if update == "anew":
            files.save()
            files = study.files()
        everything = update in ("everything", "anew") or (update == "last" and spoiled)
        report = files.update(None if everything else changed)
        assert report.failures == []
        changed, spoiled = Changed(), spoiled and not everything
    fresh = study.export(study.folder / "fresh")
    expected = contents(fresh)
    found = {name: data for name, data in contents(study.folder).items() if not name.startswith("fresh")}
    study.store.close()
    assert found.keys() == expected.keys()
    for name in expected:
        assert found[name] == expected[name], name


def test_a_file_grows_only_where_that_gives_the_same_file(study, table, contents) -> None:
    """New columns, takeovers, an earlier game that grows, steps played again: all are in."""
    study.arrives("ann")
    study.arrives("bob")
    study.game("g1", "grid", {"a": "ann", "b": "bob"})
    study.game("g2", "grid", {"a": "ann", "b": "bob"})
    files = study.files()

    def agrees() -> None:
        files.update(Changed(games=frozenset(("g1", "g2"))))
        found = {name: data for name, data in contents(study.folder).items() if not name.startswith("fresh")}
        assert found == contents(study.export(study.folder / "fresh"))

    study.step("g1", 1, 1)
    study.step("g1", 1, 2)
    agrees()
    study.record("g1", "takeover", agent="b", policy="random")
    study.step("g1", 1, 3)
    agrees()
    study.step("g1", 1, 4)
    agrees()
    assert [row["participants.b"] for row in table(study.folder / "grid/ann.csv")] == [
        "bob",
        "bob",
        "random",
        "random",
    ]
    study.step("g1", 1, 5, infos={"a": {"new": 1}})
    agrees()
    study.step("g2", 1, 1)
    agrees()
    study.step("g1", 1, 6)
    study.step("g2", 1, 2)
    agrees()
    study.step("g2", 1, 1)
    agrees()
    study.step("g1", 1, 3)
    agrees()
    rows = table(study.folder / "grid/ann.csv")
    assert [(row["game_id"], row["attempt"], row["step"]) for row in rows] == [
        ("g1", "1", "1"), ("g1", "1", "2"), ("g1", "2", "3"), ("g2", "2", "1"),
    ]  # fmt: skip


def test_a_file_that_somebody_saved_is_made_again(study, table) -> None:
    """A file that is not as it was left is not added to; the next update makes it whole again."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    study.step("g1", 1, 1, ("a",))
    files = study.files()
    files.update()
    (study.folder / "grid" / "ann.csv").write_text("a;b\n1;2\n")
    study.step("g1", 1, 2, ("a",))
    files.update(Changed(games=frozenset(("g1",))))
    assert [row["step"] for row in table(study.folder / "grid" / "ann.csv")] == ["1", "2"]


@pytest.mark.parametrize("forgotten", [True, False])
def test_several_parts_played_again_are_all_found(study, table, forgotten: bool) -> None:
    """When more of a game was played again, its file is made again, whatever is remembered of it."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    files = study.files()
    changed = Changed(games=frozenset(("g1",)))
    for step in (1, 2, 3, 2, 3, 4, 5):
        study.step("g1", 1, step, ("a",))
    files.update(changed)
    if forgotten:
        files._scans.clear()
    for step in (4, 5):
        study.step("g1", 1, step, ("a",))
    files.update(changed)
    rows = table(study.folder / "grid" / "ann.csv")
    assert [(row["attempt"], row["step"]) for row in rows] == [
        ("1", "1"), ("2", "2"), ("2", "3"), ("3", "4"), ("3", "5"),
    ]  # fmt: skip


def test_episodes_that_could_not_be_written_are_written_later(study, table, monkeypatch) -> None:
    """When only the file of episodes fails, the next update makes it, though no step is new."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    study.episode("g1", 1, 2, ("a",))
    files = study.files()
    files.update()
    study.episode("g1", 2, 2, ("a",))
    changed = Changed(games=frozenset(("g1",)))
    replace = Path.replace

    def fails(self: Path, target: Path) -> Path:
        if "episodes" in str(target):
            raise OSError(28, "No space left on device")
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fails)
        assert [why for _, why in files.update(changed).failures] == ["No space left on device"]
    assert files.update(changed).failures == []
    assert len(table(study.folder / "grid" / "ann.csv")) == 4
    assert len(table(study.folder / "grid" / "ann.episodes.csv")) == 2


def test_adding_rows_keeps_what_was_there(study, table) -> None:
    """New steps are added to the file; only they are written, and nothing at all when nothing is new."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    study.episode("g1", 1, 50, ("a",))
    files = study.files()
    changed = Changed(games=frozenset(("g1",)))
    files.update()
    study.episode("g1", 2, 5, ("a",))
    report = files.update(changed)
    assert report.rows == 5 + 2  # steps, and the file of two episodes
    assert len(table(study.folder / "grid" / "ann.csv")) == 55
    assert files.update(changed).written == []
    assert files.update().written == []
    files.save()
    assert study.files().update().written == []


def test_a_restart_reads_no_game_again_whose_files_are_there(study, monkeypatch) -> None:
    """After a restart only what changed meanwhile is read; without the manifest it is all made again."""
    study.arrives("ann")
    for game in ("g1", "g2"):
        study.game(game, f"scene-{game}", {"a": "ann"})
        study.episode(game, 1, 5, ("a",))
    files = study.files()
    files.update()
    files.save()
    read: list[str] = []
    chunks = JournalReader.chunks

    def noting(self: JournalReader, stream: str, after: int = 0, until: int | None = None) -> Any:
        read.append(stream)
        return chunks(self, stream, after, until)

    monkeypatch.setattr(JournalReader, "chunks", noting)
    study.files().update()
    assert {stream for stream in read if stream.startswith("games/")} == set()
    study.episode("g2", 2, 1, ("a",))
    study.files().update()
    assert {stream for stream in read if stream.startswith("games/")} == {"games/g2"}
    (study.folder / ".exported.json").write_text("{broken")
    assert study.files().update().failures == []
    assert {stream for stream in read if stream.startswith("games/")} == {"games/g1", "games/g2"}


def test_a_store_that_is_no_folder_is_exported_all_the_same(study, contents) -> None:
    """Any store's records give the same files."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    study.episode("g1", 1, 5, ("a",))
    files = CsvFiles(StoreReader(study.store), study.folder.parent / "other", reserve=0)
    files.update()
    study.episode("g1", 2, 5, ("a",))
    files.update()
    assert contents(study.folder.parent / "other") == contents(study.export())


def test_what_was_measured_is_added_where_it_belongs(study, table, contents) -> None:
    """Measurements come behind their steps: the rows get them, and most rows are written once only."""
    study.arrives("ann")
    study.arrives("bob")
    study.game("g1", "grid", {"a": "ann", "b": "bob"})
    files = study.files()
    changed = Changed(games=frozenset(("g1",)))
    written = 0
    for step in range(1, 2001):
        study.step("g1", 1, step)
        for seat, lag in (("a", 45), ("b", 60)):
            if (step - lag) % 30 == 0 and step > lag:
                measured = list(range(step - lag - 29, step - lag + 1))
                study.measurement("g1", seat, 1, measured, lag=[number * 10 for number in measured])
        if step % 10 == 0:
            written += files.update(changed).rows
    files.update()
    found = {name: data for name, data in contents(study.folder).items() if not name.startswith("fresh")}
    assert found == contents(study.export(study.folder / "fresh"))
    rows = table(study.folder / "grid" / "ann.csv")
    assert [row["measured.lag"] for row in rows[:1950]] == [str(number * 10) for number in range(1, 1951)]
    assert {row["measured.lag"] for row in rows[1950:]} == {""}
    assert written < 10 * 2 * 2000


def test_notes_are_added_at_the_end(study, table) -> None:
    """Only new notes are written, also after a restart; a file that somebody spoiled is made again."""
    study.arrives("ann")
    study.game("g1", "grid", {"a": "ann"})
    study.step("g1", 1, 1, ("a",))
    for number in range(50):
        study.record("g1", "noticed", seat="a", number=number)
    files = study.files()
    files.update()
    files.save()
    study.record("g1", "noticed", seat="a", number=50)
    report = study.files().update()
    assert report.rows == 1
    path = study.folder / "game_notes" / "g1.csv"
    assert len(table(path)) == 51
    path.write_text("opened, and saved by some other program")
    study.files().update()
    assert len(table(path)) == 51


def test_a_folder_without_records_is_a_plain_error(tmp_path: Path) -> None:
    """Exporting the wrong folder says so, and makes no files."""
    with pytest.raises(MugError, match="no records here"):
        list(CsvExporter().export(tmp_path, tmp_path / "out"))
    assert not (tmp_path / "out").exists()
