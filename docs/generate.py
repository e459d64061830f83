"""Writes the generated pages of the reference: ``python -m docs.generate``; ``--check`` only compares."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from docs.writers import cli, data, hooks, messages, settings, surface

REFERENCE = Path(__file__).resolve().parent / "reference"
WRITERS = {
    "cli.md": cli.page,
    "data.md": data.page,
    "hooks.md": hooks.page,
    "messages.md": messages.page,
    "settings.md": settings.page,
    "surface.md": surface.page,
}
NOTE = "<!-- written by python -m docs.generate; change the code that it describes, or docs/writers -->\n\n"


def stale(folder: Path = REFERENCE) -> list[Path]:
    """Return the pages that are not as they should be."""
    return [
        folder / name
        for name, write in WRITERS.items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != NOTE + write()
    ]


def main(arguments: Sequence[str], folder: Path = REFERENCE) -> int:
    """Write or compare the pages; returns the exit status."""
    if list(arguments) not in ([], ["--check"]):
        print("usage: python -m docs.generate [--check]", file=sys.stderr)
        return 2
    if arguments:
        for page in stale(folder):
            print(f"{page} is out of date: run python -m docs.generate", file=sys.stderr)
        return 1 if stale(folder) else 0
    for name, write in WRITERS.items():
        (folder / name).write_text(NOTE + write(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
