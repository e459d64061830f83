"""The reference of commands, from what they print with ``--help``."""

from __future__ import annotations

import importlib

import click

from mug.cli.group import OWN
from mug.core.script_arguments import options

INTRODUCTION = """\
# Commands

`mug` is installed with the package. Installed plugins can add commands of their own; `mug --help` lists
them. Every command ends with exit status 0 when all is well and 2 when something is wrong that its user
can put right.

{overview}

## Scripts

A script that ends in `app.run(config)` takes arguments of its own, which win over `.hosting(…)` and
`.experiment(data_dir=…)`:

```text
{script}
```
"""


def page() -> str:
    """Return the page."""
    overview = "\n".join(f"- [`mug {name}`](#mug-{name}): {text}" for name, (_, text) in OWN.items())
    overview += "\n- `mug --version` prints the version."
    command = click.Command("script.py", params=options(), help="Serve this experiment.")
    parts = [INTRODUCTION.format(overview=overview, script=_help(command, "python script.py"))]
    for name, (place, _) in OWN.items():
        module, _, attribute = place.partition(":")
        own = getattr(importlib.import_module(module), attribute)
        parts.append(f"## mug {name}\n\n```text\n{_help(own, f'mug {name}')}\n```\n")
    return "\n".join(parts)


def _help(command: click.Command, name: str) -> str:
    with click.Context(command, info_name=name, max_content_width=80, terminal_width=80) as context:
        return command.get_help(context).replace("``", "`")
