"""What a survey is made of: pages of questions, quizzes, and ready questionnaires."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from mug.configurations.kinds import Choice as OneText
from mug.configurations.kinds import Flag, Optionally, Whole
from mug.configurations.settings import Setting, shown
from mug.errors import Problem
from mug_surveys.kinds import NameKind, Piped, PipedKind
from mug_surveys.question import WHEN, Part, Question
from mug_surveys.questions import Judged, Note

Item = Question | Note


class Page(Part):
    """Questions that stand on one page.

    Args:
        items: questions and notes.
        **settings: ``header``, a heading of its own; ``when``, the condition under which it comes;
            ``shuffle``, whether its questions come in another order for each participant. A question whose
            condition is about another one of its page stays behind it.
    """

    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("header", PipedKind(1000), "A heading of its own.", Piped("", [])),
        WHEN,
        Setting(
            "shuffle", Flag(), "Whether its questions come in another order for each participant.", False
        ),
    )

    def __init__(self, *items: object, **settings: object) -> None:
        super().__init__(**settings)
        self.items: list[Item] = []
        for item in items:
            if isinstance(item, Question | Note):
                self.items.append(item)
            else:
                what = f"{shown(item)} is neither a question nor a Note"
                self._faults.append(("", what, "pages cannot stand in pages"))

    @property
    def questions(self) -> list[Question]:
        """The questions, in the order of the script."""
        return [item for item in self.items if isinstance(item, Question)]

    def texts(self) -> Iterator[Piped]:
        """Yield the text in which answers can stand."""
        yield self.get("header")

    def problems(self, where: str) -> Iterator[Problem]:
        """Yield what is wrong with the page and what is on it."""
        yield from super().problems(where)
        for item in self.items:
            yield from item.problems(where)

    def contradictions(self) -> Iterator[tuple[str, str, str]]:
        """An empty page is a mistake."""
        if not self.items:
            yield "", "there is nothing on the page", "give it a question or a Note"


class Quiz(Page):
    """A page of questions with right answers, which come again until they are right.

    Args:
        items: questions with ``correct=``, and notes.
        **settings: those of a `Page`, and ``name``, ``attempts`` and ``then``.
    """

    settings = (
        *Page.settings,
        Setting("name", NameKind(), "Its name in the data.", "quiz"),
        Setting(
            "attempts",
            Optionally(Whole(1, 100), "for any number"),
            "How many times the answers are judged.",
            3,
        ),
        Setting(
            "then",
            OneText("end", "continue"),
            "What happens when no attempt was right: the study ends with the outcome ``failed_check``, or"
            " goes on.",
            "end",
        ),
    )

    @property
    def name(self) -> str:
        """Its name in the data."""
        return str(self.get("name"))

    def contradictions(self) -> Iterator[tuple[str, str, str]]:
        """Every question needs a right answer."""
        yield from super().contradictions()
        for question in self.questions:
            if not question.correct:
                what = f"{question.label} has no right answer"
                fix = "write correct=" if isinstance(question, Judged) else "ask it outside of the quiz"
                yield "", what, fix


def blocks(items: Sequence[Item], names_of: Callable[[Item], set[str]]) -> list[list[Item]]:
    """Return the items of a page in groups that stay together: a question and what depends on it."""
    groups: list[list[Item]] = []
    for item in items:
        names = names_of(item)
        joined = [group for group in groups if any(getattr(one, "name", "") in names for one in group)]
        if not joined:
            groups.append([item])
            continue
        first = joined[0]
        for other in joined[1:]:
            first += other
            groups.remove(other)
        first.append(item)
    return groups
