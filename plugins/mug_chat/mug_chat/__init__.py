"""mug's chat: participants who play together write to each other, and to partners that are programs."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mug

if TYPE_CHECKING:
    from mug.components import ClientModule, Exporter
    from mug.facts import Experiment
    from mug_chat.chat import Chat
    from mug_chat.messages import Draft, Line, Mute, Refuse
    from mug_chat.partners import Partner, Situation
    from mug_chat.rules import ChatRules

__version__ = "0.1.0"
__all__ = ["Chat", "ChatRules", "Draft", "Line", "Mute", "Partner", "Refuse", "Situation"]

_HOMES = {
    "Chat": "chat",
    "ChatRules": "rules",
    "Draft": "messages",
    "Line": "messages",
    "Mute": "messages",
    "Partner": "partners",
    "Refuse": "messages",
    "Situation": "partners",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used: other people's scripts do not wait for it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mug_chat' has no attribute '{name}'")
    return getattr(importlib.import_module(f"mug_chat.{_HOMES[name]}"), name)


@mug.hookimpl
def mug_exporters() -> Mapping[str, type[Exporter]]:
    """Register the table of messages."""
    from mug_chat.exporter import ChatExporter

    return {"chat": ChatExporter}


@mug.hookimpl
def mug_client_modules(experiment: Experiment) -> Iterable[ClientModule]:
    """Add the panel in which people write."""
    from mug.components import ClientModule

    return [ClientModule("chat", str(Path(__file__).parent / "static"), "client.js")]
