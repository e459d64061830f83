"""The environment: it repeats itself to the last bit, is the same for both sides, and is about one point."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slime_picture import NAME
from slime_volleyball_env import (
    BALL_RADIUS,
    BALL_TOP_SPEED,
    CEILING,
    FROM_NET,
    JUMP,
    LEFT,
    MAX_STEPS,
    NET_RADIUS,
    RIGHT,
    SIDE,
    SLIME_RADIUS,
    STAY,
    TO_NET,
    WALL,
    Body,
    SlimeVolleyballEnv,
)

from mug.testing import conformance

seeds = st.integers(0, 2**32 - 1)
actions = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=150)
LIMITS = settings(max_examples=60, deadline=None)


@pytest.mark.parametrize("check", conformance.environment, ids=lambda check: check.__name__)
def test_conforms(check):
    """The law that the check's own docstring states."""
    check(SlimeVolleyballEnv)


@LIMITS
@given(seeds, actions)
def test_seed_and_actions_determine_everything(seed, pairs):
    """Two environments with the same seed and actions are in the same state after each step."""
    first, second = begun(seed), begun(seed)
    for pair in pairs:
        told_first, told_second = step(first, pair), step(second, pair)
        assert seen(told_first) == seen(told_second)
        assert first.get_state() == second.get_state()


@LIMITS
@given(seeds, actions, actions)
def test_going_back_and_on_gives_the_same_again(seed, before, after):
    """A saved state is not changed by what comes after it, and from there the same actions do the same."""
    env = begun(seed)
    for pair in before:
        step(env, pair)
    saved = env.get_state()
    observed, picture = observations(env), drawn(env)
    first = [seen(step(env, pair)) for pair in after]
    ended = env.get_state()
    env.set_state(saved)
    assert (env.get_state(), observations(env), drawn(env)) == (saved, observed, picture)
    assert [seen(step(env, pair)) for pair in after] == first
    assert env.get_state() == ended


@LIMITS
@given(seeds, actions, seeds)
def test_a_state_can_be_moved_to_another_environment(seed, pairs, other_seed):
    """What one environment saved another one plays on, the next point's serve included."""
    first, second = begun(seed), begun(other_seed)
    for pair in pairs:
        step(first, pair)
    second.set_state(first.get_state())
    for pair in pairs:
        assert seen(step(first, pair)) == seen(step(second, pair))
    assert first.points == second.points
    first.reset()
    second.reset()
    assert first.get_state() == second.get_state()


@LIMITS
@given(seeds, actions)
def test_both_sides_are_the_same(seed, pairs):
    """In the mirrored game with actions exchanged, each sees to the last bit what the other one saw."""
    env, mirrored = begun(seed), begun(seed)
    mirrored.set_state(mirror(env.get_state()))
    for pair in pairs:
        told, other = step(env, pair), step(mirrored, pair[::-1])
        assert told[0][LEFT].tobytes() == other[0][RIGHT].tobytes()
        assert told[0][RIGHT].tobytes() == other[0][LEFT].tobytes()
        assert (told[1][LEFT], told[1][RIGHT]) == (other[1][RIGHT], other[1][LEFT])
        assert told[2:] == other[2:]


@LIMITS
@given(seeds, actions)
def test_everybody_stays_on_their_side_and_everything_in_the_court(seed, pairs):
    """No slime passes the net, nothing leaves the court or gets too fast, and all numbers are as promised."""
    env = begun(seed)
    for pair in pairs:
        told = step(env, pair)
        for player, side in SIDE.items():
            assert NET_RADIUS + SLIME_RADIUS <= side * env.slimes[player].x <= WALL - SLIME_RADIUS
            assert env.slimes[player].y >= 0
            assert env.observation_space[player].contains(told[0][player])
        assert abs(env.ball.x) <= WALL - BALL_RADIUS
        assert env.ball.y <= CEILING - BALL_RADIUS
        assert math.hypot(env.ball.vx, env.ball.vy) <= BALL_TOP_SPEED * (1 + 1e-12)


@LIMITS
@given(seeds, actions)
def test_an_episode_is_one_point(seed, pairs):
    """It ends when the ball falls: 1 for one, -1 for the one on whose side it fell, and nothing before."""
    env = begun(seed)
    for pair in [*pairs, *[(STAY, STAY)] * MAX_STEPS]:
        _, rewards, terminated, truncated, _ = step(env, pair)
        if terminated or truncated:
            break
        assert rewards == {LEFT: 0, RIGHT: 0}
    assert terminated
    assert not truncated
    winner = RIGHT if env.ball.x < 0 else LEFT
    assert {player for player, reward in rewards.items() if reward == 1} == {winner} == {env.winner}
    assert sum(rewards.values()) == 0
    assert env.points == {player: int(player == winner) for player in SIDE}


@LIMITS
@given(st.booleans(), st.floats(-11, 11), st.floats(-14, 14), st.floats(-14, 14), actions)
def test_nothing_is_squeezed_through_the_net(on_the_right, x, vx, vy, pairs):
    """A ball below the net's top stays on its side, whoever pushes it."""
    side = 1 if on_the_right else -1
    env = begun(0)
    env.ball = Body(side * max(abs(x), NET_RADIUS + BALL_RADIUS), 1.0, vx, vy)
    for pair in pairs:
        was_low = env.ball.y < 1.5
        before = math.copysign(1, env.ball.x)
        step(env, pair)
        assert not was_low or math.copysign(1, env.ball.x) == before


def test_a_point_nobody_wins_ends_after_three_thousand_steps():
    """Then it is truncated, and nobody gets anything."""
    env = begun(1)
    for number in range(1, MAX_STEPS + 1):
        env.ball = Body(6.0, 8.0)
        _, rewards, terminated, truncated, _ = step(env, (STAY, STAY))
        assert rewards == {LEFT: 0, RIGHT: 0}
        assert (terminated, truncated) == (False, number == MAX_STEPS)
    assert env.points == {LEFT: 0, RIGHT: 0}


def test_points_are_counted_over_a_game():
    """A new episode keeps them; a new environment begins with none."""
    env = begun(3)
    for episode in range(1, 4):
        env.reset(seed=episode)
        while not step(env, (STAY, STAY))[2]:
            pass
        assert sum(env.points.values()) == episode
    assert SlimeVolleyballEnv().points == {LEFT: 0, RIGHT: 0}


def test_a_slime_moves_as_its_player_sees_it():
    """Towards the net makes one's own x smaller on either side; a jump rises twice its size, and lands."""
    for player, other in ((LEFT, RIGHT), (RIGHT, LEFT)):
        env = begun(5)
        x = env.observe()[player][0]
        env.step({player: TO_NET, other: STAY})
        assert env.observe()[player][0] == pytest.approx(x - 0.3)
        env.step({player: FROM_NET, other: STAY})
        assert env.observe()[player][0] == pytest.approx(x)
        heights = []
        env.step({player: JUMP, other: STAY})
        while env.slimes[player].y > 0:
            heights.append(env.slimes[player].y)
            env.step({player: STAY, other: STAY})
        assert 1.8 < max(heights) < 2.4
        assert len(heights) < 30
        assert env.observe()[other][0] == pytest.approx(x)


def test_serves_go_to_both_sides_and_leave_time():
    """Each side gets about half of them, they differ, and nobody has less than a second."""
    env, sides, lengths = begun(0), [], set()
    for seed in range(200):
        env.reset(seed=seed)
        sides.append(env.ball.vx > 0)
        while not step(env, (STAY, STAY))[2]:
            pass
        lengths.add(env.steps)
    assert 80 < sum(sides) < 120
    assert min(lengths) > 30
    assert len(lengths) > 20


def test_who_looks_is_told_which_slime_is_theirs():
    """As a point begins an arrow says it; the points always do. Somebody who watches sees neither."""
    env = begun(7)
    for player in SIDE:
        assert "You" in texts(env, player)
        assert f"{NAME[player]} (you)  0" in texts(env, player)
    assert texts(env, None) == {"Red  0", "Blue  0"}
    env.steps = 100
    assert "You" not in texts(env, LEFT)


def test_eyes_follow_the_ball():
    """A pupil is on the side of its eye on which the ball is."""
    env = begun(7)
    left, right = (pupil_and_eye(env, Body(x, 3.0)) for x in (-11.0, 11.0))
    assert all(pupil < eye for pupil, eye in left)
    assert all(pupil > eye for pupil, eye in right)


def begun(seed):
    env = SlimeVolleyballEnv()
    env.reset(seed=seed)
    return env


def step(env, pair):
    """Step with the left player's action and the right one's."""
    return env.step(dict(zip(SIDE, pair, strict=True)))


def seen(told):
    """What a step told, comparable."""
    observed, *others = told
    return {player: observed[player].tobytes() for player in SIDE}, *others


def observations(env):
    return {player: observed.tobytes() for player, observed in env.observe().items()}


def drawn(env):
    return [list(env.render(viewer)) for viewer in (LEFT, RIGHT)]


def mirror(state):
    """The state in which left and right are exchanged."""
    (left, right, ball), steps, points, winner, generator = state
    flipped = tuple((-x, y, -vx, vy) for x, y, vx, vy in (right, left, ball))
    return flipped, steps, points[::-1], winner, generator


def texts(env, viewer):
    """What is written on the picture that somebody sees."""
    return {props["text"] for *_, props in env.render(viewer) if "text" in props}


def pupil_and_eye(env, ball):
    """The x of each pupil and of its eye."""
    env.ball = ball
    circles = [props for *_, props in env.render() if props.keys() >= {"x", "radius"}]
    eyes = [props["x"] for props in circles if props["radius"] == 10]
    pupils = [props["x"] for props in circles if props["radius"] == 4.5]
    return list(zip(pupils, eyes, strict=True))
