"""Docstrings as Markdown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence

SECTIONS = ("Args", "Attributes", "Raises", "Returns", "Yields")


def description(subject: object) -> str:
    """Return what stands before the sections of a docstring, as paragraphs of Markdown."""
    text = inspect.getdoc(subject) or ""
    return markdown(
        re.split(rf"^(?:{'|'.join(SECTIONS)}):$", text, maxsplit=1, flags=re.MULTILINE)[0].strip()
    )


def entries(subject: object, section: str) -> dict[str, str]:
    """Return the names of a section with their descriptions, each on one line."""
    text = inspect.getdoc(subject) or ""
    found = re.search(rf"^{section}:\n((?:    .*\n?|\n)*)", text, re.MULTILINE)
    if not found:
        return {}
    lines = inspect.cleandoc(found[1]).splitlines()
    named: dict[str, str] = {}
    for line in lines:
        name, colon, rest = line.partition(":")
        if colon and not line.startswith(" "):
            named[name] = rest.strip()
        elif named and line.strip():
            last = next(reversed(named))
            named[last] += " " + line.strip()
    return {name: markdown(text) for name, text in named.items()}


def markdown(text: str) -> str:
    """Return a docstring's text with Markdown's code marks, lists kept and paragraphs on one line each."""
    text = re.sub(r"``(.+?)``", r"`\1`", text, flags=re.DOTALL)
    paragraphs = [paragraph for paragraph in text.split("\n\n") if paragraph.strip()]
    return "\n\n".join(
        paragraph if re.match(r"\s*[-|]", paragraph) else " ".join(paragraph.split())
        for paragraph in paragraphs
    )


def table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [headings, ("---",) * len(headings), *rows]
    return "\n".join(
        "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in line) + " |"
        for line in lines
    )
