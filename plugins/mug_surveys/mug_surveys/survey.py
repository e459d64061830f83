"""The scene that asks questions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from mug.configurations.kinds import Choice as OneText
from mug.configurations.kinds import FileText, Flag, MappingOf, Readable, Text, TextFile, Whole
from mug.configurations.settings import NOT_GIVEN, NotGiven, Setting, Settings, WrongValue
from mug.errors import Problem, did_you_mean
from mug.scenes.html import Html, html_trouble
from mug.scenes.pictures import Picture
from mug.scenes.scene import Accepted, Continued, Rejected, Scene, Visitor
from mug_surveys.judging import Judge, Rules
from mug_surveys.pages import Item, Page, Quiz
from mug_surveys.parts import PartsKind
from mug_surveys.question import Part, Question
from mug_surveys.survey_checks import problems_between
from mug_surveys.texts import TEXTS

DISPLAY = Settings(
    "display",
    Setting("scene_header", Text(2000), "The heading, as plain text."),
    Setting("scene_subheader", Text(2000), "A line below the heading, as plain text."),
    Setting("scene_body", Html(), "What stands above the questions of the first page, as HTML."),
    Setting("scene_body_filepath", TextFile("the path of an HTML file"), "A file with that, instead."),
)
QUESTIONS = Settings(
    "questions",
    Setting("parts", PartsKind(), "Questions, notes, pages, quizzes and questionnaires, in their order.", ()),
)
PAGES = Settings(
    "pages",
    Setting("shuffle", Flag(), "Whether the pages come in another order for each participant.", False),
    Setting("back", Flag(), "Whether participants may go back to earlier pages.", True),
    Setting("numbers", Flag(), "Whether it is shown which page of how many this is.", True),
)
CHECKS = Settings(
    "checks",
    Setting(
        "most_failed",
        Whole(0, 500),
        "How many attention checks may be failed; with more, the study ends with the outcome"
        " ``failed_check``. Without it, failures are only recorded.",
    ),
)


def _language(value: object) -> str:
    if not isinstance(value, str) or not value or not all(part.isalnum() for part in value.split("-")):
        raise WrongValue
    return value


def _texts(value: object) -> Mapping[str, str]:
    texts = MappingOf("a dict of texts by name").read(value)
    for name, text in texts.items():
        if name not in TEXTS:
            fix = did_you_mean(str(name), TEXTS) or f"the names are {', '.join(TEXTS)}"
            raise WrongValue(f"there is no text named {name!r}", fix=fix)
        if not isinstance(text, str) or len(text) > 1000:
            raise WrongValue(f"the text {name!r} must be a text of at most 1000 characters")
    return {str(name): str(text) for name, text in texts.items()}


LANGUAGE = Settings(
    "language",
    Setting("code", Readable("a language such as 'de' or 'pt-BR'", _language), "The survey's language."),
    Setting(
        "direction",
        OneText("ltr", "rtl"),
        "Whether it is written from left to right or from right to left.",
        "ltr",
    ),
    Setting(
        "texts",
        Readable("a dict of texts by name", _texts),
        "Other words for what mug itself says; `mug_surveys.TEXTS` has the names and the English texts.",
        {},
    ),
)


class Survey(Scene):
    """Questions of many types, on one page or several.

    Answers are checked in the browser and again on the server. What has been typed survives a reload; what
    was answered on earlier pages is in the data even when somebody goes no further. Besides the answers
    there are in the data ``_order`` (the questions that were shown, in order), ``_seconds`` (how long each
    took), ``_options`` (orders that were drawn), ``_correct`` and ``_attempts`` (checks and quizzes).
    """

    kind = "survey"
    #: Whether it makes no sense without questions.
    asks_something: ClassVar[bool] = True

    @DISPLAY.implements
    def display(
        self,
        *,
        scene_header: str | NotGiven = NOT_GIVEN,
        scene_subheader: str | NotGiven = NOT_GIVEN,
        scene_body: str | NotGiven = NOT_GIVEN,
        scene_body_filepath: str | Path | NotGiven = NOT_GIVEN,
        **unknown: object,
    ) -> Self:
        """Say what stands above the questions.

        Args:
            scene_header: the heading, as plain text.
            scene_subheader: a line below it, as plain text.
            scene_body: what stands above the questions of the first page, as HTML.
            scene_body_filepath: a file that holds that, instead.
            **unknown: anything else is reported as a mistake.
        """
        return self

    @QUESTIONS.implements
    def questions(self, *parts: object, **unknown: object) -> Self:
        """Add questions.

        Args:
            *parts: questions, notes, `Page`, `Quiz`, `Questionnaire`. Questions outside of a `Page` that
                follow each other stand on one page; the next call begins a new one.
            **unknown: anything else is reported as a mistake.
        """
        return self

    @PAGES.implements
    def pages(
        self,
        *,
        shuffle: bool | NotGiven = NOT_GIVEN,
        back: bool | NotGiven = NOT_GIVEN,
        numbers: bool | NotGiven = NOT_GIVEN,
        **unknown: object,
    ) -> Self:
        """Say how participants go through the pages.

        Args:
            shuffle: whether the pages come in another order for each participant.
            back: whether they may go back to earlier pages; never into a quiz.
            numbers: whether it is shown which page of how many this is.
            **unknown: anything else is reported as a mistake.
        """
        return self

    @CHECKS.implements
    def checks(self, *, most_failed: int | NotGiven = NOT_GIVEN, **unknown: object) -> Self:
        """Say what becomes of those who fail attention checks: questions with ``correct=`` outside of a quiz.

        Args:
            most_failed: how many may be failed; with more, the study ends with the outcome ``failed_check``.
            **unknown: anything else is reported as a mistake.
        """
        return self

    @LANGUAGE.implements
    def language(
        self,
        *,
        code: str | NotGiven = NOT_GIVEN,
        direction: str | NotGiven = NOT_GIVEN,
        texts: Mapping[str, str] | NotGiven = NOT_GIVEN,
        **unknown: object,
    ) -> Self:
        """Say in which language the survey is.

        Args:
            code: the language, such as ``"de"``.
            direction: ``"rtl"`` for languages that are written from right to left.
            texts: other words for what mug itself says, by name.
            **unknown: anything else is reported as a mistake.
        """
        return self

    # ------------------------------------------------------------------------------------------- contents

    @property
    def all_pages(self) -> tuple[Page, ...]:
        """The pages, in the order of the script."""
        return tuple(self.setting("parts"))

    @property
    def all_questions(self) -> list[Question]:
        """The questions, in the order of the script."""
        return [question for page in self.all_pages for question in page.questions]

    @property
    def texts(self) -> Mapping[str, str]:
        """What mug itself says in this survey, by name."""
        return {**TEXTS, **self.setting("texts")}

    @property
    def rules(self) -> Rules:
        """What decides about answers."""
        return Rules(
            self.all_pages,
            self.texts,
            shuffles_pages=self.setting("shuffle"),
            goes_back=self.setting("back"),
            most_failed=self.setting("most_failed"),
        )

    def body(self) -> str:
        """Return what stands above the questions, as HTML."""
        file = self.setting("scene_body_filepath")
        text = file.text if isinstance(file, FileText) else self.setting("scene_body")
        return text or ""

    def contradictions(self) -> list[Problem]:
        """Return what is wrong with the questions, and between them."""
        found = list(super().contradictions())
        if self.given("scene_body") and self.given("scene_body_filepath"):
            what = "the content is given twice, by scene_body and by scene_body_filepath"
            found.append(self.problem("display", "scene_body_filepath", what, "keep one of the two"))
        file = self.setting("scene_body_filepath")
        if isinstance(file, FileText) and (trouble := html_trouble(file.text)):
            what, fix = trouble
            found.append(self.problem("display", "scene_body_filepath", f"{file.path.name}: {what}", fix))
        if self.asks_something and not self.given("parts"):
            what, fix = "nothing is asked", 'write .questions(Text("name", "What is your name?"))'
            found.append(self.problem("questions", "parts", what, fix))
        for page in self.all_pages:
            found += page.problems(f"{self.label()}, .questions()")
        if not found:
            found += problems_between(self.all_pages, self.label(), shuffled=self.setting("shuffle"))
        return found

    def pictures(self) -> Iterator[Picture]:
        """Yield the pictures that it shows: above the questions, in notes, and as answers to choose from."""
        yield from super().pictures()
        for item in (item for page in self.all_pages for item in page.items):
            for address in item.pictures():
                yield Picture(address, f"{self.label()}, .questions(), {item.label}")

    def fields(self) -> Collection[str] | None:
        """Return the names of the answers, and of what is recorded about them."""
        return [question.name for question in self.all_questions] + self.recorded()

    def recorded(self) -> list[str]:
        """Return the names of what is recorded besides the answers."""
        questions = self.all_questions
        return [
            *(["_order", "_seconds"] if questions else []),
            *(["_options"] if any(question.shuffles for question in questions) else []),
            *(["_correct"] if any(question.correct for question in questions) else []),
            *(["_attempts"] if any(isinstance(page, Quiz) for page in self.all_pages) else []),
        ]

    # ------------------------------------------------------------------------------------------ the page

    def page(self) -> dict[str, Any]:
        """Return the heading and the texts of the page."""
        return {
            "header": self.setting("scene_header") or "",
            "subheader": self.setting("scene_subheader") or "",
            "body": self.body(),
            "language": self.setting("code") or "",
            "direction": self.setting("direction"),
            "texts": dict(self.texts),
        }

    def page_for(self, visitor: Visitor) -> dict[str, Any]:
        """Return the questions of the page that a participant is at, and what they depend on."""
        judge = Judge(self.rules, visitor)
        course, at = judge.course, judge.at
        page: dict[str, Any] = {
            "step": judge.step,
            "number": list(course.shown).index(at) + 1 if at in course.shown else 1,
            "pages": course.count(at) if self.setting("numbers") else 0,
            "back": judge.may_go_back(),
            "quiz": False,
            "title": "",
            "items": [],
            "answers": {},
            "known": {},
            "shown": {},
        }
        if at not in course.shown:
            return page
        sheet = course.plan[at].page
        items = course.open_items(at)
        own = {item.name for item, _ in items if isinstance(item, Question)}
        decisive = {name for item, depends in items if depends for name in _names(item, "when")}
        piped = {name for part in (sheet, *(item for item, _ in items)) for name in _names(part, "text")}
        page |= {
            "quiz": isinstance(sheet, Quiz),
            "title": sheet.get("header").for_page(),
            "items": [_definition(item, judge.options_seed, depends) for item, depends in items],
            "answers": {name: value for name, value in judge.shown.items() if name in own},
            "known": {name: course.value(name) for name in _elsewhere(decisive, own)},
            "shown": {name: course.text_of(name, self.texts) for name in _elsewhere(piped, own)},
        }
        return page if course.sheet_before(at) is None else page | {"body": "", "subheader": ""}

    def accept(self, answers: Mapping[str, Any]) -> Accepted | Rejected:
        """Judge the answers of all pages at once, of somebody about whom nothing is known."""
        decision = Judge(self.rules, Visitor()).decide(
            {name: value for name, value in answers.items() if not name.startswith("$")}
        )
        return (
            decision if isinstance(decision, Accepted | Rejected) else Rejected({"": self.texts["required"]})
        )

    def accept_from(self, visitor: Visitor, answers: Mapping[str, Any]) -> Accepted | Rejected | Continued:
        """Judge what a participant sends: the answers of the page they are at, or all at once."""
        return Judge(self.rules, visitor).decide(answers)


def _definition(item: Item, seed: int, depends: bool) -> dict[str, Any]:
    """Return an item as the page gets it, with its condition if the page has to decide about that."""
    definition = item.definition(seed) if isinstance(item, Question) else item.definition()
    return definition if depends else definition | {"when": None}


def _names(part: Part, setting: str) -> set[str]:
    """Return the names that a part refers to in its condition, or in its texts."""
    return {name for where, name in part.references() if where == setting}


def _elsewhere(names: set[str], own: set[str]) -> list[str]:
    """Return the names that stand for no answer of the page itself."""
    return sorted(name for name in names if name not in own and name.rpartition(".")[0] not in own)
