"""Rules that play Slime Volleyball well: go where the ball comes down, and stand so that it flies back."""

from __future__ import annotations

from math import sqrt

from slime_volleyball_env import (
    BALL_GRAVITY,
    BALL_RADIUS,
    BALL_TOP_SPEED,
    DT,
    FROM_NET,
    HOME,
    JUMP,
    JUMP_FROM_NET,
    JUMP_TO_NET,
    NET_RADIUS,
    NET_TOP,
    SLIME_GRAVITY,
    SLIME_JUMP,
    SLIME_RADIUS,
    SLIME_SPEED,
    STAY,
    TO_NET,
    WALL,
)

REACH = SLIME_RADIUS + BALL_RADIUS
LEANS = tuple([step / 20 for step in range(-18, 5)])
"""How far beside the slime's middle the ball can be when they meet, in parts of REACH; to the net below 0."""
RISE = 3
"""Steps in the air before a slime that jumps meets the ball."""
NEAR = REACH + 0.5
AIM, CLEAR = -5.5, 1.2
CLOSE_ENOUGH = SLIME_SPEED * DT / 2


def decide(observation):
    """Return the action for what a player sees."""
    x, y, _, _, ball_x, ball_y, ball_vx, ball_vy, *_ = observation.tolist()
    if near(ball_x - x, ball_y - y):
        return STAY
    plan = best_plan(x, ball_x, ball_y, ball_vx, ball_vy)
    if plan is None:
        return towards(HOME, x)
    target, seconds, jumps = plan
    if jumps and y == 0 and seconds <= (RISE + 0.5) * DT:
        return (JUMP_TO_NET, JUMP, JUMP_FROM_NET)[1 + sign(target - x)]
    return towards(target, x)


def near(dx, dy):
    """Tell whether the ball touches the slime, or is about to: then a step would push it anywhere."""
    return dx * dx + dy * dy < NEAR * NEAR


def towards(target, x):
    """Return the action that leads to a place."""
    return (TO_NET, STAY, FROM_NET)[1 + sign(target - x)]


def sign(distance):
    """Return -1, 0 or 1; 0 for what is less than half a step away."""
    return (distance > CLOSE_ENOUGH) - (distance < -CLOSE_ENOUGH)


def best_plan(x, ball_x, ball_y, ball_vx, ball_vy):
    """Find where to meet the ball.

    Returns:
        Where to stand, in how many seconds, and whether to jump; None if the ball does not come here.
    """
    best, least = None, float("inf")
    for jumps in (False, True):
        rise = RISE * DT if jumps else 0.0
        height = SLIME_JUMP * rise - SLIME_GRAVITY * rise * rise / 2
        speed = SLIME_JUMP - SLIME_GRAVITY * rise if jumps else 0.0
        for lean in LEANS:
            up = sqrt(1 - lean * lean)
            meeting = fall(ball_x, ball_y, ball_vx, ball_vy, height + REACH * up)
            if meeting is None:
                continue
            place, seconds, vx, vy = meeting
            target = place - REACH * lean
            late = max(0.0, abs(target - x) - SLIME_SPEED * seconds)
            inside = NET_RADIUS + SLIME_RADIUS <= target <= WALL - SLIME_RADIUS
            if place < 0 or not inside:
                continue
            approach = vx * lean + (vy - speed) * up
            if approach >= 0:
                continue
            cost = miss(place, height + REACH * up, vx - 2 * approach * lean, vy - 2 * approach * up)
            cost += 10 * late + (2.0 if jumps else 0.0)
            if cost < least:
                best, least = (target, seconds, jumps), cost
    return best


def fall(x, y, vx, vy, height):
    """Follow the ball down to a height; returns place, seconds, and velocity there, or None."""
    seconds = time_down(y, vy, height)
    if seconds is None:
        return None
    x += vx * seconds
    if x > WALL - BALL_RADIUS:
        x, vx = 2 * (WALL - BALL_RADIUS) - x, -vx
    return x, seconds, vx, vy - BALL_GRAVITY * seconds


def time_down(y, vy, height):
    """Return after how many seconds the ball comes down to a height; None if it never does."""
    square = vy * vy + 2 * BALL_GRAVITY * (y - height)
    seconds = (vy + sqrt(square)) / BALL_GRAVITY if square >= 0 else -1.0
    return seconds if seconds >= 0 else None


def miss(x, y, vx, vy):
    """Return how far from a good one the shot is that leaves here: over the net, to the middle there."""
    speed = sqrt(vx * vx + vy * vy)
    if speed > BALL_TOP_SPEED:
        vx, vy = vx * BALL_TOP_SPEED / speed, vy * BALL_TOP_SPEED / speed
    if vx >= -0.1:
        # it comes down here again: better high above, and far from net and wall
        return 30 - vy + abs(x - HOME) / 2
    seconds = x / -vx
    over = y + vy * seconds - BALL_GRAVITY * seconds * seconds / 2 - NET_TOP - BALL_RADIUS
    if over < 0:
        return 40 - over
    down = time_down(y, vy, REACH) or 0.0
    return abs(x + vx * down - AIM) + 6 * max(0.0, CLEAR - over)
