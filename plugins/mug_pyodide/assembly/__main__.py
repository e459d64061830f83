"""``python -m assembly``: assemble the runtime, or bring it up to date."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import pins
from .assemble import assemble
from .origins import AssemblyError
from .storage import Cache


def main() -> int:
    """Assemble; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m assembly", description=__doc__)
    parser.add_argument("--target", type=Path, default=pins.TARGET, help="the folder to write")
    parser.add_argument("--brotli", type=int, default=11, choices=range(12), help="quality")
    options = parser.parse_args()
    try:
        assemble(options.target, Cache.of_user(), options.brotli)
    except AssemblyError as problem:
        print(f"The runtime for browsers cannot be assembled. {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
