"""A long run of everything, and its table."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import count, islice

from mug_ggpo.session import DISCONNECTED, Desync, Dropped, Restored, Started
from mug_ggpo.simulation.check import check
from mug_ggpo.simulation.network import Conditions
from mug_ggpo.simulation.outcome import Outcome
from mug_ggpo.simulation.peer import SimulatedPeer
from mug_ggpo.simulation.rows import ROWS, Row, anything, bit_flip, farewell, reload
from mug_ggpo.simulation.scenario import Scenario
from mug_ggpo.simulation.world import World, run

_HEAD = (
    "scenario                  frames  wrong  stall %  rb/100  depth 50/99/max"
    "  resim  offset 99  B/s  largest"
)
FOUND_WITHIN = 30
"""Frames, and a round trip, within which a flipped bit is found."""


def one(scenario: Scenario) -> tuple[Outcome, list[str]]:
    """Run a scenario; return what it came to, and what is wrong, preconditions included."""
    outcome = run(scenario)
    wrong = check(scenario, outcome)
    for number, peer in enumerate(outcome.peers):
        if not any(isinstance(event, Started) for _, event in peer.events):
            wrong.append(f"peer {number} was never in a game")
        late = scenario.wire.latency * scenario.fps > scenario.input_delay
        if late and scenario.prediction_window and scenario.seconds > 30 and not peer.rollbacks:
            wrong.append(f"peer {number} never rolled back")
    return outcome, [f"seed {scenario.seed}: {what}" for what in wrong]


def farewell_wrong(seed: int) -> list[str]:
    """What is wrong after somebody left."""
    scenario = farewell(seed)
    outcome, wrong = one(scenario)
    gone = {absence.peer for absence in scenario.absences}
    for number, peer in enumerate(outcome.peers):
        if number in gone:
            continue
        if {event.peer for _, event in peer.events if isinstance(event, Dropped)} != gone:
            wrong.append(f"seed {seed}: peer {number} does not know who left")
        statuses = peer.confirmed[max(peer.confirmed)].statuses
        if {seat for seat, status in enumerate(statuses) if status == DISCONNECTED} != gone:
            wrong.append(f"seed {seed}: peer {number} plays with others than stayed")
    return wrong


def reload_wrong(seed: int) -> list[str]:
    """What is wrong after somebody reloaded the page."""
    scenario = reload(seed)
    outcome, wrong = one(scenario)
    peer = outcome.peers[scenario.absences[0].peer]
    if not any(isinstance(event, Restored) for _, event in peer.events):
        wrong.append(f"seed {seed}: did not get back")
    elif len([key for key in peer.confirmed if key >= max(peer.resumed_at)]) < 60:
        wrong.append(f"seed {seed}: did not play on")
    return wrong


def anything_wrong(seed: int) -> list[str]:
    """What is wrong after anything happened: when the network is good again, all who are there play on."""
    scenario = anything(seed)
    world = World(scenario)
    world.run()
    world.network.becomes(Conditions(latency=0.01))
    before = {peer: _position(node) for peer, node in world.nodes.items()}
    world.go_on(scenario.seconds + 6)
    wrong = check(scenario, world.outcome)
    for peer, node in world.nodes.items():
        if _position(node) <= before.get(peer, (-1, -1)) or node.session.over:
            wrong.append(f"peer {peer} does not get beyond {_position(node)}")
    return [f"seed {seed}: {what}" for what in wrong]


def _position(node: SimulatedPeer) -> tuple[int, int]:
    return node.session.epoch, node.session.confirmed_frame


def bit_flip_wrong(seed: int) -> list[str]:
    """What is wrong after a bit flipped: it must be found on both sides, in time."""
    scenario = bit_flip(seed)
    assert scenario.flip is not None
    outcome = run(scenario)
    wrong = []
    for number in (0, 1):
        events = outcome.peers[number].events
        began = next(at for at, event in events if isinstance(event, Started))
        latest = began + (scenario.flip[1] + FOUND_WITHIN) / scenario.fps + 2 * scenario.wire.latency + 0.12
        if not any(isinstance(event, Desync) and at <= latest for at, event in events):
            wrong.append(f"seed {seed}: peer {number} did not find the flipped bit in time")
    return wrong


def soak(frames: int, farewells: int, jobs: int) -> int:
    """Run every row, then those who leave and return; print a table and return how much is wrong."""
    began = time.monotonic()
    total = 0
    wrong: list[str] = []
    shares = sum(row.share for row in ROWS)
    with ProcessPoolExecutor(jobs) as pool:
        print(_HEAD)
        for row in ROWS:
            outcome, problems = _play(pool, row, frames * row.share / shares, jobs)
            problems += [f"{row.name}: {what}" for what in row.limits.exceeded(outcome)]
            total += outcome.frames()
            wrong += problems
            print(_line(row.name, outcome, len(problems)), flush=True)
        for name, function, seeds in (
            ("who leaves", farewell_wrong, farewells),
            ("who returns", reload_wrong, farewells // 3),
            ("anything", anything_wrong, farewells // 3),
            ("flipped bits", bit_flip_wrong, farewells // 3),
        ):
            problems = list(_all(pool, function, seeds))
            wrong += problems
            print(f"{name}: {seeds} games, {len(problems)} wrong", flush=True)
    print(f"{total} confirmed frames in {time.monotonic() - began:.0f} s, {len(wrong)} wrong")
    for what in wrong[:20]:
        print(what, file=sys.stderr)
    return len(wrong)


def _play(pool: ProcessPoolExecutor, row: Row, frames: float, jobs: int) -> tuple[Outcome, list[str]]:
    """Run seed after seed of a row until there are so many frames; return all of it as one."""
    whole = Outcome([])
    wrong: list[str] = []
    seeds = count()
    while whole.frames() < frames:
        for outcome, problems in pool.map(one, [row.scenario(seed) for seed in islice(seeds, jobs)]):
            whole.peers += outcome.peers
            whole.offsets += outcome.offsets
            wrong += problems
    return whole, wrong


def _all(pool: ProcessPoolExecutor, function: Callable[[int], list[str]], seeds: int) -> Iterator[str]:
    for problems in pool.map(function, range(seeds), chunksize=8):
        yield from problems


def _line(name: str, outcome: Outcome, wrong: int) -> str:
    depths = "/".join(str(outcome.depth(share)) for share in (0.5, 0.99, 1))
    largest = max(peer.largest for peer in outcome.peers)
    return (
        f"{name:24} {outcome.frames():7} {wrong:6} {100 * outcome.stalls_per_tick():8.3f}"
        f" {outcome.rollbacks_per_100():7.1f} {depths:>16} {outcome.resimulated_per_frame():6.2f}"
        f" {outcome.offset(0.99):10.2f} {outcome.bytes_per_second():4.0f} {largest:8}"
    )
