"""``mug replay``: plays recorded games again and compares them with the data, step by step."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import click

from mug.cli.options import traceback_option
from mug.errors import MugError, did_you_mean
from mug.game.spec import GameSpec
from mug.records import StoredGame, stored_games
from mug.scripts import ScriptGames, games_of
from mug_pyodide.in_browser.findings import Finding
from mug_pyodide.in_browser.recorded import read
from mug_pyodide.trust.apart import Interrupted, run_apart
from mug_pyodide.trust.examination import examine, unknown

_SECONDS = 3600.0


@attrs.frozen
class Recorded:
    """A game with its records, and what it was a game of."""

    game: StoredGame
    spec: GameSpec
    lines: list[bytes]

    @property
    def seed(self) -> int | None:
        """The game's seed as the server drew it."""
        return self.game.seed


@click.command
@click.argument("script", type=click.Path(path_type=Path))
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), help="Where the data is.")
@click.option("--game", "game_id", help="Only this game.")
@click.option("--episode", type=click.IntRange(1), help="Only this episode of each game.")
@click.option(
    "--browser",
    is_flag=True,
    help="Play in Pyodide, in Chromium: what browsers played is the same bit for bit.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@traceback_option
@click.pass_context
def replay(
    ctx: click.Context,
    script: Path,
    data_dir: Path | None,
    game_id: str | None,
    episode: int | None,
    browser: bool,
    as_json: bool,
) -> None:
    """Play the recorded games of SCRIPT again, and compare them with the data step by step.

    Environment, policies and callbacks are the script's; seeds and actions are the recorded ones. An episode
    is `verified` when all is equal, `rounding` when only roundings differ, as they do between browsers and
    this machine, `different` when the records do not tell what the environment does, and `unknown` when it
    could not be played. Exits with status 1 if any is different.
    """
    with games_of(script) as games:
        strangers: set[str] = set()
        recorded = list(_recorded(games, data_dir, game_id, script, strangers))
        rows: list[dict[str, Any]] = []
        if not as_json:
            click.echo(_line(("scene", "game", "episode", "steps", "verdict", "")))
        for one, findings in _findings(recorded, browser=browser):
            for finding in findings:
                if episode in (None, finding.episode):
                    rows.append({"scene": one.game.scene_id, "game": one.game.game_id, **finding.record()})
                    if not as_json:
                        click.echo(_line(_cells(one, finding)))
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    elif not rows:
        click.echo("there are no recorded episodes of this script's games yet", err=True)
    if strangers:
        scenes = ", ".join(f"'{scene_id}'" for scene_id in sorted(strangers))
        click.echo(f"left out: games of scenes that this script does not have: {scenes}", err=True)
    if any(row["verdict"] == "different" for row in rows):
        ctx.exit(1)


def _recorded(
    games: list[ScriptGames], data_dir: Path | None, game_id: str | None, script: Path, strangers: set[str]
) -> Iterator[Recorded]:
    """The games of the data that are the script's; the scenes of others are added to the strangers."""
    known: set[str] = set()
    scenes = {scene_id for one in games for scene_id in one.specs}
    for one, stored in _stored(games, data_dir):
        for game in stored:
            spec = one.specs.get(game.scene_id)
            if game.scene_id not in scenes:
                strangers.add(game.scene_id)
            if spec is not None and game.game_id not in known:
                known.add(game.game_id)
                if game_id in (None, game.game_id):
                    yield Recorded(game, spec, game.lines())
    if game_id is not None and game_id not in known:
        raise MugError(f"there is no game '{game_id}' in the data", str(script), did_you_mean(game_id, known))


def _stored(
    games: list[ScriptGames], data_dir: Path | None
) -> Iterator[tuple[ScriptGames, list[StoredGame]]]:
    """The games of each experiment that has records; it is an error if none has."""
    missing: MugError | None = None
    some = False
    for one in games:
        try:
            stored = list(stored_games(_folder(one, data_dir)))
        except MugError as error:
            missing = missing or error
        else:
            some = True
            yield one, stored
    if missing is not None and not some:
        raise missing


def _folder(one: ScriptGames, data_dir: Path | None) -> Path:
    """An experiment's data: --data-dir is the folder of one experiment, or that of all as for the server."""
    if data_dir is None:
        return one.data_dir
    own = data_dir / one.experiment_id
    return own if own.is_dir() else data_dir


def _findings(recorded: list[Recorded], *, browser: bool) -> Iterator[tuple[Recorded, list[Finding]]]:
    if browser:
        from mug_pyodide.trust.browser_replay import examine_in_browser

        games = [(one.spec, one.lines, one.seed) for one in recorded]
        yield from zip(recorded, examine_in_browser(games), strict=True)
        return
    for one in recorded:
        yield one, _examined(one)


def _examined(one: Recorded) -> list[Finding]:
    """Play a game again in a process of its own: games leave nothing to each other."""
    try:
        return run_apart(lambda: examine(one.spec, one.lines, one.seed), _SECONDS)
    except Interrupted as reason:
        return unknown(read(one.lines, one.seed), str(reason))
    except Exception as error:
        # Records may hold anything: one game's must not keep the others from being replayed.
        return unknown(read(one.lines, one.seed), f"{type(error).__name__}: {error}")


def _cells(one: Recorded, finding: Finding) -> tuple[object, ...]:
    place = (one.game.scene_id, one.game.game_id, finding.episode, finding.steps, finding.verdict)
    return (*place, explanation(finding))


def _line(cells: tuple[object, ...]) -> str:
    *columns, text = cells
    widths = (12, 24, 8, 7, 10)
    return "  ".join(
        [*(str(cell).ljust(width) for cell, width in zip(columns, widths, strict=True)), str(text)]
    ).rstrip()


def explanation(finding: Finding) -> str:
    """Return what there is to say about a finding in a line."""
    parts = []
    if finding.verdict == "different":
        parts.append(
            f"step {finding.step}: {finding.field} is recorded as {_short(finding.recorded)}"
            f" and comes out as {_short(finding.recomputed)}"
        )
    elif finding.verdict == "rounding":
        parts.append(f"largest deviation {finding.deviation:.2g} (relative {finding.relative:.2g})")
    if finding.detail:
        parts.append(finding.detail)
    return "; ".join(parts)


def _short(value: object) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else text[:59] + "…"
