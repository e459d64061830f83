"""The classic scenes of questions: lines of text, scales, boxes to choose from, multiple choice.

Scripts find them in `mug.scenes.static_scene`. They are surveys of one page, which their arguments describe.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from mug.configurations.settings import NOT_GIVEN
from mug.errors import Problem
from mug_surveys.choices import Choice, Choices, Likert
from mug_surveys.kinds import Option
from mug_surveys.question import Question
from mug_surveys.questions import LongText, Note
from mug_surveys.survey import Survey

AGREEMENT = ("Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree")
"""What the points of scales mean when nothing else is said: at the first, the last, and between."""


class Classic(Survey):
    """A survey whose questions are given to the class itself.

    What is not right with an argument is reported like a setting that is wrong.
    """

    def __init__(self, **unknown: object) -> None:
        super().__init__()
        self._mistakes: list[tuple[str, str]] = []
        for name in unknown:
            self._mistakes.append((name, f"{type(self).__name__} has no argument '{name}'"))

    def problems(self) -> list[Problem]:
        """Return everything that is wrong with the arguments and the settings."""
        mistakes = [Problem(f"{self.label()}, {name}=", what) for name, what in self._mistakes]
        return mistakes + super().problems()

    def _texts(self, name: str, value: object) -> list[str]:
        """Return a list of texts as it was given; of anything else, none."""
        if value is NOT_GIVEN:
            self._mistakes.append((name, f"{type(self).__name__} needs {name}=, a list of texts"))
        elif isinstance(value, str) or not isinstance(value, Sequence) or not value:
            self._mistakes.append((name, f"{name} must be a list of texts, got {value!r:.60}"))
        elif not all(isinstance(item, str) for item in value):
            self._mistakes.append((name, f"{name} must be a list of texts, and has something else in it"))
        else:
            return list(value)
        return []

    def _scales(self, questions: object, size: object, labels: Any) -> list[Question]:
        texts = self._texts("scale_questions", questions)
        each = self._labels(labels, len(texts))
        return [
            Likert(f"scale-{number}", _plain(text), points=size, **ends)
            for number, (text, ends) in enumerate(zip(texts, each, strict=False))
        ]

    def _labels(self, labels: Any, count: int) -> list[dict[str, Any]]:
        """Return what stands at the ends of each scale: the same everywhere, or a list for each."""
        if labels is None:
            return [{"low": AGREEMENT[0], "high": AGREEMENT[-1]}] * count
        if isinstance(labels, Sequence) and labels and all(isinstance(one, str) for one in labels):
            return [{"low": labels[0], "high": labels[-1]}] * count
        nested = isinstance(labels, Sequence) and not isinstance(labels, str) and len(labels) == count
        if nested and all(isinstance(one, Sequence) and not isinstance(one, str) and one for one in labels):
            return [{"low": one[0], "high": one[-1]} for one in labels]
        what = "scale_labels must be a list of labels, or such a list for each question"
        self._mistakes.append(("scale_labels", f"{what}, got {labels!r:.60}"))
        return [{}] * count


class TextBox(Classic):
    """A question that is answered in a few lines.

    Args:
        text_box_header: what is asked.
        required: whether it has to be answered.
        **unknown: anything else is reported as a mistake.

    The answer is ``user-input``.
    """

    def __init__(self, text_box_header: str = "", required: bool = True, **unknown: object) -> None:
        super().__init__(**unknown)
        self.questions(LongText("user-input", _plain(text_box_header), required=required))


class ScalesAndTextBox(Classic):
    """Statements on a scale of many points, and a text.

    Args:
        scale_questions: the statements.
        pre_scale_header: what stands above them.
        text_box_header: what is asked for in the text.
        scale_size: how many points each scale has.
        scale_labels: what stands at their ends: a list whose first and last label count, or one for each.
        **unknown: anything else is reported as a mistake.

    The answers are ``scale-0`` and so on, from 1 to the number of points, and ``user-input``, which may be
    left empty.
    """

    def __init__(
        self,
        text_box_header: str = "",
        pre_scale_header: str = "",
        scale_questions: Any = NOT_GIVEN,
        scale_size: int = 21,
        scale_labels: Any = None,
        **unknown: object,
    ) -> None:
        super().__init__(**unknown)
        self.questions(
            *_header(pre_scale_header),
            *self._scales(scale_questions, scale_size, scale_labels),
            LongText("user-input", _plain(text_box_header) or "Anything else?", required=False),
        )


class OptionBoxesWithScalesAndTextBox(Classic):
    """One answer out of several, statements on a scale, and a text.

    Args:
        options: the answers to choose from.
        text_box_header: what is asked for in the text.
        pre_scale_header: what stands above the statements.
        scale_questions: the statements.
        option_box_header: what stands above the answers.
        scale_size: how many points each scale has.
        scale_labels: what stands at their ends: a list whose first and last label count, or one for each.
        **unknown: anything else is reported as a mistake.

    The answers are ``selected-option-box``, ``scale-0`` and so on, and ``user-input``, which may be empty.
    """

    def __init__(
        self,
        options: Any = NOT_GIVEN,
        text_box_header: str = "",
        pre_scale_header: str = "",
        scale_questions: Any = NOT_GIVEN,
        option_box_header: str = "",
        scale_size: int = 21,
        scale_labels: Any = None,
        **unknown: object,
    ) -> None:
        super().__init__(**unknown)
        chosen = self._texts("options", options)
        self.questions(
            *([Choice("selected-option-box", _plain(option_box_header), options=chosen)] if chosen else []),
            *_header(pre_scale_header),
            *self._scales(scale_questions, scale_size, scale_labels),
            LongText("user-input", _plain(text_box_header) or "Anything else?", required=False),
        )


class MultipleChoice(Classic):
    """Questions with answers to choose from, with pictures if there are any.

    Args:
        pre_questions_header: what stands above the questions.
        questions: what is asked.
        choices: the answers to choose from: a list for all questions, or one for each.
        multi_select: whether several may be chosen.
        images: for each question a picture, or a list of pictures of its answers.
        **unknown: anything else is reported as a mistake.

    The answers are ``mc-0`` and so on: the number of the answer, counted from 0, or a list of numbers.
    """

    def __init__(
        self,
        pre_questions_header: str = "",
        questions: Any = NOT_GIVEN,
        choices: Any = NOT_GIVEN,
        multi_select: bool = False,
        images: Any = None,
        **unknown: object,
    ) -> None:
        super().__init__(**unknown)
        texts = self._texts("questions", questions)
        items: list[Any] = _header(pre_questions_header)
        for number, (text, labels) in enumerate(zip(texts, self._choices(choices, len(texts)), strict=False)):
            pictures = images[number] if isinstance(images, Sequence) and number < len(images) else None
            if isinstance(pictures, str):
                items.append(Note(html=f'<img src="{escape(pictures)}" alt="">'))
                pictures = None
            options = [
                Option(index, label, image=pictures[index] if pictures and index < len(pictures) else None)
                for index, label in enumerate(labels)
            ]
            kind = Choices if multi_select else Choice
            items.append(kind(f"mc-{number}", _plain(text), options=options))
        self.questions(*items)

    def _choices(self, choices: Any, count: int) -> list[list[str]]:
        """Return the answers of each question, of a list for all or of one for each."""
        nested = (
            isinstance(choices, Sequence) and choices and all(isinstance(o, list | tuple) for o in choices)
        )
        if not nested:
            return [self._texts("choices", choices)] * count
        if len(choices) != count:
            what = f"there are {count} questions and answers for {len(choices)}"
            self._mistakes.append(("choices", what))
        return [self._texts("choices", one) for one in choices]


def _plain(text: object) -> Any:
    """Return a text in which braces stand for themselves, as they do in these scenes."""
    return text.replace("{", "{{").replace("}", "}}") if isinstance(text, str) else text


def _header(text: object) -> list[Note]:
    return [Note(_plain(text))] if text else []
