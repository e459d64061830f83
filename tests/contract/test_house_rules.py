"""The rules of the house that no linter knows: sizes, what plugins may use, and what pages may load."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 400
"""Lines that a source file may have."""
SOURCES = sorted(
    path
    for folder in ("mug", "plugins", "client", "examples", "docs", "bench")
    for pattern in ("*.py", "*.ts")
    for path in (ROOT / folder).rglob(pattern)
    if not {"node_modules", "tests", "build", "dist"} & set(path.parts)
)
PAGE_SOURCES = sorted(
    path
    for folder in (ROOT / "client", *(ROOT / "plugins").glob("*/client"))
    for part in ("src", "public")
    for path in (folder / part).rglob("*")
    if path.is_file()
)
PUBLIC = (
    *("mug.cli.options", "mug.components", "mug.configurations", "mug.engine", "mug.errors", "mug.facts"),
    *("mug.game", "mug.hooks", "mug.hookspecs", "mug.peers", "mug.records", "mug.rendering", "mug.scenes"),
    *("mug.outcomes", "mug.scripts", "mug.testing"),
)
"""What plugins may import, besides names of `mug` itself."""
PLUGIN_MODULES = sorted(
    path
    for package in (*(ROOT / "plugins").glob("mug_*/mug_*"), ROOT / "examples" / "mug_skill")
    for path in package.rglob("*.py")
    if "tests" not in path.parts
)
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
BRITISH = re.compile(
    r"\b\w*(?:colour|behaviour|favour|neighbour|centre|initialis|organis|recognis|randomis|synchronis|normalis)"
    r"\w*",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"""(?:https?:)?//[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+""")


def test_there_is_something_to_check() -> None:
    """The lists below are not empty because a folder was renamed."""
    assert len(SOURCES) > 100
    assert len(PAGE_SOURCES) > 30
    assert len(PLUGIN_MODULES) > 10


def test_no_file_is_too_long() -> None:
    """A source file has at most four hundred lines: it is about one thing."""
    sizes = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {str(path): size for path, size in sizes.items() if size > LONGEST} == {}


def test_code_and_pages_are_written_in_one_spelling() -> None:
    """American English throughout: the names in the code are, and pages are made from its docstrings."""
    found = {path: BRITISH.findall(path.read_text(encoding="utf-8")) for path in (*SOURCES, *PAGES)}
    assert {str(path.relative_to(ROOT)): words for path, words in found.items() if words} == {}


@pytest.mark.parametrize("path", PLUGIN_MODULES, ids=lambda path: path.name)
def test_plugins_use_public_modules_only(path: Path) -> None:
    """What a plugin imports of mug is meant to be imported; the core's insides may change any day."""
    own = path.parent.name
    private = [
        name
        for name in _mug_imports(path)
        if not name.startswith(tuple(f"{public}." for public in PUBLIC)) and name.count(".") > 1
    ]
    assert private == [], f"{own}/{path.name}"


@pytest.mark.parametrize("path", PAGE_SOURCES, ids=lambda path: path.name)
def test_pages_load_nothing_from_elsewhere(path: Path) -> None:
    """No address of another host stands in what participants' browsers load."""
    assert foreign_addresses(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('import x from "https://cdn.example.org/x.js";', ["https://cdn.example.org"]),
        ("@import url(//fonts.example.com/f.css);", ["//fonts.example.com"]),
        ('document.createElementNS("http://www.w3.org/2000/svg", "g"); // a name, not an address', []),
        ("const url = `${base}//frames`; // see frames.ts", []),
    ],
)
def test_addresses_are_recognized(line: str, found: list[str]) -> None:
    """The test above would notice what it is there for."""
    assert foreign_addresses(line) == found


def foreign_addresses(text: str) -> list[str]:
    """Addresses of hosts, but for the names of XML's vocabularies."""
    return [address for address in ADDRESS.findall(text) if not address.endswith("www.w3.org")]


def _mug_imports(path: Path) -> Iterator[str]:
    """The full names that a file imports from mug."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "mug":
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (f"{alias.name}." for alias in node.names if alias.name.startswith("mug."))
