"""Whole games on the server: events, records and frames come complete and in order."""

from __future__ import annotations

from typing import Any

import numpy as np

from mug.components import EpisodeEnded, EpisodeStarted, GameOver, GameReady, PlayerInput
from mug.configurations.configuration_constants import PolicyTypes
from mug.engine.seeds import derive_seed
from mug.game.making import CodeEnvironment
from mug.game.views import HEARTBEAT


async def test_two_people_play_the_grid_to_its_goal(serve: Any, kit: Any, grid_spec: Any) -> None:
    """A whole game: both reach the goal; events, records and frames come complete and in order."""
    spec = grid_spec(fps=120, max_steps=3000)
    async with serve(spec) as table:
        link = table.open(seed=5)
        await link.until(lambda: EpisodeStarted(1) in link.events)
        link.handle.input("player_0", kit.press(1, 3))
        link.handle.input("player_1", kit.press(1, 1))
        await link.until(lambda: link.steps and link.steps[-1]["observations"]["player_0"][0] == 9)
        link.handle.input("player_0", kit.press(2, 1))
        over = await link.until_over()
    assert link.events[:2] == [GameReady(0), EpisodeStarted(1)]
    ended = [event for event in link.events if isinstance(event, EpisodeEnded)]
    both = {"player_0": 1.0, "player_1": 1.0}
    assert ended == [EpisodeEnded(1, len(link.steps), both, "terminated", None)]
    assert over == GameOver("completed", both)
    (start,) = link.of_kind("episode_start")
    assert start["seed"] == derive_seed(5, 1)
    assert start["participants"] == {"player_0": "subject-player_0", "player_1": "subject-player_1"}


async def test_steps_are_contiguous_and_recorded_before_they_are_shown(
    serve: Any, kit: Any, grid_spec: Any
) -> None:
    """Steps count 1, 2, 3 … in each episode; no frame shows a step that is not stored; nothing is lost."""
    async with serve(grid_spec(num_episodes=3, max_steps=40)) as table:
        link = table.open()
        await link.until(lambda: EpisodeStarted(1) in link.events)
        for seq in range(1, 60):
            link.handle.input("player_0", kit.press(seq, (3, None, 2, 0)[seq % 4]))
            await link.until_steps(2 * seq)
        await link.until_over()
    assert [(step["episode"], step["step"]) for step in link.steps] == [
        (episode, step) for episode in (1, 2, 3) for step in range(1, 41)
    ]
    assert [step["frame"] for step in link.steps] == list(range(1, 121))
    stored = 0
    for kind, *entry in link.log:
        if kind == "record" and entry[0] == "step":
            stored += 1
        elif kind == "frame":
            assert entry[1].frame <= stored
    kinds = [record["kind"] for record in link.stored]
    assert kinds == ["game_start", *(["episode_start", *["step"] * 40, "episode_end"] * 3), "game_end"]
    assert [start["seed"] for start in link.of_kind("episode_start")] == [
        derive_seed(1, n) for n in (1, 2, 3)
    ]
    assert [event.pause for event in link.events if isinstance(event, EpisodeEnded)] == [0.0, 0.0, None]
    monotonic = [record["mono"] for record in link.stored]
    assert monotonic == sorted(monotonic)


async def test_environments_are_closed(serve: Any, kit: Any, tmp_path: Any) -> None:
    """close() is called when a game is over, and when the server stops; if it raises, the data says so."""
    closed = tmp_path / "closed"

    class Closing(kit.Walk):  # type: ignore[misc,name-defined]
        def close(self) -> None:
            with closed.open("a") as file:
                file.write("x")
            raise OSError("cannot tidy up")

    async with serve(kit.make_spec(Closing, max_steps=3), workers=2) as table:
        link = table.open()
        assert isinstance(await link.until_over(), GameOver)
        assert closed.read_text() == "x"
        assert "cannot tidy up" in link.of_kind("close_failed")[0]["fault"]
        waiting = kit.Link()
        waiting.autostart = False
        table.open(link=waiting)
        await waiting.until(lambda: waiting.events)
    assert closed.read_text() == "xx"


async def test_callbacks_see_the_game_and_add_columns(serve: Any, kit: Any) -> None:
    """Objects and bare functions both work, and what they add is in the step's record."""
    from mug.engine.callbacks import GameCallbacks

    class Listener(GameCallbacks):
        def on_game_start(self, game: Any) -> None:
            game.data["heard"] = ["start"]

        def on_player_join(self, game: Any, agent_id: Any) -> None:
            game.data.setdefault("joined", []).append(agent_id)

        def after_step(self, game: Any, step: Any) -> dict[str, Any]:
            return {"heard": [*game.data["heard"]], "joined": game.data["joined"]}

    def count(game: Any, data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "place": game.env.place}

    async with serve(kit.make_spec(max_steps=3, callbacks=(Listener(), count))) as table:
        link = table.open()
        await link.until_over()
    assert [step["extra"] for step in link.steps] == [
        {"heard": ["start"], "joined": ["player_0"], "place": 0}
    ] * 3


async def test_a_turn_based_environment_waits_for_whose_turn_it_is(serve: Any, kit: Any) -> None:
    """Where agents act one at a time, no action is filled in for somebody who is still thinking."""
    from pettingzoo.classic.tictactoe.tictactoe import env

    spec = kit.make_spec(
        lambda: env(render_mode="rgb_array"),
        policies={"player_1": PolicyTypes.Human, "player_2": PolicyTypes.Random},
        default_action=0,
        action_mapping={str(cell): cell for cell in range(9)},
        input_mode="key_down",
        fps=100,
    )
    async with serve(spec) as table:
        link = table.open(seed=3)
        await link.until(lambda: link.frames("player_1", HEARTBEAT))
        assert not link.steps
        while link.over is None:
            moves = len(link.steps)
            board = {action for step in link.steps for action in step["actions"].values()}
            link.handle.input("player_1", PlayerInput("event", moves + 1, min(set(range(9)) - board)))
            await link.until(lambda moves=moves: link.over or len(link.steps) >= moves + 2)
    assert isinstance(link.over, GameOver)
    assert len(link.steps) >= 5
    sources = {agent: source for step in link.steps for agent, source in step["sources"].items()}
    assert sources == {"player_1": "human", "player_2": "policy"}


async def test_records_keep_what_json_cannot_say(serve: Any, kit: Any) -> None:
    """NaN and infinity in observations do not become null, and odd infos do not end the game."""

    class Odd(kit.Walk):  # type: ignore[misc,name-defined]
        def observe(self) -> np.ndarray:
            return np.array([np.nan, np.inf])

        def step(self, action: int) -> Any:
            observation, reward, *_ = super().step(action)
            return observation, reward, False, False, {"self": self, (1, 2): {3}, "data": b"\x00"}

    async with serve(kit.make_spec(Odd, max_steps=2)) as table:
        link = table.open()
        assert isinstance(await link.until_over(), GameOver)
    assert link.steps[0]["observations"]["player_0"] == ["NaN", "Infinity"]


CODE = """
import gymnasium

class Counter(gymnasium.Env):
    action_space = gymnasium.spaces.Discrete(3)
    observation_space = gymnasium.spaces.Discrete(1000)
    count = 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.count = 0
        return 0, {}

    def step(self, action):
        self.count += action
        return self.count, 1.0, False, False, {}

    def render(self):
        return None

env = Counter()
"""


async def test_code_for_browsers_is_played_here_too(serve: Any, kit: Any) -> None:
    """Each game runs it anew; on_game_step_code runs before each step, in the same namespace."""
    step_code = "env.count += 10; actions['player_0'] = 2"
    make_env = CodeEnvironment(CODE)
    spec = kit.make_spec(make_env=make_env, on_game_step_code=step_code, max_steps=5)
    async with serve(spec) as table:
        links = [table.open(), table.open()]
        for link in links:
            assert (await link.until_over()).reason == "completed"
    for link in links:
        assert [step["observations"]["player_0"] for step in link.steps] == [0, 12, 24, 36, 48]
        assert {step["sources"]["player_0"] for step in link.steps} == {"callback"}
