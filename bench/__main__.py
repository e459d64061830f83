"""``make bench``: measure everything, or the parts that are named, and print it as tables."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable

from bench import frames, load, pairs_load, records_load, startup, stepping, tables, together


def _engine(options: argparse.Namespace) -> None:
    tables.print_stepping(stepping.measure())


def _games(options: argparse.Namespace) -> None:
    for inputs, games in zip((4, 30), options.games, strict=True):
        with load.other_cores():
            tables.print_games(inputs, load.sustained(inputs, games, options.seconds))


def _waiting(options: argparse.Namespace) -> None:
    with load.other_cores():
        tables.print_waiting(load.wait(options.people))


def _records(options: argparse.Namespace) -> None:
    with load.other_cores():
        rounds = [records_load.measure(people, options.seconds) for people in options.senders]
    tables.print_records(rounds)


def _pairs(options: argparse.Namespace) -> None:
    with load.other_cores():
        tables.print_pairs(pairs_load.measure(options.pairs, options.seconds))


def _startup(options: argparse.Namespace) -> None:
    tables.print_startup(startup.compare(startup.measure(options.rounds, options.later)))


def _frames(options: argparse.Namespace) -> None:
    tables.print_frames(*frames.measure(options.seconds))


def _together(options: argparse.Namespace) -> None:
    tables.print_together(together.measure(options.together_seconds, options.rtts, options.losses))


PARTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "engine": _engine,
    "games": _games,
    "waiting": _waiting,
    "records": _records,
    "pairs": _pairs,
    "startup": _startup,
    "frames": _frames,
    "together": _together,
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="part", help=f"what to measure: {', '.join(PARTS)}; default: everything"
    )
    parser.add_argument("--together-seconds", type=float, default=60.0, help="length of each condition")
    parser.add_argument("--rtts", type=int, nargs="+", default=(50, 150, 300), help="round trips, in ms")
    parser.add_argument("--losses", type=float, nargs="+", default=(0.0, 0.02, 0.05, 0.1), help="shares lost")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each round")
    parser.add_argument(
        "--games", type=int, nargs=2, default=(60, 40), help="games to begin with, at 4 and 30 inputs"
    )
    parser.add_argument("--people", type=int, default=500, help="people in the waiting room")
    parser.add_argument(
        "--senders", type=int, nargs="+", default=(200, 1000), help="people who play in their browsers"
    )
    parser.add_argument("--pairs", type=int, default=100, help="pairs whose browsers play together")
    parser.add_argument("--rounds", type=int, default=2, help="people who come to each site")
    parser.add_argument("--later", type=int, default=2, help="how often each of them comes back")
    options = parser.parse_args()
    unknown = [part for part in options.parts if part not in PARTS]
    if unknown:
        parser.error(f"there is no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    for part in options.parts or PARTS:
        PARTS[part](options)


if __name__ == "__main__":
    main()
