"""``python -m mug_ggpo.simulation``: a long run over simulated networks, with a table at its end."""

from __future__ import annotations

import argparse
import sys

from mug_ggpo.simulation.soak import soak


def main() -> int:
    """Run it; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m mug_ggpo.simulation", description=__doc__)
    parser.add_argument("--frames", type=int, default=1_000_000, help="confirmed frames, over all rows")
    parser.add_argument("--farewells", type=int, default=1000, help="games that somebody leaves")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    arguments = parser.parse_args()
    return 1 if soak(arguments.frames, arguments.farewells, arguments.jobs) else 0


if __name__ == "__main__":
    sys.exit(main())
