from __future__ import annotations

import ctypes
import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mug.components import GameFailed, GameOver, PlayerInput
from mug.configurations.configuration_constants import PolicyTypes
from mug.engine.callbacks import GameCallbacks


@pytest.fixture
def broken(kit: Any) -> Callable[..., Any]:
    """Return a function that makes the walk with one method replaced from its nth call on."""

    def make(method: str, behavior: Callable[..., Any], after: int = 0) -> Any:
        class Broken(kit.Walk):  # type: ignore[misc,name-defined]
            pass

        original = getattr(Broken, method)
        calls: dict[int, int] = {}

        def replaced(self: Any, *arguments: Any, **keywords: Any) -> Any:
            calls[id(self)] = calls.get(id(self), 0) + 1
            if calls[id(self)] <= after:
                return original(self, *arguments, **keywords)
            return behavior()

        setattr(Broken, method, replaced)
        return Broken

    return make


def raising(error: BaseException) -> Callable[[], Any]:
    def behave() -> Any:
        raise error

    return behave


async def assert_fails_alone(
    serve: Any, kit: Any, faulty: Any, *parts: str, act: Callable[[Any], None] | None = None, **settings: Any
) -> Any:
    """The faulty game fails with these words; a neighbor in the same worker plays on, step by step."""
    neighbor = kit.make_spec(scene_id="neighbor", fps=100, max_steps=None)
    async with serve(dataclasses.replace(faulty, scene_id="game"), neighbor, **settings) as table:
        beside = table.open("neighbor")
        await beside.until_steps(5)
        link = table.open("game")
        if act is not None:
            await link.until_steps(1)
            act(link)
        failed = await link.until_over()
        await beside.until_steps(len(beside.steps) + 20)
        beside.handle.stop("enough")
        assert isinstance(await beside.until_over(), GameOver)
    assert isinstance(failed, GameFailed), failed
    for part in parts:
        assert part in failed.reason
    assert [step["step"] for step in beside.steps] == list(range(1, len(beside.steps) + 1))
    assert link.stored[-1]["kind"] == "game_end"
    assert link.stored[-1]["reason"] == "failed"
    return link


@pytest.mark.parametrize(
    ("method", "after"),
    [("__init__", 0), ("reset", 0), ("step", 0), ("step", 7), ("render", 0), ("render", 5)],
)
async def test_an_environment_that_raises_ends_its_game_only(
    serve: Any, kit: Any, broken: Any, method: str, after: int
) -> None:
    """The reason names what was raised; the detail is the researcher's traceback; the records are closed."""
    env = broken(method, raising(RuntimeError("the dice are gone")), after)
    link = await assert_fails_alone(
        serve, kit, kit.make_spec(env, fps=100), "RuntimeError", "the dice are gone"
    )
    assert "in behave" in link.over.detail
    played = {"__init__": 0, "reset": 0, "step": after, "render": max(0, after)}[method]
    assert len(link.steps) == played
    if link.of_kind("episode_start"):
        assert link.of_kind("episode_end")[0]["reason"] == "failed"
        assert link.of_kind("episode_end")[0]["steps"] == played


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("reset", None),
        ("reset", (None, {})),
        ("step", None),
        ("step", (1, 2, 3, 4)),
        ("step", ([0, 0], "much", False, False, {})),
        ("render", "a picture"),
    ],
)
async def test_nonsense_from_an_environment_ends_its_game_only(
    serve: Any, kit: Any, broken: Any, method: str, answer: Any
) -> None:
    """What no environment may return is said in plain words that name the method."""
    env = broken(method, lambda: answer)
    await assert_fails_alone(serve, kit, kit.make_spec(env, fps=100), f"{method}()")


@pytest.mark.parametrize(
    "event", ["on_game_start", "on_episode_start", "before_step", "after_step", "on_render"]
)
async def test_a_callback_that_raises_ends_its_game_only(serve: Any, kit: Any, event: str) -> None:
    """A researcher's mistake in a callback is theirs to read, not the neighbors' to suffer."""
    spec = kit.make_spec(fps=100, callbacks=(_listener(event),))
    await assert_fails_alone(serve, kit, spec, "LookupError", "no such column")


def _listener(event: str) -> GameCallbacks:
    def fail(self: Any, *arguments: Any) -> None:
        raise LookupError("no such column")

    made: GameCallbacks = type("Listener", (GameCallbacks,), {event: fail})()
    return made


async def test_a_policy_that_raises_ends_its_game_only(serve: Any, kit: Any) -> None:
    """So does a policy's."""

    def guess(observation: Any) -> int:
        raise ArithmeticError("too hard")

    spec = kit.make_spec(
        kit.load_grid(),
        policies={"player_0": PolicyTypes.Human, "player_1": guess},
        default_action=4,
        fps=100,
    )
    await assert_fails_alone(serve, kit, spec, "ArithmeticError", "too hard")


async def test_a_hud_that_raises_ends_its_game_only(serve: Any, kit: Any) -> None:
    """And the function that makes the line above the picture."""
    spec = kit.make_spec(fps=100, hud_text_fn=lambda game: game.score)
    await assert_fails_alone(serve, kit, spec, "hud_text_fn", "AttributeError")


async def test_a_pointer_function_that_raises_ends_its_game_only(serve: Any, kit: Any) -> None:
    """And what the script makes of a place on the picture."""
    spec = kit.make_spec(fps=100, max_steps=None, pointer={"down": lambda x, y: 1 // 0})
    (binding,) = spec.controls["player_0"].pointer
    click = PlayerInput("pointer", 1, binding.action, 1.0, 1.0)
    await assert_fails_alone(
        serve, kit, spec, "ZeroDivisionError", act=lambda link: link.handle.input("player_0", click)
    )


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), MemoryError()])
async def test_an_environment_cannot_end_the_process(serve: Any, kit: Any, broken: Any, error: Any) -> None:
    """sys.exit() in step() ends the game, as any other exception does; the worker stays."""
    env = broken("step", raising(error), after=3)
    link = await assert_fails_alone(serve, kit, kit.make_spec(env, fps=100), type(error).__name__)
    assert len(link.steps) == 3


@pytest.mark.parametrize(
    ("behavior", "said"),
    [
        (lambda: os._exit(7), "ended with exit code 7"),
        (lambda: os.kill(os.getpid(), 9), "was ended by the signal SIGKILL"),
        (lambda: ctypes.string_at(0), "was ended by the signal SIGSEGV"),
    ],
    ids=["exit", "kill", "segfault"],
)
async def test_a_crash_ends_its_game_only(
    serve: Any, kit: Any, broken: Any, behavior: Callable[[], Any], said: str
) -> None:
    """When an environment takes its process down, that game fails and says how; others go on in a new one."""
    env = broken("step", behavior, after=5)
    link = await assert_fails_alone(serve, kit, kit.make_spec(env, fps=100), said)
    assert len(link.steps) <= 5
    if "SIGSEGV" in said:
        assert "string_at" in link.over.detail


async def test_a_step_that_never_returns_ends_its_game_only(serve: Any, kit: Any, broken: Any) -> None:
    """After step_timeout the worker is ended; the detail says where it hung; the neighbors go on."""

    def hang_for_good() -> None:
        while True:
            pass

    env = broken("step", hang_for_good, after=5)
    link = await assert_fails_alone(serve, kit, kit.make_spec(env, fps=100), "SIGABRT", step_timeout=2.0)
    assert len(link.steps) == 5
    assert "hang_for_good" in link.over.detail


async def test_making_an_environment_may_take_longer_than_a_step(serve: Any, kit: Any) -> None:
    """Loading a model is no hanging."""

    class Slow(kit.Walk):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            time.sleep(2.5)

    async with serve(kit.make_spec(Slow, max_steps=3), step_timeout=2.0) as table:
        link = table.open()
        assert isinstance(await link.until_over(), GameOver)


async def test_a_constructor_that_never_returns_ends_its_game(serve: Any, kit: Any) -> None:
    """But not for ever."""

    class Stuck(kit.Walk):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            while True:
                time.sleep(0.01)

    async with serve(kit.make_spec(Stuck), open_timeout=0.5) as table:
        link = table.open()
        assert isinstance(await link.until_over(), GameFailed)


async def test_what_an_environment_started_ends_with_its_worker(serve: Any, kit: Any, tmp_path: Path) -> None:
    """Programs that an environment runs do not outlive the server."""
    note = tmp_path / "pid"

    class Parent(kit.Walk):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            program = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
            note.write_text(str(program.pid))

    async with serve(kit.make_spec(Parent, fps=100, max_steps=None)) as table:
        link = table.open()
        await link.until_steps(2)
        pid = int(note.read_text())
        os.kill(pid, 0)
    await kit.until_gone(pid)
