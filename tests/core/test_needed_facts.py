"""A matchmaker's facts have to be asked of everybody who gets to its waiting room."""

import pytest

import mug
from mug.configurations.configuration_constants import PolicyTypes
from mug.core.needed_facts import missing_facts
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Branch, RandomizeOrder, Stager
from mug.scenes.static_scene import EndScene, StartScene, StaticScene
from mug.testing.envs import Meeting


class BySkill(mug.Matchmaker):
    needs = frozenset({"skill"})


def page(scene_id, *fields):
    inputs = "".join(f'<input name="{field}">' for field in fields)
    return StaticScene().scene(scene_id=scene_id).display(scene_body=inputs, element_ids=list(fields))


def game(scene_id="game"):
    return (
        GymScene()
        .scene(scene_id=scene_id)
        .environment(env_creator=Meeting)
        .policies(policy_mapping={"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Human})
        .gameplay(action_mapping={"ArrowLeft": 1, "ArrowRight": 2}, default_action=0)
    )


def found(*scenes, needs=("skill",)):
    """The problems of an experiment whose scene 'game' needs these facts."""
    matchmaker = type("Picky", (BySkill,), {"needs": frozenset(needs)})()
    return list(
        missing_facts(Stager(scenes=[*scenes, EndScene().scene(scene_id="end")]), {"game": matchmaker})
    )


def test_asked_before_the_game():
    """A form before the game provides its fields, under their own names and with the scene's."""
    assert found(page("about", "skill"), game()) == []
    assert found(page("about", "skill"), game(), needs=["about.skill"]) == []


def test_never_asked():
    """A fact that nothing provides is a problem of the game's scene, and names the matchmaker."""
    (problem,) = found(StartScene().scene(scene_id="start"), game())
    assert problem.where == "scene 'game', .multiplayer(matchmaker=)"
    assert problem.what == "Picky needs to know 'skill' of everybody, and no earlier scene asks for it"
    assert 'element_ids=["skill"]' in problem.fix


def test_misspelt():
    """A field with nearly the same name is suggested."""
    (problem,) = found(page("about", "skil"), game())
    assert problem.fix == "did you mean 'skil'?"


@pytest.mark.parametrize(
    "scenes",
    [
        lambda: [game(), page("about", "skill")],
        lambda: [RandomizeOrder([page("about", "skill"), game()])],
        lambda: [
            page("first", "old_hand"),
            Branch(on="first.old_hand", cases={"yes": [], "no": [page("about", "skill")]}),
            game(),
        ],
    ],
    ids=["afterwards", "in random order", "in one branch"],
)
def test_asked_of_some_only(scenes):
    """It is a problem if one way to the game does not pass the question."""
    (problem,) = found(*scenes())
    assert problem.what.endswith("somebody can get there without having been asked")


def test_asked_on_every_way():
    """It is enough if every way passes some scene that asks."""
    ways = {"yes": [page("short", "skill")]}
    branch = Branch(on="first.old_hand", cases=ways, default=[page("long", "skill", "years")])
    assert found(page("first", "old_hand"), branch, game()) == []


def test_an_earlier_games_outcome():
    """What is known about an earlier game can be needed."""
    assert found(game("practice"), game(), needs=["practice.reward"]) == []
    (problem,) = found(game("practice"), game(), needs=["practice.score"])
    assert "'practice.score'" in problem.what


def test_what_the_stager_draws():
    """Assignments are known of everybody."""
    order = RandomizeOrder([page("a"), page("b")], name="order")
    assert found(order, game(), needs=["order"]) == []


def test_needing_nothing():
    """A matchmaker without needs is content with any experiment."""
    assert found(game(), needs=[]) == []
