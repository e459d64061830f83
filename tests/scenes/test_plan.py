"""A participant's plan: a value to walk along, to store, and to read back."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mug.scenes.plan import ArmCount, Counts, Plan, Stop

IDS = st.sampled_from(["a", "b", "c", "end"])
STOPS = st.one_of(st.builds(Stop, scene_id=IDS), st.builds(Stop, branch=st.sampled_from(["x", "y#2"])))
PLANS = st.builds(
    Plan,
    seed=st.integers(0, 2**63),
    items=st.lists(STOPS, max_size=8).map(tuple),
    assignments=st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=5), max_size=3),
)


def plan(*scene_ids: str) -> Plan:
    return Plan(
        1, tuple(Stop(branch=s[1:]) if s.startswith("?") else Stop(scene_id=s) for s in scene_ids), {}
    )


@given(PLANS)
def test_a_stored_plan_is_the_same_plan(drawn: Plan) -> None:
    """Nothing is lost or changed by writing a plan as JSON and reading it again."""
    assert Plan.from_json(orjson.loads(orjson.dumps(drawn.to_json()))) == drawn


def test_walking_a_plan() -> None:
    """Scene ids, visits of one scene, and the end."""
    drawn = plan("a", "b", "a", "end")
    assert [drawn.scene_at(n) for n in range(4)] == ["a", "b", "a", "end"]
    assert [drawn.visit(n) for n in range(4)] == [0, 0, 1, 0]
    assert [drawn.ends_before(n) for n in range(5)] == [False, False, False, False, True]
    assert len(drawn) == 4


@pytest.mark.parametrize(("position", "error"), [(-1, IndexError), (3, IndexError), (1, LookupError)])
def test_there_is_no_scene_outside_the_plan_or_at_a_branch(position: int, error: type[Exception]) -> None:
    """A position before the beginning, after the end, or at an undecided branch has no scene."""
    with pytest.raises(error):
        plan("a", "?x", "end").scene_at(position)


def test_progress_is_known_unless_a_branch_lies_ahead() -> None:
    """Done and in all; None while nobody can say how many scenes follow."""
    assert plan("a", "b", "end").progress(0) == (0, 3)
    assert plan("a", "b", "end").progress(2) == (2, 3)
    assert plan("a", "?x", "end").progress(0) is None
    assert plan("a", "?x", "end").progress(2) == (2, 3)


def test_jumping_ahead_skips_what_lies_between() -> None:
    """A scene that still comes is gone to where it stands."""
    drawn = plan("a", "game", "b", "late", "end")
    assert drawn.jump(1, "late") == (drawn, 3)
    assert drawn.jump(1, "end") == (drawn, 4)


def test_jumping_elsewhere_puts_the_scene_in() -> None:
    """A scene that does not come is visited at once, and what follows stays."""
    changed, position = plan("a", "game", "end").jump(1, "late")
    assert position == 2
    assert [stop.scene_id for stop in changed.items] == ["a", "game", "late", "end"]
    again, position = plan("late", "game", "end").jump(1, "late")
    assert (position, again.visit(position)) == (2, 1)


@given(PLANS.filter(len), st.integers(0, 7), IDS)
def test_a_jump_always_arrives_ahead(drawn: Plan, position: int, scene_id: str) -> None:
    """Wherever from and to: the scene is at the new position, which is later, and the past is unchanged."""
    position = min(position, len(drawn) - 1)
    changed, arrived = drawn.jump(position, scene_id)
    assert changed.scene_at(arrived) == scene_id
    assert arrived > position
    assert changed.items[: position + 1] == drawn.items[: position + 1]


def test_counts_follow_what_became_of_people() -> None:
    """Places are taken by those who completed and those who may; everybody else has freed theirs."""
    people = [
        (Plan(1, (), {"t": "a", "o": "x>y"}), outcome) for outcome in (None, "completed", "abandoned", "late")
    ]
    counts = Counts.of([*people, (Plan(1, (), {"t": "b"}), None)])
    assert counts.at("t", "a") == ArmCount(started=4, completed=1, in_progress=1)
    assert counts.at("t", "a").taken == 2
    assert counts.at("t", "b") == ArmCount(1, 0, 1)
    assert counts.at("o", "x>y").started == 4
    assert counts.at("t", "c") == counts.at("nothing", "a") == ArmCount()
