from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest

from mug.components import EpisodeEnded, EpisodeStarted, GameOver, GameReady, PlayerInput
from mug.configurations.configuration_constants import ModelConfig, PolicyTypes
from mug.engine.policies import HeuristicPolicy
from mug.engine.seeds import derive_seed
from mug.game.making import CodeEnvironment
from mug.game.views import DELTA, FULL, HEARTBEAT
from mug.rendering import Surface

TWO = {"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Human}
ARROWS = {"ArrowUp": 0, "ArrowDown": 1, "ArrowLeft": 2, "ArrowRight": 3}


@pytest.fixture
def grid_spec(kit: Any) -> Any:
    def make(**changes: Any) -> Any:
        return kit.make_spec(
            kit.load_grid(), policies=TWO, default_action=4, action_mapping=ARROWS, **changes
        )

    return make


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
    for seat in TWO:
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


async def test_inputs_reach_the_seat_they_were_made_in(serve: Any, kit: Any, grid_spec: Any) -> None:
    """An input moves its own player, is recorded as human with its waiting time, and is acknowledged."""
    async with serve(grid_spec(fps=100, max_steps=None)) as table:
        link = table.open()
        await link.until(lambda: EpisodeStarted(1) in link.events)
        link.handle.input("player_1", kit.press(41, 1))
        await link.until(lambda: any(frame.ack == 41 for frame in link.frames("player_1")))
        link.handle.input("player_1", kit.press(42, None))
        await link.until(lambda: any(frame.ack == 42 for frame in link.frames("player_1")))
        link.handle.input("nobody", kit.press(1, 1))
        await link.until_steps(len(link.steps) + 5)
    moved = [step for step in link.steps if step["sources"]["player_1"] == "human"]
    assert moved
    assert all(step["actions"] == {"player_0": 4, "player_1": 1} for step in moved)
    assert list(moved[0]["waited_ms"]) == ["player_1"]
    assert all("waited_ms" not in step for step in moved[1:])
    assert all(step["sources"]["player_0"] == "default" for step in link.steps)
    assert all(frame.ack == 0 for frame in link.frames("player_0"))


async def test_the_pointer_is_an_action(serve: Any, kit: Any) -> None:
    """A press on the picture becomes what the scene's function makes of the place."""
    spec = kit.make_spec(fps=100, max_steps=None, pointer={"down": lambda x, y: 2 if x > 50 else 0})
    (binding,) = spec.controls["player_0"].pointer
    async with serve(spec) as table:
        link = table.open()
        await link.until(lambda: EpisodeStarted(1) in link.events)
        link.handle.input("player_0", PlayerInput("pointer", 1, binding.action, 80.0, 5.0))
        link.handle.input("player_0", PlayerInput("pointer", 2, binding.action, 10.0, 5.0))
        await link.until(lambda: len([s for s in link.steps if s["sources"]["player_0"] == "human"]) == 2)
    assert [s["actions"]["player_0"] for s in link.steps if s["sources"]["player_0"] == "human"] == [2, 0]


async def test_previous_actions_fill_in_where_the_scene_says_so(serve: Any, kit: Any) -> None:
    """With previous_submitted_action, a player who stops repeats their last action."""
    method = "previous_submitted_action"
    spec = kit.make_spec(fps=100, max_steps=None, input_mode="key_down", action_population_method=method)
    async with serve(spec) as table:
        link = table.open()
        await link.until_steps(2)
        link.handle.input("player_0", PlayerInput("event", 1, 1))
        await link.until(lambda: link.steps[-1]["sources"]["player_0"] == "previous")
    assert [step["sources"]["player_0"] for step in link.steps[:2]] == ["default"] * 2
    assert link.steps[-1]["actions"]["player_0"] == 2


class Seen(gymnasium.Env[dict[str, int], dict[str, int]]):
    """Each player sees only their own name's colour."""

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
    spec = kit.make_spec(Seen, policies=TWO, default_action=0, action_mapping={"a": 1}, max_steps=20)
    async with serve(spec) as table:
        link = table.open()
        await link.until_over()
    for seat in TWO:
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


class Countdown(HeuristicPolicy):
    """Remembers how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def compute_action(self, env: Any, agent_id: Any) -> int:
        self.asked += 1
        return self.asked % 3


def load(name: str) -> dict[str, int]:
    return {"always": int(name)}


def infer(policy: dict[str, int], observation: Any) -> int:
    return policy["always"]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("3", [3, 3, 3, 3, 3]),
        (Countdown, [1, 2, 0, 1, 2]),
        (Countdown(), [1, 2, 0, 1, 2]),
        (lambda observation: 3 if observation[0] > 7 else 0, [3, 3, 3, 3, 3]),
    ],
    ids=["named", "class", "object", "function"],
)
async def test_policies_of_every_kind_play_along(
    serve: Any, kit: Any, policy: Any, expected: list[int]
) -> None:
    """A person and a policy play together; two games at once do not share a policy's memory."""
    spec = kit.make_spec(
        kit.load_grid(),
        policies={"player_0": PolicyTypes.Human, "player_1": policy},
        policy_functions={"load_policy_fn": load, "policy_inference_fn": infer},
        default_action=4,
        action_mapping=ARROWS,
        max_steps=5,
    )
    async with serve(spec) as table:
        links = [table.open(seed=seed) for seed in (1, 2)]
        for link in links:
            await link.until_over()
            actions = [step["actions"]["player_1"] for step in link.steps]
            assert actions == expected
            assert {step["sources"]["player_1"] for step in link.steps} == {"policy"}


async def test_a_random_policy_repeats_with_the_seed(serve: Any, kit: Any) -> None:
    """Same seed, same actions; another seed, others. Workers and order of opening do not matter."""
    spec = kit.make_spec(
        kit.load_grid(),
        policies={"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Random},
        default_action=4,
        action_mapping=ARROWS,
        max_steps=40,
    )
    async with serve(spec, workers=2) as table:
        links = [table.open(seed=seed) for seed in (7, 8, 7)]
        for link in links:
            await link.until_over()
    first, other, again = ([step["actions"] for step in link.steps] for link in links)
    assert first == again
    assert first != other


async def test_an_onnx_model_plays_along(serve: Any, kit: Any, tmp_path: Any) -> None:
    """A model file is run in the worker: this one's largest logit is the one of the larger coordinate."""
    from onnx import TensorProto, helper, numpy_helper, save

    weights = numpy_helper.from_array(np.array([[0, 0, 0, 1, 0], [0, 1, 0, 0, 0]], np.float32), "weights")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["obs", "weights"], ["logits"])],
        "larger",
        [helper.make_tensor_value_info("obs", TensorProto.FLOAT, [1, 2])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 5])],
        [weights],
    )
    path = tmp_path / "larger.onnx"
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    spec = kit.make_spec(
        kit.load_grid(),
        policies={
            "player_0": PolicyTypes.Human,
            "player_1": ModelConfig(onnx_path=path, obs_input="obs", logit_output="logits"),
        },
        default_action=4,
        action_mapping=ARROWS,
        max_steps=5,
    )
    async with serve(spec) as table:
        link = table.open()
        await link.until_over()
    assert [step["actions"]["player_1"] for step in link.steps] == [3] * 5
    assert link.of_kind("game_start")[0]["policies"] == {"player_1": str(path)}


async def test_a_policy_takes_over_and_makes_room_again(serve: Any, kit: Any) -> None:
    """Whoever left is played for by the scene's policy, until they are back; all of it is recorded."""
    spec = kit.make_spec(
        kit.load_grid(),
        policies=TWO,
        default_action=4,
        action_mapping=ARROWS,
        fps=100,
        max_steps=None,
        takeover_policy=Countdown,
        on_leave="takeover",
    )
    async with serve(spec) as table:
        link = table.open()
        await link.until(lambda: EpisodeStarted(1) in link.events)
        link.handle.input("player_1", kit.press(1, 0))
        await link.until(lambda: link.steps and link.steps[-1]["sources"]["player_1"] == "human")
        link.handle.player_left("player_1")
        await link.until(lambda: link.steps[-1]["sources"]["player_1"] == "default")
        link.handle.take_over("player_1", spec.takeover_policy)
        await link.until(lambda: link.steps[-1]["sources"]["player_1"] == "policy")
        link.handle.player_returned("player_1")
        await link.until(lambda: link.steps[-1]["sources"]["player_1"] == "default")
        link.handle.input("player_1", kit.press(2, 0))
        await link.until(lambda: link.steps[-1]["sources"]["player_1"] == "human")
    happened = [(r["kind"], r["agent"]) for r in link.stored if "agent" in r]
    assert happened == [
        ("player_left", "player_1"),
        ("takeover", "player_1"),
        ("player_returned", "player_1"),
    ]
    (takeover,) = link.of_kind("takeover")
    assert takeover["policy"] == "Countdown"
    assert {step["sources"]["player_0"] for step in link.steps} == {"default"}


async def test_a_seat_nobody_came_for_is_played_from_the_start(serve: Any, kit: Any, grid_spec: Any) -> None:
    """With fewer people than seats, the scene's policy plays the rest, and gets no frames."""
    spec = grid_spec(max_steps=5, takeover_policy=Countdown)
    async with serve(spec) as table:
        link = table.open(participants={"player_0": "somebody"}, policies={"player_1": spec.takeover_policy})
        await link.until_over()
    assert {step["sources"]["player_1"] for step in link.steps} == {"policy"}
    assert not link.frames("player_1")
    assert link.of_kind("episode_start")[0]["policies"] == {"player_1": "Countdown"}


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
