"""The types of questions that are answered by choosing among options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mug.configurations.kinds import Flag, ListOf, Whole
from mug.configurations.kinds import Text as PlainText
from mug.configurations.settings import Setting
from mug_surveys.kinds import Option, OptionsKind
from mug_surveys.question import Question
from mug_surveys.questions import Judged
from mug_surveys.values import same

OPTIONS = Setting("options", OptionsKind(), "The answers to choose from.", ())
SHUFFLE = Setting("shuffle", Flag(), "Whether the answers come in another order for each participant.", False)


class Chooses(Judged):
    """A question with options."""

    settings = (*Judged.settings, OPTIONS, SHUFFLE)

    def contradictions(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong between settings."""
        yield from super().contradictions()
        if not self.given("options") and any(s.name == "options" for s in self.settings):
            yield "options", "there is nothing to choose from", 'write options=["yes", "no"]'
        for answer in self.correct:
            if not any(same(answer, option.value) for option in self.options()):
                fix = f"the values are {', '.join(repr(o.value) for o in self.options())[:200]}"
                yield "correct", f"the right answer {answer!r} is not among the options", fix

    def options(self) -> tuple[Option, ...]:
        """Return the answers to choose from."""
        return tuple(self.get("options"))

    @property
    def shuffles(self) -> bool:
        """Whether they come in an order of chance."""
        return bool(self.get("shuffle"))


class Choice(Chooses):
    """One answer out of several, with all of them to be seen."""

    type = "choice"


class Dropdown(Chooses):
    """One answer out of many, in a list that opens."""

    type = "dropdown"


class Choices(Chooses):
    """Any number of answers out of several; stored as a list.

    With ``correct``, exactly these have to be chosen.
    """

    type = "choices"
    settings = (
        *Chooses.settings,
        Setting("least", Whole(0, 500), "How many have to be chosen.", 1),
        Setting("most", Whole(1, 500), "How many may be chosen."),
    )

    def contradictions(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong between settings."""
        yield from super().contradictions()
        most = self.get("most") or len(self.options())
        if self.options() and self.get("least") > min(most, len(self.options())):
            yield "least", "more would have to be chosen than can be", "write a smaller least="

    def is_right(self, value: object) -> bool:
        """Whether exactly the right answers were chosen."""
        chosen = value if isinstance(value, list | tuple) else ()
        right = self.correct
        return len(chosen) == len(right) and all(any(same(one, other) for other in chosen) for one in right)

    def details(self) -> dict[str, Any]:
        """Return how many can be chosen."""
        return {"least": self.get("least"), "most": self.get("most")}

    def values(self) -> str:
        """Return what can be in the list."""
        return f"JSON list of: {super().values()}"


class YesNo(Judged):
    """Yes or no; stored as true or false."""

    type = "yes_no"
    right_example = "correct=True or correct=False"
    settings = (
        *Judged.settings,
        Setting("yes", PlainText(200), "What stands for true, in place of the language's own word.", ""),
        Setting("no", PlainText(200), "What stands for false.", ""),
    )

    def details(self) -> dict[str, Any]:
        """Return the two answers."""
        return {
            "options": [
                {"value": True, "label": self.get("yes")},
                {"value": False, "label": self.get("no")},
            ]
        }

    def values(self) -> str:
        """Return the two values."""
        return f"true = {self.get('yes') or 'yes'}, false = {self.get('no') or 'no'}"


class Likert(Judged):
    """A place on a scale of a few points, stored as a number from 1 on.

    Either every point has a label, or there are so many points with labels at the ends.
    """

    type = "likert"
    settings = (
        *Judged.settings,
        Setting("labels", ListOf(PlainText(200), "a list of labels", 2), "What each point means.", ()),
        Setting("points", Whole(2, 21), "How many points there are, when they have no labels.", 7),
        Setting("low", PlainText(200), "What stands at the first point.", ""),
        Setting("high", PlainText(200), "What stands at the last point.", ""),
    )

    def contradictions(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong between settings."""
        yield from super().contradictions()
        if self.given("labels") and any(self.given(name) for name in ("points", "low", "high")):
            yield "labels", "every point has a label already", "leave out points=, low= and high="
        for answer in self.correct:
            if not any(same(answer, option.value) for option in self.options()):
                fix = f"points are numbers from 1 to {len(self.options())}"
                yield "correct", f"the right answer {answer!r} is no point of the scale", fix

    def options(self) -> tuple[Option, ...]:
        """Return the points."""
        labels = self.get("labels") or [str(number) for number in range(1, self.get("points") + 1)]
        return tuple(Option(number, label) for number, label in enumerate(labels, start=1))

    def details(self) -> dict[str, Any]:
        """Return what stands at the ends."""
        return {"low": self.get("low"), "high": self.get("high"), "labelled": bool(self.get("labels"))}

    def values(self) -> str:
        """Return the points that have a meaning."""
        if self.get("labels"):
            return super().values()
        low, high, last = self.get("low"), self.get("high"), self.get("points")
        ends = f" (1 = {low}, {last} = {high})" if low and high else ""
        return f"whole number from 1 to {last}{ends}"


class Matrix(Question):
    """Several lines that are answered on the same scale; stored as an object by the lines' names."""

    type = "matrix"
    settings = (
        *Question.common,
        Setting(
            "rows",
            OptionsKind(1, keys_only=True),
            'The lines: pairs of a name in the data and what is read: ``[("fun", "It was fun")]``.',
            (),
        ),
        Setting("options", OptionsKind(), "The answers to choose from in each line.", ()),
        Setting("shuffle", Flag(), "Whether the lines come in another order for each participant.", False),
    )

    def contradictions(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong between settings."""
        yield from super().contradictions()
        if not self.given("rows"):
            yield "rows", "there are no lines", 'write rows=[("fun", "It was fun")]'
        if not self.given("options"):
            yield "options", "there is nothing to choose from", 'write options=["no", "partly", "yes"]'

    @property
    def rows(self) -> tuple[Option, ...]:
        """The lines, in the order of the script."""
        return tuple(self.get("rows"))

    def options(self) -> tuple[Option, ...]:
        """Return the lines: they are what can be shuffled."""
        return self.rows

    @property
    def shuffles(self) -> bool:
        """Whether the lines come in an order of chance."""
        return bool(self.get("shuffle"))

    def definition(self, seed: int = 0) -> dict[str, Any]:
        """Return it as the page gets it: lines, and options for each."""
        definition = super().definition(seed)
        definition["lines"] = definition.pop("options")
        return definition | {"options": [option.definition() for option in self.get("options")]}

    def columns(self) -> Mapping[str, str]:
        """Return a column for each line."""
        asked = self.get("text").readable
        return {f"{self.name}.{row.value}": f"{asked} {row.label}" for row in self.rows}

    def values(self) -> str:
        """Return what a line's answer can be."""
        return ", ".join(f"{option.value} = {option.label}" for option in self.get("options"))


class Ranking(Question):
    """Answers that are brought into an order; stored as a list, the first one first."""

    type = "ranking"
    settings = (
        *Question.common,
        OPTIONS,
        SHUFFLE,
        Setting("most", Whole(1, 500), "How many get a place: ``3`` for the best three. All, if not given."),
    )

    def contradictions(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong between settings."""
        yield from super().contradictions()
        if not self.given("options"):
            yield "options", "there is nothing to rank", 'write options=["red", "green", "blue"]'
        elif (self.get("most") or 0) > len(self.options()):
            yield "most", "more places are to be given than there are answers", "write a smaller most="

    def options(self) -> tuple[Option, ...]:
        """Return what is ranked."""
        return tuple(self.get("options"))

    @property
    def shuffles(self) -> bool:
        """Whether they are shown in an order of chance."""
        return bool(self.get("shuffle"))

    def details(self) -> dict[str, Any]:
        """Return how many get a place."""
        return {"most": self.get("most")}

    def values(self) -> str:
        """Return what is in the list."""
        return f"JSON list in order of: {super().values()}"
