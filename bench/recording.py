"""The records of a real game, as a participant's browser sends them."""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from typing import Any

import attrs

from mug.engine.seeds import derive_seed
from mug.game import json_lines
from mug.game.loop import Game
from mug.game.pace import AtOnce
from mug.game.spec import GameSpec
from mug.game.venue import Venue

SEED = 1
BEGUN_AT = 1_700_000_000_000
CHANGES_PER_SECOND = 4


class _NoFrames:
    """Draws nothing: pictures stay in the browser."""

    def body(self, delta: Any, hud: str | None) -> None:
        return None

    def frame(self, kind: int, place: Any, ack: int, body: None, *, has_hud: bool) -> None:
        return None


def game_records(spec: GameSpec, seconds: float) -> list[bytes]:
    """Play a game for so long, by its own clock, with keys changed as a person does; return its records."""
    now = 1.0
    venue = Venue(
        runtime="pyodide",
        encode=json_lines.encode,
        wall_ms=lambda: BEGUN_AT + round(now * 1000),
        frames=_NoFrames(),
        starts=AtOnce(),
        replay_slice=1.0,
        global_generators=True,
    )
    opening = {
        "game_id": "recorded",
        "seed": SEED,
        "participants": dict.fromkeys(spec.humans, "subject"),
        "policies": {},
        "history": [],
    }
    game = Game(spec, opening, venue)
    game.turn(now)
    game.start(now)
    keys = random.Random(SEED)
    while now < 1.0 + seconds and game.next_due(now) is not None:
        for human in spec.humans:
            if keys.random() < CHANGES_PER_SECOND / spec.fps:
                pressed = keys.randrange(len(spec.controls[human].actions))
                game.seats.inputs[human].press(pressed, 1, now)
        game.turn(now)
        # Ticks come a little late, as they do in browsers.
        now = max(now, game.next_due(now) or now) + keys.random() * 0.002
    return [line for line in game.ledger.lines if isinstance(line, bytes)]


@attrs.frozen
class Batch:
    """The records that are sent at once. ``data`` is None when they hold what is different in each game."""

    first: int
    lines: Sequence[bytes]
    data: bytes | None


class Recording:
    """A game in batches, ready to be sent as any participant's.

    Only the seeds are different in each game; what has none is packed once.

    Args:
        spec: what is played.
        seconds: for how long.
        every: how many seconds of it go into a batch.
    """

    def __init__(self, spec: GameSpec, seconds: int, every: int = 1) -> None:
        self.every = every
        batches: list[Batch] = []
        second: list[bytes] = []
        number, until = 0, BEGUN_AT + 1000 + 1000 * every
        for line in [*game_records(spec, seconds), None]:
            wall = json_lines.decode(line)["wall"] if line is not None else until
            if wall >= until and second:
                own = any(b'"kind":"step"' not in one for one in second)
                batches.append(Batch(number, second, None if own else deflated(second)))
                number += len(second)
                second, until = [], until + 1000 * every
            if line is not None:
                second.append(line)
        self.batches = batches

    def data(self, number: int, seed: int) -> bytes:
        """Return a batch as the participant sends it whose game has this seed."""
        batch = self.batches[number]
        if batch.data is not None:
            return batch.data
        return deflated([_reseeded(line, seed) for line in batch.lines])


def _reseeded(line: bytes, seed: int) -> bytes:
    record = json_lines.decode(line)
    if record["kind"] == "game_start":
        record["seed"] = seed
    elif record["kind"] == "episode_start":
        record["seed"] = derive_seed(seed, record["episode"])
    else:
        return line
    return json_lines.encode(record)


def deflated(lines: Sequence[bytes]) -> bytes:
    """Return lines as pages pack them: raw-deflated."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(b"\n".join(lines)) + packer.flush()
