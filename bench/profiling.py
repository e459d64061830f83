"""Where the time of a process goes."""

from __future__ import annotations

import contextlib
import cProfile
import pstats
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def profiled(target: str | None) -> Iterator[None]:
    """Write the functions that take the most time into a text file; None does nothing."""
    if target is None:
        yield
        return
    profile = cProfile.Profile()
    profile.enable()
    try:
        yield
    finally:
        profile.disable()
        with Path(target).open("w", encoding="utf-8") as text:
            pstats.Stats(profile, stream=text).sort_stats("tottime").print_stats(60).sort_stats(
                "cumtime"
            ).print_stats(120)
