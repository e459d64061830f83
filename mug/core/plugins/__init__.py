"""Finding plugins, checking them, and calling their hooks by the rules that `mug.hookspecs` states."""

from mug.core.plugins.implementations import Answer, Implementation, Plugin
from mug.core.plugins.installed import Available, Installed
from mug.core.plugins.plugin_set import PluginSet

__all__ = ["Answer", "Available", "Implementation", "Installed", "Plugin", "PluginSet"]
