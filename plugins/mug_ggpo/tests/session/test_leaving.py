"""Peers who leave, and come back."""

from __future__ import annotations

import pytest
from mug_ggpo.session import DISCONNECTED, Dropped, Excluded, Interrupted, Restored, Resumed, Returned
from mug_ggpo.session.packets import Play, Wire
from mug_ggpo.simulation import Absence, Conditions, Mesh, Scenario, check, run
from mug_ggpo.simulation.rows import anything, farewell, reload
from mug_ggpo.simulation.soak import anything_wrong, farewell_wrong, reload_wrong


@pytest.mark.parametrize("part", range(5))
def test_survivors_agree(part):
    """However peers leave, those who stay agree on the last frame with their inputs, and play on."""
    for seed in range(part * 20, part * 20 + 20):
        assert farewell_wrong(seed) == [], farewell(seed)


def test_the_last_inputs_of_who_left_are_the_same_everywhere():
    """Inputs that only one survivor had are passed on: nothing that somebody confirmed is taken back."""
    wire = Conditions(latency=0.05, jitter=0.05, loss=0.3)
    passed_on = 0
    for seed in range(10):
        scenario = Scenario(seed=seed, peers=3, wire=wire, absences=(Absence(2, 3.0, None, 0.1),), seconds=6)
        outcome = run(scenario)
        assert check(scenario, outcome) == []
        (dropped,) = {event for _, event in outcome.peers[0].events if isinstance(event, Dropped)}
        before = outcome.peers[0].confirmed[0, dropped.frame - 1]
        after = outcome.peers[0].confirmed[0, dropped.frame]
        assert before.statuses[2] != DISCONNECTED
        assert (after.statuses[2], after.inputs[2]) == (DISCONNECTED, b"")
        passed_on += before.inputs[2] != b""
    assert passed_on == 10


def test_a_short_silence_is_noticed_and_forgiven():
    """Who is silent for longer than the time of notice is announced, and again when heard."""
    wire = Conditions(latency=0.03, cut_at=3.0, cut_for=1.2)
    scenario = Scenario(wire=wire, seconds=8)
    outcome = run(scenario)
    assert check(scenario, outcome) == []
    for number, peer in enumerate(outcome.peers):
        told = [event for _, event in peer.events if isinstance(event, Interrupted | Resumed)]
        assert told == [Interrupted(1 - number), Resumed(1 - number)]
    # The rest of the window was played, then nothing; a round trip and two ticks after the cut it goes on.
    assert outcome.frames() > 2 * (8 - 0.5 - 1.2 - 0.3) * 30
    assert max(peer.stalls for peer in outcome.peers) < (1.2 + 0.1) * 30


@pytest.mark.parametrize("part", range(2))
def test_anything(part):
    """Whatever is combined: nothing differs, and when the network is good again all who are there play on."""
    for seed in range(part * 10, part * 10 + 10):
        assert anything_wrong(seed) == [], anything(seed)


def test_who_returns_to_a_later_episode_is_not_waited_for():
    """Two who return in one episode do not wait for what a third, back in the next one, cannot know."""
    scenario = Scenario(
        seed=474,
        peers=5,
        fps=10,
        input_delay=3,
        prediction_window=4,
        checksum_interval=0,
        disconnect_timeout=None,
        wire=Conditions(loss=0.15, reorder=0.3),
        seconds=14,
        episode=5,
        start_offset=0.05,
        hold=2,
        absences=(Absence(1, 1.35, 1.18), Absence(3, 1.35, 0.05), Absence(2, 1.4, 0.05)),
    )
    outcome = run(scenario)
    assert check(scenario, outcome) == []
    for peer in outcome.peers:
        assert max(peer.confirmed) > (3, 0)


def test_a_broken_way_is_gone_round():
    """When the way between two of three breaks, the third passes their inputs on, and the game goes on."""
    wire = Conditions(latency=0.03, jitter=0.01, loss=0.05, cut_at=3.0, cut_for=20, cut_pair=(0, 1))
    for saving in ("every", "sparse"):
        scenario = Scenario(
            peers=3, wire=wire, seconds=33, disconnect_timeout=None, start_offset=0.1, saving=saving
        )
        outcome = run(scenario)
        assert check(scenario, outcome) == []
        for number, peer in enumerate(outcome.peers):
            assert len(peer.confirmed) > 0.95 * 32 * 30
            silent = [event for _, event in peer.events if isinstance(event, Interrupted)]
            assert silent == ([Interrupted(1 - number)] if number < 2 else [])


def test_who_was_dropped_wrongly_learns_it():
    """One who was dropped although it is there is told so, and its session is over."""
    mesh = Mesh(Scenario(peers=3))
    mesh.play(20)
    mesh.nodes[2].session.drop(0)
    mesh.play(20)
    assert mesh.nodes[0].session.over
    assert any(isinstance(event, Excluded) for _, event in mesh.outcome.peers[0].events)
    frame = mesh.nodes[0].session.frame
    for node in mesh.nodes[1:]:
        assert node.session.frame > frame
        assert not node.session.over
    assert mesh.nodes[0].session.tick(mesh.now) == []


@pytest.mark.parametrize("part", range(4))
def test_a_reloaded_page_plays_on(part):
    """Who reloads the page gets the game and its own inputs back, and the record has no seam."""
    for seed in range(part * 10, part * 10 + 10):
        scenario = reload(seed)
        assert reload_wrong(seed) == [], scenario
    outcome = run(scenario)
    who = scenario.absences[0].peer
    for number, peer in enumerate(outcome.peers):
        if number != who:
            assert Returned(who, 2) in [event for _, event in peer.events]


def test_two_return_at_once():
    """Two of four reload their pages in the same second; the other two have everything that is needed."""
    wire = Conditions(latency=0.05, jitter=0.02, loss=0.05)
    absences = (Absence(1, 3.0, 0.8), Absence(2, 3.2, 0.8))
    scenario = Scenario(seed=1, peers=4, wire=wire, absences=absences, seconds=9, disconnect_timeout=None)
    outcome = run(scenario)
    assert check(scenario, outcome) == []
    for number in (1, 2):
        assert any(isinstance(event, Restored) for _, event in outcome.peers[number].events)
        assert len(outcome.peers[number].confirmed) > 120


def test_a_hole_is_filled_by_others():
    """Inputs that their owner, having returned, does not have any more come from who has them."""
    scenario = Scenario(peers=3, disconnect_timeout=None)
    mesh = Mesh(scenario)
    mesh.play(30)
    confirmed = mesh.nodes[0].session.confirmed_frame
    wire = Wire(scenario.config(0).session_id, (1, 1, 1))

    def without_the_way_from_1_to_0(ticks: int) -> None:
        for _ in range(ticks):
            mesh.now += 1 / 30
            for peer in range(3):
                mesh.tick(peer)
            while mesh.under_way:
                sender, recipient, packet = mesh.under_way.pop(0)
                if (sender, recipient) != (1, 0):
                    mesh.receive(sender, recipient, packet)

    without_the_way_from_1_to_0(6)
    assert mesh.nodes[0].session.confirmed_frame <= confirmed + 2
    frame = mesh.nodes[1].session.frame
    late = Play(0, 400, frame, frame, None, frame + 1, [(1, (b"\0",))])
    mesh.receive(1, 0, wire.play(late, wire.key(1, 0, 1, 1)))
    without_the_way_from_1_to_0(4)
    assert mesh.nodes[0].session.confirmed_frame >= confirmed + 6


def test_nobody_decides_on_old_reports():
    """One who has just heard of a second departure waits for reports of those who know of it, too."""
    mesh = Mesh(Scenario(peers=4, disconnect_timeout=60.0))
    mesh.play(30)

    def step(ticking: tuple[int, ...], ways: set[tuple[int, int]]) -> list[tuple[int, int, bytes]]:
        """Let some have a tick and what they send arrive on some ways; return what did not."""
        mesh.now += 1 / 30
        for peer in ticking:
            mesh.tick(peer)
        packets, mesh.under_way = mesh.under_way, []
        for one in packets:
            if one[:2] in ways:
                mesh.receive(*one)
        return [one for one in packets if one[:2] not in ways]

    # Only peer 2 gets the last inputs of peer 3, which leaves.
    for _ in range(3):
        step((3,), {(3, 2)})
    for peer in range(3):
        mesh.nodes[peer].session.drop(3)
    # Peers 0 and 1 hear of each other what they have; what 2 passes on comes late to 0, and never to 1.
    step((0, 1), {(0, 1), (1, 0), (0, 2)})
    late = [one for one in step((2,), set()) if one[:2] == (2, 0)]
    mesh.nodes[1].session.drop(2)
    step((1,), set())
    for one in late:
        mesh.receive(*one)
    for _ in range(20):
        step((0, 1), {(0, 1), (1, 0)})
    told = [
        {
            event.peer: event.frame
            for _, event in mesh.outcome.peers[peer].events
            if isinstance(event, Dropped)
        }
        for peer in (0, 1)
    ]
    assert set(told[0]) == {2, 3}
    assert told[0] == told[1]
    assert told[0][3] > told[0][2]
    mine, other = (mesh.outcome.peers[peer].confirmed for peer in (0, 1))
    common = sorted(set(mine) & set(other))
    assert len(common) > 40
    assert [mine[key].inputs for key in common] == [other[key].inputs for key in common]
