"""When the pages of a group leave their game to another runtime, and what is recorded of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from mug_pyodide import following, links, replaceable
from mug_pyodide.intake import packed
from mug_pyodide.links import Links
from rooms import ANN, BEGUN, BOB, SEATS, Room, ended, line, playing, step

from mug.components import GameFailed, GameReady, GameUnplayable

HELPED = {"runtime": {"fallback": "server"}, "longest_ms": 600.0}


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaceable, "LADDER_SECONDS", 0.1)


class Clock:
    """What time it is, as the test has it."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    own = Clock()
    monkeypatch.setattr(replaceable, "time", own)
    return own


def left(room: Room) -> str:
    """Return why the game was left to another runtime."""
    (event,) = room.link.events_of(GameUnplayable)
    return event.reason


# ------------------------------------------------------------------------------- before the game begins


async def test_pages_that_reach_each_other_begin_at_once() -> None:
    """As soon as both have measured that they do; nobody waits until the time is over."""
    room = Room(**HELPED)
    room.ann.come()
    room.bob.come()
    assert room.link.events_of(GameReady) == []
    room.ann.is_far(40.0)
    assert room.link.events_of(GameReady) == []
    room.bob.is_far(45.0)
    assert room.link.events_of(GameReady) == [GameReady(0)]
    await asyncio.sleep(0.2)
    assert room.link.events_of(GameUnplayable) == []


@pytest.mark.parametrize(
    ("ann", "bob", "why"),
    [
        (
            900.0,
            800.0,
            "the pages of player_0 and player_1 are 800 ms there and back apart, more than the 600 ms",
        ),
        (None, 20.0, "the pages of player_0 and player_1 do not hear each other"),
        (20.0, None, "the pages of player_0 and player_1 do not hear each other"),
    ],
)
async def test_pages_that_do_not_reach_each_other_leave_the_game(ann: Any, bob: Any, why: str) -> None:
    """What was measured decides, and is recorded with why, once for each page and each other one."""
    room = Room(**HELPED)
    for page, rtt in ((room.ann.come(), ann), (room.bob.come(), bob)):
        page.is_far(rtt)
    assert (await ended(room)).startswith(why)
    assert room.link.events_of(GameReady) == []
    ways = room.records("connection")
    assert [(way["seat"], way["peer"], way["way"], way["rtt_ms"]) for way in ways] == [
        (ANN, BOB, "server", ann),
        (BOB, ANN, "server", bob),
    ]
    assert {way["why"] for way in ways} == {left(room)}
    assert room.closed == [room.game]


async def test_a_connection_that_comes_to_stand_in_time_is_taken() -> None:
    """The first measurements are by way of the server; what counts is how it is within the time there is."""
    room = Room(**HELPED)
    room.ann.come().is_far(900.0)
    room.bob.come().is_far(900.0)
    room.ann.is_far(30.0)
    room.bob.is_far(30.0)
    await asyncio.sleep(0.2)
    assert room.link.events_of(GameReady) == [GameReady(0)]
    assert room.link.events_of(GameUnplayable) == []


async def test_one_bad_way_of_three_is_enough() -> None:
    """All pages of a group have to reach each other."""
    room = Room(people=3, **HELPED)
    for page, rtts in zip(room.pages.values(), ((20.0, 30.0), (20.0, 700.0), (30.0, 700.0)), strict=True):
        page.come().is_far(*rtts)
    assert "player_1 and player_2 are 700 ms" in await ended(room)
    assert len(room.records("connection")) == 6


async def test_who_is_reloading_meanwhile_is_waited_for() -> None:
    """The time to reach each other is for pages that can play."""
    room = Room(**HELPED)
    room.ann.come()
    room.bob.come()
    room.bob.hello()
    await asyncio.sleep(0.2)
    assert room.link.events_of(GameUnplayable) == []
    room.ann.is_far(20.0)
    room.bob.is_far(20.0)
    room.bob.say("begin")
    room.bob.say("ready", resumed=0)
    assert room.link.events_of(GameReady) == [GameReady(0)]


@pytest.mark.parametrize("wishes", [{"longest_ms": 600.0}, {"runtime": {"fallback": "server"}}])
async def test_without_another_runtime_or_measurements_nothing_is_judged(wishes: Any) -> None:
    """However far they are: no pair is lost to a firewall."""
    room = Room(**wishes)
    room.ann.come().is_far(5000.0)
    room.bob.come().is_far(None)
    assert room.link.events_of(GameReady) == [GameReady(0)]


@pytest.mark.parametrize(
    "said", [None, "far", [[1]], [[1, "20"]], [[0, 20.0]], [[9, 1.0]], [[1, -1.0]], [[1, 1e9]]]
)
def test_what_cannot_be_measured_is_no_measurement(said: Any) -> None:
    """A page may say anything."""
    known = Links(SEATS, 600.0, lambda: 0.0)
    known.take(0, said)
    known.take(1, [[0, 20.0]])
    assert known.trouble((0, 1)) == "the pages of player_0 and player_1 do not hear each other"


# ------------------------------------------------------------------------------------ while it is played


async def test_a_page_that_breaks_leaves_the_game_with_all_that_was_played() -> None:
    """The others give what they have of it first; nothing is closed, and later copies change nothing."""
    room = playing(**HELPED)
    room.bob.say("failed", reason="out of memory", detail="Traceback …")
    assert room.ann.told[-1]["stopped"] == "replaced"
    assert room.link.events_of(GameUnplayable) == []
    assert room.ann.send(5, step(4)) == {"next": 6}
    room.ann.say("stopped")
    assert left(room) == f"seat {BOB}: out of memory"
    assert "game_end" not in room.kinds()
    assert room.kinds()[-3:] == ["step", "connection", "connection"]
    assert room.ann.send(6, step(5)) == {"stale": True}
    assert room.kinds().count("step") == 4


async def test_notes_are_taken_also_after_that() -> None:
    """They say how it was until then, and wait for nothing."""
    room = playing(**HELPED)
    room.bob.say("failed", reason="out of memory", detail="")
    room.ann.say("stopped")
    assert room.ann.say("notes", first=0, data=packed([line("peer_silent", seat=ANN)])) == {"next": 1}
    assert room.kinds()[-1] == "peer_silent"
    assert room.ann.hello()["over"] is True


async def test_a_page_that_is_silent_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever says nothing more is not waited for."""
    monkeypatch.setattr(replaceable, "FAREWELL_SECONDS", 0.05)
    room = playing(**HELPED)
    room.bob.say("failed", reason="out of memory", detail="")
    assert await ended(room) == f"seat {BOB}: out of memory"


async def test_a_game_that_is_over_meanwhile_is_over() -> None:
    """What a page still had may be the end of the game."""
    room = playing(**HELPED)
    room.bob.say("failed", reason="out of memory", detail="")
    ends = [line("episode_end", episode=1, steps=3, frame=3, rewards=dict.fromkeys(SEATS, 3.0))]
    ends += [line("game_end", reason="failed", rewards=dict.fromkeys(SEATS, 3.0))]
    room.ann.send(5, *ends)
    room.ann.say("stopped")
    assert room.link.events_of(GameUnplayable) == []
    assert await ended(room)


async def test_pages_that_lose_each_other_for_good_leave_the_game(clock: Clock) -> None:
    """Both are there and say so, one does not hear the other, and that goes on."""
    room = playing(**HELPED)
    for _ in range(2):
        assert room.ann.told[-1]["stopped"] is None
        room.bob.is_far(20.0)
        room.ann.is_far(None)
        clock.now += 1.0
    assert room.ann.told[-1]["stopped"] == "replaced"
    for page in room.pages.values():
        page.say("stopped")
    assert left(room) == "the page of player_0 does not hear that of player_1 any more"
    assert {way["rtt_ms"] for way in room.records("connection")} == {None, 20.0}


async def test_who_says_nothing_may_not_be_there(clock: Clock) -> None:
    """A page of which nobody hears anything, not even the server, is waited for as anybody who is away."""
    room = playing(**HELPED)
    room.bob.is_far(20.0)
    for _ in range(9):
        clock.now += links.FRESH_SECONDS / 2 + 0.1
        room.ann.is_far(None)
    assert room.ann.told[-1]["stopped"] is None


async def test_pages_that_hear_each_other_again_play_on(clock: Clock) -> None:
    """Time in which they did is not counted, nor time in which nobody said anything."""
    room = playing(**HELPED)
    room.bob.is_far(20.0)
    for rtt_ms in (None, 30.0, None):
        room.ann.is_far(rtt_ms)
        clock.now += 0.08
    clock.now += links.FRESH_SECONDS + 1.0
    room.ann.is_far(None)
    room.bob.is_far(20.0)
    assert room.ann.told[-1]["stopped"] is None


async def test_nobody_is_left_standing_without_another_runtime(clock: Clock) -> None:
    """After as long as somebody may be away the game ends, with a sentence for its players."""
    room = playing(longest_ms=600.0, reconnect_window_s=5.0)
    for _ in range(6):
        assert room.link.events_of(GameFailed) == []
        room.bob.is_far(20.0)
        room.ann.is_far(None)
        clock.now += 1.0
    (event,) = room.link.events_of(GameFailed)
    assert event.reason == "the page of player_0 does not hear that of player_1 any more"
    assert room.kinds()[-1] == "game_end"


async def test_a_pause_is_not_a_break(clock: Clock) -> None:
    """While a game is halted nothing has to come."""
    room = playing(**HELPED)
    room.game.pause()
    for _ in range(3):
        room.bob.is_far(20.0)
        room.ann.is_far(None)
        clock.now += 1.0
    assert room.ann.told[-1]["stopped"] is None


async def test_records_say_how_it_went_on_when_the_server_starts_again() -> None:
    """The last ways are the server's notes: pages' own records and notes are counted as before."""
    room = playing(**HELPED)
    room.bob.say("failed", reason="out of memory", detail="")
    room.ann.say("stopped")
    again = Room(room.link.lines)
    hello = again.ann.hello()
    assert (hello["next"], hello["notes"]) == (5, 0)
    assert [json.loads(kept)["by"] for kept in room.link.lines[-2:]] == ["server", "server"]
    assert following.FAREWELL_SECONDS > replaceable.LADDER_SECONDS
    assert BEGUN[0] in room.link.lines
