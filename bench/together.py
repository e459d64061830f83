"""Two people in two browsers over a bad network: by rollback, in lockstep, with the server in between.

One pair plays through all conditions of a mode one after the other. How long an input takes until it is seen
is measured on the canvas: from the key to the picture in which the player stands elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Final

import attrs
from playwright.async_api import Page, Playwright, async_playwright

from bench.chromium import ARGUMENTS, chromium_path
from bench.link import Speed, link
from bench.netem import CHROMIUM_FLAGS, Impairment, Netem
from bench.processes import ServerUnderLoad, server

PATIENCE_MS: Final = 120_000
SETTLE_SECONDS: Final = 5.0
"""After a change of the network, how long until what happens counts."""
JITTER_MS: Final = {50: 10.0, 150: 20.0, 300: 30.0}
COLORS: Final = {"player_0": "#ff6b6b", "player_1": "#4ecdc4"}

PERSON: Final = """(() => {
    const KEYS = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"];
    const places = {};
    let pressed = null;
    window.person = { color: null, latencies: [] };
    const { arc, fill } = CanvasRenderingContext2D.prototype;
    let center = null;
    CanvasRenderingContext2D.prototype.arc = function (x, y, ...rest) {
        center = `${Math.round(x / 50)},${Math.round(y / 50)}`;
        return arc.call(this, x, y, ...rest);
    };
    CanvasRenderingContext2D.prototype.fill = function (...rest) {
        if (center !== null) seen(String(this.fillStyle), center);
        center = null;
        return fill.call(this, ...rest);
    };
    function seen(color, place) {
        const moved = places[color] !== undefined && places[color] !== place;
        places[color] = place;
        if (color !== window.person.color || !moved || pressed === null) return;
        window.person.latencies.push(performance.now() - pressed);
        pressed = null;
    }
    const send = (type, code) =>
        document.dispatchEvent(new KeyboardEvent(type, { code, key: code, bubbles: true }));
    const wait = (ms) => new Promise((go) => setTimeout(go, ms));
    const hold = () => -350 * Math.log(1 - Math.random());
    window.person.play = async () => {
        for (;;) {
            const [x, y] = (places[window.person.color] ?? "5,5").split(",").map(Number);
            const free = KEYS.filter((key) => !(
                (key === "ArrowUp" && y <= 0) || (key === "ArrowDown" && y >= 9) ||
                (key === "ArrowLeft" && x <= 0) || (key === "ArrowRight" && x >= 9)));
            const key = free[Math.floor(Math.random() * free.length)];
            pressed = performance.now();
            send("keydown", key);
            await wait(Math.max(50, hold()));
            pressed = null;
            send("keyup", key);
            await wait(Math.max(600, hold()));
        }
    };
})();"""
FIGURES: Final = "() => window.mug.debug()"


@attrs.frozen
class Condition:
    """A way to play, and a network: milliseconds there and back, and the share of packets lost one way."""

    mode: str
    rtt_ms: int
    loss: float

    @property
    def impairment(self) -> Impairment:
        """The same for the emulated network."""
        return Impairment(self.rtt_ms, JITTER_MS.get(self.rtt_ms, 0.0), self.loss)


@attrs.frozen
class Played:
    """What came of a condition. Times are in milliseconds, shares in parts of one.

    Attributes:
        frames: frames that became certain, on both pages together.
        fps: frames a second that were shown.
        stalls: the share of ticks in which a page had to wait.
        rollbacks: rollbacks in a hundred frames.
        depths: how many frames rollbacks took back: median, 99th percentile, most.
        input_ms: from a key to the picture that shows it: median, 95th percentile.
        bytes_per_second: what one page sends to the other.
        frames_ahead: by how many frames one page was ahead of the other: 99th percentile.
        desyncs: states that differed.
    """

    condition: Condition
    frames: int
    fps: float
    stalls: float
    rollbacks: float
    depths: tuple[float, float, float]
    input_ms: tuple[float, float]
    bytes_per_second: float
    frames_ahead: float
    desyncs: int


def rollback_grid(rtts: Sequence[int], losses: Sequence[float]) -> list[Condition]:
    """All conditions that are played by rollback."""
    return [Condition("rollback", rtt, loss) for rtt in rtts for loss in losses]


def measure(seconds: float, rtts: Sequence[int], losses: Sequence[float]) -> list[Played]:
    """Play everything: rollback under all conditions, the others under each round trip without loss."""
    results = asyncio.run(_play_mode("rollback", rollback_grid(rtts, losses), seconds))
    for mode in ("lockstep", "server"):
        results += asyncio.run(_play_mode(mode, [Condition(mode, rtt, 0.0) for rtt in rtts], seconds))
    return results


async def _play_mode(mode: str, conditions: Sequence[Condition], seconds: float) -> list[Played]:
    with server(mode, {0, 1}, "bench.together_experiment") as running, Netem(Impairment()) as net:
        async with async_playwright() as playwright:
            if mode != "server":
                async with _pair(playwright, running.url, net) as pages:
                    await _meet(pages)
                    return [await _play(one, pages, running, seconds, net) for one in conditions]
            results = []
            for one in conditions:
                port = int(running.url.rpartition(":")[2])
                async with (
                    link(port, Speed("", None, one.rtt_ms / 1000)) as way,
                    _pair(playwright, f"http://127.0.0.1:{way.port}", net) as pages,
                ):
                    await _meet(pages)
                    results.append(await _play(one, pages, running, seconds, net))
            return results


@contextlib.asynccontextmanager
async def _pair(playwright: Playwright, url: str, net: Netem) -> AsyncIterator[list[Page]]:
    """Two people, each in a browser of their own."""
    async with contextlib.AsyncExitStack() as stack:
        pages = []
        for _ in range(2):
            browser = await playwright.chromium.launch(
                executable_path=chromium_path(), args=[*ARGUMENTS, *CHROMIUM_FLAGS]
            )
            stack.push_async_callback(browser.close)
            context = await browser.new_context()
            await net.impair(context)
            page = await context.new_page()
            await page.add_init_script(PERSON)
            await page.goto(url)
            pages.append(page)
        yield pages


async def _meet(pages: Sequence[Page]) -> None:
    """Wait until both play, connected directly where they are connected, and let both walk."""
    for page in pages:
        await page.wait_for_function("() => (window.mug.debug().frame ?? 0) > 10", timeout=PATIENCE_MS)
        direct = "() => ['direct', 'websocket', 'socketio'].includes(window.mug.debug().transport)"
        await page.wait_for_function(direct, timeout=PATIENCE_MS)
        seat = await page.evaluate("() => window.mug.debug().seat")
        await page.evaluate(
            "(color) => { window.person.color = color; void window.person.play(); }", COLORS[seat]
        )


async def _play(
    condition: Condition, pages: Sequence[Page], running: ServerUnderLoad, seconds: float, net: Netem
) -> Played:
    net.impairment = condition.impairment
    await asyncio.sleep(SETTLE_SECONDS)
    for page in pages:
        await page.evaluate("() => { window.person.latencies.length = 0; }")
    before = [await page.evaluate(FIGURES) for page in pages]
    first = _last_step(running)
    await asyncio.sleep(seconds)
    after = [await page.evaluate(FIGURES) for page in pages]
    seen = [await page.evaluate("() => window.person.latencies") for page in pages]
    latencies = [one for page in seen for one in page]
    await asyncio.sleep(2.5)
    notes = _columns(running, first, _last_step(running))
    return _summary(condition, seconds, before, after, latencies, notes)


def _summary(
    condition: Condition,
    seconds: float,
    before: Sequence[dict[str, Any]],
    after: Sequence[dict[str, Any]],
    latencies: Sequence[float],
    columns: dict[str, list[Any]],
) -> Played:
    def grown(name: str) -> float:
        return sum((late[name] or 0) - (early[name] or 0) for early, late in zip(before, after, strict=True))

    frames = grown("confirmedFrame") if condition.mode != "server" else grown("frame")
    depths = [depth for depth in columns.get("rollback_frames", ()) if depth]
    ahead = [abs(frames) for frames in columns.get("frames_ahead", ())]
    stalls = grown("stalls") if condition.mode != "server" else 0.0
    return Played(
        condition,
        round(frames),
        frames / 2 / seconds,
        stalls / max(1.0, frames + stalls),
        100 * grown("rollbacks") / max(1.0, frames),
        (_at(depths, 0.5), _at(depths, 0.99), max(depths, default=0)),
        (_at(latencies, 0.5), _at(latencies, 0.95)),
        grown("sentBytes") / 2 / seconds if condition.mode != "server" else 0.0,
        _at(ahead, 0.99),
        round(grown("desyncs")) if condition.mode != "server" else 0,
    )


def _at(values: Sequence[float], share: float) -> float:
    """A quantile; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _records(running: ServerUnderLoad) -> list[dict[str, Any]]:
    files = sorted(
        Path(running.data).glob("together/journal/games/*.jsonl"), key=lambda path: path.stat().st_mtime
    )
    return [json.loads(line) for line in files[-1].read_text().splitlines()] if files else []


def _last_step(running: ServerUnderLoad) -> int:
    return max((record["step"] for record in _records(running) if record["kind"] == "step"), default=0)


def _columns(running: ServerUnderLoad, first: int, last: int) -> dict[str, list[Any]]:
    """What both pages measured in these steps, by name."""
    found: dict[str, list[Any]] = {}
    for record in _records(running):
        if record["kind"] != "netplay":
            continue
        for name, values in record["columns"].items():
            for step, value in zip(record["steps"], values, strict=True):
                if first < step <= last:
                    found.setdefault(name, []).append(value)
    return found
