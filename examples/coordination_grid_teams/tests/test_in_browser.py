"""The three teams peer to peer, each person with a browser page of their own."""

import asyncio
import contextlib
import csv

import pytest
from playwright.async_api import async_playwright

CHROMIUM = {"executable_path": "/usr/bin/chromium", "args": ["--no-sandbox", "--disable-gpu"]}
PATIENCE_MS = 150_000
KEYS = ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp")
PLAYED = ("observations.", "actions.", "rewards.", "terminated.", "source.")

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize(
    ("team", "people", "helpers"), [("three_people", 3, 0), ("four_people", 4, 0), ("with_helpers", 2, 2)]
)
async def test_a_team_plays_peer_to_peer(script, monkeypatch, run_experiment, team, people, helpers):
    """All have the same records of everybody's steps, and the server gets the same from them."""
    made = script.game_scene
    monkeypatch.setattr(
        script,
        "game_scene",
        lambda *arguments: made(*arguments).gameplay(num_episodes=1, max_steps=60),
    )
    agents = dict.fromkeys([f"player_{number}" for number in range(people)], script.HUMAN)
    agents |= dict.fromkeys([f"helper_{number}" for number in range(helpers)], script.Helper)
    async with run_experiment(script.experiment(team, "A team", agents)) as running:
        async with pages(people, running.url) as everybody:
            await asyncio.gather(*(walk_about(page, key) for page, key in zip(everybody, KEYS, strict=False)))
        folder = running.data_dir / team
        async with asyncio.timeout(90):
            while not all(episode["verified"] for episode in rows(folder, "*.episodes.csv")):  # noqa: ASYNC110
                await asyncio.sleep(0.2)
    assert [episode["verified"] for episode in rows(folder, "*.episodes.csv")] == ["verified"] * people
    first, *others = (
        [played(step) for step in rows(folder, f"{subject}.csv")] for subject in subjects(folder)
    )
    assert len(first) == 60
    assert others == [first] * (people - 1)
    for agent in agents:
        who = "human" if agent.startswith("player") else "policy"
        moves = {step[f"actions.{agent}"] for step in first if step[f"source.{agent}"] == who}
        assert moves - {str(script.STAY)}, f"{agent} never moved"


@contextlib.asynccontextmanager
async def pages(people, url):
    """A page for each of so many people, who have left the first page of the experiment."""
    async with async_playwright() as play:
        browser = await play.chromium.launch(**CHROMIUM)
        everybody = [await (await browser.new_context()).new_page() for _ in range(people)]
        for page in everybody:
            page.set_default_timeout(PATIENCE_MS)
            await page.goto(url)
            await page.wait_for_selector("[data-scene-id=welcome]")
        for page in everybody:
            await page.get_by_test_id("advance").click()
        yield everybody
        await browser.close()


async def walk_about(page, key):
    """Hold a key from the beginning of the game to its end, and go on to the last page."""
    await page.wait_for_selector('.stage[data-state="playing"]', state="attached")
    await page.keyboard.down(key)
    await page.wait_for_selector('.stage[data-state="over"]', state="attached")
    await page.keyboard.up(key)
    assert await page.evaluate("() => window.mug.debug().desyncs") == 0
    await page.get_by_test_id("advance").click()
    await page.wait_for_selector("[data-scene-id=thanks]")


def subjects(folder):
    """Whose records there are."""
    return [file.name.removesuffix(".episodes.csv") for file in sorted(folder.glob("*.episodes.csv"))]


def rows(folder, pattern):
    """The rows of all files of this name."""
    found = []
    for file in sorted(folder.glob(pattern)):
        with file.open(encoding="utf-8") as lines:
            found += csv.DictReader(lines)
    return found


def played(step):
    """What happened in a step, without whose row it is and when it was."""
    return {name: value for name, value in step.items() if name.startswith(PLAYED) or name == "step"}
