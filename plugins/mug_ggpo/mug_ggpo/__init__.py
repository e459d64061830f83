"""mug's peer-to-peer mode: environments in the browsers of several people, kept in step by rollback."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import mug

if TYPE_CHECKING:
    from mug.components import ClientModule, Matchmaker, Transport
    from mug.facts import Experiment

__version__ = "0.1.0"


@mug.hookimpl
def mug_transports() -> Mapping[str, type[Transport]]:
    """Register the transport ``webrtc``."""
    from mug_ggpo.transport import WebRtcTransport

    return {"webrtc": WebRtcTransport}


@mug.hookimpl
def mug_matchmakers() -> Mapping[str, type[Matchmaker]]:
    """Register the matchmaker ``latency``."""
    from mug_ggpo.latency import LatencyMatchmaker

    return {"latency": LatencyMatchmaker}


@mug.hookimpl
def mug_client_modules(experiment: Experiment) -> Iterable[ClientModule]:
    """Add the module that connects pages to each other."""
    from mug.components import ClientModule

    return [ClientModule("ggpo", str(Path(__file__).parent / "static"), "client.js")]
