"""What a researcher's HTML may not contain, because the page's security policy would silently drop it."""

from __future__ import annotations

import re
from collections.abc import Callable

from mug.configurations.settings import WrongValue

_SCRIPT = re.compile(r"<\s*script\b", re.IGNORECASE)
_HANDLER = re.compile(r"<[a-z][^<>]*?[\s\"'](on[a-z]+)\s*=", re.IGNORECASE)
_JAVASCRIPT = re.compile(r"""=\s*["']?\s*javascript:""", re.IGNORECASE)
_FOREIGN = re.compile(
    r"""<(img|iframe|link|audio|video|source|object|embed|track)\b[^<>]*?\s(?:src|href|data|poster)\s*=\s*["']?\s*((?:https?:)?//[^\s"'>]+)""",
    re.IGNORECASE,
)


class Html:
    """HTML without scripts and without content from other hosts."""

    expects = "HTML without scripts, loading nothing from other hosts"

    def __init__(self, longest: int = 1_000_000) -> None:
        self._longest = longest

    def read(self, value: object) -> str:
        """Accept such a text."""
        if not isinstance(value, str):
            raise WrongValue
        if len(value) > self._longest:
            raise WrongValue(f"the HTML has {len(value)} characters, at most {self._longest} are possible")
        trouble = html_trouble(value)
        if trouble is not None:
            what, fix = trouble
            raise WrongValue(what, fix=fix)
        return value


def html_trouble(html: str) -> tuple[str, str] | None:
    """Return what would not work in a piece of HTML and what to do about it, None when all is well."""
    for pattern, explain in _TROUBLES:
        if found := pattern.search(html):
            return explain(found)
    return None


_TROUBLES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[str, str]]], ...] = (
    (
        _SCRIPT,
        lambda _: (
            "the HTML has a <script>, which browsers do not run here",
            "collect values with element_ids, or write a scene plugin with a client module",
        ),
    ),
    (
        _HANDLER,
        lambda found: (
            f"the HTML has the script attribute {found[1]}=, which browsers do not run here",
            "remove it",
        ),
    ),
    (
        _JAVASCRIPT,
        lambda _: ("the HTML has a javascript: address, which browsers do not run here", "remove it"),
    ),
    (
        _FOREIGN,
        lambda found: (
            f"the HTML loads {found[2]} from another host, which browsers do not do here",
            "put the file into a folder of the experiment and list it with .static_files(directories=[…])",
        ),
    ),
)
