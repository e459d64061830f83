"""Two players in two pages: what `Player` asks of the game that plays in them, and gives to the worker."""

from __future__ import annotations

import base64
import dataclasses
import json
from typing import Any

import pytest

from mug.configurations.configuration_constants import PolicyTypes
from mug.game.json_lines import encode
from mug.game.loop import Game
from mug.testing.envs import Meeting

SEATS = ("player_0", "player_1")
NOTE = b'{"kind":"netplay"}'


class Together(Game):
    """Steps when it has heard what the other page does."""

    def __init__(self, spec: Any, opening: Any, venue: Any) -> None:
        super().__init__(spec, opening, venue)
        self.me = opening["peers"]["me"]
        self.heard: dict[int, Any] = {}
        self.packets: list[tuple[int, bytes]] = []
        self.said = -1
        self.notes: list[bytes] = []
        self.gone: list[int] = []
        self.resumed: bytes | None = None

    def receive(self, peer: int, packet: bytes, now: float) -> bool:
        assert peer == 1 - self.me
        if packet == b"poison":
            raise ValueError("this is no packet")
        frame, action = json.loads(packet)
        self.heard[frame] = action
        return True

    def take_packets(self) -> list[tuple[int, bytes]]:
        packets, self.packets = self.packets, []
        return packets

    def take_notes(self) -> list[bytes]:
        notes, self.notes = self.notes, []
        return notes

    def figures(self) -> dict[str, Any]:
        return {"stalls": self.said}

    def away(self, now: float, peers: list[int]) -> None:
        self.gone = peers

    def returned(self, now: float) -> None:
        self.back = now

    def checkpoint(self) -> bytes:
        return b"where we are"

    def resume_from(self, checkpoint: bytes) -> None:
        self.resumed = checkpoint

    def _tick(self, now: float) -> None:
        engine = self._built_engine
        frame = engine.frame
        if self.said < frame:
            taken = self.seats.inputs[SEATS[self.me]].take(now)
            self.mine = None if taken is None else taken.action
            self.packets.append((1 - self.me, encode([frame, self.mine])))
            self.said = frame
        if frame in self.heard:
            actions = {SEATS[self.me]: self.mine, SEATS[1 - self.me]: self.heard[frame]}
            step = engine.advance({seat: action for seat, action in actions.items() if action is not None})
            self.ledger.step(step, now, self.pace.tick(now), {})
            self.notes.append(NOTE)
            self._show(now)
            if step.done:
                self._end_episode(step, now)


@pytest.fixture
def spec(kit: Any) -> Any:
    """A scene that two people play."""
    people = dict.fromkeys(SEATS, PolicyTypes.Human)
    changes = {"max_steps": None, "takeover_policy": PolicyTypes.Random, "peer_game": Together}
    return kit.make_spec(Meeting, policies=people, **changes)


@pytest.fixture
def page(kit: Any, spec: Any) -> Any:
    """A function that opens the page of a peer."""

    def open_page(me: int, **setup: Any) -> Any:
        people = [[seat, f"subject-{seat}"] for seat in SEATS]
        offer = {"me": me, "seats": list(SEATS)}
        setup = {"participants": people, "seat": SEATS[me], "peers": offer, "notes": 0, **setup}
        worker = kit.Worker(spec, **setup).open()
        worker.due = 0.0
        return worker

    return open_page


def play(pages: list[Any], turns: int = 400) -> list[list[dict[str, Any]]]:
    """Let both take turns by one clock, and carry their packets; return what each of their turns brought."""
    replies: list[list[dict[str, Any]]] = [[], []]
    for _ in range(turns):
        for number, one in enumerate(pages):
            if one.due is not None:
                one.now += 0.1
                reply = one.turn()
                replies[number].append(reply)
                for peer, packet in reply["packets"]:
                    if pages[peer].due is not None:
                        assert pages[peer].player.receive(one.now, number, base64.b64decode(packet)) is True
    return replies


def alike(page: Any) -> list[bytes]:
    """What all pages have alike of this one's records."""
    return [line[: line.rfind(b',"wall":')] for line in page.lines]


def test_both_pages_record_one_game(page: Any) -> None:
    """Each acts for its own seat only, sees its own picture, and hands over packets, notes and figures."""
    pages = [page(0), page(1)]
    for one in pages:
        one.start()
    replies = play(pages)
    assert [one.events[-1] for one in pages] == [["over", "completed"]] * 2
    assert alike(pages[0]) == alike(pages[1])
    assert len(pages[0].steps) == 20
    assert {tuple(step["sources"].values()) for step in pages[0].steps} <= {
        (one, other) for one in ("human", "default") for other in ("human", "default")
    }
    for one, turns in zip(pages, replies, strict=True):
        assert len({(frame["frame"], frame["kind"]) for frame in one.frames}) == len(one.frames)
        assert [note for turn in turns for note in turn["notes"]] == [NOTE.decode()] * 20
        assert turns[-1]["figures"]["stalls"] == 19


def test_keys_act_for_the_seat_of_the_page(page: Any) -> None:
    """What is pressed here is not done by others here."""
    one = page(1)
    one.run(lambda: one.events)
    one.player.input(one.now, 1, 1, 0, 0.0, 0.0)
    held = {seat: inputs.take(one.now) for seat, inputs in one.player._open_game.seats.inputs.items()}
    assert held["player_0"] is None
    assert held["player_1"] is not None


def test_the_game_is_told_who_is_away_or_back_and_who_is_replaced(page: Any) -> None:
    """Commands come as text; a game that does not stand yet hears them when it does."""
    one = page(0)
    one.player.command(one.now, "away", "[1]")
    one.player.command(one.now, "returned", "null")
    one.player.command(one.now, "take_over", json.dumps(["player_1", ["takeover"]]))
    game = one.player._open_game
    assert (game.gone, game.seats.taken_over) == ([], {})
    one.run(lambda: one.events)
    assert game.gone == [1]
    assert game.back > 0
    assert game.seats.taken_over == {"player_1": ["takeover"]}
    with pytest.raises(ValueError, match="no command"):
        one.player.command(one.now, "dance", "")


def test_a_page_that_returns_begins_with_records_and_what_others_add(page: Any) -> None:
    """The one that plays says it, the other one hears it before its records."""
    pages = [page(0), page(1)]
    for one in pages:
        one.start()
    play(pages, turns=8)
    given = pages[0].player.checkpoint()
    again = page(1)
    again.resume(pages[0].lines)
    again.player.take_checkpoint(given)
    again.run(lambda: again.events)
    assert again.events[0] == ["ready", len(pages[0].steps)]
    assert again.player._open_game.resumed == b"where we are"


def test_a_game_that_cannot_bear_a_packet_fails(page: Any) -> None:
    """It ends with a reason, as when the environment raises; the worker lives on."""
    one = page(0)
    one.run(lambda: one.events)
    one.start()
    assert one.player.receive(one.now, 1, b"poison") is True
    one.run()
    assert one.events[-1][:2] == ["failed", "ValueError: this is no packet"]


def test_somebody_who_plays_alone_needs_no_peers(kit: Any, spec: Any) -> None:
    """Where nobody else came, the usual game plays, with policies in the other seats."""
    setup = {"participants": [["player_0", "s"]], "policies": [["player_1", ["takeover"]]]}
    worker = kit.Worker(spec, **setup).open().start().run()
    assert type(worker.player._open_game) is Game
    assert {step["sources"]["player_1"] for step in worker.steps} == {"policy"}


def test_a_game_may_warm_up_by_itself(kit: Any, spec: Any) -> None:
    """What the class offers for that is called; what it raises matters when the game is played."""
    warmed: list[Any] = []

    class Warm(Together):
        @staticmethod
        def warm_up(scene: Any, venue: Any) -> None:
            warmed.append(scene.humans)
            raise RuntimeError("cold")

    worker = kit.Worker(dataclasses.replace(spec, peer_game=Warm))
    assert worker.player.warm_up() >= 0
    assert warmed == [SEATS]
