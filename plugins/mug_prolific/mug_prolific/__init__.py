"""mug's recruitment: Prolific, Mechanical Turk, and services that are satisfied with a redirect."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import mug

if TYPE_CHECKING:
    import click

    from mug_prolific.bonus import Bonus
    from mug_prolific.mturk import MTurk
    from mug_prolific.prolific import Prolific
    from mug_prolific.redirect import Redirect

__version__ = "0.1.0"
__all__ = ["Bonus", "MTurk", "Prolific", "Redirect"]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used: other people's scripts do not wait for it."""
    if name not in __all__:
        raise AttributeError(f"module 'mug_prolific' has no attribute '{name}'")
    return getattr(importlib.import_module(f"mug_prolific.{name.lower()}"), name)


@mug.hookimpl
def mug_cli_commands(cli: click.Group) -> None:
    """Add ``mug prolific …`` and ``mug mturk …``."""
    from mug_prolific.mturk_commands import mturk
    from mug_prolific.prolific_commands import prolific

    cli.add_command(prolific)
    cli.add_command(mturk)
