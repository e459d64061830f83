"""Writes the generated pages of the reference: ``python -m docs.generate``; ``--check`` only compares."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from docs.writers import cli, conformance, data, hooks, messages, settings, surface, surveys

DOCS = Path(__file__).resolve().parent
WRITERS = {
    "cli.md": cli.page,
    "data.md": data.page,
    "hooks.md": hooks.page,
    "messages.md": messages.page,
    "settings.md": settings.page,
    "surface.md": surface.page,
    "surveys.md": surveys.page,
}
NOTE = "<!-- written by python -m docs.generate; change the code that it describes, or docs/writers -->\n\n"


def pages(folder: Path = DOCS) -> dict[Path, str]:
    """Return what each generated page should be."""
    wanted = {folder / "reference" / name: NOTE + write() for name, write in WRITERS.items()}
    kit = folder / "plugins" / "conformance.md"
    return wanted | {kit: conformance.page(kit.read_text(encoding="utf-8"))}


def stale(folder: Path = DOCS) -> list[Path]:
    """Return the pages that are not as they should be."""
    return [
        page
        for page, text in pages(folder).items()
        if not page.is_file() or page.read_text(encoding="utf-8") != text
    ]


def main(arguments: Sequence[str], folder: Path = DOCS) -> int:
    """Write or compare the pages; returns the exit status."""
    if list(arguments) not in ([], ["--check"]):
        print("usage: python -m docs.generate [--check]", file=sys.stderr)
        return 2
    outdated = stale(folder)
    for page in outdated:
        if arguments:
            print(f"{page} is out of date: run python -m docs.generate", file=sys.stderr)
        else:
            page.write_text(pages(folder)[page], encoding="utf-8")
    return 1 if arguments and outdated else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
