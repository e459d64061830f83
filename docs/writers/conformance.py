"""The list of conformance checks on docs/plugins/conformance.md, from the checks' docstrings."""

from __future__ import annotations

from docs.writers.docstrings import description, table
from mug.testing import conformance

KINDS = ("matchmaker", "scene", "environment", "runtime", "plugin")
BEGIN, END = "<!-- checks -->", "<!-- end of checks -->"


def page(text: str) -> str:
    """Return the page's text with the list as it should be.

    Raises:
        ValueError: the page has lost the comments between which the list stands.
    """
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"the page needs {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{_lists()}\n{END}{after}"


def _lists() -> str:
    parts = []
    for kind in KINDS:
        rows = [
            (f"`{check.__name__}`", description(check).split("\n\n")[0])
            for check in getattr(conformance, kind)
        ]
        parts.append(f"**`conformance.{kind}`**\n\n{table(('check', 'law'), rows)}\n")
    return "\n".join(parts)
