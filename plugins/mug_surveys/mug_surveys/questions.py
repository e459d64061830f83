"""The types of questions that are answered by writing, by a number, or by a date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from mug.configurations.kinds import Choice as OneText
from mug.configurations.kinds import Flag, Readable, Whole
from mug.configurations.kinds import Number as Real
from mug.configurations.kinds import Text as PlainText
from mug.configurations.settings import Setting, WrongValue
from mug.scenes.html import Html
from mug.scenes.pictures import pictures_in
from mug_surveys.kinds import DateKind, PatternKind, Piped, PipedKind
from mug_surveys.question import HELP, REQUIRED, WHEN, Part, Question
from mug_surveys.rules import LARGEST, complaint
from mug_surveys.values import same

LONGEST_TEXT = 10_000
REAL = Real(-LARGEST, LARGEST)


class RightAnswers:
    """One right answer, or a list of several that are right."""

    expects = "the right answer, or a list of right ones"

    def read(self, value: object) -> tuple[object, ...]:
        """Make a tuple of them."""
        answers = tuple(value) if isinstance(value, list | tuple) else (value,)
        if not answers or any(not isinstance(one, str | int | float | bool) for one in answers):
            raise WrongValue
        return answers


CORRECT = Setting(
    "correct",
    RightAnswers(),
    "The right answer: of a question in a `Quiz`, or of an attention check. The page does not get it.",
    (),
)


HINT = Setting("hint", PlainText(1000), "In a `Quiz`: what is said when the answer is wrong.", "")


class Judged(Question):
    """A question that can have a right answer."""

    settings = (*Question.common, CORRECT, HINT)
    #: How a right answer is given, where it is not one of the options.
    right_example: ClassVar[str] = ""

    def contradictions(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong between settings: a right answer that nobody can give would fail everybody."""
        yield from super().contradictions()
        if self.right_example:
            question = {"type": self.type, "required": False, **self.details()}
            for answer in self.correct:
                if complaint(question, answer) is not None:
                    what = f"nobody can give the right answer {answer!r}"
                    yield "correct", what, f"write {self.right_example}"

    def is_right(self, value: object) -> bool:
        """Whether an answer is one of the right ones."""
        return any(same(value, right) for right in self.correct)

    @property
    def correct(self) -> tuple[Any, ...]:
        """The right answers."""
        return tuple(self.get("correct"))


def _purpose(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", value):
        raise WrongValue
    return value


class Text(Judged):
    """A line of text.

    With ``correct``, capitals and spaces around the answer do not matter: keyboards of phones add them.
    """

    type = "text"
    right_example = 'correct="blue"'
    settings = (
        *Judged.settings,
        Setting("least", Whole(0, LONGEST_TEXT), "How many characters it must have.", 0),
        Setting("most", Whole(1, LONGEST_TEXT), "How many characters it may have.", 200),
        Setting("format", OneText("text", "email"), "What is asked for.", "text"),
        Setting("pattern", PatternKind(), "The form that it must have, such as ``[A-Z]{2}[0-9]{4}``.", ""),
        Setting("placeholder", PlainText(200), "A short example in the empty field.", ""),
        Setting(
            "autocomplete",
            Readable("a name that HTML knows, such as 'given-name' or 'country-name'", _purpose),
            "What of themselves participants may let their browser fill in.",
            "",
        ),
    )

    def contradictions(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong between settings."""
        yield from super().contradictions()
        if self.get("least") > self.get("most"):
            yield "least", "the text would have to be longer than it may be", "write a smaller least="
        if self.get("pattern") and self.get("most") > 300:
            yield "pattern", "a text with a form has at most 300 characters", "write most=300 or less"

    def is_right(self, value: object) -> bool:
        """Whether an answer is one of the right ones, but for capitals and spaces around it."""
        answer = value.strip().casefold() if isinstance(value, str) else None
        return any(answer == str(right).strip().casefold() for right in self.correct)

    def details(self) -> dict[str, Any]:
        """Return lengths and form."""
        names = ("least", "most", "format", "pattern", "placeholder", "autocomplete")
        return {name: self.get(name) for name in names}

    def values(self) -> str:
        """Return its length and form."""
        form = self.get("pattern") or (self.get("format") if self.get("format") != "text" else "")
        return f"text of {self.get('least')} to {self.get('most')} characters" + (f", {form}" if form else "")


class LongText(Question):
    """A text of several lines."""

    type = "long_text"
    settings = (
        *Question.common,
        Setting("least", Whole(0, LONGEST_TEXT), "How many characters it must have.", 0),
        Setting("most", Whole(1, LONGEST_TEXT), "How many characters it may have.", 3000),
        Setting("rows", Whole(2, 30), "How many lines are visible.", 4),
        Setting("placeholder", PlainText(200), "A short example in the empty field.", ""),
    )

    def contradictions(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong between settings."""
        yield from super().contradictions()
        if self.get("least") > self.get("most"):
            yield "least", "the text would have to be longer than it may be", "write a smaller least="

    def details(self) -> dict[str, Any]:
        """Return lengths and size."""
        names = ("least", "most", "rows", "placeholder")
        return {name: self.get(name) for name in names} | {"format": "text", "pattern": ""}

    def values(self) -> str:
        """Return its length."""
        return f"text of {self.get('least')} to {self.get('most')} characters"


class Number(Judged):
    """A number."""

    type = "number"
    right_example = "correct=4"
    settings = (
        *Judged.settings,
        Setting("minimum", REAL, "The smallest number that is accepted."),
        Setting("maximum", REAL, "The largest number that is accepted."),
        Setting("whole", Flag(), "Whether it must be a whole number.", False),
        Setting("unit", PlainText(50), "What stands behind the field: ``years``.", ""),
    )

    def contradictions(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong between settings."""
        yield from super().contradictions()
        low, high = self.get("minimum"), self.get("maximum")
        if low is not None and high is not None and low > high:
            yield "minimum", f"no number is between {low:g} and {high:g}", "exchange minimum and maximum"

    def details(self) -> dict[str, Any]:
        """Return the range."""
        return {name: self.get(name) for name in ("minimum", "maximum", "whole", "unit")}

    def values(self) -> str:
        """Return the range."""
        return _range(
            "whole number" if self.get("whole") else "number", self.get("minimum"), self.get("maximum")
        )


class Slider(Question):
    """A line on which a place is marked: a slider, or a visual analogue scale.

    There is no mark before the participant sets one.
    """

    type = "slider"
    settings = (
        *Question.common,
        Setting("minimum", REAL, "The number at the left end.", 0.0),
        Setting("maximum", REAL, "The number at the right end.", 100.0),
        Setting("step", Real(1e-6, LARGEST), "By how much a press of an arrow key moves the mark.", 1.0),
        Setting("low", PlainText(200), "What stands at the left end.", ""),
        Setting("high", PlainText(200), "What stands at the right end.", ""),
        Setting("shows_value", Flag(), "Whether the number is shown.", False),
    )

    def contradictions(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong between settings."""
        yield from super().contradictions()
        if not self.get("minimum") < self.get("maximum"):
            yield "minimum", "the left end is not below the right end", "exchange minimum and maximum"
        elif self.get("step") > self.get("maximum") - self.get("minimum"):
            yield "step", "one step is longer than the line", "write a smaller step="

    def details(self) -> dict[str, Any]:
        """Return the line and what stands at it."""
        names = ("minimum", "maximum", "step", "low", "high", "shows_value")
        return {name: self.get(name) for name in names}

    def values(self) -> str:
        """Return the range with its ends."""
        ends = [
            f"{self.get(at):g} = {self.get(end)}" for at, end in (("minimum", "low"), ("maximum", "high"))
        ]
        both = f" ({', '.join(ends)})" if self.get("low") and self.get("high") else ""
        return _range("number", self.get("minimum"), self.get("maximum")) + both


class Date(Question):
    """A date."""

    type = "date"
    settings = (
        *Question.common,
        Setting("minimum", DateKind(), "The first date that is accepted.", ""),
        Setting("maximum", DateKind(), "The last date that is accepted.", ""),
    )

    def contradictions(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong between settings."""
        yield from super().contradictions()
        low, high = self.get("minimum"), self.get("maximum")
        if low and high and low > high:
            yield "minimum", f"no date is between {low} and {high}", "exchange minimum and maximum"

    def details(self) -> dict[str, Any]:
        """Return the range."""
        return {name: self.get(name) for name in ("minimum", "maximum")}

    def values(self) -> str:
        """Return the range."""
        low, high = self.get("minimum"), self.get("maximum")
        return "date, YYYY-MM-DD" + (f", from {low}" if low else "") + (f", to {high}" if high else "")


class Agree(Question):
    """A statement with a box to tick; if it is required, only a tick is an answer."""

    type = "agree"
    settings = (REQUIRED, HELP, WHEN)

    def values(self) -> str:
        """Return the two values."""
        return "true = ticked, false = not ticked"


class Note(Part):
    """A text between questions: plain, with answers in it, or HTML.

    Blank lines separate paragraphs of a plain text.
    """

    type = "note"
    positional = (Setting("text", PipedKind(20_000), "The text.", Piped("", [])),)
    settings = (Setting("html", Html(), "HTML in place of a plain text.", ""), WHEN)

    def contradictions(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong between settings."""
        if bool(self.get("text").source) == bool(self.get("html")):
            yield "html", "a Note has either a text or html=", 'write Note("…") or Note(html="<p>…</p>")'

    def texts(self) -> Iterator[Piped]:
        """Yield the text in which answers can stand."""
        yield self.get("text")

    def pictures(self) -> Iterator[str]:
        """Yield the addresses of the pictures in its HTML."""
        return iter(pictures_in(self.get("html")))

    def definition(self) -> dict[str, Any]:
        """Return it as the page gets it."""
        when = self.when
        return {
            "name": "",
            "type": "note",
            "text": self.get("text").for_page(),
            "html": self.get("html"),
            "when": when and when.tree,
        }


def _range(what: str, low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{what} from {low:g} to {high:g}"
    return what + (
        f", {low:g} or more" if low is not None else f", {high:g} or less" if high is not None else ""
    )
