"""``make bench``: measure everything and print it as tables."""

from __future__ import annotations

import argparse
import os
import platform

from bench import load, stepping


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each round of games")
    parser.add_argument(
        "--games", type=int, nargs=2, default=(60, 40), help="games to begin with, at 4 and 30 inputs"
    )
    parser.add_argument("--people", type=int, default=500, help="people in the waiting room")
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")

    steps = stepping.measure()
    print("engine: one step and picture of the coordination grid (best of 7 rounds)")
    print(f"  bare environment  {steps.bare:7.1f} µs   {1e6 / steps.bare:8.0f} steps/s")
    print(f"  through the engine{steps.engine:7.1f} µs   {1e6 / steps.engine:8.0f} steps/s")
    print(f"  overhead          {steps.overhead:7.1f} µs   ratio {steps.engine / steps.bare:.2f}\n")

    load.use_other_cores()
    print("games: two players, 30 fps, web process and workers together on one core")
    print("  inputs/s  games    fps  on time  frames/s  bytes/frame  µs CPU/frame  core  late ticks")
    for inputs, games in zip((4, 30), options.games, strict=True):
        rounds = load.sustained(inputs, games, options.seconds)
        for one in rounds:
            print(
                f"  {one.inputs:8.0f}  {one.games:5d}  {one.fps:5.2f}  {one.on_time:6.1%}"
                f"  {one.frames_per_second:8.1f}  {one.bytes_per_frame:11.0f}  {one.cpu_per_frame:12.0f}"
                f"  {one.load:4.0%}  {one.late_ticks:9.2%}"
            )
        best = max((one.games for one in rounds if one.sustained), default=0)
        print(f"  -> {best} games sustained at {inputs} input changes a second\n")

    waiting = load.wait(options.people)
    print(f"waiting room: {waiting.people} people")
    print(f"  {waiting.arrivals_per_second:.0f} arrivals/s, {waiting.cpu_per_arrival:.1f} ms CPU each")
    print(f"  {waiting.kib_per_person:.0f} KiB each, {waiting.idle_load:.1%} of a core while they wait")


if __name__ == "__main__":
    main()
