"""Episodes that end, in frames that are only predicted too, and begin again for all together."""

from __future__ import annotations

import random

import pytest
from mug_ggpo.session import Started
from mug_ggpo.simulation import Absence, Conditions, Mesh, Scenario, check, run


@pytest.mark.parametrize("saving", ["every", "sparse", "resimulate"])
@pytest.mark.parametrize("peers", [2, 3])
def test_many_short_episodes(saving, peers):
    """Over a bad network, every episode ends in the same frame everywhere, and the next one begins."""
    wire = Conditions(latency=0.1, jitter=0.04, loss=0.15, reorder=0.1)
    scenario = Scenario(
        seed=4, peers=peers, wire=wire, saving=saving, episode=20, seconds=25, start_offset=0.1
    )
    outcome = run(scenario)
    assert check(scenario, outcome) == []
    epochs = {epoch for epoch, _ in outcome.peers[0].confirmed}
    assert len(epochs) > 12
    lengths = {max(frame for at, frame in outcome.peers[0].confirmed if at == epoch) for epoch in epochs}
    assert len(lengths) > 3
    for peer in outcome.peers:
        assert peer.rollbacks > 10
        started = [event.epoch for _, event in peer.events if isinstance(event, Started)]
        assert started == sorted(set(started))


def test_nobody_begins_before_all_are_there():
    """Who has finished an episode waits for one who still lacks its last inputs, and helps it."""
    mesh = Mesh(Scenario(peers=2, episode=20, hold=0.1))
    while mesh.nodes[0].session.epoch == 0:
        mesh.now += 1 / 30
        for peer in (0, 1):
            mesh.tick(peer)
        mesh.under_way = [one for one in mesh.under_way if one[1] == 0 or mesh.nodes[1].session.frame < 15]
        while mesh.under_way:
            mesh.deliver(0)
    # Peer 1 lacks the last inputs of peer 0, who waits.
    assert mesh.nodes[1].session.epoch == 0
    for _ in range(10):
        mesh.now += 1 / 30
        mesh.tick(0)
        assert mesh.nodes[0].session.frame == 0
        assert not mesh.nodes[0].session.started
    mesh.play(40)
    assert mesh.nodes[1].session.epoch >= 1
    assert check(mesh.scenario, mesh.outcome) == []


@pytest.mark.parametrize("part", range(3))
def test_leaving_and_returning_around_the_end_of_an_episode(part):
    """Whoever vanishes in the last or first frames, or between them, for good or not: it goes on."""
    for seed in range(part * 12, part * 12 + 12):
        luck = random.Random(f"end {seed}")
        peers = luck.choice((2, 3, 4))
        latency = luck.choice((0.03, 0.1))
        # The first episode lasts from about 0.4 to about 1.6 s.
        at = 0.35 + 4 * latency + luck.uniform(0.8, 1.5)
        back = luck.choice((None, 0.1, 0.6)) if peers > 2 else luck.choice((0.1, 0.6))
        told = None if back is not None else luck.uniform(0, 0.5)
        scenario = Scenario(
            seed=seed,
            peers=peers,
            wire=Conditions(latency=latency, jitter=0.02, loss=luck.choice((0, 0.1))),
            absences=(Absence(luck.randrange(peers), at, back, told),),
            episode=30,
            seconds=7,
            disconnect_timeout=None,
            start_offset=0.05,
            saving=luck.choice(("every", "sparse", "resimulate")),
        )
        outcome = run(scenario)
        assert check(scenario, outcome) == [], scenario
        for peer in outcome.peers:
            if peer.vanished_at is None:
                assert max(peer.confirmed) >= (2, 0), scenario


def test_epochs_follow_each_other():
    """The owner cannot skip an epoch, nor end an episode in a frame that was not simulated."""
    mesh = Mesh(Scenario())
    mesh.play(20)
    session = mesh.nodes[0].session
    with pytest.raises(ValueError, match="does not follow"):
        session.begin_epoch(2, mesh.now)
    with pytest.raises(ValueError, match="not simulated"):
        session.hold(session.frame)
    with pytest.raises(ValueError, match="not simulated"):
        session.hold(session.confirmed_frame - 3)
