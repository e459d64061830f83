"""A rehearsal: the server, the browser, and bots in it, some at a time."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import attrs
from playwright.async_api import async_playwright

from mug.errors import MugError
from mug_bots.bot import Bot, Result, Study
from mug_bots.data import LABEL, read
from mug_bots.report import Report
from mug_bots.scenarios import Part
from mug_bots.serving import export, serving, text_of

_CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_ARGUMENTS: Final = ("--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage")
_TRACEBACK: Final = "Traceback (most recent call last)"


async def rehearse(
    script: Path, study: Study, cast: Sequence[Part], folder: Path, data_dir: Path, at_once: int
) -> Report:
    """Let bots take part in a script.

    Args:
        script: the experiment script.
        study: what bots need to know; its address is the path behind that of the server.
        cast: what each bot does.
        folder: for the data of the script's experiments, and the server's log.
        data_dir: where the data of the experiment is, inside it.
        at_once: how many take part at the same time.

    Raises:
        MugError: there is no Chromium, or the script does not serve.
    """
    chromium = find_chromium()
    log = folder / "server.log"
    async with serving(script, folder, log) as url, async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=chromium, args=list(_ARGUMENTS), chromium_sandbox=not _is_root()
        )
        try:
            here = attrs.evolve(study, url=f"{url}{study.url}", link=_labelled(study.link))
            slots = asyncio.Semaphore(at_once)

            async def one(part: Part) -> Result:
                async with slots:
                    return await Bot(part, here).take_part(browser)

            results = await asyncio.gather(*(one(part) for part in cast))
        finally:
            await browser.close()
    await export(data_dir, log)
    errors = text_of(log).count(_TRACEBACK)
    return Report(list(results), read(data_dir, results, study.link), data_dir, log, errors)


def find_chromium() -> str:
    """Return the path of an installed Chromium or Chrome.

    Raises:
        MugError: there is none.
    """
    for name in _CHROMIUM:
        path = shutil.which(name)
        if path is not None:
            return path
    raise MugError(
        "bots need Chromium or Chrome, and none is on the PATH",
        fix="install it, for example with apt install chromium",
    )


def _labelled(link: str) -> str:
    """The link with the number by which a bot's data is found again."""
    own = link.removeprefix("?")
    return f"?{own}&{LABEL}={{bot}}" if own else f"?{LABEL}={{bot}}"


def _is_root() -> bool:
    """Whether Chromium would refuse to start with its sandbox."""
    return hasattr(os, "geteuid") and os.geteuid() == 0
