"""The code blocks of the documentation, with what their comments say about running them.

A comment directly before a block says how it is run; `docs/README.md` lists what can stand there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import attrs

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = frozenset(("python", "console", "text", "html", "json", "toml", "ini", "nginx"))
"""Every block names one of these, so that a slip of the pen keeps no code from being run."""
MARKS = frozenset(("play",))
"""Words that a ``run:`` comment can have besides a file's name."""
_FENCE = re.compile(r"^( *)```(\S*)\s*$")
_DIRECTIVE = re.compile(r"^<!-- (run|not run): (.+) -->$")
_SETUP = "<!-- setup"


@attrs.frozen
class Block:
    """One block of a page.

    Attributes:
        page: the file, relative to the checkout.
        line: the number of the block's first line of code.
        language: what the fence names; ``setup`` for what readers do not see.
        code: the text.
        file: the name of the file that the block is; empty for other blocks.
        marks: further words of a ``run:`` comment.
        skipped: the reason of a ``not run:`` comment; empty for blocks that are run.
    """

    page: Path
    line: int
    language: str
    code: str
    file: str = ""
    marks: frozenset[str] = frozenset()
    skipped: str = ""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """Return every page of the documentation, relative to the checkout."""
    found = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    for pattern in ("docs/**/*.md", "plugins/*/README.md", "examples/*/README.md"):
        found += sorted(ROOT.glob(pattern))
    return [page.relative_to(ROOT) for page in found if page.is_file()]


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page in order.

    Raises:
        ValueError: a fence is indented, unclosed or without a language, or a comment cannot be understood.
    """
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    return list(_blocks(page, lines))


def _blocks(page: Path, lines: list[str]) -> Iterator[Block]:
    directive = ""
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if line == _SETUP:
            end = lines.index("-->", number)
            yield Block(page, number + 1, "setup", "\n".join(lines[number:end]) + "\n")
            number = end + 1
        elif fence := _FENCE.match(line):
            if fence[1]:
                raise ValueError(f"{page}:{number}: a block must not be indented")
            if "```" not in lines[number:]:
                raise ValueError(f"{page}:{number}: the block is not closed")
            end = lines.index("```", number)
            code = "\n".join(lines[number:end]) + "\n"
            yield _block(Block(page, number + 1, fence[2], code), directive)
            number = end + 1
            directive = ""
        elif line.startswith("<!--") and ("run:" in line):
            if not _DIRECTIVE.match(line):
                raise ValueError(f"{page}:{number}: {line!r} cannot be understood")
            directive = line
        elif line.strip() and directive:
            raise ValueError(f"{page}:{number}: {directive!r} stands before no block")


def _block(block: Block, directive: str) -> Block:
    if block.language not in LANGUAGES:
        raise ValueError(f"{block}: {block.language!r} is none of {', '.join(sorted(LANGUAGES))}")
    found = _DIRECTIVE.match(directive)
    if not found:
        return block
    if found[1] == "not run":
        return attrs.evolve(block, skipped=found[2])
    words = found[2].split()
    file = ""
    if "file" in words:
        place = words.index("file")
        file = words[place + 1]
        del words[place : place + 2]
    if not set(words) <= MARKS:
        raise ValueError(f"{block}: {directive!r} has words that mean nothing")
    return attrs.evolve(block, file=file, marks=frozenset(words))
