"""Looking at a page as people with other eyes, hands and screens do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from playwright.async_api import TimeoutError

from tests.browser.people import Person

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PICTURES = os.environ.get("MUG_PICTURES")
"""A folder for pictures of every page that is looked at, to be judged by people."""

_STILL = """async () => {
    const frame = () => new Promise(requestAnimationFrame);
    const fading = () => document.getAnimations()
        .filter((one) => one.playState !== "finished" && one.effect.getComputedTiming().endTime !== Infinity);
    do {
        await frame();
        await frame();
        await Promise.all(fading().map((one) => one.finished.catch(() => {})));
    } while (fading().length > 0);
}"""
"""Waits for scripts to take up other colors, for colors that fade, and for those that fade after others."""
_AXE = """(options) => axe.run(document, options).then(({ violations }) => violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join("; ")}`
))"""

_TOO_WIDE = """() => [document.scrollingElement, ...document.querySelectorAll("body *")]
    .filter((element) => element === document.scrollingElement
        ? element.scrollWidth > window.innerWidth
        : element.getBoundingClientRect().right > window.innerWidth + 0.5)
    .filter((element) => getComputedStyle(element).clipPath === "none")
    .map((element) => element.outerHTML.slice(0, 200))"""


async def assert_accessible(person: Person, name: str) -> None:
    """Assert that axe-core finds nothing wrong with what is on the page, light and dark."""
    page = person.page
    if not await page.evaluate("() => 'axe' in window"):
        await page.add_script_tag(path=AXE)
    found: dict[str, list[str]] = {}
    options: dict[str, Any] = {"runOnly": {"type": "tag", "values": TAGS}}
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        await page.evaluate(_STILL)
        if PICTURES:
            await page.screenshot(path=Path(PICTURES) / f"{name} {scheme}.png")
        found[scheme] = await page.evaluate(_AXE, options)
        # Only colors differ in the dark.
        options = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
    await page.emulate_media(color_scheme="light")
    assert found == {"light": [], "dark": []}, f"{name}: {found}"


async def assert_fits(person: Person, name: str) -> None:
    """Assert that nothing has to be scrolled sideways: at 200 % on a laptop, and at 400 %."""
    whole = person.page.viewport_size
    assert whole is not None
    for width, height in ((640, 400), (320, 256)):
        await person.page.set_viewport_size({"width": width, "height": height})
        await person.until("(width) => window.innerWidth === width", width)
        try:
            await person.page.wait_for_function(f"() => ({_TOO_WIDE})().length === 0")
        except TimeoutError:
            raise AssertionError(f"{name} at {width} px: {await person.page.evaluate(_TOO_WIDE)}") from None
        if PICTURES:
            await person.page.screenshot(path=Path(PICTURES) / f"{name} {width}.png", full_page=True)
    await person.page.set_viewport_size(whole)
    await person.until("(width) => window.innerWidth === width", whole["width"])
