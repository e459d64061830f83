"""The reference of hooks, from their docstrings and the examples that these name."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from pathlib import Path

import mug.hooks
import mug.hookspecs
from docs.writers.docstrings import markdown, table
from mug.hooks import HookSpec
from mug.hookspecs import SPECS

ROOT = Path(__file__).resolve().parents[2]
FIELD = re.compile(r"^(Called|Return|Combine|Errors|Example|Added):\s+", re.MULTILINE)
INTRODUCTION = """\
# Hooks

Every way in which a plugin can add something to mug, decide something, or be told of something. A plugin
is a module or an object with functions that are named like hooks and marked with `@mug.hookimpl`; each
takes those of the hook's arguments that it needs, by name. [Write a
matchmaker](../plugins/matchmaker.md) shows a whole plugin, [Traps](../plugins/traps.md) what mug says
when something does not fit.

Installed plugins are asked for what they register (the hooks that *merge*) and for commands. Everything
else is called only in experiments that list the plugin in `.plugins(…)` or use something of it.

How the answers of several plugins combine:

{rules}

{contents}
"""


def page() -> str:
    """Return the page."""
    rules = re.findall(r"^- (.+?)(?=\n- |\Z)", inspect.getdoc(mug.hooks) or "", re.MULTILINE | re.DOTALL)
    listed = "\n".join(f"- {markdown(' '.join(rule.split()))}" for rule in rules)
    contents = table(
        ("hook", "combines", "may be `async`"),
        [(f"[`{name}`](#{name})", spec.rule, "yes" if spec.awaits else "no") for name, spec in SPECS.items()],
    )
    parts = [INTRODUCTION.format(rules=listed, contents=contents)]
    parts += [_entry(name, spec) for name, spec in SPECS.items()]
    return "\n".join(parts)


def _entry(name: str, spec: HookSpec) -> str:
    function = getattr(mug.hookspecs, name)
    first, *fields = FIELD.split(inspect.getdoc(function) or "")
    said = dict(zip(fields[::2], (" ".join(text.split()) for text in fields[1::2]), strict=True))
    file = said["Example"]
    rows = [
        ("Arguments", ", ".join(f"`{parameter}`" for parameter in spec.parameters) or "none"),
        ("Called", markdown(said["Called"])),
        ("Return", markdown(said["Return"])),
        ("Combine", markdown(said["Combine"])),
        ("Errors", markdown(said["Errors"])),
        ("May be `async`", "yes" if spec.awaits else "no"),
        ("Since", said["Added"]),
    ]
    return (
        f"## {name}\n\n{markdown(first.strip())}\n\n{table(('', ''), rows)}\n\n"
        f"From [{file}](../../{file}):\n\n"
        "<!-- not run: it is part of the file named above it, which tests run -->\n"
        f"```python\n{_example(ROOT / file, name)}\n```\n"
    )


def _example(file: Path, name: str) -> str:
    source = file.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            lines = source.splitlines()[first - 1 : node.end_lineno]
            return textwrap.dedent("\n".join(lines))
    raise LookupError(f"{file} has no {name}")
