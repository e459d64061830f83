"""Everything that the documentation prints works as printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, blocks, pages
from tests.docs.workshop import PRELUDE, Workshop

REASON = re.compile(r"[a-z].{7,}[^.]")


@pytest.mark.parametrize("page", pages(), ids=str)
def test_a_page_runs_from_top_to_bottom(page: Path, tmp_path: Path) -> None:
    """Each block of a page does what the page says, after those before it."""
    workshop = Workshop(tmp_path)
    for block in blocks(page):
        try:
            workshop.run(block)
        except Exception as error:
            error.add_note(f"in the {block.language} block at {block}")
            raise


@pytest.mark.parametrize("page", pages(), ids=str)
def test_what_is_not_run_says_why(page: Path) -> None:
    """A block that is not run gives a reason, and only commands and Python need one."""
    for block in blocks(page):
        if block.skipped:
            assert REASON.fullmatch(block.skipped), f"{block}: {block.skipped!r}"
            assert block.language in ("python", "console"), f"{block}: nothing would be run here anyway"


def test_what_pages_take_for_granted_is_printed() -> None:
    """The names that blocks may use without defining them are those that docs/README.md shows."""
    assert PRELUDE in (ROOT / "docs" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", pages(), ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    """Each relative link names a file that exists, and each anchor a heading of that file."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", _without_code(text)):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        assert file.exists(), f"{page} links to {target}"
        if anchor:
            assert anchor in _anchors(file.read_text(encoding="utf-8")), f"{page} links to {target}"


def _without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL))


def _anchors(text: str) -> set[str]:
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
