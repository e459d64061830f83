"""Slime Volleyball for two players; the same file runs on servers and in browsers.

Lengths are in radii of a slime, times in seconds. x runs from the left wall to the right one and is 0 at the
net, y is 0 on the ground. Nothing is computed but + - * / and square roots, which are the same to the last
bit everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from slime_picture import HEIGHT, WIDTH, draw

from mug.rendering import Surface

STEPS_PER_SECOND = 30
DT = 1 / STEPS_PER_SECOND
MAX_STEPS = 3000

WALL, CEILING = 12.0, 11.0
NET_TOP, NET_RADIUS = 1.9, 0.12
SLIME_RADIUS, SLIME_SPEED, SLIME_JUMP, SLIME_GRAVITY = 1.0, 9.0, 10.5, 26.0
BALL_RADIUS, BALL_GRAVITY, BALL_TOP_SPEED = 0.4, 12.0, 13.0

# Where the players stand when a point begins, and how the ball is thrown up above the net.
HOME = 6.0
SERVE_HEIGHT, SERVE_SPEED, SERVE_LIFT = 7.0, (2.0, 4.5), (3.0, 6.0)

LEFT, RIGHT = "player_0", "player_1"
SIDE = {LEFT: -1.0, RIGHT: 1.0}
STAY, TO_NET, FROM_NET, JUMP, JUMP_TO_NET, JUMP_FROM_NET = range(6)
AWAY = (0.0, -1.0, 1.0, 0.0, -1.0, 1.0)
"""Whether each action leads away from the net, to it, or neither."""


@dataclass(slots=True)
class Body:
    """The ball's center or the middle of a slime's foot, and how fast it moves."""

    x: float
    y: float
    vx: float = 0.0
    vy: float = 0.0


class SlimeVolleyballEnv(gym.Env):
    """One point per episode: who lets the ball fall gets -1, the other 1. After 3,000 steps nobody gets any.

    Each player sees twelve numbers: x, y and the velocities of themselves, of the ball and of the other one.
    Both see themselves at positive x, and act towards the net or away from it, so that one policy can play
    either side. Points are counted over the episodes of a game.
    """

    metadata = {"render_modes": ["mug"]}

    def __init__(self, render_mode="mug"):
        self.render_mode = render_mode
        self.action_space = spaces.Dict({player: spaces.Discrete(len(AWAY)) for player in SIDE})
        most = np.tile(np.array([WALL, CEILING, BALL_TOP_SPEED, BALL_TOP_SPEED], np.float32), 3)
        self.observation_space = spaces.Dict({player: spaces.Box(-most, most) for player in SIDE})
        self.surfaces = {viewer: Surface(width=WIDTH, height=HEIGHT) for viewer in (None, *SIDE)}
        self.slimes = {player: Body(side * HOME, 0.0) for player, side in SIDE.items()}
        self.ball = Body(0.0, SERVE_HEIGHT)
        self.steps = 0
        self.points = dict.fromkeys(SIDE, 0)
        self.winner = None

    def reset(self, *, seed=None, options=None):
        """Begin a point: the ball is thrown up above the net, towards either side."""
        super().reset(seed=seed)
        for surface in self.surfaces.values():
            surface.reset()
        side, speed, lift = self.np_random.random(3).tolist()
        speed = between(*SERVE_SPEED, speed)
        self.ball = Body(0.0, SERVE_HEIGHT, speed if side < 0.5 else -speed, between(*SERVE_LIFT, lift))
        self.slimes = {player: Body(side * HOME, 0.0) for player, side in SIDE.items()}
        self.steps = 0
        self.winner = None
        return self.observe(), {}

    def step(self, actions):
        """Let both players act for a thirtieth of a second."""
        for player, slime in self.slimes.items():
            move_slime(slime, actions[player], SIDE[player])
        move_ball(self.ball, *self.slimes.values())
        self.steps += 1
        rewards = dict.fromkeys(SIDE, 0.0)
        if self.ball.y <= BALL_RADIUS:
            self.ball.y = BALL_RADIUS
            self.winner, loser = (RIGHT, LEFT) if self.ball.x < 0 else (LEFT, RIGHT)
            self.points[self.winner] += 1
            rewards[self.winner], rewards[loser] = 1.0, -1.0
        fell = self.winner is not None
        return self.observe(), rewards, fell, not fell and self.steps >= MAX_STEPS, {}

    def observe(self):
        """What each player sees."""
        left, right = self.slimes.values()
        return {LEFT: seen_by(left, self.ball, right, -1.0), RIGHT: seen_by(right, self.ball, left, 1.0)}

    def get_state(self):
        """The whole state, its generator included."""
        left, right = self.slimes.values()
        return (
            tuple([(body.x, body.y, body.vx, body.vy) for body in (left, right, self.ball)]),
            self.steps,
            tuple(self.points.values()),
            self.winner,
            self.np_random.bit_generator.state,
        )

    def set_state(self, state):
        """Go back to a saved state."""
        (left, right, ball), self.steps, points, self.winner, generator = state
        self.slimes = {LEFT: Body(*left), RIGHT: Body(*right)}
        self.ball = Body(*ball)
        self.points = dict(zip(SIDE, points, strict=True))
        self.np_random.bit_generator.state = generator

    def render(self, player_id=None):
        """Draw the court, as a player sees it who knows which slime is theirs."""
        surface = self.surfaces[player_id]
        draw(surface, self, player_id)
        return surface.commit()


def between(least, most, share):
    """The number that lies so far on the way from one to the other."""
    return least + (most - least) * share


def seen_by(me, ball, other, side):
    """The twelve numbers of a player who stands on this side."""
    return np.array(
        [
            *(side * me.x, me.y, side * me.vx, me.vy),
            *(side * ball.x, ball.y, side * ball.vx, ball.vy),
            *(side * other.x, other.y, side * other.vx, other.vy),
        ],
        np.float32,
    )


def move_slime(slime, action, side):
    """Slimes start and stop at once, steer in the air, and jump whenever they are told to on the ground."""
    slime.vx = side * AWAY[action] * SLIME_SPEED
    if action >= JUMP and slime.y == 0:
        slime.vy = SLIME_JUMP
    elif slime.y > 0:
        slime.vy -= SLIME_GRAVITY * DT
    away = side * (slime.x + slime.vx * DT)
    nearest, farthest = NET_RADIUS + SLIME_RADIUS, WALL - SLIME_RADIUS
    if not nearest <= away <= farthest:
        slime.vx, away = 0.0, min(max(away, nearest), farthest)
    slime.x = side * away
    slime.y += slime.vy * DT
    if slime.y <= 0:
        slime.y = slime.vy = 0.0


def move_ball(ball, left, right):
    """The ball falls, and bounces off slimes, net, walls and ceiling without losing anything."""
    from_right = ball.x > 0
    ball.vy -= BALL_GRAVITY * DT
    ball.x += ball.vx * DT
    ball.y += ball.vy * DT
    for slime in (right, left) if from_right else (left, right):
        bounce_off_slime(ball, slime)
    bounce_off_net(ball, from_right)
    limit = WALL - BALL_RADIUS
    if not -limit <= ball.x <= limit:
        ball.x, ball.vx = (limit, -abs(ball.vx)) if ball.x > 0 else (-limit, abs(ball.vx))
    if ball.y > CEILING - BALL_RADIUS:
        ball.y, ball.vy = CEILING - BALL_RADIUS, -abs(ball.vy)
    speed = sqrt(ball.vx * ball.vx + ball.vy * ball.vy)
    if speed > BALL_TOP_SPEED:
        ball.vx *= BALL_TOP_SPEED / speed
        ball.vy *= BALL_TOP_SPEED / speed


def bounce_off_slime(ball, slime):
    """A slime is the upper half of a disc: round above, flat below."""
    if ball.y >= slime.y:
        bounce(ball, slime.x, slime.y, SLIME_RADIUS + BALL_RADIUS, slime.vx, slime.vy)
    else:
        nearest = min(max(ball.x, slime.x - SLIME_RADIUS), slime.x + SLIME_RADIUS)
        bounce(ball, nearest, slime.y, BALL_RADIUS, slime.vx, slime.vy)


def bounce_off_net(ball, from_right):
    """The net is a post with a round top, which nothing is pushed through."""
    reach = NET_RADIUS + BALL_RADIUS
    if ball.y >= NET_TOP:
        bounce(ball, 0.0, NET_TOP, reach, 0.0, 0.0)
    elif from_right and ball.x < reach:
        ball.x, ball.vx = reach, abs(ball.vx)
    elif not from_right and ball.x > -reach:
        ball.x, ball.vx = -reach, -abs(ball.vx)


def bounce(ball, x, y, reach, vx, vy):
    """Let the ball bounce off a point that moves, if it is nearer than it can be."""
    dx, dy = ball.x - x, ball.y - y
    distance = sqrt(dx * dx + dy * dy)
    if distance >= reach:
        return
    if distance == 0:
        dx, dy, distance = 0.0, 1.0, 1.0
    dx, dy = dx / distance, dy / distance
    ball.x, ball.y = x + dx * reach, y + dy * reach
    approach = (ball.vx - vx) * dx + (ball.vy - vy) * dy
    if approach < 0:
        ball.vx -= 2 * approach * dx
        ball.vy -= 2 * approach * dy
