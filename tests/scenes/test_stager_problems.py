"""What is reported as wrong with the order of scenes."""

from __future__ import annotations

from typing import Any

import pytest

from mug.configurations.configuration_constants import PolicyTypes
from mug.errors import Problem
from mug.scenes.gym_scene import GymScene
from mug.scenes.routes import END, Routes
from mug.scenes.stager import Branch, LatinSquare, RandomizeOrder, RepeatScene, Stager, Treatments
from mug.scenes.static_scene import EndScene, StartScene, StaticScene, WaitScene


def page(scene_id: str) -> StaticScene:
    return StaticScene().scene(scene_id=scene_id)


def end(scene_id: str = "end") -> EndScene:
    return EndScene().scene(scene_id=scene_id)


def wait(scene_id: str = "wait") -> WaitScene:
    return WaitScene().scene(scene_id=scene_id)


def game(scene_id: str = "game", humans: int = 2, **waitroom: Any) -> GymScene:
    mapping = {f"player_{n}": PolicyTypes.Human for n in range(humans)}
    return GymScene().scene(scene_id=scene_id).policies(policy_mapping=mapping).waitroom(**waitroom)


def found(*scenes: Any) -> list[Problem]:
    return Stager(scenes=list(scenes)).problems()


def only(*scenes: Any) -> Problem:
    problems = found(*scenes)
    assert len(problems) == 1, problems
    return problems[0]


def test_a_complete_order_has_no_problems() -> None:
    """A start, a wait, a game and an end, with everything that may vary in between."""
    assert (
        found(
            StartScene().scene(scene_id="start"),
            RandomizeOrder([[wait("w1"), game("g1")], [wait("w2"), game("g2")]]),
            LatinSquare([page("a"), page("b")]),
            Treatments({"x": [page("c")], "y": []}),
            RepeatScene(page("d"), n=2),
            end(),
        )
        == []
    )


# ------------------------------------------------------------------------------------------ single parts


@pytest.mark.parametrize(
    ("part", "where", "said"),
    [
        (
            lambda: RandomizeOrder([page("a")], keep_n=2),
            "RandomizeOrder(keep_n=)",
            "a whole number from 1 to 1",
        ),
        (lambda: RandomizeOrder([page("a")], keep_n=0), "RandomizeOrder(keep_n=)", "got 0"),
        (lambda: RandomizeOrder([page("a")], keep_n=True), "RandomizeOrder(keep_n=)", "got True"),
        (lambda: RandomizeOrder([page("a"), page], name="o"), "RandomizeOrder 'o'(scenes=)", "is no scene"),
        (lambda: RandomizeOrder([page("a")], name="a b"), "RandomizeOrder(name=)", "got 'a b'"),
        (lambda: RandomizeOrder([page("a")], keep=1), "RandomizeOrder(keep=)", "has no setting 'keep'"),
        (lambda: RandomizeOrder([]), "RandomizeOrder(scenes=)", "no scenes to order"),
        (lambda: RandomizeOrder([], keep_n=1), "RandomizeOrder(scenes=)", "no scenes to order"),
        (lambda: RepeatScene([], n=2), "RepeatScene(scenes=)", "no scenes to repeat"),
        (lambda: RepeatScene(page("a"), n=0), "RepeatScene(n=)", "from 1 to 1000, got 0"),
        (lambda: RepeatScene(page("a"), n="3"), "RepeatScene(n=)", "got '3'"),  # type: ignore[arg-type]
        (lambda: LatinSquare([page("a")]), "LatinSquare(scenes=)", "at least two"),
        (lambda: Treatments([page("a")]), "Treatments(treatments=)", "a dict of at least two"),  # type: ignore[arg-type]
        (
            lambda: Treatments({"x": page("a"), "full": page("b")}),
            "Treatments(treatments=)",
            "'full' cannot be",
        ),
        (
            lambda: Treatments({"x": page("a"), "y": page("b")}, weights={"z": 1}),
            "Treatments(weights=)",
            "no treatment",
        ),
        (
            lambda: Treatments({"x": page("a"), "y": page("b")}, weights={"x": 0}),
            "Treatments(weights=)",
            "above 0",
        ),
        (
            lambda: Treatments({"x": page("a"), "y": page("b")}, weights=[1, 2]),  # type: ignore[arg-type]
            "Treatments(weights=)",
            "must be a dict",
        ),
        (
            lambda: Treatments({"x": page("a"), "y": page("b")}, quotas={"x": -1}),
            "Treatments(quotas=)",
            "got -1",
        ),
        (
            lambda: Treatments({"x": page("a"), "y": page("b")}, quotas={"x": 1, "y": 1}),
            "Treatments(when_full=)",
            "nothing says what happens",
        ),
        (
            lambda: Treatments({"x": page("a"), "y": page("b")}, quotas={"x": 1}, when_full="end"),
            "Treatments(when_full=)",
            "never full",
        ),
        (
            lambda: Treatments({"x": page("a"), "y": page("b")}, quotas={"x": 1, "y": 1}, when_full="ned"),
            "Treatments(when_full=)",
            "there is no scene 'ned'",
        ),
        (lambda: Branch(on=3, cases={"a": page("a")}), "Branch(on=)", "'scene_id.field' or a function"),  # type: ignore[arg-type]
        (lambda: Branch(on="first.answer", cases={}), "Branch(cases=)", "a dict of lists of scenes"),
        (lambda: Branch("first.answer", {None: page("a")}), "Branch(cases=)", "None cannot be a case"),
        (
            lambda: Branch("first.answer", {3: page("a"), "3": page("b")}),
            "Branch(cases=)",
            "two cases stand for '3'",
        ),
        (lambda: Branch("frist.answer", {"a": page("a")}), "Branch(on=)", "there is no scene 'frist'"),
        (lambda: Branch("first.anwser", {"a": page("a")}), "Branch(on=)", "gives no answer 'anwser'"),
        (lambda: Branch("end.x", {"a": page("a")}), "Branch(on=)", "gives no answer 'x'"),
        (lambda: Branch("later.answer", {"a": page("a")}), "Branch(on=)", "does not come before"),
    ],
)
def test_one_mistake_in_a_part_is_one_problem(part: Any, where: str, said: str) -> None:
    """Each mistake is reported once, with the part and its argument; making the part never raises."""

    def question(scene_id: str) -> StaticScene:
        return page(scene_id).display(scene_body='<input id="answer">', element_ids=["answer"])

    problem = only(question("first"), part(), question("later"), end())
    assert problem.where == where
    assert said in problem.what


@pytest.mark.parametrize("scenes", [3, "start", {"a": 1}, None])
def test_a_stager_takes_a_list_of_scenes(scenes: Any) -> None:
    """Anything else is a problem, not an exception."""
    problems = Stager(scenes=scenes).problems()
    assert any("must be a list of scenes" in problem.what for problem in problems)


def test_a_class_in_place_of_a_scene_says_how_to_make_one() -> None:
    """The usual slip of leaving out the brackets."""
    assert "write StartScene().scene(scene_id=…)" in [problem.fix for problem in found(StartScene, end())]


def test_parameters_of_the_existing_tool_are_reported() -> None:
    """A stager has scenes and nothing else."""
    problems = Stager(scenes=[end()], stager_id="s", allow_scene_skipping=True).problems()
    assert [problem.where for problem in problems] == ["Stager(stager_id=)", "Stager(allow_scene_skipping=)"]


def test_a_branch_on_a_game_goes_by_its_outcome() -> None:
    """What is known after every game can decide; a misspelt fact is reported."""
    assert found(game("g"), Branch("g.reward", {"1": page("won")}), end()) == []
    assert only(game("g"), Branch("g.rewards", {"1": page("won")}), end()).fix == "did you mean 'reward'?"


# ------------------------------------------------------------------------------------------------- names


def test_scene_ids_are_unique() -> None:
    """Two scenes of one id would share their data; one scene in two places is one scene."""
    assert "two scenes have the id 'a'" in only(page("a"), page("a"), end()).what
    assert "one folder on some systems" in only(page("a"), page("A"), end()).what
    again = page("a")
    assert found(again, page("b"), again, end()) == []


def test_names_of_parts_are_unique() -> None:
    """Two parts of one name could not be told apart in the data."""
    first, second = (RandomizeOrder([page(name)], name="o") for name in "ab")
    assert "two parts of the stager are named 'o'" in only(first, second, end()).what


def test_an_answer_does_not_hide_what_was_assigned() -> None:
    """Conditions are facts under their own name, which no field may have."""
    form = page("form").display(scene_body='<input id="arm">', element_ids=["arm"])
    arms = Treatments({"a": [page("x")], "b": [page("y")]}, name="arm")
    problem = only(arms, form, end())
    assert problem.where == "scene 'form', answer 'arm'"
    assert "would hide what that assigned" in problem.what


# ----------------------------------------------------------------------------------------------- endings


def test_there_must_be_an_ending() -> None:
    """Without an EndScene nobody would ever be finished."""
    assert "there is no EndScene" in only(page("a")).what
    assert "there are no scenes" in only().what


@pytest.mark.parametrize(
    ("scenes", "after"),
    [
        (lambda: [Branch("a.x", {"no": end()}, [page("b")])], "'b'"),
        (lambda: [Treatments({"x": [page("b"), end()], "y": [page("c")]})], "'c'"),
        (lambda: [end(), page("b")], None),
        (lambda: [RandomizeOrder([page("b"), page("c"), end()], keep_n=1)], "'b', 'c'"),
    ],
)
def test_every_way_must_end(scenes: Any, after: str | None) -> None:
    """If one of the ways runs out without an EndScene, the scenes after which it does are named."""
    problems = found(page("a").display(scene_body="<input id=x>", element_ids=["x"]), *scenes())
    said = " ".join(problem.what for problem in problems)
    if after is None:
        assert "nobody gets here" in said
    else:
        assert f"can run out without an ending, after scene {after}" in said


def test_scenes_behind_the_ending_need_somebody_who_sends_people_there() -> None:
    """A scene for those who waited too long may stand last; a forgotten one is reported."""
    assert found(wait(), game(timeout_scene_id="late"), end(), end("late")) == []
    problem = only(wait(), game(), end(), end("late"))
    assert problem.where == "scene 'late', its place in the Stager"
    full = Treatments({"x": page("a"), "y": page("b")}, quotas={"x": 1, "y": 1}, when_full="late")
    assert found(full, end(), end("late")) == []


# ------------------------------------------------------------------------------------ waiting and timeouts


@pytest.mark.parametrize(
    ("scenes", "said"),
    [
        (lambda: [wait(), end()], "followed by scene 'end', which is no GymScene"),
        (lambda: [wait(), page("a"), game(), end()], "followed by scene 'a', which is no GymScene"),
        (lambda: [wait(), game(humans=1), end()], "in which nobody waits"),
        (lambda: [RandomizeOrder([wait(), game()]), end()], "which is no GymScene"),
        (lambda: [wait(), RandomizeOrder([game(), page("a")]), end()], "followed by scene 'a'"),
        (lambda: [game("g"), wait(), Branch("g.reason", {"x": game()}), end()], "followed by a Branch"),
        (lambda: [end(), wait()], "nothing comes after"),
    ],
)
def test_a_wait_scene_stands_before_its_game(scenes: Any, said: str) -> None:
    """In every order that can be drawn, the scene after a WaitScene is a game that people wait for."""
    assert any(said in problem.what for problem in found(*scenes())), found(*scenes())


def test_a_wait_scene_may_stand_before_several_games() -> None:
    """As long as each is a game that people wait for."""
    assert found(wait(), RandomizeOrder([game("a"), game("b")], keep_n=1), end()) == []
    assert found(wait(), game(humans=1, simulated_wait=(3, 9)), end()) == []


def test_those_who_wait_too_long_must_have_somewhere_to_go() -> None:
    """The scene must exist, and not be the one they waited for."""
    problem = only(game(timeout_scene_id="edn"), end())
    assert problem.where == "scene 'game', .waitroom(timeout_scene_id=)"
    assert problem.fix == "did you mean 'end'?"
    assert "would wait again" in only(game(timeout_scene_id="game"), end()).what


# ------------------------------------------------------------------------------------------------- routes


def following(*scenes: Any) -> dict[str, set[str]]:
    """Which scenes can come after which, by id."""
    routes = Routes.through(Stager(scenes=list(scenes)))

    def name(place: Any) -> str:
        node = routes.at.get(place)
        return "END" if place == END else getattr(node, "scene_id", "?")

    after: dict[str, set[str]] = {}
    for place, places in routes.after.items():
        after.setdefault(name(place), set()).update(map(name, places))
    return after | {"START": set(map(name, routes.start))}


def test_routes_know_every_order() -> None:
    """What can come after what, through random orders, repetitions, treatments and branches."""
    assert following(RandomizeOrder([page("a"), page("b")]), end()) == {
        "START": {"a", "b"},
        "a": {"b", "end"},
        "b": {"a", "end"},
        "end": set(),
    }
    assert following(RandomizeOrder([page("a"), page("b")], keep_n=1), end())["a"] == {"end"}
    assert following(RepeatScene([page("a"), page("b")], n=2), end())["b"] == {"a", "end"}
    assert following(RepeatScene(page("a"), n=1), end())["a"] == {"end"}
    treated = following(Treatments({"x": [page("a")], "y": []}), page("b"), end())
    assert treated["START"] == {"a", "b"}
    branched = following(
        page("a"), Branch(lambda facts: 1, {"1": [page("b")], "2": end("no")}), page("c"), end()
    )
    assert branched["a"] == {"?"}
    assert branched["?"] == {"b", "no", "c"}
    assert branched["b"] == {"c"}
    assert branched["no"] == set()
