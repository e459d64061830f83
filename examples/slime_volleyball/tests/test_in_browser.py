"""The experiments in real browsers: with the AI in the page, and two windows."""

import asyncio
import contextlib

import pytest
import records
from playwright.async_api import async_playwright
from slime_volleyball_env import JUMP_FROM_NET, JUMP_TO_NET, LEFT, RIGHT

CHROMIUM = {"executable_path": "/usr/bin/chromium", "args": ["--no-sandbox", "--disable-gpu"]}
PATIENCE_MS = 90_000

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def test_somebody_plays_against_the_ai_in_a_browser(against_ai, run_experiment):
    """Two keys are held together, both AIs play, and the server gets the same when it plays it again."""
    for scene in (against_ai.against_model, against_ai.against_rules):
        scene.gameplay(num_episodes=2, reset_freeze_s=0.2)
    async with run_experiment(against_ai.config) as running:
        async with window() as arrive:
            page = await arrive(running.url)
            for _ in range(2):
                await page.get_by_test_id("advance").click()
                await until_playing(page)
                assert await page.evaluate("() => window.mug.debug().runtime") == "pyodide"
                await hold_left_and_up(page)
            await page.get_by_test_id("advance").click()
            await page.wait_for_selector("[data-scene-id=thanks]")
        for scene in ("against_model", "against_rules"):
            folder = running.data_dir / scene
            await until_verified(folder)
    for scene in ("against_model", "against_rules"):
        folder = running.data_dir / scene
        assert [episode["verified"] for episode in records.episodes(folder)] == ["verified"] * 2
        (steps,) = records.steps(folder)
        assert str(JUMP_FROM_NET) in {step[f"actions.{LEFT}"] for step in steps}
        assert {step[f"source.{RIGHT}"] for step in steps} == {"policy"}


async def test_two_people_play_in_two_windows(against_human, run_experiment):
    """On the server: the same keys lead one of them to the net and the other one away from it."""
    against_human.match.runtime(run_through_pyodide=False).gameplay(num_episodes=2, reset_freeze_s=0.2)
    async with run_experiment(against_human.config) as running, window() as arrive:
        pages = [await arrive(running.url) for _ in range(2)]
        for page in pages:
            await page.get_by_test_id("advance").click()
        await asyncio.gather(*map(until_playing, pages))
        await asyncio.gather(*map(hold_left_and_up, pages))
        for page in pages:
            await page.get_by_test_id("advance").click()
            await page.wait_for_selector("[data-scene-id=thanks]")
    tables = records.steps(running.data_dir / "slime_humans")
    assert len(tables) == 2
    for steps in tables:
        for player, action in ((LEFT, JUMP_FROM_NET), (RIGHT, JUMP_TO_NET)):
            pressed = [step for step in steps if step[f"source.{player}"] == "human"]
            assert str(action) in {step[f"actions.{player}"] for step in pressed}


async def test_two_people_play_peer_to_peer(against_human, run_experiment):
    """Both browsers play the game, both have the same records, and the server gets the same from it."""
    against_human.match.gameplay(num_episodes=2, reset_freeze_s=0.2)
    async with run_experiment(against_human.config) as running:
        async with window() as arrive:
            pages = [await arrive(running.url) for _ in range(2)]
            for page in pages:
                await page.get_by_test_id("advance").click()
            await asyncio.gather(*map(until_playing, pages))
            assert await pages[0].evaluate("() => window.mug.debug().runtime") == "pyodide"
            await asyncio.gather(*map(hold_left_and_up, pages))
            for page in pages:
                assert await page.evaluate("() => window.mug.debug().desyncs") == 0
                await page.get_by_test_id("advance").click()
                await page.wait_for_selector("[data-scene-id=thanks]")
        folder = running.data_dir / "slime_humans"
        await until_verified(folder)
    first, second = ([records.played(step) for step in table] for table in records.steps(folder))
    assert first == second
    for player, action in ((LEFT, JUMP_FROM_NET), (RIGHT, JUMP_TO_NET)):
        pressed = [step for step in first if step[f"source.{player}"] == "human"]
        assert str(action) in {step[f"actions.{player}"] for step in pressed}
    assert {episode["verified"] for episode in records.episodes(folder)} == {"verified"}


@contextlib.asynccontextmanager
async def window():
    """A browser, as a function that opens an experiment for somebody new."""
    async with async_playwright() as play:
        browser = await play.chromium.launch(**CHROMIUM)

        async def arrive(url):
            page = await (await browser.new_context()).new_page()
            page.set_default_timeout(PATIENCE_MS)
            await page.goto(url)
            await page.wait_for_selector("[data-scene-id=welcome]")
            return page

        yield arrive
        await browser.close()


async def until_verified(folder):
    """Wait until the server has played all episodes again; a file says nothing, so it is asked."""
    async with asyncio.timeout(90):
        while not all(episode["verified"] for episode in records.episodes(folder)):  # noqa: ASYNC110
            await asyncio.sleep(0.2)


async def until_playing(page):
    await page.wait_for_selector('.stage[data-state="playing"]', state="attached")


async def hold_left_and_up(page):
    """Hold both keys until the game is over."""
    await page.keyboard.down("ArrowLeft")
    await page.keyboard.down("ArrowUp")
    await page.wait_for_selector('.stage[data-state="over"]', state="attached")
    await page.keyboard.up("ArrowUp")
    await page.keyboard.up("ArrowLeft")
