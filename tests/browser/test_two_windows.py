"""The quick start's experiment with two people, from the welcome to the thanks, and the data they leave."""

from __future__ import annotations

import asyncio
import importlib.util
from typing import Any

import attrs

from tests.browser.conftest import EXAMPLES, Arrive, Serve
from tests.browser.data import Data, assert_follows, assert_rows_are_steps, pressed
from tests.browser.people import Person

FOLDER = EXAMPLES / "coordination_grid"
SIZE = 10
MOVES = {"ArrowUp": (0, -1), "ArrowDown": (0, 1), "ArrowLeft": (-1, 0), "ArrowRight": (1, 0)}
ACTIONS = {key: action for action, key in enumerate(MOVES)}
COLORS = {"player_0": "#ff6b6b", "player_1": "#4ecdc4"}
STARTS = {"player_0": (0, 0), "player_1": (9, 0)}


@attrs.define
class Walker:
    """A participant, where their circle should be, and what they pressed in each episode."""

    person: Person
    seat: str
    place: tuple[int, int]
    keys: list[list[str]] = attrs.field(factory=list)

    def begin(self) -> None:
        """A new episode begins."""
        self.place = STARTS[self.seat]
        self.keys.append([])

    async def tap(self, *keys: str, watched_by: tuple[Person, ...]) -> None:
        """Go square by square; everybody sees each move."""
        for key in keys:
            await self.person.tap(key)
            self.keys[-1].append(key)
            self.place = tuple(at + by for at, by in zip(self.place, MOVES[key], strict=True))  # type: ignore[assignment]
            await asyncio.gather(
                *(person.shows(COLORS[self.seat], cell(*self.place)) for person in watched_by)
            )

    async def hold(self, key: str, until: tuple[int, int]) -> None:
        """Hold a key until the circle is at a square."""
        await self.person.hold(key)
        await self.person.shows(COLORS[self.seat], cell(*until))
        await self.person.release(key)
        self.keys[-1].append(key)
        self.place = until


def cell(x: int, y: int) -> tuple[float, float]:
    """Return the middle of a square of the board, as fractions of the canvas."""
    return (x + 0.5) / SIZE, (y + 0.5) / SIZE


def make_env() -> Any:
    """Return the environment of the quick start."""
    spec = importlib.util.spec_from_file_location("grid", FOLDER / "coordination_grid_env.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CoordinationGridEnv(render_mode="mug", grid_size=SIZE)


async def test_two_people_play_the_quick_start(serve: Serve, arrive: Arrive) -> None:
    """Both see one picture, each moves their own circle, and every row of the data says what was pressed."""
    server = await serve(FOLDER / "coordination_experiment.py")
    data = Data(server.data_dir / "coordination_grid")
    ann, bob = await asyncio.gather(*(arrive(server.url, f"?who={who}") for who in ("ann", "bob")))
    both = (ann, bob)
    await ann.at("welcome")
    await ann.go_on()
    await ann.at("waitroom")
    await ann.button("lobby").wait_for()
    await ann.reads("1 of 2 people are here")
    await bob.go_on()
    for person in both:
        await person.in_state("countdown")
        await person.reads("The game is about to start.")
    for person in both:
        await person.in_state("playing")
        await person.shows(COLORS["player_0"], cell(0, 0))
    (game,) = data.game_ids("coordination_game")
    walkers = {}
    for who, person in (("ann", ann), ("bob", bob)):
        seat = data.seat_of(who, game)
        walkers[seat] = Walker(person, seat, STARTS[seat])
        figures = await person.debug()
        assert (figures["gameId"], figures["runtime"]) == (game, "server")
        assert (figures["transport"], figures["episode"]) == ("websocket", 1)
    red, teal = walkers["player_0"], walkers["player_1"]

    # The first episode square by square: whoever acts, both see it, and at rest the pictures are the same.
    red.begin(), teal.begin()
    for walker, keys in ((teal, ["ArrowDown"] * 9), (red, ["ArrowRight"] * 9), (red, ["ArrowDown"] * 8)):
        await walker.tap(*keys, watched_by=both)
        await bob.canvas_is(await ann.picture())
    await red.person.tap("ArrowDown")
    red.keys[-1].append("ArrowDown")

    # The second with keys held, both at once.
    await asyncio.gather(*(person.until_debug(episode=2) for person in both))
    red.begin(), teal.begin()
    await asyncio.gather(red.hold("ArrowRight", (9, 0)), teal.hold("ArrowDown", (9, 9)))
    await red.person.hold("ArrowDown")
    red.keys[-1].append("ArrowDown")
    await asyncio.gather(*(person.until_debug(episode=3) for person in both))
    await red.person.release("ArrowDown")

    # The third with one key pressed on top of another, which takes over and gives way again.
    red.begin(), teal.begin()
    await teal.person.hold("ArrowDown")
    await teal.person.shows(COLORS["player_1"], cell(9, 9))
    await teal.person.release("ArrowDown")
    await red.hold("ArrowUp", (0, 0))
    await red.person.hold("ArrowDown")
    await red.person.shows(COLORS["player_0"], cell(0, 9))
    await red.person.hold("ArrowRight")
    for person in both:
        await person.in_state("over")
        await person.reads("The game is over.")
    await red.person.release("ArrowRight", "ArrowDown")
    for person in both:
        await person.go_on()
        await person.at("thanks")
        await person.reads("Thanks for participating!")
        assert (await person.debug())["sceneId"] == "thanks"

    await server.stop()
    steps = data.steps(game)
    assert [step["done"] for step in steps if "done" in step] == [True] * 3
    assert_follows(steps, data.records(game, "episode_start"), make_env)
    for walker in (red, teal):
        seat = walker.seat
        assert pressed(steps, seat, 1) == [ACTIONS[key] for key in walker.keys[0]]
        assert runs(pressed(steps, seat, 2)) == [ACTIONS[key] for key in walker.keys[1]]
    assert runs(pressed(steps, "player_0", 3))[-2:] == [ACTIONS["ArrowDown"], ACTIONS["ArrowRight"]]
    idle = [step for step in steps for seat in COLORS if step["sources"][seat] == "default"]
    assert idle
    assert {
        step["actions"][seat] for step in idle for seat in COLORS if step["sources"][seat] == "default"
    } == {4}
    for who in ("ann", "bob"):
        subject = data.subject_of(who)
        rows = data.table("coordination_game", f"{subject}.csv")
        assert_rows_are_steps(rows, steps)
        assert {row["seat"] for row in rows} == {data.seat_of(who, game)}
        assert {(row["participants.player_0"], row["participants.player_1"]) for row in rows} == {
            tuple(data.subject_of("ann" if walkers[seat].person is ann else "bob") for seat in COLORS)
        }
    (summary,) = data.records(game, "game_end")
    assert summary["ignored_inputs"] == summary["dropped_inputs"] == {"player_0": 0, "player_1": 0}


def runs(actions: list[int]) -> list[int]:
    """Return a sequence of actions without repetitions next to each other."""
    return [action for number, action in enumerate(actions) if number == 0 or actions[number - 1] != action]
