"""The scene that looks at a browser and a connection, and lets through who can take part with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Self

from mug.configurations.kinds import Choice, Function, ListOf, MappingOf, Number, Optionally, Readable, Whole
from mug.configurations.settings import NOT_GIVEN, NotGiven, Setting, Settings, WrongValue, shown
from mug.errors import Problem, did_you_mean
from mug.outcomes import SCREENED_OUT
from mug.scenes.scene import Accepted, Continued, Kept, Rejected, Scene, Visitor
from mug_screening.requirements import MESSAGES, Check, CheckFailed, Requirements
from mug_screening.told import BROWSERS, CAPABILITIES, DEVICES, LONGEST_MS, SAMPLES, Implausible, Told

NOT_UNDERSTOOD = "We could not check your browser. Please try again."
_MILLISECONDS = Number(1, LONGEST_MS, "milliseconds")


def _browsers(value: object) -> dict[str, int]:
    """Read browsers with the oldest version of each, or only their names."""
    if isinstance(value, list | tuple | set):
        value = dict.fromkeys(value, 0)
    if not isinstance(value, Mapping):
        raise WrongValue
    for name, version in value.items():
        if name not in BROWSERS:
            close = did_you_mean(str(name), BROWSERS) or f"the browsers are {', '.join(BROWSERS)}"
            raise WrongValue(f"there is no browser {shown(name)}", fix=close)
        if isinstance(version, bool) or not isinstance(version, int) or version < 0:
            what = f"the version of {shown(name)} must be a whole number, got {shown(version)}"
            raise WrongValue(what, fix=f"write browsers={{{name!r}: 115}}")
    return dict(value)


def _size(value: object) -> tuple[int, int]:
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise WrongValue
    width, height = (Whole(1, 20_000).read(side) for side in value)
    return width, height


def _messages(value: object) -> dict[str, str]:
    given = MappingOf().read(value)
    for name, text in given.items():
        if name not in MESSAGES:
            raise WrongValue(f"there is no message {name!r}", fix=f"the messages are {', '.join(MESSAGES)}")
        if not isinstance(text, str) or not text.strip():
            raise WrongValue(f"the message {name!r} must be a text, got {shown(text)}")
    return {str(name): str(text) for name, text in given.items()}


_SIZE = Readable("(width, height) in pixels", _size)
_NONE = "for any"

_DEVICES = ListOf(Choice(*DEVICES), "a list of kinds of devices")
_BROWSERS = Readable("a list of browsers, or a dict from each to its oldest version", _browsers)
_CAPABILITIES = ListOf(Choice(*CAPABILITIES), "a list of capabilities")
_CHECK = Optionally(Function((1,), "check(found)"), "for none")
_MESSAGES = Readable(f"a dict from {', '.join(MESSAGES)} to texts", _messages)

REQUIRES = Settings(
    "requires",
    Setting("device", _DEVICES, "Which devices may be used.", ()),
    Setting("browsers", _BROWSERS, "Which browsers may be used, and from which version on.", {}),
    Setting("needs", _CAPABILITIES, "What browser and device must have.", ()),
    Setting("max_rtt_ms", Optionally(_MILLISECONDS, _NONE), "The longest median round trip to the server."),
    Setting("max_jitter_ms", Optionally(_MILLISECONDS, _NONE), "The largest mean change of round trips."),
    Setting("max_loss", Optionally(Number(0, 1), _NONE), "The largest share of answers that come too late."),
    Setting("min_screen", Optionally(_SIZE, _NONE), "The smallest screen."),
    Setting("min_window", Optionally(_SIZE, _NONE), "The smallest window; people can make theirs larger."),
    Setting("check", _CHECK, "A function of what was found; the sentence it returns turns somebody away."),
    Setting("attempts", Whole(1, 20), "How often a window or a connection is looked at.", 3),
    Setting("messages", _MESSAGES, "What those read who do not fit, in place of mug's sentences.", {}),
)


class ScreeningScene(Scene):
    """Looks at the participant's browser, device and connection, and goes on by itself when they fit.

    Who does not fit reads why, and goes to the `EndScene` with the outcome ``screened_out``, or to the last
    scene when there is none. The server decides, from what the page says. When it says nothing sensible, or
    the study's own check fails, nobody is let through: they can try again.
    """

    kind = "screening"

    @REQUIRES.implements
    def requires(
        self,
        *,
        device: Sequence[str] | NotGiven = NOT_GIVEN,
        browsers: Mapping[str, int] | Sequence[str] | NotGiven = NOT_GIVEN,
        needs: Sequence[str] | NotGiven = NOT_GIVEN,
        max_rtt_ms: float | NotGiven | None = NOT_GIVEN,
        max_jitter_ms: float | NotGiven | None = NOT_GIVEN,
        max_loss: float | NotGiven | None = NOT_GIVEN,
        min_screen: tuple[int, int] | NotGiven | None = NOT_GIVEN,
        min_window: tuple[int, int] | NotGiven | None = NOT_GIVEN,
        check: Check | NotGiven | None = NOT_GIVEN,
        attempts: int | NotGiven = NOT_GIVEN,
        messages: Mapping[str, str] | NotGiven = NOT_GIVEN,
        **unknown: object,
    ) -> Self:
        """Say what the study needs. Without any, everybody goes on and is only looked at.

        Args:
            device: a list of ``"desktop"``, ``"tablet"``, ``"phone"``.
            browsers: a list of ``"chrome"``, ``"edge"``, ``"firefox"``, ``"opera"``, ``"safari"``,
                ``"samsung"``, or a dict from them to the oldest version.
            needs: a list of ``"webassembly"``, ``"webgl"``, ``"webrtc"``, ``"keyboard"``, ``"pointer"``.
            max_rtt_ms: the longest median round trip to the server, in milliseconds.
            max_jitter_ms: the largest mean change from one round trip to the next, in milliseconds.
            max_loss: the largest share of answers, from 0 to 1, that do not come within two seconds.
            min_screen: the smallest screen, (width, height) in CSS pixels.
            min_window: the smallest window, (width, height) in CSS pixels.
            check: is called with a dict of what was found and is known about the participant; returns None,
                or a sentence for them when they cannot take part.
            attempts: how often somebody can have their window and connection looked at.
            messages: other sentences, by ``"device"``, ``"browser"`` and so on.
            **unknown: anything else is reported as a mistake.
        """
        return self

    def contradictions(self) -> list[Problem]:
        """Return what is wrong between the settings."""
        found = super().contradictions()
        needs, devices = self.setting("needs"), self.setting("device")
        if "keyboard" in needs and "phone" in devices:
            what, fix = "phones have no keyboard", 'remove "keyboard" from needs, or "phone" from device'
            found.append(self.problem("requires", "needs", what, fix))
        return found

    def requirements(self) -> Requirements:
        """Return what the study needs."""
        names = ("browsers", "needs", "max_rtt_ms", "max_jitter_ms", "max_loss", "min_screen", "min_window")
        settings = {name: self.setting(name) for name in (*names, "check", "messages")}
        return Requirements(self.setting("device"), **settings)

    def fields(self) -> Collection[str] | None:
        """Return the names of what is found."""
        sizes = ("screen_width", "screen_height", "window_width", "window_height")
        latency = ("rtt_ms", "rtt_p95_ms", "jitter_ms", "loss")
        browser = ("device", "browser", "browser_version", "user_agent")
        return [*browser, *sizes, *latency, *CAPABILITIES, "attempts", "lacks"]

    def page(self) -> dict[str, Any]:
        """Return what the page has to find out."""
        return {
            "samples": SAMPLES,
            "patience": LONGEST_MS,
            "keyboard": "keyboard" in self.setting("needs"),
            "lack": None,
        }

    def page_for(self, visitor: Visitor) -> dict[str, Any]:
        """Return why this participant cannot take part, when that was found."""
        lack = visitor.kept.notes.get("text")
        if lack is None:
            return {}
        return {"lack": lack, "again": self._may_try_again(visitor), "attempt": _attempts(visitor)}

    def accept(self, answers: Mapping[str, Any]) -> Accepted | Rejected:
        """Decide about somebody of whom nothing is known."""
        decision = self.accept_from(Visitor(), answers)
        if isinstance(decision, Continued):
            return Rejected({"": str(decision.kept.notes["text"])})
        return decision

    def accept_from(self, visitor: Visitor, answers: Mapping[str, Any]) -> Accepted | Rejected | Continued:
        """Let somebody through, or say why not; those who read why may leave, and some try again."""
        if visitor.kept.notes:
            if answers.get("leave") is True:
                return Accepted(visitor.kept.answers, SCREENED_OUT)
            if not self._may_try_again(visitor):
                return Continued(visitor.kept)
        try:
            told = Told.by(answers)
            lack = self.requirements().lack(told, visitor.facts)
        except (Implausible, CheckFailed):
            return Rejected({"": NOT_UNDERSTOOD})
        attempts = _attempts(visitor) + 1
        found = told.answers() | {"attempts": attempts, "lacks": "" if lack is None else lack.reason}
        if lack is None:
            return Accepted(found)
        return Continued(Kept(found, {"text": lack.text, "passing": lack.passing}))

    def _may_try_again(self, visitor: Visitor) -> bool:
        return visitor.kept.notes.get("passing") is True and _attempts(visitor) < self.setting("attempts")


def _attempts(visitor: Visitor) -> int:
    return int(visitor.kept.answers.get("attempts", 0))
