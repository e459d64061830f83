"""How peers meet, and when they begin."""

from __future__ import annotations

from binascii import crc32
from dataclasses import replace

import pytest
from mug_ggpo.session import Config, Connected, Event, Refused, Session, Started, neutral, repeat_last
from mug_ggpo.session.handshake import Handshake
from mug_ggpo.session.link import Link
from mug_ggpo.session.packets import Wire
from mug_ggpo.simulation import Conditions, Scenario, check, run

CONFIG = Config(owners=(0, 1), local=0, peers=2, fps=30, session_id=99, digest=b"one game")


def meet(*configs: Config, seconds: float = 2) -> list[list[Event]]:
    """Let sessions talk over a perfect network; return what each said."""
    sessions = [Session(config) for config in configs]
    events: list[list[Event]] = [[] for _ in configs]
    for tick in range(int(seconds * 30)):
        for session, said in zip(sessions, events, strict=True):
            session.tick(tick / 30)
            for recipient, packet in session.take_packets():
                if recipient < len(sessions):
                    sessions[recipient].receive(session.config.local, packet, tick / 30)
            said += session.take_events()
    return events


def test_peers_of_one_game_meet_and_begin():
    """Each hears that the other is there, once, and then the episode begins, once."""
    for said, other in zip(meet(CONFIG, replace(CONFIG, local=1)), (1, 0), strict=True):
        assert said == [Connected(other), Started(0)]


def test_a_page_may_be_opened_any_number_of_times():
    """The count of its incarnations does not end a game."""
    often = replace(CONFIG, local=1, incarnation=70_000)
    for said, other in zip(meet(CONFIG, often), (1, 0), strict=True):
        assert said == [Connected(other), Started(0)]


def test_an_incarnation_that_cannot_be_is_refused():
    hello = Handshake(replace(CONFIG, local=1), Wire(99, (1, 1)))
    hello._mine.incarnation = 2**34
    session = Session(CONFIG)
    session.receive(1, hello.hello(0, Link()), 0.0)
    (refused,) = session.take_events()
    assert refused == Refused(1, ("figures that cannot be",))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"digest": b"another"}, "digest"),
        ({"fps": 29.97}, "fps 29.97, 30.0 here"),
        ({"input_delay": 3}, "input delay 3, 2 here"),
        ({"checksum_interval": 10}, "checksum interval 10, 15 here"),
        ({"owners": (1, 0)}, "owners of the seats (1, 0), (0, 1) here"),
        ({"peers": 3}, "number of peers 3, 2 here"),
        ({"session_id": 98}, "session"),
    ],
)
def test_peers_of_different_games_refuse(change, words):
    """Whoever plays something else is refused, with the difference in words, once, and nothing begins."""
    ours, theirs = meet(CONFIG, replace(CONFIG, local=1, **change))
    (refused,) = [event for event in ours if isinstance(event, Refused)]
    assert refused.peer == 1
    assert words in " ".join(refused.differences)
    assert any(isinstance(event, Refused) for event in theirs)
    assert not [event for event in ours + theirs if isinstance(event, Connected | Started)]


def test_another_version_is_named():
    """A HELLO of another version of the packets is refused by its number; noise is not taken for one."""
    session = Session(CONFIG)
    future = b"\x20whatever comes then"
    session.receive(1, future + b"\0\0\0\0", 0.0)
    assert session.take_events() == []
    session.receive(1, future + crc32(future, 0).to_bytes(4, "little"), 0.0)
    (refused,) = session.take_events()
    assert refused == Refused(1, ("version 2 of the packets, 1 here",))


def test_windows_may_differ():
    """A slow device may predict fewer frames than the others."""
    for said in meet(CONFIG, replace(CONFIG, local=1, prediction_window=3)):
        assert Started(0) in said


def test_round_trips_longer_than_the_retries():
    """Peers meet even when a packet takes longer than the time between two, and half are lost."""
    scenario = Scenario(wire=Conditions(latency=0.4, loss=0.5), seconds=20, disconnect_timeout=None)
    outcome = run(scenario)
    assert check(scenario, outcome) == []
    assert outcome.frames() > 100


def test_nobody_begins_alone():
    """Two of three wait for the third without dropping it; when the owner does, they begin without it."""
    configs = [replace(CONFIG, owners=(0, 1, 2), peers=3, local=local) for local in range(3)]
    sessions = [Session(config) for config in configs[:2]]

    def talk(since: float, seconds: float) -> None:
        for tick in range(int(seconds * 30)):
            for session in sessions:
                session.tick(since + tick / 30)
                for recipient, packet in session.take_packets():
                    if recipient < 2:
                        sessions[recipient].receive(session.config.local, packet, since + tick / 30)

    talk(0, 30)
    assert [session.frame for session in sessions] == [0, 0]
    sessions[0].drop(2)
    talk(30, 2)
    assert all(session.confirmed_frame > 40 for session in sessions)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"peers": 9, "local": 12}, ("peers is 9: 2 to 8", "local is 12")),
        ({"owners": (0, 5), "fps": 0}, ("owners are (0, 5)", "fps is 0")),
        ({"saving": "never", "prediction_window": -1}, ("saving is 'never'", "prediction_window is -1")),
        ({"session_id": 2**32, "digest": b"x" * 256}, ("32 bits", "256 bytes")),
        ({"disconnect_timeout": 0.1, "incarnation": 0}, ("disconnect_timeout is 0.1", "incarnation is 0")),
    ],
)
def test_a_wrong_configuration_is_told_all_at_once(wrong, words):
    """Every mistake is named, with what was given and what would be right."""
    with pytest.raises(ValueError, match="; ") as caught:
        replace(CONFIG, **wrong)
    for word in words:
        assert word in str(caught.value)


def test_predictions_that_are_ready_made():
    """Repeat what was done last, or nothing."""
    assert (repeat_last(0, b"x"), repeat_last(0, None)) == (b"x", b"")
    assert (neutral(0, b"x"), neutral(0, None)) == (b"", b"")


def test_inputs_have_a_size():
    """Inputs longer than 255 bytes, and those of others' seats, are refused where they are set."""
    session = Session(CONFIG)
    with pytest.raises(ValueError, match="256 bytes"):
        session.set_input(0, b"x" * 256)
    with pytest.raises(ValueError, match="tuple"):
        session.set_input(1, b"x")
