"""What happens when a participant presses the button: their answers are judged, stored, or sent back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from mug.engine.seeds import derive_seed
from mug.outcomes import FAILED_CHECK
from mug.scenes.scene import Accepted, Continued, Kept, Rejected, Visitor
from mug_surveys.course import Course, Sheet, sheets
from mug_surveys.pages import Page, Quiz
from mug_surveys.question import Question
from mug_surveys.questions import Agree, Judged
from mug_surveys.rules import complaint, is_empty
from mug_surveys.texts import said
from mug_surveys.values import number_in, same

STEP, BACK, SECONDS, ATTEMPT = "$step", "$back", "$seconds", "$attempt"
"""What the page sends besides answers: the step it is at, whether to go back, how long each answer took, and
what it calls this attempt at a quiz: each another name, but only after it had an answer to the last one."""
LONGEST_SECONDS = 86_400.0
LONGEST_ATTEMPT = 40
Decision = Accepted | Rejected | Continued


@attrs.frozen
class Rules:
    """What a survey's script says, as far as it decides about answers."""

    pages: Sequence[Page]
    texts: Mapping[str, str]
    shuffles_pages: bool = False
    goes_back: bool = True
    most_failed: int | None = None

    def plan(self, visitor: Visitor) -> list[Sheet]:
        """Return the pages in the order in which this participant sees them."""
        return sheets(self.pages, visitor.seed, shuffle=self.shuffles_pages)

    @property
    def questions(self) -> list[Question]:
        """Every question, in the order of the script."""
        return [question for page in self.pages for question in page.questions]

    @property
    def quizzes(self) -> list[Quiz]:
        """Every quiz."""
        return [page for page in self.pages if isinstance(page, Quiz)]


class Judge:
    """Judges what one participant sends, on the way through one survey."""

    def __init__(self, rules: Rules, visitor: Visitor) -> None:
        self._rules = rules
        self._visitor = visitor
        self._plan = rules.plan(visitor)
        notes = visitor.kept.notes
        self.step: int = notes.get("step", 0)
        self._seconds: dict[str, float] = dict(notes.get("seconds", {}))
        self.shown: Mapping[str, Any] = notes.get("shown", visitor.kept.answers)
        """The answers with which this step is shown; an attempt at it leaves the page as it is."""
        self._attempts: dict[str, int] = dict(notes.get("attempts", {}))
        self._attempt = ""
        self.course = self._course(visitor.kept.answers)
        at: int = notes.get("at", 0)
        # the script may have been changed since, and then what comes closest is shown
        self.at = at if at in self.course.shown else self.course.next_sheet(at) or self.course.last_sheet

    def decide(self, sent: Mapping[str, Any]) -> Decision:
        """Decide about what came in: untrusted, from a page that may be a step behind."""
        if STEP not in sent:
            return self._all_at_once(sent)
        if not isinstance(sent[STEP], int) or sent[STEP] != self.step:
            return Continued(self._visitor.kept)
        here = {name: sent[name] for name in self._names_here() if name in sent}
        course = self._course({**self._visitor.kept.answers, **here})
        self._take_time(sent.get(SECONDS), course.questions(self.at))
        self._attempt = str(sent.get(ATTEMPT, ""))[:LONGEST_ATTEMPT]
        if sent.get(BACK) is True:
            return self._back(course)
        errors = self._errors(course.questions(self.at), course)
        return Rejected(errors) if errors else self._onwards(course)

    def _names_here(self) -> list[str]:
        return [question.name for question in self._plan[self.at].questions] if self._plan else []

    def _course(self, answers: Mapping[str, Any]) -> Course:
        return Course(self._plan, self._visitor.facts, answers)

    # ------------------------------------------------------------------------------------------ one page

    def _back(self, course: Course) -> Decision:
        before = course.sheet_before(self.at)
        if before is None or not self.may_go_back():
            return Continued(self._visitor.kept)
        fits = {
            question.name: course.answers[question.name]
            for question in course.questions()
            if not complaint(question.definition() | {"required": False}, course.answers[question.name])
        }
        return self._continued(fits, before)

    def may_go_back(self) -> bool:
        """Whether there is a page before, and the script lets people go there."""
        before = self.course.sheet_before(self.at)
        return self._rules.goes_back and before is not None and not isinstance(self._plan[before].page, Quiz)

    def _onwards(self, course: Course) -> Decision:
        page = self._plan[self.at].page if self.at in course.shown else None
        if isinstance(page, Quiz) and (decision := self._tried(page, self.at, course)) is not None:
            return decision
        following = course.next_sheet(self.at)
        if following is not None:
            return self._continued(course.answers, following)
        return self._finish(course)

    def _tried(self, quiz: Quiz, number: int, course: Course) -> Decision | None:
        """Judge an attempt at the quiz on a sheet; None when it goes on from there, right or not."""
        wrong = _wrong(course.questions(number), course)
        if not wrong or not self._came_before(course):
            self._attempts[quiz.name] = self._attempts.get(quiz.name, 0) + 1
        if wrong and not self._exhausted(quiz):
            return self._again(quiz, wrong, course)
        if wrong and quiz.get("then") == "end":
            return Accepted(self._results(course, number), FAILED_CHECK)
        return None

    def _came_before(self, course: Course) -> bool:
        """Whether this is the last attempt once more: a button was pressed twice, before an answer came."""
        kept = self._visitor.kept
        if not self._attempt or self._attempt != kept.notes.get("attempt"):
            return False
        asked = [question.name for question in course.questions(self.at)]
        return all(same(course.answers[name], kept.answers.get(name)) for name in asked)

    def _exhausted(self, quiz: Quiz) -> bool:
        attempts = quiz.get("attempts")
        return attempts is not None and self._attempts[quiz.name] >= attempts

    def _again(self, quiz: Quiz, wrong: Sequence[Judged], course: Course) -> Decision:
        texts = self._rules.texts
        errors = {one.name: one.get("hint") or texts["quiz_wrong"] for one in wrong}
        left = quiz.get("attempts") and quiz.get("attempts") - self._attempts[quiz.name]
        name = "quiz_again" if left is None else "quiz_last" if left == 1 else "quiz_left"
        errors[""] = said(texts, name, {"left": str(left)})
        # the page goes on measuring from its beginning, and sends those seconds with the next attempt too
        before = {
            "attempt": self._attempt,
            "seconds": dict(self._visitor.kept.notes.get("seconds", {})),
            "shown": {name: self.shown[name] for name in self._names_here() if name in self.shown},
        }
        return Rejected(errors, Kept(self._so_far(course.answers), self._notes(self.at, self.step) | before))

    def _continued(self, answers: Mapping[str, Any], at: int) -> Continued:
        return Continued(Kept(self._so_far(answers), self._notes(at, self.step + 1)))

    def _so_far(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answers, with what is recorded about those up to this sheet, should it be the last."""
        recorded = self._results(self._course(answers), self.at)
        given = {name: value for name, value in answers.items() if value is not None}
        return given | {name: value for name, value in recorded.items() if name.startswith("_")}

    def _notes(self, at: int, step: int) -> dict[str, Any]:
        return {"at": at, "step": step, "seconds": self._seconds, "attempts": self._attempts}

    # ----------------------------------------------------------------------------------------- the whole

    def _all_at_once(self, sent: Mapping[str, Any]) -> Decision:
        """Judge the answers of all pages together, for participants who have no pages: programs."""
        course = self._course(sent)
        self._take_time(sent.get(SECONDS), course.questions())
        errors = self._errors(course.questions(), course)
        if errors:
            return Rejected(errors)
        for number in course.shown:
            page = self._plan[number].page
            if isinstance(page, Quiz) and (decision := self._tried(page, number, course)) is not None:
                return decision
        return self._finish(course)

    def _finish(self, course: Course) -> Decision:
        for number in course.shown:
            if self._errors(course.questions(number), course):
                return self._continued(course.answers, number)
        failed = [one for one in self._checked(course) if not one.is_right(course.answers[one.name])]
        most = self._rules.most_failed
        ending = FAILED_CHECK if most is not None and len(failed) > most else ""
        return Accepted(self._results(course), ending)

    def _checked(self, course: Course) -> list[Judged]:
        """Return the attention checks that were shown: questions with a right answer outside of quizzes."""
        return [
            question
            for number in course.shown
            if not isinstance(self._plan[number].page, Quiz)
            for question in course.questions(number)
            if isinstance(question, Judged) and question.correct
        ]

    def _results(self, course: Course, last: int | None = None) -> dict[str, Any]:
        """Return the answers and what is recorded about them; what was not shown is null.

        ``last`` is the number of the last sheet that was shown, None for all.
        """
        questions = self._rules.questions
        seen = [number for number in course.shown if last is None or number <= last]
        shown = [question for number in seen for question in course.questions(number)]
        results: dict[str, Any] = {question.name: None for question in questions}
        results |= {question.name: _stored(question, course.answers[question.name]) for question in shown}
        if questions:
            results["_order"] = [question.name for question in shown]
            results["_seconds"] = {question.name: self._seconds.get(question.name) for question in questions}
        if shuffled := [question for question in questions if question.shuffles]:
            results["_options"] = {
                one.name: [option.value for option in one.shuffled(self.options_seed)]
                if one in shown
                else None
                for one in shuffled
            }
        if judged := [one for one in questions if isinstance(one, Judged) and one.correct]:
            results["_correct"] = {
                one.name: one.is_right(course.answers[one.name]) if one in shown else None for one in judged
            }
        if self._rules.quizzes:
            results["_attempts"] = {
                quiz.name: self._attempts.get(quiz.name, 0) for quiz in self._rules.quizzes
            }
        return results

    @property
    def options_seed(self) -> int:
        """What the order of options is drawn from."""
        return derive_seed(self._visitor.seed, "survey")

    # ---------------------------------------------------------------------------------------- small parts

    def _errors(self, questions: Sequence[Question], course: Course) -> dict[str, str]:
        errors = {}
        for question in questions:
            wrong = complaint(question.definition(), course.answers[question.name])
            if wrong is not None:
                errors[question.name] = said(self._rules.texts, wrong.text, wrong.values)
        return errors

    def _take_time(self, sent: object, questions: Sequence[Question]) -> None:
        """Add the seconds that the page measured; what is no duration counts for nothing."""
        if not isinstance(sent, Mapping):
            return
        for question in questions:
            seconds = number_in(sent.get(question.name))
            if seconds is not None and 0 <= seconds <= LONGEST_SECONDS:
                total = self._seconds.get(question.name, 0.0) + seconds
                self._seconds[question.name] = round(min(total, LONGEST_SECONDS), 3)


def _wrong(questions: Sequence[Question], course: Course) -> list[Judged]:
    return [
        question
        for question in questions
        if isinstance(question, Judged)
        and question.correct
        and not question.is_right(course.answers[question.name])
    ]


def _stored(question: Question, value: Any) -> Any:
    """Return an answer as it is stored: nothing is null, an unticked box is false."""
    if isinstance(question, Agree):
        return value is True
    if is_empty(value):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {row: answer for row, answer in value.items() if answer is not None}
    return value
