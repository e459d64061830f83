"""What one page of several tells alone, and what the transport between them says through the server."""

from __future__ import annotations

import pytest
from mug_pyodide.intake import packed
from rooms import ANN, BOB, Room, line, playing, step


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
