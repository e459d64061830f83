"""Pictures as JSON values: they only go from this interpreter to the page around it."""

from __future__ import annotations

from typing import Any, Final

from mug.game.venue import FrameEncoder, Place
from mug.game.views import DELTA, FULL, HEARTBEAT
from mug.rendering.packet import Delta

_KINDS: Final = {DELTA: "delta", FULL: "full", HEARTBEAT: "beat"}


class JsonFrames(FrameEncoder):
    """Writes frames as dicts."""

    def body(self, delta: Delta, hud: str | None) -> dict[str, Any]:
        """Write what changed."""
        changed, removed = delta
        body: dict[str, Any] = {"set": changed, "removed": removed}
        return body if hud is None else {**body, "hud": hud}

    def frame(
        self, kind: int, place: Place, ack: int, body: dict[str, Any] | None, *, has_hud: bool
    ) -> dict[str, Any]:
        """Put before it where the game is."""
        episode, frame, step = place
        head = {"kind": _KINDS[kind], "episode": episode, "frame": frame, "step": step, "ack": ack}
        return {**head, **(body or {})}
