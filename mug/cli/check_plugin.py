"""``mug check PLUGIN``: an installed plugin against the conformance checks of everything it offers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from mug.cli.report import report
from mug.core.plugins import Available, Plugin
from mug.core.plugins.lookup import missing_plugin
from mug.hookspecs import SPECS
from mug.testing import conformance
from mug.testing.conformance import scenes

KINDS: dict[str, Sequence[Callable[[Callable[[], Any]], None]]] = {
    "mug_matchmakers": conformance.matchmaker,
    "mug_runtimes": conformance.runtime,
    "mug_scenes": scenes.CLASS_CHECKS,
}
"""Which checks hold for what is registered with a hook; nothing is known about the rest."""


def check_plugin(ctx: click.Context, name: str) -> None:
    """Print the outcome of each check; exits with status 2 if one fails.

    Raises:
        MugError: no plugin of this name is installed, or it cannot be loaded.
    """
    available = Available.discover()
    installed = available.named(name)
    if installed is None:
        raise missing_plugin(name, available, f"mug check {name}")
    plugin = installed.plugin()
    failed = report(f"plugin '{name}'", conformance.plugin, lambda: plugin.subject)
    for hook, checks in KINDS.items():
        for offer, component in sorted(plugin.offers(hook).items()):
            failed += report(f"{SPECS[hook].noun} '{offer}'", checks, component)
    _mention_unchecked(plugin)
    if failed:
        ctx.exit(2)


def _mention_unchecked(plugin: Plugin) -> None:
    hooks = [hook for hook in sorted(plugin.implementations) if hook not in KINDS]
    if hooks:
        click.echo(f"only their signatures were checked: {', '.join(hooks)}")
