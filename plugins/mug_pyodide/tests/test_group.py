"""The server's half of a game in several browsers: when it begins, who is waited for, and how it ends."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from mug_pyodide import following, group
from mug_pyodide.intake import packed
from rooms import ANN, BEGUN, BOB, SEATS, SEED, Room, ended, line, playing, step

from mug.components import (
    GameFailed,
    GameOver,
    GameReady,
    GameUnplayable,
    SeatTaken,
)
from mug.configurations.configuration_constants import PolicyTypes
from mug.engine.seeds import derive_seed


async def test_the_game_is_ready_when_it_is_in_every_page() -> None:
    """The core hears of it once all pages stand; pages hear who is not there yet."""
    room = Room()
    hello = room.ann.hello()
    assert (hello["open"]["seat"], hello["peers"]["me"], hello["away"], hello["taken"]) == (
        ANN,
        0,
        [0, 1],
        [],
    )
    assert room.ann.say("begin")["records"] == 0
    room.ann.say("ready", resumed=0)
    assert room.events() == []
    room.bob.come()
    assert room.events() == ["GameReady"]
    assert room.ann.told[-1]["away"] == []
    room.game.start()
    room.game.pause()
    for page in (room.ann, room.bob):
        assert (page.told[-1]["started"], page.told[-1]["paused"]) == (True, True)


async def test_pages_give_what_they_have_before_the_server_ends_the_game() -> None:
    """When all have, or after a while, the server writes the end."""
    room = playing()
    room.game.stop("player_left")
    assert room.ann.told[-1]["stopped"] == "player_left"
    room.ann.send(5, step(4))
    room.ann.say("stopped")
    assert not room.game.over
    room.bob.say("stopped")
    (over,) = room.link.events_of(GameOver)
    assert over.reason == "player_left"
    assert [record["by"] for record in room.records("game_end")] == ["server"]
    assert room.records("episode_end")[0]["steps"] == 4
    assert room.bob.hello()["over"] is True
    assert room.bob.send(5, step(4)) == {"next": 6}


async def test_a_page_that_is_silent_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has some seconds to send what it has."""
    monkeypatch.setattr(following, "FAREWELL_SECONDS", 0.01)
    room = playing()
    room.game.stop("abandoned")
    await room.link.until(lambda: room.link.events_of(GameOver), "the game is over")


async def test_a_stop_without_pages_is_carried_out_at_once() -> None:
    """Nobody is there who could bring anything."""
    room = playing()
    room.game.player_left(ANN)
    room.game.player_left(BOB)
    room.game.stop("abandoned")
    assert room.link.events_of(GameOver)[0].reason == "abandoned"
    assert len(room.closed) == 1


async def test_a_game_that_is_played_to_its_end() -> None:
    """Whoever brings the end first; the other's copy is compared, and its page hears of it."""
    room = playing(num_players=2)
    rewards = dict.fromkeys(SEATS, 3.0)
    end = line("episode_end", episode=1, steps=3, frame=3, rewards=rewards, reason="terminated")
    second = line("episode_start", episode=2, seed=derive_seed(SEED, 2), frame=3)
    last = line("episode_end", episode=2, steps=0, frame=3, rewards={}, reason="truncated")
    over = line("game_end", reason="completed", rewards=rewards)
    assert room.ann.send(5, end, second, last, over) == {"next": 9}
    assert room.link.events_of(GameOver)[0].reason == "completed"
    assert room.bob.told[-1]["stopped"] == "over"
    assert room.bob.send(2, step(1), step(2), step(3), end, second, last, over) == {"next": 9}
    assert room.kinds().count("game_end") == 1


async def test_a_policy_takes_a_seat_for_good() -> None:
    """All pages are told which; whoever sat there has no part in the game any more."""
    room = playing(on_leave="takeover", takeover_policy=PolicyTypes.Random)
    room.game.player_left(BOB)
    room.game.take_over(BOB, room.game.setup.spec.takeover_policy)
    assert room.ann.told[-1]["taken"] == [[BOB, ["takeover"]]]
    assert room.ann.told[-1]["away"] == []
    assert len(room.link.events_of(GameReady)) == 2
    assert room.bob.hello()["over"] is True
    taken = line("takeover", episode=1, step=3, frame=3, agent=BOB, reference=["takeover"])
    assert room.ann.send(5, taken, step(4)) == {"next": 7}
    again = Room(room.link.lines, on_leave="takeover", takeover_policy=PolicyTypes.Random)
    assert again.bob.hello()["over"] is True
    assert again.ann.hello()["taken"] == [[BOB, ["takeover"]]]


@pytest.mark.parametrize("reference", [["seat", "nobody"], ["file", "x"], None, "takeover"])
async def test_a_policy_that_is_none_of_the_scenes_takes_no_seat(reference: Any) -> None:
    """What a page says of it is not believed."""
    room = playing()
    taken = line("takeover", episode=1, step=3, frame=3, agent=BOB, reference=reference)
    assert room.ann.send(5, taken) == {"stale": True}
    assert room.records("takeover") == []


async def test_one_page_that_cannot_play_lets_the_game_be_played_elsewhere() -> None:
    """Before it has begun, the scene's fallback may; later it fails for all, with a record."""
    room = Room(runtime={"fallback": "server"})
    room.ann.come()
    room.bob.hello()
    room.bob.say("unplayable", reason="no WebAssembly", detail="")
    assert BOB in room.link.events_of(GameUnplayable)[0].reason
    late = playing()
    late.bob.say("failed", reason="out of memory", detail="Traceback …")
    late.ann.send(5, step(4))
    assert await ended(late) == f"seat {BOB}: out of memory"
    assert late.kinds()[-2:] == ["episode_end", "game_end"]
    assert late.records("episode_end")[0]["steps"] == 4


@pytest.mark.parametrize("begun", [False, True])
async def test_nobody_waits_for_ever_for_a_page(monkeypatch: pytest.MonkeyPatch, begun: bool) -> None:
    """A page that is there and does not come to be ready ends the waiting: elsewhere, or with an ending."""
    monkeypatch.setattr(group, "LOADING_SECONDS", 0.05)
    room = Room([*BEGUN, step(1)] if begun else [])
    room.ann.come()
    room.bob.hello()
    assert "was not ready to play" in await ended(room)
    assert len(room.link.events_of(GameFailed if begun else GameUnplayable)) == 1
    assert room.kinds().count("game_end") == begun


async def test_a_policy_takes_the_seat_of_a_page_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the scene lets policies take seats, the others play on, and it is over for that participant."""
    monkeypatch.setattr(group, "LOADING_SECONDS", 0.05)
    takes = {"on_leave": "takeover", "takeover_policy": PolicyTypes.Random}
    room = Room([*BEGUN, step(1)], **takes)
    room.ann.come()
    room.bob.hello()
    await room.link.until(lambda: room.link.events_of(SeatTaken), "the seat is taken")
    assert room.link.events_of(SeatTaken) == [SeatTaken(BOB)]
    assert room.ann.told[-1]["taken"] == [[BOB, ["takeover"]]]
    assert room.events()[-2:] == ["GameReady", "SeatTaken"]
    assert not room.game.over


async def test_a_page_that_is_not_connected_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long somebody may be away is for the core to say."""
    monkeypatch.setattr(group, "LOADING_SECONDS", 0.01)
    room = playing()
    room.game.player_left(BOB)
    await asyncio.sleep(0.05)
    assert not room.game.over


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"type": "hello"},
        {"type": "begin"},
        {"type": "records", "first": -1, "data": b"", "generation": 1},
        {"type": "records", "first": 0, "data": "text", "generation": 1},
        {"type": "notes", "first": -3, "data": packed([b"{}"]), "generation": 1},
        {"type": "notes", "first": 0, "data": b"\xff", "generation": 1},
        {"type": "history", "from": -5, "generation": 1},
        {"type": "checkpoint", "data": "text", "records": 5, "generation": 1},
        {"type": "checkpoint", "data": b"x", "records": -1, "generation": 1},
        {"type": "peers", "message": "text", "generation": 1},
        {"type": ["hello"], "generation": 1},
    ],
)
async def test_nonsense_does_nothing(message: dict[str, Any]) -> None:
    """What a page may not say changes nothing that was recorded, and ends nothing."""
    room = playing()
    room.game.receive(BOB, message)
    assert room.kinds().count("step") == 3
    assert not room.game.over
