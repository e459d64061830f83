"""Writes ``client/src/protocol.ts``, the browser's half of ``mug.core.protocol``.

Run ``python -m mug.core.protocol_ts`` after every change of the protocol; ``--check`` only says
whether the file is up to date. Each message becomes an interface with its docstring, and each message
from the server also a *shape*, which the page checks what it receives against.
"""

from __future__ import annotations

import inspect
import sys
import types
import typing
from pathlib import Path
from typing import Annotated, Any, Final, Union, get_args, get_origin

import attrs

from mug.core import protocol

TARGET: Final = Path(__file__).resolve().parents[2] / "client" / "src" / "protocol.ts"

_SCALARS: Final = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}


def generate() -> str:
    """Return the text of the TypeScript module."""
    messages = dict.fromkeys((protocol.Hello, *protocol.INBOUND.values(), *protocol.OUTBOUND.values()))
    parts = [
        "// Generated from mug/core/protocol.py by `python -m mug.core.protocol_ts`. Do not edit.",
        f"export const PROTOCOL = {protocol.PROTOCOL};\n"
        f"export const MAX_MESSAGE_BYTES = {protocol.MAX_MESSAGE_BYTES};\n"
        f"export const NO_ACTION = 0x{protocol.NO_ACTION:x};",
        *(_interface(kind) for kind in messages),
        _event_map("Inbound", "What the page sends, by event.", protocol.INBOUND),
        _event_map("Outbound", "What the server sends, by event.", protocol.OUTBOUND),
        _shapes(),
    ]
    return "\n\n".join(parts) + "\n"


def _interface(kind: type) -> str:
    hints = typing.get_type_hints(kind, include_extras=True)
    lines = [_comment(kind), f"export interface {kind.__name__} {{"]
    for field in attrs.fields(kind):
        optional = "" if field.default is attrs.NOTHING else "?"
        lines.append(f"  {field.name}{optional}: {_type(hints[field.name])};")
    return "\n".join([*lines, "}"])


def _comment(kind: type) -> str:
    lines = inspect.cleandoc(kind.__doc__ or "").replace("``", "`").split("\n")
    if len(lines) == 1:
        return f"/** {lines[0]} */"
    return "\n".join(["/**", *(f" * {line}".rstrip() for line in lines), " */"])


def _event_map(name: str, comment: str, events: typing.Mapping[str, type]) -> str:
    lines = [f"  {event}: {kind.__name__};" for event, kind in events.items()]
    return "\n".join([f"/** {comment} */", f"export interface {name} {{", *lines, "}"])


def _shapes() -> str:
    lines = ["/** The fields of what the server sends, for checking it. */", "export const SHAPES = {"]
    for event, kind in protocol.OUTBOUND.items():
        hints = typing.get_type_hints(kind, include_extras=True)
        lines.append(f"  {event}: {{")
        lines += [f'    {field.name}: "{_type(hints[field.name])}",' for field in attrs.fields(kind)]
        lines.append("  },")
    return "\n".join([*lines, "} as const;"])


def _type(hint: Any) -> str:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _type(arguments[0])
    if origin in (Union, types.UnionType):
        return " | ".join(_type(argument) for argument in arguments)
    if origin is dict:
        return f"Record<string, {_type(arguments[1])}>"
    if origin is tuple:
        return f"[{', '.join(_type(argument) for argument in arguments)}]"
    if origin is list:
        return f"{_type(arguments[0])}[]"
    if hint is Any:
        return "unknown"
    if hint in _SCALARS:
        return _SCALARS[hint]
    raise TypeError(f"mug.core.protocol uses {hint!r}, which has no TypeScript counterpart here")


def main(arguments: list[str]) -> int:
    """Write the module, or with ``--check`` return 1 if it is stale."""
    text = generate()
    if "--check" not in arguments:
        TARGET.write_text(text)
        return 0
    if TARGET.read_text() == text:
        return 0
    print(f"{TARGET} is stale: run python -m mug.core.protocol_ts", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
