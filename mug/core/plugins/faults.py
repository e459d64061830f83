"""Logging plugins' failures without drowning the log: a hook on steps may fail thirty times a second."""

from __future__ import annotations

import logging

log = logging.getLogger("mug.plugins")


class Faults:
    """Counts failures per plugin, hook and kind; logs the first with its traceback, then every tenfold."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str, str], int] = {}

    def report(self, plugin: str, hook: str, error: Exception) -> None:
        """Log that a plugin failed in a hook."""
        key = (plugin, hook, type(error).__name__)
        count = self.counts.get(key, 0) + 1
        self.counts[key] = count
        if count == 1:
            log.error("plugin '%s' failed in %s", plugin, hook, exc_info=error)
        elif str(count).strip("0") == "1":
            log.error("plugin '%s' failed in %s %d times: %s: %s", plugin, hook, count, key[2], error)
