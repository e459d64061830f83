"""Plays an environment with random actions: can games be repeated, can one go back, and how fast is it.

The same checks run natively and in the browser.
"""

from __future__ import annotations

import contextlib
import copy
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from mug.engine.engine import Engine
from mug.engine.errors import EngineFault
from mug.engine.records import AgentId, EpisodeStart, Step, plain
from mug.engine.rules import Rules
from mug.engine.seeds import derive_seed
from mug.game.json_lines import encode
from mug.game.spec import GameSpec

SEED: Final = 20_261
EPISODE_STEPS: Final = 200
"""Episodes are cut after so many steps, so that some begin and end in each run."""
REWINDS: Final = (1, 3, 8)
"""How many steps are taken back when saving and loading is checked."""
FRAME_SECONDS: Final = 0.033
_BATCHES: Final = 5


class Broken(Exception):  # noqa: N818 - says what the environment does
    """The environment cannot be played."""


@dataclass(slots=True)
class Place:
    """Where something was otherwise the second time: episode, step and field, and both values."""

    episode: int
    step: int
    field: str
    first: Any
    second: Any

    def __str__(self) -> str:
        first, second = (_short(value) for value in (self.first, self.second))
        return f"episode {self.episode}, step {self.step}: {self.field} was {first} and then {second}"


class Play:
    """A game in which every agent does what chance says: the same each time it is played.

    Args:
        spec: whose environment is played; its policies and callbacks are not.
        seed: of the game and of the actions.
        make: makes the environment, if not the spec's own way.
    """

    def __init__(self, spec: GameSpec, seed: int = SEED, make: Callable[[], object] | None = None) -> None:
        agents = spec.agent_ids
        longest = EPISODE_STEPS if spec.max_steps is None else min(spec.max_steps, EPISODE_STEPS)
        rules = Rules(agent_ids=agents, humans=agents, num_episodes=10**9, max_steps=longest)
        make_env = make or spec.make_env
        assert make_env is not None
        with _blamed():
            self.engine = Engine(make_env, rules, {}, seed)
        self._spaces = {agent: copy.deepcopy(self.engine.action_space(agent)) for agent in agents}
        for agent, space in self._spaces.items():
            space.seed(derive_seed(seed, "actions", str(agent)))
        self._actions: list[dict[AgentId, Any]] = []
        self._frame = 0

    def go_on(self) -> bytes:
        """Begin an episode, or play a step; return what came out as a line of JSON.

        Raises:
            Broken: the environment raised.
        """
        return encode(plain(self.step()))

    def step(self) -> EpisodeStart | Step:
        """Begin an episode, or play a step.

        Raises:
            Broken: the environment raised.
        """
        with _blamed():
            if self.engine.phase != "playing":
                return self.engine.begin_episode()
            return self.engine.advance(self._next_actions())

    def lines(self, count: int) -> list[bytes]:
        """Go on so many times."""
        return [self.go_on() for _ in range(count)]

    def save(self) -> tuple[Any, int]:
        """Return the state of the game and of the actions to come.

        Raises:
            Broken: it cannot be saved.
        """
        with _blamed():
            return self.engine.save(), self._frame

    def load(self, saved: tuple[Any, int]) -> None:
        """Go back to a saved state.

        Raises:
            Broken: it cannot be loaded.
        """
        with _blamed():
            self.engine.load(saved[0])
        self._frame = saved[1]

    def _next_actions(self) -> dict[AgentId, Any]:
        """What is done in the next step; going back does not change what is done then."""
        if self._frame == len(self._actions):
            self._actions.append({agent: self._chosen(agent) for agent in self.engine.agents})
        self._frame += 1
        return self._actions[self._frame - 1]

    def _chosen(self, agent: AgentId) -> Any:
        mask = _mask(self.engine.observations.get(agent), self.engine.infos.get(agent))
        space = self._spaces[agent]
        return space.sample() if mask is None else space.sample(mask)


def repeats(spec: GameSpec, steps: int) -> Place | None:
    """Play twice with the same seed and actions; return where the two games part, None if they do not.

    Raises:
        Broken: the environment raised.
    """
    first, second = Play(spec).lines(steps), Play(spec)
    return parting(first, (second.go_on() for _ in range(steps)))


def shares(spec: GameSpec, steps: int) -> Place | None:
    """Play alone, and again while another game is played; return where the two part, None if they do not.

    Raises:
        Broken: the environment raised.
    """
    alone = Play(spec).lines(steps)
    return parting(alone, _beside_another(spec, steps))


def draws(spec: GameSpec, steps: int) -> Place | None:
    """Play without pictures, and again with one after each step; return where the two part, None if nowhere.

    Raises:
        Broken: the environment raised.
    """
    return parting(Play(spec).lines(steps), _drawn(Play(spec), spec.agent_ids, steps))


def rewinds(spec: GameSpec, steps: int) -> Place | None:
    """Save, go on, load, go on again; return where that gives something else, None if nowhere.

    Raises:
        Broken: the environment raised, or its state cannot be saved.
    """
    play = Play(spec)
    play.go_on()
    for number in range(steps // 10):
        distance = REWINDS[number % len(REWINDS)]
        saved = play.save()
        first = play.lines(distance)
        play.load(saved)
        found = parting(first, (play.go_on() for _ in range(distance)))
        if found is not None:
            return found
        play.lines(10 - distance)
    return None


def lines(spec: GameSpec, steps: int) -> list[bytes]:
    """Play and return what came out, to be compared with another process's.

    Raises:
        Broken: the environment raised.
    """
    return Play(spec).lines(steps)


def speed(spec: GameSpec, steps: int) -> dict[str, float]:
    """Measure the milliseconds of a step, of saving and of loading: the best of some batches.

    Raises:
        Broken: the environment raised, or its state cannot be saved.
    """
    play = Play(spec)
    play.lines(min(steps, 100))
    count = max(10, steps // _BATCHES)
    step, save, load = [], [], []
    for _ in range(_BATCHES):
        step.append(_milliseconds(play.step, count))
        save.append(_milliseconds(play.save, count // 5))
        load.append(_milliseconds(partial(play.load, play.save()), count // 5))
    return {"step_ms": min(step), "save_ms": min(save), "load_ms": min(load)}


def frames_per_tick(figures: Mapping[str, float]) -> int:
    """Return how many steps fit into 33 ms when each is saved, after going back once."""
    budget = FRAME_SECONDS * 1000 - figures["load_ms"]
    return max(0, int(budget / (figures["step_ms"] + figures["save_ms"])))


def parting(first: Sequence[bytes], second: Iterator[bytes]) -> Place | None:
    """Return where two games part, None when they do not."""
    for one, other in zip(first, second, strict=True):
        if one != other:
            before, after = json.loads(one), json.loads(other)
            return next(_places(before, after), None)
    return None


def _beside_another(spec: GameSpec, steps: int) -> Iterator[bytes]:
    other = Play(spec, SEED + 1)
    play = Play(spec)
    for _ in range(steps):
        other.go_on()
        yield play.go_on()


def _drawn(play: Play, agents: Sequence[AgentId], steps: int) -> Iterator[bytes]:
    for _ in range(steps):
        yield play.go_on()
        with _blamed():
            for viewer in agents if play.engine.per_player_views else (None,):
                play.engine.render(viewer)


def _places(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[Place]:
    episode, step = int(first.get("episode", 0)), int(first.get("step", 0))
    for name in first.keys() | second.keys():
        for field, one, other in _partings(name, first.get(name), second.get(name)):
            yield Place(episode, step, field, one, other)


def _partings(name: str, one: Any, other: Any) -> Iterator[tuple[str, Any, Any]]:
    if one == other:
        return
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            yield from _partings(f"{name}.{key}", one.get(key), other.get(key))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from _partings(f"{name}.{index}", left, right)
    else:
        yield name, one, other


@contextlib.contextmanager
def _blamed() -> Iterator[None]:
    """What goes wrong inside is the environment's doing."""
    try:
        yield
    except EngineFault as error:
        where = f" ({error.fix})" if error.fix else ""
        raise Broken(f"{error.what}{where}") from error
    except Exception as error:
        raise Broken(f"{type(error).__name__}: {error}") from error


def _mask(observation: object, info: object) -> Any:
    """Which actions are legal now, as PettingZoo's environments say it."""
    for holder in (observation, info):
        if isinstance(holder, Mapping) and "action_mask" in holder:
            return holder["action_mask"].astype("int8")
    return None


def _milliseconds(action: Callable[[], object], count: int) -> float:
    count = max(1, count)
    began = time.perf_counter()
    for _ in range(count):
        action()
    return (time.perf_counter() - began) * 1000 / count


def _short(value: object) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else text[:59] + "…"
