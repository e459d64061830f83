"""How a court of Slime Volleyball looks."""

from __future__ import annotations

from math import pi, sqrt

SCALE, GROUND = 40, 440
WIDTH, HEIGHT = 960, 480
NET_HEIGHT, NET_WIDTH = 76, 10
SLIME, BALL = 40, 16
COLOR = {"player_0": "#b01f33", "player_1": "#1d5a9f"}
NAME = {"player_0": "Red", "player_1": "Blue"}
SIDE = {"player_0": -1, "player_1": 1}
INK, SKY, HAZE, SAND, SAND_EDGE = "#22303c", "#bfe0f5", "#dceefa", "#e6cf9b", "#a88a4f"
STEPS_MARKED = 60


def draw(surface, env, viewer):
    """Draw everything; a viewer's own slime is marked as a point begins.

    Args:
        surface: where to draw.
        env: the environment.
        viewer: the player who looks, or None for somebody who watches.
    """
    draw_court(surface)
    ball_x, ball_y = place(env.ball)
    for player, slime in env.slimes.items():
        x, y = place(slime)
        draw_shadow(surface, x, SLIME, y, f"{player} shadow")
        draw_slime(surface, player, x, y, (ball_x, ball_y))
        draw_points(surface, player, env.points[player], player == viewer)
        if player == viewer and env.steps < STEPS_MARKED:
            draw_mark(surface, player, x, y)
    draw_shadow(surface, ball_x, BALL, ball_y + BALL, "ball shadow")
    surface.circle(ball_x, ball_y, BALL, color="#ffd23f", stroke_color=INK, stroke_width=2, id="ball")


def place(body):
    """Where on the surface a body is."""
    return WIDTH / 2 + body.x * SCALE, GROUND - body.y * SCALE


def draw_court(surface):
    """Sky, sand and net: persistent, so they are sent once."""
    keep = {"persistent": True, "depth": -2}
    surface.rect(0, 0, WIDTH, GROUND, color=SKY, id="sky", **keep)
    surface.rect(0, GROUND - 150, WIDTH, 150, color=HAZE, id="haze", **keep)
    surface.rect(0, GROUND, WIDTH, HEIGHT - GROUND, color=SAND, id="sand", **keep)
    surface.rect(0, GROUND, WIDTH, 3, color=SAND_EDGE, id="edge", **keep)
    surface.rect(
        (WIDTH - NET_WIDTH) / 2,
        GROUND - NET_HEIGHT - NET_WIDTH / 2,
        NET_WIDTH,
        NET_HEIGHT + NET_WIDTH / 2,
        color="white",
        border_radius=NET_WIDTH / 2,
        stroke_color=INK,
        stroke_width=2,
        id="net",
        **keep,
    )


def draw_shadow(surface, x, radius, y, id):
    """A shadow on the ground, smaller and paler the higher something is."""
    near = 1 - 0.6 * min(max(GROUND - y, 0) / GROUND, 1)
    surface.ellipse(x, GROUND + 8, radius * near, 5 * near, color=INK, alpha=0.3 * near, depth=-1, id=id)


def draw_slime(surface, player, x, y, ball):
    """Half a disc, and an eye on the side of the net, which looks at the ball."""
    surface.arc(
        x,
        y,
        SLIME,
        pi,
        2 * pi,
        color=COLOR[player],
        filled=True,
        stroke_color=INK,
        stroke_width=2,
        id=f"{player} body",
    )
    eye_x, eye_y = x - SIDE[player] * SLIME * 0.42, y - SLIME * 0.55
    dx, dy = ball[0] - eye_x, ball[1] - eye_y
    distance = sqrt(dx * dx + dy * dy) or 1
    surface.circle(eye_x, eye_y, 10, color="white", stroke_color=INK, stroke_width=1.5, id=f"{player} eye")
    surface.circle(
        eye_x + 4.5 * dx / distance, eye_y + 4.5 * dy / distance, 4.5, color="black", id=f"{player} pupil"
    )


def draw_points(surface, player, points, own):
    """The points of a side, above it."""
    who = f"{NAME[player]} (you)" if own else NAME[player]
    surface.text(
        f"{who}  {points}",
        WIDTH / 2 + SIDE[player] * WIDTH / 4,
        18,
        size=28,
        color=COLOR[player],
        align="center",
        id=f"{player} points",
    )


def draw_mark(surface, player, x, y):
    """An arrow down to a player's own slime."""
    tip = y - SLIME - 10
    surface.polygon(
        [(x - 9, tip - 12), (x + 9, tip - 12), (x, tip)], color=COLOR[player], id="mark arrow", depth=1
    )
    surface.text(
        "You",
        x,
        tip - 16,
        size=20,
        color=INK,
        align="center",
        baseline="bottom",
        id="mark",
        depth=1,
    )
