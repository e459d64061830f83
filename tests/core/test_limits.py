"""How often somebody may speak: on average, at once, and each for themselves."""

from __future__ import annotations

from mug.core.web.limits import Crowd, TokenBucket


def test_a_bucket_allows_a_burst_and_then_its_rate() -> None:
    """What is used up comes back with time, up to the burst."""
    now = [0.0]
    bucket = TokenBucket(2.0, 3.0, lambda: now[0])
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    now[0] += 0.5
    assert [bucket.take(), bucket.take()] == [True, False]
    now[0] += 100.0
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_nobody_uses_up_what_is_somebody_elses() -> None:
    """Everybody in a crowd has a bucket of their own; only those who spoke last are remembered."""
    crowd = Crowd(1.0, 1.0, lambda: 0.0, capacity=2)
    assert crowd.take("ann")
    assert crowd.take("bob")
    assert not crowd.take("ann")
    assert crowd.take("cem")
    assert not crowd.take("ann")
    assert crowd.take("bob"), "who has been forgotten begins anew"
