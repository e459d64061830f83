"""Addresses with places for what is known of a participant: ``https://…?id={pid}&code={code}``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Formatter
from urllib.parse import quote, urlsplit

from mug.errors import Problem, did_you_mean

FIELDS = ("pid", "study", "session", "code", "outcome")


def template_problems(template: object, where: str) -> Iterator[Problem]:
    """Yield what is wrong with a template."""
    if not isinstance(template, str) or urlsplit(template).scheme not in ("https", "http"):
        yield Problem(where, f"must be a full address, got {template!r}", "write it with https://")
        return
    try:
        parsed = Formatter().parse(template)
        places = [(name, form, conversion) for _, name, form, conversion in parsed if name is not None]
    except ValueError as error:
        yield Problem(where, f"{template!r} cannot be understood: {error}")
        return
    if "{" in urlsplit(template).netloc:
        yield Problem(where, f"{template!r} has a place in its host name: people could be sent anywhere")
    for name, form, conversion in places:
        if form or conversion:
            yield Problem(where, f"{template!r} says how {{{name}}} is written", f"write {{{name}}}")
        if name not in FIELDS:
            fix = did_you_mean(name, FIELDS) or "the places are " + ", ".join(f"{{{one}}}" for one in FIELDS)
            yield Problem(where, f"{template!r} has no place for {{{name}}}", fix)


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return the address with the values in their places, quoted so that they change nothing else of it."""
    quoted = {name: quote(values.get(name, ""), safe="") for name in FIELDS}
    return template.format_map(quoted)
