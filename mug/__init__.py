"""Gymnasium and PettingZoo environments as experiments that people take part in with a web browser.

These are the names a plugin or a script with its own components needs; experiments are written with
`mug.scenes`, `mug.configurations` and `mug.server`. Importing mug itself loads nothing else: each name is
loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from mug.components import Exporter, Matchmaker, Runtime, Store, Ticket, Transport
    from mug.engine.callbacks import GameCallbacks
    from mug.engine.policies import Policy
    from mug.errors import ConfigurationError, MugError, PluginError, Problem
    from mug.hookspecs import hookimpl

__all__ = [
    "ConfigurationError",
    "Exporter",
    "GameCallbacks",
    "Matchmaker",
    "MugError",
    "PluginError",
    "Policy",
    "Problem",
    "Runtime",
    "Store",
    "Ticket",
    "Transport",
    "__version__",
    "hookimpl",
]

_HOMES = {
    "ConfigurationError": "mug.errors",
    "Exporter": "mug.components",
    "GameCallbacks": "mug.engine.callbacks",
    "Matchmaker": "mug.components",
    "MugError": "mug.errors",
    "PluginError": "mug.errors",
    "Policy": "mug.engine.policies",
    "Problem": "mug.errors",
    "Runtime": "mug.components",
    "Store": "mug.components",
    "Ticket": "mug.components",
    "Transport": "mug.components",
    "hookimpl": "mug.hookspecs",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mug' has no attribute '{name}'")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
