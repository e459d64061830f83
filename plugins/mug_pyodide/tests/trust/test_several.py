"""Games of several people are replayed from the one stream of records that their pages have alike."""

from __future__ import annotations

import json
from typing import Any

from mug_pyodide.trust.examination import examine

from mug.configurations.configuration_constants import PolicyTypes
from mug.game.json_lines import encode
from mug.game.loop import Game
from mug.game.pace import AtOnce
from mug.game.spec import GameSpec
from mug.game.venue import Venue
from mug.testing.envs import Meeting

SEED = 41
ANN, BOB = SEATS = ("player_0", "player_1")
TAKEN_AT = 6


class NoPicture:
    """Draws nothing."""

    def body(self, delta: Any, hud: str | None) -> None:
        return None

    def frame(self, kind: int, place: Any, ack: int, body: None, *, has_hud: bool) -> None:
        return None


def played(spec: GameSpec) -> list[bytes]:
    """Play a game in which a policy takes a seat, with notes among its records."""
    venue = Venue(
        runtime="pyodide",
        encode=encode,
        wall_ms=lambda: 1,
        frames=NoPicture(),
        starts=AtOnce(),
        replay_slice=1.0,
        global_generators=True,
    )
    people = [(seat, f"subject-{seat}") for seat in SEATS]
    opening = {"game_id": "g", "seed": SEED, "participants": people, "policies": [], "history": []}
    game, now, lines, steps = Game(spec, opening, venue), 1.0, list[bytes](), 0
    game.turn(now)
    game.start(now)
    while (due := game.next_due(now)) is not None:
        now = max(now, due)
        for number, seat in enumerate(SEATS):
            game.seats.inputs[seat].press((steps + number) % 2, steps, now)
        game.turn(now)
        new = game.ledger.take_lines()
        if steps == TAKEN_AT:
            game.take_over(now, BOB, ["takeover"])
        steps += sum(b'"kind":"step"' in line for line in new)
        lines += new
        lines.append(encode({"kind": "netplay", "seat": ANN, "wall": 1, "frame": steps}))
    lines.append(encode({"kind": "divergence", "seat": BOB, "episode": 1, "wall": 1, "by": "server"}))
    return lines


def spec_of(kit: Any) -> GameSpec:
    """Two people on a line, of whom one is replaced by chance."""
    policies = dict.fromkeys(SEATS, PolicyTypes.Human)
    changes = {"on_leave": "takeover", "takeover_policy": PolicyTypes.Random, "num_episodes": 2}
    spec: GameSpec = kit.make_spec(Meeting, policies=policies, **changes)
    return spec


def test_a_game_of_two_people_is_verified(kit: Any) -> None:
    """Seats that changed hands, and notes among the records, are no obstacle."""
    spec = spec_of(kit)
    lines = played(spec)
    sources = [json.loads(line)["sources"][BOB] for line in lines if b'"kind":"step"' in line]
    assert {"human", "policy"} == set(sources)
    assert [finding.verdict for finding in examine(spec, lines, SEED)] == ["verified", "verified"]


def test_what_one_player_changed_is_found(kit: Any) -> None:
    """The first step that cannot be is named."""
    spec = spec_of(kit)
    lines = played(spec)
    place = next(number for number, line in enumerate(lines) if b'"step":4,' in line)
    step = json.loads(lines[place])
    step["rewards"][BOB] += 1
    lines[place] = encode(step)
    first, second = examine(spec, lines, SEED)
    assert (first.verdict, first.step, second.verdict) == ("different", 4, "verified")
