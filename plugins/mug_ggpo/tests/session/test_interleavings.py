"""Whatever the network does to packets, in whatever order: the copies of the game stay the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mug_ggpo.simulation import Mesh, Scenario, check

steps = st.lists(
    st.tuples(
        st.sampled_from(["tick", "tick", "deliver", "deliver", "drop", "again", "wait"]), st.integers(0, 30)
    ),
    max_size=120,
)


@pytest.mark.parametrize("saving", ["every", "sparse", "resimulate"])
@given(
    steps, st.integers(2, 4), st.integers(0, 3), st.sampled_from([0, 1, 4, 8]), st.sampled_from([9, 10**9])
)
@settings(max_examples=120, deadline=None)
def test_any_interleaving(saving, steps, peers, delay, window, episode):
    """Ticks, deliveries, losses, repetitions in any order: no desync, no hole, no frame confirmed twice.

    Rollbacks longer than the window, wrong orders of requests and states that were not saved raise in the
    simulated owner.
    """
    scenario = Scenario(
        peers=peers,
        input_delay=delay,
        prediction_window=window,
        saving=saving,
        episode=episode,
        disconnect_timeout=None,
        hold=0.05,
    )
    mesh = Mesh(scenario)
    mesh.play(8)
    began = [(node.session.epoch, node.session.frame) for node in mesh.nodes]
    assert all(key > (0, 0) for key in began)
    for what, number in steps:
        if what == "tick":
            mesh.tick(number % peers)
        elif what == "wait":
            mesh.now += 0.02
        elif what == "drop":
            mesh.drop(number)
        else:
            mesh.deliver(number, keep=what == "again")
        for node in mesh.nodes:
            session = node.session
            assert session.confirmed_frame < session.frame <= session.confirmed_frame + 2 * window + 2
    mesh.play(30)
    assert check(scenario, mesh.outcome) == []
    ends = {(node.session.epoch, node.session.confirmed_frame) for node in mesh.nodes}
    assert min(ends) > max(began)
    assert len({epoch for epoch, _ in ends}) == 1
    for node in mesh.nodes:
        assert set(node.session.stats.ignored) <= {"replayed", "early", "epoch", "old"}
