"""``packages_to_install``: packages that are taken from this server, or from those compiled for browsers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import attrs

from mug.errors import Problem
from mug_pyodide.packing.browser_python import BrowserPython
from mug_pyodide.packing.installed import Installed, distribution, normalized

_REQUIREMENT: Final = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*([^;]*?)\s*(?:;.*)?")
_CLAUSE: Final = re.compile(r"(===|==|~=|!=|<=|>=|<|>)\s*([A-Za-z0-9.*+!_-]+)")
ON_SERVER: Final = "write run_through_pyodide=False, so that the environment runs on the server"


@attrs.define
class Requirements:
    """What a scene's ``packages_to_install`` come to.

    Attributes:
        installed: those that are taken from here.
        compiled: names of those that were compiled for browsers.
        problems: what is wrong with the others.
    """

    installed: list[Installed] = attrs.field(factory=list)
    compiled: set[str] = attrs.field(factory=set)
    problems: list[Problem] = attrs.field(factory=list)


def read(packages: Sequence[str], scene_id: str, browser: BrowserPython) -> Requirements:
    """Say where each package comes from."""
    found = Requirements()
    where = f"scene '{scene_id}', .runtime(packages_to_install=)"
    for text in packages:
        match = _REQUIREMENT.fullmatch(text)
        if match is None or (match[2] and not _clauses(match[2])):
            what = f"{text!r} is no package's name"
            fix = "write a name, such as 'cogrid' or 'cogrid==0.3.2'; packages are taken from this server"
            found.problems.append(Problem(where, what, fix))
            continue
        name, installed = normalized(match[1]), distribution(match[1])
        if installed is None:
            what = f"the package {name!r} is not installed, and browsers get their packages from this server"
            found.problems.append(Problem(where, what, f"pip install {text.strip()}"))
        elif not all(_fits(installed.version, *clause) for clause in _clauses(match[2])):
            what = f"{name!r} is installed as {installed.version}, and the script wants {match[2]}"
            found.problems.append(Problem(where, what, f"pip install '{name}{match[2]}'"))
        elif installed.compiled and name in browser.packages:
            found.compiled.add(name)
        elif installed.compiled:
            found.problems.append(Problem(where, compiled_trouble(installed), ON_SERVER))
        else:
            found.installed.append(installed)
    return found


def compiled_trouble(installed: Installed) -> str:
    """Return why a package cannot be in browsers."""
    return (
        f"the package {installed.name!r} is compiled for this machine, "
        "and not among those that were compiled for browsers"
    )


def _clauses(text: str) -> list[tuple[str, str]]:
    parts = [part.strip() for part in text.strip("() ").split(",") if part.strip()]
    matches = [_CLAUSE.fullmatch(part) for part in parts]
    return [] if None in matches else [(match[1], match[2]) for match in matches if match is not None]


def _fits(version: str, operator: str, wanted: str) -> bool:
    have, want = list(_numbers(version)), list(_numbers(wanted))
    if wanted.endswith(".*") or operator == "~=":
        prefix = want[:-1] if operator == "~=" else want
        alike = have[: len(prefix)] == prefix
        return not alike if operator == "!=" else alike and (operator != "~=" or have >= want)
    length = max(len(have), len(want))
    have += [0] * (length - len(have))
    want += [0] * (length - len(want))
    return {
        "===": version == wanted,
        "==": have == want,
        "!=": have != want,
        "<": have < want,
        "<=": have <= want,
        ">": have > want,
        ">=": have >= want,
    }[operator]


def _numbers(version: str) -> Iterator[int]:
    release = re.match(r"v?(?:\d+!)?(\d+(?:\.\d+)*)", version)
    return (int(part) for part in release[1].split(".")) if release else iter(())
