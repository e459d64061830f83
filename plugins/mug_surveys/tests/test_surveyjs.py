"""A SurveyJS definition is a scene: what cannot work is said beforehand, what comes back is not trusted."""

from __future__ import annotations

import json

import pytest
from mug_surveys import SurveyJsScene

from mug.scenes.scene import Accepted, Rejected
from mug.testing import conformance

DEFINITION = {
    "calculatedValues": [{"name": "sum", "expression": "1", "includeIntoResult": True}, {"name": "hidden"}],
    "pages": [
        {
            "elements": [
                {"type": "text", "name": "name", "isRequired": True},
                {"type": "panel", "elements": [{"type": "rating", "name": "fun", "isRequired": True}]},
                {"type": "text", "name": "why", "isRequired": True, "visibleIf": "{fun} > 3"},
            ]
        },
        {"visibleIf": "{fun} > 1", "elements": [{"type": "matrix", "name": "more", "isRequired": True}]},
    ],
}


def scene(definition: object = DEFINITION) -> SurveyJsScene:
    return SurveyJsScene(definition).scene(scene_id="s")


@pytest.mark.parametrize("check", conformance.scene, ids=lambda check: check.__name__)
def test_it_is_a_good_scene(check) -> None:
    """It keeps the laws of scenes."""
    check(scene)


def test_what_is_asked_is_stored_and_nothing_else() -> None:
    """Answers, comments and calculated values are taken; names that the definition does not have are not."""
    given = {"name": "Ann", "fun": 4, "name-Comment": "x", "more": {"row": 1}, "sum": 1}
    assert scene().accept(given | {"hidden": 1, "$page": 1, "other": "x"}) == Accepted(given)


def test_required_questions_that_everybody_sees_are_insisted_on() -> None:
    """What is always shown and required must be there; what depends on answers is SurveyJS's to check."""
    decision = scene().accept({"name": " "})
    assert isinstance(decision, Rejected)
    assert set(decision.errors) == {"name", "fun"}


def test_answers_are_where_surveyjs_puts_them() -> None:
    """A question can store its answer under another name, and a trigger can write one."""
    definition = {
        "elements": [{"type": "text", "name": "q1", "valueName": "shared", "isRequired": True}],
        "triggers": [{"type": "setvalue", "expression": "true", "setToName": "late", "setValue": 1}],
    }
    given = {"shared": "x", "shared-Comment": "y", "late": 1}
    assert scene(definition).accept(given | {"q1": "z"}) == Accepted(given)


REQUIRED = {"type": "text", "name": "q", "isRequired": True}


@pytest.mark.parametrize(
    "definition",
    [
        {"elements": [REQUIRED | {"readOnly": True}]},
        {"elements": [REQUIRED | {"enableIf": "{other} = 1"}]},
        {"elements": [{"type": "panel", "readOnly": True, "elements": [REQUIRED]}]},
        {"elements": [REQUIRED | {"type": "expression"}]},
        {"elements": [REQUIRED], "triggers": [{"type": "complete", "expression": "{other} = 1"}]},
        {"elements": [REQUIRED], "timeLimit": 60},
        {"pages": [{"timeLimit": 60, "elements": [REQUIRED]}]},
        {"elements": [REQUIRED], "validationEnabled": False},
        {"elements": [REQUIRED], "mode": "display"},
    ],
)
def test_nobody_is_stuck_at_what_surveyjs_lets_pass(definition) -> None:
    """Where SurveyJS may do without an answer to a required question, so does the server."""
    assert scene(definition).accept({}) == Accepted({})
    assert isinstance(scene({"elements": [REQUIRED]}).accept({}), Rejected)


@pytest.mark.parametrize(
    "value", ["x" * 100_000, [[[[[[[[[[1]]]]]]]]]], 10**30, {"a": "\ud800"}, ["x"] * 2000]
)
def test_what_cannot_be_stored_is_refused(value) -> None:
    """Sizes are limited, whatever the browser says."""
    decision = scene().accept({"name": "Ann", "fun": 1, "more": value})
    assert isinstance(decision, Rejected)
    assert set(decision.errors) == {"more"}


@pytest.mark.parametrize(
    ("definition", "what"),
    [
        ({}, "no questions"),
        ({"elements": [{"type": "file", "name": "f"}]}, "cannot be uploaded"),
        ({"elements": [{"type": "text", "name": "$f"}]}, "begins with"),
        ({"elements": [{"type": "html", "name": "h", "html": "<script>"}]}, "<script>"),
        (
            {"elements": [{"type": "image", "name": "i", "imageLink": "https://example.org/x.png"}]},
            "another host",
        ),
        (
            {"elements": [{"type": "dropdown", "name": "d", "choicesByUrl": {"url": "//example.org"}}]},
            "another host",
        ),
        ({"elements": [{"type": "text", "name": {1, 2}}]}, "no JSON object"),
        (3, "definition must be"),
    ],
)
def test_what_cannot_work_is_said_beforehand(definition, what) -> None:
    """Each thing that SurveyJS could do elsewhere and cannot do here is a problem."""
    assert any(what in problem.what for problem in scene(definition).problems())


def test_a_file(tmp_path) -> None:
    """The definition can be a file; one that holds none is a problem."""
    (tmp_path / "survey.json").write_text(json.dumps(DEFINITION))
    (tmp_path / "list.json").write_text("[1]")
    good = SurveyJsScene().scene(scene_id="s").survey(definition_filepath=tmp_path / "survey.json")
    assert good.problems() == []
    assert good.fields() == scene().fields()
    bad = SurveyJsScene().scene(scene_id="s").survey(definition_filepath=tmp_path / "list.json")
    assert ["no JSON object" in problem.what for problem in bad.problems()] == [True]
    assert "no definition, or two" in SurveyJsScene().scene(scene_id="s").problems()[0].what
