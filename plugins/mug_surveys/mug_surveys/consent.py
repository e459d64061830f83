"""The scene that asks for consent."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Self

from mug.configurations.kinds import Text
from mug.configurations.settings import NOT_GIVEN, NotGiven, Setting, Settings
from mug.errors import Problem
from mug.outcomes import DECLINED
from mug.scenes.scene import Accepted, Continued, Rejected, Visitor
from mug_surveys.pages import Item, Page, Quiz
from mug_surveys.question import Question
from mug_surveys.questions import Note
from mug_surveys.survey import Survey

CONSENT = Settings(
    "consent",
    Setting("version", Text(100), "Which version of the text this is; stored with each answer."),
    Setting("agree", Text(200), "What stands on the button to agree.", ""),
    Setting("decline", Text(200), "What stands on the button to decline.", ""),
)
AGREED, VERSION, SHA256 = "agreed", "version", "sha256"


class ConsentScene(Survey):
    """A text to agree to or to decline, with statements to tick if there are any.

    Whoever declines goes to the `EndScene` with the outcome ``declined``, or to the last scene when there is
    none. The answers are ``agreed``, ``version`` and ``sha256``, the hash of what was read; when they were
    given is in the data as for every scene.
    """

    asks_something = False

    @CONSENT.implements
    def consent(
        self,
        *,
        version: str | NotGiven = NOT_GIVEN,
        agree: str | NotGiven = NOT_GIVEN,
        decline: str | NotGiven = NOT_GIVEN,
        **unknown: object,
    ) -> Self:
        """Say which version of the text this is, and what stands on the buttons.

        Args:
            version: which version of the text this is.
            agree: what stands on the button to agree.
            decline: what stands on the button to decline.
            **unknown: anything else is reported as a mistake.
        """
        return self

    def contradictions(self) -> list[Problem]:
        """Return what is wrong between the settings."""
        found = super().contradictions()
        if not self.body():
            what, fix = "there is nothing to agree to", 'write .display(scene_body_filepath="consent.html")'
            found.append(self.problem("display", "scene_body", what, fix))
        if not self.setting("version") and not self.wrong("version"):
            what, fix = "the text has no version", 'write .consent(version="1")'
            found.append(self.problem("consent", "version", what, fix))
        if len(self.all_pages) > 1 or any(isinstance(page, Quiz) for page in self.all_pages):
            what, fix = "a consent has one page, without a quiz", "ask other things in a Survey after it"
            found.append(self.problem("questions", "parts", what, fix))
        for question in self.all_questions:
            if question.name in (AGREED, VERSION, SHA256):
                what = f"'{question.name}' is the name of one of the consent's own answers"
                found.append(self.problem("questions", "parts", what, "give the question another name"))
        return found

    def document(self) -> str:
        """Return everything that is read and agreed to, the text that ``sha256`` is the hash of."""
        header = (self.setting("scene_header"), self.setting("scene_subheader"))
        parts = [part for page in self.all_pages for part in (page, *page.items)]
        statements = [text for part in parts for text in _wording(part)]
        return "\n".join(text for text in (*header, self.body(), *statements) if text) + "\n"

    def sha256(self) -> str:
        """Return the hash of `document` in UTF-8."""
        return hashlib.sha256(self.document().encode()).hexdigest()

    def fields(self) -> Collection[str] | None:
        """Return the names of the answers."""
        return [AGREED, VERSION, SHA256, *(super().fields() or ())]

    def page(self) -> dict[str, Any]:
        """Return the text, and what stands on the two buttons."""
        texts = self.texts
        agree = self.setting("agree") or texts["consent_agree"]
        decline = self.setting("decline") or texts["consent_decline"]
        return super().page() | {"consent": {"agree": agree, "decline": decline, SHA256: self.sha256()}}

    def accept(self, answers: Mapping[str, Any]) -> Accepted | Rejected:
        """Judge the answer of somebody about whom nothing is known."""
        decision = self._judged(answers, super().accept(answers))
        return (
            decision if isinstance(decision, Accepted | Rejected) else Rejected({"": self.texts["required"]})
        )

    def accept_from(self, visitor: Visitor, answers: Mapping[str, Any]) -> Accepted | Rejected | Continued:
        """Judge what a participant sends: agreeing or declining has to be said, whatever is ticked.

        Whoever agrees to another text than this, which was changed meanwhile, is shown this one.
        """
        if answers.get(AGREED) is True and answers.get(SHA256, self.sha256()) != self.sha256():
            return Continued(visitor.kept)
        return self._judged(answers, super().accept_from(visitor, answers))

    def _judged(
        self, answers: Mapping[str, Any], decision: Accepted | Rejected | Continued
    ) -> Accepted | Rejected | Continued:
        agreed = answers.get(AGREED)
        own = {AGREED: agreed, VERSION: self.setting("version"), SHA256: self.sha256()}
        if agreed is False:
            return Accepted(own, DECLINED)
        if agreed is not True:
            return Rejected({"": self.texts["required"]})
        return Accepted(own | dict(decision.answers)) if isinstance(decision, Accepted) else decision


def _wording(part: Page | Item) -> Iterator[str]:
    """Yield what is read of a page, a note or a question: its texts, and the answers to choose from."""
    yield from (text.source for text in part.texts())
    if isinstance(part, Note):
        yield part.get("html")
    if isinstance(part, Question):
        definition = part.definition()
        for name in ("lines", "options"):
            yield from (option["label"] for option in definition.get(name, ()))
        yield from (definition[name] for name in ("low", "high") if name in definition)
