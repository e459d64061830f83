"""What every column of the data means: of answers by their definitions, of all others by what mug says."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import attrs

from mug.records import FILES
from mug.scenes.scene import Scene
from mug.scenes.stager import Stager
from mug_surveys.consent import AGREED, SHA256, VERSION, ConsentScene
from mug_surveys.survey import Survey

RECORDED: Final = {
    "_order": ("list", "the questions that were shown, in the order in which they stood"),
    "_seconds": (
        "number",
        "seconds spent on this answer, up to its last change",
    ),
    "_options": ("list", "the values of the answers to choose from, in the order in which they stood"),
    "_correct": ("truth value", "whether the answer was right"),
    "_attempts": ("whole number", "how many times the quiz was judged"),
}


@attrs.frozen
class Column:
    """One column of a file, or a group: ``rewards.*``. ``scene_id`` is empty for files of any scene."""

    file: str
    scene_id: str
    column: str
    meaning: str
    type: str
    values: str = ""
    required: bool = False
    when: str = ""


def columns(stager: Stager) -> Iterator[Column]:
    """Yield every column of answers, in the order of the script."""
    for scene in stager.scenes():
        if isinstance(scene, Survey):
            yield from _survey(scene)
        else:
            for name in scene.fields() or ():
                yield _answer(scene, name, "a field of the page's form", "form field")


def other_columns() -> Iterator[Column]:
    """Yield the columns that every experiment has."""
    for file, meanings in FILES.items():
        for name, meaning in meanings.items():
            column = f"{name}*" if name.endswith(".") else name
            yield Column(file, "", column, meaning.replace("`", "'"), "")


def _answer(scene: Scene, name: str, *about: Any) -> Column:
    return Column(f"{scene.scene_id}/<subject_id>.csv", scene.scene_id, f"answers.{name}", *about)


def _survey(scene: Survey) -> Iterator[Column]:
    if isinstance(scene, ConsentScene):
        yield from _consent(scene)
    for page in scene.all_pages:
        for question in page.questions:
            conditions = [part.when.source for part in (page, question) if part.when]
            when = " and ".join(conditions if len(conditions) < 2 else map("({})".format, conditions))
            for name, meaning in question.columns().items():
                yield _answer(
                    scene,
                    name,
                    meaning,
                    question.type,
                    question.values(),
                    question.get("required"),
                    when,
                )
    yield from _recorded(scene)


def _consent(scene: ConsentScene) -> Iterator[Column]:
    for name, meaning, kind in (
        (AGREED, "whether the participant agreed; left_time says when", "truth value"),
        (VERSION, f"the version of the text: {scene.setting('version')}", "text"),
        (SHA256, f"the hash of the text that was read: {scene.sha256()}", "text"),
    ):
        yield _answer(scene, name, meaning, kind, "", True)


def _recorded(scene: Survey) -> Iterator[Column]:
    questions = scene.all_questions
    parts = {
        "_order": [""],
        "_seconds": [f".{question.name}" for question in questions],
        "_options": [f".{question.name}" for question in questions if question.shuffles],
        "_correct": [f".{question.name}" for question in questions if question.correct],
        "_attempts": [f".{quiz.name}" for quiz in scene.rules.quizzes],
    }
    for name in scene.recorded():
        kind, meaning = RECORDED[name]
        for part in parts[name]:
            yield _answer(scene, f"{name}{part}", meaning, kind)


def as_csv(stager: Stager) -> str:
    """Return the codebook as CSV: first the answers, then what every experiment has."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(field.name for field in attrs.fields(Column))
    for column in (*columns(stager), *other_columns()):
        values = attrs.asdict(column) | {"required": "true" if column.required else "false"}
        rows.writerow(_harmless(str(value)) for value in values.values())
    return text.getvalue()


def as_json(stager: Stager) -> dict[str, Any]:
    """Return the codebook as JSON values: answers by scene, with their definitions, and all files."""
    return {
        "scenes": [
            {
                "scene_id": scene.scene_id,
                "kind": scene.kind,
                "columns": [
                    {
                        key: value
                        for key, value in attrs.asdict(column).items()
                        if key not in ("file", "scene_id")
                    }
                    for column in columns(stager)
                    if column.scene_id == scene.scene_id
                ],
                **_definitions(scene),
            }
            for scene in stager.scenes()
            if scene.fields()
        ],
        "files": [
            {
                "file": file,
                "columns": [
                    {"column": column.column, "meaning": column.meaning}
                    for column in other_columns()
                    if column.file == file
                ],
            }
            for file in FILES
        ],
    }


def _definitions(scene: Scene) -> dict[str, Any]:
    if not isinstance(scene, Survey):
        return {}
    pages = [{"questions": list(map(_definition, page.questions))} for page in scene.all_pages]
    return {"pages": pages} | ({"text": scene.document()} if isinstance(scene, ConsentScene) else {})


def _definition(question: Any) -> dict[str, Any]:
    when = {"when": question.when.source} if question.when else {}
    right = {"correct": list(question.correct)} if question.correct else {}
    return {**question.definition(), "text": question.get("text").readable, **when, **right}


def write_beside(stager: Stager, folder: Path) -> None:
    """Write ``codebook.csv``, ``codebook.json`` and the texts of consents into a data folder.

    A consent's text is ``consents/<scene_id>.<hash>.txt``; earlier ones are left there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "codebook.csv").write_text(as_csv(stager), encoding="utf-8", newline="")
    listing = json.dumps(as_json(stager), ensure_ascii=False, indent=2)
    (folder / "codebook.json").write_text(listing + "\n", encoding="utf-8")
    for scene in stager.scenes():
        if isinstance(scene, ConsentScene):
            (folder / "consents").mkdir(exist_ok=True)
            file = folder / "consents" / f"{scene.scene_id}.{scene.sha256()[:16]}.txt"
            file.write_bytes(scene.document().encode())


def _harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
