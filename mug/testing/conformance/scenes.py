"""The laws of scenes: one object serves every participant, trusts nobody, and knows what is wrong with it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

import orjson

from mug.configurations.settings import settings_of
from mug.errors import MugError, Problem
from mug.scenes.scene import Accepted, Continued, Rejected, Scene, Visitor
from mug.testing.conformance.failure import blaming, require

Factory = Callable[[], Scene]
KIND = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
GARBAGE: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**30,
    1e308,
    "",
    "x" * 5000,
    "<script>alert(1)</script>",
    "\x00\ud800",
    [],
    [[[]]],
    {},
    {"": None},
    {"a": [1, "b", None, {"c": {}}]},
)
"""What a browser may send in place of an answer: any JSON value."""
VISITOR = Visitor("subject-1", seed=1)


def check_says_what_shows_it(factory: Factory) -> None:
    """``kind`` names the view that shows the scene."""
    kind = factory().kind
    require(
        isinstance(kind, str) and KIND.fullmatch(kind), f"kind must be a name like 'survey', got {kind!r}"
    )


def check_a_missing_name_is_a_problem(factory: Factory) -> None:
    """A scene without scene_id says so."""
    scene = _blank(factory)
    found = _problems(scene)
    require(
        any("scene_id" in problem.where for problem in found),
        "a scene without scene_id does not report that: extend super().problems()",
    )


def check_mistakes_are_collected(factory: Factory) -> None:
    """Wrong and unknown settings raise nothing; each becomes a problem, unless the setting takes anything."""
    strange = _Strange()
    for table in settings_of(type(factory())):
        for name in ("no_such_setting", *(setting.name for setting in table)):
            scene = _named(factory)
            call = f".{table.method}({name}={strange!r})"
            with blaming(call):
                result = getattr(scene, table.method)(**{name: strange})
            require(
                result is scene, f".{table.method}() does not return the scene, so calls cannot be chained"
            )
            complaints = [problem for problem in _problems(scene) if f".{table.method}(" in str(problem)]
            taken = name in scene.known_settings and scene.setting(name) is strange
            require(complaints or taken, f"{call} is neither used nor reported as a problem")


def check_the_page_is_json(factory: Factory) -> None:
    """What the page shows consists of JSON values, so that it can be sent and stored."""
    scene = _ready(factory)
    for page in (_page(scene), _page_for(scene)):
        for place, value in _parts(page, "page"):
            plain = value is None or isinstance(value, str | bool | int | list | tuple | dict)
            finite = isinstance(value, float) and math.isfinite(value)
            require(plain or finite, f"{place} is {value!r}, which is not a JSON value")
        with blaming("writing the page as JSON"):
            orjson.dumps(page)


def check_the_page_is_always_the_same(factory: Factory) -> None:
    """The page is the same for every participant, whatever becomes of the one that was given away."""
    scene = _ready(factory)
    first = _page(scene)
    kept = deepcopy(first)
    first["added"] = "by a participant's server"
    for value in first.values():
        if isinstance(value, list):
            value.append("added")
        elif isinstance(value, dict):
            value["added"] = "too"
    require(
        _page(scene) == kept,
        "page() gives something else when it is asked again, or gives away its own state",
    )


def check_any_answer_is_accepted_or_rejected(factory: Factory) -> None:
    """Whatever a browser sends, accept() decides; it never raises."""
    scene = _ready(factory)
    for answers in _answers(scene):
        with blaming(f"accept({_short(answers)})"):
            decision = scene.accept(answers)
        require(
            isinstance(decision, Accepted | Rejected),
            f"accept({_short(answers)}) returned {decision!r}: return Accepted(...) or Rejected(...)",
        )
        with blaming(f"accept_from(visitor, {_short(answers)})"):
            personal = scene.accept_from(VISITOR, answers)
        require(
            isinstance(personal, Accepted | Rejected | Continued),
            f"accept_from(visitor, {_short(answers)}) returned {personal!r}, which is no decision",
        )


def check_rejections_are_explained(factory: Factory) -> None:
    """A rejection says in at least one sentence what the participant should put right."""
    scene = _ready(factory)
    for answers in _answers(scene):
        with blaming(f"accept({_short(answers)})"):
            decision = scene.accept(answers)
        if isinstance(decision, Rejected):
            sentences = list(decision.errors.values())
            require(
                sentences and all(isinstance(text, str) and text.strip() for text in sentences),
                f"accept({_short(answers)}) rejected without a sentence for the participant: {decision!r}",
            )


def check_only_its_own_answers_are_stored(factory: Factory) -> None:
    """What is accepted are storable values for the scene's fields, and nothing else that came in."""
    scene = _ready(factory)
    with blaming("fields()"):
        fields = scene.fields()
    for answers in _answers(scene):
        with blaming(f"accept({_short(answers)})"):
            decision = scene.accept(answers)
        if not isinstance(decision, Accepted):
            continue
        strangers = sorted(set(decision.answers) - set(fields)) if fields is not None else []
        require(not strangers, f"accept() stored {strangers[:3]}, which fields() does not name")
        with blaming(f"storing what accept({_short(answers)}) gave as JSON"):
            orjson.dumps(dict(decision.answers))


def check_accepting_changes_nothing(factory: Factory) -> None:
    """Neither the scene nor the answers are changed by accepting: one object serves every participant."""
    scene = _ready(factory)
    page, problems = _page(scene), _problems(scene)
    for answers in _answers(scene):
        kept = deepcopy(answers)
        with blaming(f"accept({_short(answers)})"):
            first, second = scene.accept(answers), scene.accept(answers)
        require(answers == kept, f"accept({_short(answers)}) changed the answers")
        require(first == second, f"accept({_short(answers)}) decided differently the second time")
    require(_page(scene) == page and _problems(scene) == problems, "accept() changed the scene")


def check_frozen_means_frozen(factory: Factory) -> None:
    """After freeze() no setting can be changed."""
    scene = _ready(factory)
    with blaming("freeze()"):
        scene.freeze()
    before = scene.scene_id
    for table in settings_of(type(scene)):
        try:
            getattr(scene, table.method)()
        except MugError:
            continue
        require(False, f".{table.method}() can still be called after freeze()")
    require(scene.scene_id == before, "the frozen scene has another scene_id")


CLASS_CHECKS: Sequence[Callable[[Factory], None]] = (
    check_says_what_shows_it,
    check_a_missing_name_is_a_problem,
    check_mistakes_are_collected,
)
"""Those that hold for a scene on which nothing was set yet."""

CHECKS: Sequence[Callable[[Factory], None]] = (
    *CLASS_CHECKS,
    check_the_page_is_json,
    check_the_page_is_always_the_same,
    check_any_answer_is_accepted_or_rejected,
    check_rejections_are_explained,
    check_only_its_own_answers_are_stored,
    check_accepting_changes_nothing,
    check_frozen_means_frozen,
)


class _Strange:
    """A value that hardly any setting takes."""

    def __repr__(self) -> str:
        return "<something strange>"


def _blank(factory: Factory) -> Scene:
    """A scene of the same class on which nothing was set."""
    kind = type(factory())
    with blaming(f"{kind.__name__}() without arguments"):
        return kind()


def _named(factory: Factory) -> Scene:
    scene = factory()
    return scene if scene.scene_id else scene.scene(scene_id="checked")


def _ready(factory: Factory) -> Scene:
    """A scene as participants meet it: without problems."""
    scene = _named(factory)
    found = _problems(scene)
    require(not found, f"the scene to check must be without problems, but: {found[0].what}" if found else "")
    return scene


def _page(scene: Scene) -> dict[str, Any]:
    with blaming("page()"):
        page = scene.page()
    require(isinstance(page, dict), f"page() must return a dict, got {page!r}")
    return page


def _page_for(scene: Scene) -> dict[str, Any]:
    with blaming("page_for(visitor)"):
        page = scene.page_for(VISITOR)
    require(isinstance(page, dict), f"page_for() must return a dict, got {page!r}")
    return page


def _problems(scene: Scene) -> list[Problem]:
    with blaming("problems()"):
        found = list(scene.problems())
    for problem in found:
        require(isinstance(problem, Problem) and problem.what, f"problems() gave {problem!r}, not a Problem")
    return found


def _answers(scene: Scene) -> Iterator[dict[str, Any]]:
    """Answers of every sort: none, garbage in each field, in all of them, and in fields that do not exist."""
    with blaming("fields()"):
        fields = sorted(scene.fields() or ())
    yield {}
    yield {"no_such_field": "x", "": 1, "__proto__": {"polluted": True}, "x" * 500: None}
    for value in GARBAGE:
        yield dict.fromkeys(fields, value) | {"no_such_field": value}
        for field in fields:
            yield {field: value}


def _parts(value: object, place: str) -> Iterator[tuple[str, object]]:
    """A value and everything in it, each with where it is."""
    yield place, value
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _parts(key, f"the key {key!r} of {place}") if not isinstance(key, str) else ()
            require(isinstance(key, str), f"{place} has the key {key!r}, and JSON's keys are text")
            yield from _parts(part, f"{place}[{key!r}]")
    elif isinstance(value, list | tuple):
        for index, part in enumerate(value):
            yield from _parts(part, f"{place}[{index}]")


def _short(answers: Mapping[str, Any]) -> str:
    text = ascii(answers)
    return text if len(text) <= 80 else text[:79] + "…"
