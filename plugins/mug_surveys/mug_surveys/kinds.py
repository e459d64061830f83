"""What the settings of questions accept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import attrs

from mug.configurations.settings import WrongValue, shown
from mug_surveys.expressions import ExpressionError, Tree, parse
from mug_surveys.patterns import is_pattern, is_simple
from mug_surveys.piping import Parts, filled_in, parse_text

MOST_OPTIONS = 500
_OF_EVERY_OBJECT = ("constructor", "hasOwnProperty", "isPrototypeOf", "toLocaleString", "toString", "valueOf")
ANSWER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}")


@attrs.frozen
class Condition:
    """An expression as it was written, and its tree."""

    source: str
    tree: Tree


@attrs.frozen
class ConditionKind:
    """An expression that decides whether something is shown."""

    expects: str = "an expression such as \"{age} >= 18 and {plays} == 'daily'\""

    def read(self, value: object) -> Condition:
        """Parse it."""
        if not isinstance(value, str):
            raise WrongValue
        try:
            return Condition(value, parse(value))
        except ExpressionError as error:
            raise WrongValue(f"{value!r} is no expression: {error.what}", fix=error.fix) from None


@attrs.frozen
class Piped:
    """A text as it was written, and its parts."""

    source: str
    parts: Parts

    @property
    def readable(self) -> str:
        """The text for people: names in braces, and braces that stand for themselves as they are."""
        return filled_in(self.parts, "{{{}}}".format)

    def for_page(self) -> str | Parts:
        """Return the text, or its parts if there are answers in it."""
        if all(isinstance(part, str) for part in self.parts):
            return "".join(self.parts)
        return self.parts


@attrs.frozen
class PipedKind:
    """A plain text in which ``{name}`` stands for an answer."""

    longest: int = 5000
    expects: str = "a text, in which {name} stands for an answer"

    def read(self, value: object) -> Piped:
        """Parse it."""
        if not isinstance(value, str):
            raise WrongValue
        if len(value) > self.longest:
            raise WrongValue(f"the text has {len(value)} characters, at most {self.longest} are possible")
        try:
            return Piped(value, parse_text(value))
        except ExpressionError as error:
            raise WrongValue(error.what, fix=error.fix) from None


@attrs.frozen
class NameKind:
    """The name of an answer."""

    expects: str = "a name of letters, digits, '_' and '-' that begins with a letter"

    def read(self, value: object) -> str:
        """Accept such names; suggest one for others."""
        if not isinstance(value, str):
            raise WrongValue
        if value in _OF_EVERY_OBJECT:
            raise WrongValue(f"{value!r} means something else in browsers", fix="choose another name")
        if ANSWER_NAME.fullmatch(value):
            return value
        close = re.sub(r"[^A-Za-z0-9_-]+", "_", value).strip("_-0123456789")[:100]
        raise WrongValue(suggestion=close) if close else WrongValue


class Option:
    """One of the answers to choose from.

    Args:
        value: what is stored when it is chosen: a text or a whole number.
        label: what participants read; the value itself when nothing is given.
        image: a picture in a folder of the experiment (``.static_files(directories=["pictures"])``).
        alt: what the picture shows, for those who do not see it; only for a picture without a label.
        exclusive: whether it cannot be chosen together with others: ``"none of these"``.
        stays: whether it keeps its place where the others are shuffled.
    """

    def __init__(
        self,
        value: object,
        label: object = None,
        *,
        image: object = None,
        alt: object = "",
        exclusive: object = False,
        stays: object = False,
    ) -> None:
        self.value = value
        self.label = str(value) if label is None else label
        self.image = image
        self.alt = alt
        self.exclusive = exclusive
        self.stays = stays

    def trouble(self) -> str:
        """Return what is wrong with it, empty when nothing is."""
        if isinstance(self.value, bool) or not isinstance(self.value, str | int):
            return f"the value {shown(self.value)} is neither a text nor a whole number"
        if isinstance(self.value, str) and not 0 < len(self.value) <= 200:
            return f"the value {shown(self.value)} must have 1 to 200 characters"
        if isinstance(self.value, int) and abs(self.value) > 2**53:
            return f"the value {self.value} is too large"
        if not isinstance(self.label, str) or len(self.label) > 1000:
            return (
                f"the label {shown(self.label)} of {self.value!r} must be a text of at most 1000 characters"
            )
        if not isinstance(self.alt, str):
            return f"alt of {self.value!r} must be a text"
        if not isinstance(self.exclusive, bool) or not isinstance(self.stays, bool):
            return f"exclusive and stays of {self.value!r} must be True or False"
        if self.image is not None and (wrong := image_trouble(self.image)):
            return f"the picture of {self.value!r}: {wrong}"
        if not self.label and not (self.image and self.alt):
            return f"{self.value!r} has nothing to read: give a label, or a picture with alt"
        return ""

    def definition(self) -> dict[str, Any]:
        """Return it as the page gets it."""
        optional = {"image": self.image, "alt": self.alt, "exclusive": self.exclusive, "stays": self.stays}
        return {"value": self.value, "label": self.label} | {
            name: value for name, value in optional.items() if value
        }


def image_trouble(address: object) -> str:
    """Return why a picture could not be shown, empty when it can."""
    if not isinstance(address, str) or not address:
        return f"{shown(address)} is no address of a picture"
    if "//" in address or address.startswith(("/", "data:", "javascript:")) or ".." in address:
        return (
            f"{address!r} must be in a folder of the experiment: write 'pictures/cat.png' and list the folder"
            " with .static_files(directories=['pictures'])"
        )
    return ""


@attrs.frozen
class OptionsKind:
    """A list of answers to choose from."""

    least: int = 2
    keys_only: bool = False
    expects: str = "a list of answers: texts, (value, label) pairs or Options"

    def read(self, value: object) -> tuple[Option, ...]:
        """Make an `Option` of each."""
        if isinstance(value, Mapping):
            value = list(value.items())
        if isinstance(value, str | bytes) or not isinstance(value, Sequence):
            raise WrongValue
        options = tuple(_option(item) for item in value)
        for option in options:
            if wrong := option.trouble():
                raise WrongValue(wrong)
            if self.keys_only and not (isinstance(option.value, str) and ANSWER_NAME.fullmatch(option.value)):
                fix = f"write ('{re.sub('[^a-z0-9]+', '_', str(option.value).lower())[:30]}', …)"
                raise WrongValue(
                    f"{option.value!r} is {NameKind().expects.replace('a name', 'no name', 1)}", fix=fix
                )
        values = [option.value for option in options]
        twice = next((one for one in values if values.count(one) > 1), None)
        if twice is not None:
            raise WrongValue(f"the value {twice!r} stands there twice", fix="give each answer its own value")
        if not self.least <= len(options) <= MOST_OPTIONS:
            raise WrongValue(f"there are {len(options)} answers, {self.least} to {MOST_OPTIONS} are possible")
        return options


def _option(item: object) -> Option:
    if isinstance(item, Option):
        return item
    if isinstance(item, Mapping):
        try:
            return Option(**item)
        except TypeError:
            raise WrongValue(f"{shown(item)} has keys that an Option does not have") from None
    if isinstance(item, list | tuple) and len(item) == 2:
        return Option(item[0], item[1])
    return Option(item)


@attrs.frozen
class DateKind:
    """A date."""

    expects: str = "a date such as '2026-03-31'"

    def read(self, value: object) -> str:
        """Accept dates and how they are written in ISO 8601."""
        try:
            read = value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            raise WrongValue from None
        return read.isoformat()[:10]


@attrs.frozen
class PatternKind:
    """The form of a text: characters, sets of them, and how often they come."""

    expects: str = "a form such as '[A-Z]{2}[0-9]{4}': characters, sets in [], and counts, without groups"

    def read(self, value: object) -> str:
        """Accept what browsers and Python read alike, and in no more than a moment."""
        if not isinstance(value, str) or not is_pattern(value):
            raise WrongValue
        if not is_simple(value):
            raise WrongValue("too many parts of the form have no fixed length", fix="give counts: {4}")
        return value
