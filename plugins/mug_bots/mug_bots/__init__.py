"""mug's bots: programs that go through a study as participants would, in real browser pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mug

if TYPE_CHECKING:
    import click

__version__ = "0.1.0"


@mug.hookimpl
def mug_cli_commands(cli: click.Group) -> None:
    """Add ``mug bots``."""
    from mug_bots.command import bots

    cli.add_command(bots)
