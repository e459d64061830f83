"""The codebook explains every column of the data, and is beside it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from mug_surveys import Choice, Matrix, Number, Page, Quiz, Survey, YesNo
from mug_surveys.codebook import as_csv, as_json
from mug_surveys.codebook_command import codebook

from mug.configurations.experiment_config import ExperimentConfig
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene, StaticScene
from plugins.mug_surveys.tests.setups import consent

SCRIPT = """
from mug_surveys import Number, Survey
from mug.configurations import experiment_config
from mug.scenes import stager, static_scene
from mug.server import app

app.run(experiment_config.ExperimentConfig().experiment(stager=stager.Stager(scenes=[
    Survey().scene(scene_id="about").questions(Number("age", "How old are you?", minimum=18, whole=True)),
    static_scene.EndScene().scene(scene_id="end"),
]), experiment_id="study"))
"""


def order() -> Stager:
    return Stager(
        scenes=[
            consent(version="3"),
            StaticScene().scene(scene_id="form").display(scene_body='<input id="x">', element_ids=["x"]),
            Survey()
            .scene(scene_id="about")
            .questions(
                Number("age", "How old are you?", minimum=18, whole=True),
                Page(
                    Choice(
                        "c", "=1+1, {age}?", options=[("a", "A"), ("b", "B")], shuffle=True, when="{age} > 20"
                    ),
                    Matrix(
                        "m", "It was", rows=[("fun", "fun")], options=[(1, "no"), (2, "yes")], required=False
                    ),
                    when="{age} < 99",
                ),
                Quiz(YesNo("q", "Is it?", correct=True)),
            ),
            EndScene().scene(scene_id="end"),
        ]
    )


def rows() -> dict[tuple[str, str], dict[str, str]]:
    table = csv.DictReader(io.StringIO(as_csv(order())))
    return {(row["scene_id"], row["column"]): row for row in table}


def test_every_column_is_explained() -> None:
    """Meaning, type, values, and when it is asked, for questions and for what is recorded besides."""
    found = rows()
    age = found["about", "answers.age"]
    assert (age["meaning"], age["type"], age["values"]) == (
        "How old are you?",
        "number",
        "whole number, 18 or more",
    )
    assert (age["required"], age["when"]) == ("true", "")
    choice = found["about", "answers.c"]
    assert (choice["meaning"], choice["values"]) == ("'=1+1, {age}?", "a = A, b = B")
    assert choice["when"] == "({age} < 99) and ({age} > 20)"
    line = found["about", "answers.m.fun"]
    assert (line["meaning"], line["values"], line["required"]) == ("It was fun", "1 = no, 2 = yes", "false")
    assert found["consent", "answers.version"]["meaning"].endswith("3")
    recorded = {
        "answers._order",
        "answers._seconds.age",
        "answers._options.c",
        "answers._correct.q",
        "answers._attempts.quiz",
    }
    assert {("about", name) for name in recorded} <= found.keys()
    assert found["form", "answers.x"]["type"] == "form field"
    assert found["form", "answers.x"]["file"] == "form/<subject_id>.csv"
    assert found["", "waited_seconds"]["file"] == "lobby.csv"
    assert found["", "rewards.*"]["meaning"]


def test_the_json_has_the_definitions() -> None:
    """The JSON holds the columns and the questions as they were asked, right answers included."""
    book = json.loads(json.dumps(as_json(order())))
    about = next(scene for scene in book["scenes"] if scene["scene_id"] == "about")
    quiz = about["pages"][2]["questions"][0]
    assert (quiz["correct"], quiz["text"]) == ([True], "Is it?")
    assert next(scene for scene in book["scenes"] if scene["scene_id"] == "consent")["text"].startswith(
        "<p>Read"
    )


async def test_columns_of_the_data_are_in_the_codebook(run_experiment: Any) -> None:
    """Whatever column of answers a participant's file has, the codebook beside it explains it."""
    config = ExperimentConfig().experiment(stager=order(), experiment_id="study")
    async with run_experiment(config) as running, running.arrive() as ann:
        await ann.until_scene("consent")
        await ann.advance(agreed=True, data=True)
        await ann.until_scene("form")
        await ann.advance(x="1")
        await ann.until_scene("about")
        await ann.advance(**{"age": 33, "c": "b", "m": {"fun": 2}, "q": True, "$seconds": {"age": 1.5}})
        await ann.until_scene("end")
    folder: Path = running.data_dir
    with (folder / "codebook.csv").open(encoding="utf-8", newline="") as file:
        explained = {(row["scene_id"], row["column"]) for row in csv.DictReader(file)}
    for scene_id in ("consent", "form", "about"):
        (path,) = (folder / scene_id).glob("*.csv")
        with path.open(encoding="utf-8", newline="") as file:
            columns = next(csv.reader(file))
        answers = {(scene_id, column) for column in columns if column.startswith("answers.")}
        assert answers
        assert answers == {place for place in explained if place[0] == scene_id}
    (text,) = (folder / "consents").iterdir()
    assert hashlib.sha256(text.read_bytes()).hexdigest().startswith(text.name.split(".")[1])
    assert json.loads((folder / "codebook.json").read_text(encoding="utf-8"))["scenes"]


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_the_command(arguments, tmp_path, monkeypatch) -> None:
    """``mug codebook`` prints the codebook of a script without serving it, or writes it into a file."""
    script = tmp_path / "study.py"
    script.write_text(SCRIPT)
    monkeypatch.chdir(tmp_path)
    printed = CliRunner().invoke(codebook, [str(script), *arguments])
    assert (printed.exit_code, "How old are you?" in printed.output) == (0, True)
    CliRunner().invoke(codebook, [str(script), *arguments, "--output", "book"])
    assert (tmp_path / "book").read_text(encoding="utf-8") == printed.output
    assert not (tmp_path / "data").exists()
