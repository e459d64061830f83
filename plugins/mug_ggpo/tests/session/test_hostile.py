"""Peers and networks that mean harm: nothing raises, nothing is believed, and what can be named is named."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mug_ggpo.session import CONFIRMED, Desync, Excluded, Misbehaved
from mug_ggpo.session.packets import Play, Wire
from mug_ggpo.simulation import Mesh, Scenario, check

SCENARIO = Scenario(peers=3, hold=0.1, disconnect_timeout=None)
WIRE = Wire(SCENARIO.config(0).session_id, (1, 1, 1))


def begun() -> Mesh:
    """A game of three in which peer 1 will lie to peer 0."""
    mesh = Mesh(SCENARIO)
    mesh.play(40)
    assert mesh.nodes[0].session.frame > 30
    return mesh


def lie(mesh: Mesh, **changes) -> list[str]:
    """Let peer 1 send peer 0 a packet with something wrong in it; return the complaints."""
    frame = mesh.nodes[1].session.frame
    right = {
        "epoch": 0,
        "seq": mesh.nodes[1].session.peer_stats(0, mesh.now).packets_sent + 20,
        "frame": frame,
        "ack": frame,
        "lag": None,
        "start": frame + 2,
        "runs": [],
    }
    mesh.receive(1, 0, WIRE.play(Play(**{**right, **changes}), WIRE.key(1, 0, 1, 1)))
    return [event.what for _, event in mesh.outcome.peers[0].events if isinstance(event, Misbehaved)]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"start": 20, "runs": [(3, (b"other",))]}, "different inputs"),
        ({"ack": 5000}, "acknowledged inputs that were not sent"),
        ({"start": 42, "runs": [(100, (b"x",))]}, "beyond any window"),
        ({"start": 42, "runs": [(511, (b"x",))]}, "beyond any window"),
        ({"forwards": ((2, 20, [(2, (b"other",))]),)}, "different inputs"),
        ({"forwards": ((2, 42, [(500, (b"x",))]),)}, "beyond any window"),
        ({"rows": ((2, 10**6),)}, "beyond any window"),
    ],
)
def test_lies_are_named_and_not_believed(changes, complaint):
    """Inputs that change or come from nowhere, false acknowledgements: one event, and the game goes on."""
    mesh = begun()
    # Inputs of others are taken only while these are away.
    mesh.nodes[0].session.suspend(2)
    assert complaint in lie(mesh, **changes)[0]
    assert len(lie(mesh, **changes, seq=99)) == 1
    assert mesh.nodes[0].session.stats.ignored["dishonest"] == 2
    before = mesh.nodes[0].session.confirmed_frame
    mesh.play(30)
    assert [what for what in check(SCENARIO, mesh.outcome) if "Misbehaved" not in what] == []
    assert mesh.nodes[0].session.confirmed_frame >= before + 29


def test_what_makes_no_sense_is_ignored():
    """Holes, frames of nowhere, other epochs, oneself: without any effect."""
    for changes in (
        {"start": 10**6, "runs": [(3, (b"x",))]},
        {"frame": 2**31 - 1, "ack": 3},
        {"epoch": 77},
        {"forwards": ((0, 42, [(3, (b"x",))]),)},
        {"forwards": ((2, 42, [(3, (b"x",))]),)},
        {"forwards": ((2, 20, [(3, (b"other",))]),)},
        {"lag": 10.0**6},
        {"echo": 200, "held": 10**6},
    ):
        mesh = begun()
        lie(mesh, **changes)
        mesh.play(30)
        assert [what for what in check(SCENARIO, mesh.outcome) if "Misbehaved" not in what] == []
        assert 0.9 < mesh.nodes[0].session.period_factor < 1.1
        assert mesh.nodes[0].session.confirmed_frame > 60


def test_a_liar_cannot_slow_the_others_for_ever():
    """A peer that claims to be slow slows the group to half its rate at most."""
    mesh = begun()
    lie(mesh, pace=4.9)
    mesh.tick(0)
    assert mesh.nodes[0].session.period_factor <= 2.12


def test_nobody_is_sent_away_by_another_peer():
    """Where owners say who has left, what a peer says of that makes nobody leave."""
    mesh = begun()
    assert lie(mesh, dropped=0b100) == []
    mesh.play(60)
    assert check(SCENARIO, mesh.outcome) == []
    for node in mesh.nodes:
        assert node.session.confirmed_frame > 90
        assert set(node.outcome.confirmed[0, 90].statuses) == {CONFIRMED}


def test_two_faces_are_found():
    """Different inputs for two others, unknown to both, come out as a desync within a second."""
    mesh = begun()
    for tick in range(60):
        mesh.now += 1 / 30
        for peer in range(3):
            mesh.tick(peer)
        for sender, recipient, packet in list(mesh.under_way):
            if sender == 1 and recipient == 2 and tick >= 10:
                play = WIRE.read(packet, 1, WIRE.key(1, 2, 1, 1))
                if isinstance(play, Play):
                    play.runs = [(count, (bytes([9]),)) for count, _ in play.runs]
                    index = mesh.under_way.index((sender, recipient, packet))
                    mesh.under_way[index] = (1, 2, WIRE.play(play, WIRE.key(1, 2, 1, 1)))
        mesh.deliver_all()
    for number, other in ((0, 2), (2, 0)):
        desyncs = [event for _, event in mesh.outcome.peers[number].events if isinstance(event, Desync)]
        assert other in {event.peer for event in desyncs}


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 10**6), st.binary(max_size=40)), max_size=40))
@settings(max_examples=60, deadline=None)
def test_noise_does_not_hurt(noise):
    """Garbage, packets that are cut, changed, repeated, sent to somebody else: counted, without effect."""
    mesh = begun()
    heard: list[tuple[int, int, bytes]] = []
    for what, number, data in noise:
        mesh.now += 1 / 30
        for peer in range(3):
            mesh.tick(peer)
        heard += mesh.under_way
        sender, recipient, packet = heard[number % len(heard)]
        if what == 0:
            mesh.receive(sender, recipient, data)
        elif what == 1:
            mesh.receive(sender, recipient, packet[: number % len(packet)])
        elif what == 2:
            mesh.receive(sender, recipient, packet)
        elif what == 3:
            mesh.receive(3 - sender - recipient, recipient, packet)
        else:
            changed = bytearray(packet)
            changed[number % len(changed)] ^= 1 + number % 255
            mesh.receive(sender, recipient, bytes(changed))
        mesh.deliver_all()
    mesh.play(10)
    assert check(SCENARIO, mesh.outcome) == []
    assert min(node.session.confirmed_frame for node in mesh.nodes) > 30 + len(noise)
    ignored = sum(sum(node.session.stats.ignored.values()) for node in mesh.nodes)
    assert ignored >= sum(what in (0, 1, 3, 4) for what, _, _ in noise)


def test_everything_again():
    """Every packet of a whole game, sent once more in any order after it, changes nothing."""
    mesh = Mesh(SCENARIO)
    sent: list[tuple[int, int, bytes]] = []
    for _ in range(60):
        mesh.now += 1 / 30
        for peer in range(3):
            mesh.tick(peer)
        sent += mesh.under_way
        mesh.deliver_all()
    before = [(node.session.frame, node.session.confirmed_frame) for node in mesh.nodes]
    random.Random(1).shuffle(sent)
    for one in sent:
        mesh.receive(*one)
    assert [(node.session.frame, node.session.confirmed_frame) for node in mesh.nodes] == before
    mesh.play(20)
    assert check(SCENARIO, mesh.outcome) == []
    assert not any(isinstance(event, Excluded) for peer in mesh.outcome.peers for _, event in peer.events)
