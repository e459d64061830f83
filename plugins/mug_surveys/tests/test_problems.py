"""Everything that is wrong with a survey is reported at once: where, what, and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest
from mug_surveys import (
    Choice,
    Choices,
    ConsentScene,
    Date,
    Likert,
    LongText,
    Matrix,
    Note,
    Number,
    Option,
    Page,
    Questionnaire,
    Quiz,
    Ranking,
    Slider,
    Survey,
    Text,
    YesNo,
)

from mug.configurations.experiment_config import ExperimentConfig
from mug.errors import ConfigurationError
from mug.scenes.stager import Stager, Treatments
from mug.scenes.static_scene import EndScene, StaticScene
from mug.server import app


class Odd:
    """A value that raises at whatever is asked of it."""

    def __getattribute__(self, name):
        raise RuntimeError(name)


def only(*parts: object):
    """The one problem of a survey."""
    (problem,) = Survey().scene(scene_id="s").questions(*parts).problems()
    return problem


def test_all_problems_come_at_once() -> None:
    """Mistakes in several questions do not hide each other."""
    problems = (
        Survey()
        .scene(scene_id="s")
        .questions(Text("1a", "?"), Number("n", "?", minimun=3), Choice("c", "?", options=["a"]))
        .problems()
    )
    assert [problem.fix for problem in problems] == ["write name='a'", "did you mean 'minimum'?", ""]
    assert all(problem.where.startswith("scene 's', .questions(), ") for problem in problems)


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ([Text()], "the question has no name"),
        ([Text("a")], "nothing is asked"),
        ([Text("constructor", "?")], "means something else"),
        ([Text("a", "?", "b")], "one value too many"),
        ([Text("a", "Hello {")], "single '{'"),
        ([Text("a", "?", name="b")], "name is given twice"),
        ([Number("a", "?", minimum=Odd())], "minimum must be a number"),
        ([Text("a", "?", least=5, most=3)], "longer than it may be"),
        ([Text("a", "?", pattern="(a+)+")], "pattern must be a form"),
        ([LongText("a", "?", most=20_000)], "most must be a whole number"),
        ([Number("a", "?", minimum=3, maximum=1)], "no number is between"),
        ([Number("a", "?", when="{b} =")], "is no expression"),
        ([Choice("a", "?")], "nothing to choose from"),
        ([Choice("a", "?", options=["x", "x"])], "stands there twice"),
        ([Choice("a", "?", options=[1.5, 2])], "neither a text nor a whole number"),
        ([Choice("a", "?", options=["x", Option("y", image="https://example.org/y.png")])], "static_files"),
        ([Choice("a", "?", options=["x", Option("y", "", image="y.png")])], "nothing to read"),
        ([Choice("a", "?", options=["x", "y"], correct="z")], "not among the options"),
        ([YesNo("a", "?", correct="yes")], "nobody can give the right answer 'yes'"),
        ([Number("a", "?", correct="4")], "nobody can give the right answer '4'"),
        ([Number("a", "?", maximum=3, correct=[3, 4])], "nobody can give the right answer 4"),
        ([Text("a", "?", correct=4)], "nobody can give the right answer 4"),
        ([Choices("a", "?", options=["x", "y"], least=3)], "more would have to be chosen"),
        ([Likert("a", "?", labels=["x", "y"], points=5)], "every point has a label already"),
        ([Matrix("a", "?", rows=["not a name"], options=[1, 2])], "no name of letters"),
        ([Ranking("a", "?", options=["x", "y"], most=3)], "more places"),
        ([Slider("a", "?", minimum=5, maximum=5)], "not below the right end"),
        ([Slider("a", "?", step=200)], "longer than the line"),
        ([Date("a", "?", minimum="2026-02-30")], "minimum must be a date"),
        ([Note()], "either a text or html"),
        ([Note(html="<script>")], "<script>"),
        ([Page()], "nothing on the page"),
        ([Page("x")], "neither a question nor a Note"),
        ([Quiz(Text("a", "?"))], "has no right answer"),
        ([Quiz(YesNo("a", "?", correct=True)), Quiz(YesNo("b", "?", correct=True))], "two quizzes"),
        ([Text("a", "?"), Text("A", "?")], "two questions are named 'A'"),
        ([Text("a", "?", when="{b}"), Text("b", "?")], "{b} is asked only afterwards"),
        ([Text("a", "{b}"), Text("b", "?")], "{b} is asked only afterwards"),
        ([Questionnaire("nasa_tlx")], "there is no questionnaire 'nasa_tlx'"),
        ([Questionnaire("no/such.json")], "there is no file"),
        ([3], "3 cannot stand in a survey"),
    ],
)
def test_mistakes(parts, what) -> None:
    """Each mistake has a sentence that names it."""
    assert what in only(*parts).what


def test_random_pages_cannot_depend_on_each_other() -> None:
    """A page that depends on another one has to come after it."""
    scene = Survey().scene(scene_id="s").questions(Page(Text("a", "?")), Page(Text("b", "?", when="{a}")))
    (problem,) = scene.pages(shuffle=True).problems()
    assert "pages come in any order" in problem.what


def test_texts_of_mug_itself_are_known() -> None:
    """A text that mug does not have is a mistake, with the one that was meant."""
    (problem,) = (
        Survey().scene(scene_id="s").questions(Text("a", "?")).language(texts={"contnue": "x"}).problems()
    )
    assert problem.fix == "did you mean 'continue'?"


def test_a_consent_needs_a_text_and_a_version() -> None:
    """Without something to agree to, and a version of it, there is no consent."""
    problems = (
        ConsentScene()
        .scene(scene_id="c")
        .questions(Page(Text("agreed", "?")), Page(Text("b", "?")))
        .problems()
    )
    told = " ".join(problem.what for problem in problems)
    for what in ("nothing to agree to", "no version", "one page", "'agreed' is the name"):
        assert what in told


def test_pictures_have_to_be_there(tmp_path: Path) -> None:
    """Each picture that an option or a note shows is looked for; all that are missing are named at once."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "cat.svg").write_text("<svg/>")
    scene = (
        Survey()
        .scene(scene_id="s")
        .display(scene_body='<p><img src="pictures/gone.png" alt=""></p>')
        .questions(
            Choice(
                "pet",
                "?",
                options=[
                    Option("cat", image="pictures/cat.svg"),
                    Option("catt", image="pictures/catt.svg"),
                    Option("dog", image="photos/dog.svg"),
                ],
            ),
            Ranking("best", "?", options=["x", Option("y", image="y.svg")]),
            Note(html="<img src='./pictures/cat.svg?1'><img src=/pictures/mouse.svg>"),
        )
    )
    order = Stager(scenes=[scene, EndScene().scene(scene_id="end")])
    config = ExperimentConfig().experiment(stager=order, experiment_id="e")
    with pytest.raises(ConfigurationError) as caught:
        app.build([config.static_files(directories=[pictures])])
    found = {(problem.where, problem.what.split("'")[1], problem.fix) for problem in caught.value.problems}
    at_pet, listed = "scene 's', .questions(), question 'pet'", "put it into a folder, and list that: "
    assert found == {
        ("scene 's', .display(scene_body=)", "gone.png", ""),
        (at_pet, "catt.svg", "did you mean 'cat.svg'?"),
        (at_pet, "photos/dog.svg", f"{listed}.static_files(directories=['photos'])"),
        (
            "scene 's', .questions(), question 'best'",
            "y.svg",
            f"{listed}.static_files(directories=['pictures'])",
        ),
    }


def test_references_to_other_scenes_are_checked() -> None:
    """What stands for an answer of another scene has to be one; treatments and outcomes are known too."""
    before = StaticScene().scene(scene_id="intro").display(scene_body='<input id="age">', element_ids=["age"])
    arms = Treatments(
        {"ai": [StaticScene().scene(scene_id="x")], "human": [StaticScene().scene(scene_id="y")]}, name="arm"
    )

    def problems(*conditions: str):
        scene = (
            Survey()
            .scene(scene_id="s")
            .questions(*(Text(f"q{i}", "?", when=one) for i, one in enumerate(conditions)))
        )
        order = Stager(scenes=[before, arms, scene, EndScene().scene(scene_id="end")])
        try:
            app.build([ExperimentConfig().experiment(stager=order, experiment_id="e")])
        except ConfigurationError as error:
            return [problem.fix for problem in error.problems]
        return []

    assert problems("{intro.age} > 3", "{age} > 3", "{arm} == 'ai'", "{intro.outcome} == ''", "{q0}") == []
    assert problems("{intro.agee}", "{arn} == 'ai'") == ["did you mean 'intro.age'?", "did you mean 'arm'?"]
