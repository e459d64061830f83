"""The matchmaker that puts together those who are near to each other."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mug_ggpo.latency import LatencyMatchmaker, farthest

from mug.components import Ticket
from mug.testing import conformance


def ticket(name: str, rtt_ms: float | None = None, joined: float = 0.0, **peers: float) -> Ticket:
    facts = {} if rtt_ms is None else {"rtt_ms": rtt_ms}
    return Ticket(name, joined, {**facts, "p2p_rtt_ms": peers})


def names(groups: object) -> list[list[str]]:
    return [[one.subject_id for one in group] for group in groups]  # type: ignore[attr-defined]


@pytest.mark.parametrize("check", conformance.matchmaker, ids=lambda check: check.__name__)
def test_conforms(check: Any) -> None:
    """The law that the check's own docstring states."""
    check(LatencyMatchmaker)


def test_the_nearest_play_together() -> None:
    waiting = [ticket("a", 20), ticket("b", 200), ticket("c", 30), ticket("d", 210)]
    assert names(LatencyMatchmaker().propose(waiting, 2, 0.0)) == [["a", "c"]]


def test_who_waits_long_is_asked_less_of() -> None:
    waiting = [ticket("b", 200), ticket("d", 210)]
    matchmaker = LatencyMatchmaker()
    assert names(matchmaker.propose(waiting, 2, 5.0)) == []
    assert names(matchmaker.propose(waiting, 2, 40.0)) == [["b", "d"]]


def test_what_was_measured_counts_more_than_what_is_guessed() -> None:
    waiting = [ticket("a", 20, c=300.0), ticket("c", 20, a=300.0), ticket("b", 35)]
    assert names(LatencyMatchmaker().propose(waiting, 2, 0.0)) == [["a", "b"]]


def test_where_nothing_is_known_it_goes_by_arrival() -> None:
    waiting = [ticket(name) for name in "abcd"]
    assert names(LatencyMatchmaker().propose(waiting, 2, 0.0)) == [["a", "b"], ["c", "d"]]


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="best_ms and relax_ms"):
        LatencyMatchmaker(best_ms=-1)


@given(st.lists(st.floats(0, 400), max_size=9), st.integers(2, 4), st.floats(0, 60))
def test_groups_are_within_what_the_longest_waiting_accepts(rtts: list[float], size: int, now: float) -> None:
    waiting = [ticket(f"s{number}", rtt) for number, rtt in enumerate(rtts)]
    groups = list(LatencyMatchmaker(80, 10).propose(waiting, size, now))
    assert all(len(group) == size and farthest(group) <= 80 + 10 * now for group in groups)
    together = [one.subject_id for group in groups for one in group]
    assert len(together) == len(set(together))
