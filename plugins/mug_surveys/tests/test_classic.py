"""The classic scenes are where scripts look for them, take what those give, and say what is wrong with it."""

from __future__ import annotations

import importlib.metadata

import pytest

from mug.errors import MugError
from mug.scenes import static_scene
from mug.scenes.scene import Accepted
from mug.testing import conformance


def named(scene):
    return scene.scene(scene_id="classic")


def text_box():
    return named(static_scene.TextBox("What did you think?"))


def scales():
    return named(
        static_scene.ScalesAndTextBox(
            scale_questions=["Fun?", "Hard?"], pre_scale_header="Rate", text_box_header="Why?", scale_size=5,
            scale_labels=[["dull", "fun"], ["easy", "hard"]],
        )
    )  # fmt: skip


def boxes():
    return named(
        static_scene.OptionBoxesWithScalesAndTextBox(
            ["first", "second"], "Why?", "Rate {them}", ["Fun?"], "Which one?"
        )
    )


def multiple():
    return named(
        static_scene.MultipleChoice("Two questions", ["One?", "Two?"], ["a", "b", "c"], multi_select=True)
    )


@pytest.mark.parametrize("factory", [text_box, scales, boxes, multiple])
@pytest.mark.parametrize("check", conformance.scene[3:], ids=lambda check: check.__name__)
def test_they_are_good_scenes(check, factory) -> None:
    """Each keeps the laws of scenes."""
    check(factory)


@pytest.mark.parametrize(
    ("factory", "answers"),
    [
        (text_box, {"user-input": "fine"}),
        (scales, {"scale-0": 1, "scale-1": 5, "user-input": None}),
        (boxes, {"selected-option-box": "second", "scale-0": 21, "user-input": "so"}),
        (multiple, {"mc-0": [0, 2], "mc-1": [1]}),
    ],
)
def test_answers_have_their_classic_names(factory, answers) -> None:
    """What is stored is named as scripts for the analysis expect it."""
    done = factory().accept(answers)
    assert isinstance(done, Accepted)
    assert {name: done.answers[name] for name in answers} == answers


def test_an_optional_text() -> None:
    """A text box that is not required may stay empty."""
    assert isinstance(static_scene.TextBox("?", required=False).accept({}), Accepted)


def test_pictures() -> None:
    """A question has one picture, or each answer its own."""
    scene = named(
        static_scene.MultipleChoice(
            questions=["One?", "Two?"],
            choices=[["a", "b"], ["c", "d"]],
            images=["pics/one.png", ["pics/c.png", "pics/d.png"]],
        )
    )
    assert scene.problems() == []
    items = scene.page_for(conformance.scenes.VISITOR)["items"]
    assert "pics/one.png" in items[0]["html"]
    assert [option["image"] for option in items[2]["options"]] == ["pics/c.png", "pics/d.png"]


@pytest.mark.parametrize(
    ("scene", "what"),
    [
        (lambda: static_scene.ScalesAndTextBox(), "needs scale_questions="),
        (
            lambda: static_scene.ScalesAndTextBox(scale_questions=["a"], scale_labels=7),
            "scale_labels must be",
        ),
        (lambda: static_scene.ScalesAndTextBox(scale_questions=["a"], scale_size="7"), "points must be"),
        (lambda: static_scene.MultipleChoice(questions=["a"], choices="ab"), "choices must be a list"),
        (lambda: static_scene.MultipleChoice(questions=["a", "b"], choices=[["x", "y"]]), "answers for 1"),
        (lambda: static_scene.OptionBoxesWithScalesAndTextBox(scale_questions=["a"]), "needs options="),
        (lambda: static_scene.TextBox("a", requierd=True), "has no argument 'requierd'"),
    ],
)
def test_wrong_arguments_are_reported(scene, what) -> None:
    """Nothing is raised while a script runs; what is wrong is said with everything else."""
    assert any(what in problem.what for problem in named(scene()).problems())


def test_without_the_package_its_name_is_said(monkeypatch) -> None:
    """A script that asks for a classic scene is told what to install; other names are simply not there."""
    monkeypatch.setattr(static_scene, "entry_points", lambda **_: importlib.metadata.EntryPoints())
    with pytest.raises(MugError, match="pip install mug-surveys"):
        static_scene.TextBox  # noqa: B018
    assert not hasattr(static_scene, "NoSuchScene")
