"""The order of scenes: what is drawn, how it is balanced, and when branches are decided."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mug.errors import MugError
from mug.scenes.plan import Counts, Plan
from mug.scenes.scene import Scene
from mug.scenes.stager import FULL, Branch, LatinSquare, RandomizeOrder, RepeatScene, Stager, Treatments
from mug.scenes.static_scene import EndScene, StaticScene

NOTHING = Counts()
SEEDS = st.integers(0, 2**63 - 1)


def page(scene_id: str) -> StaticScene:
    return StaticScene().scene(scene_id=scene_id)


def pages(ids: str) -> list[StaticScene]:
    return [page(scene_id) for scene_id in ids.split()]


def end(scene_id: str = "end") -> EndScene:
    return EndScene().scene(scene_id=scene_id)


def stager(*scenes: Any) -> Stager:
    return Stager(scenes=[*scenes, end()])


def ids(plan: Plan) -> list[str]:
    return [stop.scene_id or f"?{stop.branch}" for stop in plan.items]


@st.composite
def nodes(draw: st.DrawFn, names: Iterator[int], depth: int = 0) -> Any:
    """Draw any part of a stager, with scenes of different ids."""
    kinds = (
        ["scene"]
        if depth > 2
        else ["scene", "list", "random", "repeat", "latin", "treatments", "branch", "stager"]
    )
    kind = draw(st.sampled_from(kinds))
    if kind == "scene":
        return page(f"s{next(names)}")
    children = draw(st.lists(nodes(names, depth + 1), min_size=2, max_size=3))
    match kind:
        case "list":
            return children
        case "random":
            return RandomizeOrder(children, keep_n=draw(st.integers(1, len(children))))
        case "repeat":
            return RepeatScene(children, n=draw(st.integers(1, 3)))
        case "latin":
            return LatinSquare(children)
        case "treatments":
            return Treatments({f"t{index}": [child] for index, child in enumerate(children)})
        case "branch":
            return Branch(
                lambda facts: facts.get("way"), {"0": children[0], "1": [children[1]]}, children[2:]
            )
    return Stager(scenes=children)


@st.composite
def stagers(draw: st.DrawFn) -> Stager:
    """Draw a stager that ends."""
    names = iter(range(10_000))
    return stager(*draw(st.lists(nodes(names), min_size=1, max_size=3)))


def walked(order: Stager, plan: Plan, counts: Counts, way: str = "0") -> Plan:
    """Decide every branch on the way to the end."""
    position = 0
    while not plan.ends_before(position):
        plan, _ = order.resolve(plan, position, {"way": way}, counts)
        position += 1
    return plan


# --------------------------------------------------------------------------------------------- any stager


@given(stagers(), SEEDS, st.sampled_from(["0", "1", "2"]))
def test_the_same_seed_and_counts_give_the_same_way(order: Stager, seed: int, way: str) -> None:
    """A restarted server would draw again what it drew before, whatever else is random meanwhile."""
    first = walked(order, order.plan(seed, NOTHING), NOTHING, way)
    random.seed(1)
    random.random()
    assert walked(order, order.plan(seed, NOTHING), NOTHING, way) == first


@given(stagers(), SEEDS)
def test_drawing_leaves_the_global_generator_alone(order: Stager, seed: int) -> None:
    """Other people's seeds are not disturbed."""
    random.seed(7)
    expected = random.Random(7).random()
    walked(order, order.plan(seed, NOTHING), NOTHING)
    assert random.random() == expected


@given(stagers(), SEEDS, st.sampled_from(["0", "1", "2"]))
def test_every_way_leads_to_the_ending(order: Stager, seed: int, way: str) -> None:
    """Whatever is drawn and decided, the way consists of the stager's scenes and stops at the ending."""
    assert order.problems() == []
    plan = walked(order, order.plan(seed, NOTHING), NOTHING, way)
    known = {scene.scene_id for scene in order.scenes()}
    assert set(ids(plan)) <= known
    assert ids(plan).count("end") == 1
    assert ids(plan)[-1] == "end"


@given(stagers(), SEEDS)
def test_a_plan_can_be_stored_at_any_time(order: Stager, seed: int) -> None:
    """A plan read back from JSON between any two scenes leads on exactly as before."""
    plan = order.plan(seed, NOTHING)
    direct = walked(order, plan, NOTHING)
    position = 0
    while not plan.ends_before(position):
        plan = Plan.from_json(orjson.loads(orjson.dumps(plan.to_json())))
        plan, _ = order.resolve(plan, position, {"way": "0"}, NOTHING)
        position += 1
    assert plan == direct


@given(stagers(), SEEDS)
def test_what_is_assigned_has_a_name_of_its_own(order: Stager, seed: int) -> None:
    """Resolving reports exactly the assignments that are new."""
    plan = order.plan(seed, NOTHING)
    position = 0
    while not plan.ends_before(position):
        before = dict(plan.assignments)
        plan, assigned = order.resolve(plan, position, {"way": "1"}, NOTHING)
        assert not set(assigned) & set(before)
        assert plan.assignments == before | dict(assigned)
        position += 1


# ------------------------------------------------------------------------------------------ fixed and random


def test_a_list_is_a_fixed_order() -> None:
    """Scenes come as written, lists inside and stagers inside included."""
    order = stager(page("a"), [page("b"), [page("c")]], Stager(scenes=pages("d e")))
    assert ids(order.plan(1, NOTHING)) == ["a", "b", "c", "d", "e", "end"]
    assert [scene.scene_id for scene in order.scenes()] == ["a", "b", "c", "d", "e", "end"]


@given(SEEDS, st.integers(1, 6), st.data())
def test_random_orders_are_permutations(seed: int, count: int, data: st.DataObject) -> None:
    """Each scene comes once; with ``keep_n`` that many of them do; the order is in the assignments."""
    keep = data.draw(st.integers(1, count))
    names = [f"s{index}" for index in range(count)]
    order = stager(page("a"), RandomizeOrder([page(name) for name in names], keep_n=keep, name="trials"))
    plan = order.plan(seed, NOTHING)
    drawn = ids(plan)[1:-1]
    assert len(drawn) == keep
    assert len(set(drawn)) == keep
    assert set(drawn) <= set(names)
    assert plan.assignments == {"trials": ">".join(drawn)}


def test_every_order_comes_up() -> None:
    """All six orders of three scenes are drawn about equally often."""
    order = stager(RandomizeOrder(pages("a b c"), name="o"))
    counted = Counter(order.plan(seed, NOTHING).assignments["o"] for seed in range(1200))
    assert len(counted) == 6
    assert min(counted.values()) > 140


def test_lists_in_a_random_order_stay_together() -> None:
    """What is in a list comes in its own order, wherever the list comes."""
    order = stager(RandomizeOrder([pages("a1 a2"), pages("b1 b2"), page("c")]))
    for seed in range(20):
        drawn = ids(order.plan(seed, NOTHING))
        assert drawn.index("a2") == drawn.index("a1") + 1
        assert drawn.index("b2") == drawn.index("b1") + 1


def test_a_named_node_draws_the_same_wherever_it_stands() -> None:
    """Adding something else to the script does not change what a named node draws."""
    trials = RandomizeOrder(pages("a b c d e"), name="trials")
    alone = stager(trials).plan(3, NOTHING)
    accompanied = stager(page("x"), RandomizeOrder(pages("y z")), trials).plan(3, NOTHING)
    assert alone.assignments["trials"] == accompanied.assignments["trials"]


def test_repetitions_draw_anew_each_time() -> None:
    """A random order in a repetition is a new one in each round, and each round has its assignment."""
    order = stager(RepeatScene(RandomizeOrder(pages("a b c d"), name="block"), n=3))
    plan = order.plan(5, NOTHING)
    drawn = ids(plan)[:-1]
    rounds = [drawn[start : start + 4] for start in (0, 4, 8)]
    assert all(sorted(once) == ["a", "b", "c", "d"] for once in rounds)
    assert plan.assignments == {f"block#{n}": ">".join(once) for n, once in enumerate(rounds, start=1)}
    assert any(len(set(order.plan(seed, NOTHING).assignments.values())) > 1 for seed in range(5))


def test_a_scene_can_come_several_times() -> None:
    """One object repeated is one scene with several visits."""
    order = stager(RepeatScene(page("trial"), n=3))
    assert order.problems() == []
    plan = order.plan(1, NOTHING)
    assert ids(plan) == ["trial", "trial", "trial", "end"]
    assert [plan.visit(n) for n in range(3)] == [0, 1, 2]


def test_nothing_comes_after_an_ending() -> None:
    """Scenes behind an ending are not part of anybody's plan, and do not count."""
    order = Stager(scenes=[page("a"), end("end"), end("late")])
    plan = order.plan(1, NOTHING)
    assert ids(plan) == ["a", "end"]
    assert plan.progress(0) == (0, 2)
    assert plan.jump(0, "late")[1] == 1
    assert order.last_scene_id == "end"


# ------------------------------------------------------------------------------------------- Latin squares


@pytest.mark.parametrize("count", range(2, 10))
def test_latin_squares_are_balanced(count: int) -> None:
    """Over all rows each scene is equally often at each place, and equally often behind each other one."""
    rows = LatinSquare(pages(" ".join(f"s{n}" for n in range(count)))).rows()
    times = len(rows) // count
    assert times == (1 if count % 2 == 0 else 2)
    for place in range(count):
        assert Counter(row[place] for row in rows) == dict.fromkeys(range(count), times)
    behind = Counter(pair for row in rows for pair in pairwise(row))
    pairs = [(one, other) for one in range(count) for other in range(count) if one != other]
    assert behind == dict.fromkeys(pairs, times)


def arrive(order: Stager, seed: int, people: list[tuple[Plan, str | None]]) -> Plan:
    return order.plan(seed, Counts.of(people))


@given(SEEDS, st.integers(2, 5), st.integers(1, 40))
def test_rows_are_used_equally_often(seed: int, count: int, arrivals: int) -> None:
    """When people come one after the other and all complete, no row is ever ahead by more than one."""
    order = stager(LatinSquare(pages(" ".join(f"s{n}" for n in range(count))), name="order"))
    people: list[tuple[Plan, str | None]] = []
    for number in range(arrivals):
        people.append((arrive(order, seed + number, people), "completed"))
    used = Counter(plan.assignments["order"] for plan, _ in people)
    rows = count if count % 2 == 0 else 2 * count
    assert max(used.values()) - (min(used.values()) if len(used) == rows else 0) <= 1


# ---------------------------------------------------------------------------------------------- treatments


def split(**settings: Any) -> Stager:
    given: dict[str, Any] = {"treatments": {"ai": pages("a"), "human": pages("h")}, "name": "partner"}
    return Stager(scenes=[Treatments(**(given | settings)), end(), end("sorry")])


@given(SEEDS, st.lists(st.sampled_from([None, "completed", "abandoned"]), max_size=40))
def test_completions_are_balanced_whoever_drops_out(seed: int, outcomes: list[str | None]) -> None:
    """Whatever becomes of people, the places taken in two treatments never differ by more than one, when each
    outcome is known before the next arrives."""
    order = split()
    people: list[tuple[Plan, str | None]] = []
    for number, outcome in enumerate(outcomes):
        people.append((arrive(order, seed + number, people), outcome))
        counts = Counts.of(people)
        assert abs(counts.at("partner", "ai").taken - counts.at("partner", "human").taken) <= 1


@given(SEEDS, st.integers(0, 4), st.integers(0, 4), st.lists(st.booleans(), min_size=12, max_size=25))
def test_quotas_are_never_exceeded(seed: int, ai: int, human: int, completes: list[bool]) -> None:
    """People who are still taking part count; who drops out frees a place; the rest find it full."""
    order = split(quotas={"ai": ai, "human": human}, when_full="sorry")
    assert order.problems() == []
    people: list[tuple[Plan, str | None]] = []
    for number, stays in enumerate(completes):
        plan = arrive(order, seed + number, people)
        people.append((plan, None if stays else "abandoned"))
        counts = Counts.of(people)
        assert counts.at("partner", "ai").taken <= ai
        assert counts.at("partner", "human").taken <= human
        if plan.assignments["partner"] == FULL:
            assert ids(plan) == ["sorry"]
            before = Counts.of(people[:-1])
            assert before.at("partner", "ai").taken + before.at("partner", "human").taken == ai + human


def test_a_treatment_without_quota_takes_the_rest() -> None:
    """A quota on one treatment sends later people to the other."""
    order = split(quotas={"ai": 2})
    people: list[tuple[Plan, str | None]] = []
    for seed in range(10):
        people.append((arrive(order, seed, people), None))
    assert Counter(plan.assignments["partner"] for plan, _ in people) == {"ai": 2, "human": 8}


@given(SEEDS, st.integers(1, 5), st.integers(1, 5))
def test_weights_steer_in_proportion(seed: int, one: int, other: int) -> None:
    """After as many people as the weights add up to, each treatment has exactly its share."""
    order = split(weights={"ai": one, "human": other})
    people: list[tuple[Plan, str | None]] = []
    for number in range(one + other):
        people.append((arrive(order, seed + number, people), None))
    counted = Counter(plan.assignments["partner"] for plan, _ in people)
    assert (counted["ai"], counted["human"]) == (one, other)


def test_the_first_person_is_not_always_treated_the_same() -> None:
    """Between equals the seed decides."""
    drawn = Counter(split().plan(seed, NOTHING).assignments["partner"] for seed in range(200))
    assert 60 < drawn["ai"] < 140


def test_when_it_is_full_people_go_on_from_the_scene_named() -> None:
    """The scene for a full experiment is gone to where it comes, or put in when it does not."""
    full = {"ai": 0, "human": 0}
    treatments = {"ai": pages("a"), "human": pages("h")}
    later = stager(Treatments(treatments, quotas=full, when_full="survey"), page("b"), page("survey"))
    assert ids(later.plan(1, NOTHING)) == ["survey", "end"]
    aside = stager(page("survey"), Treatments(treatments, quotas=full, when_full="survey"), page("b"))
    assert ids(aside.plan(1, NOTHING)) == ["survey", "survey", "b", "end"]


# ------------------------------------------------------------------------------------------------ branches


def asked() -> StaticScene:
    return page("consent").display(
        scene_body='<input id="agree"><input id="age">', element_ids=["agree", "age"]
    )


def branching(**settings: Any) -> Stager:
    given: dict[str, Any] = {
        "on": "consent.agree",
        "cases": {"no": end("declined"), "yes": pages("game survey")},
        "name": "consents",
    }
    return stager(asked(), Branch(**(given | settings)), page("thanks"))


def test_a_branch_is_decided_when_it_is_reached() -> None:
    """Before, the plan has a branch and an unknown length; afterwards the scenes of the case."""
    order = branching()
    assert order.problems() == []
    plan = order.plan(1, NOTHING)
    assert ids(plan) == ["consent", "?consents", "thanks", "end"]
    assert plan.progress(0) is None
    same, nothing = order.resolve(plan, 0, {}, NOTHING)
    assert (same, nothing) == (plan, {})
    yes, assigned = order.resolve(plan, 1, {"consent.agree": "yes"}, NOTHING)
    assert ids(yes) == ["consent", "game", "survey", "thanks", "end"]
    assert assigned == {"consents": "yes"}
    assert yes.progress(1) == (1, 5)
    no, _ = order.resolve(plan, 1, {"consent.agree": "no"}, NOTHING)
    assert ids(no) == ["consent", "declined"]
    other, assigned = order.resolve(plan, 1, {}, NOTHING)
    assert ids(other) == ["consent", "thanks", "end"]
    assert assigned == {"consents": "default"}


@pytest.mark.parametrize(
    ("case", "answer"),
    [("yes", "yes"), (True, True), (True, "true"), (3, "3"), ("3", 3), (3, 3.0), (0.5, "0.5")],
)
def test_answers_are_compared_as_text(case: Any, answer: Any) -> None:
    """A form gives texts, a game numbers: 3 and "3" are the same answer."""
    order = branching(cases={case: [page("x")]})
    plan, assigned = order.resolve(order.plan(1, NOTHING), 1, {"consent.agree": answer}, NOTHING)
    assert ids(plan)[1] == "x"
    assert assigned["consents"] != "default"


def test_a_function_can_decide() -> None:
    """It gets all facts, and returns the case."""
    order = branching(on=lambda facts: "yes" if int(str(facts["consent.age"])) >= 18 else "no")
    plan = order.plan(1, NOTHING)
    assert ids(order.resolve(plan, 1, {"consent.age": "18"}, NOTHING)[0])[1] == "game"
    assert ids(order.resolve(plan, 1, {"consent.age": "17"}, NOTHING)[0])[1] == "declined"


def test_a_function_that_fails_leaves_nobody_standing(caplog: pytest.LogCaptureFixture) -> None:
    """The researcher's mistake is logged, the default comes, and the data says why."""
    order = branching(on=lambda facts: facts["no such fact"], default=page("otherwise"))
    plan, assigned = order.resolve(order.plan(1, NOTHING), 1, {}, NOTHING)
    assert ids(plan)[1] == "otherwise"
    assert assigned == {"consents": "default (failed)"}
    assert "the function of Branch 'consents' failed" in caplog.text
    assert "KeyError" in caplog.text


def test_what_is_inside_a_branch_is_drawn_when_it_is_reached() -> None:
    """Treatments in a branch count those who got there, not everybody who arrived."""
    order = branching(
        cases={"yes": Treatments({"a": pages("x"), "b": pages("y")}, quotas={"a": 1}, name="inner")}
    )
    people: list[tuple[Plan, str | None]] = [(order.plan(seed, NOTHING), None) for seed in range(5)]
    assert all("inner" not in plan.assignments for plan, _ in people)
    reached: list[Plan] = []
    for plan, _ in people:
        counts = Counts.of([(other, None) for other in reached])
        reached.append(order.resolve(plan, 1, {"consent.agree": "yes"}, counts)[0])
    assert Counter(plan.assignments["inner"] for plan in reached) == {"a": 1, "b": 4}


def test_a_branch_in_a_repetition_is_decided_each_time() -> None:
    """Each round has its own decision, by what is known then."""
    order = stager(RepeatScene([asked(), Branch("consent.agree", {"yes": page("x")}, name="b")], n=2))
    plan = order.plan(1, NOTHING)
    plan, _ = order.resolve(plan, 1, {"consent.agree": "yes"}, NOTHING)
    assert ids(plan) == ["consent", "x", "consent", "?b#2", "end"]
    plan, _ = order.resolve(plan, 3, {"consent.agree": "no"}, NOTHING)
    assert ids(plan) == ["consent", "x", "consent", "end"]
    assert plan.assignments == {"b#1": "yes", "b#2": "default"}


def test_branches_at_once_are_decided_at_once() -> None:
    """A branch that leads nowhere lets the next one be decided, up to the next scene."""
    order = stager(
        asked(), Branch("consent.agree", {"a": page("x")}), Branch("consent.agree", {"b": page("y")})
    )
    plan, assigned = order.resolve(order.plan(1, NOTHING), 1, {"consent.agree": "b"}, NOTHING)
    assert ids(plan) == ["consent", "y", "end"]
    assert assigned == {"branch_1": "default", "branch_2": "b"}


def test_a_plan_of_another_script_is_refused() -> None:
    """A plan that was stored before the script was changed cannot be led on by guessing."""
    plan = branching().plan(1, NOTHING)
    assert stager(page("a"), page("thanks")).strangers(plan) == ["consent", "consents"]
    with pytest.raises(MugError, match="does not have"):
        stager(page("a")).resolve(plan, 1, {}, NOTHING)


@given(stagers(), SEEDS)
def test_a_stager_knows_its_own_plans(order: Stager, seed: int) -> None:
    """Before and after branches are decided, a plan has nothing that its stager does not have."""
    plan = order.plan(seed, NOTHING)
    assert order.strangers(plan) == []
    assert order.strangers(walked(order, plan, NOTHING)) == []


def test_scenes_are_known_once() -> None:
    """Each scene is listed once, however often it comes."""
    repeated = page("a")
    order = stager(repeated, RepeatScene(repeated, n=4), RandomizeOrder([repeated, page("b")]))
    scenes: list[Scene] = order.scenes()
    assert [scene.scene_id for scene in scenes] == ["a", "b", "end"]
