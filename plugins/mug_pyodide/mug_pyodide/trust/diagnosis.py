"""What is the matter with an environment: checks that play it, and reasons that were seen on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import attrs

from mug.game.spec import GameSpec
from mug_pyodide.in_browser import checks
from mug_pyodide.in_browser.checks import Broken, Place
from mug_pyodide.trust.apart import Interrupted, run_apart
from mug_pyodide.trust.fresh import lines_of
from mug_pyodide.trust.own_code import OwnCode, sets_of_text
from mug_pyodide.trust.watching import Call, Seen, watch

Result = TypeVar("Result")

SECONDS: Final = 120.0
"""How long one check may take."""
_OTHER_HASHES: Final = (1, 2)
_MOST_NAMED: Final = 4
_GENERATOR_FIX: Final = (
    "draw from self.np_random, and let reset() call super().reset(seed=seed) before anything is drawn"
)


@attrs.frozen
class Outcome:
    """What one check came to.

    Attributes:
        check: its name.
        verdict: ``"ok"``, ``"found"`` (something that has to be put right), ``"note"``, or ``"skipped"``.
        text: what was seen.
        fix: what to do about it.
        figures: what was measured.
    """

    check: str
    verdict: Literal["ok", "found", "note", "skipped"]
    text: str
    fix: str = ""
    figures: dict[str, Any] = attrs.field(factory=dict)


@attrs.define
class Diagnosis:
    """Everything about one scene's environment."""

    scene_id: str
    outcomes: list[Outcome] = attrs.field(factory=list)
    lines: list[bytes] = attrs.field(factory=list)

    @property
    def found(self) -> bool:
        """Whether there is something to put right."""
        return any(outcome.verdict == "found" for outcome in self.outcomes)

    def verdict_of(self, check: str) -> str:
        """Return what a check came to."""
        return next((outcome.verdict for outcome in self.outcomes if outcome.check == check), "skipped")

    @property
    def deterministic(self) -> bool:
        """Whether seed and actions determine the game."""
        return self.verdict_of("repeats") == "ok" and not any(
            self.verdict_of(check) == "found" for check in ("processes", "shares", "draws", "browser repeats")
        )

    @property
    def fit_for_rollback(self) -> bool:
        """Whether a game can be taken back exactly, however often."""
        return self.deterministic and self.verdict_of("rewinds") == "ok"


def diagnose(script: Path, scene_id: str, spec: GameSpec, steps: int) -> Diagnosis:
    """Check an environment on this machine.

    Args:
        script: the experiment, to be run in new interpreters as well.
        scene_id: which of its games.
        spec: that game.
        steps: how many steps to play in each run.
    """
    diagnosis = Diagnosis(scene_id)
    played = _attempt(lambda: checks.lines(spec, steps))
    if not isinstance(played, list):
        diagnosis.outcomes.append(Outcome("plays", "found", played, "`mug check` shows more of it"))
        return diagnosis
    diagnosis.lines = played
    diagnosis.outcomes.append(Outcome("plays", "ok", f"{steps} steps with random actions"))
    seen = _attempt(lambda: watch(spec, steps))
    repeats = _of_place(
        "repeats", _attempt(lambda: checks.repeats(spec, steps)), "same seed, same actions, same game"
    )
    diagnosis.outcomes += [
        repeats,
        _processes(script, scene_id, steps),
        _shares(spec, steps) if repeats.verdict == "ok" else _NOT_ASKED,
        _of_place(
            "rewinds",
            _attempt(lambda: checks.rewinds(spec, steps)),
            "going back to a saved state and on gives the same again",
            "keep what changes in attributes of self, or write get_state() and set_state(state)",
        ),
    ]
    if diagnosis.verdict_of("repeats") == "ok":
        diagnosis.outcomes.append(
            _of_place(
                "draws",
                _attempt(lambda: checks.draws(spec, steps)),
                "pictures change nothing",
                "let render() draw only: what is random in pictures needs a generator of its own",
            )
        )
    if isinstance(seen, Seen):
        diagnosis.outcomes += _reasons(spec, diagnosis, seen)
    diagnosis.outcomes.append(_speed(spec, steps))
    return diagnosis


def _attempt(check: Callable[[], Result]) -> Result | str:
    """Do a check in a process of its own; the text says why there is no result."""
    try:
        return run_apart(check, SECONDS)
    except (Broken, Interrupted) as error:
        return str(error)


def _of_place(check: str, place: Place | str | None, good: str, fix: str = "") -> Outcome:
    if place is None:
        return Outcome(check, "ok", good)
    return Outcome(check, "found", str(place), fix if isinstance(place, Place) else "")


_NOT_ASKED: Final = Outcome("shares", "skipped", "not asked: games do not repeat even when they are alone")


def _shares(spec: GameSpec, steps: int) -> Outcome:
    return _of_place(
        "shares",
        _attempt(lambda: checks.shares(spec, steps)),
        "games in one process do not influence each other",
        "keep what changes in attributes of self, not in the class or module",
    )


def _processes(script: Path, scene_id: str, steps: int) -> Outcome:
    """Play in new interpreters with hashes of their own; if that differs, see if it is because of these."""

    def play(hash_seed: int) -> list[bytes]:
        return lines_of(script, scene_id, steps, hash_seed, SECONDS)

    try:
        first = play(0)
        for hash_seed in _OTHER_HASHES:
            place = checks.parting(first, iter(play(hash_seed)))
            if place is not None:
                hashes = checks.parting(first, iter(play(0))) is None
                what = "with other hashes" if hashes else "in another process"
                return Outcome("processes", "found", f"{what}, {place}", figures={"hashes": hashes})
    except Interrupted as reason:
        return Outcome("processes", "skipped", str(reason))
    return Outcome("processes", "ok", "the same in new processes, whatever the order of sets")


def _reasons(spec: GameSpec, diagnosis: Diagnosis, seen: Seen) -> list[Outcome]:
    """Name what was seen; what harms nothing as far as the checks can tell is a note."""
    repeats = diagnosis.verdict_of("repeats") == "ok" and diagnosis.verdict_of("processes") == "ok"
    sound = repeats and all(diagnosis.verdict_of(check) == "ok" for check in ("shares", "rewinds"))
    found: list[Outcome] = []
    entropy = seen.entropy if repeats else [*seen.entropy, *seen.made_unseeded]
    if entropy:
        found.append(Outcome("unseeded generator", "found", _listed(entropy), _GENERATOR_FIX))
    for name, used in (("random", seen.global_random), ("np.random", seen.global_numpy)):
        if used:
            calls = [call for call in seen.global_calls if call.what.startswith((name, f"numpy.{name[3:]}"))]
            text = f"draws from the generator that all Python code shares, {name}"
            where = f": {_listed(calls)}" if calls else ""
            found.append(Outcome("unseeded generator", "found", text + where, _GENERATOR_FIX))
    if seen.clocks:
        own = any(call.own for call in seen.clocks) or not repeats
        found.append(
            Outcome(
                "wall clock",
                "found" if own else "note",
                _listed(seen.clocks),
                "count steps instead: a step is 1 / fps seconds",
            )
        )
    if seen.changed:
        found.append(
            Outcome(
                "class-level state",
                "note" if sound else "found",
                f"{_names(seen.changed)} changes while the game is played"
                + (", and does not seem to matter" if sound else ""),
                "keep it in an attribute of self that reset() sets",
            )
        )
    processes = next(o for o in diagnosis.outcomes if o.check == "processes")
    if processes.figures.get("hashes"):
        found.append(_set_order(spec))
    return found


def _set_order(spec: GameSpec) -> Outcome:
    def look() -> list[str]:
        env = checks.Play(spec).engine.env
        named = [f"{name} is a set" for name in sets_of_text(env)]
        return named + [str(Call(*place)) for place in OwnCode.of(env).orders_of_sets()]

    places = _attempt(look)
    where = f": {_names(places)}" if isinstance(places, list) and places else ""
    return Outcome(
        "set order",
        "found",
        f"the order of a set, or hash(), decides what happens{where}",
        "go through sorted(the_set), or keep a list or a dict",
    )


def _speed(spec: GameSpec, steps: int) -> Outcome:
    figures = _attempt(lambda: checks.speed(spec, steps))
    if not isinstance(figures, dict):
        return Outcome("speed", "skipped", figures)
    return speed_outcome("speed", figures, spec.fps)


def speed_outcome(check: str, figures: dict[str, float], fps: int) -> Outcome:
    """Return figures as an outcome: whether there is time for a step at this frame rate."""
    frames = checks.frames_per_tick(figures)
    text = (
        f"{1000 / figures['step_ms']:,.0f} steps per second ({figures['step_ms']:.3f} ms a step), "
        f"save {figures['save_ms'] * 1000:.0f} µs, load {figures['load_ms'] * 1000:.0f} µs: "
        f"{frames} frames of rollback in 33 ms"
    )
    everything = {**figures, "frames_per_33_ms": frames}
    if figures["step_ms"] > 1000 / fps:
        text += f"; too slow for fps={fps}"
        return Outcome(
            check, "found", text, "lower fps, or make the environment's step() quicker", everything
        )
    return Outcome(check, "ok", text, figures=everything)


def _listed(calls: list[Call]) -> str:
    return _names([str(call) for call in calls])


def _names(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return "; ".join(names[:_MOST_NAMED]) + more
