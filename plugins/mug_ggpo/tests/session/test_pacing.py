"""Devices that cannot keep the rate, and figures about peers."""

from __future__ import annotations

import pytest
from mug_ggpo.session.link import Link
from mug_ggpo.session.pacing import Pacing
from mug_ggpo.session.packets import Play
from mug_ggpo.simulation import Conditions, Mesh, Scenario, Slowness, World, check, run

WIRE = Conditions(latency=0.05, jitter=0.01, loss=0.02)


def test_all_slow_down_with_the_slowest():
    """A device that makes 22 of 30 frames per second sets the rate; nobody stalls, and it is known."""
    scenario = Scenario(seed=1, peers=3, wire=WIRE, slow=(Slowness(1, 0.045),), seconds=30, start_offset=0.1)
    world = World(scenario)
    factors: list[float] = []
    paces: list[float] = []

    def look() -> None:
        session = world.nodes[0].session
        factors.append(session.period_factor)
        paces.append(session.peer_stats(1, world.local(0)).pace)
        assert session.peer_stats(2, world.local(0)).pace == 1

    for second in range(10, 30):
        world.at(second, look)
    outcome = world.run()
    assert check(scenario, outcome) == []
    assert outcome.stall_share() < 0.01
    assert outcome.offset(0.9, since=15) <= 2
    assert all(1.2 < pace < 1.5 for pace in paces)
    assert all(1.2 < factor < 1.6 for factor in factors)
    # The group plays at the slow device's rate, hardly less.
    assert outcome.frames() > 3 * 29 / 0.045 * 0.93


def test_the_rate_comes_back():
    """When the device is fast again, so is the group, within ten seconds."""
    scenario = Scenario(seed=1, wire=WIRE, slow=(Slowness(1, 0.05, 5, 10),), seconds=30)
    world = World(scenario)
    factors: dict[float, float] = {}
    for second in (9.0, 20.0, 27.0):
        world.at(second, lambda: factors.__setitem__(world.now, world.nodes[0].session.period_factor))
    assert check(scenario, world.run()) == []
    assert factors[9] > 1.3
    assert all(0.97 <= factors[second] <= 1.06 for second in (20.0, 27.0))


def test_who_holds_the_others_up_is_counted():
    """Stalls are counted for the peer whose inputs were missing."""
    wire = Conditions(latency=0.05, loss=0.02)
    scenario = Scenario(
        seed=1, wire=wire, slow=(Slowness(1, 1.0, 5, 8),), seconds=10, disconnect_timeout=None
    )
    world = World(scenario)
    assert check(scenario, world.run()) == []
    held = [
        world.nodes[number].session.peer_stats(1 - number, world.local(number)).held_back for number in (0, 1)
    ]
    assert held[0] > 40
    assert held[1] <= 3


def test_figures_about_the_way():
    """Round trip, jitter, loss and bytes are measured from the packets themselves."""
    wire = Conditions(latency=0.08, jitter=0.02, loss=0.1)
    world = World(Scenario(seed=2, wire=wire, seconds=20))
    world.run()
    session = world.nodes[0].session
    stats = session.peer_stats(1, world.local(0))
    assert stats.rtt is not None
    assert 0.16 < stats.rtt < 0.25
    assert stats.jitter is not None
    assert 0.001 < stats.jitter < 0.03
    assert 0.03 < stats.loss < 0.2
    assert abs(stats.advantage) < 1
    assert 0 < stats.unacked < 20
    assert stats.bytes_sent == world.outcome.peers[0].sent[1]
    assert 0 < stats.packets_received < 20 * 30
    assert stats.silent < 0.3


def test_without_pacing_there_would_be_an_offset(monkeypatch):
    """Negative control: where nothing holds the clocks together, 2 % of skew drive the peers apart."""
    monkeypatch.setattr(Pacing, "_correction", staticmethod(lambda advantage: 0.0))
    free = run(Scenario(seed=3, wire=WIRE, skew=0.02, seconds=20))
    assert free.offset(0.99) > 4


def test_a_pause_is_nobodys_slowness():
    """While the owner only polls, peers stay connected, nothing is simulated, and the rate is what it was."""
    mesh = Mesh(Scenario())
    mesh.play(30)
    frames = [node.session.frame for node in mesh.nodes]
    for _ in range(200):
        mesh.now += 0.05
        for peer, node in enumerate(mesh.nodes):
            node.session.poll(mesh.now)
            mesh._collect(peer)
        mesh.deliver_all()
    assert [node.session.frame for node in mesh.nodes] == frames
    factors = []
    for _ in range(30):
        mesh.play(1)
        factors += [node.session.period_factor for node in mesh.nodes]
    assert max(factors) <= 1.06
    assert [node.session.frame for node in mesh.nodes] == [frame + 30 for frame in frames]
    for node in mesh.nodes:
        assert 0.97 <= node.session.period_factor <= 1.06
    assert check(mesh.scenario, mesh.outcome) == []


def test_an_echo_of_long_ago_is_no_round_trip():
    """While a peer hears nothing it echoes the same packet; later ones of that low byte are not meant."""
    link = Link()
    link.meet(1, 8, (0, 0))
    for number in range(300):
        link.sends(20, number / 30)
        link.take_seq(number / 30)
    heard_at = 10 / 30 + 0.05
    play = Play(0, 0, 0, 0, None, 0, [], echo=10, held=round((9.95 - heard_at) * 1000))
    link.hear(play, 10.0)
    assert link.rtt is None
    link.hear(Play(0, 1, 0, 0, None, 0, [], echo=299 & 0xFF, held=20), 299 / 30 + 0.12)
    assert link.rtt == pytest.approx(0.1)


def test_waiting_sends_no_more_than_playing():
    """However often a session that waits is asked to tick, it repeats itself once a frame."""
    mesh = Mesh(Scenario(seed=3, disconnect_timeout=None))
    mesh.play(30)
    stats = mesh.nodes[0].session.stats
    while not stats.stalls:
        mesh.now += 1 / 30
        mesh.tick(0)
    mesh.under_way.clear()
    for _ in range(300):
        mesh.now += 1 / 300
        mesh.tick(0)
    assert stats.stalls == 301
    assert 29 <= len(mesh.under_way) <= 34
    confirmed = stats.confirmed
    mesh.deliver_all()
    mesh.play(3)
    assert stats.confirmed > confirmed
