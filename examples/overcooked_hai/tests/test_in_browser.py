"""The experiment as it stands, in a real browser: kitchen and partner run in the page."""

import asyncio
import csv

import pytest
from playwright.async_api import async_playwright

CHROMIUM = {"executable_path": "/usr/bin/chromium", "args": ["--no-sandbox", "--disable-gpu"]}


@pytest.mark.browser
@pytest.mark.slow
async def test_somebody_cooks_with_the_partner_in_a_browser(script, run_experiment):
    """Keys move the blue cook, the model the other one; the server gets the same when it plays it again."""
    script.game.gameplay(num_episodes=1, max_steps=160)
    async with run_experiment(script.config) as running:
        async with async_playwright() as play:
            browser = await play.chromium.launch(**CHROMIUM)
            page = await browser.new_page()
            page.set_default_timeout(90_000)
            await page.goto(running.url)
            for scene in ("start", "instructions"):
                await page.wait_for_selector(f"[data-scene-id={scene}]")
                await page.get_by_test_id("advance").click()
            await page.wait_for_function("() => window.mug.debug().step >= 1")
            assert await page.evaluate("() => window.mug.debug().runtime") == "pyodide"
            for key in ("ArrowDown", "ArrowRight", "ArrowUp", "ArrowRight"):
                step = await page.evaluate("() => window.mug.debug().step")
                await page.keyboard.press(key)
                await page.wait_for_function(f"() => window.mug.debug().step > {step}")
            await page.get_by_test_id("advance").click()
            await page.wait_for_selector("[data-scene-id=end]")
            await browser.close()
        folder = running.data_dir / "overcooked_game"
        async with asyncio.timeout(60):
            while not (episode := rows(folder, episodes=True)[0])["verified"]:  # noqa: ASYNC110 - a file says nothing
                await asyncio.sleep(0.2)
    assert (episode["verified"], episode["steps"]) == ("verified", "160")
    steps = rows(folder)
    assert sum(step["source.0"] == "human" for step in steps) == 4
    assert {step["source.1"] for step in steps} == {"policy"}
    assert len({step["actions.1"] for step in steps}) > 3


def rows(folder, episodes=False):
    """The rows of the only participant's steps, or of their episodes."""
    (file,) = [file for file in folder.glob("*.csv") if episodes == ("episodes" in file.name)]
    with file.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))
