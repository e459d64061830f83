"""The environment is CoGrid's own, can be played in mug, and shows what is in it."""

import cogrid
import numpy as np
import pytest
from overcooked_mug_env import COOKING_STEPS, DELIVERY_REWARD, OvercookedMUG, Pot, env
from scripted_cook import DOWN, LEFT, PICK_OR_PLACE, RIGHT, UP, WAIT, decide

from mug.engine.engine import Engine, Rules
from mug.testing import conformance


@pytest.mark.parametrize("check", conformance.environment, ids=lambda check: check.__name__)
def test_conforms(check):
    """The law that the check's own docstring states."""
    check(OvercookedMUG)


def test_it_plays_as_cogrids_environment_does():
    """Drawing and counting change nothing: the same seed and actions give the same game as `cogrid.make`."""
    plain, drawn = cogrid.make("Overcooked-CrampedRoom-V0"), OvercookedMUG()
    rng = np.random.default_rng(3)
    first, _ = plain.reset(seed=11)
    second, _ = drawn.reset(seed=11)
    for _ in range(60):
        np.testing.assert_equal(second, first)
        drawn.render()
        actions = dict(enumerate(rng.integers(7, size=2).tolist()))
        first, *others = plain.step(actions)
        second, *same = drawn.step(actions)
        assert same == others


def test_the_file_leaves_an_environment_for_the_browser():
    """A browser that runs the file finds an environment of its own in `env`."""
    assert isinstance(env, OvercookedMUG)
    assert (env.surface.width, env.surface.height) == (225, 180)


def test_cooks_who_follow_the_rules_deliver_soups():
    """Two of them deliver soup after soup; each delivery is counted and is worth 20 points to both."""
    kitchen_env, rewards = cooked(steps=150)
    assert kitchen_env.deliveries == sum(reward >= DELIVERY_REWARD for reward in rewards) >= 2


@pytest.mark.parametrize("place", [(1, 1), (1, 3), (2, 2)])
def test_a_cook_can_work_beside_somebody_who_does_nothing(place):
    """As long as nobody stands where the work is, one cook makes soups alone."""
    kitchen_env = OvercookedMUG()
    kitchen_env.reset(seed=0)
    kitchen_env.set_state({**kitchen_env.get_state(), "agent_pos": [list(place), [2, 1]]})
    for _ in range(120):
        kitchen_env.step({0: WAIT, 1: decide(kitchen_env.kitchen(), 1)})
    assert kitchen_env.deliveries >= 1


def test_a_cook_clears_the_floor():
    """What somebody drops on the floor does not stop a cook for ever."""
    kitchen_env = OvercookedMUG()
    kitchen_env.reset(seed=0)
    kitchen_env.set_state({**kitchen_env.get_state(), "agent_pos": [[1, 1], [2, 1]]})
    for action in (LEFT, PICK_OR_PLACE, RIGHT, LEFT, DOWN, UP):
        kitchen_env.step({0: action, 1: WAIT})
    kitchen_env.set_state({**kitchen_env.get_state(), "agent_pos": [[1, 1], [2, 3]], "agent_dir": [0, 0]})
    kitchen_env.step({0: PICK_OR_PLACE, 1: WAIT})
    assert kitchen_env.kitchen().items == {(1, 2): "onion"}
    for _ in range(120):
        kitchen_env.step({0: WAIT, 1: decide(kitchen_env.kitchen(), 1)})
    assert kitchen_env.deliveries >= 1


def test_a_pot_cooks_as_long_as_it_takes():
    """Three onions fill a pot, whose soup is done after the steps that CoGrid's recipe says."""
    assert not Pot(onions=2, steps_left=COOKING_STEPS).full
    kitchen_env = OvercookedMUG()
    kitchen_env.reset(seed=4)
    cooking = 0
    for _ in range(150):
        kitchen_env.step({number: decide(kitchen_env.kitchen(), number) for number in (0, 1)})
        (pot,) = kitchen_env.kitchen().pots.values()
        cooking += pot.full and not pot.done
        if pot.done:
            break
    assert pot == Pot(onions=3, steps_left=0)
    assert cooking == COOKING_STEPS


def test_what_a_cook_holds_is_drawn_and_moves_with_them():
    """A cook keeps its ids from frame to frame, and what it holds is there as long as it is held."""
    kitchen_env = OvercookedMUG()
    kitchen_env.reset(seed=0)
    kitchen_env.set_state({**kitchen_env.get_state(), "agent_pos": [[1, 1], [2, 3]]})
    empty = drawn(kitchen_env)
    kitchen_env.step({0: LEFT, 1: WAIT})
    kitchen_env.step({0: PICK_OR_PLACE, 1: WAIT})
    holding = drawn(kitchen_env)
    assert empty < holding
    kitchen_env.step({0: RIGHT, 1: WAIT})
    assert drawn(kitchen_env) == holding
    changed, removed = kitchen_env.render().delta(None)
    assert removed == []
    assert any(props.get("tween") for _, _, _, props in changed)


def test_a_delivery_is_applauded_for_a_moment():
    """The points are shown when a soup is delivered, and gone a second later."""
    kitchen_env, _ = cooked(steps=150, until_delivery=True)
    assert "+20" in texts(kitchen_env)
    for _ in range(8):
        kitchen_env.step({0: WAIT, 1: WAIT})
    assert texts(kitchen_env) == []


def test_a_saved_game_goes_on_in_another_engine():
    """What is saved as bytes can be loaded by an engine that has played nothing yet, deliveries included."""
    rules = Rules(agent_ids=(0, 1), humans=(0, 1), num_episodes=1)
    first = Engine(OvercookedMUG, rules, {}, 5)
    first.begin_episode()
    for _ in range(90):
        kitchen = first.env.kitchen()
        first.advance({number: decide(kitchen, number) for number in (0, 1)})
    assert first.env.deliveries >= 1
    second = Engine(OvercookedMUG, rules, {}, 6)
    second.load(first.save())
    for action in (UP, RIGHT, PICK_OR_PLACE, LEFT):
        one, other = (engine.advance({0: action, 1: DOWN}) for engine in (first, second))
        assert str(one) == str(other)
    assert second.env.deliveries == first.env.deliveries
    assert first.render().delta(None)[0][0] == second.render().delta(None)[0][0]


def cooked(steps, until_delivery=False):
    """Let two cooks follow the rules; returns the environment and each step's reward."""
    kitchen_env = OvercookedMUG()
    kitchen_env.reset(seed=2)
    rewards = []
    while len(rewards) < steps and not (until_delivery and kitchen_env.deliveries):
        kitchen = kitchen_env.kitchen()
        _, reward, *_ = kitchen_env.step({number: decide(kitchen, number) for number in (0, 1)})
        rewards.append(reward[0])
    return kitchen_env, rewards


def drawn(kitchen_env):
    """The keys of all that is on the picture."""
    return {key for key, *_ in kitchen_env.render()}


def texts(kitchen_env):
    """What is written on the picture."""
    return [props["text"] for *_, props in kitchen_env.render() if "text" in props]
