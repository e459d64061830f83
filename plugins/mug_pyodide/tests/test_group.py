"""The server's half of a game in several browsers: one stream of records, whoever tells it, whoever comes."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from mug_pyodide import copies, following, group
from mug_pyodide.intake import packed
from rooms import ANN, BEGUN, BOB, SEATS, SEATS_OF_THREE, SEED, Room, ended, line, playing, step

from mug.components import (
    EpisodeStarted,
    GameFailed,
    GameLoading,
    GameOver,
    GameReady,
    GameUnplayable,
    SeatTaken,
    StoreError,
)
from mug.configurations.configuration_constants import PolicyTypes
from mug.engine.seeds import derive_seed

# ------------------------------------------------------------------------------------- coming and playing


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


# ----------------------------------------------------------------------------------- notes and transports


async def test_notes_are_each_pages_own() -> None:
    """They are numbered by seat, and kept beside the records that pages count."""
    room = playing()
    mine = line("netplay", seat=ANN, rtt_ms=5)
    assert room.ann.say("notes", first=0, data=packed([mine, line("paused", seat=ANN)])) == {"next": 2}
    assert room.ann.say("notes", first=1, data=packed([line("paused", seat=ANN), mine])) == {"next": 3}
    assert room.bob.say("notes", first=1, data=packed([mine])) == {"next": 0}
    assert room.ann.send(5, step(4)) == {"next": 6}
    assert room.kinds().count("netplay") == 2
    again = Room(room.link.lines)
    assert again.ann.hello()["notes"] == 3
    assert again.bob.hello()["next"] == 6


@pytest.mark.parametrize(
    "note",
    [
        line("netplay", seat=ANN),
        line("step", seat=BOB),
        line("takeover", seat=BOB, agent=ANN),
        line("netplay", seat=BOB, by="server"),
        line("netplay", seat=BOB, text="x" * 20_000),
        line("netplay", seat=BOB, episode=1, steps=[1], columns={"rtt_ms": [5], "mine": [1]}),
        line("netplay", seat=BOB, episode=1, steps=[1], columns={"rtt_ms.nobody": [5]}),
        line("netplay"),
        b"nonsense",
    ],
)
async def test_a_note_that_cannot_be_is_not_stored(note: bytes) -> None:
    """Something stands in its place: the others are numbered after it."""
    room = playing()
    assert room.bob.say("notes", first=0, data=packed([note])) == {"next": 1}
    assert room.kinds()[-1] == "note_refused"
    assert note not in room.link.lines


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


async def test_pages_measure_what_the_transport_says_that_they_do() -> None:
    """Each of it may be one other page's; of anything else there would be columns without end."""
    room = playing()
    columns = {"loss": [0.5], f"rtt_ms.{ANN}": [5]}
    note = line("netplay", seat=BOB, episode=1, steps=[1], columns=columns)
    room.bob.say("notes", first=0, data=packed([note]))
    assert room.link.lines[-1] == note


async def test_transports_halves_talk_through_the_game() -> None:
    """Messages, packets and notes pass; nothing of it reaches a transport once the game is over."""
    room = playing()
    assert room.ann.say("peers", message={"hi": 1}) == {"passed": True}
    assert room.bob.told[-1] == {"type": "peers", "message": {"hi": 1}}
    room.game.packet(ANN, b"packet")
    assert room.link.packets == [(BOB, b"packet")]
    began = room.records("page_began")
    assert [(note["seat"], note["by"]) for note in began] == [(ANN, "server"), (BOB, "server")]
    room.game.player_left(BOB)
    room.game.stop("player_left")
    room.ann.say("stopped")
    assert room.peers.log == [("gone", BOB), "close"]
    room.game.packet(ANN, b"packet")
    assert len(room.link.packets) == 1
    assert Room(room.link.lines).peers.log == ["close"]


# -------------------------------------------------------------------------------------------- coming again


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


# ------------------------------------------------------------------------------------------------- endings


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
