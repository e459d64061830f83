"""The screening scene: who fits goes on, who does not reads why, and nobody slips through."""

from __future__ import annotations

from typing import Any

import mug_screening
import pytest
from mug_screening import Monitoring, ScreeningScene

from mug.outcomes import SCREENED_OUT
from mug.scenes.scene import Accepted, Continued, Rejected, Visitor
from mug.testing import conformance
from plugins.mug_screening.tests.told import CAN, page


def screening(**requires: Any) -> ScreeningScene:
    return ScreeningScene().scene(scene_id="screening").requires(**requires)


def refused(scene: ScreeningScene, told: dict[str, Any], visitor: Visitor | None = None) -> Continued:
    decision = scene.accept_from(visitor or Visitor("s1"), told)
    assert isinstance(decision, Continued)
    return decision


EVERYTHING: dict[str, Any] = {
    "device": ["desktop"],
    "browsers": {"chrome": 110, "firefox": 115},
    "needs": ["webassembly", "webgl", "webrtc", "keyboard", "pointer"],
    "max_rtt_ms": 150,
    "max_jitter_ms": 30,
    "max_loss": 0.2,
    "min_screen": (1024, 700),
    "min_window": (800, 600),
    "check": lambda found: None,
}


@pytest.mark.parametrize("check", conformance.scene, ids=lambda check: check.__name__)
def test_it_is_a_good_scene(check: Any) -> None:
    """It keeps the laws of scenes."""
    check(lambda: screening(**EVERYTHING))


@pytest.mark.parametrize("check", conformance.plugin, ids=lambda check: check.__name__)
@pytest.mark.parametrize("plugin", [lambda: mug_screening, Monitoring], ids=["module", "Monitoring"])
def test_they_are_good_plugins(check: Any, plugin: Any) -> None:
    """The module and the object keep the laws of plugins."""
    check(plugin)


def test_who_fits_goes_on() -> None:
    """What was found becomes answers, of those names that the scene gives."""
    scene = screening(**EVERYTHING)
    assert scene.problems() == []
    decision = scene.accept_from(Visitor("s1"), page())
    assert isinstance(decision, Accepted)
    assert decision.ending == ""
    assert set(decision.answers) == set(scene.fields() or ())
    assert decision.answers["lacks"] == ""
    assert decision.answers["rtt_ms"] == 20.0


@pytest.mark.parametrize(
    ("different", "reason", "text"),
    [
        ({"mobile": True}, "device", "This study needs a desktop, and you seem to use a phone."),
        (
            {"user_agent": page()["user_agent"].replace("126", "109")},
            "browser",
            "This study needs one of these browsers: Chrome 110 or newer, Firefox 115 or newer."
            " Yours seems to be another one, or too old.",
        ),
        (
            {"can": CAN | {"keyboard": False}},
            "needs keyboard",
            "This study needs a keyboard, which your browser or your device does not have.",
        ),
        (
            {"screen": {"width": 800, "height": 1080}},
            "screen",
            "This study needs a screen of at least 1024 × 700 pixels. Yours has 800 × 1080.",  # noqa: RUF001
        ),
        ({"samples": [200.0] * 10}, "latency", None),
        ({"samples": [10.0, 100.0] * 5}, "latency", None),
        ({"samples": [20.0] * 7 + [None] * 3}, "latency", None),
        ({"samples": [None] * 10}, "latency", None),
    ],
)
def test_who_does_not_fit_reads_why(different: dict[str, Any], reason: str, text: str | None) -> None:
    """The reason is recorded, the participant reads a sentence, and leaving it leads to the ending."""
    scene = screening(**EVERYTHING)
    decision = refused(scene, page(**different))
    assert decision.kept.answers["lacks"] == reason
    shown = scene.page_for(Visitor("s1", kept=decision.kept))
    assert text is None or shown["lack"] == text
    left = scene.accept_from(Visitor("s1", kept=decision.kept), {"leave": True})
    assert left == Accepted(decision.kept.answers, SCREENED_OUT)


def test_nobody_leaves_before_they_were_looked_at() -> None:
    """Saying that one leaves, or nothing at all, is no answer."""
    scene = screening(**EVERYTHING)
    for answers in ({"leave": True}, {}, {"can": CAN}):
        assert isinstance(scene.accept_from(Visitor("s1"), answers), Rejected)


def test_what_does_not_pass_is_looked_at_once() -> None:
    """A device does not become another one by telling so."""
    scene = screening(device=["desktop"])
    decision = refused(scene, page(mobile=True))
    visitor = Visitor("s1", kept=decision.kept)
    assert scene.page_for(visitor)["again"] is False
    assert refused(scene, page(), visitor) == decision


def test_a_connection_is_looked_at_again_some_times() -> None:
    """What may pass is measured again, until the attempts are used up."""
    scene = screening(max_rtt_ms=100, attempts=2)
    slow = page(samples=[300.0] * 10)
    first = Visitor("s1", kept=refused(scene, slow).kept)
    assert scene.page_for(first)["again"] is True
    assert isinstance(scene.accept_from(first, page()), Accepted)
    second = Visitor("s1", kept=refused(scene, slow, first).kept)
    assert second.kept.answers["attempts"] == 2
    assert scene.page_for(second)["again"] is False
    assert refused(scene, page(), second).kept == second.kept


def test_the_studys_own_check() -> None:
    """It sees what was found and is known, and a sentence of its turns somebody away."""
    scene = screening(check=lambda found: "Not with yours." if found["webgl"] and found["age"] > 9 else None)
    assert isinstance(scene.accept_from(Visitor("s1", facts={"age": 9}), page()), Accepted)
    decision = refused(scene, page(), Visitor("s1", facts={"age": 10}))
    assert (decision.kept.answers["lacks"], decision.kept.notes["text"]) == ("check", "Not with yours.")


def test_a_check_that_fails_lets_nobody_through(caplog: pytest.LogCaptureFixture) -> None:
    """An exception, or an answer that is none, is the researcher's to read; people can try again."""
    for check in (lambda found: 1 / 0, lambda found: False):
        assert isinstance(screening(check=check).accept_from(Visitor("s1"), page()), Rejected)
    assert "ZeroDivisionError" in caplog.text
    assert "check must return a sentence or None, got False" in caplog.text


def test_messages_of_the_study() -> None:
    """A study says it in its own words."""
    scene = screening(device=["desktop"], messages={"device": "Bitte am Computer."})
    assert refused(scene, page(mobile=True)).kept.notes["text"] == "Bitte am Computer."


@pytest.mark.parametrize(
    ("requires", "where"),
    [
        ({"device": "desktop"}, "device"),
        ({"device": ["fridge"]}, "device"),
        ({"browsers": {"crome": 100}}, "browsers"),
        ({"browsers": {"chrome": "100"}}, "browsers"),
        ({"needs": ["smell"]}, "needs"),
        ({"needs": ["keyboard"], "device": ["phone"]}, "needs"),
        ({"max_rtt_ms": 0}, "max_rtt_ms"),
        ({"max_loss": 2}, "max_loss"),
        ({"min_screen": (0, 100)}, "min_screen"),
        ({"check": lambda: None}, "check"),
        ({"attempts": 0}, "attempts"),
        ({"messages": {"weather": "Rain."}}, "messages"),
        ({"messages": {"device": " "}}, "messages"),
    ],
)
def test_wrong_settings_are_reported(requires: dict[str, Any], where: str) -> None:
    """Each mistake is reported with the setting."""
    (problem,) = screening(**requires).problems()
    assert f".requires({where}=)" in problem.where


@pytest.mark.parametrize(
    "settings",
    [
        {"max_inactive": 0},
        {"max_away": 1.5},
        {"max_rtt_ms": "100"},
        {"warn_inactive_s": -1},
        {"warn_away_s": True},
        {"grace_s": None},
        {"consequence": "kick"},
        {"check": 3},
        {"warnings": {"inactive": ""}},
        {"warnings": {"away": "Please come back."}},
        {"warnings": {"sleep": "Wake up."}},
    ],
)
def test_wrong_settings_of_the_monitoring(settings: dict[str, Any]) -> None:
    """Each mistake is one problem that names the setting; the defaults have none."""
    (problem,) = Monitoring(**settings).mug_check(None)
    assert problem.what.startswith(next(iter(settings)))
    assert list(Monitoring().mug_check(None)) == []
