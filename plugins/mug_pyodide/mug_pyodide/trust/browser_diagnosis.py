"""What an environment does in Pyodide, in Chromium, beside what it does on this machine."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import Any, Literal

from mug.engine.callbacks import GameCallbacks
from mug.engine.engine import Engine
from mug.engine.records import AgentId
from mug.errors import ConfigurationError, MugError
from mug.game.spec import Controls, GameSpec
from mug_pyodide.in_browser.checks import EPISODE_STEPS, SEED, Place
from mug_pyodide.in_browser.findings import Finding
from mug_pyodide.trust.apart import Interrupted, run_apart
from mug_pyodide.trust.chromium import Examination, Examining
from mug_pyodide.trust.diagnosis import SECONDS, Diagnosis, Outcome, speed_outcome
from mug_pyodide.trust.examination import examine


def add_browser(diagnosis: Diagnosis, spec: GameSpec, steps: int) -> None:
    """Do the checks in Chromium as well, and add what they come to."""
    if diagnosis.verdict_of("plays") != "ok":
        return
    # What is played on the server need not work in browsers.
    verdict: Literal["found", "note"] = "found" if spec.runtime == "pyodide" else "note"
    try:
        result = asyncio.run(_checks(diagnosis.scene_id, spec, steps))
    except ConfigurationError as error:
        for problem in error.problems:
            diagnosis.outcomes.append(Outcome("in browsers", verdict, problem.what, problem.fix))
        return
    except MugError as error:
        diagnosis.outcomes.append(Outcome("in browsers", "skipped", error.what, error.fix))
        return
    except Examination as error:
        diagnosis.outcomes.append(Outcome("in browsers", verdict, str(error)))
        return
    diagnosis.outcomes += _outcomes(result, spec, steps)


async def _checks(scene_id: str, spec: GameSpec, steps: int) -> dict[str, Any]:
    async with Examining.of({scene_id: spec}, SECONDS) as examining:
        return await examining.checks(scene_id, steps)


def _outcomes(result: dict[str, Any], spec: GameSpec, steps: int) -> list[Outcome]:
    played = result["lines"]
    if isinstance(played, dict):
        return [Outcome("in browsers", "found", played["broken"])]
    outcomes = [
        Outcome("in browsers", "ok", f"{steps} steps with random actions"),
        _of_place("browser repeats", result["repeats"], "same seed, same actions, same game"),
        _of_place("browser rewinds", result["rewinds"], "going back and on gives the same again"),
        _beside_native(played, spec),
    ]
    speed = result["speed"]
    if "broken" not in speed:
        outcomes.append(speed_outcome("browser speed", speed, spec.fps))
    return outcomes


def _of_place(check: str, found: dict[str, Any] | None, good: str) -> Outcome:
    if found is None:
        return Outcome(check, "ok", good)
    return Outcome(check, "found", found["broken"] if "broken" in found else str(Place(**found)))


def _beside_native(played: list[str], spec: GameSpec) -> Outcome:
    """Judge what the browser played as if it were a recorded game."""
    check = "same as native"
    records = [json.dumps(_START | {"participants": {str(agent): "" for agent in spec.agent_ids}}).encode()]
    records += [_recorded(line) for line in played]
    bare = _only_environment(spec)
    try:
        findings = run_apart(lambda: examine(bare, records, SEED), SECONDS)
    except Interrupted as reason:
        return Outcome(check, "skipped", str(reason))
    worst = max(findings, key=lambda finding: _GRAVITY.index(finding.verdict))
    return Outcome(check, "found" if worst.verdict == "different" else "ok", _text(worst, findings))


_START = {"kind": "game_start", "runtime": "server", "seed": SEED}
_GRAVITY = ("verified", "rounding", "unknown", "different")


class _Decider(GameCallbacks):
    """Stands for whatever decided: chance, in what `mug_pyodide.in_browser.checks.Play` plays."""

    def before_step(self, game: Engine, actions: dict[AgentId, Any]) -> None:
        """Leave the actions as they are: it is the recorded ones that are taken."""


def _recorded(line: str) -> bytes:
    """The record of a step in which nobody's keys decided."""
    record = json.loads(line)
    if record["kind"] == "step":
        record["sources"] = dict.fromkeys(record["sources"], "callback")
    return json.dumps(record).encode()


def _only_environment(spec: GameSpec) -> GameSpec:
    """The game that `mug_pyodide.in_browser.checks.Play` plays."""
    longest = EPISODE_STEPS if spec.max_steps is None else min(spec.max_steps, EPISODE_STEPS)
    return dataclasses.replace(
        spec,
        humans=spec.agent_ids,
        policies={},
        callbacks=(_Decider(),),
        on_game_step_code=None,
        controls={agent: Controls() for agent in spec.agent_ids},
        default_action=None,
        action_population_method="default_action",
        num_episodes=10**9,
        max_steps=longest,
    )


def _text(worst: Finding, findings: list[Finding]) -> str:
    match worst.verdict:
        case "verified":
            return "Pyodide and this machine do the same, bit for bit"
        case "rounding":
            deviation = max(finding.deviation for finding in findings)
            apart = f"; {worst.detail}" if worst.step is not None else ""
            return (
                f"the same but for rounding, with deviations up to {deviation:.2g}{apart}"
                " (browsers agree with each other: mug replay --browser repeats games bit for bit)"
            )
        case "different":
            return (
                f"episode {worst.episode}, step {worst.step}: {worst.field} is {worst.recorded!r:.60} in"
                f" Pyodide and {worst.recomputed!r:.60} here"
            )
    return worst.detail
