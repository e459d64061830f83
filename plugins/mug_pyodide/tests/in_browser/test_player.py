"""The Python half of the game in a browser, played here: whole games through `Player.turn`."""

from __future__ import annotations

import base64
import dataclasses
from typing import Any

import gymnasium
import numpy as np
import pytest
from mug_pyodide.in_browser.scene import Model

from mug.configurations.configuration_constants import PolicyTypes
from mug.game.pace import CATCH_UP


def test_a_whole_game_is_that_of_the_server(kit: Any) -> None:
    """Records, with their fields and values, are those that the server's loop writes for the same actions."""
    spec = kit.make_spec()
    worker = kit.Worker(spec).open().start().run()
    assert kit.timeless(worker.records) == kit.timeless(kit.play_on_server(spec))
    assert len(worker.steps) == 50
    assert {tuple(step["sources"].values()) for step in worker.steps} == {("human",), ("default",)}
    assert [event[0] for event in worker.events] == ["ready", "episode_started", "episode_started", "over"]
    assert worker.events[-1] == ["over", "completed"]
    assert worker.of_kind("game_start")[0]["runtime"] == "pyodide"
    assert worker.due is None


def test_steps_come_at_the_games_pace(kit: Any) -> None:
    """A step each tenth of a second, whatever the worker's clock began with."""
    worker = kit.Worker(kit.make_spec(num_episodes=1), now=12.34).open().start().run()
    times = np.array([step["mono"] for step in worker.steps])
    assert np.allclose(np.diff(times), 0.1)


def test_the_wall_clock_is_the_servers(kit: Any) -> None:
    """Records carry the server's time: the browser's, and by how much the server's is ahead."""
    here = kit.Worker(kit.make_spec()).open().start().run_to_step(1)
    ahead = kit.Worker(kit.make_spec(), clock_offset_ms=3_600_000).open().start().run_to_step(1)
    assert 3_590_000 < ahead.records[0]["wall"] - here.records[0]["wall"] < 3_610_000


def test_the_picture_follows_the_environment(kit: Any) -> None:
    """The first frame of an episode is a full one, others say what changed; applied, they are the picture."""
    worker = kit.Worker(kit.make_spec(num_episodes=1)).open().start().run_to_step(9)
    kinds = [frame["kind"] for frame in worker.frames]
    assert kinds[0] == "full"
    assert "full" not in kinds[1:]
    (rect,) = [command for command in worker.picture.commands() if command[2] == 1]
    assert rect[3]["x"] == worker.steps[-1]["infos"]["player"]["place"]
    assert worker.frames[-1]["step"] == 9
    assert worker.frames[-1]["ack"] > 0


def test_pixels_are_base64(kit: Any) -> None:
    """A picture made of pixels is a PNG file as text."""

    class Pixels(kit.Walk):  # type: ignore[misc, name-defined]
        def render(self) -> Any:
            return np.full((4, 6, 3), 7, np.uint8)

    worker = kit.Worker(kit.make_spec(Pixels)).open().start().run_to_step(2)
    (pixels,) = [command for command in worker.frames[0]["set"] if command[2] == 9]
    assert base64.b64decode(pixels[3]["png"]).startswith(b"\x89PNG")


def test_the_line_above_the_picture_comes_along(kit: Any) -> None:
    """hud_text_fn's text is in the frames in which it changed."""
    spec = kit.make_spec(hud_text_fn=lambda game: f"{game.step_number // 5}")
    worker = kit.Worker(spec).open().start().run_to_step(11)
    assert [frame["hud"] for frame in worker.frames if "hud" in frame] == ["0", "1", "2"]


def test_a_turn_has_one_frame_at_most_and_loses_none(kit: Any) -> None:
    """What commands show at once and what the next step shows come one after the other."""
    worker = kit.Worker(kit.make_spec()).open().start().run_to_step(3)
    worker.player.command(worker.now, "pause", "")
    worker.player.command(worker.now, "keyframe", "")
    before = len(worker.frames)
    worker.player.command(worker.now, "keyframe", "")
    worker.player.command(worker.now, "resume", "")
    worker.run_to_step(5)
    later = [(frame["kind"], frame["step"]) for frame in worker.frames[before:]]
    assert later == [("full", 3), ("full", 3), ("delta", 4), ("delta", 5)]


def test_nothing_is_played_in_a_pause(kit: Any) -> None:
    """However long it takes: the game goes on where it was, and catches nothing up."""
    worker = kit.Worker(kit.make_spec(num_episodes=1)).open().start().run_to_step(6)
    worker.player.command(worker.now, "pause", "")
    until = worker.now + 40
    worker.run(lambda: worker.now > until)
    assert len(worker.steps) == 6
    worker.player.command(worker.now, "resume", "")
    resumed = worker.now
    worker.due = 0.0
    worker.run()
    assert [step["mono"] >= resumed for step in worker.steps[6:]] == [True] * 19
    assert np.allclose(np.diff([step["mono"] for step in worker.steps[6:]]), 0.1)
    end = worker.of_kind("game_end")[0]
    assert (end["skipped_ticks"], end["late_ticks"]) == (0, 0)
    kinds = [record["kind"] for record in worker.records]
    assert kinds.index("paused") < kinds.index("resumed")


@pytest.mark.parametrize("jump", [0.15, 1.0, 60.0, 86_400.0])
def test_a_jump_of_the_clock_never_makes_the_game_race(kit: Any, jump: float) -> None:
    """A page that slept goes on at its pace after a step or a few; what it missed is counted."""
    worker = kit.Worker(kit.make_spec(max_steps=1000, num_episodes=1)).open().start().run_to_step(5)
    worker.now += jump
    woken = worker.now
    worker.due = 0.0
    worker.run_to_step(20)
    at_once = sum(step["mono"] == round(woken, 6) for step in worker.steps)
    assert 1 <= at_once <= CATCH_UP + 1
    worker.player.command(worker.now, "stop", "enough")
    worker.turn()
    end = worker.of_kind("game_end")[0]
    assert end["reason"] == "enough"
    assert end["skipped_ticks"] + at_once >= int(jump / 0.1)


def test_stopping_closes_the_records(kit: Any) -> None:
    """The episode that is cut short has its end, with the reason that was given."""
    worker = kit.Worker(kit.make_spec()).open().start().run_to_step(5)
    worker.player.command(worker.now, "stop", "left")
    worker.run()
    assert worker.of_kind("episode_end")[0]["reason"] == "left"
    assert worker.of_kind("game_end")[0]["reason"] == "left"
    assert worker.events[-1] == ["over", "left"]


def test_commands_before_the_records_are_there_wait(kit: Any) -> None:
    """Starting, pausing and stopping take effect once the game stands where its records end."""
    spec = kit.make_spec()
    first = kit.Worker(spec).open().start().run_to_step(9)
    again = kit.Worker(spec).resume(first.lines)
    again.player.command(again.now, "start", "")
    again.player.command(again.now, "stop", "left")
    again.run()
    assert [event[0] for event in again.events] == ["ready", "episode_started", "over"]
    assert len(again.steps) == 9


def test_unknown_commands_are_errors_of_the_page(kit: Any) -> None:
    """They are never taken for something else."""
    worker = kit.Worker(kit.make_spec()).open()
    with pytest.raises(ValueError, match="no command"):
        worker.player.command(0.0, "release", "")


class Pair(gymnasium.Env[Any, Any]):
    """Two agents who add to one number."""

    agents = ("player", "ai")
    action_space = gymnasium.spaces.Dict({name: gymnasium.spaces.Discrete(3) for name in agents})
    observation_space = gymnasium.spaces.Dict(
        {name: gymnasium.spaces.Box(-99, 99, (3,), np.float32) for name in agents}
    )

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self.values = self.np_random.normal(size=3).astype(np.float32)
        return self.seen(), {}

    def step(self, actions: dict[str, int]) -> Any:
        self.values = np.roll(self.values, actions["ai"]) + np.float32(actions["player"])
        return self.seen(), dict.fromkeys(self.agents, 1.0), False, False, {}

    def seen(self) -> dict[str, Any]:
        return dict.fromkeys(self.agents, self.values)

    def render(self) -> None:
        return None


def test_models_answer_from_beside_and_no_step_is_played_meanwhile(kit: Any) -> None:
    """The worker hears what is asked for, answers with plain numbers and shapes, and the decision follows."""
    model = Model(name="Partner", onnx_path="partner", obs_input="obs", logit_output="logits")
    spec = kit.make_spec(
        Pair, policies={"player": PolicyTypes.Human, "ai": PolicyTypes.Random}, num_episodes=1, max_steps=8
    )
    spec = dataclasses.replace(spec, policies={**spec.policies, "ai": model})
    worker = kit.Worker(spec)
    worker.player.register_model("partner", '{"obs": ["float32", 2]}', '{"logits": ["float32", 2]}')
    worker.player.warm_up()
    seen: list[Any] = []

    def answer(wanted: Any, feed: Any) -> Any:
        assert wanted == {
            "model": "partner",
            "outputs": ["logits"],
            "inputs": {"obs": {"dtype": "float32", "shape": [1, 3]}},
        }
        seen.append(feed("obs").copy())
        return [(memoryview(np.array([0.0, 3.0, 1.0], np.float32)), [1, 3])]

    worker.run_model = answer
    worker.open().start().run()
    assert worker.events[-1] == ["over", "completed"]
    assert len(seen) == 8
    assert [step["actions"]["ai"] for step in worker.steps] == [1] * 8
    shown = [np.float32(step["observations"]["ai"]).tolist() for step in worker.steps]
    assert [array.ravel().tolist() for array in seen] == shown
    again = kit.Worker(spec)
    again.run_model = answer
    seen.clear()
    again.resume(worker.lines[:6]).run(lambda: again.events)
    assert len(seen) == again.events[0][1] == 4
