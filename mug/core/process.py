"""What a server changes about its own process: it has many connections, and should never pause for long."""

from __future__ import annotations

import gc
import resource
from typing import Final

MOST_FILES: Final = 65_536
"""File descriptors asked for: a participant takes two, for the connection and for the game's records."""
COLLECTIONS: Final = (10_000, 20, 20)
"""When to look for unreachable objects. Looking through those of a thousand participants takes a while."""


def allow_many_files() -> int:
    """Have as many file descriptors as the system allows this user; return how many those are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        return most
    return MOST_FILES if soft == resource.RLIM_INFINITY else soft


def collect_seldom() -> None:
    """Leave what is there now out of garbage collection for ever, and look through the rest seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTIONS)
