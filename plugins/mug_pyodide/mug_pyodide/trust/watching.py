"""Watches an environment play: which clocks it reads, where its randomness comes from, what it changes.

What is named here is where to look. Whether it matters is for the checks to say that play the game twice.
"""

from __future__ import annotations

import datetime
import gc
import linecache
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Final

import attrs
import numpy as np

from mug.game.spec import GameSpec
from mug_pyodide.in_browser.checks import Play
from mug_pyodide.trust.own_code import OwnCode, outside_state

_CLOCKS: Final = {
    getattr(time, name): f"time.{name}()"
    for name in (
        "time", "time_ns", "perf_counter", "perf_counter_ns", "monotonic", "monotonic_ns", "process_time",
        "process_time_ns", "thread_time", "localtime", "gmtime",
    )
}  # fmt: skip
_CLOCK_METHODS: Final = frozenset(("now", "utcnow", "today"))
_SEEDING: Final = frozenset((random.Random.__init__.__code__, random.Random.seed.__code__))
_MOST_STEPS: Final = 60
_PASSED_OVER: Final = frozenset(sys.stdlib_module_names) - {"__main__"} | {"numpy"}
_FRAMEWORKS: Final = frozenset(("gymnasium", "pettingzoo"))
_OURS: Final = frozenset(("mug", "mug_pyodide"))


@attrs.frozen
class Call:
    """A line of code and what it called; ``own`` is False when only a library's code is behind it."""

    what: str
    file: str
    line: int
    own: bool = True

    def __str__(self) -> str:
        text = linecache.getline(self.file, self.line).strip()
        quoted = f": {text}" if text else ""
        return f"{self.what} in {Path(self.file).name}, line {self.line}{quoted}"


@attrs.define
class Seen:
    """What was seen.

    Attributes:
        clocks: what read a clock in a reset or a step.
        entropy: what made a generator without a seed, or drew from the operating system.
        made_unseeded: the same while the environment was made, by a library on its behalf.
        global_random: whether ``random`` was drawn from, and where that is known.
        global_numpy: whether ``np.random`` was drawn from.
        changed: names of what belongs to classes and modules and changed while a game was played.
    """

    clocks: list[Call] = attrs.field(factory=list)
    entropy: list[Call] = attrs.field(factory=list)
    made_unseeded: list[Call] = attrs.field(factory=list)
    global_random: bool = False
    global_numpy: bool = False
    global_calls: list[Call] = attrs.field(factory=list)
    changed: list[str] = attrs.field(factory=list)


def watch(spec: GameSpec, steps: int) -> Seen:
    """Play some steps and return what was seen.

    Raises:
        Broken: the environment cannot be played.
    """
    seen = Seen()
    steps = min(steps, _MOST_STEPS)
    # What is loaded and remembered once for all is not what this is about.
    Play(spec).lines(steps)
    play = _watched(spec, seen, "making")
    for _ in range(steps):
        before = random.getstate(), _numpy_state()
        with _Profile(seen, "playing"):
            play.step()
        seen.global_random |= random.getstate() != before[0]
        seen.global_numpy |= _numpy_state() != before[1]
    if seen.global_numpy:
        calls = OwnCode.of(play.engine.env).calls_of("np.random", "numpy.random")
        seen.global_calls += [Call(*call) for call in calls]
    seen.changed = _changes(spec, steps)
    return seen


def _watched(spec: GameSpec, seen: Seen, phase: str) -> Play:
    with _Profile(seen, phase):
        return Play(spec)


def _changes(spec: GameSpec, steps: int) -> list[str]:
    """What belongs to classes and modules and changes in the course of a game, in order of appearance."""
    play = Play(spec)
    env = play.engine.env
    own = OwnCode.of(env)
    before = outside_state(own, env)
    found: dict[str, None] = {}
    for _ in range(steps):
        play.step()
        after = outside_state(own, env)
        for name in after.keys() | before.keys():
            if after.get(name) != before.get(name):
                found[name] = None
        before = after
    return list(found)


def _numpy_state() -> tuple[bytes, int]:
    state: Any = np.random.get_state(legacy=False)
    return state["state"]["key"].tobytes(), state["state"]["pos"]


class _Profile:
    """Notes calls of interest; inside a ``with`` block."""

    def __init__(self, seen: Seen, phase: str) -> None:
        self._seen = seen
        self._phase = phase
        self._previous: Any = None
        self._collects = False

    def __enter__(self) -> None:
        # Whoever listens to the garbage collector would be taken for the code that it interrupts.
        self._collects = gc.isenabled()
        gc.disable()
        self._previous = sys.getprofile()
        sys.setprofile(self._hear)

    def __exit__(self, *_: object) -> None:
        sys.setprofile(self._previous)
        if self._collects:
            gc.enable()

    def _hear(self, frame: FrameType, event: str, arg: Any) -> None:
        if event == "c_call":
            self._hear_builtin(frame, arg)
        elif event == "call" and frame.f_code in _SEEDING:
            self._hear_seeding(frame)

    def _hear_builtin(self, frame: FrameType, function: Callable[..., object]) -> None:
        owner = getattr(function, "__self__", None)
        name = getattr(function, "__name__", "")
        if name == "urandom":
            self._note_entropy(frame, "an unseeded generator")
        elif owner is _GLOBAL:
            self._note(self._seen.global_calls, frame, f"random.{name}()")
        elif self._phase == "playing":
            if name in _CLOCK_METHODS and isinstance(owner, type) and issubclass(owner, datetime.date):
                self._note(self._seen.clocks, frame, f"{owner.__name__}.{name}()")
            elif owner is time and function in _CLOCKS:
                self._note(self._seen.clocks, frame, _CLOCKS[function])

    def _hear_seeding(self, frame: FrameType) -> None:
        variables = frame.f_locals
        given = variables.get("x", variables.get("a"))
        if given is None and not isinstance(variables.get("self"), random.SystemRandom):
            caller = frame.f_back
            if caller is not None and caller.f_code not in _SEEDING:
                self._note_entropy(caller, "an unseeded generator")

    def _note_entropy(self, frame: FrameType, what: str) -> None:
        call = _whose(frame, what)
        if call is None:
            return
        through_library = self._phase == "making" and _is_framework(frame)
        _add(self._seen.made_unseeded if through_library else self._seen.entropy, call)

    def _note(self, calls: list[Call], frame: FrameType, what: str) -> None:
        call = _whose(frame, what)
        if call is not None:
            _add(calls, call)


_GLOBAL: Final = random.random.__self__  # type: ignore[attr-defined]


def _whose(frame: FrameType | None, what: str) -> Call | None:
    """The line of the environment's own code that is behind a call; a framework's when there is none."""
    framework: FrameType | None = None
    while frame is not None:
        name = str(frame.f_globals.get("__name__"))
        root = name.partition(".")[0]
        if root in _OURS:
            break
        if root in _FRAMEWORKS and not name.startswith("gymnasium.envs."):
            framework = framework or frame
        elif root not in _PASSED_OVER:
            return Call(what, frame.f_code.co_filename, frame.f_lineno)
        frame = frame.f_back
    if framework is None:
        return None
    return Call(what, framework.f_code.co_filename, framework.f_lineno, own=False)


def _is_framework(frame: FrameType | None) -> bool:
    """Whether the first line that is nobody's standard library is a framework's."""
    while frame is not None:
        root = str(frame.f_globals.get("__name__")).partition(".")[0]
        if root not in _PASSED_OVER:
            return root in _FRAMEWORKS
        frame = frame.f_back
    return False


def _add(calls: list[Call], call: Call) -> None:
    if call not in calls:
        calls.append(call)
