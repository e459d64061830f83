"""Pages: what they show, what they take, and what they report as mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mug.errors import MugError, Problem
from mug.scenes.scene import Accepted, Need, Rejected, Scene, Visitor
from mug.scenes.static_scene import CompletionCodeScene, EndScene, StartScene, StaticScene, WaitScene

FORM = """
<input id="age" type="number" required>
<textarea name='thoughts'></textarea>
<input type="checkbox" id=agree>
"""


def page(**given: Any) -> StaticScene:
    return StaticScene().scene(scene_id="page").display(**given)


def form() -> StaticScene:
    return page(scene_body=FORM, element_ids=["age", "thoughts", "agree"])


def only(scene: Scene) -> Problem:
    (problem,) = scene.problems()
    return problem


@pytest.mark.parametrize(
    ("cls", "kind", "ends", "wants_code"),
    [
        (StaticScene, "static", False, False),
        (StartScene, "static", False, False),
        (WaitScene, "wait", False, False),
        (EndScene, "end", True, False),
        (CompletionCodeScene, "end", True, True),
    ],
)
def test_kinds_of_pages(cls: type[StaticScene], kind: str, ends: bool, wants_code: bool) -> None:
    """Each class says which view shows it, whether it ends the experiment, and whether it gives a code."""
    scene = cls().scene(scene_id="here")
    assert (scene.kind, scene.ends, scene.wants_code) == (kind, ends, wants_code)
    assert scene.problems() == []
    assert scene.needs() == [Need("mug_scenes", kind, "scene 'here'")]


def test_a_scene_needs_a_name() -> None:
    """The name is what data and other settings go by."""
    assert only(StartScene()).where == "a StartScene without scene_id, .scene(scene_id=)"
    assert only(StartScene().scene(scene_id="a b")).fix == "write scene_id='a_b'"


def test_the_page_shows_what_was_given() -> None:
    """The payload has the texts and the fields, as JSON values."""
    scene = page(scene_header="Hello", scene_subheader="there", scene_body="<p>x</p>")
    assert scene.page() == {"header": "Hello", "subheader": "there", "body": "<p>x</p>", "fields": []}
    assert orjson.dumps(form().page())


def test_the_content_can_be_a_file(tmp_path: Path) -> None:
    """A file stands for the content; both at once are a contradiction."""
    (tmp_path / "page.html").write_text("<b>from a file</b>")
    scene = page(scene_body_filepath=tmp_path / "page.html")
    assert scene.page()["body"] == "<b>from a file</b>"
    scene.display(scene_body="<i>again</i>")
    assert "given twice" in only(scene).what


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<script>alert(1)</script>", "has a <script>"),
        ("<SCRIPT src=x>", "has a <script>"),
        ('<button onclick="go()">', "script attribute onclick="),
        ('<img src="a.png"onerror=go()>', "script attribute onerror="),
        ('<a href="javascript:go()">x</a>', "javascript: address"),
        ('<img src="https://example.org/a.png">', "loads https://example.org/a.png from another host"),
        ("<iframe width=3 src=//example.org/x></iframe>", "loads //example.org/x from another host"),
    ],
)
def test_what_browsers_would_silently_drop_is_a_problem(html: str, said: str, tmp_path: Path) -> None:
    """Scripts and other hosts' content do not work in a page, given as a text or as a file."""
    assert said in only(page(scene_body=html)).what
    (tmp_path / "page.html").write_text(html)
    assert said in only(page(scene_body_filepath=tmp_path / "page.html")).what


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://example.org">a link</a>',
        '<img src="pictures/map.png">',
        "<p>The description, on=1 and scripts</p>",
        "a < b and one > two",
    ],
)
def test_ordinary_html_is_accepted(html: str) -> None:
    """Links to other sites, own pictures and plain words are fine."""
    assert page(scene_body=html).problems() == []


def test_fields_must_be_in_the_content() -> None:
    """A field that the content does not have would never be answered."""
    assert form().problems() == []
    problem = only(page(scene_body=FORM, element_ids=["age", "agee"]))
    assert "no form field with the id or name 'agee'" in problem.what


def test_answers_are_the_declared_fields() -> None:
    """What is kept are the fields that the scene declares, with nothing else that came along."""
    answers = {"age": "31", "thoughts": "none", "agree": True, "admin": "yes"}
    assert form().accept(answers) == Accepted({"age": "31", "thoughts": "none", "agree": True})


def test_required_fields_must_be_answered() -> None:
    """The server holds what the attribute ``required`` promises; other fields may stay empty."""
    for nothing in ({}, {"age": None}, {"age": "  "}):
        result = form().accept(nothing)
        assert isinstance(result, Rejected)
        assert set(result.errors) == {"age"}
    assert form().accept({"age": "3"}) == Accepted({"age": "3", "thoughts": "", "agree": ""})
    assert form().accept({"age": 0, "agree": False}) == Accepted({"age": 0, "thoughts": "", "agree": False})


@pytest.mark.parametrize("value", ["x" * 20_001, {"a": 1}, [1, 2], ["x" * 1001], ["a"] * 1001, float("inf")])
def test_answers_that_cannot_be_stored_are_refused(value: Any) -> None:
    """Neither oversized nor structured values get into the data."""
    result = form().accept({"age": "3", "thoughts": value})
    assert isinstance(result, Rejected)
    assert set(result.errors) == {"thoughts"}


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["age", "thoughts", "agree", "", "x"]), JSON, max_size=5))
def test_whatever_a_browser_sends_is_answered_with_a_decision(answers: dict[str, Any]) -> None:
    """Any JSON is either accepted, and then storable, or rejected with sentences; it never raises."""
    result = form().accept(answers)
    if isinstance(result, Accepted):
        assert set(result.answers) == {"age", "thoughts", "agree"}
        assert orjson.loads(orjson.dumps(dict(result.answers))) == result.answers
    else:
        assert result.errors
        assert all(sentence.endswith(".") for sentence in result.errors.values())


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=3))
def test_pages_without_fields_keep_nothing(answers: dict[str, Any]) -> None:
    """A page that declares no fields stores none, whatever it is sent."""
    assert page(scene_body=FORM).accept(answers) == Accepted({})


def test_an_ending_can_lead_to_another_site() -> None:
    """The address is the same for all, or ends with the participant's id, made safe."""
    end = EndScene().scene(scene_id="end")
    assert end.redirect_url("p 1") is None
    assert end.page_for(Visitor("p 1")) == {}
    assert end.redirect(url="https://example.org/thanks").redirect_url("p 1") == "https://example.org/thanks"
    end.redirect(url="https://example.org/?id=", append_subject_id=True)
    assert end.problems() == []
    assert end.page_for(Visitor("p&1"))["redirect"]["url"] == "https://example.org/?id=p%261"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"url": "https://example.org/thanks", "append_subject_id": True}, "glued to the end"),
        ({"append_subject_id": True}, "needs an address"),
        ({"url": "example.org"}, "must be a full address"),
        ({"url": "javascript:alert(1)"}, "must be a full address"),
    ],
)
def test_redirects_that_cannot_work_are_problems(given: dict[str, Any], said: str) -> None:
    """A wrong address, or an id that would become part of a word."""
    assert said in only(EndScene().scene(scene_id="end").redirect(**given)).what


def test_the_suggested_address_is_right() -> None:
    """The fix for an id glued to a word is an address that works."""
    end = EndScene().scene(scene_id="end").redirect(url="https://example.org/a?b=1", append_subject_id=True)
    assert "https://example.org/a?b=1&id=" in only(end).fix


def test_a_frozen_scene_cannot_be_changed() -> None:
    """Participants see the scene that was checked."""
    scene = page(scene_header="Hello")
    scene.freeze()
    with pytest.raises(MugError):
        scene.display(scene_header="Bye")
    assert scene.page()["header"] == "Hello"


def test_a_plugin_can_make_a_scene_of_its_own() -> None:
    """A subclass that says its kind, its payload and its answers is a scene like any other."""

    class Slider(StaticScene):
        kind = "slider"

        def fields(self) -> tuple[str, ...]:
            return ("value",)

        def page(self) -> dict[str, Any]:
            return super().page() | {"steps": 5}

        def accept(self, answers: Any) -> Accepted | Rejected:
            value = answers.get("value")
            return Accepted({"value": value}) if value in range(5) else Rejected({"value": "Please move it."})

    slider = Slider().scene(scene_id="how_much").display(scene_header="How much?")
    assert slider.problems() == []
    assert slider.page()["steps"] == 5
    assert slider.accept({"value": 9}) == Rejected({"value": "Please move it."})
    assert slider.needs()[0].name == "slider"


def test_an_ending_leads_on_when_it_can_have_been_read() -> None:
    """The more there is to read the longer it stays, within limits; what is markup is not read."""
    body = "<p class='much more markup than text'>" + "word " * 40 + "</p>"
    end = EndScene().scene(scene_id="end").redirect(url="https://example.org/thanks")
    assert end.page_for(Visitor())["redirect"]["seconds"] == 5
    assert end.display(scene_header="Two words", scene_body=body).reading_seconds() == 17
    assert end.reading_seconds("Eight more words, which say something of money.") == 20
    assert end.reading_seconds("word " * 1000) == 60
