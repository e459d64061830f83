"""Plays the games of records again natively, and says of each episode whether the records can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mug.game.spec import GameSpec
from mug_pyodide.in_browser.comparison import Suspicion, last_bits
from mug_pyodide.in_browser.findings import Case, Comparison, Finding
from mug_pyodide.in_browser.recorded import RecordedGame, read
from mug_pyodide.in_browser.rerun import Rerun, Unplayable
from mug_pyodide.trust.roundings import Envelope, envelopes

NOTICEABLE: Final = 1e-10
"""Deviations below this are what roundings make within a step; larger ones have to be explained."""
_MOST_LEFT_OUT: Final = 8
DOCTOR: Final = "`mug doctor` says what of the environment does not repeat itself"


def examine(spec: GameSpec, records: Sequence[bytes], seed: int | None = None) -> list[Finding]:
    """Play a game again and compare it with its records, step by step.

    Args:
        spec: what was played.
        records: the game's records; nothing in them is believed.
        seed: the game's seed as the server drew it.

    Returns:
        One finding for each episode that counts.
    """
    game = read(records, seed)
    try:
        return _examine(spec, game)
    except Unplayable as reason:
        return unknown(game, f"the game cannot be played on this machine: {reason}")


def unknown(game: RecordedGame, why: str) -> list[Finding]:
    """Return what is to be said when a game could not be played again: its episodes may be right or wrong."""
    return [Finding(episode.number, len(episode.steps), "unknown", detail=why) for episode in game.episodes]


def unsteady(field: str) -> str:
    """Return what is to be said when a field comes out otherwise each time."""
    return f"{field} comes out otherwise each time the episode is played; {DOCTOR}"


def _examine(spec: GameSpec, game: RecordedGame) -> list[Finding]:
    left_out: set[str] = set()
    while True:
        comparison = compare(spec, game, left_out)
        drawn = False
        if _doubtful(comparison):
            with_pictures = compare(spec, game, left_out, drawn=True)
            drawn = any(with_pictures.cases[n].judge != case.judge for n, case in comparison.cases.items())
            comparison = with_pictures if drawn else comparison
        doubtful = _doubtful(comparison)
        if not doubtful:
            return _with_left_out(comparison.findings(), left_out)
        fickle = _fickle(comparison, compare(spec, game, left_out, drawn=drawn))
        until = {case.episode.number: _last_step(case) + 1 for case in doubtful}
        explained = envelopes(spec, game, until, left_out, drawn=drawn)
        fickle = {number: one.unsteady for number, one in explained.items() if one.unsteady} | fickle
        infos = {field for field in fickle.values() if field.startswith("infos.")}
        if infos and len(left_out) < _MOST_LEFT_OUT:
            # Some wrappers put the time of day into infos; the rest can be judged without it.
            left_out |= infos
            continue
        for case in doubtful:
            if case.episode.number not in fickle:
                _judge(case, explained[case.episode.number])
        return _with_left_out(_but_unsteady(comparison.findings(), fickle), left_out)


def compare(spec: GameSpec, game: RecordedGame, left_out: set[str], *, drawn: bool = False) -> Comparison:
    """Play a game again beside its records, without second thoughts about what differs.

    Raises:
        Unplayable: the environment does not work here.
    """
    comparison = Comparison(left_out=left_out)
    for _ in Rerun(spec, game, drawn=drawn).play(comparison):
        raise AssertionError("native models answer at once")
    return comparison


def _doubtful(comparison: Comparison) -> list[Case]:
    """The episodes that it takes a second look to judge."""
    return [
        case
        for case in comparison.cases.values()
        if case.flaw is None
        and (
            case.judge.suspicion or case.judge.missed or any(map(_is_noticeable, case.judge.largest.values()))
        )
    ]


def _fickle(first: Comparison, second: Comparison) -> dict[int, str]:
    """By episode, the field that came out otherwise when the same was played twice."""
    found: dict[int, str] = {}
    for number, case in first.cases.items():
        one, other = _first_doubt(case), _first_doubt(second.cases[number])
        if one != other:
            earlier = min((s for s in (one, other) if s is not None), key=lambda s: s.step)
            found[number] = earlier.difference.field
    return found


def _first_doubt(case: Case) -> Suspicion | None:
    judge = case.judge
    doubts = [*judge.missed[:1], *([judge.suspicion] if judge.suspicion else [])]
    return min(doubts, key=lambda doubt: doubt.step, default=None)


def _but_unsteady(findings: list[Finding], fields: dict[int, str]) -> list[Finding]:
    for finding in findings:
        if finding.episode in fields:
            finding.verdict = "unknown"
            finding.detail = unsteady(fields[finding.episode])
    return findings


def _judge(case: Case, envelope: Envelope) -> None:
    judge = case.judge
    if judge.suspicion is not None and envelope.explains(judge.suspicion):
        judge.part(judge.suspicion.step)
    unexplained = [missed for missed in judge.missed if not envelope.explains_decision(missed)]
    judge.decided += len(judge.missed) - len(unexplained)
    unexplained += [
        seen for seen in judge.largest.values() if _is_noticeable(seen) and not envelope.explains(seen)
    ]
    if judge.suspicion is not None:
        unexplained.append(judge.suspicion)
    judge.suspicion = min(unexplained, key=lambda seen: seen.step, default=None)


def _is_noticeable(seen: Suspicion) -> bool:
    """Whether a deviation is larger than one rounding makes it."""
    return seen.difference.size > max(NOTICEABLE, last_bits(seen.difference.resolution))


def _last_step(case: Case) -> int:
    seen: list[Suspicion] = [*case.judge.largest.values(), *case.judge.missed]
    if case.judge.suspicion is not None:
        seen.append(case.judge.suspicion)
    return max(one.step for one in seen)


def _with_left_out(findings: list[Finding], left_out: set[str]) -> list[Finding]:
    if left_out:
        note = f"{', '.join(sorted(left_out))} comes out otherwise each time and was not compared"
        for finding in findings:
            finding.detail = "; ".join(part for part in (finding.detail, note) if part)
    return findings
