"""The quick start's experiment with two people, from the welcome to the thanks, and the data they leave."""

from __future__ import annotations

import asyncio

import attrs

from tests.browser.conftest import EXAMPLES, Arrive, Serve
from tests.browser.data import (
    Data,
    assert_acts_as_pressed,
    assert_follows,
    assert_rows_are_steps,
    pressed,
)
from tests.browser.grid import ACTIONS, COLORS, NOOP, cell, make_env
from tests.browser.people import Person

SCRIPT = EXAMPLES / "coordination_grid" / "coordination_experiment.py"


@attrs.define
class Walker:
    """A participant and the seat that is theirs."""

    person: Person
    seat: str

    async def tap_until_at(self, key: str, x: int, y: int, watched_by: tuple[Person, ...]) -> None:
        """Tap a key again and again until everybody sees this person's circle at a square."""
        color = COLORS[self.seat]
        while await self.person.pixel(*cell(x, y)) != color:
            before = await self.person.picture()
            await self.person.tap(key)
            await self.person.until_picture_is_not(before)
        await asyncio.gather(*(person.shows(color, cell(x, y)) for person in watched_by))

    async def hold_until_at(self, key: str, x: int, y: int) -> None:
        """Hold a key until the circle is at a square."""
        await self.person.hold(key)
        await self.person.shows(COLORS[self.seat], cell(x, y))
        await self.person.release(key)


async def test_two_people_play_the_quick_start(serve: Serve, arrive: Arrive) -> None:
    """Both see one picture, each moves their own circle, and every row of the data says what was pressed."""
    server = await serve(SCRIPT)
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
        walkers[seat] = Walker(person, seat)
        figures = await person.debug()
        assert (figures["gameId"], figures["runtime"]) == (game, "server")
        assert (figures["transport"], figures["episode"]) == ("websocket", 1)
    red, teal = walkers["player_0"], walkers["player_1"]

    # The first episode with single taps: both see every stretch, and at rest their pictures are the same.
    await teal.tap_until_at("ArrowDown", 9, 9, both)
    await bob.canvas_is(await ann.picture())
    await red.tap_until_at("ArrowRight", 9, 0, both)
    await bob.canvas_is(await ann.picture())
    await red.person.hold("ArrowDown")
    await asyncio.gather(*(person.until_debug(episode=2) for person in both))
    await red.person.release("ArrowDown")

    # The second with keys held by both at once.
    await red.hold_until_at("ArrowUp", 0, 0)
    await asyncio.gather(red.hold_until_at("ArrowRight", 9, 0), teal.hold_until_at("ArrowDown", 9, 9))
    await red.person.hold("ArrowDown")
    await asyncio.gather(*(person.until_debug(episode=3) for person in both))
    await red.person.release("ArrowDown")

    # The third with a key pressed on top of another, which takes over and gives way again.
    await red.hold_until_at("ArrowUp", 0, 0)
    await teal.hold_until_at("ArrowDown", 9, 9)
    await red.person.hold("ArrowDown")
    await red.person.shows(COLORS["player_0"], cell(0, 9))
    await red.person.hold("ArrowUp")
    await red.person.shows(COLORS["player_0"], cell(0, 0))
    await red.person.release("ArrowUp")
    await red.person.shows(COLORS["player_0"], cell(0, 9))
    await red.person.hold("ArrowRight")
    for person in both:
        await person.in_state("over")
        await person.reads("The game is over.")
    await red.person.release("ArrowRight", "ArrowDown")
    presses = {seat: await walker.person.presses() for seat, walker in walkers.items()}
    for person in both:
        await person.go_on()
        await person.at("thanks")
        await person.reads("Thanks for participating!")
        assert (await person.debug())["sceneId"] == "thanks"

    await asyncio.gather(ann.leave(), bob.leave())
    await server.stop()
    steps = data.steps(game)
    assert [step["episode"] for step in steps if "done" in step] == [1, 2, 3]
    assert_follows(steps, data.records(game, "episode_start"), make_env)
    for seat in walkers:
        assert_acts_as_pressed(steps, seat, presses[seat], ACTIONS, NOOP)
    up, down, right = ACTIONS["ArrowUp"], ACTIONS["ArrowDown"], ACTIONS["ArrowRight"]
    for episode, keys in ((1, [right, down]), (2, [right, down]), (3, [down, up, down, right])):
        # What is still held when an episode begins acts in it too.
        assert stretches(pressed(steps, "player_0", episode))[-len(keys) :] == keys
        assert stretches(pressed(steps, "player_1", episode)) == [down]
    for who in ("ann", "bob"):
        rows = data.table("coordination_game", f"{data.subject_of(who)}.csv")
        assert_rows_are_steps(rows, steps)
        assert {row["seat"] for row in rows} == {data.seat_of(who, game)}
        for other in ("ann", "bob"):
            column = f"participants.{data.seat_of(other, game)}"
            assert {row[column] for row in rows} == {data.subject_of(other)}
    (summary,) = data.records(game, "game_end")
    assert summary["ignored_inputs"] == summary["dropped_inputs"] == {"player_0": 0, "player_1": 0}


def stretches(actions: list[int]) -> list[int]:
    """Return a sequence of actions without repetitions next to each other."""
    return [action for number, action in enumerate(actions) if number == 0 or actions[number - 1] != action]
