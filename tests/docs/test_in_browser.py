"""What the pages say about browsers is so in a browser."""

from __future__ import annotations

import asyncio
import csv
import importlib
import runpy
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright

from docs import screenshot
from mug.configurations.experiment_config import ExperimentConfig
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene
from tests.docs.blocks import ROOT, blocks
from tests.docs.commands import commands, compare

pytestmark = pytest.mark.browser
CHROMIUM = {"executable_path": "/usr/bin/chromium", "args": ["--no-sandbox"]}


@pytest.fixture
def stars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module of the plugin that docs/plugins/scenes.md prints."""
    for block in blocks(Path("docs/plugins/scenes.md")):
        if block.file:
            path = tmp_path / "plugin" / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path / "plugin")
    yield importlib.import_module("mug_stars")
    del sys.modules["mug_stars"]


async def test_the_documented_scene_works(stars: Any, run_experiment: Any) -> None:
    """The scene of the plugin guide is shown, survives a reload, and its answer is in the data."""
    scene = stars.StarsScene().scene(scene_id="fun").rating(question="Was it fun?", stars=7)
    order = Stager(scenes=[scene, EndScene().scene(scene_id="thanks").display(scene_header="Thanks")])
    config = ExperimentConfig().experiment(stager=order, experiment_id="stars").plugins(stars)
    async with run_experiment(config) as running:
        async with async_playwright() as play:
            browser = await play.chromium.launch(**CHROMIUM)
            page = await browser.new_page()
            await page.goto(running.url)
            await page.get_by_role("heading", name="Was it fun?").wait_for()
            await page.get_by_role("button", name="4 of 7 stars").click()
            await page.get_by_text("★").nth(3).wait_for()
            await page.reload()
            await page.get_by_text("★").nth(3).wait_for()
            await page.get_by_test_id("advance").click()
            await page.get_by_role("heading", name="Thanks").wait_for()
            await browser.close()
        folder = running.data_dir
    (file,) = (folder / "fun").glob("*.csv")
    (row,) = csv.DictReader(file.open(encoding="utf-8"))
    assert row["answers.stars"] == "4"


@pytest.fixture
def mountain_car(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of somebody who has followed docs/tutorials/single-player.md."""
    for block in blocks(Path("docs/tutorials/single-player.md")):
        if block.file:
            (tmp_path / block.file).write_text(block.code, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.slow
async def test_the_tutorial_is_played_in_a_browser(mountain_car: Path, run_experiment: Any) -> None:
    """Its game runs in the page: a key acts there, a reload resumes it, and the server finds it true."""
    names = runpy.run_path("mountain_car.py")
    names["game"].gameplay(num_episodes=1, max_steps=240)
    async with run_experiment(names["config"]) as running:
        async with async_playwright() as play:
            browser = await play.chromium.launch(**CHROMIUM)
            page = await browser.new_page()
            page.set_default_timeout(90_000)
            asked: list[str] = []
            page.on("request", lambda request: asked.append(request.url))
            await page.goto(running.url)
            await page.get_by_test_id("advance").click()
            await page.wait_for_function("() => window.mug.debug().step >= 5")
            assert await page.evaluate("() => window.mug.debug().runtime") == "pyodide"
            await page.keyboard.down("ArrowLeft")
            step = await page.evaluate("() => window.mug.debug().step")
            await page.wait_for_function(f"() => window.mug.debug().step > {step} + 20")
            await page.reload()
            await page.wait_for_function(f"() => window.mug.debug().step > {step} + 20")
            await page.get_by_test_id("advance").click()
            await page.get_by_role("heading", name="Thank you!").wait_for()
            await browser.close()
        assert {url for url in asked if not url.startswith((running.url, "data:", "blob:"))} == set()
        episodes = running.data_dir / "mountain_car"
        async with asyncio.timeout(60):
            while not (row := _only_row(episodes, "*.episodes.csv"))["verified"]:
                await asyncio.sleep(0.2)
    assert row["verified"] in ("verified", "rounding")
    assert row["steps"] == "240"
    (file,) = [file for file in episodes.glob("*.csv") if "episodes" not in file.name]
    steps = list(csv.DictReader(file.open(encoding="utf-8")))
    assert [int(one["step"]) for one in steps] == list(range(1, 241))
    assert "human" in {one["source.driver"] for one in steps}


@pytest.fixture
def grid_for_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of somebody who has followed docs/tutorials/peer-to-peer.md."""
    for name in ("two-players", "peer-to-peer"):
        for block in blocks(Path(f"docs/tutorials/{name}.md")):
            if block.file:
                (tmp_path / block.file).write_text(block.code, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    del sys.modules["coordination_grid_env"]


@pytest.mark.slow
async def test_the_tutorial_is_played_peer_to_peer(grid_for_two: Path, run_experiment: Any) -> None:
    """Two windows of one browser play the game between them; one is reloaded; the data has it once."""
    names = runpy.run_path("coordination_p2p.py")
    names["game"].gameplay(num_episodes=1, max_steps=150)
    async with run_experiment(names["config"]) as running:
        async with async_playwright() as play:
            browser = await play.chromium.launch(**CHROMIUM)
            context = await browser.new_context()
            context.set_default_timeout(90_000)
            first, second = await context.new_page(), await context.new_page()
            await first.goto(running.url)
            await second.goto(f"{running.url}?new")
            for page in (first, second):
                await page.get_by_test_id("advance").click()
            for page in (first, second):
                await page.wait_for_function("() => window.mug.debug().confirmedFrame >= 5")
                await page.wait_for_function('() => window.mug.debug().transport === "direct"')
            await first.keyboard.down("ArrowDown")
            await first.keyboard.down("ArrowLeft")
            step = await first.evaluate("() => window.mug.debug().step")
            await second.wait_for_function(f"() => window.mug.debug().step > {step} + 10")
            await first.reload()
            for page in (first, second):
                await page.wait_for_function(f"() => window.mug.debug().step > {step} + 15")
            for page in (first, second):
                assert await page.evaluate("() => window.mug.debug().desyncs") == 0
                await page.get_by_test_id("advance").click()
                await page.get_by_role("heading", name="Thank you!").wait_for()
            await browser.close()
        game = running.data_dir / "coordination_game"
        async with asyncio.timeout(60):
            while not all(row["verified"] for row in _rows(game, "*.episodes.csv")):
                await asyncio.sleep(0.2)
        notes = _rows(running.data_dir / "game_notes", "*.csv")
    assert {row["verified"] for row in _rows(game, "*.episodes.csv")} == {"verified"}
    steps = [row for row in _rows(game, "s*.csv") if "observations.player_0" in row]
    assert sorted(int(row["step"]) for row in steps) == sorted([*range(1, 151)] * 2)
    assert "human" in {row[f"source.{seat}"] for row in steps for seat in ("player_0", "player_1")}
    assert any(row["measured.rtt_ms"] for row in steps)
    assert [row["kind"] for row in notes].count("page_began") == 3
    assert not {"desync", "divergence"} & {row["kind"] for row in notes}


def _rows(folder: Path, pattern: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for file in sorted(folder.glob(pattern)):
        with file.open(encoding="utf-8") as lines:
            found += csv.DictReader(lines)
    return found


def _only_row(folder: Path, pattern: str) -> dict[str, str]:
    (file,) = folder.glob(pattern)
    with file.open(encoding="utf-8") as lines:
        (row,) = csv.DictReader(lines)
    return row


@pytest.mark.slow
def test_the_doctor_says_what_the_page_prints(mountain_car: Path) -> None:
    """With a browser, mug doctor finds the tutorial's environment in order, in the words of the page."""
    printed = [block for block in blocks(Path("docs/how-to/doctor.md")) if "browser repeats" in block.code]
    (command,) = commands(printed[0].code)
    mug = Path(sys.executable).with_name("mug")
    done = subprocess.run([mug, *command.words[1:]], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    compare(command, done.stdout)


@pytest.mark.slow
async def test_the_picture_of_the_readme_can_be_taken_again(tmp_path: Path) -> None:
    """The picture shows the demo as it is; it is small enough to be looked at anywhere."""
    taken = tmp_path / "picture.png"
    await screenshot.take(taken)
    for picture in (taken, ROOT / "docs" / "images" / "two-players.png"):
        data = picture.read_bytes()
        assert struct.unpack(">8s4x4sII", data[:24]) == (b"\x89PNG\r\n\x1a\n", b"IHDR", 936, 500)
        assert len(data) < 120_000
