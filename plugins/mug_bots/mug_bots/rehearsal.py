"""A rehearsal: the server, the browser, and bots in it, some at a time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import attrs
from playwright.async_api import Browser, Error, async_playwright

from mug.errors import MugError
from mug_bots.bot import Bot, Study
from mug_bots.data import LABEL, read
from mug_bots.report import Report
from mug_bots.scenarios import Part
from mug_bots.serving import Served, export, serving, text_of

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
    _end_in_order()
    chromium = find_chromium()
    log = folder / "server.log"
    async with serving(script, folder, log) as server, async_playwright() as driver:
        here = attrs.evolve(study, url=f"{server.url}{study.url}", link=_labelled(study.link))
        bots = [Bot(part, here) for part in cast]
        browser = await driver.chromium.launch(
            executable_path=chromium, args=list(_ARGUMENTS), chromium_sandbox=not _is_root()
        )
        try:
            faults = await _take_part(bots, browser, at_once, server)
        finally:
            # one that Ctrl-C ended is closed already
            with contextlib.suppress(Error):
                await browser.close()
    try:
        await export(data_dir, log)
    except MugError as error:
        faults.append(error.what)
    tracebacks = text_of(log).count(_TRACEBACK)
    if tracebacks:
        faults.append(f"the server reported {tracebacks} errors")
    results = [bot.result for bot in bots]
    return Report(results, read(data_dir, results, study.link), data_dir, log, faults, study.wanted.notes())


def _end_in_order() -> None:
    """Close browsers and the server when told to terminate, as with Ctrl-C."""
    task = asyncio.current_task()
    assert task is not None
    with contextlib.suppress(NotImplementedError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


async def _take_part(bots: Sequence[Bot], browser: Browser, at_once: int, server: Served) -> list[str]:
    """Let bots take part, so many at the same time; return what brought that to an early end."""
    slots = asyncio.Semaphore(at_once)

    async def one(bot: Bot) -> None:
        async with slots:
            await bot.take_part(browser)

    everybody = asyncio.gather(*(one(bot) for bot in bots))
    end = asyncio.create_task(server.ended())
    try:
        await asyncio.wait((everybody, end), return_when=asyncio.FIRST_COMPLETED)
        return [] if everybody.done() else [end.result()]
    finally:
        end.cancel()
        everybody.cancel()
        await asyncio.gather(everybody, return_exceptions=True)


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
