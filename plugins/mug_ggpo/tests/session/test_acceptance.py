"""What players get: stalls, rollbacks, depth, distance and bytes, over good and bad networks."""

from __future__ import annotations

import pytest
from mug_ggpo.session import Started
from mug_ggpo.simulation import Conditions, Outcome, Scenario, check, run
from mug_ggpo.simulation.rows import AWFUL, LIMITS, WIRES


def played(scenario: Scenario) -> Outcome:
    """Run a scenario; it must be a game, the same everywhere, over a network as bad as said."""
    outcome = run(scenario)
    assert check(scenario, outcome) == []
    for peer in outcome.peers:
        assert any(isinstance(event, Started) for _, event in peer.events)
        assert len({one.inputs for one in peer.confirmed.values()}) > 10
    wire = scenario.wire
    if wire.loss:
        assert outcome.packets["lost"] > outcome.packets["sent"] * wire.loss / 2
    if wire.latency * scenario.fps > scenario.input_delay and scenario.prediction_window:
        assert all(peer.rollbacks > 0 for peer in outcome.peers)
    return outcome


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rtt", WIRES)
def test_two_people_at_30_fps(rtt, seed):
    """A minute at 30 fps, delay 2, window 8, with round trips of 50 to 400 ms, is within its limits."""
    outcome = played(Scenario(seed=seed, wire=WIRES[rtt]))
    assert outcome.frames() > 3400
    assert LIMITS[rtt].exceeded(outcome) == []
    assert outcome.stall_share() <= LIMITS[rtt].stalls
    assert outcome.depth(0.5) <= {50: 1, 100: 1, 200: 2, 300: 4, 400: 6}[rtt]
    assert outcome.depth(1) <= {50: 3, 100: 4, 200: 6, 300: 8, 400: 8}[rtt]
    assert max(peer.largest for peer in outcome.peers) < 200
    assert max(peer.states for peer in outcome.peers) <= 8
    assert outcome.together_after() <= 0.5 + 5


@pytest.mark.parametrize("saving", ["sparse", "resimulate"])
def test_other_ways_of_saving(saving):
    """Saving seldom gives the same game, with one state; each frame is advanced for good once."""
    wire = Conditions(latency=0.1, jitter=0.03, loss=0.05)
    outcome = played(Scenario(seed=1, wire=wire, saving=saving, seconds=30))
    assert max(peer.states for peer in outcome.peers) == 1
    assert outcome.stall_share() <= 0.002
    assert outcome.depth(1) <= 8


@pytest.mark.parametrize(
    ("skew", "latency", "limit"), [(0.005, 0.15, 1), (-0.005, 0.05, 1), (0.02, 0.15, 2), (-0.02, 0.05, 2)]
)
def test_clocks_that_differ(skew, latency, limit):
    """With clocks that run apart by up to 2 % nobody runs ahead, nor stalls."""
    wire = Conditions(latency=latency, jitter=0.02, loss=0.02)
    outcome = played(Scenario(seed=3, wire=wire, skew=skew))
    assert outcome.offset(0.99) <= limit
    assert outcome.together_after() <= 5.5
    assert outcome.stall_share() <= 0.002


@pytest.mark.parametrize("start_offset", [0.0, 0.1, 1.0, 3.0])
def test_any_start(start_offset):
    """Whoever comes when: the peers are within a frame of each other 5 s after the last one has come."""
    wire = Conditions(latency=0.1, jitter=0.04, loss=0.05)
    outcome = played(Scenario(seed=2, wire=wire, start_offset=start_offset, skew=0.02, seconds=12))
    assert outcome.together_after() <= start_offset + 5


def test_four_people():
    """Four people are as well off, each pair with its own packets."""
    wire = Conditions(latency=0.05, jitter=0.02, loss=0.02)
    outcome = played(Scenario(seed=5, peers=4, wire=wire, start_offset=0.1, seconds=40))
    assert outcome.stall_share() <= 0.001
    assert outcome.depth(0.99) <= 3
    assert 3 * outcome.bytes_per_second() <= 2500


def test_eight_people():
    """Eight people in a full mesh play, at 5 kB per second each."""
    wire = Conditions(latency=0.05, jitter=0.02, loss=0.02)
    outcome = played(Scenario(seed=5, peers=8, wire=wire, start_offset=0.05, seconds=20))
    assert outcome.stall_share() <= 0.001
    assert 7 * outcome.bytes_per_second() <= 5000


def test_ten_frames_per_second():
    """At 10 fps with a delay of 1 nobody stalls at a round trip of 300 ms."""
    wire = Conditions(latency=0.15, jitter=0.03, loss=0.05)
    outcome = played(Scenario(fps=10, input_delay=1, prediction_window=5, wire=wire))
    assert outcome.stall_share() == 0


def test_sixty_frames_per_second():
    """At 60 fps a round trip of 150 ms is played without stalls."""
    wire = Conditions(latency=0.075, jitter=0.01, loss=0.02)
    outcome = played(Scenario(fps=60, wire=wire, seconds=30))
    assert outcome.stall_share() <= 0.001


def test_outages():
    """Outages of 300 ms every 8 s leave no hole, and cost little more than their own time."""
    wire = Conditions(latency=0.04, jitter=0.01, loss=0.01, outage_every=8, outage_mean=0.3)
    outcomes = [played(Scenario(seed=seed, wire=wire)) for seed in range(3)]
    lost = sum(outcome.packets["lost"] / outcome.packets["sent"] for outcome in outcomes)
    stalled = sum(outcome.stall_share() for outcome in outcomes)
    assert 0 < stalled <= 1.5 * lost


def test_everything_that_a_network_can_do():
    """Loss, bursts, repetitions, wrong orders and damage at once: no desync, and what is damaged counts."""
    outcome = played(Scenario(seed=9, peers=3, wire=AWFUL, seconds=30, disconnect_timeout=None))
    assert outcome.packets["corrupted"] > 100
    assert sum(peer.ignored["damaged"] + peer.ignored["truncated"] for peer in outcome.peers) > 100
    assert sum(peer.ignored["replayed"] for peer in outcome.peers) > 100


def test_lockstep_stalls_where_rollback_does_not():
    """A window of 0 predicts nothing, and stalls instead; the same network, the same game."""
    wire = Conditions(latency=0.1, jitter=0.02, loss=0.05)
    lockstep = played(Scenario(seed=1, wire=wire, prediction_window=0, seconds=30))
    rollback = played(Scenario(seed=1, wire=wire, seconds=30))
    assert lockstep.rollbacks_per_100() == 0
    assert lockstep.stall_share() > 0.3
    assert rollback.stall_share() <= 0.002
