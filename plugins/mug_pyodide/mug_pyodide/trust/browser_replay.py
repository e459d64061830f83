"""Plays recorded games again in Chromium: in the arithmetic of browsers, in which nothing may differ."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from mug.game.spec import GameSpec
from mug_pyodide.in_browser.findings import Finding
from mug_pyodide.in_browser.recorded import RecordedGame, read
from mug_pyodide.trust.chromium import Examination, Examining
from mug_pyodide.trust.examination import unknown, unsteady

SECONDS = 900.0
"""How long one game may take."""
NOT_A_BROWSERS = "a server played this game: replay it without --browser"


def examine_in_browser(
    games: Sequence[tuple[GameSpec, list[bytes], int | None]],
) -> list[list[Finding]]:
    """Play games again and compare them with their records bit for bit.

    Args:
        games: of each game what was played, its records, and its seed.

    Raises:
        MugError: there is no Chromium, or a scene cannot be packed.
    """
    return asyncio.run(_examine(games))


async def _examine(games: Sequence[tuple[GameSpec, list[bytes], int | None]]) -> list[list[Finding]]:
    read_games = [read(records, seed) for _, records, seed in games]
    # Experiments may have scenes of the same name.
    names = {id(spec): f"{spec.scene_id} {number}" for number, (spec, _, _) in enumerate(games)}
    specs = {
        names[id(spec)]: spec
        for (spec, _, _), game in zip(games, read_games, strict=True)
        if game.runtime != "server"
    }
    if not specs:
        return [unknown(game, NOT_A_BROWSERS) for game in read_games]
    async with Examining.of(specs, SECONDS) as examining:
        return [
            await _findings(examining, names[id(spec)], records, game)
            for (spec, records, _), game in zip(games, read_games, strict=True)
        ]


async def _findings(
    examining: Examining, name: str, records: list[bytes], game: RecordedGame
) -> list[Finding]:
    if game.runtime == "server":
        return unknown(game, NOT_A_BROWSERS)
    try:
        found = await _replayed(examining, name, records, game)
        if any(finding.verdict == "different" for finding in found):
            # Perhaps an earlier game left something behind; participants' interpreters play one game each.
            found, again = [await _played_afresh(examining, name, records, game) for _ in range(2)]
            found = [_unless_unsteady(one, other) for one, other in zip(found, again, strict=True)]
    except Examination as reason:
        return unknown(game, str(reason))
    return found


async def _played_afresh(
    examining: Examining, name: str, records: list[bytes], game: RecordedGame
) -> list[Finding]:
    await examining.forget(name)
    return await _replayed(examining, name, records, game)


async def _replayed(
    examining: Examining, name: str, records: list[bytes], game: RecordedGame
) -> list[Finding]:
    return [_finding(one) for one in await examining.replay(name, records, game.seed)]


def _unless_unsteady(one: Finding, other: Finding) -> Finding:
    """What differs otherwise each time says nothing about the records."""
    if one == other:
        return one
    return Finding(one.episode, one.steps, "unknown", detail=unsteady(one.field or other.field))


def _finding(values: dict[str, Any]) -> Finding:
    return Finding(**{name: value for name, value in values.items() if name in Finding.__annotations__})
