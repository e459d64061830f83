"""What every scene is: one stage that a participant goes through."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, ClassVar, Self

import attrs

from mug.configurations.kinds import FileText, SafeName
from mug.configurations.settings import NOT_GIVEN, Builder, NotGiven, Setting, Settings
from mug.errors import Problem
from mug.outcomes import COMPLETED
from mug.scenes.html import Html
from mug.scenes.pictures import Picture, pictures_in


@attrs.frozen
class Kept:
    """What a scene has of a participant who is still in it.

    Attributes:
        answers: those given so far; they are in the data even when the participant goes no further.
        notes: what the scene wants to remember besides, as JSON values.
    """

    answers: Mapping[str, Any] = attrs.field(factory=dict)
    notes: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen
class Visitor:
    """A participant on a visit to a scene.

    Attributes:
        subject_id: their id in the data.
        seed: for everything that is random in this visit; the same whenever it is shown.
        facts: answers and outcomes of earlier scenes, by ``"field"`` and ``"scene_id.field"``.
        kept: what the scene has of this visit so far.
    """

    subject_id: str = ""
    seed: int = 0
    facts: Mapping[str, object] = attrs.field(factory=dict)
    kept: Kept = Kept()


@attrs.frozen
class Accepted:
    """The answers are complete and right; they are stored as they stand here.

    With an ``ending``, one of `mug.outcomes.ENDINGS`, the study is over for the participant: they go to the
    `EndScene` for it, or to the last scene when there is none.
    """

    answers: Mapping[str, Any]
    ending: str = ""


@attrs.frozen
class Continued:
    """The participant goes on within the scene, which is shown again with what is kept of them."""

    kept: Kept


@attrs.frozen
class Rejected:
    """The scene cannot be left with these answers.

    ``errors`` maps fields to sentences for the participant; the key ``""`` is for the page as a whole. What
    is ``kept`` of the attempt, if anything, is stored.
    """

    errors: Mapping[str, str]
    kept: Kept | None = None


@attrs.frozen
class Need:
    """Something that a scene uses by name and that a plugin has to offer.

    Attributes:
        hook: the registry: ``"mug_matchmakers"``.
        name: the name looked up in it.
        where: the setting that names it, for the error when it is missing.
        otherwise: what else the script could write.
    """

    hook: str
    name: str
    where: str
    otherwise: str = ""


SCENE = Settings(
    "scene",
    Setting(
        "scene_id",
        SafeName(),
        "The scene's name: in the data, in its folder, and where other settings refer to it.",
    ),
    hints={
        "should_export_metadata": "remove it: every scene that is entered is recorded",
        "experiment_config": "remove it: settings belong to the scene's own methods",
    },
)


class Scene(Builder):
    """One stage of an experiment.

    A plugin's scene subclasses this, usually through `mug.scenes.static_scene.StaticScene`, and says:

    - ``kind``: the name of the view that shows it. The page and the plugins' client modules register views
      under these names; a plugin also offers the class under the same name with ``mug_scenes``.
    - its settings: methods decorated with `Settings.implements`, which collect mistakes and never raise.
      Checks of one setting against another extend `contradictions`.
    - `page`: what the view needs, as JSON values. Participants can read all of it, so nothing that would give
      away a condition or a solution belongs in it.
    - `accept`: whether the scene may be left with what came back. It runs on the server and trusts nothing.
    - `page_for` and `accept_from`, where these depend on who is there: on earlier answers, on chance, or on
      how far somebody is in a scene of several pages.
    - `fields`: the names of the answers, so that branches on them can be checked before anybody takes part.

    One scene object serves every participant and keeps nothing about any of them: what a participant did
    comes in as an argument and goes out as a return value. After `freeze` it cannot be changed.
    """

    #: The name of the view that shows this scene.
    kind: ClassVar[str] = ""
    #: Whether the experiment is over for a participant who gets here.
    ends: ClassVar[bool] = False
    #: Whether a participant who gets here is given a completion code.
    wants_code: ClassVar[bool] = False

    @SCENE.implements
    def scene(self, *, scene_id: str | NotGiven = NOT_GIVEN, **unknown: object) -> Self:
        """Name the scene.

        Args:
            scene_id: its name: letters, digits, ``_``, ``-`` and ``.``; unique in the experiment.
            **unknown: anything else is reported as a mistake.
        """
        return self

    @property
    def scene_id(self) -> str:
        """The scene's name; empty as long as it has none."""
        name = self.setting("scene_id")
        return name if isinstance(name, str) else ""

    @property
    def outcome(self) -> str:
        """How it is counted that a participant's way ends here; see `mug.outcomes`."""
        return COMPLETED

    def label(self) -> str:
        """Return how problems name this scene."""
        if self.scene_id:
            return f"scene '{self.scene_id}'"
        return f"a {type(self).__name__}" + ("" if self.given("scene_id") else " without scene_id")

    def problems(self) -> list[Problem]:
        """Return everything that is wrong with this scene."""
        found = super().problems()
        if not self.given("scene_id"):
            found.append(
                self.problem("scene", "scene_id", "the scene has no name", 'write .scene(scene_id="…")')
            )
        return found + self.contradictions()

    def contradictions(self) -> list[Problem]:
        """Return what is wrong between settings; single wrong ones are reported elsewhere."""
        return []

    def needs(self) -> list[Need]:
        """Return what this scene uses of plugins by name."""
        return [Need("mug_scenes", self.kind, self.label())]

    def fields(self) -> Collection[str] | None:
        """Return the names of the answers this scene can give; None when they cannot be known beforehand."""
        return ()

    def pictures(self) -> Iterator[Picture]:
        """Yield the pictures that it shows; without more those in settings that are HTML, or files of it."""
        for name, (table, setting) in self.known_settings.items():
            if isinstance(setting.kind, Html) or name.endswith("body_filepath"):
                value = self.setting(name)
                html = value.text if isinstance(value, FileText) else value or ""
                for address in pictures_in(html):
                    yield Picture(address, f"{self.label()}, .{table.method}({name}=)")

    def page(self) -> dict[str, Any]:
        """Return what the page shows, as JSON values."""
        return {}

    def page_for(self, visitor: Visitor) -> dict[str, Any]:
        """Return what the page shows to this participant only, added to `page`.

        That of an ending is added when the ending is recorded.
        """
        return {}

    def accept(self, answers: Mapping[str, Any]) -> Accepted | Rejected:
        """Check the answers with which a participant wants to leave the scene.

        Args:
            answers: what the browser sent, by field: any JSON values under any names.

        Returns:
            ``Accepted`` with what is to be stored, or ``Rejected`` with what the participant should put
            right.
        """
        return Accepted({})

    def accept_from(self, visitor: Visitor, answers: Mapping[str, Any]) -> Accepted | Rejected | Continued:
        """Decide like `accept`, for this participant; without more it is `accept` that decides."""
        return self.accept(answers)
