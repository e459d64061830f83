"""Pages of several that are opened again: what they begin from, whom they ask, and who waits for them."""

from __future__ import annotations

import json

import pytest
from mug_pyodide import group
from rooms import ANN, BEGUN, BOB, SEATS, SEATS_OF_THREE, Room, playing, step

from mug.components import (
    GameLoading,
    GameReady,
)


async def test_a_page_is_told_once_that_its_player_was_away() -> None:
    """It tells the others, by its inputs; before the game begins nobody misses anybody."""
    room = Room()
    room.ann.come()
    room.game.player_left(ANN)
    assert room.ann.hello()["returned"] is False
    room = playing()
    room.game.player_left(BOB)
    room.game.player_returned(BOB)
    assert room.bob.hello(live=True)["returned"] is True
    room.bob.say("ready", resumed=5)
    assert room.bob.hello(live=True)["returned"] is False
    assert room.ann.hello(live=True)["returned"] is False


async def test_a_page_that_is_opened_again_asks_one_that_plays() -> None:
    """It begins after the records there are, with what the playing page adds, and all wait for it."""
    room = playing()
    room.game.player_left(BOB)
    room.game.player_returned(BOB)
    assert room.ann.told[-1]["away"] == [1]
    assert room.bob.hello()["keeps"] is False
    assert room.link.events_of(GameLoading)
    assert room.bob.say("begin") == {"wait": True}
    assert room.ann.told[-1] == {"type": "checkpoint_wanted", "for": 1}
    room.ann.send(5, step(4))
    room.ann.say("checkpoint", data=b"state", records=6)
    assert room.bob.told[-1] == {"type": "checkpoint", "records": 6}
    assert room.bob.say("begin") == {"records": 6, "data": b"state", "snapshots": True}
    assert room.bob.history(2) == [step(1), step(2), step(3), step(4)]
    room.bob.say("ready", resumed=4)
    assert room.events()[-1] == "GameReady"
    assert room.ann.told[-1]["away"] == []
    assert room.bob.send(6, step(5)) == {"next": 7}


async def test_what_a_page_had_beyond_the_others_does_not_count() -> None:
    """It begins again where they are; they have never heard of it."""
    room = playing()
    room.bob.hello()
    assert room.bob.send(5, step(4)) == {"next": 6}
    assert room.kinds().count("step") == 3
    room.bob.say("begin")
    room.ann.say("checkpoint", data=b"", records=5)
    assert room.bob.say("begin")["records"] == 5


async def test_a_state_behind_the_records_is_of_no_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """When a page that is gone had confirmed more than those that play, all begin again after that."""
    monkeypatch.setattr(group, "CHECKPOINT_SECONDS", 0.0)
    room = playing()
    room.bob.send(5, step(4))
    room.bob.hello()
    for _ in range(group.MOST_CHECKPOINTS):
        assert room.bob.say("begin") == {"wait": True}
        room.ann.say("checkpoint", data=b"behind", records=5)
    assert room.bob.say("begin") == {"wait": True}
    assert room.ann.told[-1] == {"type": "again"}
    assert room.ann.send(5, step(4)) == {"stale": True}
    assert room.bob.say("begin")["records"] == 6
    room.ann.hello()
    assert room.ann.say("begin")["records"] == 6
    for page in (room.ann, room.bob):
        page.say("ready", resumed=4)
    assert room.events()[-1] == "GameReady"


async def test_all_begin_again_from_one_record() -> None:
    """The first that asks decides where; what others had beyond that does not count, even living pages."""
    room = playing()
    for seat in SEATS:
        room.game.player_left(seat)
        room.game.player_returned(seat)
    assert room.ann.hello()["keeps"] is True
    assert room.ann.send(5, step(4)) == {"next": 6}
    assert room.ann.say("begin") == {"records": 6, "data": None, "snapshots": True}
    assert room.bob.send(5, step(4), step(5)) == {"stale": True}
    assert room.bob.hello()["keeps"] is False
    assert room.bob.send(6, step(5)) == {"next": 7}
    assert room.bob.say("begin")["records"] == 6
    assert room.kinds().count("step") == 4
    room.ann.say("ready", resumed=4)
    assert room.bob.say("begin")["records"] == 6
    room.bob.say("ready", resumed=4)
    assert room.bob.send(6, step(5)) == {"next": 7}
    assert room.kinds().count("step") == 5


async def test_living_pages_go_on_with_a_restarted_server() -> None:
    """Pages that only lost the server go on by themselves; one that was opened again asks them."""
    room = Room([*BEGUN, step(1)])
    room.ann.generation = 3
    assert room.ann.hello(live=True)["over"] is False
    assert room.ann.send(2, step(1), step(2)) == {"next": 4}
    room.ann.say("ready", resumed=1)
    room.bob.hello()
    assert room.bob.say("begin") == {"wait": True}
    room.ann.say("checkpoint", data=b"", records=4)
    assert room.bob.say("begin")["records"] == 4
    room.bob.say("ready", resumed=2)
    assert room.events() == ["GameReady"]


async def test_a_living_page_follows_those_that_began_again() -> None:
    """After a start of the server, whoever comes back later than the first begins where that one did."""
    room = Room([*BEGUN, step(1)])
    room.bob.hello()
    assert room.bob.say("begin")["records"] == 3
    room.ann.generation = 3
    assert room.ann.send(2, step(1), step(2)) == {"stale": True}
    assert room.kinds().count("step") == 1


async def test_an_episode_can_begin_again_for_all() -> None:
    """Where the scene says so, a reload takes all back to the beginning of the episode."""
    room = playing(runtime={"on_reload": "restart_episode"})
    room.bob.hello()
    assert {"type": "again"} in room.ann.told
    begin = room.bob.say("begin")
    assert (begin["records"], begin["snapshots"]) == (5, False)
    assert json.loads(room.bob.history()[-1])["kind"] == "episode_restarted"
    room.ann.hello()
    assert room.ann.say("begin")["records"] == 5
    for page in (room.ann, room.bob):
        page.say("ready", resumed=0)
    assert room.ann.send(5, BEGUN[1], step(1)) == {"next": 7}
    assert room.bob.send(5, BEGUN[1], step(1)) == {"next": 7}
    assert len(room.records("episode_restarted")) == 1


async def test_the_others_may_play_on_meanwhile() -> None:
    """With on_disconnect="play_on" the game stays ready in those pages that are there."""
    room = playing(on_disconnect="play_on")
    ready = len(room.link.events_of(GameReady))
    room.game.player_left(BOB)
    assert len(room.link.events_of(GameReady)) == ready + 1
    assert room.ann.send(5, step(4)) == {"next": 6}
    waits = playing()
    waits.game.player_left(BOB)
    assert len(waits.link.events_of(GameReady)) == 1


async def test_the_page_that_has_the_say_is_the_first_that_never_differed() -> None:
    """Of three pages, one that went another way is not asked where the game is."""
    room = playing(people=3)
    cat = room.pages[SEATS_OF_THREE[2]]
    assert room.ann.send(0, *BEGUN, step(1, reward=9.0)) == {"stale": True}
    room.ann.hello()
    room.ann.say("begin")
    assert room.bob.told[-1] == {"type": "checkpoint_wanted", "for": 0}
    room.bob.say("checkpoint", data=b"", records=5)
    room.ann.say("begin")
    room.ann.say("ready", resumed=3)
    cat.hello()
    cat.say("begin")
    assert room.bob.told[-1] == {"type": "checkpoint_wanted", "for": 2}


async def test_a_page_that_is_behind_is_not_asked_when_another_is_not() -> None:
    """While all wait, one of two pages may have confirmed a step that the other lacks an input for."""
    room = playing(people=3)
    cat = room.pages[SEATS_OF_THREE[2]]
    cat.send(0, *BEGUN, step(1), step(2), step(3), step(4))
    room.bob.hello()
    room.bob.say("begin")
    assert cat.told[-1] == {"type": "checkpoint_wanted", "for": 1}
    cat.say("checkpoint", data=b"state", records=6)
    assert room.bob.say("begin") == {"records": 6, "data": b"state", "snapshots": True}
