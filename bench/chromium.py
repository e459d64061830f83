"""Chromium as somebody has it who comes for the first time, or comes back."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from playwright.async_api import Page, Playwright

from bench.processes import process_tree, usage_of

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def chromium_path() -> str:
    """Return where Chromium is.

    Raises:
        FileNotFoundError: it is not installed.
    """
    found = shutil.which("chromium")
    if found is None:
        raise FileNotFoundError("this measurement needs chromium: apt-get install chromium")
    return found


class Visits:
    """The visits of one person to whatever sites, with one profile."""

    def __init__(self, playwright: Playwright, profile: Path) -> None:
        self._playwright = playwright
        self._profile = profile

    @contextlib.asynccontextmanager
    async def visit(self) -> AsyncIterator[Page]:
        """Start the browser and give a page; end the browser."""
        context = await self._playwright.chromium.launch_persistent_context(
            str(self._profile), executable_path=chromium_path(), headless=True, args=ARGUMENTS
        )
        try:
            yield context.pages[0]
        finally:
            await context.close()

    def cpu(self) -> float:
        """Return the CPU seconds of the running browser so far."""
        return sum(usage.cpu for usage in usage_of(process_tree(self._main())).values())

    def _main(self) -> int:
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    arguments = (entry / "cmdline").read_bytes().split(b"\0")
                    if f"--user-data-dir={self._profile}".encode() in arguments and not any(
                        one.startswith(b"--type=") for one in arguments
                    ):
                        return int(entry.name)
        return os.getpid()


@contextlib.contextmanager
def profile_folder() -> Iterator[Path]:
    """Give a folder for a profile that nobody has used."""
    folder = Path(tempfile.mkdtemp(prefix="mug-bench-profile-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
