"""Consent: agreeing has to be said, declining is an ending, and what was read can be proved."""

from __future__ import annotations

import hashlib

import pytest
from mug_surveys import Agree, Choice, ConsentScene, Likert, Note, Page

from mug.outcomes import DECLINED
from mug.scenes.scene import Accepted, Continued, Rejected, Visitor
from plugins.mug_surveys.tests.setups import consent

VISITOR = Visitor("s1", 1)


def two_statements(**display: str) -> ConsentScene:
    statements = Agree("data", "My data may be used."), Agree("mail", "Write to me.", required=False)
    return consent(*statements, version="2", **{"scene_header": "Consent"} | display)


def test_agreeing_is_recorded_with_version_and_hash() -> None:
    """The answer names the version and the hash of everything that was read."""
    scene = two_statements()
    assert scene.problems() == []
    decision = scene.accept_from(VISITOR, {"$step": 0, "data": True, "agreed": True})
    assert isinstance(decision, Accepted)
    text = "Consent\n<p>Read this.</p>\nMy data may be used.\nWrite to me.\n"
    assert decision.ending == ""
    assert decision.answers == {
        "agreed": True, "version": "2", "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "data": True, "mail": False, "_order": ["data", "mail"], "_seconds": {"data": None, "mail": None},
    }  # fmt: skip
    assert two_statements(scene_body="<p>Read that.</p>").sha256() != scene.sha256()


def test_the_hash_is_of_everything_that_is_read() -> None:
    """Also of notes in HTML, headings of the page, the answers to choose from, and the ends of scales."""

    def hash_of(risk: str = "none", header: str = "Please read", option: str = "by mail", end: str = "never"):
        page = Page(
            Note(html=f"<p>Risks: {risk}</p>"),
            Choice("how", "How may we write?", options=[("a", option), ("b", "not at all")]),
            Likert("often", "How often?", low=end),
            header=header,
        )
        scene = ConsentScene().scene(scene_id="c").display(scene_body="<p>Text</p>").consent(version="1")
        return scene.questions(page).sha256()

    changed = [
        hash_of(risk="some"), hash_of(header="Read"), hash_of(option="by phone"), hash_of(end="rarely"),
    ]  # fmt: skip
    assert len({hash_of(), *changed}) == 5


def test_what_was_read_is_what_is_agreed_to() -> None:
    """A page that shows an earlier text, from before the server was started anew, is shown the new one."""
    old, new = consent(), consent(scene_body="<p>Read that.</p>")
    sent = {"$step": 0, "data": True, "agreed": True, "sha256": old.page()["consent"]["sha256"]}
    assert isinstance(old.accept_from(VISITOR, sent), Accepted)
    assert new.accept_from(VISITOR, sent) == Continued(VISITOR.kept)
    declined = new.accept_from(VISITOR, sent | {"agreed": False})
    assert isinstance(declined, Accepted)
    assert declined.ending == DECLINED


def test_declining_needs_no_answers() -> None:
    """Whoever declines is asked for nothing more, and their ending is that of those who decline."""
    decision = two_statements().accept_from(VISITOR, {"$step": 0, "agreed": False})
    assert isinstance(decision, Accepted)
    assert (decision.ending, decision.answers["agreed"]) == (DECLINED, False)
    assert "data" not in decision.answers


@pytest.mark.parametrize("agreed", [None, "yes", 1, 0, [], "", {}])
def test_nothing_but_yes_and_no_is_an_answer(agreed) -> None:
    """What is neither true nor false neither agrees nor declines."""
    assert isinstance(
        two_statements().accept_from(VISITOR, {"$step": 0, "data": True, "agreed": agreed}), Rejected
    )


def test_statements_have_to_be_ticked() -> None:
    """Agreeing without a tick where one is needed is no consent."""
    decision = two_statements().accept_from(VISITOR, {"$step": 0, "data": False, "agreed": True})
    assert decision == Rejected({"data": "Please tick this to go on."})


def test_a_consent_without_statements() -> None:
    """A text and two buttons are enough."""
    scene = (
        ConsentScene()
        .scene(scene_id="c")
        .display(scene_body="<p>Read this.</p>")
        .consent(version="1", agree="Yes!")
    )
    assert scene.problems() == []
    shown = {"agree": "Yes!", "decline": "I do not agree", "sha256": scene.sha256()}
    assert scene.page()["consent"] == shown
    decision = scene.accept_from(VISITOR, {"agreed": True, "$step": 0})
    assert isinstance(decision, Accepted)
    assert set(decision.answers) == {"agreed", "version", "sha256"} == set(scene.fields() or ())
