"""When games on the server are stepped: their pace, pauses, and how they are stopped."""

from __future__ import annotations

from typing import Any

import pytest

from mug.components import GameOver
from mug.game.views import HEARTBEAT


async def test_a_pause_stops_the_clock_and_is_not_caught_up(serve: Any, kit: Any) -> None:
    """Between pause and resume there is no step, and none counts as late or skipped."""
    async with serve(kit.make_spec(fps=100, max_steps=60)) as table:
        link = table.open()
        await link.until_steps(10)
        link.handle.pause()
        await link.until(lambda: link.of_kind("paused"))
        steps = len(link.steps)
        await link.until(lambda: len(link.frames("player_0", HEARTBEAT)) == 2)
        assert len(link.steps) == steps
        link.handle.resume()
        await link.until_over()
    assert len(link.steps) == 60
    (paused,), (resumed,) = link.of_kind("paused"), link.of_kind("resumed")
    assert resumed["mono"] - paused["mono"] > 1
    assert (paused["step"], resumed["step"]) == (steps, steps)
    assert all(due(step) > resumed["mono"] for step in link.steps[steps:])


async def test_what_is_pressed_in_a_pause_is_not_played(serve: Any, kit: Any) -> None:
    """Taps while nothing moves do not act when it goes on; what is still held then does."""
    async with serve(kit.make_spec(fps=100, max_steps=None)) as table:
        link = table.open()
        await link.until_steps(3)
        link.handle.pause()
        await link.until(lambda: link.of_kind("paused"))
        for seq, action in enumerate((0, None, 0, None), start=1):
            link.handle.input("player_0", kit.press(seq, action))
        link.handle.resume()
        await link.until_steps(len(link.steps) + 10)
        link.handle.pause()
        await link.until(lambda: len(link.of_kind("paused")) == 2)
        assert {step["sources"]["player_0"] for step in link.steps} == {"default"}
        link.handle.input("player_0", kit.press(5, 1))
        link.handle.resume()
        await link.until(lambda: link.steps[-1]["sources"]["player_0"] == "human")


async def test_a_game_that_was_paused_before_it_began_waits(serve: Any, kit: Any) -> None:
    """Pause, start, resume in this order: the first step comes after the resume."""
    link = kit.Link()
    link.autostart = False
    async with serve(kit.make_spec(max_steps=5)) as table:
        table.open(link=link)
        await link.until(lambda: link.events)
        link.handle.pause()
        link.handle.start()
        await link.until(lambda: link.of_kind("game_start"))
        assert not link.of_kind("episode_start")
        link.handle.resume()
        await link.until_over()
    kinds = [record["kind"] for record in link.stored]
    assert kinds.index("resumed") < kinds.index("episode_start")


async def test_the_pause_between_episodes_is_the_scenes(serve: Any, kit: Any) -> None:
    """With reset_freeze_s, the final picture stays for so long; the event says so."""
    async with serve(kit.make_spec(max_steps=5, num_episodes=2, reset_freeze_s=0.5)) as table:
        link = table.open()
        await link.until_over()
    end, start = link.of_kind("episode_end")[0], link.of_kind("episode_start")[1]
    assert start["mono"] - end["mono"] >= 0.5
    assert link.events[2].pause == 0.5


async def test_stopping_closes_the_records(serve: Any, kit: Any) -> None:
    """A stopped game has the end of its episode and of itself in the records, with the reason."""
    async with serve(kit.make_spec(fps=100, max_steps=None)) as table:
        link = table.open()
        await link.until_steps(5)
        link.handle.stop("player_left")
        over = await link.until_over()
        assert table.runtime.health()["games"] == 0
    assert isinstance(over, GameOver)
    assert over.reason == "player_left"
    episode, game = link.stored[-2:]
    assert (episode["kind"], episode["reason"]) == ("episode_end", "player_left")
    assert episode["steps"] == len(link.steps)
    assert (game["kind"], game["reason"]) == ("game_end", "player_left")
    assert sum(step["rewards"]["player_0"] for step in link.steps) == over.rewards["player_0"]


async def test_stopping_before_the_start_plays_nothing(serve: Any, kit: Any) -> None:
    """A game that was never started ends without an episode."""
    link = kit.Link()
    link.autostart = False
    async with serve(kit.make_spec()) as table:
        table.open(link=link)
        link.handle.stop("abandoned")
        assert await link.until_over() == GameOver("abandoned", {"player_0": 0.0})
    assert [record["kind"] for record in link.stored] == ["game_end"]


async def test_games_run_at_the_frame_rate_of_their_scene(serve: Any, kit: Any) -> None:
    """Due times lie whole intervals apart, however late ticks are; what was late or skipped is counted."""
    async with serve(kit.make_spec(fps=25, max_steps=50)) as table:
        link = table.open()
        await link.until_over()
    intervals = [(due(step) - due(link.steps[0])) * 25 for step in link.steps]
    assert intervals == pytest.approx([round(interval) for interval in intervals], abs=1e-3)
    (end,) = link.of_kind("game_end")
    assert end["ticks"] == 50
    assert round(intervals[-1]) == 49 + end["skipped_ticks"]
    assert end["late_ticks"] == sum(step["late_ms"] > 40 for step in link.steps)


def due(step: dict[str, Any]) -> float:
    moment: float = step["mono"] - step["late_ms"] / 1000
    return moment
