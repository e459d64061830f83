"""The scene that runs a SurveyJS definition."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from mug.configurations.kinds import FileText, MappingOf, Text, TextFile
from mug.configurations.settings import NOT_GIVEN, NotGiven, Setting, Settings
from mug.errors import Problem
from mug.scenes.html import html_trouble
from mug.scenes.scene import Accepted, Rejected, Scene
from mug_surveys.rules import is_empty
from mug_surveys.texts import TEXTS

LONGEST_TEXT = 20_000
DEEPEST = 8
_HALVES = re.compile("[\ud800-\udfff]")
_NOT_HERE = {
    "file": "files cannot be uploaded",
    "signaturepad": "drawn signatures cannot be stored",
}
_WITHOUT_ANSWERS = ("html", "image", "expression")
_LIMITS = ("timeLimit", "timeLimitPerPage", "maxTimeToFinish", "maxTimeToFinishPage")
_FETCHES = ("choicesByUrl", "contentUrl", "imageLink", "logo", "backgroundImage")

DEFINITION = Settings(
    "survey",
    Setting("definition", MappingOf("a SurveyJS definition, as a dict"), "The definition."),
    Setting("definition_filepath", TextFile("the path of a JSON file"), "A file with it, instead."),
)
SHOWN = Settings("display", Setting("scene_header", Text(2000), "The heading, as plain text."))


class SurveyJsScene(Scene):
    """A survey that is defined in SurveyJS's JSON, shown by SurveyJS itself.

    SurveyJS checks answers in the browser only. The server stores what the definition asks for and no other
    names, insists on required questions that are always shown, and limits sizes; the rest is as trustworthy
    as a browser is. Everything is served by mug itself, and loaded only where such a scene is reached.

    Args:
        definition: the definition, as a dict.
    """

    kind = "surveyjs"

    def __init__(self, definition: object = NOT_GIVEN) -> None:
        super().__init__()
        if definition is not NOT_GIVEN:
            self.survey(definition=definition)  # type: ignore[arg-type]

    @SHOWN.implements
    def display(self, *, scene_header: str | NotGiven = NOT_GIVEN, **unknown: object) -> Self:
        """Say what stands above the survey.

        Args:
            scene_header: the heading, as plain text.
            **unknown: anything else is reported as a mistake.
        """
        return self

    @DEFINITION.implements
    def survey(
        self,
        *,
        definition: Mapping[str, Any] | NotGiven = NOT_GIVEN,
        definition_filepath: str | Path | NotGiven = NOT_GIVEN,
        **unknown: object,
    ) -> Self:
        """Say what is asked.

        Args:
            definition: the SurveyJS definition, as a dict.
            definition_filepath: a JSON file that holds it, instead.
            **unknown: anything else is reported as a mistake.
        """
        return self

    def contradictions(self) -> list[Problem]:
        """Return what is wrong with the definition, as far as mug can tell."""
        found = super().contradictions()
        if self.given("definition") == self.given("definition_filepath"):
            what = "the survey has no definition, or two"
            found.append(
                self.problem("survey", "definition", what, "give either definition= or definition_filepath=")
            )
            return found
        if self.wrong("definition") or self.wrong("definition_filepath"):
            return found
        setting = "definition" if self.given("definition") else "definition_filepath"
        try:
            definition = self.definition()
        except (TypeError, ValueError) as error:
            found.append(self.problem("survey", setting, f"this is no JSON object: {error}"))
            return found
        found += [self.problem("survey", setting, what, fix) for what, fix in _troubles(definition)]
        return found

    def definition(self) -> dict[str, Any]:
        """Return the definition.

        Raises:
            ValueError: the file holds no JSON object.
            TypeError: what was given cannot be JSON.
        """
        file = self.setting("definition_filepath")
        text = (
            file.text
            if isinstance(file, FileText)
            else json.dumps(self.setting("definition"), allow_nan=False)
        )
        try:
            read = json.loads(text)
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
        if not isinstance(read, dict):
            raise ValueError("it is something else")
        return read

    def fields(self) -> Collection[str] | None:
        """Return the names of the answers: of every question, of its comment, and of calculated values."""
        try:
            definition = self.definition()
        except (TypeError, ValueError):
            return ()
        names = [_data_name(element) for element, _ in _elements(definition) if element.get("name")]
        comments = [f"{name}-Comment" for name in names]
        values = [one for one in _list(definition.get("calculatedValues")) if one.get("includeIntoResult")]
        written = [one for one in _list(definition.get("triggers")) if one.get("setToName")]
        others = [*(str(one.get("name")) for one in values), *(str(one["setToName"]) for one in written)]
        return list(dict.fromkeys([*names, *comments, *others]))

    def page(self) -> dict[str, Any]:
        """Return the heading and the definition."""
        return {"header": self.setting("scene_header") or "", "definition": self.definition()}

    def accept(self, answers: Mapping[str, Any]) -> Accepted | Rejected:
        """Take the answers that the definition asks for, in sizes that can be stored."""
        known = set(self.fields() or ())
        given = {name: value for name, value in answers.items() if name in known and value is not None}
        errors = {name: TEXTS["too_much"] for name, value in given.items() if not _storable(value)}
        for element in _insisted_on(self.definition()):
            if is_empty(given.get(_data_name(element))):
                errors.setdefault(str(element.get("name")), TEXTS["required"])
        return Rejected(errors) if errors else Accepted(given)


def _data_name(element: Mapping[str, Any]) -> str:
    """Return the name under which SurveyJS stores the answer to a question."""
    return str(element.get("valueName") or element.get("name"))


def _insisted_on(definition: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the questions that nobody gets past in SurveyJS without an answer.

    There are none where it may skip some: by triggers, when time is up, or because it only shows.
    """
    lenient = definition.get("validationEnabled") is False or definition.get("ignoreValidation")
    shows_only = definition.get("mode") == "display" or definition.get("readOnly")
    limited = any(key in _LIMITS and value for key, value in _everything(definition))
    if lenient or shows_only or limited or definition.get("triggers"):
        return
    for element, always in _elements(definition):
        if always and element.get("isRequired") and element.get("type") not in _WITHOUT_ANSWERS:
            yield element


def _elements(part: Mapping[str, Any], always: bool = True) -> Iterator[tuple[Mapping[str, Any], bool]]:
    """Yield every question of a definition or a panel, and whether everybody is shown and can answer it."""
    for page in _list(part.get("pages")):
        yield from _elements(page, always and not _conditional(page))
    for element in [*_list(part.get("elements")), *_list(part.get("questions"))]:
        shown = always and not _conditional(element)
        if element.get("type") == "panel":
            yield from _elements(element, shown)
        else:
            yield element, shown


def _conditional(part: Mapping[str, Any]) -> bool:
    """Whether it depends on something if a part is shown, and can be answered."""
    depends = any(part.get(name) for name in ("visibleIf", "requiredIf", "enableIf", "readOnly"))
    return depends or part.get("visible") is False


def _list(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _troubles(definition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not any(True for _ in _elements(definition)):
        yield (
            "the definition has no questions",
            'it needs {"elements": […]} or {"pages": [{"elements": […]}]}',
        )
    for element, _ in _elements(definition):
        kind, name = element.get("type"), element.get("name")
        if kind in _NOT_HERE:
            yield f"question {name!r} is of type '{kind}': {_NOT_HERE[kind]}", "ask for something else"
        if isinstance(name, str) and name.startswith("$"):
            yield f"the name {name!r} begins with '$'", "choose another name"
        if kind == "html" and (trouble := html_trouble(str(element.get("html", "")))):
            yield f"question {name!r}: {trouble[0]}", trouble[1]
    for key, value in _everything(definition):
        if key in _FETCHES and "//" in json.dumps(value):
            what = f"'{key}' loads something from another host, which browsers do not do here"
            yield what, "put it into a folder of the experiment, or write it into the definition"


def _everything(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield str(key), part
            yield from _everything(part)
    elif isinstance(value, list):
        for part in value:
            yield from _everything(part)


def _storable(value: object, depth: int = 0) -> bool:
    if depth > DEEPEST:
        return False
    if isinstance(value, str):
        return len(value) <= LONGEST_TEXT and not _HALVES.search(value)
    if isinstance(value, bool) or value is None:
        return True
    if isinstance(value, int | float):
        return math.isfinite(value) and abs(value) <= 2**53
    if isinstance(value, list):
        return len(value) <= 1000 and all(_storable(one, depth + 1) for one in value)
    if isinstance(value, Mapping):
        return len(value) <= 1000 and all(
            _storable(k, depth) and _storable(v, depth + 1) for k, v in value.items()
        )
    return False
