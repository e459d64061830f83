"""The plugins that are installed beside mug: found through entry points, loaded when they are needed."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points

import attrs

from mug.core.plugins.implementations import Implementation, Plugin, label
from mug.errors import PluginError

GROUP = "mug"
BUILT_IN = "mug"
"""The name under which mug's own components are registered."""


@attrs.define(eq=False)
class Installed:
    """One entry point: a plugin that is installed, loaded or not."""

    name: str
    distribution: str
    version: str
    value: str
    _plugin: Plugin | None = attrs.field(default=None, init=False)
    _error: PluginError | None = attrs.field(default=None, init=False)

    @classmethod
    def from_entry_point(cls, entry: EntryPoint) -> Installed:
        """Describe an entry point without importing anything."""
        if entry.dist is None:
            return cls(entry.name, "", "", entry.value)
        return cls(entry.name, entry.dist.name, entry.dist.version, entry.value)

    def plugin(self) -> Plugin:
        """Import and check the plugin; the outcome is remembered.

        Raises:
            PluginError: it cannot be imported or breaks the contract; names the distribution.
        """
        if self._plugin is None and self._error is None:
            try:
                self._plugin = self._examine()
            except PluginError as error:
                self._error = error
        if self._error is not None:
            raise self._error
        assert self._plugin is not None
        return self._plugin

    def fail(self, error: PluginError) -> None:
        """Remember that the plugin turned out to be broken after it was loaded."""
        self._error = error

    def failure(self) -> PluginError | None:
        """Why the plugin is broken, None when it is not; loads it."""
        try:
            self.plugin()
        except PluginError as error:
            return error
        return None

    def package(self) -> str:
        """The top-level package or module that the plugin lives in."""
        return re.split(r"[.:\[]", self.value, maxsplit=1)[0].strip()

    def _examine(self) -> Plugin:
        if self.name == BUILT_IN:
            raise PluginError(f"the name '{BUILT_IN}' is mug's own", self.name, self.label())
        try:
            subject: object = EntryPoint(self.name, self.value, GROUP).load()
        except (Exception, SystemExit) as error:
            raise PluginError(
                f"plugin {self.label()} cannot be loaded: {type(error).__name__}: {error}",
                self.name,
                f"entry point {self.name} = {self.value}",
                f"repair or uninstall {self.distribution or self.name}",
            ) from error
        return Plugin.examine(subject, self.name, self.distribution, self.version)

    def label(self) -> str:
        """The name with the distribution and version it comes from."""
        return label(self.name, self.distribution, self.version)


class Available:
    """Every installed plugin, sorted by name, so that neither file system nor installation order matters."""

    def __init__(self, installed: Iterable[Installed] = ()) -> None:
        self.installed = tuple(sorted(installed, key=lambda one: (one.name, one.distribution)))

    @classmethod
    def discover(cls) -> Available:
        """Look for entry points of the group ``mug``; imports none of them."""
        return cls(Installed.from_entry_point(entry) for entry in entry_points(group=GROUP))

    def named(self, name: str) -> Installed | None:
        """The installed plugin of this name.

        Raises:
            PluginError: two distributions use the name.
        """
        found = [one for one in self.installed if one.name == name]
        if len(found) > 1:
            raise PluginError(
                f"two installed plugins are called '{name}': {found[0].label()} and {found[1].label()}",
                name,
                fix=f"uninstall {found[0].distribution} or {found[1].distribution}",
            )
        return found[0] if found else None

    def home_of(self, subject: object) -> Installed | None:
        """The installed plugin whose package a component or plugin object comes from."""
        module = subject.__name__ if inspect.ismodule(subject) else type(subject).__module__
        package = module.partition(".")[0]
        return next((one for one in self.installed if one.package() == package != BUILT_IN), None)

    def sound(self) -> list[tuple[Installed, Plugin]]:
        """The plugins that load and keep the contract."""
        return [(one, one.plugin()) for one in self.installed if one.failure() is None]

    def broken(self) -> Mapping[str, PluginError]:
        """Why each broken plugin is broken, by label."""
        failures = ((one.label(), one.failure()) for one in self.installed)
        return {label: failure for label, failure in failures if failure is not None}

    def implementations(self, hook: str) -> list[Implementation]:
        """Every installed plugin's implementation of a hook, whether or not a script uses the plugin."""
        found = (plugin.implementations.get(hook) for _, plugin in self.sound())
        return [implementation for implementation in found if implementation is not None]
