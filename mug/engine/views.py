"""From what ``render()`` returned to packets of draw commands."""

from __future__ import annotations

from typing import Any

import numpy as np

from mug.engine.errors import EnvironmentFault, shown
from mug.engine.records import AgentId
from mug.rendering import PixelFrames, RenderPacket, SurfaceError


class Views:
    """The views of one game: one for everybody, or one for each player."""

    __slots__ = ("_pixels",)

    def __init__(self) -> None:
        self._pixels: dict[AgentId | None, PixelFrames] = {}

    def packet(self, rendered: Any, viewer: AgentId | None) -> RenderPacket | None:
        """The packet that a viewer is shown; None when the environment draws nothing.

        Raises:
            EnvironmentFault: it is not a picture.
        """
        if type(rendered) is RenderPacket or rendered is None:
            return rendered
        commit = getattr(rendered, "commit", None)
        if callable(commit):
            packet = commit()
            if isinstance(packet, RenderPacket):
                return packet
        if isinstance(rendered, list) and rendered and isinstance(rendered[-1], np.ndarray):
            rendered = rendered[-1]
        if not isinstance(rendered, np.ndarray) and hasattr(rendered, "__array__"):
            rendered = np.asarray(rendered)
        if not isinstance(rendered, np.ndarray):
            raise EnvironmentFault(
                f"render() returned {shown(rendered)}; expected a picture",
                "the environment's render()",
                "return surface.commit(), an RGB array, or None",
            )
        try:
            return self._pixels.setdefault(viewer, PixelFrames()).packet(rendered)
        except SurfaceError as error:
            raise EnvironmentFault(
                f"render() returned no picture: {error.what}", "the environment's render()", error.fix
            ) from error
