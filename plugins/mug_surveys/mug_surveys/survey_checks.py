"""What can be wrong between the questions of a survey: their names, and their order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mug.errors import Problem
from mug_surveys.course import names_in_condition
from mug_surveys.expressions import names_in
from mug_surveys.kinds import Condition
from mug_surveys.pages import Page, Quiz
from mug_surveys.piping import refs_in
from mug_surveys.question import Part, Question


def problems_between(pages: Sequence[Page], where: str, *, shuffled: bool) -> Iterator[Problem]:
    """Yield what is wrong between questions that are right by themselves."""
    yield from _names(pages, where)
    everything = {question.name: page for page in pages for question in page.questions}
    before: list[str] = []
    for page in pages:
        yield from _unknown(page, page.when, "when", where, before, everything)
        yield from _unpiped(page, list(refs_in(page.get("header").parts)), where, before, everything)
        here: list[str] = []
        for item in page.items:
            asked = before + here
            yield from _unknown(item, item.when, "when", where, asked, everything)
            for text in item.texts():
                yield from _unpiped(item, list(refs_in(text.parts)), where, asked, everything)
            if isinstance(item, Question):
                here.append(item.name)
        if shuffled and (elsewhere := _other_pages(page, everything)):
            what = f"it depends on question '{elsewhere}' of another page, and pages come in any order"
            fix = "put both on one page, or leave out .pages(shuffle=True)"
            yield Problem(f"{where}, .questions(), {page.label}", what, fix)
        before += here


def _names(pages: Sequence[Page], where: str) -> Iterator[Problem]:
    taken: set[str] = set()
    named: list[tuple[str, str]] = []
    for page in pages:
        named += [(question.name, "question") for question in page.questions]
    for name, what in named:
        if name.lower() in taken:
            fix = "give each question a name of its own"
            yield Problem(f"{where}, .questions(), {what} '{name}'", f"two questions are named '{name}'", fix)
        taken.add(name.lower())
    quizzes = [page.name for page in pages if isinstance(page, Quiz)]
    for name in sorted({name for name in quizzes if quizzes.count(name) > 1}):
        fix = 'write Quiz(…, name="rules")'
        yield Problem(f"{where}, .questions(), Quiz(name=)", f"two quizzes are named '{name}'", fix)


def _unknown(
    part: Part,
    condition: Condition | None,
    setting: str,
    where: str,
    asked: Sequence[str],
    everything: dict[str, Page],
) -> Iterator[Problem]:
    for name in names_in(condition.tree) if condition else ():
        yield from _reference(part, setting, name, where, asked, everything)


def _unpiped(
    part: Part, names: Sequence[str], where: str, asked: Sequence[str], everything: dict[str, Page]
) -> Iterator[Problem]:
    for name in names:
        yield from _reference(part, "text", name, where, asked, everything)


def _reference(
    part: Part, setting: str, name: str, where: str, asked: Sequence[str], everything: dict[str, Page]
) -> Iterator[Problem]:
    first = name.partition(".")[0]
    if name in asked or first in asked:
        return
    if name in everything or first in everything:
        what = f"{{{name}}} is asked only afterwards"
        place = f"{where}, .questions(), {part.label}, {setting}="
        yield Problem(place, what, "put the question that it depends on before it")


def _other_pages(page: Page, everything: dict[str, Page]) -> str:
    """Return a question of another page that something on this page depends on, empty when there is none."""
    names = names_in_condition(page.when)
    for item in page.items:
        names |= names_in_condition(item.when)
        for text in item.texts():
            names |= set(refs_in(text.parts))
    return next((name for name in sorted(names) if name in everything and everything[name] is not page), "")
