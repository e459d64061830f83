"""The grid for teams is fit for rollback, its helpers arrive, and all three experiments can be played."""

import asyncio
import contextlib
import csv

import pytest
from helper import REST, Helper
from team_grid_env import CELL, CORNERS, DOWN, GOAL, LEFT, RIGHT, STAY, UP, TeamGridEnv

from mug.engine.engine import Engine, Rules
from mug.engine.policies import resolve
from mug.testing import conformance

TEAMS = {
    "three_people": ("player_0", "player_1", "player_2"),
    "four_people": ("player_0", "player_1", "player_2", "player_3"),
    "with_helpers": ("player_0", "player_1", "helper_0", "helper_1"),
}


@pytest.mark.parametrize("check", conformance.environment, ids=lambda check: check.__name__)
def test_conforms(check):
    """The law that the check's own docstring states."""
    check(TeamGridEnv)


@pytest.mark.parametrize("team", TEAMS)
def test_a_team_meets(team):
    """Nobody gets anything until all are on the goal; then all do, and the episode is over."""
    env = TeamGridEnv(TEAMS[team])
    observations, _ = env.reset(seed=4)
    assert list(env.places.values()) == list(CORNERS[: len(TEAMS[team])])
    while True:
        actions = {agent: way(*observed.tolist()) for agent, observed in observations.items()}
        observations, rewards, met, _, _ = env.step(actions)
        assert set(rewards.values()) == {float(met)}
        assert met == all(place == env.goal for place in env.places.values())
        if met:
            break


def test_a_goal_is_drawn_for_each_round():
    """It is nobody's corner, and not always the same."""
    env = TeamGridEnv()
    goals = set()
    for seed in range(50):
        env.reset(seed=seed)
        goals.add(env.goal)
    assert len(goals) > 10
    assert not goals & set(CORNERS)


def test_nobody_hides_anybody():
    """Four agents on one square are drawn in four places, each with a number."""
    env = TeamGridEnv(TEAMS["four_people"])
    env.reset(seed=1)
    env.places = dict.fromkeys(env.places, (5, 5))
    circles = [(props["x"], props["y"]) for *_, props in env.render() if "radius" in props]
    assert len(set(circles)) == 4
    assert [props["text"] for *_, props in env.render() if "text" in props] == ["1", "2", "3", "4"]


def test_each_sees_a_ring_around_their_own_number():
    """In everybody's view one circle has an edge, and it is another one for each of them."""
    env = TeamGridEnv(TEAMS["four_people"])
    env.reset(seed=1)
    for number, agent in enumerate(env.agents):
        circles = [props for *_, props in env.render(agent) if "radius" in props]
        assert [index for index, props in enumerate(circles) if "stroke_color" in props] == [number]


def test_helpers_arrive_and_stay():
    """A helper takes one step in four, never away from the goal, and then waits there."""
    engine = game(seed=8)
    env = engine.env
    while engine.step_number < 17 * REST:
        before = distance(env, "helper_0")
        step = engine.advance({"player_0": STAY, "player_1": STAY})
        moved = before - distance(env, "helper_0")
        assert moved == (1 if before and step.step % REST == 0 else 0)
    assert env.places["helper_0"] == env.places["helper_1"] == env.goal


def test_helpers_are_taken_back_with_the_game():
    """What they remember, and what they draw, is part of a saved game: from there all is the same again."""
    engine = game(seed=9)
    still = {"player_0": STAY, "player_1": STAY}
    for taken_back in range(1, 20):
        saved = engine.save()
        first = [str(engine.advance(still)) for _ in range(taken_back)]
        engine.load(saved)
        assert [str(engine.advance(still)) for _ in range(taken_back)] == first
        if engine.step_number > 40:
            break


@pytest.mark.parametrize("team", TEAMS)
def test_nothing_is_wrong_with_the_script(script, team):
    """Each experiment is complete, there is nothing to advise, and it is played peer to peer."""
    config = getattr(script, team)
    assert config.problems() == []
    assert config.advice() == []
    scene = script.game_scene(team, dict.fromkeys(TEAMS[team], script.HUMAN))
    assert (scene.game_spec().runtime, scene.transport_name()) == ("pyodide", "webrtc")


@pytest.mark.parametrize("team", TEAMS)
async def test_a_team_plays_on_the_server(script, monkeypatch, run_experiment, team):
    """One word of the script is another one: the people walk to the goal, and the game is over for all."""
    people = [agent for agent in TEAMS[team] if agent.startswith("player")]
    mapping = {agent: script.HUMAN if agent in people else Helper for agent in TEAMS[team]}
    scene = (
        script.game_scene(team, mapping)
        .runtime(run_through_pyodide=False)
        .rendering(fps=60)
        .gameplay(num_episodes=1, max_steps=None, countdown_s=0.0, reset_freeze_s=0.0)
    )
    monkeypatch.setattr(script, "game_scene", lambda scene_id, policy_mapping: scene)
    config = script.experiment(team, "A team", mapping)
    async with run_experiment(config) as running, contextlib.AsyncExitStack() as stack:
        everybody = [await stack.enter_async_context(running.arrive()) for _ in people]
        for person in everybody:
            await person.until_scene("welcome")
            await person.advance()
        await asyncio.gather(*(person.until_state("playing") for person in everybody))
        await asyncio.gather(*map(walk_to_the_goal, everybody))
        await asyncio.gather(*(person.until_state("over") for person in everybody))
        for person in everybody:
            await person.advance()
            await person.until_scene("thanks")
    files = [file for file in (running.data_dir / team).glob("*.csv") if "episodes" not in file.name]
    assert len(files) == len(people)
    for file in files:
        with file.open(encoding="utf-8") as lines:
            last = list(csv.DictReader(lines))[-1]
        assert {float(last[f"rewards.{agent}"]) for agent in TEAMS[team]} == {1.0}


async def walk_to_the_goal(person):
    """Go there, by what there is to see: a ring around one's own number, and the goal."""
    await person.until(person.picture.commands)
    while (action := way(*own_place(person), *goal(person))) != STAY:
        before = own_place(person)
        await person.press(action)
        await person.until(lambda before=before: own_place(person) != before)


def own_place(person):
    """The square of the circle that has a ring."""
    ((x, y),) = [
        (props["x"], props["y"])
        for *_, props in person.picture.commands()
        if "radius" in props and "stroke_color" in props
    ]
    return int(x // CELL), int(y // CELL)


def goal(person):
    """The green square."""
    ((x, y),) = [
        (props["x"], props["y"]) for *_, props in person.picture.commands() if props.get("color") == GOAL
    ]
    return int(x // CELL), int(y // CELL)


def way(x, y, goal_x, goal_y):
    """The action that leads from a place to the goal."""
    if x != goal_x:
        return RIGHT if x < goal_x else LEFT
    if y != goal_y:
        return DOWN if y < goal_y else UP
    return STAY


def distance(env, agent):
    return sum(abs(here - there) for here, there in zip(env.places[agent], env.goal, strict=True))


def game(seed):
    """A game of two people and two helpers, which has begun."""
    agents = TEAMS["with_helpers"]
    rules = Rules(agent_ids=agents, humans=agents[:2], num_episodes=1)
    policies = {agent: resolve(Helper, agent) for agent in agents[2:]}
    engine = Engine(lambda: TeamGridEnv(agents), rules, policies, seed)
    engine.begin_episode()
    return engine
