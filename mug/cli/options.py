"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from mug.core.script_arguments import options

Command = TypeVar("Command", bound=Callable[..., Any])


def traceback_option(command: Command) -> Command:
    """Add ``--traceback``, which shows where an error came from."""

    def remember(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
        ctx.meta["mug.traceback"] = value

    return click.option(
        "--traceback",
        is_flag=True,
        expose_value=False,
        callback=remember,
        help="Show where an error came from.",
    )(command)


def server_options(command: Command) -> Command:
    """Add the options that a script takes itself: ``--host``, ``--port`` and ``--data-dir``."""
    return _with(command, options())


def _with(command: Command, parameters: list[click.Parameter]) -> Command:
    """Put parameters where click looks for those of a function that is not yet a command."""
    waiting: list[click.Parameter] = getattr(command, "__click_params__", [])
    command.__click_params__ = [*waiting, *reversed(parameters)]  # type: ignore[attr-defined]
    return command
