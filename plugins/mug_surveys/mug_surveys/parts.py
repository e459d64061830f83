"""What a survey can be made of, read as pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mug.configurations.settings import NeedsFolder, WrongValue, shown
from mug_surveys.pages import Item, Page
from mug_surveys.question import Question
from mug_surveys.questionnaire import Questionnaire
from mug_surveys.questions import Note


class PartsKind(NeedsFolder):
    """Questions, notes, pages, quizzes and questionnaires, in order."""

    expects = "questions, Notes, Pages, Quizzes and Questionnaires"

    def read_in(self, value: object, folder: Path | None) -> tuple[Page, ...]:
        """Make pages: questions that follow each other stand on one page."""
        pages: list[Page] = []
        loose: list[Item] = []
        for item in _flat(value):
            if isinstance(item, Question | Note):
                loose.append(item)
                continue
            if not isinstance(item, Page | Questionnaire):
                raise WrongValue(f"{shown(item)} cannot stand in a survey", fix=f"give {self.expects}")
            if loose:
                pages.append(Page(*loose))
                loose = []
            pages += item.pages(folder) if isinstance(item, Questionnaire) else [item]
        return (*pages, Page(*loose)) if loose else tuple(pages)


def _flat(value: object) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _flat(item)
    else:
        yield value
