"""The server's half of the connections between the pages of one game: it introduces them, and relays.

Pages introduce themselves to each other through here and then talk without the server. Until they can, and
where they never can, their packets pass through here as they are: ``[number of a peer][packet]``.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

from mug.components import AgentId, GameSetup
from mug.peers import LONGEST_PACKET, Say, SendPacket
from mug_ggpo.allowance import Allowance
from mug_ggpo.ice import IceSettings
from mug_ggpo.signalling import Refused, Signal, TakenWay, Way, may_say, parse

log = logging.getLogger(__name__)

SIGNALS_PER_SECOND, MOST_SIGNALS = 50.0, 1000.0
"""A page connects to seven others, with twenty addresses to each."""
RELAYED_BYTES_PER_SECOND, MOST_RELAYED_BYTES = 128_000.0, 512_000.0
MOST_NOTES: Final = 500
"""Changes of its ways that are recorded of a page; more than a game has, and not without end."""
MOST_REFUSALS: Final = 100
BEGAN: Final = "page_began"


@attrs.define
class Traffic:
    """What passed through the server, over all games."""

    games: int = 0
    signals: int = 0
    packets: int = 0
    bytes: int = 0
    dropped: int = 0
    ways: dict[Way, int] = attrs.field(factory=lambda: {"direct": 0, "turn": 0, "relay": 0})
    refusals: set[tuple[str, int]] = attrs.field(factory=set)


@attrs.define(eq=False)
class Page:
    """One player's page: how often it has begun, what it may send, and what is known of its connections."""

    incarnation: int = 0
    notes: int = 0
    reported: bool = False
    signals: Allowance = attrs.field(factory=lambda: Allowance(SIGNALS_PER_SECOND, MOST_SIGNALS))
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
        self._say = say
        self._send = send
        self._seats = tuple(agent_id for agent_id in setup.spec.humans if agent_id in setup.participants)
        self._peers = {agent_id: peer for peer, agent_id in enumerate(self._seats)}
        self._pages = [Page(incarnation=began) for began in self._began(setup.history)]
        self._notes: list[tuple[AgentId, Mapping[str, Any]]] = []
        self._closed = False
        traffic.games += 1

    def offer(self, agent_id: AgentId) -> Mapping[str, Any]:
        """Return what a page that begins needs to know, and tell the others that it is a new one."""
        me = self._peers[agent_id]
        page = self._pages[me]
        page.incarnation += 1
        page.ways.clear()
        self._note(me, {"kind": BEGAN, "incarnation": page.incarnation})
        self._tell_others(me, {"type": "began", "peer": me, "incarnation": page.incarnation})
        spec = self._setup.spec
        digest = hashlib.sha256(self._setup.game_id.encode()).digest()
        return {
            "me": me,
            "seats": list(self._seats),
            "session": int.from_bytes(digest[:4], "big"),
            "incarnations": [one.incarnation for one in self._pages],
            "ice": self._ice.configuration(f"{digest[4:12].hex()}-{me}", time.time()),
            "force_relay": self._ice.force_relay,
            "max_rollback_frames": spec.ggpo_max_rollback_frames,
            "input_delay_frames": spec.ggpo_input_delay_frames,
        }

    def receive(self, agent_id: AgentId, message: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Pass a signal on, or take note of a way; None while a page says too much."""
        me = self._peers[agent_id]
        if not self._pages[me].signals.take():
            return None
        match parse(message):
            case None:
                self._suspect(me, "something that no page of ours says")
            case TakenWay() as taken:
                self._take_way(me, taken)
            case Refused() as refused:
                self._warn(refused)
            case signal:
                self._pass_on(me, signal)
        return {}

    def packet(self, agent_id: AgentId, payload: bytes) -> None:
        """Relay a packet to the page of the peer whose number its first byte is."""
        me = self._peers[agent_id]
        if not 2 <= len(payload) <= LONGEST_PACKET + 1 or not self._is_other(me, payload[0]):
            self._suspect(me, f"a packet of {len(payload)} bytes that is for nobody")
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
        self._forget_ways(self._pages[self._peers[agent_id]])

    def close(self) -> None:
        """Count it no more."""
        if not self._closed:
            self._closed = True
            self._traffic.games -= 1
            for page in self._pages:
                self._forget_ways(page)

    def _pass_on(self, me: int, signal: Signal) -> None:
        if not self._is_other(me, signal.to) or not may_say(signal, me):
            self._suspect(me, f"{type(signal).__name__.lower()} for peer {signal.to}")
            return
        current = (self._pages[me].incarnation, self._pages[signal.to].incarnation)
        if (signal.mine, signal.theirs) == current:
            self._traffic.signals += 1
            self._say(self._seats[signal.to], signal.passed_on(me))

    def _take_way(self, me: int, taken: TakenWay) -> None:
        if not self._is_other(me, taken.peer):
            self._suspect(me, f"a way to peer {taken.peer}")
            return
        page = self._pages[me]
        before = page.ways.get(taken.peer)
        if before is not None:
            self._traffic.ways[before] -= 1
        page.ways[taken.peer] = taken.way
        self._traffic.ways[taken.way] += 1
        if before != taken.way:
            about = {"kind": "connection", "peer": self._seats[taken.peer], "way": taken.way}
            self._note(me, {**about, "rtt_ms": None if taken.rtt is None else round(taken.rtt, 1)})

    def _warn(self, refused: Refused) -> None:
        """Say once what a server does not accept: the researcher can put it right."""
        what = (refused.url, refused.code)
        if what not in self._traffic.refusals and len(self._traffic.refusals) < MOST_REFUSALS:
            self._traffic.refusals.add(what)
            log.warning(
                "%s answers browsers with an error, %d %s: see to the settings of .webrtc()",
                *(refused.url, refused.code, refused.text.rstrip(".")),
            )

    def _forget_ways(self, page: Page) -> None:
        for way in page.ways.values():
            self._traffic.ways[way] -= 1
        page.ways.clear()

    def _note(self, me: int, note: Mapping[str, Any]) -> None:
        self._pages[me].notes += 1
        if self._pages[me].notes <= MOST_NOTES:
            self._notes.append((self._seats[me], note))

    def _tell_others(self, me: int, message: Mapping[str, Any]) -> None:
        for peer, page in enumerate(self._pages):
            if peer != me and page.incarnation:
                self._say(self._seats[peer], message)

    def _is_other(self, me: int, peer: int) -> bool:
        return peer != me and peer < len(self._seats)

    def _suspect(self, me: int, what: str) -> None:
        self._traffic.dropped += 1
        if not self._pages[me].reported:
            self._pages[me].reported = True
            log.warning("game %s, seat %s: the page sent %s", self._setup.game_id, self._seats[me], what)

    def _began(self, history: Iterable[bytes]) -> list[int]:
        """How often each page has begun: pages live on when the server is started again."""
        began = dict.fromkeys(self._seats, 0)
        for line in history:
            if BEGAN.encode() in line:
                record = json.loads(line)
                if record.get("kind") == BEGAN and record.get("seat") in began:
                    began[record["seat"]] = max(began[record["seat"]], record["incarnation"])
        return list(began.values())
