"""Pages without an environment: welcome, instructions, waiting room, thanks."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import quote

from mug.configurations.kinds import Choice, FileText, Flag, ListOf, Readable, Text, TextFile, Url
from mug.configurations.settings import NOT_GIVEN, NotGiven, Setting, Settings, WrongValue, shown
from mug.errors import MugError, Problem
from mug.outcomes import COMPLETED, ENDINGS
from mug.scenes.html import Html, html_trouble
from mug.scenes.scene import Accepted, Rejected, Scene, Visitor

LONGEST_ANSWER = 20_000
"""How many characters one answer may have."""
LARGEST_NUMBER = 2**53
"""Whole numbers beyond this are not exact in a browser, and too long for the records."""
SHORTEST_READING, LONGEST_READING = 5, 60
"""For how many seconds an ending can be read before it leads on by itself, at least and at most."""
WORDS_PER_SECOND = 2.5
"""How fast people read who do not read much."""


def _element_id(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{0,99}", value):
        raise WrongValue
    return value


DISPLAY = Settings(
    "display",
    Setting("scene_header", Text(2000), "The page's heading, as plain text."),
    Setting("scene_subheader", Text(2000), "A line below the heading, as plain text."),
    Setting("scene_body", Html(), "The page's content as HTML."),
    Setting(
        "scene_body_filepath",
        TextFile("the path of an HTML file"),
        "A file with the content, in place of scene_body.",
    ),
    Setting(
        "element_ids",
        ListOf(
            Readable("the id or name of a form field: letters, digits, '_' and '-'", _element_id),
            "a list of ids of form fields",
        ),
        "Ids of form fields in the content, whose values are the page's answers.",
        (),
    ),
)


class StaticScene(Scene):
    """A page with a heading, content written in HTML, and a button that leads on.

    The content is the researcher's own HTML. Scripts do not run in it, and nothing is loaded from other
    hosts.
    """

    kind = "static"

    @DISPLAY.implements
    def display(
        self,
        *,
        scene_header: str | NotGiven = NOT_GIVEN,
        scene_subheader: str | NotGiven = NOT_GIVEN,
        scene_body: str | NotGiven = NOT_GIVEN,
        scene_body_filepath: str | Path | NotGiven = NOT_GIVEN,
        element_ids: Sequence[str] | NotGiven = NOT_GIVEN,
        **unknown: object,
    ) -> Self:
        """Say what the page shows.

        Args:
            scene_header: the heading, as plain text.
            scene_subheader: a line below it, as plain text.
            scene_body: the content, as HTML.
            scene_body_filepath: a file that holds the content, instead.
            element_ids: ids of form fields in the content. Their values are stored as the answers of this
                scene and can decide a `Branch`; a field with the attribute ``required`` must be filled in.
            **unknown: anything else is reported as a mistake.
        """
        return self

    def contradictions(self) -> list[Problem]:
        """Return what is wrong between the settings."""
        found = []
        if self.given("scene_body") and self.given("scene_body_filepath"):
            what = "the content is given twice, by scene_body and by scene_body_filepath"
            found.append(self.problem("display", "scene_body_filepath", what, "keep one of the two"))
        file = self.setting("scene_body_filepath")
        if isinstance(file, FileText) and (trouble := html_trouble(file.text)):
            what, fix = trouble
            found.append(self.problem("display", "scene_body_filepath", f"{file.path.name}: {what}", fix))
        elements: tuple[str, ...] = self.setting("element_ids")
        for element in elements:
            if not self._has_field(element):
                what = f"the content has no form field with the id or name {element!r}"
                fix = f'write it into the HTML, for example <input id="{element}">'
                found.append(self.problem("display", "element_ids", what, fix))
        return found

    def body(self) -> str:
        """Return the content as HTML."""
        file = self.setting("scene_body_filepath")
        text = file.text if isinstance(file, FileText) else self.setting("scene_body")
        return text or ""

    def fields(self) -> Collection[str] | None:
        """Return the form fields that are collected."""
        elements: tuple[str, ...] = self.setting("element_ids")
        return elements

    def page(self) -> dict[str, Any]:
        """Return heading, subheading, content and the ids of the fields to collect."""
        return {
            "header": self.setting("scene_header") or "",
            "subheader": self.setting("scene_subheader") or "",
            "body": self.body(),
            "fields": list(self.setting("element_ids")),
        }

    def accept(self, answers: Mapping[str, Any]) -> Accepted | Rejected:
        """Take the values of the declared fields; a field marked ``required`` must have one."""
        errors = {}
        kept: dict[str, Any] = {}
        for field in self.setting("element_ids"):
            value = answers.get(field)
            if _missing(value):
                if self._required(field):
                    errors[field] = "Please answer this question."
                kept[field] = "" if value is None else value
            elif _storable(value):
                kept[field] = value
            else:
                errors[field] = "This answer is too long, or of a kind that cannot be stored."
        return Rejected(errors) if errors else Accepted(kept)

    def _has_field(self, element: str) -> bool:
        return re.search(rf"""\b(id|name)\s*=\s*["']?{re.escape(element)}["'\s/>]""", self.body()) is not None

    def _required(self, element: str) -> bool:
        named = rf"""\b(id|name)\s*=\s*["']?{re.escape(element)}["'\s/>]"""
        tags = re.findall(r"<(?:input|textarea|select)\b[^>]*>", self.body(), re.IGNORECASE)
        return any(re.search(named, tag) and re.search(r"\srequired\b", tag) for tag in tags)


class StartScene(StaticScene):
    """The first page."""


class WaitScene(StaticScene):
    """The page shown while the following game's group comes together.

    It stands directly before a `GymScene`, whose ``.waitroom`` settings say how long people wait and for
    whom. Without a ``WaitScene`` the game shows a waiting room of its own.
    """

    kind = "wait"


REDIRECT = Settings(
    "redirect",
    Setting("url", Url(), "Where the participant goes from here."),
    Setting("append_subject_id", Flag(), "Whether the subject id is put at the end of the address.", False),
)


ENDING = Settings(
    "ending",
    Setting(
        "outcome",
        Choice(*ENDINGS),
        "What the data, and the recruitment service, are told about somebody who gets here.",
        COMPLETED,
    ),
)


class EndScene(StaticScene):
    """A page at which the experiment is over, completed or not."""

    kind = "end"
    ends = True

    @ENDING.implements
    def ending(self, *, outcome: str | NotGiven = NOT_GIVEN, **unknown: object) -> Self:
        """Say how it is to be understood that a participant ends here.

        An ending with another outcome than ``completed`` is where those go who have that outcome and no
        other way: who do not consent, who waited for too long, or, if it stands behind the ordinary ending,
        whose game broke off.

        Args:
            outcome: one of `mug.outcomes.ENDINGS`.
            **unknown: anything else is reported as a mistake.
        """
        return self

    @property
    def outcome(self) -> str:
        """The outcome of those who get here."""
        outcome: str = self.setting("outcome")
        return outcome

    @REDIRECT.implements
    def redirect(
        self,
        *,
        url: str | NotGiven = NOT_GIVEN,
        append_subject_id: bool | NotGiven = NOT_GIVEN,
        **unknown: object,
    ) -> Self:
        """Send participants on to another site from this page.

        Args:
            url: the full address.
            append_subject_id: put the subject id at the end of the address, which then ends with ``=`` or
                ``/``.
            **unknown: anything else is reported as a mistake.
        """
        return self

    def contradictions(self) -> list[Problem]:
        """Return what is wrong between the settings."""
        found = super().contradictions()
        url = self.setting("url")
        if self.setting("append_subject_id") and not self.given("url"):
            what = "append_subject_id=True needs an address to append it to"
            found.append(self.problem("redirect", "append_subject_id", what, 'write url="https://…?id="'))
        elif self.setting("append_subject_id") and url and not url.endswith(("=", "/")):
            what = f"the subject id would be glued to the end of {shown(url)}"
            fix = f"let the address end with '=' or '/': url={url + ('&' if '?' in url else '?') + 'id='!r}"
            found.append(self.problem("redirect", "append_subject_id", what, fix))
        return found

    def page_for(self, visitor: Visitor) -> dict[str, Any]:
        """Return where the page leads this participant, if it does."""
        url = self.redirect_url(visitor.subject_id)
        return {} if url is None else {"redirect": {"url": url, "seconds": self.reading_seconds()}}

    def reading_seconds(self, more: str = "") -> int:
        """Return for how long the page, with some more text, can be read before it leads on by itself."""
        read = " ".join((self.setting("scene_header") or "", re.sub(r"<[^>]*>", " ", self.body()), more))
        return round(min(max(SHORTEST_READING, len(read.split()) / WORDS_PER_SECOND), LONGEST_READING))

    def redirect_url(self, subject_id: str) -> str | None:
        """Return where this participant goes from here, None when they stay."""
        url: str | None = self.setting("url")
        if url is None or not self.setting("append_subject_id"):
            return url
        return url + quote(subject_id, safe="")


class CompletionCodeScene(EndScene):
    """A last page that shows the participant's completion code.

    The code comes from the recruitment plugin in use, or is drawn and stored for each participant.
    """

    wants_code: ClassVar[bool] = True


CLASSIC = ("TextBox", "ScalesAndTextBox", "OptionBoxesWithScalesAndTextBox", "MultipleChoice")
"""Scenes of questions that scripts look for here, and that mug-surveys gives."""


def __getattr__(name: str) -> type[Scene]:
    """Return a scene that an installed package gives under this name (entry points ``mug.scenes``).

    Raises:
        MugError: the package that gives one of the classic scenes is not installed.
    """
    for offer in entry_points(group="mug.scenes", name=name):
        scene: type[Scene] = offer.load()
        return scene
    if name in CLASSIC:
        raise MugError(f"{name} is not installed", "mug.scenes.static_scene", "pip install mug-surveys")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _missing(value: object) -> bool:
    return value is None or value is False or value == [] or (isinstance(value, str) and not value.strip())


def _storable(value: object) -> bool:
    if isinstance(value, list):
        return len(value) <= 1000 and all(_is_text(v, 1000) for v in value)
    if isinstance(value, bool | int | float):
        return math.isfinite(value) and abs(value) <= LARGEST_NUMBER
    return _is_text(value, LONGEST_ANSWER)


def _is_text(value: object, longest: int) -> bool:
    """Whether this is a text that can be written down: browsers can send halves of characters."""
    return isinstance(value, str) and len(value) <= longest and not re.search("[\ud800-\udfff]", value)
