"""How long it takes from opening the page to the first step of a game that is played in the page."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import attrs
from playwright.async_api import Page, Playwright, async_playwright

from bench.alone import scene
from bench.chromium import Visits, profile_folder
from bench.link import HOME, LOCAL, Link, Speed, link
from bench.processes import server
from bench.stock import StockFile, stock_files, stock_site

PATIENCE_MS = 180_000
SITES = ("mug", "stock")
WATCH = """
    const stages = (total) => {
        const all = performance.getEntriesByType("measure");
        const measures = all.filter(({ name }) => name.startsWith("mug:boot:"));
        const { startTime } = measures[0], last = measures.at(-1);
        const own = measures.map(({ name, duration }) => [name.slice("mug:boot:".length), duration]);
        const after = total - last.startTime - last.duration;
        return Object.fromEntries([["page", startTime], ...own, ["first step", after]]);
    };
    const watch = () => {
        document.querySelector("main button:not([disabled])")?.click();
        if (window.mug?.debug().step >= 1) {
            const total = performance.now();
            window.first = { total, stages: stages(total) };
        } else requestAnimationFrame(watch);
    };
    if (SITE === "mug") requestAnimationFrame(watch);
"""
FIRST = "() => window.first ?? (window.failed && { failed: window.failed })"


@attrs.frozen
class Visit:
    """One visit, from opening the page to the first step. Times are in milliseconds."""

    site: str
    speed: Speed
    number: int
    total: float
    cpu: float
    received: int
    stages: dict[str, float]


async def _visit(visits: Visits, site: str, over: Link, speed: Speed, number: int) -> Visit:
    async with visits.visit() as page:
        await page.add_init_script(f"const SITE = {site!r};{WATCH}")
        received, cpu = over.received, visits.cpu()
        # Somebody new each time, in the same browser.
        await page.goto(f"http://127.0.0.1:{over.port}/{'?new' if site == 'mug' else ''}")
        first = await _first_step(page)
        used = visits.cpu() - cpu
        # What is still to be kept for the next visit is kept meanwhile.
        await page.wait_for_timeout(2000)
        carried = over.received - received
    return Visit(site, speed, number, first["total"], used * 1000, carried, first["stages"])


async def _first_step(page: Page) -> dict[str, Any]:
    handle = await page.wait_for_function(FIRST, timeout=PATIENCE_MS)
    first: dict[str, Any] = await handle.json_value()
    if "failed" in first:
        raise RuntimeError(f"stock Pyodide did not get to the first step: {first['failed']}")
    return first


async def _measure(ports: dict[str, int], rounds: int, later: int) -> list[Visit]:
    async with async_playwright() as playwright:
        return [
            visit
            for _ in range(rounds)
            for speed in (LOCAL, HOME)
            for visit in await _visits(playwright, ports, speed, later)
        ]


async def _visits(playwright: Playwright, ports: dict[str, int], speed: Speed, later: int) -> list[Visit]:
    """Let one person visit each site, in turn, so that whatever else the machine does disturbs both."""
    async with contextlib.AsyncExitStack() as stack:
        people = {}
        for site in SITES:
            profile = stack.enter_context(profile_folder())
            over = await stack.enter_async_context(link(ports[site], speed))
            people[site] = (Visits(playwright, profile), over)
        return [
            await _visit(visits, site, over, speed, number)
            for number in range(1 + later)
            for site, (visits, over) in people.items()
        ]


def measure(rounds: int, later: int) -> list[Visit]:
    """Visit mug's page and a stock Pyodide in turn, on both links.

    Args:
        rounds: how many people come for the first time to each.
        later: how often each comes back.
    """
    game = scene("pyodide")
    game.freeze()
    files = stock_files(game.game_spec())
    with server("alone", {0, 1}, "bench.alone") as running:
        return asyncio.run(_with_stock(urlsplit(running.url).port or 0, files, rounds, later))


async def _with_stock(mug_port: int, files: dict[str, StockFile], rounds: int, later: int) -> list[Visit]:
    async with stock_site(files) as stock_port:
        return await _measure({"mug": mug_port, "stock": stock_port}, rounds, later)


@attrs.frozen
class Compared:
    """Mug beside a stock Pyodide: best and median milliseconds, CPU milliseconds of the browser, bytes."""

    speed: Speed
    warm: bool
    best: dict[str, float]
    median: dict[str, float]
    cpu: dict[str, float]
    received: dict[str, int]
    stages: dict[str, dict[str, float]]

    @property
    def ratio(self) -> float:
        """Mug's best time as a part of the stock's."""
        return self.best["mug"] / self.best["stock"]

    @property
    def cpu_ratio(self) -> float:
        """The same for what the browser computed."""
        return self.cpu["mug"] / self.cpu["stock"]


def compare(visits: Sequence[Visit]) -> list[Compared]:
    """Return the comparisons: cold and warm on each link."""
    compared = []
    for speed in (LOCAL, HOME):
        for warm in (False, True):
            of = {
                site: [one for one in visits if (one.site, one.speed, one.number > 0) == (site, speed, warm)]
                for site in SITES
            }
            if not all(of.values()):
                continue
            quickest = {site: min(ones, key=lambda one: one.total) for site, ones in of.items()}
            compared.append(
                Compared(
                    speed,
                    warm,
                    best={site: one.total for site, one in quickest.items()},
                    median={site: statistics.median(one.total for one in ones) for site, ones in of.items()},
                    cpu={site: min(one.cpu for one in ones) for site, ones in of.items()},
                    received={site: max(one.received for one in ones) for site, ones in of.items()},
                    stages={site: one.stages for site, one in quickest.items()},
                )
            )
    return compared
