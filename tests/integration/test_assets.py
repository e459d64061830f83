"""Images that an environment registers itself: pages hear of them and get their files, and no others."""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from mug.rendering.packet import IMAGE
from tests.integration.test_games import Line, experiment, into_game

IMAGES = Path(__file__).parents[1] / "browser" / "experiments" / "images"
CHECKS = IMAGES / "checks.png"


class Pictured(Line):
    """Draws everybody as an image, and from the tenth step on with a frame of an atlas."""

    def __init__(self, image: Path | str, agents: int = 1) -> None:
        super().__init__(agents)
        self.image, self.steps = image, 0

    def step(self, action: Any) -> Any:
        self.steps += 1
        return super().step(action)

    def render(self) -> Any:
        self.surface.register_image("face", path=self.image)
        self.surface.image("face", x=self.steps, y=0)
        if self.steps > 10:
            self.surface.register_atlas("signs", IMAGES / "signs.png", IMAGES / "signs.json")
            self.surface.image("signs", x=self.steps, y=50, frame="go")
        return self.surface.commit()


def assets(person: Any) -> dict[str, Any]:
    return {asset["name"]: asset for asset in person.page["assets"]}


def addresses(person: Any) -> list[str]:
    return [asset[key] for asset in person.page["assets"] for key in ("url", "image", "data") if key in asset]


async def fetch(running: Any, address: str) -> tuple[int, bytes, str]:
    async with aiohttp.ClientSession() as http, http.get(f"{running.url}/{address}") as answer:
        return answer.status, await answer.read(), answer.content_type


def study(image: Path | str, agents: int = 1, **changes: Any) -> Any:
    gameplay = {"gameplay": {"max_steps": 3000}} | changes
    return experiment(agents, env=lambda: Pictured(image, agents), **gameplay)


async def test_pages_get_the_files_that_are_registered_before_and_during_the_game(
    run_experiment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative paths begin at the working directory, any file name works, and later images follow."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "my faces"
    folder.mkdir()
    (folder / "face #1?.png").write_bytes(CHECKS.read_bytes())
    async with run_experiment(study("my faces/face #1?.png")) as running, AsyncExitStack() as stack:
        (ann,) = await into_game(stack, running, 1)
        await ann.until(lambda: "face" in assets(ann))
        await ann.until(lambda: any(command[2] == IMAGE for command in ann.picture.commands()))
        face = assets(ann)["face"]
        assert face["kind"] == "image"
        assert str(tmp_path) not in str(face)
        assert await fetch(running, face["url"]) == (200, CHECKS.read_bytes(), "image/png")
        await ann.until(lambda: "signs" in assets(ann))
        assert set(assets(ann)) == {"face", "signs"}
        signs = assets(ann)["signs"]
        assert await fetch(running, signs["image"]) == (
            200,
            (IMAGES / "signs.png").read_bytes(),
            "image/png",
        )
        status, data, kind = await fetch(running, signs["data"])
        assert (status, data, kind) == (200, (IMAGES / "signs.json").read_bytes(), "application/json")


async def test_nothing_else_is_served(run_experiment: Any) -> None:
    """Another file's name, another folder's mark, another scene, or a path instead: there is no such page."""
    async with run_experiment(study(CHECKS)) as running, AsyncExitStack() as stack:
        (ann,) = await into_game(stack, running, 1)
        await ann.until(lambda: "signs" in assets(ann))
        face = assets(ann)["face"]["url"]
        front, _, mark, _ = face.rsplit("/", 3)
        other = assets(ann)["signs"]["image"].rsplit("/", 2)[1]
        for wrong in (
            f"{front}/-/{mark}/signs.png",
            f"{front}/-/{other}/checks.png",
            f"{front}/-/{mark}/",
            f"{front}/-/{mark}/..%2F{mark}%2Fchecks.png",
            f"{front}/-/{mark}/{str(CHECKS).replace('/', '%2F')}",
            f"{front}/-/{CHECKS}",
            face.replace("/game/", "/other/"),
        ):
            assert (await fetch(running, wrong))[0] == 404, wrong
        assert (await fetch(running, face))[0] == 200


async def test_who_comes_later_gets_them_too(run_experiment: Any) -> None:
    """A page that is opened again has everything at once; so has a page after a restart, once it is drawn."""
    async with run_experiment(study(CHECKS, 2)) as running, AsyncExitStack() as stack:
        ann, bob = await into_game(stack, running, 2)
        for person in (ann, bob):
            await person.until(lambda person=person: "signs" in assets(person))
        await ann.reload()
        stack.push_async_callback(ann.disconnect)
        await ann.until(lambda: ann.page)
        assert addresses(ann) == addresses(bob)
    async with run_experiment(study(CHECKS, 2)) as running, AsyncExitStack() as stack:
        for person in (ann, bob):
            person.url = running.url
            await person.reload()
            stack.push_async_callback(person.disconnect)
        for person in (ann, bob):
            await person.until(lambda person=person: "signs" in assets(person))
            assert (await fetch(running, assets(person)["signs"]["image"]))[0] == 200


async def test_the_environments_name_for_a_file_wins(run_experiment: Any) -> None:
    """A scene's image gives way to another file of that name, and is not loaded twice when it is the same."""

    def preloading(image: Path) -> Any:
        config = study(image)
        (game,) = (scene for scene in config.setting("stager").scenes() if scene.scene_id == "game")
        wanted = [{"kind": "image", "name": "face", "path": "signs.png"}, "checks.png"]
        game.assets(assets_dir=IMAGES, assets_to_preload=wanted)
        return config

    own = ["./-/assets/game/signs.png", "./-/assets/game/checks.png"]
    for image, loads in ((CHECKS, CHECKS), (IMAGES / "signs.png", None)):
        async with run_experiment(preloading(image)) as running, AsyncExitStack() as stack:
            (ann,) = await into_game(stack, running, 1)
            await ann.until(lambda ann=ann: "signs" in assets(ann))
            assert set(assets(ann)) == {"face", "checks", "signs"}
            assert assets(ann)["checks"]["url"] == own[1]
            if loads is None:
                assert assets(ann)["face"]["url"] == own[0]
            else:
                assert assets(ann)["face"]["url"] != own[0]
                assert (await fetch(running, assets(ann)["face"]["url"]))[1] == loads.read_bytes()


async def test_a_file_that_is_not_there_is_told_to_the_researcher_once(
    run_experiment: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The log names environment, image and file, once for all players; the game goes on."""
    missing = tmp_path / "nowhere" / "face.png"
    with caplog.at_level(logging.ERROR, "mug.core.registered_files"):
        async with run_experiment(study(missing, 2)) as running, AsyncExitStack() as stack:
            people = await into_game(stack, running, 2)
            for person in people:
                await person.until(lambda person=person: "signs" in assets(person))
            assert (await fetch(running, assets(people[0])["face"]["url"]))[0] == 404
            missing.parent.mkdir()
            missing.write_bytes(CHECKS.read_bytes())
            assert (await fetch(running, assets(people[0])["face"]["url"]))[0] == 200
    (line,) = [one.getMessage() for one in caplog.records if one.name == "mug.core.registered_files"]
    assert "scene 'game'" in line
    assert "'face'" in line
    assert str(missing) in line
    assert "<lambda>" in line
