"""Modules of plugins in the page: the page names them before its own script has asked for anything."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import aiohttp

import mug
from mug.components import ClientModule
from mug.configurations.experiment_config import ExperimentConfig
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene, StartScene


class Painter:
    """A plugin with a module in the page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @mug.hookimpl
    def mug_client_modules(self, experiment: Any) -> Iterable[ClientModule]:
        """Add it."""
        return [ClientModule("painter", str(self.folder), "paint.js", data=("colors.json",))]


async def test_the_page_names_the_modules_it_will_need(run_experiment: Any, tmp_path: Path) -> None:
    """Each module is to be loaded ahead, from the very address that the page's script will ask for.

    So is what a module says that it will fetch, in the way in which it will.
    """
    (tmp_path / "paint.js").write_text("export default {};")
    scenes = [StartScene().scene(scene_id="welcome"), EndScene().scene(scene_id="thanks")]
    config = ExperimentConfig().experiment(stager=Stager(scenes=scenes), experiment_id="study")
    config.plugins(Painter(tmp_path))
    async with run_experiment(config) as running, aiohttp.ClientSession() as http:
        async with http.get(f"{running.url}/") as page:
            links = page.headers.getall("Link")
        async with http.post(f"{running.url}/-/session", json={}) as answer:
            modules = (await answer.json(content_type=None))["modules"]
        named = [link for link in links if link.endswith("modulepreload")]
        assert sorted(named) == sorted(f"<{module['url']}>; rel=modulepreload" for module in modules)
        assert "<./-/painter/paint.js>; rel=modulepreload" in links
        others = [link for link in links if link not in named]
        assert "<./-/painter/colors.json>; rel=preload; as=fetch; crossorigin=anonymous" in others
