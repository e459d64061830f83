"""CoGrid's Overcooked Cramped Room, drawn for the browser; the same file runs on servers and in browsers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from cogrid.cogrid_env import CoGridEnv
from cogrid.core.features import obs_dim_for_features
from cogrid.core.objects import idx_to_object
from cogrid.envs import cramped_room_config
from cogrid.envs.overcooked.agent import OvercookedAgent
from cogrid.envs.overcooked.overcooked_grid_objects import Pot as PotType
from gymnasium import spaces

from mug.rendering import Surface

TILE = 45
MOVE_MS = 110
COOKING_STEPS = PotType.recipes[0].cook_time
DELIVERY_REWARD = 20
FIXTURES = ("counter", "pot", "onion_stack", "plate_stack", "delivery_zone")
FACINGS = ((0, 1), (1, 0), (0, -1), (-1, 0))

# Blue and orange, and two shapes of hats, can be told apart by everybody.
COOK_COLORS = ("#0072b2", "#d55e00")
INK, WOOD, WOOD_EDGE, STEEL = "#2b2118", "#b98a5a", "#8c6239", "#4d525c"
ONION, PLATE, SOUP = "#f2c230", "#ffffff", "#e8891c"


@dataclass(frozen=True)
class Cook:
    """Where a cook stands (row, column), the step in which it looks, and what it holds."""

    place: tuple[int, int]
    facing: tuple[int, int]
    holds: str | None


@dataclass(frozen=True)
class Pot:
    """How many onions are in a pot, and in how many steps the soup of a full one is done."""

    onions: int
    steps_left: int

    @property
    def full(self):
        return self.onions == 3

    @property
    def done(self):
        return self.full and self.steps_left == 0


@dataclass(frozen=True)
class Kitchen:
    """What there is to see: fixtures, pots and loose items by (row, column), and the cooks."""

    fixtures: dict[tuple[int, int], str]
    pots: dict[tuple[int, int], Pot]
    items: dict[tuple[int, int], str]
    cooks: tuple[Cook, ...]


class OvercookedMUG(CoGridEnv):
    """Cramped Room unless another CoGrid configuration is given; two cooks, whose ids are 0 and 1."""

    metadata = {**CoGridEnv.metadata, "render_modes": ["mug"]}

    def __init__(self, **kwargs):
        # CoGrid draws by itself, in every step, as soon as it has a render mode
        kwargs.pop("render_mode", None)
        super().__init__(**{"config": cramped_room_config, "agent_class": OvercookedAgent, **kwargs})
        self.surface = Surface(width=225, height=180)
        self.deliveries = 0
        self.delivered_at = None
        size = obs_dim_for_features(
            self.config["features"],
            self.scope,
            self.config["num_agents"],
            scopes=[self.scope, "global"],
            env_config=self.config,
        )
        everything = spaces.Box(-np.inf, np.inf, (size,), np.float32)
        self.observation_spaces = dict.fromkeys(self.possible_agents, everything)

    def observation_space(self, agent):
        """What a cook sees of the kitchen, as one array of numbers."""
        return self.observation_spaces[agent]

    def reset(self, **kwargs):
        """Begin an episode: `seed` and `options` as in PettingZoo."""
        self.surface.reset()
        self.deliveries, self.delivered_at = 0, None
        return super().reset(**kwargs)

    def step(self, actions):
        """Let both cooks act; the actions are places in `self.action_set`."""
        observations, rewards, *rest = super().step(actions)
        served = int(rewards[0] // DELIVERY_REWARD)
        if served:
            self.deliveries += served
            self.delivered_at = self.t
        return observations, rewards, *rest

    def get_state(self):
        """The whole state, for saving; CoGrid's own, and what is counted here."""
        return {**super().get_state(), "deliveries": [self.deliveries, self.delivered_at]}

    def set_state(self, snapshot):
        """Go back to a saved state."""
        if self._env_state is None:
            self.reset(seed=0)
        super().set_state(snapshot)
        self.deliveries, self.delivered_at = snapshot["deliveries"]

    def kitchen(self):
        """What there is to see now."""
        state = self._env_state
        names = {-1: None, 0: None}

        def name(number):
            if number not in names:
                names[number] = idx_to_object(number, scope=self.scope)
            return names[number]

        fixtures, items = {}, {}
        for place, number in np.ndenumerate(state.object_type_map):
            (fixtures if name(int(number)) in FIXTURES else items)[place] = name(int(number))
        for place in fixtures:
            if fixtures[place] == "counter":
                items[place] = name(int(state.object_state_map[place]))
        extra = state.extra_state
        pots = {
            tuple(place): Pot(sum(item > 0 for item in contents), steps_left)
            for place, contents, steps_left in zip(
                extra["overcooked.pot_positions"].tolist(),
                extra["overcooked.pot_contents"].tolist(),
                extra["overcooked.pot_timer"].tolist(),
                strict=True,
            )
        }
        cooks = tuple(
            Cook(tuple(place), FACINGS[facing], name(held[0]))
            for place, facing, held in zip(
                state.agent_pos.tolist(), state.agent_dir.tolist(), state.agent_inv.tolist(), strict=True
            )
        )
        return Kitchen(fixtures, pots, {place: item for place, item in items.items() if item}, cooks)

    def render(self):
        """Draw the kitchen as it is now."""
        kitchen = self.kitchen()
        draw_fixtures(self.surface, kitchen)
        for place, pot in kitchen.pots.items():
            draw_pot(self.surface, middle(place), pot)
        for place, item in kitchen.items.items():
            draw_item(self.surface, middle(place), item, f"item {place}", depth=1)
        for number, cook in enumerate(kitchen.cooks):
            draw_cook(self.surface, cook, number)
        if self.delivered_at is not None and self.t - self.delivered_at < 8:
            draw_applause(self.surface, kitchen, self.t - self.delivered_at)
        return self.surface.commit()


def middle(place):
    """Where on the surface the middle of a (row, column) is."""
    row, column = place
    return (column + 0.5) * TILE, (row + 0.5) * TILE


def draw_fixtures(surface, kitchen):
    """Floor and furniture: persistent, so they are sent once."""
    rows = 1 + max(row for row, _ in kitchen.fixtures)
    columns = 1 + max(column for _, column in kitchen.fixtures)
    for row in range(rows):
        for column in range(columns):
            kind = kitchen.fixtures.get((row, column))
            x, y = column * TILE, row * TILE
            shade = "#efe7d8" if (row + column) % 2 else "#e3d8c4"
            keep = {"persistent": True, "depth": -2}
            surface.rect(x, y, TILE, TILE, color=shade, id=f"floor {row},{column}", **keep)
            if kind is not None:
                surface.rect(x, y, TILE, TILE, color=WOOD_EDGE, id=f"edge {row},{column}", **keep)
                surface.rect(
                    x + 1,
                    y + 1,
                    TILE - 2,
                    TILE - 6,
                    color=WOOD,
                    border_radius=4,
                    id=f"top {row},{column}",
                    **keep,
                )
                draw_fixture(surface, middle((row, column)), kind, f"{kind} {row},{column}")


def draw_fixture(surface, at, kind, id):
    """What stands on or in a counter."""
    x, y = at
    keep = {"persistent": True, "depth": -1}
    if kind == "pot":
        surface.rect(x - 20, y - 20, 40, 37, color=STEEL, border_radius=5, id=f"{id} stove", **keep)
        surface.circle(x, y - 2, 17, color="#2e3138", id=f"{id} plate", **keep)
    elif kind == "onion_stack":
        surface.rect(
            x - 18,
            y - 18,
            36,
            32,
            color="#6b4a2b",
            border_radius=4,
            stroke_color=INK,
            stroke_width=1,
            id=f"{id} crate",
            **keep,
        )
        for number, (dx, dy) in enumerate(((-9, -9), (9, -9), (0, -1), (-9, 6), (9, 6))):
            draw_onion(surface, (x + dx, y + dy), f"{id} {number}", radius=6.5, **keep)
    elif kind == "plate_stack":
        for number in range(3):
            draw_plate(surface, (x, y + 3 - 4 * number), f"{id} {number}", radius=14, **keep)
    elif kind == "delivery_zone":
        surface.rect(
            x - 19,
            y - 19,
            38,
            38,
            color="#17443b",
            border_radius=4,
            stroke_color="white",
            stroke_width=1.5,
            id=f"{id} hatch",
            **keep,
        )
        arrow = ((-11, 0), (0, 7), (11, 0), (11, 5), (0, 12), (-11, 5))
        for number in range(2):
            corners = [(x + right, y - 11 + 12 * number + down) for right, down in arrow]
            surface.polygon(corners, color="white", id=f"{id} arrow {number}", **keep)


def draw_pot(surface, at, pot):
    """The pot with its onions; a ring that fills while it cooks, and a tick when the soup is done."""
    x, y = at[0], at[1] - 2
    for side in (-1, 1):
        surface.rect(x + side * 16 - 3, y - 3, 6, 6, color="#c9ced6", border_radius=2)
    surface.circle(x, y, 15, color="#c9ced6", stroke_color=INK, stroke_width=1)
    surface.circle(x, y, 12, color=SOUP if pot.full else "#5b6270")
    for number in range(0 if pot.done else pot.onions):
        turn = math.tau * (number / 3 - 0.25)
        inside = (x + 6 * math.cos(turn), y + 6 * math.sin(turn))
        draw_onion(surface, inside, f"boiled {number} {at}", radius=4.5)
    if pot.full:
        surface.arc(x, y, 17.5, 0, math.tau, color=INK, width=4.5)
        share = 1 - pot.steps_left / COOKING_STEPS
        if share > 0:
            surface.arc(x, y, 17.5, -math.pi / 2, -math.pi / 2 + math.tau * share, color="white", width=2.8)
    if pot.done:
        tick = [(x - 7, y), (x - 2, y + 5), (x + 7, y - 6)]
        surface.line(tick, color=INK, width=6)
        surface.line(tick, color="white", width=3)


def draw_item(surface, at, item, id, **how):
    """An onion, a plate or a soup."""
    if item == "onion":
        draw_onion(surface, at, id, radius=8, **how)
    else:
        draw_plate(surface, at, id, radius=11, **how)
    if item == "onion_soup":
        surface.circle(*at, 7.5, color=SOUP, stroke_color=INK, stroke_width=0.8, id=f"{id} soup", **how)
        surface.line([(at[0] - 3, at[1]), (at[0] + 3, at[1])], color=ONION, width=2, id=f"{id} ring", **how)


def draw_onion(surface, at, id, radius, **how):
    """An onion: yellow, with a stem and a line on its skin."""
    x, y = at
    surface.line([(x, y - radius), (x, y - radius * 1.45)], color=INK, width=2, id=f"{id} stem", **how)
    surface.circle(x, y, radius, color=ONION, stroke_color=INK, stroke_width=1, id=f"{id} onion", **how)
    surface.line(
        [(x, y - radius * 0.8), (x - radius * 0.35, y), (x, y + radius * 0.8)],
        color="#8a6310",
        width=1,
        id=f"{id} skin",
        **how,
    )


def draw_plate(surface, at, id, radius, **how):
    """A plate with its rim."""
    surface.circle(*at, radius, color=PLATE, stroke_color="#5b6270", stroke_width=1, id=f"{id} plate", **how)
    surface.circle(
        *at, radius * 0.64, color="#f1f3f5", stroke_color="#aab1bb", stroke_width=0.8, id=f"{id} rim", **how
    )


def draw_cook(surface, cook, number):
    """A cook from above: hands and eyes to where it looks, a round or a square hat."""
    x, y = middle(cook.place)
    down, right = cook.facing
    moving = {"tween_duration": MOVE_MS, "depth": 2}
    id = f"cook {number}"

    def ahead(forward, aside=0.0):
        return x + forward * right - aside * down, y + forward * down + aside * right

    surface.ellipse(x, y + 4, 16, 15, color=INK, alpha=0.25, id=f"{id} shadow", **moving)
    for side in (-1, 1):
        surface.circle(
            *ahead(14, 9 * side),
            4.5,
            color="#f0c8a0",
            stroke_color=INK,
            stroke_width=1,
            id=f"{id} hand {side}",
            **moving,
        )
    surface.circle(
        x, y, 15, color=COOK_COLORS[number % 2], stroke_color=INK, stroke_width=1.2, id=f"{id} body", **moving
    )
    for side in (-1, 1):
        surface.circle(*ahead(11, 4.5 * side), 1.8, color="white", id=f"{id} eye {side}", **moving)
    hat_x, hat_y = ahead(-3)
    hat = {"color": "white", "stroke_color": INK, "stroke_width": 1, "id": f"{id} hat", **moving}
    if number % 2:
        surface.rect(hat_x - 8, hat_y - 8, 16, 16, border_radius=2, **hat)
    else:
        surface.circle(hat_x, hat_y, 9, **hat)
    if cook.holds:
        draw_item(surface, ahead(17), cook.holds, f"{id} holds", **moving)


def draw_applause(surface, kitchen, age):
    """Show for a moment that a soup was delivered."""
    for place, kind in kitchen.fixtures.items():
        if kind == "delivery_zone":
            x, y = middle(place)
            surface.text(
                f"+{DELIVERY_REWARD}",
                x,
                y - 24 - 3 * age,
                size=17,
                color="white",
                stroke_color=INK,
                stroke_width=3,
                align="center",
                baseline="bottom",
                depth=3,
                id="applause",
                tween_duration=MOVE_MS,
            )


env = OvercookedMUG()
