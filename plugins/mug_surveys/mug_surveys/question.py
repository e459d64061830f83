"""What every question is: a name, a text, and settings that are checked like those of scenes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from mug.configurations.kinds import Flag
from mug.configurations.settings import Setting, WrongValue, shown
from mug.engine.seeds import derive_seed
from mug.errors import Problem, did_you_mean
from mug_surveys.expressions import names_in
from mug_surveys.kinds import Condition, ConditionKind, NameKind, Option, Piped, PipedKind
from mug_surveys.piping import refs_in

NAME = Setting("name", NameKind(), "The answer's name in the data, in conditions and in texts.", "")
TEXT = Setting("text", PipedKind(), "What is asked.")
WHEN = Setting("when", ConditionKind(), "An expression; only while it is true, this is shown.")
HELP = Setting("help", PipedKind(2000), "A line below the question.", Piped("", []))
REQUIRED = Setting("required", Flag(), "Whether it has to be answered.", True)


class Part:
    """Something on a page of a survey, with settings that never raise."""

    #: The settings that are given without their names, in order.
    positional: ClassVar[tuple[Setting, ...]] = ()
    #: The settings that are given by name.
    settings: ClassVar[tuple[Setting, ...]] = ()

    def __init__(self, *positional: object, **given: object) -> None:
        self._values: dict[str, Any] = {}
        self._faults: list[tuple[str, str, str]] = []
        known = {setting.name: setting for setting in (*self.positional, *self.settings)}
        for setting, value in zip(self.positional, positional, strict=False):
            if setting.name in given:
                self._faults.append((setting.name, f"{setting.name} is given twice", "leave one out"))
            given.setdefault(setting.name, value)
        if len(positional) > len(self.positional):
            extra = positional[len(self.positional)]
            self._faults.append(("", f"{shown(extra)} is one value too many", "give the others by name"))
        for name, value in given.items():
            if name in known:
                self._read(known[name], value)
            else:
                what = f"a {type(self).__name__} has no setting '{name}'"
                self._faults.append((name, what, did_you_mean(name, known)))

    def _read(self, setting: Setting, value: object) -> None:
        try:
            self._values[setting.name] = setting.kind.read(value)
            return
        except WrongValue as error:
            wrong = error
        except Exception:
            # what a script passes may raise at whatever is asked of it
            wrong = WrongValue()
        problem = wrong.as_problem("", setting.name, setting.kind, value)
        self._faults.append((setting.name, problem.what, problem.fix))

    def get(self, name: str) -> Any:
        """Return the value of a setting, or its default."""
        if name in self._values:
            return self._values[name]
        return next(s.default for s in (*self.positional, *self.settings) if s.name == name)

    def given(self, name: str) -> bool:
        """Whether a setting was given a value, right or wrong."""
        return name in self._values or any(fault[0] == name for fault in self._faults)

    @property
    def label(self) -> str:
        """How problems name it."""
        return f"a {type(self).__name__}"

    def problems(self, where: str) -> Iterator[Problem]:
        """Yield everything that is wrong with it; ``where`` names the scene."""
        for setting, what, fix in self._faults:
            yield self._problem(where, setting, what, fix)
        if not self._faults:
            for setting, what, fix in self.contradictions():
                yield self._problem(where, setting, what, fix)

    def _problem(self, where: str, setting: str, what: str, fix: str) -> Problem:
        return Problem(f"{where}, {self.label}" + (f", {setting}=" if setting else ""), what, fix)

    def contradictions(self) -> Iterator[tuple[str, str, str]]:
        """Yield (setting, what, fix) for what is wrong between settings."""
        return iter(())

    def texts(self) -> Iterator[Piped]:
        """Yield the texts in which answers can stand."""
        return iter(())

    def pictures(self) -> Iterator[str]:
        """Yield the addresses of the pictures that it shows."""
        return iter(())

    def references(self) -> Iterator[tuple[str, str]]:
        """Yield (setting, name) for each name that its condition and its texts refer to."""
        if self.when is not None:
            yield from (("when", name) for name in names_in(self.when.tree))
        for text in self.texts():
            yield from (("text", name) for name in refs_in(text.parts))

    @property
    def when(self) -> Condition | None:
        """The condition under which it is shown."""
        return self.get("when")  # type: ignore[no-any-return]


class Question(Part):
    """A question with an answer.

    Subclasses name their ``type``, their ``settings``, and what of them the page needs in `details`.
    """

    type: ClassVar[str] = ""
    positional = (NAME, TEXT)
    #: The settings of every question.
    common: ClassVar[tuple[Setting, ...]] = (HELP, REQUIRED, WHEN)
    settings = common

    @property
    def name(self) -> str:
        """The answer's name."""
        return str(self.get("name"))

    @property
    def label(self) -> str:
        """How problems name it: by its name."""
        return f"question '{self.name}'" if self.name else super().label

    def contradictions(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong between settings."""
        if not self.given("name"):
            yield (
                "name",
                "the question has no name",
                f'write {type(self).__name__}("age", "How old are you?")',
            )
        elif not self.given("text"):
            yield "text", "nothing is asked", f'write {type(self).__name__}("{self.name}", "…?")'

    def texts(self) -> Iterator[Piped]:
        """Yield the texts in which answers can stand."""
        yield self.get("text")
        yield self.get("help")

    def options(self) -> tuple[Option, ...]:
        """Return the answers to choose from, in the order of the script; empty where there are none."""
        return ()

    def pictures(self) -> Iterator[str]:
        """Yield the addresses of the pictures of its options."""
        return (str(option.image) for option in self.options() if option.image)

    def details(self) -> dict[str, Any]:
        """Return what the page and the rules need to know about this type of question, as JSON values."""
        return {}

    def shuffled(self, seed: int) -> list[Option]:
        """Return the options in the order in which the participant with this seed sees them."""
        options = list(self.options())
        if self.shuffles:
            moving = [option for option in options if not option.stays]
            random.Random(derive_seed(seed, "options", self.name)).shuffle(moving)
            options = [option if option.stays else moving.pop(0) for option in options]
        return options

    @property
    def shuffles(self) -> bool:
        """Whether the options come in an order of chance."""
        return False

    @property
    def correct(self) -> tuple[Any, ...]:
        """The right answers; empty where there is no right and wrong."""
        return ()

    def definition(self, seed: int = 0) -> dict[str, Any]:
        """Return the question as the page gets it; nothing in it says which answer is right."""
        when = self.when
        drawn = {"options": [o.definition() for o in self.shuffled(seed)]} if self.options() else {}
        return {
            "name": self.name,
            "type": self.type,
            "text": self.get("text").for_page(),
            "help": self.get("help").for_page(),
            "required": self.get("required"),
            "when": when and when.tree,
            **self.details(),
            **drawn,
        }

    def columns(self) -> Mapping[str, str]:
        """Return the answer's columns in the data, each with what it holds."""
        return {self.name: self.get("text").readable}

    def values(self) -> str:
        """Return what the answer can be, for the codebook."""
        return ", ".join(f"{option.value} = {option.label}" for option in self.options())
