"""The tables that are printed."""

from __future__ import annotations

from collections.abc import Sequence

from bench.frames import Costs, FrameCost
from bench.load import Round, Waiting
from bench.records_load import RecordsRound
from bench.startup import SITES, Compared
from bench.stepping import Stepping
from bench.together import Played


def print_stepping(steps: Stepping) -> None:
    """Print what the engine adds."""
    print("engine: one step and picture of the coordination grid (best of 7 rounds)")
    print(f"  bare environment  {steps.bare:7.1f} µs   {1e6 / steps.bare:8.0f} steps/s")
    print(f"  through the engine{steps.engine:7.1f} µs   {1e6 / steps.engine:8.0f} steps/s")
    print(f"  overhead          {steps.overhead:7.1f} µs   ratio {steps.engine / steps.bare:.2f}\n")


def print_games(inputs: int, rounds: Sequence[Round]) -> None:
    """Print how many games on the server one core sustains."""
    print(f"games: two players, 30 fps, {inputs} inputs/s, web process and workers together on one core")
    print("  games    fps  on time  frames/s  bytes/frame  µs CPU/frame  core  late ticks")
    for one in rounds:
        print(
            f"  {one.games:5d}  {one.fps:5.2f}  {one.on_time:7.1%}  {one.frames_per_second:8.1f}"
            f"  {one.bytes_per_frame:11.0f}  {one.cpu_per_frame:12.0f}  {one.load:4.0%}"
            f"  {one.late_ticks:9.2%}"
        )
    best = max((one.games for one in rounds if one.sustained), default=0)
    print(f"  -> {best} games sustained at {inputs} input changes a second\n")


def print_waiting(waiting: Waiting) -> None:
    """Print what a waiting room costs."""
    print(f"waiting room: {waiting.people} people")
    print(f"  {waiting.arrivals_per_second:.0f} arrivals/s, {waiting.cpu_per_arrival:.1f} ms CPU each")
    print(f"  {waiting.kib_per_person:.0f} KiB each, {waiting.idle_load:.1%} of a core while they wait\n")


def print_records(rounds: Sequence[RecordsRound]) -> None:
    """Print what participants cost who play in their browsers."""
    print("records: people who play in their browsers at 30 steps/s, the server on one core")
    print("  people  records/s  taken  core  export  µs CPU/record  p50 ms  p99 ms  KiB each  load's core")
    for one in rounds:
        print(
            f"  {one.people:6d}  {one.records_per_second:9.0f}  {min(one.acknowledged, 1):5.0%}"
            f"  {one.core:4.0%}  {one.exporting:6.0%}  {one.cpu_per_record:13.1f}  {one.median_ms:6.1f}"
            f"  {one.slow_ms:6.0f}  {one.kib:8.0f}  {one.generator:11.0%}"
        )
    last = rounds[-1]
    print(f"  -> {last.people_per_core:.0f} participants for a core at this price each\n")


def print_pairs(one: RecordsRound) -> None:
    """Print what pairs cost whose browsers play together."""
    print("pairs: two people's browsers each, 30 steps/s, records of both compared, the server on one core")
    print("  pairs  records/s  taken   core  export  µs CPU/record  p50 ms  p99 ms  KiB each  load's core")
    print(
        f"  {one.people // 2:5d}  {one.records_per_second:9.0f}  {min(one.acknowledged, 1):5.0%}"
        f"  {one.core:5.1%}  {one.exporting:6.1%}  {one.cpu_per_record:13.1f}  {one.median_ms:6.1f}"
        f"  {one.slow_ms:6.0f}  {2 * one.kib:8.0f}  {one.generator:11.0%}\n"
    )


def print_together(played: Sequence[Played]) -> None:
    """Print what two people get who play over a bad network, by each way of playing."""
    print("together: two browsers, coordination grid, 30 fps, delay 2, window 8; keys held 350 ms on average")
    print(
        "  way       rtt  loss  frames   fps  stalls  rollbacks/100  depth p50/p99/max"
        "  key to picture p50/p95  bytes/s  ahead p99  desyncs"
    )
    for one in played:
        condition = one.condition
        depths = "/".join(f"{depth:.0f}" for depth in one.depths)
        print(
            f"  {condition.mode:8s} {condition.rtt_ms:4d}  {condition.loss:4.0%}  {one.frames:6d}"
            f"  {one.fps:4.1f}  {one.stalls:6.2%}  {one.rollbacks:13.1f}  {depths:>17s}"
            f"  {one.input_ms[0]:10.0f}/{one.input_ms[1]:.0f} ms  {one.bytes_per_second:11.0f}"
            f"  {one.frames_ahead:9.2f}  {one.desyncs:7d}"
        )
    print()


def print_startup(compared: Sequence[Compared]) -> None:
    """Print how long pages take to their first step."""
    print(
        "startup: from opening the page to the first step, in seconds (best, median); beside a stock Pyodide"
    )
    print("  link                    mug          stock   ratio  CPU ratio   MB received")
    for one in compared:
        visit = "again" if one.warm else "first"
        times = "  ".join(f"{one.best[site] / 1e3:5.2f} {one.median[site] / 1e3:5.2f}" for site in SITES)
        received = "  ".join(f"{one.received[site] / 1e6:5.2f}" for site in SITES)
        ratios = f"{one.ratio:4.2f}       {one.cpu_ratio:4.2f}"
        print(f"  {one.speed.name:16s} {visit:5s}  {times}   {ratios}   {received}")
    for one in compared:
        visit = "again" if one.warm else "first"
        for site in SITES:
            stages = ", ".join(f"{stage} {duration:.0f}" for stage, duration in one.stages[site].items())
            print(f"  {one.speed.name}, {visit}, {site}: {stages} ms")
    print()


def print_frames(costs: Sequence[Costs], frame: FrameCost) -> None:
    """Print what steps, snapshots and frames cost in the browser."""
    print("environments: steps a second, alone and through the engine, in a page's worker and natively")
    print("  environment           worker   native  ratio    engine: worker   native  ratio")
    for one in costs:
        alone, engine = (_rates(one, part) for part in ("step", "engine"))
        print(f"  {one.name:18s}  {alone}            {engine}")
    print("\nsnapshots: microseconds to save, to load, and to save as bytes for a reload")
    print("  environment           worker: save   load   bytes    native: save   load   bytes")
    for one in costs:
        print(f"  {one.name:18s}  {_snapshots(one.worker)}    {_snapshots(one.native)}")
    print("\nframes: milliseconds of one frame of the coordination grid in a page, 30 a second (medians)")
    print(
        f"  game {frame.turn:.2f}, crossing to JavaScript {frame.crossing:.2f}, drawing {frame.drawing:.2f}\n"
    )


def _rates(costs: Costs, part: str) -> str:
    worker, native = 1e6 / costs.worker[part], 1e6 / costs.native[part]
    return f"{worker:8.0f} {native:8.0f}   {worker / native:4.2f}"


def _snapshots(costs: dict[str, float]) -> str:
    portable = f"{costs['bytes']:7.0f}" if "bytes" in costs else "      -"
    return f"{costs['save']:12.0f} {costs['load']:6.0f} {portable}"
