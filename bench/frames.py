"""What steps, frames and snapshots cost in a browser, beside this machine's own Python."""

from __future__ import annotations

import asyncio
import statistics
from pathlib import Path
from typing import Any

import attrs
from playwright.async_api import Playwright, async_playwright

from bench import alone
from bench.chromium import Visits, profile_folder
from bench.in_page import measure as measure_here
from bench.processes import server
from bench.startup import PATIENCE_MS, WATCH
from bench.stock import stock_files, stock_site
from mug.game.spec import GameSpec

SAMPLE_MS = 250
FIGURES = """() => {
    const { stepMs, crossingMs, drawMs } = window.mug.debug();
    return [stepMs, crossingMs, drawMs];
}"""
MEASURED = "() => window.measured ?? (window.failed && { failed: window.failed })"


@attrs.frozen
class Costs:
    """One environment in the browser and natively: microseconds, as `bench.in_page` names them."""

    name: str
    worker: dict[str, float]
    native: dict[str, float]


@attrs.frozen
class FrameCost:
    """Milliseconds of one frame of the coordination grid in a page: medians.

    Attributes:
        turn: the game: the environment, the policies, the records, what changed in the picture.
        crossing: from Python to JavaScript.
        drawing: on the canvas.
    """

    turn: float
    crossing: float
    drawing: float


def games() -> dict[str, GameSpec]:
    """Return the games to measure."""
    specs = {}
    for name, scene in alone.measured_scenes().items():
        scene.freeze()
        specs[name] = scene.game_spec()
    return specs


async def _in_worker(playwright: Playwright, name: str, spec: GameSpec) -> dict[str, float]:
    """Measure in a worker; Python's code runs there as fast with bytecode as without."""
    files = stock_files(spec, measure=Path(__file__).with_name("in_page.py").read_text())
    with profile_folder() as profile:
        async with stock_site(files) as port, Visits(playwright, profile).visit() as page:
            await page.goto(f"http://127.0.0.1:{port}/")
            handle = await page.wait_for_function(MEASURED, timeout=PATIENCE_MS)
            result: dict[str, Any] = await handle.json_value()
    if "failed" in result:
        raise RuntimeError(f"{name} could not be measured in the browser: {result['failed']}")
    return result


async def _frames(playwright: Playwright, url: str, seconds: float) -> FrameCost:
    with profile_folder() as profile:
        async with Visits(playwright, profile).visit() as page:
            await page.add_init_script(f"const SITE = 'mug';{WATCH}")
            await page.goto(f"{url}/?new")
            await page.wait_for_function("() => window.first", timeout=PATIENCE_MS)
            samples = []
            for _ in range(round(seconds * 1000 / SAMPLE_MS)):
                await page.wait_for_timeout(SAMPLE_MS)
                samples.append(await page.evaluate(FIGURES))
    turn, crossing, drawing = (
        statistics.median(sample[part] or 0.0 for sample in samples) for part in range(3)
    )
    return FrameCost(turn, crossing, drawing)


async def _costs() -> list[Costs]:
    async with async_playwright() as playwright:
        return [
            Costs(name, await _in_worker(playwright, name, spec), measure_here(spec))
            for name, spec in games().items()
        ]


async def _frame_cost(url: str, seconds: float) -> FrameCost:
    async with async_playwright() as playwright:
        return await _frames(playwright, url, seconds)


def measure(seconds: float) -> tuple[list[Costs], FrameCost]:
    """Measure environments in a worker, and frames of the coordination grid in a page for so long."""
    costs = asyncio.run(_costs())
    with server("alone", {0, 1}, "bench.alone") as running:
        return costs, asyncio.run(_frame_cost(running.url, seconds))
