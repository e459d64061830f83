"""Peers whose packets are carried by hand, in whatever order somebody likes."""

from __future__ import annotations

from mug_ggpo.simulation.outcome import Outcome, PeerOutcome
from mug_ggpo.simulation.peer import SimulatedPeer
from mug_ggpo.simulation.scenario import Scenario


class Mesh:
    """The peers of a scenario, and the packets that are under way: (sender, recipient, packet)."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.now = 0.0
        self.outcome = Outcome([PeerOutcome() for _ in range(scenario.peers)])
        self.nodes = [
            SimulatedPeer(scenario, scenario.config(peer), self.outcome.peers[peer])
            for peer in range(scenario.peers)
        ]
        self.under_way: list[tuple[int, int, bytes]] = []

    def tick(self, peer: int) -> None:
        """Let one peer have its tick."""
        self.nodes[peer].tick(self.now)
        self._collect(peer)

    def deliver(self, index: int, *, keep: bool = False) -> None:
        """Let a packet arrive; ``keep`` it to arrive again."""
        if self.under_way:
            index %= len(self.under_way)
            one = self.under_way[index] if keep else self.under_way.pop(index)
            self.receive(*one)

    def receive(self, sender: int, recipient: int, packet: bytes) -> None:
        """Let this packet arrive; those for spectators are lost."""
        if recipient >= len(self.nodes):
            return
        self.nodes[recipient].session.receive(sender, packet, self.now)
        self._collect(recipient)

    def drop(self, index: int) -> None:
        """Lose a packet."""
        if self.under_way:
            self.under_way.pop(index % len(self.under_way))

    def deliver_all(self) -> None:
        """Let everything arrive that is under way, and what is answered."""
        while self.under_way:
            self.deliver(0)

    def play(self, rounds: int) -> None:
        """Tick everybody so often, with a perfect network."""
        for _ in range(rounds):
            self.now += 1 / self.scenario.fps
            for peer in range(len(self.nodes)):
                self.tick(peer)
            self.deliver_all()

    def _collect(self, peer: int) -> None:
        session = self.nodes[peer].session
        self.under_way += [(peer, recipient, packet) for recipient, packet in session.take_packets()]
        self.outcome.peers[peer].events += [(self.now, event) for event in session.take_events()]
