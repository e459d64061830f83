"""What can be wrong between the questions of a survey: their names, and their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from mug.errors import Problem
from mug_surveys.pages import Page, Quiz
from mug_surveys.question import Part, Question


def problems_between(pages: Sequence[Page], where: str, *, shuffled: bool) -> Iterator[Problem]:
    """Yield what is wrong between questions that are right by themselves; ``where`` names the scene."""
    where = f"{where}, .questions()"
    home = {question.name: page for page in pages for question in page.questions}
    yield from _names(pages, where)
    asked: set[str] = set()
    for page in pages:
        yield from _too_early(page, asked, home, where)
        for item in page.items:
            yield from _too_early(item, asked, home, where)
            if isinstance(item, Question):
                asked.add(item.name)
        elsewhere = sorted(name for name in _needed(page, home) if home[name] is not page)
        if shuffled and elsewhere:
            what = f"it depends on question '{elsewhere[0]}' of another page, and pages come in any order"
            fix = "put both on one page, or leave out .pages(shuffle=True)"
            yield Problem(f"{where}, {page.label}", what, fix)


def _names(pages: Sequence[Page], where: str) -> Iterator[Problem]:
    taken: set[str] = set()
    for name in (question.name for page in pages for question in page.questions):
        if name.lower() in taken:
            what, fix = f"two questions are named '{name}'", "give each question a name of its own"
            yield Problem(f"{where}, question '{name}'", what, fix)
        taken.add(name.lower())
    for name, count in Counter(page.name for page in pages if isinstance(page, Quiz)).items():
        if count > 1:
            what, fix = f"two quizzes are named '{name}'", 'write Quiz(…, name="rules")'
            yield Problem(f"{where}, Quiz(name=)", what, fix)


def _too_early(part: Part, asked: Collection[str], home: Mapping[str, Page], where: str) -> Iterator[Problem]:
    for setting, name in part.references():
        question = name.partition(".")[0]
        if question in home and question not in asked:
            what = f"{{{name}}} is asked only afterwards"
            fix = "put the question that it depends on before it"
            yield Problem(f"{where}, {part.label}, {setting}=", what, fix)


def _needed(page: Page, home: Mapping[str, Page]) -> set[str]:
    """Return the questions that something on a page depends on."""
    parts: list[Part] = [page, *page.items]
    names = {name.partition(".")[0] for part in parts for _, name in part.references()}
    return names & home.keys()
