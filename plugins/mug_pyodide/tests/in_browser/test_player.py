"""The Python half of the game in a browser, played here: whole games through `Player.turn`."""

from __future__ import annotations

import base64
import dataclasses
import importlib
import sys
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from mug_pyodide.in_browser import scene
from mug_pyodide.in_browser.scene import Model

from mug import GameCallbacks
from mug.configurations.configuration_constants import PolicyTypes
from mug.game.pace import CATCH_UP

CODE = """
import gymnasium, numpy

class Counter(gymnasium.Env):
    action_space = gymnasium.spaces.Discrete(3)
    observation_space = gymnasium.spaces.Box(0, 1000, (1,))

    def __init__(self):
        self.count = 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.count = 0
        return numpy.zeros(1), {}

    def step(self, action):
        self.count += action
        return numpy.array([self.count]), 1.0, False, False, {}

    def render(self):
        return None

env = Counter()
"""


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


@pytest.mark.parametrize("cut", [0, 1, 2, 3, 14, 26, 27, 28, 29, 40, 55])
def test_a_game_goes_on_from_its_records(kit: Any, cut: int) -> None:
    """Wherever the page was reloaded: the same game follows from there, not a step is played twice."""
    spec = kit.make_spec()
    whole = kit.Worker(spec).open().start().run()
    assert len(whole.lines) == 56
    again = kit.Worker(spec, now=3.0).resume(whole.lines[:cut]).start().run()
    notes = {"restored"}
    played = [record for record in again.records if record["kind"] not in notes]
    expected = kit.timeless(whole.records)
    for record in (*played, *expected):
        for figure in ("ticks", "late_ticks", "skipped_ticks"):
            record.pop(figure, None)
    assert kit.timeless(played) == expected
    restored = again.of_kind("restored")
    assert [note["steps"] for note in restored] == (
        [sum(b'"kind":"step"' in line for line in whole.lines[:cut])] if cut else []
    )


@pytest.mark.parametrize(
    ("saved", "cut"), [(1, 1), (1, 9), (7, 7), (7, 20), (24, 30), (25, 27), (27, 40), (49, 52)]
)
def test_a_game_goes_on_from_a_snapshot_and_what_was_recorded_since(kit: Any, saved: int, cut: int) -> None:
    """The same as from the whole history, for less work."""
    spec = kit.make_spec()
    whole = kit.Worker(spec).open().start().run()
    first = kit.Worker(spec).open().start().run_to_step(saved)
    snapshot = first.player.snapshot()
    count = len(first.lines)
    assert snapshot
    again = kit.Worker(spec, now=3.0).resume(whole.lines[: max(cut, count)], snapshot, count)
    again.start().run()
    played = [record for record in again.records if record["kind"] != "restored"]
    expected = whole.records
    for record in (*played, *expected):
        for figure in ("ticks", "late_ticks", "skipped_ticks"):
            record.pop(figure, None)
    assert kit.timeless(played) == kit.timeless(expected)
    assert again.events[0][0] == "ready"


def test_only_the_steps_after_a_snapshot_are_played_again(kit: Any) -> None:
    """That is what snapshots are for."""
    played: list[int] = []

    class Counting(kit.Walk):  # type: ignore[misc, name-defined]
        def step(self, action: int) -> Any:
            played.append(action)
            return super().step(action)

    spec = kit.make_spec(Counting, max_steps=200, num_episodes=1)
    first = kit.Worker(spec).open().start().run_to_step(20)
    snapshot, count = first.player.snapshot(), len(first.lines)
    first.run_to_step(25)
    played.clear()
    again = kit.Worker(spec).resume(first.lines, snapshot, count)
    again.run(lambda: again.events)
    assert again.events == [["ready", 25]]
    assert len(played) == 5


@pytest.mark.parametrize("blob", [b"", b"nonsense"])
def test_a_damaged_snapshot_is_no_use_and_no_harm(kit: Any, blob: bytes) -> None:
    """It is refused, and the whole history does."""
    spec = kit.make_spec()
    first = kit.Worker(spec).open().start().run_to_step(9)
    again = kit.Worker(spec).open()
    assert again.player.take_snapshot(blob) is False
    again.player.take_history(b"\n".join(first.lines))
    again.run(lambda: again.events)
    assert again.events == [["ready", 9]]


def test_a_snapshot_of_another_scene_is_refused(kit: Any) -> None:
    """A game is never put into an environment that it was not played in."""

    class Other(kit.Walk):  # type: ignore[misc, name-defined]
        pass

    first = kit.Worker(kit.make_spec()).open().start().run_to_step(9)
    other = kit.Worker(kit.make_spec(Other)).open()
    assert other.player.take_snapshot(first.player.snapshot()) is False


def test_callbacks_that_remember_something_prevent_snapshots(kit: Any) -> None:
    """What a callback keeps in its own variables would be lost: then the whole history is played again."""

    def forgetful(game: Any, data: Any) -> None:
        game.data["steps"] = data["step"]

    class Remembering(GameCallbacks):
        def __init__(self) -> None:
            self.seen = 0

    for callback, possible in ((forgetful, True), (Remembering(), False), (Remembering, False)):
        worker = kit.Worker(kit.make_spec(callbacks=(callback,))).open().start().run_to_step(3)
        assert bool(worker.player.snapshot()) is possible


def test_an_environment_that_cannot_be_saved_has_no_snapshots(kit: Any) -> None:
    """The page then relies on the records alone."""

    class Generating(kit.Walk):  # type: ignore[misc, name-defined]
        def __init__(self, render_mode: str = "mug") -> None:
            super().__init__(render_mode)
            self.numbers = iter(number for number in range(1000))

    worker = kit.Worker(kit.make_spec(Generating)).open().start().run_to_step(3)
    assert worker.player.snapshot() == b""
    worker.run_to_step(6)


def test_another_course_means_that_the_episode_is_played_again(kit: Any) -> None:
    """Where an environment does not repeat itself, its episode begins anew, and that is recorded."""
    spec = kit.make_spec()
    first = kit.Worker(spec).open().start().run_to_step(9)
    spoiled = [line.replace(b'"rewards":{"player":2.0}', b'"rewards":{"player":7.0}') for line in first.lines]
    assert spoiled != first.lines
    again = kit.Worker(spec).resume(spoiled).start().run()
    (note,) = again.of_kind("episode_restarted")
    assert note["episode"] == 1
    assert again.events[-1] == ["over", "completed"]
    assert [end["steps"] for end in again.of_kind("episode_end")] == [25, 25]


class Broken(gymnasium.Env[np.ndarray, int]):
    """Breaks in one of its methods."""

    action_space = gymnasium.spaces.Discrete(3)
    observation_space = gymnasium.spaces.Box(0, 1, (1,))
    where = ""

    def __init__(self) -> None:
        self.fail("make")

    def fail(self, where: str) -> None:
        if where == self.where:
            raise ZeroDivisionError(f"broken in {where}")

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        self.fail("reset")
        return np.zeros(1), {}

    def step(self, action: int) -> Any:
        self.fail("step")
        return np.zeros(1), 0.0, False, False, {}

    def render(self) -> None:
        self.fail("render")


@pytest.mark.parametrize("where", ["make", "reset", "step", "render"])
def test_errors_of_the_environment_end_the_game_and_are_said(kit: Any, where: str) -> None:
    """The page hears a line and the traceback; the records are closed as those of a failed game."""
    env = type("Broken", (Broken,), {"where": where})
    worker = kit.Worker(kit.make_spec(env)).open().start().run()
    name, reason, trace = worker.events[-1]
    assert name == "failed"
    assert f"broken in {where}" in reason
    assert "\n" not in reason
    assert "self.fail(" in trace
    kinds = [record["kind"] for record in worker.records]
    assert kinds[-1] == "game_end"
    assert worker.records[-1]["reason"] == "failed"
    assert f"broken in {where}" in worker.records[-1]["fault"]
    assert kinds.count("episode_start") == kinds.count("episode_end")
    assert worker.due is None


@pytest.mark.parametrize("setting", ["hud_text_fn", "callbacks"])
def test_errors_of_functions_end_the_game(kit: Any, setting: str) -> None:
    """The same for what the script gives besides the environment."""

    def broken(*given: Any) -> Any:
        raise KeyError("nothing there")

    value = (broken,) if setting == "callbacks" else broken
    worker = kit.Worker(kit.make_spec(**{setting: value})).open().start().run()
    assert worker.events[-1][0] == "failed"
    assert "nothing there" in worker.events[-1][1]
    assert worker.of_kind("game_end")[0]["reason"] == "failed"


def test_sys_exit_in_an_environment_is_a_failure_too(kit: Any) -> None:
    """Nothing that researchers' code does leaves the worker without an answer."""

    class Leaving(kit.Walk):  # type: ignore[misc, name-defined]
        def step(self, action: int) -> Any:
            raise SystemExit(3)

    worker = kit.Worker(kit.make_spec(Leaving)).open().start().run()
    assert worker.events[-1][0] == "failed"


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


def test_code_makes_the_environment_and_runs_before_each_step(kit: Any) -> None:
    """The code of each step sees env, game and actions, and may change actions."""
    step_code = "if game.step_number == 2: actions['player'] = 2\nenv.count += 10"
    runtime = {"environment_initialization_code": CODE, "on_game_step_code": step_code}
    spec = kit.make_spec(None, runtime=runtime, num_episodes=1, max_steps=4)
    worker = kit.Worker(spec).open().start().run()
    assert worker.events[-1] == ["over", "completed"]
    assert worker.steps[2]["sources"] == {"player": "callback"}
    assert worker.steps[2]["actions"] == {"player": 2}
    last = worker.of_kind("episode_end")[0]["observations"]["player"]
    assert last == [sum(step["actions"]["player"] for step in worker.steps) + 40]


def test_a_game_of_code_goes_on_from_a_snapshot(kit: Any) -> None:
    """Its classes are found again where its code runs anew."""
    spec = kit.make_spec(None, runtime={"environment_initialization_code": CODE}, num_episodes=1)
    first = kit.Worker(spec).open().start().run_to_step(7)
    snapshot, count = first.player.snapshot(), len(first.lines)
    assert snapshot
    first.run()
    again = kit.Worker(spec).open()
    assert again.player.take_snapshot(snapshot)
    again = kit.Worker(spec).resume(first.lines[:count], snapshot, count).start().run()
    observations = [[step["observations"] for step in worker.steps] for worker in (first, again)]
    assert observations[0] == observations[1]


@pytest.mark.parametrize("code", ["1 +", "raise OSError('no')"])
def test_code_that_does_not_work_is_named(kit: Any, code: str) -> None:
    """The reason says which setting it was."""
    runtime = {"environment_initialization_code": CODE, "on_game_step_code": code}
    worker = kit.Worker(kit.make_spec(None, runtime=runtime)).open().start().run()
    assert worker.events[-1][0] == "failed"
    assert "on_game_step_code" in worker.events[-1][1]


def test_warming_up_leaves_no_trace(kit: Any) -> None:
    """A game after it is the same as one without, and callbacks hear nothing of it."""
    heard: list[Any] = []
    spec = kit.make_spec(callbacks=(lambda game, data: heard.append(data["step"]),))
    plain = kit.Worker(spec).open().start().run()
    heard.clear()
    warmed = kit.Worker(spec)
    warmed.player.warm_up()
    assert heard == []
    warmed.open().start().run()
    assert kit.timeless(warmed.records) == kit.timeless(plain.records)


REMEMBERING = f"""{CODE}
import random

made = []
tuned = random.Random(5)

class Remembering(Counter):
    instances = 0
    seen = {{"steps": []}}

    def __init__(self):
        super().__init__()
        type(self).instances += 1
        made.append(self.instances)

    def step(self, action, memory=[0]):
        memory[0] += 1
        self.seen["steps"].append(action)
        result = super().step(action)
        result[4].update(instances=self.instances, made=list(made), seen=len(self.seen["steps"]))
        result[4].update(memory=memory[0], drawn=tuned.random())
        return result
"""


@pytest.mark.parametrize("imported", [True, False], ids=["imported before", "imported by it"])
def test_warming_up_leaves_no_trace_in_modules(
    kit: Any, imported: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What classes, modules and default values remember is the same after it as without it."""
    (tmp_path / "remembering.py").write_text(REMEMBERING)
    monkeypatch.setattr(scene, "home", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    played = []
    for warm in (True, False):
        monkeypatch.delitem(sys.modules, "remembering", raising=False)
        if imported:
            importlib.import_module("remembering")
        code = "from remembering import Remembering\nenv = Remembering()"
        worker = kit.Worker(kit.make_spec(None, runtime={"environment_initialization_code": code}))
        if warm:
            assert worker.player.warm_up() > 0
        worker.open().start().run()
        played.append(kit.timeless(worker.records))
    monkeypatch.delitem(sys.modules, "remembering", raising=False)
    assert played[0] == played[1]


def test_warming_up_what_does_not_work_says_nothing(kit: Any) -> None:
    """The game itself will."""
    worker = kit.Worker(kit.make_spec(type("Broken", (Broken,), {"where": "step"})))
    worker.player.warm_up()
    worker.open().start().run()
    assert worker.events[-1][0] == "failed"


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
