"""The reference of the drawing API, from the signatures and docstrings of `mug.rendering.Surface`."""

from __future__ import annotations

import inspect

from docs.writers.docstrings import description
from mug.rendering import Surface

SHARED = ("id", "persistent", "depth", "relative", "tween_duration", "alpha", "angle")
METHODS = ("rect", "circle", "ellipse", "line", "polygon", "text", "image", "arc")
OTHERS = ("register_image", "register_atlas", "assets", "remove", "reset", "commit")
INTRODUCTION = """\
# Surface

`mug.rendering.Surface` is what an environment draws with. [Draw the game](../how-to/drawing.md) shows how.

{about}

Signatures below end with `…`, which stands for the shared keywords {shared}.
"""


def page() -> str:
    """Return the page."""
    shared = ", ".join(f"`{name}`" for name in SHARED)
    about = description(Surface).replace("\n- ", "\n- ")
    parts = [INTRODUCTION.format(about=about, shared=shared), "## Shapes\n"]
    parts += [_method(name) for name in METHODS]
    parts.append("## Images, and the frame\n")
    parts += [_method(name) for name in OTHERS]
    return "\n".join(parts)


def _method(name: str) -> str:
    function = getattr(Surface, name)
    shown = []
    keywords = False
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        if parameter.name in SHARED and name in METHODS:
            continue
        if parameter.kind is parameter.VAR_KEYWORD:
            shown.append("…")
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not keywords:
            keywords = True
            shown.append("*")
        default = "" if parameter.default is parameter.empty else f"={parameter.default!r}"
        shown.append(parameter.name + default)
    return f"### surface.{name}\n\n`{name}({', '.join(shown)})`\n\n{description(function)}\n"
