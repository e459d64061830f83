"""What pages tell is understood, or refused as implausible; nothing that comes in can do harm."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mug_screening.told import CAPABILITIES, LONGEST_MS, Implausible, Latency, Told

from plugins.mug_screening.tests.told import BLINK, CAN, CHROME, LINUX, page

APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)"
PHONE = "Mozilla/5.0 (Linux; Android 10; K)"
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=10) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("user_agent", "browser", "version", "device"),
    [
        (CHROME, "chrome", 126, "desktop"),
        (f"{WINDOWS} {BLINK} Chrome/126.0.0.0 Safari/537.36 Edg/125.0.0.0", "edge", 125, "desktop"),
        (f"{WINDOWS} {BLINK} Chrome/125.0.0.0 Safari/537.36 OPR/111.0.0.0", "opera", 111, "desktop"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "firefox", 127, "desktop"),
        (f"{MAC} {APPLE} Version/17.5 Safari/605.1.15", "safari", 17, "desktop"),
        (f"{IPHONE} {APPLE} Version/17.5 Mobile/15E148 Safari/604.1", "safari", 17, "phone"),
        (f"{IPHONE} {APPLE} CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1", "chrome", 126, "phone"),
        (f"{PHONE} {BLINK} Chrome/126.0.0.0 Mobile Safari/537.36", "chrome", 126, "phone"),
        (
            f"{PHONE} {BLINK} SamsungBrowser/25.0 Chrome/121 Mobile Safari/537.36",
            "samsung",
            25,
            "phone",
        ),
        (f"{PHONE} {BLINK} Chrome/126.0.0.0 Safari/537.36", "chrome", 126, "tablet"),
        (f"{LINUX} {BLINK} HeadlessChrome/126.0.0.0 Safari/537.36", "chrome", 126, "desktop"),
        ("Lynx/2.8.9rel.1 libwww-FM/2.14", "other", 0, "desktop"),
    ],
)
def test_browsers_are_known_by_name(user_agent: str, browser: str, version: int, device: str) -> None:
    """Browser, version and kind of device, where browsers name several."""
    told = Told.by(page(user_agent=user_agent))
    assert (told.browser, told.version, told.device) == (browser, version, device)


def test_devices_in_disguise() -> None:
    """A tablet or a phone that asks for pages made for desktops is still one."""
    tablet = page(user_agent=f"{MAC} {APPLE} Version/17.5 Safari/605.1.15", touches=5)
    assert Told.by(tablet).device == "tablet"
    assert Told.by(page(mobile=True, touches=5)).device == "phone"
    assert Told.by(page(touches=10)).device == "desktop"


@pytest.mark.parametrize(
    "different",
    [
        {"user_agent": ""},
        {"user_agent": None},
        {"user_agent": "x" * 1001},
        {"user_agent": CHROME + "\n"},
        {"can": {}},
        {"can": CAN | {"webgl": 1}},
        {"can": None},
        {"touches": -1},
        {"touches": True},
        {"screen": {"width": 0, "height": 700}},
        {"screen": {"width": float("nan"), "height": 700}},
        {"window": {"width": 700}},
        {"window": [700, 700]},
        {"samples": []},
        {"samples": [20.0] * 9},
        {"samples": ["20"] * 10},
        {"samples": [-1.0] * 10},
        {"samples": [LONGEST_MS + 1] * 10},
        {"samples": [float("inf")] * 10},
    ],
)
def test_what_no_page_tells(different: dict[str, Any]) -> None:
    """Nothing follows from a page that does not tell what ours do."""
    with pytest.raises(Implausible):
        Told.by(page(**different))


@given(st.dictionaries(st.sampled_from([*page(), "x"]), JSON))
def test_anything_may_come_in(different: dict[str, Any]) -> None:
    """Whatever is sent in place of something, it is understood or refused."""
    try:
        told = Told.by(page(**different))
    except Implausible:
        return
    assert told.capable <= set(CAPABILITIES)


@given(st.lists(st.none() | st.floats(0, LONGEST_MS), min_size=1, max_size=20))
def test_latency_is_summed_up(samples: list[float | None]) -> None:
    """The figures lie within what was measured, and losses are counted, not measured."""
    latency = Latency.of(samples)
    answered = [sample for sample in samples if sample is not None]
    assert latency.loss == pytest.approx(samples.count(None) / len(samples))
    if not answered:
        assert latency == Latency(None, None, None, 1.0)
        return
    assert latency.median is not None
    assert latency.p95 is not None
    assert latency.jitter is not None
    assert min(answered) <= latency.median <= latency.p95 <= max(answered)
    assert 0 <= latency.jitter <= max(answered) - min(answered)


def test_figures_of_a_known_measurement() -> None:
    """Median, 95th percentile, mean change and loss of ten round trips."""
    latency = Latency.of([10, 20, 10, 20, 10, 20, 10, 20, 100, None])
    assert latency == Latency(20, 100, pytest.approx((7 * 10 + 80) / 8), pytest.approx(0.1))
