"""Parts of generated scripts: what is kept means the same, and nothing else is there."""

from __future__ import annotations

import ast
import sys
import textwrap
import types
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from mug_pyodide.packing.slicing import Slicer
from mug_pyodide.packing.sources import Source

NAMES = [f"f{number}" for number in range(8)]
SEPARATORS = st.sampled_from(["\n", "; ", "\n\n", "  # comment\n"])


@st.composite
def definitions(draw: Any, number: int) -> str:
    """A statement that defines one name by some of those before it."""
    name = NAMES[number]
    used = draw(st.lists(st.sampled_from(NAMES[:number]), max_size=3)) if number else []
    total = " + ".join([str(draw(st.integers(0, 99))), *(f"{one}()" for one in used)])
    kind = draw(st.sampled_from(["def", "lambda", "decorated", "class", "ünicode"]))
    if kind == "def":
        return f"def {name}():  # says nothing\n    local = {total}\n    return local"
    if kind == "decorated":
        return f"@keep\n@keep\ndef {name}(\n): return {total}"
    if kind == "class":
        return f"class {name}(int):\n    def __new__(cls): return {total}"
    if kind == "ünicode":
        return f"text = 'ü'; {name} = lambda ü=0: ü + {total}"
    return f"{name} = lambda: {total}"


@st.composite
def blocks(draw: Any, statements: list[str], depth: int = 2) -> str:
    """These statements one after the other, some of them inside other statements."""
    written: list[str] = []
    rest = list(statements)
    while rest:
        if depth == 0 or draw(st.booleans()):
            written.append(rest.pop(0))
            continue
        size = draw(st.integers(1, len(rest)))
        inner, rest = rest[:size], rest[size:]
        body = textwrap.indent(draw(blocks(inner, depth - 1)), "    ")
        other = draw(st.sampled_from(["noise = 1", "raise KeyError", "def other(): return 1"]))
        written.append(
            draw(
                st.sampled_from(
                    [
                        f"if True:\n{body}\nelse:  # no\n    {other}",
                        f"if not True: {'noise = 1; other = 2'}\nelif True:\n{body}\nelse:\n    noise = 2",
                        f"try:\n{body}\nexcept (KeyError, ValueError) as error:\n    {other}",
                        f"try:\n    noise = 3\nfinally:\n{body}",
                        f"try: raise KeyError\nexcept KeyError:\n{body}\nelse: noise = 4",
                        f"for item in (1,):\n{body}",
                    ]
                )
            )
        )
    return "\n".join(written)


@st.composite
def scripts(draw: Any) -> str:
    """A script that defines every name."""
    statements = [draw(definitions(number)) for number in range(len(NAMES))]
    head = '"""Notes."""\nfrom __future__ import annotations\ndef keep(f): return f\n'
    return f"{head}{draw(blocks(statements))}\n"


def _module(text: str, values: dict[str, Any] | None = None) -> dict[str, Any]:
    scope: dict[str, Any] = {"__name__": "part", **(values or {})}
    exec(compile(text, "part.py", "exec", dont_inherit=True), scope)
    return scope


def _source(text: str, scope: dict[str, Any]) -> Source:
    sys.modules["part"] = types.ModuleType("part")
    return Source("part", Path("part.py"), text, ast.parse(text), scope)


@settings(deadline=None, max_examples=60)
@given(scripts(), st.sampled_from(NAMES))
def test_a_part_defines_the_name_as_the_whole_does(text: str, name: str) -> None:
    """The part of a script that a name needs gives the name the same meaning as the whole script."""
    scope = _module(text)
    slicer = Slicer()
    slicer.need(_source(text, scope), name)
    (part,) = slicer.slices()
    there = _module(part.text(), part.values)
    assert there[name]() == scope[name]()


@settings(deadline=None, max_examples=60)
@given(scripts(), st.sampled_from(NAMES))
def test_a_part_is_on_the_lines_of_the_whole(text: str, name: str) -> None:
    """What is kept stands in the lines where it stood, and no comment is kept."""
    slicer = Slicer()
    slicer.need(_source(text, _module(text)), name)
    (part,) = slicer.slices()
    kept = part.text()
    assert "#" not in kept
    for old, new in zip(text.split("\n"), kept.split("\n"), strict=False):
        assert new.removesuffix("pass").strip() in old


@settings(deadline=None, max_examples=60)
@given(scripts(), st.sampled_from(NAMES))
def test_a_part_has_no_name_that_is_not_needed(text: str, name: str) -> None:
    """A name that nothing needed calls is not defined in the part, unless one statement holds both."""
    scope = _module(text)
    slicer = Slicer()
    slicer.need(_source(text, scope), name)
    (part,) = slicer.slices()
    needed, pending = set(), [name]
    whole = "for item" in text or "try:" in text
    while pending:
        one = pending.pop()
        needed.add(one)
        function = scope[one].__new__ if isinstance(scope[one], type) else scope[one]
        pending += [other for other in function.__code__.co_names if other in NAMES and other not in needed]
    there = _module(part.text(), part.values)
    defined = {other for other in NAMES if other in there}
    assert needed <= defined
    assert whole or defined == needed
