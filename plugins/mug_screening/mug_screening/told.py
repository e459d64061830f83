"""What a page tells about its browser and its connection: untrusted, and understood here."""

from __future__ import annotations

import itertools
import math
import re
import statistics
from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

import attrs

SAMPLES: Final = 10
"""How many round trips a page measures."""
LONGEST_MS: Final = 2000.0
"""After how many milliseconds an answer counts as lost."""
CAPABILITIES: Final = ("webassembly", "webgl", "webrtc", "keyboard", "pointer")
"""What a study can need of a browser. ``pointer`` is one that points exactly: a mouse, not a finger."""
DEVICES: Final = ("desktop", "tablet", "phone")
BROWSERS: Final = ("chrome", "edge", "firefox", "opera", "safari", "samsung")

_FAMILIES: Final = (
    ("edge", re.compile(r"Edg(?:e|A|iOS)?/(\d{1,4})")),
    ("opera", re.compile(r"OP(?:R|T|X)/(\d{1,4})")),
    ("samsung", re.compile(r"SamsungBrowser/(\d{1,4})")),
    ("firefox", re.compile(r"(?:Firefox|FxiOS)/(\d{1,4})")),
    ("chrome", re.compile(r"(?:HeadlessChrome|Chromium|Chrome|CriOS)/(\d{1,4})")),
    ("safari", re.compile(r"Version/(\d{1,4})(?:\.\d+)* (?:Mobile/\w+ )?Safari/")),
)
"""Which browser names itself how; the first that fits counts, since many name others too."""
_LARGEST = 100_000


class Implausible(Exception):  # noqa: N818 - it says something about the page, not about us
    """A page tells what no page of ours would."""


@attrs.frozen
class Latency:
    """Round trips to the server, in milliseconds; None where every answer was lost. ``loss`` is a share."""

    median: float | None
    p95: float | None
    jitter: float | None
    loss: float

    @classmethod
    def of(cls, samples: Sequence[float | None]) -> Self:
        """Sum up measurements, of which None is a lost answer. Jitter is the mean change between two."""
        answered = [sample for sample in samples if sample is not None]
        loss = 1 - len(answered) / len(samples)
        if not answered:
            return cls(None, None, None, loss)
        ordered = sorted(answered)
        p95 = ordered[math.ceil(0.95 * len(ordered)) - 1]
        changes = [abs(one - other) for one, other in itertools.pairwise(answered)]
        jitter = statistics.fmean(changes) if changes else 0.0
        return cls(statistics.median(answered), p95, jitter, loss)


@attrs.frozen
class Told:
    """A browser and its connection, as far as a page can be believed. Sizes are in CSS pixels."""

    user_agent: str
    browser: str
    version: int
    device: str
    capable: frozenset[str]
    screen: tuple[int, int]
    window: tuple[int, int]
    latency: Latency

    @classmethod
    def by(cls, answers: Mapping[str, Any]) -> Self:
        """Understand what a page sent.

        Raises:
            Implausible: something is missing, or is what no browser says.
        """
        user_agent = answers.get("user_agent")
        if (
            not isinstance(user_agent, str)
            or not 10 <= len(user_agent) <= 1000
            or not user_agent.isprintable()
        ):
            raise Implausible("user_agent")
        can = answers.get("can")
        if not isinstance(can, Mapping) or not all(isinstance(can.get(name), bool) for name in CAPABILITIES):
            raise Implausible("can")
        touches = _in_range(answers.get("touches"), "touches", 0, 1000)
        browser, version = _browser(user_agent)
        return cls(
            user_agent,
            browser,
            version,
            _device(user_agent, touches > 0, answers.get("mobile") is True),
            frozenset(name for name in CAPABILITIES if can[name] is True),
            _size(answers, "screen"),
            _size(answers, "window"),
            Latency.of(_samples(answers)),
        )

    def answers(self) -> dict[str, Any]:
        """Return it as it stands in the data."""
        found: dict[str, Any] = {
            "device": self.device,
            "browser": self.browser,
            "browser_version": self.version,
            "user_agent": self.user_agent,
            "screen_width": self.screen[0],
            "screen_height": self.screen[1],
            "window_width": self.window[0],
            "window_height": self.window[1],
            "rtt_ms": _rounded(self.latency.median),
            "rtt_p95_ms": _rounded(self.latency.p95),
            "jitter_ms": _rounded(self.latency.jitter),
            "loss": round(self.latency.loss, 4),
        }
        return found | {name: name in self.capable for name in CAPABILITIES}


def _browser(user_agent: str) -> tuple[str, int]:
    for name, pattern in _FAMILIES:
        found = pattern.search(user_agent)
        if found:
            return name, int(found[1])
    return "other", 0


def _device(user_agent: str, touch: bool, mobile: bool) -> str:
    """Return the kind of device; tablets and phones that ask for desktop pages are known by being touched."""
    if "iPad" in user_agent or ("Macintosh" in user_agent and touch):
        return "tablet"
    if "iPhone" in user_agent or "iPod" in user_agent:
        return "phone"
    if "Android" in user_agent:
        return "phone" if mobile or "Mobile" in user_agent else "tablet"
    return "phone" if mobile or "Mobi" in user_agent else "desktop"


def _in_range(value: object, name: str, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise Implausible(name)
    return value


def _size(answers: Mapping[str, Any], name: str) -> tuple[int, int]:
    size = answers.get(name)
    if not isinstance(size, Mapping):
        raise Implausible(name)
    width, height = (_in_range(size.get(side), name, 1, _LARGEST) for side in ("width", "height"))
    return round(width), round(height)


def _samples(answers: Mapping[str, Any]) -> list[float | None]:
    samples = answers.get("samples")
    if not isinstance(samples, list) or len(samples) != SAMPLES:
        raise Implausible("samples")
    return [None if sample is None else _in_range(sample, "samples", 0, LONGEST_MS) for sample in samples]


def _rounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 2)
