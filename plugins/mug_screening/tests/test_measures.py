"""How attentive somebody was is counted right, and warnings come when they should."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mug_screening.measures import Account, Alarm, Limits

from mug.facts import Presence

HERE, HIDDEN, GONE = Presence(True, True, 40.0), Presence(True, False, 40.0), Presence(False, False)


def test_the_paper_excludes_at_its_limits() -> None:
    """39 of 40 steps without an action, or nine of ten seconds away, are too much; one less is not."""
    for inactive, exceeded in ((39, ["inactive"]), (38, [])):
        account = Account()
        for frame in range(40):
            account.step(frame, "default" if frame < inactive else "human")
        account.passes(10, HERE)
        assert account.measures().exceeded(Limits()) == exceeded
    for away, expected in ((9.0, ["away"]), (8.9, [])):
        account = Account()
        account.step(0, "human")
        account.passes(away, HIDDEN)
        account.passes(10 - away, HERE)
        assert account.measures().exceeded(Limits()) == expected


def test_a_slow_connection() -> None:
    """The median counts, over the time: one slow moment does not."""
    account = Account()
    account.step(0, "human")
    for rtt in (50.0, 50.0, 900.0):
        account.passes(1, Presence(True, True, rtt))
    assert account.measures().exceeded(Limits(rtt_ms=100)) == []
    for _ in range(3):
        account.passes(1, Presence(True, True, 120.0))
    measures = account.measures()
    assert (measures.rtt_ms, measures.max_rtt_ms) == (120.0, 900.0)
    assert measures.exceeded(Limits(rtt_ms=100)) == ["latency"]
    assert measures.exceeded(Limits(rtt_ms=120)) == []


def test_without_limits_nothing_is_too_much() -> None:
    """Limits can be left out, and an episode without steps is nobody's fault."""
    account = Account()
    assert account.measures().exceeded(Limits(0.5, 0.5, 1)) == []
    account.step(0, "default")
    account.passes(1, GONE)
    assert account.measures().exceeded(Limits(None, None, None)) == []


@given(
    st.lists(
        st.tuples(st.sampled_from(["human", "callback", "default", "previous", "policy"]), st.integers(1, 5))
    )
)
def test_steps_are_counted(steps: list[tuple[str, int]]) -> None:
    """Shares are of all steps, and idle is who has not acted since so many frames of the game."""
    account, frame = Account(), 0
    for source, passed in steps:
        frame += passed
        account.step(frame, source)
    measures = account.measures()
    assert measures.steps == len(steps)
    assert measures.inactive_steps == sum(source not in ("human", "callback") for source, _ in steps)
    assert 0 <= measures.inactive <= 1
    acted = [index for index, (source, _) in enumerate(steps) if source in ("human", "callback")]
    if acted:
        assert account.idle_frames == sum(passed for _, passed in steps[acted[-1] + 1 :])


@given(st.lists(st.tuples(st.floats(0.01, 60), st.sampled_from([HERE, HIDDEN, GONE]))))
def test_time_away_is_counted(times: list[tuple[float, Presence]]) -> None:
    """Away is whose page is hidden or not connected; the break-free time of it begins anew at each return."""
    account = Account()
    for seconds, presence in times:
        account.passes(seconds, presence)
    measures = account.measures()
    assert measures.seconds == pytest.approx(sum(seconds for seconds, _ in times))
    assert measures.away_seconds == pytest.approx(sum(s for s, presence in times if presence is not HERE))
    assert account.away_since <= measures.away_seconds + 1e-6
    if times and times[-1][1] is HERE:
        assert account.away_since == 0


@given(st.lists(st.tuples(st.floats(0.1, 5), st.booleans())), st.floats(0.5, 10))
def test_alarms_warn_before_it_is_too_late(looks: list[tuple[float, bool]], grace: float) -> None:
    """It is never too late without a warning and the whole grace, and once it is, nothing more is said."""
    alarm, now, warned, over = Alarm(grace), 0.0, None, False
    for passed, trouble in looks:
        now += passed
        said = alarm.look(trouble, now)
        assert not (over and said)
        if said == "warned":
            assert trouble
            assert warned is None
            warned = now
        elif said == "recovered":
            assert not trouble
            warned = None
        elif said == "expired":
            assert warned is not None
            assert trouble
            assert now - warned >= grace
            over = True


def test_the_next_episode_begins_where_somebody_stands() -> None:
    """Counts begin anew with an episode; being idle and away goes on."""
    account = Account()
    account.step(10, "human")
    account.step(14, "default")
    account.passes(2, GONE)
    following = account.following(whole=True)
    assert (following.steps, following.seconds, following.away_seconds) == (0, 0, 0)
    assert (following.idle_frames, following.away_since) == (4, 2)


def test_it_is_not_too_late_before_that_is_known() -> None:
    """Of what pages tell some seconds later, silence is no proof: they may have acted in time."""
    alarm = Alarm(3)
    assert alarm.look(True, 10, known=10) == "warned"
    assert alarm.look(True, 14, known=10) is None
    assert alarm.look(False, 14.5, known=14.5) == "recovered"
    assert alarm.look(True, 20, known=20) == "warned"
    assert alarm.look(True, 24, known=22.9) is None
    assert alarm.look(True, 24.5, known=24) == "expired"
