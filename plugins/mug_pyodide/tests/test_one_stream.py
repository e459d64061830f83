"""The records of a game in several browsers are one stream, whichever page tells it first."""

from __future__ import annotations

import json

import pytest
from mug_pyodide import copies, group
from rooms import ANN, BEGUN, BOB, Room, playing, step

from mug.components import (
    EpisodeStarted,
    GameFailed,
    StoreError,
)


async def test_the_first_copy_of_a_record_is_kept() -> None:
    """Further ones only have to be the same, but for when each page wrote them."""
    room = playing()
    copies_of_bob = [step(number, mono=9.0) for number in (1, 2, 3, 4)]
    assert room.bob.send(0, *BEGUN) == {"next": 2}
    assert room.bob.send(2, *copies_of_bob) == {"next": 6}
    assert room.ann.send(5, step(4), step(5)) == {"next": 7}
    assert room.kinds().count("step") == 5
    assert [json.loads(content)["mono"] for content in room.link.lines[-2:]] == [9.0, 0.5]
    assert len(room.link.events_of(EpisodeStarted)) == 1
    assert "divergence" not in room.kinds()


async def test_a_gap_is_answered_with_what_is_missing() -> None:
    """Records that come before others do are not taken."""
    room = playing()
    assert room.bob.send(9, step(8)) == {"next": 5}
    assert room.kinds().count("step") == 3


@pytest.mark.parametrize("differing", [step(2, reward=2.0), b'{"kind":"step","wall":1}', b"nonsense", b""])
async def test_a_page_that_differs_begins_again(differing: bytes) -> None:
    """It is recorded where it went another way, and the page begins where the others are."""
    room = playing()
    assert room.bob.send(0, *BEGUN, step(1), differing, step(3)) == {"stale": True}
    (found,) = room.records("divergence")
    assert (found["seat"], found["episode"], found["step"], found["number"]) == (BOB, 1, 2, 3)
    assert found["by"] == "server"
    assert room.ann.told[-1]["away"] == [1]
    assert room.bob.told[-1] == {"type": "again"}
    assert room.bob.send(5, step(4)) == {"stale": True}
    assert room.bob.hello()["keeps"] is False
    assert room.kinds().count("step") == 3


async def test_impossible_records_are_those_of_a_page_that_differs() -> None:
    """Nothing of them is stored, and the others play on."""
    room = playing()
    assert room.bob.send(5, step(9)) == {"stale": True}
    (found,) = room.records("divergence")
    assert "cannot follow" in found["why"]
    assert room.ann.send(5, step(4)) == {"next": 6}
    assert not room.game.over


async def test_a_page_that_keeps_differing_ends_the_game() -> None:
    """Where nobody can say any more what the game is, it ends for all, with a record and a reason."""
    room = playing()
    for _ in range(group.MOST_DIVERGENCES + 1):
        assert not room.game.over
        room.bob.generation = room.bob.hello()["generation"]
        room.bob.say("begin")
        room.ann.say("checkpoint", data=b"", records=5)
        room.bob.send(4, step(3, reward=5.0))
    (failed,) = room.link.events_of(GameFailed)
    assert BOB in failed.reason
    assert room.kinds()[-2:] == ["episode_end", "game_end"]
    assert len(room.records("divergence")) == 1


async def test_copies_are_known_again_after_a_start_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not in memory any more is read from the records; notes are not counted."""
    note = json.dumps({"kind": "netplay", "seat": ANN, "wall": 1}).encode()
    own = json.dumps({"kind": "divergence", "seat": ANN, "by": "server", "wall": 1}).encode()
    room = Room([*BEGUN, note, own, step(1), step(2)])
    room.ann.generation, room.bob.generation = 4, 2
    assert room.ann.hello(live=True)["next"] == 4
    assert room.ann.hello(live=True)["notes"] == 1
    assert room.bob.send(1, BEGUN[1], step(1), step(2), step(3)) == {"next": 5}
    assert room.ann.send(2, step(1), step(2, reward=3.0)) == {"stale": True}
    assert room.records("divergence")[-1]["number"] == 3


async def test_memory_for_copies_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that never sends its copies does not make the server remember the whole game."""
    monkeypatch.setattr(copies, "MOST_DIGESTS", 10)
    lines = [step(number) for number in range(1, 41)]
    known = copies.Copies(lambda: lines, 0)
    for one in lines:
        known.add([one])
        assert len(known._digests) <= 10
    assert known.differing(0, lines) is None
    assert known.differing(38, [lines[38], lines[38]]) == 39


async def test_a_full_disk_takes_nothing_and_forgets_nothing() -> None:
    """Pages wait, and what could not be stored is taken when it comes again."""
    room = playing()
    room.link.refusing = True
    with pytest.raises(StoreError):
        room.ann.send(5, step(4))
    assert room.bob.told[-1]["paused"] is True
    room.link.refusing = False
    assert room.bob.send(5, step(4)) == {"next": 6}
    assert room.ann.send(5, step(4)) == {"next": 6}
    assert room.ann.told[-1]["paused"] is False
