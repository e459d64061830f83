"""A transport between pages whose packets pass through the server, and what plays in the pages with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lockstep_game import Lockstep

import mug
from mug.components import ClientModule
from mug.peers import PeerTransport


class RelayedGame:
    """Passes packets on: ``[number of a peer][packet]``."""

    def __init__(self, setup: Any, send: Any) -> None:
        self._seats = [seat for seat in setup.spec.humans if seat in setup.participants]
        self._send = send
        self._notes: list[tuple[Any, dict[str, Any]]] = []

    def offer(self, agent_id: Any) -> Mapping[str, Any]:
        self._notes.append((agent_id, {"kind": "page_began"}))
        return {"me": self._seats.index(agent_id), "seats": self._seats}

    def receive(self, agent_id: Any, message: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"heard": message.get("greeting")}

    def packet(self, agent_id: Any, payload: bytes) -> None:
        me = self._seats.index(agent_id)
        if payload and payload[0] < len(self._seats) and payload[0] != me:
            self._send(self._seats[payload[0]], bytes([me]) + payload[1:])

    def take_notes(self) -> list[tuple[Any, dict[str, Any]]]:
        notes, self._notes = self._notes, []
        return notes

    def gone(self, agent_id: Any) -> None:
        pass

    def close(self) -> None:
        pass


class LockstepTransport(PeerTransport):
    name = "lockstep"
    game = Lockstep

    def connect(self, setup: Any, say: Any, send: Any) -> RelayedGame:
        return RelayedGame(setup, send)


class LockstepPlugin:
    """Brings it to the scripts that name it."""

    @mug.hookimpl
    def mug_transports(self) -> Mapping[str, type[PeerTransport]]:
        return {"lockstep": LockstepTransport}

    @mug.hookimpl
    def mug_client_modules(self, experiment: Any) -> list[ClientModule]:
        return [ClientModule("lockstep", str(Path(__file__).with_name("lockstep_client")), "client.js")]
