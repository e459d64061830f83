"""A survey as one participant goes through it: in which order, and what of it is shown."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from mug.engine.seeds import derive_seed
from mug_surveys.expressions import evaluate, names_in
from mug_surveys.kinds import Condition
from mug_surveys.pages import Item, Page, blocks
from mug_surveys.question import Question
from mug_surveys.values import as_text, same, truth

Answers = Mapping[str, Any]


@attrs.frozen
class Sheet:
    """A page in the order in which a participant sees what is on it."""

    page: Page
    items: tuple[Item, ...]

    @property
    def questions(self) -> list[Question]:
        """Its questions, in this order."""
        return [item for item in self.items if isinstance(item, Question)]


def names_in_condition(condition: Condition | None) -> set[str]:
    """Return the names that a condition refers to, and parts before a dot: ``matrix`` of ``matrix.row``."""
    names = set(names_in(condition.tree)) if condition else set()
    return names | {name.rpartition(".")[0] for name in names if "." in name}


def sheets(pages: Sequence[Page], seed: int, *, shuffle: bool) -> list[Sheet]:
    """Return the pages in the order that the seed gives."""
    order = list(pages)
    if shuffle:
        random.Random(derive_seed(seed, "pages")).shuffle(order)
    return [Sheet(page, tuple(_ordered(page, pages.index(page), seed))) for page in order]


def _ordered(page: Page, number: int, seed: int) -> Iterator[Item]:
    if not page.get("shuffle"):
        yield from page.items
        return
    groups = blocks(page.items, lambda item: names_in_condition(item.when))
    random.Random(derive_seed(seed, "questions", number)).shuffle(groups)
    for group in groups:
        yield from group


class Course:
    """What a participant sees of a survey, given what they have answered.

    Args:
        plan: the sheets in their order.
        facts: answers and outcomes of earlier scenes.
        answers: what was answered so far; answers to questions that are not shown count for nothing.
    """

    def __init__(self, plan: Sequence[Sheet], facts: Mapping[str, object], answers: Answers) -> None:
        self.plan = plan
        self._facts = facts
        self._names = {question.name for sheet in plan for question in sheet.questions}
        self.answers: dict[str, Any] = {}
        self.shown: dict[int, list[Item]] = {}
        for number, sheet in enumerate(plan):
            if self._holds(sheet.page.when):
                items = list(self._visible(sheet, answers))
                if items:
                    self.shown[number] = items

    def _visible(self, sheet: Sheet, answers: Answers) -> Iterator[Item]:
        for item in sheet.items:
            if self._holds(item.when):
                if isinstance(item, Question):
                    self.answers[item.name] = answers.get(item.name)
                yield item

    def _holds(self, condition: Condition | None) -> bool:
        return condition is None or truth(evaluate(condition.tree, self.value))

    def value(self, name: str) -> Any:
        """Return what a name stands for: an answer of this survey, else a fact; None when there is none."""
        if name in self._names:
            return self.answers.get(name)
        if name in self._facts:
            return self._facts[name]
        whole, _, part = name.rpartition(".")
        if not whole:
            return None
        found = self.value(whole)
        return found.get(part) if isinstance(found, Mapping) else None

    def questions(self, number: int | None = None) -> list[Question]:
        """Return the questions that are shown, of one sheet or of all."""
        numbers: Iterable[int] = self.shown if number is None else (number,)
        return [item for n in numbers for item in self.shown.get(n, ()) if isinstance(item, Question)]

    def open_items(self, number: int) -> list[tuple[Item, bool]]:
        """Return what a sheet may have to show, each with whether that depends on what is answered on it.

        Conditions about anything else are decided: what they hide, the page need not know of.
        """
        shown = self.shown.get(number, [])
        found: list[tuple[Item, bool]] = []
        asked: set[str] = set()
        for item in self.plan[number].items:
            depends = bool(names_in_condition(item.when) & asked)
            if depends or item in shown:
                found.append((item, depends))
                asked |= {item.name} if isinstance(item, Question) else set()
        return found

    def next_sheet(self, after: int) -> int | None:
        """Return the number of the sheet that comes next, None behind the last one."""
        return next((number for number in self.shown if number > after), None)

    @property
    def last_sheet(self) -> int:
        """The number of the last sheet that is shown; 0 when there is none."""
        return next(reversed(self.shown), 0)

    def sheet_before(self, number: int) -> int | None:
        """Return the number of the sheet that came before, None at the first one."""
        return next((one for one in reversed(self.shown) if one < number), None)

    def count(self, at: int) -> int:
        """Return how many sheets there are, as far as is known at one of them.

        Later ones count whose condition is about something that is still to be answered.
        """
        asked = {question.name for sheet in self.plan[at:] for question in sheet.questions}
        undecided = (
            number
            for number, sheet in enumerate(self.plan)
            if number > at and names_in_condition(sheet.page.when) & asked
        )
        return len(self.shown.keys() | set(undecided))

    def text_of(self, name: str, texts: Mapping[str, str]) -> str:
        """Return what stands in a text for a name: of a chosen option, its label."""
        value = self.value(name)
        for sheet in self.plan:
            for question in sheet.questions:
                if question.name == name:
                    return _labelled(question, value, texts)
        return as_text(value, texts["yes"], texts["no"])


def _labelled(question: Question, value: object, texts: Mapping[str, str]) -> str:
    definition = question.definition()
    chosen_from = () if definition["type"] == "matrix" else definition.get("options", ())
    options = [(one["value"], one["label"]) for one in chosen_from]

    def label(one: object) -> str:
        found = next((text for option, text in options if same(option, one)), "")
        return found or as_text(one, texts["yes"], texts["no"])

    if isinstance(value, list | tuple):
        return ", ".join(map(label, value))
    return "" if isinstance(value, Mapping) else label(value)
