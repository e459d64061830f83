"""Commands that installed plugins add to ``mug``; a broken plugin keeps nobody else's from working."""

from __future__ import annotations

from collections.abc import Collection

import attrs
import click

from mug.core.plugins import Available, Implementation
from mug.errors import MugError, PluginError


@attrs.frozen
class PluginCommands:
    """The commands by name, which plugin each comes from, and why others are missing."""

    commands: dict[str, click.Command] = attrs.field(factory=dict)
    problems: list[str] = attrs.field(factory=list)
    _givers: dict[str, list[str]] = attrs.field(factory=dict)

    @classmethod
    def gather(cls, own: Collection[str], available: Available | None = None) -> PluginCommands:
        """Ask every installed plugin for its commands.

        Args:
            own: names that plugins cannot take.
            available: the installed plugins; discovered when None.
        """
        gathered = cls()
        found = Available.discover() if available is None else available
        for implementation in found.implementations("mug_cli_commands"):
            gathered._ask(implementation, own)
        gathered.problems.extend(failure.what for failure in found.broken().values())
        return gathered

    def get(self, name: str) -> click.Command | None:
        """The plugin command of this name.

        Raises:
            MugError: two plugins give it.
        """
        givers = self._givers.get(name, [])
        if len(givers) > 1:
            raise MugError(
                f"two plugins give the command '{name}': '{givers[0]}' and '{givers[1]}'",
                fix="uninstall one of them",
            )
        return self.commands.get(name)

    def _ask(self, implementation: Implementation, own: Collection[str]) -> None:
        plugin = implementation.plugin
        group = click.Group()
        try:
            implementation.answer({"cli": group})
        except PluginError as error:
            self.problems.append(error.what)
            return
        for name, command in group.commands.items():
            if name in own:
                self.problems.append(f"plugin '{plugin}' gives the command '{name}', which is mug's own")
                continue
            self._givers.setdefault(name, []).append(plugin)
            self.commands[name] = command
