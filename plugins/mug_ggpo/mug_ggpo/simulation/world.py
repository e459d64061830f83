"""Everything that happens in a simulation, in the order of one virtual clock."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import replace

from mug_ggpo.session import Checkpoint, Desync, Excluded, Interrupted, Started
from mug_ggpo.simulation.game import State
from mug_ggpo.simulation.network import Network
from mug_ggpo.simulation.outcome import Outcome, PeerOutcome
from mug_ggpo.simulation.peer import SimulatedPeer, resume
from mug_ggpo.simulation.scenario import Absence, Scenario

_TIMER_JITTER = 0.003
_SAMPLE_EVERY = 0.1
_NOTICE = 0.2
"""Seconds after which the server notices that a page is gone."""
_TRANSFER = 0.25
"""Seconds that a checkpoint takes to be sent and loaded."""


class World:
    """Runs a scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.now = 0.0
        self.network = Network(scenario.wire, scenario.seed)
        self.outcome = Outcome([PeerOutcome() for _ in range(scenario.peers)])
        self.nodes: dict[int, SimulatedPeer] = {}
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._order = 0
        self._luck = random.Random(f"{scenario.seed} world")
        self._deadline: dict[int, float] = {}
        self._ticked: dict[int, float] = {}
        self._incarnations = [0] * scenario.peers
        self._away: set[int] = set()
        """Those who have vanished; one who does so before its time comes never joins."""
        self._gone: set[int] = set()
        """Those of whom the server says that they have left."""
        self._started_at: dict[int, float] = {}

    def run(self) -> Outcome:
        """Play it to its end."""
        scenario = self.scenario
        for peer in range(scenario.peers):
            self.at(peer * scenario.start_offset, lambda peer=peer: self._join(peer))  # type: ignore[misc]
        for absence in scenario.absences:
            self.at(absence.at, lambda absence=absence: self._vanish(absence))  # type: ignore[misc]
        self.at(_SAMPLE_EVERY, self._sample)
        self.go_on(scenario.seconds)
        self._finish()
        return self.outcome

    def go_on(self, until: float) -> None:
        """Let happen what happens up to a moment."""
        heap = self._heap
        while heap and heap[0][0] <= until:
            self.now, _, action = heapq.heappop(heap)
            action()

    def at(self, when: float, action: Callable[[], None]) -> None:
        """Let something happen then."""
        self._order += 1
        heapq.heappush(self._heap, (when, self._order, action))

    def local(self, peer: int) -> float:
        """What a peer's own clock says."""
        return 1000.0 * peer + self.now * self._speed(peer)

    def _speed(self, peer: int) -> float:
        return 1 + self.scenario.skew if peer == 1 else 1.0

    def _join(self, peer: int, given: tuple[bytes, State] | None = None) -> None:
        if given is None and peer in self._away:
            return
        self._incarnations[peer] += 1
        config = replace(self.scenario.config(peer), incarnation=self._incarnations[peer])
        outcome = self.outcome.peers[peer]
        if given is None:
            node = SimulatedPeer(self.scenario, config, outcome)
        else:
            data, state = given
            config = replace(config, resumed=Checkpoint.from_bytes(data))
            node = resume(self.scenario, config, outcome, data, state)
            node.flip_at = None
        for gone in self._gone:
            node.session.drop(gone)
        self.nodes[peer] = node
        self._deadline[peer] = self.now
        self.at(self.now, lambda: self._tick(node))

    def _tick(self, node: SimulatedPeer) -> None:
        peer = node.number
        if self.nodes.get(peer) is not node:
            return
        node.tick(self.local(peer))
        self._ticked[peer] = self.now
        self._exchange(node)
        period = node.session.period_factor / self.scenario.fps / self._speed(peer)
        deadline = self._deadline[peer] + period
        if deadline < self.now - period:
            deadline = self.now
        self._deadline[peer] = deadline
        when = max(deadline, self.now) + self._luck.random() * _TIMER_JITTER
        for slow in self.scenario.slow:
            if slow.peer == peer and slow.since <= self.now < slow.until:
                when = max(when, self.now + slow.takes)
        self.at(when, lambda: self._tick(node))

    def _exchange(self, node: SimulatedPeer) -> None:
        sender = node.number
        outcome = self.outcome.peers[sender]
        for recipient, packet in node.session.take_packets():
            outcome.sent[recipient] = outcome.sent.get(recipient, 0) + len(packet)
            outcome.largest = max(outcome.largest, len(packet))
            for when, arriving in self.network.carry(sender, recipient, packet, self.now):
                self.at(when, lambda to=recipient, data=arriving: self._arrive(sender, to, data))  # type: ignore[misc]
        for event in node.session.take_events():
            outcome.events.append((self.now, event))
            if isinstance(event, Started):
                self._started_at.setdefault(sender, self.now)
            elif isinstance(event, Excluded):
                outcome.excluded = True
            elif isinstance(event, Interrupted) and self.scenario.disconnect_timeout is None:
                node.session.suspend(event.peer)
            elif isinstance(event, Desync) and self.scenario.repairs and event.peer < sender:
                self._reload(node)
                return

    def _arrive(self, sender: int, recipient: int, packet: bytes) -> None:
        node = self.nodes.get(recipient)
        if node is not None:
            node.session.receive(sender, packet, self.local(recipient))
            self._exchange(node)

    # Coming and going

    def _vanish(self, absence: Absence) -> None:
        node = self.nodes.pop(absence.peer, None)
        if node is not None:
            node.leave()
        self._away.add(absence.peer)
        if absence.back is not None:
            self.at(self.now + min(_NOTICE, absence.back), lambda: self._suspend(absence.peer))
            self.at(self.now + absence.back, lambda: self._return(absence.peer))
            return
        self.outcome.peers[absence.peer].vanished_at = self.now
        if absence.told is not None:
            for other in range(self.scenario.peers):
                later = self.now + absence.told + self._luck.random() * 0.2
                self.at(later, lambda other=other: self._drop(other, absence.peer))  # type: ignore[misc]

    def _reload(self, node: SimulatedPeer) -> None:
        del self.nodes[node.number]
        node.leave()
        self._suspend(node.number)
        self._return(node.number)

    def _suspend(self, peer: int) -> None:
        for node in self.nodes.values():
            node.session.suspend(peer)

    def _drop(self, other: int, peer: int) -> None:
        self._gone.add(peer)
        if other in self.nodes:
            self.nodes[other].session.drop(peer)

    def _return(self, peer: int) -> None:
        if not self.nodes:
            # Nobody else has come yet: it begins again.
            self._away.discard(peer)
            self._join(peer)
            return
        authority = self.nodes[min(self.nodes)]
        given = authority.checkpoint()
        self.at(self.now + _TRANSFER, lambda: self._join(peer, given))

    # What an onlooker sees

    def _sample(self) -> None:
        self.at(self.now + _SAMPLE_EVERY, self._sample)
        nodes = list(self.nodes.values())
        if len(nodes) < 2 or len({node.session.epoch for node in nodes}) > 1:
            return
        if not all(node.session.started for node in nodes):
            return
        positions = []
        for node in nodes:
            period = node.session.period_factor / self.scenario.fps
            passed = (self.now - self._ticked.get(node.number, self.now)) / period
            positions.append(node.session.frame + min(1.0, passed))
        self.outcome.offsets.append((self.now, max(positions) - min(positions)))

    def _finish(self) -> None:
        for node in self.nodes.values():
            node.leave()
        for number, peer in enumerate(self.outcome.peers):
            until = self.scenario.seconds if peer.vanished_at is None else peer.vanished_at
            peer.played = max(0.0, until - self._started_at.get(number, until))
        network = self.network
        self.outcome.packets = {
            "sent": network.sent,
            "lost": network.lost,
            "duplicated": network.duplicated,
            "reordered": network.reordered,
            "corrupted": network.corrupted,
        }


def run(scenario: Scenario) -> Outcome:
    """Simulate a scenario."""
    return World(scenario).run()
