"""The other end of the wire: a picture kept up to date by deltas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mug.rendering.packet import SURFACE, Command, draw_order


class Replica:
    """What a viewer has on screen. Headless participants and tests look at it."""

    def __init__(self) -> None:
        self.width: float = 0
        self.height: float = 0
        self._commands: dict[int, Command] = {}

    def apply(self, delta: Sequence[Any], full: bool = False) -> None:
        """Take in one delta, decoded from the wire or not; a full one clears the picture first.

        Raises:
            KeyError: the delta removes what is not there.
        """
        if full:
            self._commands.clear()
        changed, removed = delta
        for key in removed:
            del self._commands[key]
        for key, order, kind, props in changed:
            if kind == SURFACE:
                self.width, self.height = props["width"], props["height"]
            else:
                self._commands[key] = (key, order, kind, props)

    def commands(self) -> list[Command]:
        """What is drawn, lowest first."""
        return sorted(self._commands.values(), key=draw_order)
