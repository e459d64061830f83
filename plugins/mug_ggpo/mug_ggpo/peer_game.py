"""The server's half of the connections between the pages of one game: it introduces them, and relays.

Pages introduce themselves to each other through here and then talk without the server. Until they can, and
where they never can, their packets pass through here as they are: ``[number of a peer][packet]``.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

from mug.components import AgentId, GameSetup
from mug.peers import LONGEST_PACKET, Say, SendPacket
from mug_ggpo.allowance import Allowance
from mug_ggpo.ice import IceSettings
from mug_ggpo.introductions import Introductions
from mug_ggpo.signalling import TakenWay, Way
from mug_ggpo.traffic import Traffic

RELAYED_BYTES_PER_SECOND, MOST_RELAYED_BYTES = 128_000.0, 512_000.0
MOST_NOTES: Final = 500
"""Changes of its ways that are recorded of a page; more than a game has, and not without end."""
BEGAN: Final = "page_began"


@attrs.define(eq=False)
class Page:
    """One player's page: what the server may still relay and record of it, and its packets' ways by peer."""

    notes_left: int = MOST_NOTES
    relayed: Allowance = attrs.field(factory=lambda: Allowance(RELAYED_BYTES_PER_SECOND, MOST_RELAYED_BYTES))
    ways: dict[int, Way] = attrs.field(factory=dict)


class WebRtcGame:
    """Introduces the pages of one game to each other, and relays between them."""

    def __init__(
        self, setup: GameSetup, ice: IceSettings, traffic: Traffic, say: Say, send: SendPacket
    ) -> None:
        self._setup = setup
        self._ice = ice
        self._traffic = traffic
        self._send = send
        self._seats = tuple(agent_id for agent_id in setup.spec.humans if agent_id in setup.participants)
        self._peers = {agent_id: peer for peer, agent_id in enumerate(self._seats)}
        self._pages = [Page() for _ in self._seats]
        self._introductions = Introductions(
            f"game {setup.game_id}",
            self._began(setup.history),
            traffic,
            lambda peer, message: say(self._seats[peer], message),
            self._take_way,
        )
        self._notes: list[tuple[AgentId, Mapping[str, Any]]] = []
        self._closed = False
        traffic.games += 1

    def offer(self, agent_id: AgentId) -> Mapping[str, Any]:
        """Return what a page that begins needs to know; the others hear of it once it is here."""
        me = self._peers[agent_id]
        self._forget_ways(self._pages[me])
        self._note(me, {"kind": BEGAN, "incarnation": self._introductions.begin(me)})
        spec = self._setup.spec
        digest = hashlib.sha256(self._setup.game_id.encode()).digest()
        return {
            "me": me,
            "seats": list(self._seats),
            "session": int.from_bytes(digest[:4], "big"),
            "incarnations": self._introductions.incarnations,
            "ice": self._ice.configuration(f"{digest[4:12].hex()}-{me}", time.time()),
            "max_rollback_frames": spec.ggpo_max_rollback_frames,
            "input_delay_frames": spec.ggpo_input_delay_frames,
        }

    def receive(self, agent_id: AgentId, message: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Pass a signal on, or take note of a way; None while a page says too much."""
        return self._introductions.receive(self._peers[agent_id], message)

    def packet(self, agent_id: AgentId, payload: bytes) -> None:
        """Relay a packet to the page of the peer whose number its first byte is."""
        me = self._peers[agent_id]
        if not 2 <= len(payload) <= LONGEST_PACKET + 1 or not self._introductions.is_other(me, payload[0]):
            self._introductions.suspect(me, f"a packet of {len(payload)} bytes that is for nobody")
        elif not self._pages[me].relayed.take(len(payload)):
            self._traffic.dropped += 1
        else:
            self._traffic.packets += 1
            self._traffic.bytes += len(payload)
            self._send(self._seats[payload[0]], bytes((me,)) + payload[1:])

    def take_notes(self) -> Sequence[tuple[AgentId, Mapping[str, Any]]]:
        """Return when pages began, and by which ways their packets travelled, since the last call."""
        notes, self._notes = self._notes, []
        return notes

    def gone(self, agent_id: AgentId) -> None:
        """Forget how its packets travelled: they do not. The others notice by themselves, and sooner."""
        me = self._peers[agent_id]
        self._introductions.gone(me)
        self._forget_ways(self._pages[me])

    def close(self) -> None:
        """Count it no more."""
        if not self._closed:
            self._closed = True
            self._traffic.games -= 1
            for page in self._pages:
                self._forget_ways(page)

    def _take_way(self, me: int, taken: TakenWay) -> None:
        ways = self._pages[me].ways
        before = ways.get(taken.peer)
        if self._closed or before == taken.way:
            return
        if before is not None:
            self._traffic.ways[before] -= 1
        ways[taken.peer] = taken.way
        self._traffic.ways[taken.way] += 1
        about = {"kind": "connection", "peer": self._seats[taken.peer], "way": taken.way}
        self._note(me, {**about, "rtt_ms": None if taken.rtt is None else round(taken.rtt, 1)})

    def _forget_ways(self, page: Page) -> None:
        for way in page.ways.values():
            self._traffic.ways[way] -= 1
        page.ways.clear()

    def _note(self, me: int, note: Mapping[str, Any]) -> None:
        page = self._pages[me]
        if page.notes_left > 0:
            page.notes_left -= 1
            self._notes.append((self._seats[me], note))

    def _began(self, history: Iterable[bytes]) -> list[int]:
        """How often each page has begun, by what the server itself noted: pages outlive its process."""
        began = dict.fromkeys(self._seats, 0)
        for line in history:
            if BEGAN.encode() in line:
                record = json.loads(line)
                own = record.get("kind") == BEGAN and record.get("by") == "server"
                if own and record["seat"] in began:
                    began[record["seat"]] = max(began[record["seat"]], record["incarnation"])
        return list(began.values())
