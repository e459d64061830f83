"""Says on the terminal how far the assembly is."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TextIO

_WIDTH = 24


class Progress:
    """A line for each stage: with a bar that moves on a terminal, elsewhere written when it is over."""

    def __init__(self, stages: int, stream: TextIO = sys.stderr) -> None:
        self._stages = stages
        self._stream = stream
        self._number = 0

    def stage(self, text: str) -> Stage:
        """Begin the next stage; use it as a context."""
        self._number += 1
        return Stage(f"[{self._number}/{self._stages}] {text}", self._stream)


class Stage:
    """One stage of the assembly."""

    def __init__(self, text: str, stream: TextIO) -> None:
        self._text = text
        self._stream = stream
        self._shown: int | None = None
        self._began = time.monotonic()

    def __enter__(self) -> Stage:
        self.reached(0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        start = "\r\x1b[K" if self._stream.isatty() else ""
        took = time.monotonic() - self._began
        result = "failed" if error else f"{took:.1f} s"
        self._stream.write(f"{start}{self._text:<52} {result}\n")
        self._stream.flush()

    def reached(self, part: float) -> None:
        """Show that this part of the stage is done, between 0 and 1."""
        percent = round(100 * min(max(part, 0), 1))
        if percent == self._shown or not self._stream.isatty():
            return
        self._shown = percent
        done = _WIDTH * percent // 100
        bar = "━" * done + " " * (_WIDTH - done)
        self._stream.write(f"\r\x1b[K{self._text:<52} {bar} {percent:3d} %")
        self._stream.flush()
