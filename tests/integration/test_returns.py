"""Coming back: after a restart of the server, alone or together, and after a policy has taken one's seat."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from mug.core import games
from mug.core.seats import Seat, taken_over_in
from mug.testing.participants import HeadlessParticipant
from tests.integration.test_games import RIGHT, experiment, into_game, seat, table

TAKEOVER = {
    "reconnect_window_s": 0.2,
    "on_leave": "takeover",
    "takeover_policy": lambda observation: RIGHT,
    "on_disconnect": "play_on",
}


async def leave_unfinished(run_experiment: Any, config: Callable[[], Any]) -> list[HeadlessParticipant]:
    """Let two people play for a while, and stop the server in the middle."""
    async with run_experiment(config()) as running, AsyncExitStack() as stack:
        people = await into_game(stack, running, 2)
        for person in people:
            await person.until(lambda person=person: person.frames and person.frames[-1].step > 5)
    return people


async def come_back(stack: AsyncExitStack, running: Any, person: HeadlessParticipant) -> None:
    """Open the page again, at the server's new address."""
    person.url = running.url
    await person.reload()
    stack.push_async_callback(person.disconnect)


async def test_who_comes_back_alone_is_not_left_waiting(
    run_experiment: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They read why the game stands still; when the time is over, it ends as if the other had left."""
    monkeypatch.setattr(games, "RESTORE_SECONDS", 1.0)

    def config() -> Any:
        return experiment(gameplay={"max_steps": 4000}, multiplayer={"reconnect_window_s": 0.3})

    ann, _ = await leave_unfinished(run_experiment, config)
    async with run_experiment(config()) as running, AsyncExitStack() as stack:
        await come_back(stack, running, ann)
        await ann.until_state("paused")
        assert "interrupted" in ann.game["text"]
        assert 0 < ann.game["seconds"] <= 1
        await ann.until_state("over")
        assert "left" in ann.game["text"]
        await ann.advance()
        await ann.until_scene("thanks")
        assert all(len(steps) > 5 for steps in (await table(running)).values())


async def test_both_come_back(run_experiment: Any) -> None:
    """Nobody plays before both are there; then the game goes on where the records end."""

    def config() -> Any:
        return experiment(gameplay={"max_steps": 200})

    ann, bob = await leave_unfinished(run_experiment, config)
    async with run_experiment(config()) as running, AsyncExitStack() as stack:
        await come_back(stack, running, ann)
        await ann.until_state("paused")
        await ann.reload()
        await ann.until_state("paused")
        await come_back(stack, running, bob)
        for person in (ann, bob):
            await person.until_state("over")
        for steps in (await table(running)).values():
            assert [int(row["step"]) for row in steps] == list(range(1, 201))


async def test_nobody_comes_back(run_experiment: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The game counts as abandoned, and who comes later still can go on."""
    monkeypatch.setattr(games, "RESTORE_SECONDS", 0.1)

    def config() -> Any:
        return experiment(gameplay={"max_steps": 4000}, multiplayer={"reconnect_window_s": 0.1})

    ann, _ = await leave_unfinished(run_experiment, config)
    async with run_experiment(config()) as running, AsyncExitStack() as stack:
        await come_back(stack, running, ann)
        await ann.until_state("over")
        await ann.advance()
        await ann.until_scene("thanks")


async def test_a_policy_makes_room_for_who_returns(run_experiment: Any) -> None:
    """A returned player plays again, and the data says who played when."""
    config = experiment(gameplay={"max_steps": 200}, multiplayer=TAKEOVER)
    async with run_experiment(config) as running, AsyncExitStack() as stack:
        ann, bob = await into_game(stack, running, 2)
        name = seat(ann)
        await ann.disconnect()
        gone = bob.frames[-1].step
        await bob.until(lambda: bob.frames[-1].step > gone + 40)
        await come_back(stack, running, ann)
        await ann.until_state("playing")
        await ann.hold(0)
        await bob.until_state("over")
        rows = next(iter((await table(running)).values()))
        sources = [row[f"source.{name}"] for row in rows]
        assert "policy" in sources
        assert "human" in sources[sources.index("policy") :]
        assert "policy" not in sources[sources.index("human", sources.index("policy")) :]


async def test_a_policy_still_plays_after_a_restart(run_experiment: Any) -> None:
    """Nobody waits for a player whose seat a policy had taken before the server went down."""

    def config() -> Any:
        return experiment(gameplay={"max_steps": 4000}, multiplayer=TAKEOVER)

    async with run_experiment(config()) as running, AsyncExitStack() as stack:
        ann, bob = await into_game(stack, running, 2)
        await ann.disconnect()
        gone = bob.frames[-1].step
        await bob.until(lambda: bob.frames[-1].step > gone + 40)
    last = bob.frames[-1].step
    async with run_experiment(config()) as running, AsyncExitStack() as stack:
        await come_back(stack, running, bob)
        await bob.until_state("playing")
        await bob.until(lambda: bob.frames[-1].step > last)


def test_the_records_say_who_was_replaced() -> None:
    """What counts is the last that happened to a seat; seats with somebody in them are not concerned."""
    seats = [Seat(f"player_{number}", f"p{number}", f"s{number}") for number in range(3)]
    history = [
        b'{"kind":"takeover","agent":"player_0"}',
        b'{"kind":"takeover","agent":"player_1"}',
        b'{"kind":"player_returned","agent":"player_0"}',
        b'{"kind":"step","infos":{"note":"takeover"}}',
        b'{"kind":"takeover"',
    ]
    assert taken_over_in(history, seats) == [seats[1]]
    assert taken_over_in([], seats) == []
