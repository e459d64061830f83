"""What mug itself brings, through the hooks that every other plugin uses.

Implementations are imported when they are asked for: looking up a matchmaker must not load the web server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mug.hookspecs import hookimpl

if TYPE_CHECKING:
    from mug.components import Exporter, Matchmaker, Transport
    from mug.scenes.scene import Scene


@hookimpl
def mug_scenes() -> Mapping[str, type[Scene]]:
    """Pages, waiting rooms, games and endings, by the names of their views."""
    from mug.scenes.gym_scene import GymScene
    from mug.scenes.static_scene import EndScene, StaticScene, WaitScene

    return {scene.kind: scene for scene in (StaticScene, WaitScene, GymScene, EndScene)}


@hookimpl
def mug_matchmakers() -> Mapping[str, type[Matchmaker]]:
    """First come, first served."""
    from mug.core.lobby import FIFOMatchmaker

    return {"fifo": FIFOMatchmaker}


@hookimpl
def mug_transports() -> Mapping[str, type[Transport]]:
    """The raw frame channel, and the control connection for networks that let nothing else through."""
    from mug.core.transports.socketio import SocketIOTransport
    from mug.core.transports.websocket import WebSocketTransport

    return {"socketio": SocketIOTransport, "websocket": WebSocketTransport}


@hookimpl
def mug_exporters() -> Mapping[str, type[Exporter]]:
    """The CSV files that are also kept up to date while an experiment runs."""
    from mug.core.records.csv_export import CsvExporter

    return {"csv": CsvExporter}
