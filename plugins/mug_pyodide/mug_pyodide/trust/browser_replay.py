"""Plays recorded games again in Chromium: in the arithmetic of browsers, in which nothing may differ."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from mug.game.spec import GameSpec
from mug_pyodide.in_browser.findings import Finding
from mug_pyodide.in_browser.recorded import read
from mug_pyodide.trust.chromium import Examination, Examining
from mug_pyodide.trust.examination import unknown

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
    specs = {spec.scene_id: spec for spec, _, _ in games}
    async with Examining.of(specs, SECONDS) as examining:
        return [await _findings(examining, *game) for game in games]


async def _findings(
    examining: Examining, spec: GameSpec, records: list[bytes], seed: int | None
) -> list[Finding]:
    game = read(records, seed)
    if game.runtime == "server":
        return unknown(game, NOT_A_BROWSERS)
    try:
        found = await examining.replay(spec.scene_id, records, seed)
        if any(finding["verdict"] != "verified" for finding in found):
            # Perhaps an earlier game left something behind; participants' interpreters play one game each.
            await examining.forget(spec.scene_id)
            found = await examining.replay(spec.scene_id, records, seed)
    except Examination as reason:
        return unknown(game, str(reason))
    return [_finding(one) for one in found]


def _finding(values: dict[str, Any]) -> Finding:
    return Finding(**{name: value for name, value in values.items() if name in Finding.__annotations__})
