"""The group of all commands: mug's own, loaded when they are used, and those of installed plugins."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Mapping
from typing import Any

import click

import mug
from mug.cli.plugin_commands import PluginCommands
from mug.errors import MugError, did_you_mean

OWN: Mapping[str, tuple[str, str]] = {
    "check": ("mug.cli.check:check", "Find everything that is wrong with an experiment or a plugin."),
    "export": ("mug.cli.export:export", "Write an experiment's data in another format."),
    "new-plugin": ("mug.cli.new_plugin:new_plugin", "Write a plugin package to start from."),
    "plugins": ("mug.cli.plugins:plugins", "List the installed plugins and what they offer."),
    "run": ("mug.cli.run:run", "Serve an experiment."),
}
"""mug's own commands: where each is, and what ``mug --help`` says about it."""


class Commands(click.Group):
    """Looks commands up when they are asked for, and turns errors into messages and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name."""
        return sorted({*OWN, *_of_plugins(ctx).commands})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name; plugins are not loaded for mug's own ones."""
        if cmd_name in OWN:
            module, _, name = OWN[cmd_name][0].partition(":")
            command = getattr(importlib.import_module(module), name)
            assert isinstance(command, click.Command)
            return command
        return _of_plugins(ctx).get(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command to call, with a suggestion when there is none."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            hint = did_you_mean(name, self.list_commands(ctx))
            ctx.fail(f"there is no command '{name}'" + (f": {hint}" if hint else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands, plugins' ones apart, and say which plugins could not add theirs."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in OWN.items()])
        plugins = _of_plugins(ctx)
        if plugins.commands:
            with formatter.section("Commands of plugins"):
                rows = [
                    (name, command.get_short_help_str(60))
                    for name, command in sorted(plugins.commands.items())
                ]
                formatter.write_dl(rows)
        if plugins.problems:
            with formatter.section("Not available"):
                for problem in plugins.problems:
                    formatter.write_text(problem)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what its user can put right is a message, not a traceback."""
        try:
            return super().invoke(ctx)
        except MugError as error:
            if ctx.meta.get("mug.traceback"):
                traceback.print_exc()
            click.echo(error, err=True)
            ctx.exit(2)


def _of_plugins(ctx: click.Context) -> PluginCommands:
    """What installed plugins add; asked for only when it matters, and once."""
    found = ctx.meta.get("mug.plugin_commands")
    if not isinstance(found, PluginCommands):
        found = ctx.meta["mug.plugin_commands"] = PluginCommands.gather(own=OWN)
    return found


@click.group(cls=Commands)
@click.version_option(mug.__version__, prog_name="mug", message="%(prog)s %(version)s")
def cli() -> None:
    """Gymnasium environments as experiments that people take part in with a web browser."""


def main(arguments: list[str] | None = None) -> None:
    """Run ``mug`` with the process's arguments, or with others; ends the process."""
    sys.exit(cli.main(arguments, prog_name="mug"))
