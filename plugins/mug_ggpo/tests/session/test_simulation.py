"""The simulator itself: the same every time, and as bad as it says."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from mug_ggpo.simulation import FAULTS, Absence, Conditions, Network, Scenario, World, check, run

ROUGH = Conditions(
    latency=0.06,
    jitter=0.03,
    loss=0.1,
    duplicate=0.1,
    reorder=0.1,
    corrupt=0.05,
    outage_every=3,
    outage_mean=0.2,
)


def test_the_same_scenario_gives_the_same_outcome():
    """Two runs of a seed are the same, event by event and byte by byte; another seed is another game."""
    scenario = Scenario(seed=4, peers=3, wire=ROUGH, seconds=8, episode=80, absences=(Absence(1, 4.0, 0.5),))
    one, other = run(scenario), run(scenario)
    assert one == other
    assert one.frames() > 300
    different = run(Scenario(seed=5, peers=3, wire=ROUGH, seconds=8, episode=80))
    assert different.peers[0].confirmed != one.peers[0].confirmed


def test_the_network_does_what_it_is_told():
    """Shares of loss, repetition, damage and outages come out as asked for; latency is never less."""
    wire = Conditions(latency=0.05, jitter=0.02, loss=0.1, duplicate=0.2, corrupt=0.3)
    network = Network(wire, 1)
    arrived = [one for sent in range(4000) for one in network.carry(0, 1, b"x" * 20, sent / 30)]
    assert 0.08 < network.lost / 4000 < 0.12
    assert 0.17 < network.duplicated / 3600 < 0.23
    assert 0.27 < network.corrupted / len(arrived) < 0.33
    assert all(when * 30 % 1 / 30 + 1 >= 0.05 for when, _ in arrived)
    outages = Network(Conditions(outage_every=8, outage_mean=0.3), 1)
    through = sum(1 for sent in range(90000) for _ in outages.carry(0, 1, b"", sent / 30))
    assert 0.025 < 1 - through / 90000 < 0.05


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "clock"])
def test_broken_games_do_not_pass(fault):
    """Negative control: a game whose snapshot does not hold everything fails the checks."""
    scenario = Scenario(seed=2, wire=Conditions(latency=0.1, jitter=0.02), seconds=6, fault=fault)
    assert check(scenario, run(scenario)) != []


def test_changed_inputs_do_not_pass():
    """Negative control: one input in one peer's record that differs is found."""
    scenario = Scenario(seed=2, wire=Conditions(latency=0.05), seconds=4)
    outcome = run(scenario)
    assert check(scenario, outcome) == []
    confirmed = outcome.peers[1].confirmed
    confirmed[0, 50] = replace(confirmed[0, 50], inputs=(b"\x07", b"\x07"))
    assert check(scenario, outcome) != []


def test_time_is_virtual():
    """The world's clock moves by events only, in order."""
    world = World(Scenario(seconds=1))
    moments: list[float] = []
    luck = random.Random(3)
    for _ in range(50):
        when = luck.random()
        world.at(when, lambda: moments.append(world.now))
    world.run()
    assert moments == sorted(moments)
    assert len(moments) == 50
