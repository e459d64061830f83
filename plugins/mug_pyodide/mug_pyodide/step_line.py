"""The records of steps, of which there are many: only what is checked of them is read."""

from __future__ import annotations

from typing import Any

import msgspec


class StepLine(msgspec.Struct, frozen=True):
    """What is checked of a step. The rest of its line is JSON too, and is not looked at."""

    kind: str
    wall: int
    episode: int
    step: int
    frame: int
    rewards: dict[str, float]
    actions: dict[str, msgspec.Raw]
    by: Any = msgspec.UNSET
    seat: Any = msgspec.UNSET


_decode = msgspec.json.Decoder(StepLine).decode


def read_step(line: bytes) -> StepLine | None:
    """Return the step in a line as pages write it; None if it is another record, or takes a closer look."""
    # In text that is passed over, what is not UTF-8 would not be noticed.
    if not line.isascii():
        return None
    try:
        step = _decode(line)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    return step if step.kind == "step" and step.by is step.seat is msgspec.UNSET else None
