"""Both halves read and write the same bytes: the browser's tests use the examples that this file checks.

After a deliberate change of a format, ``python tests/contract/test_wire_examples.py`` writes them again.
"""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mug_server_mode.frames import BinaryFrames

from mug.components import PlayerInput
from mug.core.protocol import NO_ACTION, parse_input
from mug.game.views import View
from mug.rendering import Surface
from mug.rendering.packet import PIXELS, TYPE_NAMES, RenderPacket

EXAMPLES = Path(__file__).parent / "wire_examples.json"
INPUTS = (
    PlayerInput("held", 1, 3),
    PlayerInput("held", 2**31 + 5, None),
    PlayerInput("event", 70_000, 258),
    PlayerInput("pointer", 9, 0, 12.5, -3.25),
)


def everything() -> RenderPacket:
    """Return a picture with every kind of command that a surface draws."""
    surface = Surface(width=200, height=100)
    surface.register_image("star", "star.png")
    surface.register_atlas("sheet", "sheet.png", "sheet.json")
    surface.rect(1, 2, w=30, h=40, color="red", border_radius=5, stroke_color="black", stroke_width=2)
    surface.circle(50, 50, radius=10, color=(0, 128, 255), alpha=0.5, id="ball", persistent=True)
    surface.ellipse(70, 20, rx=9, ry=4, color="#abc")
    surface.line([(0, 0), (10, 5), (20, 0)], color="teal", width=3)
    surface.polygon([(0, 0), (10, 0), (5, 8)], color="gold", depth=-1)
    surface.text("two\nlines", 100, 50, size=12, color="navy", align="center", baseline="middle", angle=30)
    surface.image("star", 0.5, 0.25, relative=True)
    surface.image("sheet", 10, 10, width=16, height=16, frame="hero")
    surface.arc(20, 20, radius=5, start_angle=0, end_angle=math.pi, color="black", width=2)
    surface.arc(40, 20, radius=5, start_angle=0, end_angle=1, color="black", filled=True, tween_duration=120)
    return surface.commit()


def frames() -> list[str]:
    """Return what the server runtime sends for a full frame, a delta, pixels and a sign of life."""
    sent: list[bytes] = []
    seats: Any = {"player_0": SimpleNamespace(ack=77)}
    view = View(["player_0"], seats, BinaryFrames(), lambda seat, frame: sent.append(frame), lambda *_: None)
    first = everything()
    view.show(first, "Score 1", (1, 10, 9), 0.0)
    surface = Surface(width=200, height=100)
    surface.circle(60, 50, radius=10, color="red")
    view.show(surface.commit(), "Score 2", (1, 11, 10), 0.1)
    png = {"x": 0, "y": 0, "w": 2, "h": 2, "png": b"\x89PNG\r\n"}
    pixels = RenderPacket(2, 2, (), [(1, 0, PIXELS, png)])
    view.show(pixels, "Score 2", (1, 12, 11), 0.2)
    view.show(pixels, "Score 2", (2, 70_000, 60_000), 9.0)
    return [frame.hex() for frame in sent]


def generate() -> dict[str, Any]:
    """Return all examples."""
    return {
        "types": list(TYPE_NAMES),
        "inputs": [
            {"kind": i.kind, "seq": i.seq, "action": i.action, "x": i.x, "y": i.y, "hex": _encode(i).hex()}
            for i in INPUTS
        ],
        "frames": frames(),
    }


def _encode(one: PlayerInput) -> bytes:
    kinds = {"held": 1, "event": 2, "pointer": 3}
    action = NO_ACTION if one.action is None else one.action
    head = struct.pack("<BIH", kinds[one.kind], one.seq, action)
    return head + (struct.pack("<ff", one.x, one.y) if one.kind == "pointer" else b"")


@pytest.fixture
def examples() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(EXAMPLES.read_text())
    return loaded


@pytest.mark.parametrize("one", INPUTS, ids=lambda one: one.kind)
def test_the_server_reads_inputs_as_the_browser_writes_them(
    one: PlayerInput, examples: dict[str, Any]
) -> None:
    """The bytes that the browser's tests expect of an input mean that input here."""
    example = examples["inputs"][INPUTS.index(one)]
    assert one == parse_input(bytes.fromhex(example["hex"]))


def test_frames_are_those_that_the_browser_is_tested_with(examples: dict[str, Any]) -> None:
    """What the server sends now is what the browser's tests read."""
    assert frames() == examples["frames"], f"run: python {Path(__file__).name}, then the browser's tests"


def test_commands_have_the_numbers_that_the_browser_knows(examples: dict[str, Any]) -> None:
    """A command's type is a number; both halves count alike."""
    assert list(TYPE_NAMES) == examples["types"]


if __name__ == "__main__":
    EXAMPLES.write_text(json.dumps(generate(), indent=1) + "\n")
