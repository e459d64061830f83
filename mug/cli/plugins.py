"""``mug plugins``: what is installed, what it offers, and what is broken."""

from __future__ import annotations

import click

from mug.core.plugins import Available, Plugin, PluginSet
from mug.errors import PluginError
from mug.hookspecs import SPECS


@click.command
def plugins() -> None:
    """List the installed plugins, what each offers by name, and which cannot be used.

    What is listed here can be used by every script. A plugin's other hooks are called only in experiments
    that list or use it.
    """
    available = Available.discover()
    built_in = PluginSet(available).built_in
    for plugin in [built_in, *(plugin for _, plugin in available.sound())]:
        _show(plugin)
    broken = available.broken()
    for label, failure in broken.items():
        click.echo(f"{label.replace(chr(39), '')} cannot be used:")
        click.echo(_indented(str(failure)))


def _show(plugin: Plugin) -> None:
    click.echo(f"{plugin.name} {plugin.version} ({plugin.distribution})")
    rows: list[tuple[str, str]] = []
    others: list[str] = []
    for hook in SPECS:
        if hook not in plugin.implementations:
            continue
        noun = SPECS[hook].noun
        if not noun:
            others.append(hook)
            continue
        try:
            rows.append((noun, ", ".join(sorted(plugin.offers(hook))) or "-"))
        except PluginError as error:
            rows.append((noun, f"broken: {error.what}"))
    if others:
        rows.append(("hooks", ", ".join(others)))
    width = max((len(left) for left, _ in rows), default=0)
    for left, right in rows:
        click.echo(f"  {left.ljust(width)}  {right}")


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
