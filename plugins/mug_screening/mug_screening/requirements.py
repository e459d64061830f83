"""What a study needs of a browser and a connection, and the first thing that somebody's lacks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from mug_screening.told import Latency, Told

log = logging.getLogger(__name__)

NAMES: Final = {
    "webassembly": "WebAssembly",
    "webgl": "WebGL",
    "webrtc": "WebRTC",
    "keyboard": "a keyboard",
    "pointer": "a mouse or a trackpad",
}
MESSAGES: Final[Mapping[str, str]] = {
    "device": "This study needs {wanted}, and you seem to use a {device}.",
    "browser": "This study needs one of these browsers: {wanted}. Yours seems to be another one, or too old.",
    "needs": "This study needs {wanted}, which your browser or your device does not have.",
    "screen": "This study needs a screen of at least {wanted} pixels. Yours has {screen}.",
    "window": "This study needs a window of {wanted} pixels. Yours has {window}. Please make it larger.",
    "latency": "Your connection is too slow or too unsteady for this study at the moment.",
    "check": "You cannot take part in this study.",
}
"""What those read who do not fit, by what it is about."""
PASSING: Final = frozenset(("window", "latency"))
"""What may be different a minute later."""

Check = Callable[[Mapping[str, Any]], object]


class CheckFailed(Exception):  # noqa: N818 - names what happened
    """The study's own check could not say whether somebody fits."""


@attrs.frozen
class Lack:
    """Why somebody does not fit: what it is about, as recorded, and what they read."""

    reason: str
    text: str

    @property
    def passing(self) -> bool:
        """Whether it makes sense to look again."""
        return self.reason in PASSING


@attrs.frozen
class Requirements:
    """What a study needs; what is empty or None is not needed. Sizes are (width, height) in CSS pixels."""

    devices: tuple[str, ...] = ()
    browsers: Mapping[str, int] = attrs.field(factory=dict)
    needs: tuple[str, ...] = ()
    max_rtt_ms: float | None = None
    max_jitter_ms: float | None = None
    max_loss: float | None = None
    min_screen: tuple[int, int] | None = None
    min_window: tuple[int, int] | None = None
    check: Check | None = None
    messages: Mapping[str, str] = attrs.field(factory=dict)

    def lack(self, told: Told, known: Mapping[str, object]) -> Lack | None:
        """Return the first thing that somebody lacks, None if they fit.

        ``known`` are the facts about them, which the study's own check sees besides.

        Raises:
            CheckFailed: the study's own check raised, or returned neither a sentence nor None.
        """
        if self.devices and told.device not in self.devices:
            wanted = " or ".join(f"a {device}" for device in self.devices)
            return self._lack("device", wanted, told)
        if self.browsers and told.version < self.browsers.get(told.browser, 1 << 30):
            wanted = ", ".join(_with_version(*browser) for browser in self.browsers.items())
            return self._lack("browser", wanted, told)
        for need in self.needs:
            if need not in told.capable:
                return attrs.evolve(self._lack("needs", NAMES[need], told), reason=f"needs {need}")
        if self.min_screen and _smaller(told.screen, self.min_screen):
            return self._lack("screen", _size(self.min_screen), told)
        if self.min_window and _smaller(told.window, self.min_window):
            return self._lack("window", _size(self.min_window), told)
        if self._is_slow(told.latency):
            return self._lack("latency", "", told)
        return self._checked(told, known)

    def _is_slow(self, latency: Latency) -> bool:
        """Whether a limit is exceeded; where nothing could be measured, every limit is."""
        limits = (
            (self.max_rtt_ms, latency.median),
            (self.max_jitter_ms, latency.jitter),
            (self.max_loss, latency.loss),
        )
        return any(limit is not None and (found is None or found > limit) for limit, found in limits)

    def _checked(self, told: Told, known: Mapping[str, object]) -> Lack | None:
        if self.check is None:
            return None
        try:
            answer = self.check({**known, **told.answers()})
        except Exception as error:
            log.exception("the study's own check of a browser failed")
            raise CheckFailed from error
        if answer is None:
            return None
        if isinstance(answer, str):
            return Lack("check", answer or self.messages.get("check", MESSAGES["check"]))
        log.error("check must return a sentence or None, got %r", answer)
        raise CheckFailed

    def _lack(self, reason: str, wanted: str, told: Told) -> Lack:
        given = self.messages.get(reason)
        if given is not None:
            return Lack(reason, given)
        words = {"wanted": wanted, "device": told.device}
        words |= {"screen": _size(told.screen), "window": _size(told.window)}
        return Lack(reason, MESSAGES[reason].format(**words))


def _smaller(size: tuple[int, int], least: tuple[int, int]) -> bool:
    return size[0] < least[0] or size[1] < least[1]


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]} × {size[1]}"  # noqa: RUF001 - how sizes are written


def _with_version(name: str, version: int) -> str:
    return f"{name.capitalize()} {version} or newer" if version else name.capitalize()
