"""More people than two, and people together with agents."""

from __future__ import annotations

import asyncio

from tests.browser.conftest import EXAMPLES, EXPERIMENTS, Arrive, Serve
from tests.browser.data import Data
from tests.browser.people import Person
from tests.browser.serving import ServerProcess

SCRIPT = EXPERIMENTS / "teams.py"
SIZE = 7
COLORS = ("#d1495b", "#00798c", "#edae49", "#5f4bb6")
CORNERS = ((0, 0), (SIZE - 1, 0), (0, SIZE - 1), (SIZE - 1, SIZE - 1))
WAYS = ("sd", "sa", "wd", "wa")
"""The keys that lead from each corner to the middle: first the one for up or down."""


def spot(index: int, x: int, y: int) -> tuple[float, float]:
    """Return where an agent's circle is on a square, as fractions of the canvas."""
    return (x + 0.27 + 0.46 * (index % 2)) / SIZE, (y + 0.27 + 0.46 * (index // 2)) / SIZE


async def all_see(people: list[Person], index: int, x: int, y: int) -> None:
    """Wait until everybody sees an agent's circle on a square."""
    await asyncio.gather(*(person.shows(COLORS[index], spot(index, x, y)) for person in people))


async def gather_people(server: ServerProcess, study: str, count: int, arrive: Arrive) -> dict[int, Person]:
    """Let people come one after the other, and return them by the number of their seat once they play."""
    people: list[Person] = []
    for number in range(count):
        people.append(await arrive(f"{server.url}/{study}", f"?who=person{number}"))
        if number < count - 1:
            await people[-1].reads(f"{number + 1} of {count} people are here.")
    await asyncio.gather(*(person.in_state("playing") for person in people))
    data = Data(server.data_dir / study)
    (game,) = data.game_ids("plaza")
    seats = {data.seat_of(f"person{number}", game): person for number, person in enumerate(people)}
    return {int(seat.removeprefix("player_")): person for seat, person in seats.items()}


async def test_four_people(server: ServerProcess, arrive: Arrive) -> None:
    """Each moves their own circle, all four see every move, and all four meet."""
    seats = await gather_people(server, "four_people", 4, arrive)
    people = list(seats.values())
    for index, person in sorted(seats.items()):
        first, second = WAYS[index]
        x, y = CORNERS[index]
        down = 1 if y == 0 else -1
        await all_see(people, index, x, y)
        await person.tap(first)
        await all_see(people, index, x, y + down)
        await person.tap(first, first, second, second)
        await all_see(people, index, 2 if x == 0 else SIZE - 3, SIZE // 2)
    for index, person in sorted(seats.items()):
        await person.tap(WAYS[index][1])
    for person in people:
        await person.reads("The game is over.")
        await person.go_on()
        await person.at("thanks")
    data = Data(server.data_dir / "four_people")
    (game,) = data.game_ids("plaza")
    (end,) = data.records(game, "game_end")
    assert (end["reason"], end["rewards"]) == ("completed", {f"player_{index}": 1.0 for index in range(4)})


async def test_two_people_with_two_agents(server: ServerProcess, arrive: Arrive) -> None:
    """The agents go to the middle by themselves, every third step; the data says who was who."""
    seats = await gather_people(server, "with_helpers", 2, arrive)
    people = list(seats.values())
    middle = SIZE // 2
    for index in (2, 3):
        await all_see(people, index, middle, middle)
    for index in (0, 1):
        first, second = WAYS[index]
        await seats[index].tap(*first * 3, *second * 3)
    for person in people:
        await person.reads("The game is over.")
        await person.go_on()
        await person.at("thanks")
    data = Data(server.data_dir / "with_helpers")
    (game,) = data.game_ids("plaza")
    (start,) = data.records(game, "game_start")
    assert start["policies"] == {"npc_1": "helpful_agent", "npc_2": "helpful_agent"}
    assert {step["sources"][npc] for step in data.steps(game) for npc in ("npc_1", "npc_2")} == {"policy"}


async def test_an_agent_as_partner_after_a_simulated_wait(serve: Serve, arrive: Arrive) -> None:
    """The person waits as if for somebody, then plays both games, in the order drawn for them."""
    server = await serve(EXAMPLES / "ai_partner" / "ai_partner_experiment.py")
    ann = await arrive(server.url)
    await ann.at("welcome")
    await ann.go_on()
    await ann.button("lobby").wait_for()
    await ann.reads("Waiting for other participants…")
    await ann.in_state("playing")
    await ann.hold("ArrowRight")
    await ann.shows("#ff6b6b", (0.95, 0.05))
    await ann.release("ArrowRight")
    await ann.hold("ArrowDown")
    await ann.shows("#4ecdc4", (0.95, 0.95))
    await ann.until_debug(episode=2)
    await ann.release("ArrowDown")
    data = Data(server.data_dir / "ai_partner")
    (wait,) = data.events("lobby_left")
    assert 2 <= wait["waited"] <= 8
    (arrival,) = data.events("participant_arrived")
    assert wait["scene_id"] in str(arrival["plan"])
