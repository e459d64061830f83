"""What the pages say about browsers is so in a browser."""

from __future__ import annotations

import csv
import importlib
import struct
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright

from docs import screenshot
from mug.configurations.experiment_config import ExperimentConfig
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene
from tests.docs.blocks import ROOT, blocks

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


@pytest.mark.slow
async def test_the_picture_of_the_readme_can_be_taken_again(tmp_path: Path) -> None:
    """The picture shows the demo as it is; it is small enough to be looked at anywhere."""
    taken = tmp_path / "picture.png"
    await screenshot.take(taken)
    for picture in (taken, ROOT / "docs" / "images" / "two-players.png"):
        data = picture.read_bytes()
        assert struct.unpack(">8s4x4sII", data[:24]) == (b"\x89PNG\r\n\x1a\n", b"IHDR", 936, 500)
        assert len(data) < 120_000
