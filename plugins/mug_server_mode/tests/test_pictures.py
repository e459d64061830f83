"""What players are shown: pictures that follow the records, sent when something changes."""

from __future__ import annotations

from typing import Any

import gymnasium

from mug.components import EpisodeStarted
from mug.game.views import DELTA, FULL, HEARTBEAT
from mug.rendering import Surface


async def test_the_picture_is_what_the_records_say(serve: Any, kit: Any, grid_spec: Any) -> None:
    """Applying every frame's delta gives both players the picture of the last observation."""
    async with serve(grid_spec(max_steps=60)) as table:
        link = table.open()
        await link.until(lambda: EpisodeStarted(1) in link.events)
        for seq in range(1, 30):
            link.handle.input("player_0", kit.press(seq, (3, 1)[seq % 2]))
            await link.until_steps(2 * seq)
        await link.until_over()
    (x, y) = link.of_kind("episode_end")[-1]["observations"]["player_0"]
    assert (x, y) != (0, 0)
    for seat in kit.TWO:
        circles = [props for _, _, kind, props in link.pictures[seat].commands() if kind == 2]
        assert [(circle["x"], circle["y"]) for circle in circles] == [
            (50 * x + 25, 50 * y + 25),
            (475, 25),
        ]


async def test_nothing_is_sent_when_nothing_changes_but_a_sign_of_life(serve: Any, kit: Any) -> None:
    """Players who do nothing get one full frame per episode, and then only a heartbeat each second."""
    async with serve(kit.make_spec(fps=100, max_steps=250)) as table:
        link = table.open()
        await link.until_over()
    full, *beats = link.frames("player_0")
    assert full.kind == FULL
    assert {beat.kind for beat in beats} == {HEARTBEAT}
    assert {beat.body for beat in beats} == {None}
    seconds = link.steps[-1]["mono"] - link.of_kind("episode_start")[0]["mono"]
    assert seconds / 2 - 1 < len(beats) <= seconds


async def test_a_keyframe_shows_everything_at_any_time(serve: Any, kit: Any) -> None:
    """Who asks for a full frame gets one: while playing with the next tick, in a pause at once."""
    async with serve(kit.make_spec(fps=100, max_steps=100_000)) as table:
        link = table.open()
        await link.until_steps(3)
        assert len(link.frames("player_0", FULL)) == 1
        link.handle.keyframe("player_0")
        await link.until(lambda: len(link.frames("player_0", FULL)) == 2)
        link.handle.pause()
        await link.until(lambda: link.of_kind("paused"))
        steps = len(link.steps)
        link.handle.keyframe("player_0")
        await link.until(lambda: len(link.frames("player_0", FULL)) == 3)
        assert len(link.steps) == steps
    first, _, last = link.frames("player_0", FULL)
    assert [command[2] for command in last.body[0]] == [command[2] for command in first.body[0]]


class Seen(gymnasium.Env[dict[str, int], dict[str, int]]):
    """Each player sees only their own name's color."""

    def __init__(self) -> None:
        players = ("player_0", "player_1")
        self.action_space = gymnasium.spaces.Dict({p: gymnasium.spaces.Discrete(5) for p in players})
        self.observation_space = gymnasium.spaces.Dict({p: gymnasium.spaces.Discrete(9) for p in players})
        self.surfaces = {player: Surface(width=10, height=10) for player in players}

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        return dict.fromkeys(self.surfaces, 0), {}

    def step(self, action: Any) -> Any:
        return dict.fromkeys(self.surfaces, 0), dict.fromkeys(self.surfaces, 0.0), False, False, {}

    def render(self, player_id: str | None = None) -> Any:
        assert player_id is not None
        self.surfaces[player_id].text(player_id, x=0, y=0)
        return self.surfaces[player_id].commit()


async def test_players_can_have_views_of_their_own(serve: Any, kit: Any) -> None:
    """Where render() takes the player, nobody is sent another player's picture."""
    spec = kit.make_spec(Seen, policies=kit.TWO, default_action=0, action_mapping={"a": 1}, max_steps=20)
    async with serve(spec) as table:
        link = table.open()
        await link.until_over()
    for seat in kit.TWO:
        texts = {
            command[3]["text"] for frame in link.frames(seat, FULL, DELTA) for command in frame.body[0][1:]
        }
        assert texts == {seat}


async def test_the_hud_is_sent_when_it_changes(serve: Any, kit: Any) -> None:
    """The line above the picture comes with the first frame and with each change, not with every tick."""
    spec = kit.make_spec(max_steps=50, hud_text_fn=lambda game: f"tens: {game.step_number // 10}")
    async with serve(spec) as table:
        link = table.open()
        await link.until_over()
    texts = [frame.body[2] for frame in link.frames("player_0", FULL, DELTA) if frame.flags]
    assert texts == [f"tens: {n}" for n in range(6)]
    assert link.huds["player_0"] == "tens: 5"
