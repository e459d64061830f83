"""Whether other roundings explain a deviation: the game is played again with the last bits disturbed.

After each step the numbers of the environment that have just changed, and those that models remember, are
moved by a few units in the last place, more in one run than in another. What such runs never do, no other
arithmetic does either: neither WebAssembly's nor another processor's.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from mug.engine.decisions import Decision
from mug.engine.engine import Engine
from mug.engine.onnx import OnnxPolicy
from mug.game.spec import GameSpec
from mug_pyodide.in_browser.comparison import APART, Suspicion, resolution_of
from mug_pyodide.in_browser.recorded import Episode, RecordedGame
from mug_pyodide.in_browser.rerun import Moment, Rerun, decision_of

ULPS: Final = (1, 1, 2, 4, 8, 16, 16)
"""By how many units in the last place each run disturbs."""
LENIENCE: Final = 100.0
"""A deviation is explained when a disturbed run's is at least this part of it."""

Floats = dict[tuple[str, float], np.ndarray[Any, Any]]


@dataclass(slots=True)
class Imprint:
    """What came out in one step: its floating point numbers by field and resolution, and all else hashed.

    ``decisions`` has what models decided, by field.
    """

    floats: Floats
    others: dict[str, bytes]
    decisions: dict[str, Decision] = field(default_factory=dict)


@dataclass
class Envelope:
    """What disturbed runs of one episode do: how far they deviate, and which fields go another way when.

    ``deviations`` says how far models' numbers are apart, by step and field. ``unsteady`` is a field that
    came out otherwise although nothing was disturbed.
    """

    unsteady: str = ""
    levels: dict[int, dict[float, float]] = field(default_factory=lambda: defaultdict(dict))
    flips: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    deviations: dict[int, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))

    def explains(self, suspicion: Suspicion) -> bool:
        """Whether some other rounding can have made this difference."""
        step, difference = suspicion.step, suspicion.difference
        near = [level for at, level in self.levels.items() if at <= step + 1]
        if any(size > APART for level in near for size in level.values()):
            return True
        if difference.size > APART:
            return any(
                difference.field == head or difference.field.startswith(f"{head}.")
                for at in (step - 1, step, step + 1)
                for head in self.flips.get(at, ())
            )
        finest = [size for level in near for finer, size in level.items() if finer <= difference.resolution]
        return difference.size <= LENIENCE * max(finest, default=0.0)

    def explains_decision(self, missed: Suspicion) -> bool:
        """Whether other roundings can have led a model's numbers as far as it takes to decide so."""
        deviation = self.deviations.get(missed.step, {}).get(missed.difference.field, 0.0)
        return missed.difference.size <= LENIENCE * deviation

    def first_flip(self) -> str:
        """The field that deviates first, empty when none does."""
        flips = [(step, head) for step, heads in self.flips.items() for head in heads]
        return min(flips)[1] if flips else ""

    def compare(self, step: int, first: Imprint, second: Imprint) -> None:
        """Take in what a disturbed run did in a step beside the undisturbed one."""
        for head in first.others.keys() | second.others.keys():
            if first.others.get(head) != second.others.get(head):
                self.flips[step].add(head)
        for key in first.floats.keys() | second.floats.keys():
            head, resolution = key
            size = _distance(first.floats.get(key), second.floats.get(key))
            if size > APART:
                self.flips[step].add(head)
            level = self.levels[step]
            level[resolution] = max(level.get(resolution, 0.0), size)
        for name in first.decisions.keys() & second.decisions.keys():
            deviation = first.decisions[name].deviation_from(second.decisions[name])
            deviations = self.deviations[step]
            deviations[name] = max(deviations.get(name, 0.0), deviation)


class _Trace:
    """Watches a run: keeps what came out, or compares it with what another run kept."""

    def __init__(
        self,
        until: Mapping[int, int],
        left_out: Collection[str],
        total: dict[int, Envelope] | None = None,
    ) -> None:
        self.kept: dict[tuple[int, int], Imprint] = {}
        self._reference: Mapping[tuple[int, int], Imprint] | None = None
        self.envelopes = {} if total is None else total
        self._until = until
        self._left_out = left_out
        self._place = (0, 0)
        self._step = 0
        self._besides: dict[str, bytes] = {}
        self._engine: Engine

    def beside(self, other: _Trace) -> _Trace:
        """Compare with what the other run kept."""
        self._reference = other.kept
        return self

    def begins(self, episode: Episode, engine: Engine) -> None:
        """Take note of the episode."""
        self._place, self._step, self._besides = (episode.number, 0), 0, {}
        self._engine = engine

    def sees(self, moment: Moment) -> None:
        """Take the imprint of a step."""
        self._step = moment.step
        taken = imprint(moment.now, self._left_out)
        for agent_id in self._engine.rules.agent_ids:
            decision = decision_of(self._engine, agent_id)
            if decision is not None:
                taken.decisions[f"actions.{agent_id}"] = decision
        self._take(taken)

    def decided_otherwise(
        self, step: int, agent: str, recorded: Any, decided: Any, distance: float | None
    ) -> None:
        """It belongs to the imprint of the step, which is seen after this."""
        self._besides[f"actions.{agent}"] = repr(decided).encode()

    def objects(self, step: int, field: str, recorded: Any, expected: Any) -> None:
        """It belongs to the imprint of the step, if that is seen at all."""
        self._step = step
        self._besides[field] = repr(expected).encode()

    def ends(self, engine: Engine) -> None:
        """Take what was not seen as a step of its own."""
        if self._besides:
            self._take(Imprint({}, {}))

    @property
    def satisfied(self) -> bool:
        """Whether this is far enough."""
        return self._step > self._until.get(self._place[0], -1)

    def _take(self, taken: Imprint) -> None:
        taken.others.update(self._besides)
        self._besides = {}
        episode, count = self._place = (self._place[0], self._place[1] + 1)
        if self._reference is None:
            self.kept[episode, count] = taken
        else:
            reference = self._reference.get((episode, count), Imprint({}, {}))
            self.envelopes[episode].compare(self._step, reference, taken)


def envelopes(
    spec: GameSpec,
    game: RecordedGame,
    until: Mapping[int, int],
    left_out: Collection[str] = (),
    *,
    drawn: bool = False,
) -> dict[int, Envelope]:
    """Play a game with other roundings, and return how far these led, by episode.

    Args:
        spec: what is played.
        game: its records.
        until: by episode, the step up to which to play.
        left_out: fields that do not count.
        drawn: whether pictures are made as well.

    Raises:
        Unplayable: the environment does not work here.
    """
    reference = _Trace(until, left_out)
    _drain(Rerun(spec, game, drawn=drawn).play(reference))
    still = _Trace(until, left_out, defaultdict(Envelope)).beside(reference)
    _drain(Rerun(spec, game, drawn=drawn).play(still))
    total: dict[int, Envelope] = defaultdict(Envelope)
    for episode, envelope in still.envelopes.items():
        total[episode].unsteady = envelope.first_flip()
    for number, ulps in enumerate(ULPS):
        trace = _Trace(until, left_out, total).beside(reference)
        _drain(Rerun(spec, game, drawn=drawn).play(trace, Disturbance(ulps, seed=number)))
    return total


def _drain(play: Iterator[None]) -> None:
    for _ in play:
        raise AssertionError("native models answer at once")


class Disturbance:
    """Moves by some last places the numbers of an environment that have just changed, and models' memory."""

    def __init__(self, ulps: int, seed: int) -> None:
        self._ulps = ulps
        self._random = np.random.default_rng(seed)
        self._before: dict[int, dict[str, Any]] = {}
        self._memories: dict[Any, dict[str, Any]] = {}
        self._still = True

    def __call__(self, engine: Engine) -> None:
        """Disturb the game; after a reset, nothing has been computed yet."""
        self._still = engine.step_number == 0
        self._disturb(getattr(engine.env, "__dict__", {}), 0)
        for agent_id in engine.rules.agent_ids:
            policy = engine.policy_of(agent_id)
            # a model that was not asked in this step remembers what was disturbed before
            if isinstance(policy, OnnxPolicy) and policy.memory is not self._memories.get(agent_id):
                policy.memory = self._memories[agent_id] = {
                    name: self._shaken(value) if value.dtype.kind == "f" else value
                    for name, value in policy.memory.items()
                }

    def _disturb(self, attributes: dict[str, Any], depth: int) -> None:
        before = self._before.setdefault(id(attributes), {})
        for name, value in attributes.items():
            moved = self._moved(value, before.get(name), depth)
            if moved is not value:
                attributes[name] = moved
            before[name] = moved.copy() if isinstance(moved, np.ndarray) else moved

    def _moved(self, value: Any, before: Any, depth: int) -> Any:
        if isinstance(value, float | np.floating):
            return value if value == before else type(value)(self._shaken(np.asarray(value))[()])
        if isinstance(value, np.ndarray):
            if value.dtype.kind == "f" and value.flags.writeable and not np.array_equal(value, before):
                value[...] = self._shaken(value)
        elif isinstance(value, tuple | list) and type(value) in (tuple, list) and depth < _DEEPEST:
            olds = (
                before
                if isinstance(before, tuple | list) and len(before) == len(value)
                else [None] * len(value)
            )
            moved = [self._moved(item, old, depth + 1) for item, old in zip(value, olds, strict=True)]
            if any(new is not old for new, old in zip(moved, value, strict=True)):
                return type(value)(moved)
        elif type(value) is dict and depth < _DEEPEST:
            self._disturb(value, depth + 1)
        elif hasattr(value, "__dict__") and depth < _DEEPEST and _is_state(value):
            self._disturb(vars(value), depth + 1)
        return value

    def _shaken(self, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        if self._still:
            return values
        steps = self._random.integers(-self._ulps, self._ulps + 1, values.shape)
        moved: np.ndarray[Any, Any] = values * (1 + steps * np.finfo(values.dtype).eps).astype(values.dtype)
        return moved


_DEEPEST: Final = 4
_LIBRARIES: Final = frozenset(("gymnasium", "numpy", "mug", "pettingzoo", "builtins", "pygame"))


def _is_state(value: object) -> bool:
    """Whether something is an object of the researcher's, not a space or a generator."""
    return type(value).__module__.partition(".")[0] not in _LIBRARIES


def imprint(now: Mapping[str, Any], left_out: Collection[str] = ()) -> Imprint:
    """Return the imprint of what came out in a step, without what has fields that are left out."""
    floats: dict[tuple[str, float], list[Any]] = defaultdict(list)
    others: dict[str, Any] = {}
    for name, by_agent in now.items():
        parts = by_agent.items() if isinstance(by_agent, Mapping) else [("", by_agent)]
        for agent, value in parts:
            head = f"{name}.{agent}" if agent else name
            if any(field == head or field.startswith(f"{head}.") for field in left_out):
                continue
            digest = hashlib.blake2b(digest_size=16)
            _press(value, head, floats, digest.update)
            others[head] = digest.digest()
    return Imprint({key: np.concatenate(found) for key, found in floats.items()}, others)


def _press(
    value: Any, head: str, floats: dict[tuple[str, float], list[Any]], mark: Callable[[bytes], None]
) -> None:
    if isinstance(value, float | np.floating) or (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        array = np.asarray(value, dtype=np.float64).ravel()
        floats[head, resolution_of(value)].append(array)
        mark(b"%d floats" % array.size)
    elif isinstance(value, np.ndarray):
        mark(repr((value.dtype.str, value.shape)).encode() + value.tobytes())
    elif isinstance(value, Mapping):
        for key in sorted(value, key=str):
            mark(str(key).encode() + b":")
            _press(value[key], head, floats, mark)
    elif isinstance(value, list | tuple):
        mark(b"%d items" % len(value))
        for item in value:
            _press(item, head, floats, mark)
    else:
        mark(json.dumps(value, default=repr).encode())


def _distance(first: Any, second: Any) -> float:
    if first is None or second is None or first.shape != second.shape:
        return float("inf")
    if not first.size:
        return 0.0
    same = (first == second) | (np.isnan(first) & np.isnan(second))
    with np.errstate(invalid="ignore"):
        sizes = np.abs(first - second) / np.maximum(1.0, np.maximum(np.abs(first), np.abs(second)))
    return float(np.max(np.where(same, 0.0, np.nan_to_num(sizes, nan=np.inf))))
