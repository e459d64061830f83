"""Takes the picture of the README, two people in the demo: ``python -m docs.screenshot``."""

from __future__ import annotations

import asyncio
import base64
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "images" / "two-players.png"
WIDTH, HEIGHT = 620, 640
MOVES = (
    (("ArrowDown", 450), ("ArrowDown", 260)),
    (("ArrowRight", 250), ("ArrowLeft", 160)),
)
"""Which key each of the two holds, and for how many milliseconds."""

STYLE = """
body { margin: 0; padding: 18px; display: flex; gap: 18px; background: #e9edf2; font: 13px sans-serif }
.window { width: 440px; border: 1px solid #b9c2cc; border-radius: 8px; overflow: hidden; background: #fff }
.bar { height: 30px; display: flex; align-items: center; gap: 6px; padding: 0 10px; background: #dde3ea }
.bar i { width: 10px; height: 10px; border-radius: 50%; background: #b3bcc7 }
.bar span { flex: 1; margin-left: 10px; padding: 3px 12px; border-radius: 5px; background: #fff; color: #555 }
img { display: block; width: 440px }
"""


@contextmanager
def demo() -> Iterator[str]:
    """Serve the demo on a free port, and give its address."""
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, str(ROOT / "examples" / "demo.py"), "--port", "0", "--data-dir", data]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        try:
            while not (found := re.search(r"http://localhost:\d+", line := process.stdout.readline())):
                if not line:
                    raise SystemExit("the demo does not start")
            yield found[0]
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


async def windows(browser: Browser, address: str) -> list[bytes]:
    """Let two people play for a moment, and return what each sees."""
    contexts = [await browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}) for _ in range(2)]
    pages = [await context.new_page() for context in contexts]
    for page in pages:
        await page.goto(address)
        await page.get_by_test_id("advance").click()
    await asyncio.gather(*map(_until_it_runs, pages))
    for keys in MOVES:
        moves = zip(pages, keys, strict=True)
        await asyncio.gather(*(page.keyboard.press(key, delay=time) for page, (key, time) in moves))
    step = max([await page.evaluate("window.mug.debug().step") for page in pages])
    for page in pages:
        await page.wait_for_function(f"() => window.mug.debug().step > {step}")
    return await asyncio.gather(*(page.screenshot() for page in pages))


async def _until_it_runs(page: Page) -> None:
    await page.wait_for_function("() => window.mug.debug().step >= 1", timeout=60_000)


async def take(target: Path) -> None:
    """Write the picture."""
    with demo() as server:
        async with async_playwright() as play:
            chromium = shutil.which("chromium") or "/usr/bin/chromium"
            browser = await play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            shots = await windows(browser, f"{server}/coordination_grid/")
            bar = '<div class="bar"><i></i><i></i><i></i><span>localhost:8000/coordination_grid/</span></div>'
            encoded = (base64.b64encode(shot).decode() for shot in shots)
            shown = "".join(
                f'<div class="window">{bar}<img src="data:image/png;base64,{shot}"></div>' for shot in encoded
            )
            page = await browser.new_page(viewport={"width": 936, "height": 500})
            await page.set_content(f"<style>{STYLE}</style>{shown}")
            await page.screenshot(path=target, full_page=True)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(take(PICTURE))
