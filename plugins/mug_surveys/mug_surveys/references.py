"""Whether what conditions and texts say of other scenes is known: checked when the whole experiment is."""

from __future__ import annotations

from collections.abc import Iterator

from mug.errors import Problem, did_you_mean
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Stager
from mug_surveys.survey import Survey

OF_GAMES = ("outcome", "reason", "reward")
"""What is known about every game that was played."""


def unknown_references(stager: Stager) -> Iterator[Problem]:
    """Yield each name of a condition or a text that stands for nothing in this experiment."""
    known = _known(stager)
    if known is None:
        return
    for scene in stager.scenes():
        if not isinstance(scene, Survey):
            continue
        own = {question.name for question in scene.all_questions}
        parts = [part for page in scene.all_pages for part in (page, *page.items)]
        for part in parts:
            for name in sorted({name for _, name in part.references()}):
                if name.partition(".")[0] not in own and not _means_something(name, known):
                    fix = did_you_mean(name, known | own) or "write {question} or {scene.question}"
                    what = f"{{{name}}} stands for nothing: no scene or treatment is named so"
                    yield Problem(f"{scene.label()}, .questions(), {part.label}", what, fix)


def _known(stager: Stager) -> set[str] | None:
    """Return the names of everything that can be known of a participant; None if some cannot be listed."""
    known = set(stager.names.values())
    for scene in stager.scenes():
        fields = OF_GAMES if isinstance(scene, GymScene) else scene.fields()
        if fields is None:
            return None
        known |= {f"{scene.scene_id}.{field}" for field in (*fields, "outcome")}
        known |= set() if isinstance(scene, GymScene) else set(fields)
    return known


def _means_something(name: str, known: set[str]) -> bool:
    """Whether a name, or what it is a part of (``scene.matrix`` of ``scene.matrix.row``), is known."""
    parts = name.split(".")
    return any(".".join(parts[:count]) in known for count in range(1, len(parts) + 1))
