"""Those who watch."""

from __future__ import annotations

import random
from dataclasses import replace

from mug_ggpo.session import Advance, Checkpoint, Config, Confirm, Excluded, SpectatorSession, Started
from mug_ggpo.simulation import Game, Mesh, Scenario

SCENARIO = Scenario(hold=0.1, episode=40, seed=3)


class Watcher:
    """A spectator of peer 0, over a network that loses every third packet, who keeps what was confirmed."""

    def __init__(self, mesh: Mesh, config: Config, snapshot=None) -> None:
        self.mesh = mesh
        self.session = SpectatorSession(config, 2, buffer=5)
        self.seen: dict[tuple[int, int], Confirm] = {}
        self.checksums: dict[tuple[int, int], int] = {}
        self.luck = random.Random(1)
        self.game = Game(2, SCENARIO.seed * 1000 + self.session.epoch, SCENARIO.episode)
        if snapshot is not None:
            self.game.load(snapshot)
        self.epoch = self.session.epoch
        self.lost = 0

    def tick(self) -> int:
        """One tick; return how many frames were played."""
        node = self.mesh.nodes[0]
        for one in [one for one in self.mesh.under_way if one[1] == 2]:
            self.mesh.under_way.remove(one)
            if self.luck.random() < 0.33:
                self.lost += 1
            else:
                self.session.receive(0, one[2], self.mesh.now)
        requests = self.session.tick(self.mesh.now)
        for request in requests:
            if isinstance(request, Advance):
                assert request.final
                assert request.frame == self.game.frame
                self.game.step(request.inputs, request.statuses)
            elif isinstance(request, Confirm):
                self.seen[self.epoch, request.frame] = request
                self.checksums[self.epoch, request.frame] = self.game.checksum()
        for event in self.session.take_events():
            if isinstance(event, Started) and event.epoch != self.epoch:
                self.epoch = event.epoch
                self.game = Game(2, SCENARIO.seed * 1000 + event.epoch, SCENARIO.episode)
        for _, packet in self.session.take_packets():
            if self.luck.random() > 0.33:
                node.session.receive(2, packet, self.mesh.now)
        return len(requests) // 2


def play(mesh: Mesh, watcher: Watcher, rounds: int) -> None:
    for _ in range(rounds):
        mesh.now += 1 / 30
        for peer in (0, 1):
            mesh.tick(peer)
        while any(one[1] != 2 for one in mesh.under_way):
            mesh.deliver(next(index for index, one in enumerate(mesh.under_way) if one[1] != 2))
        watcher.tick()


def test_a_spectator_sees_the_game():
    """Over losses and several episodes, what is watched is what was played, frame by frame."""
    mesh = Mesh(SCENARIO)
    mesh.nodes[0].session.add_spectator(2)
    watcher = Watcher(mesh, SCENARIO.config(0))
    play(mesh, watcher, 300)
    played = mesh.outcome.peers[0].confirmed
    assert len({epoch for epoch, _ in watcher.seen}) > 3
    assert watcher.lost > 20
    assert len(played) - len(watcher.seen) < 25
    for key, one in watcher.seen.items():
        assert (one.inputs, one.statuses) == (played[key].inputs, played[key].statuses)
        assert watcher.checksums[key] == played[key].checksum


def test_a_spectator_who_comes_later():
    """With a checkpoint and a snapshot one can begin to watch in the middle."""
    mesh = Mesh(SCENARIO)
    mesh.play(60)
    data, state = mesh.nodes[0].checkpoint()
    mesh.nodes[0].session.add_spectator(2)
    watcher = Watcher(mesh, replace(SCENARIO.config(0), resumed=Checkpoint.from_bytes(data)), state)
    play(mesh, watcher, 100)
    assert len(watcher.seen) > 70
    played = mesh.outcome.peers[0].confirmed
    assert all(watcher.checksums[key] == played[key].checksum for key in watcher.seen)


def test_a_spectator_catches_up():
    """Who was away for a while plays two frames per tick until it is near the present again."""
    mesh = Mesh(SCENARIO)
    mesh.nodes[0].session.add_spectator(2)
    watcher = Watcher(mesh, SCENARIO.config(0))
    play(mesh, watcher, 50)
    mesh.play(60)
    play(mesh, watcher, 90)
    assert watcher.session.behind <= 12
    assert len(mesh.outcome.peers[0].confirmed) - len(watcher.seen) < 30


def test_a_spectator_who_was_away_for_too_long():
    """What was not fetched for minutes is gone, and that is said."""
    mesh = Mesh(Scenario(hold=0.1))
    mesh.nodes[0].session.add_spectator(2)
    watcher = Watcher(mesh, mesh.scenario.config(0))
    mesh.play(700)
    play(mesh, watcher, 5)
    assert watcher.session.over
    again = SpectatorSession(mesh.scenario.config(0), 2)
    assert not [event for event in again.take_events() if isinstance(event, Excluded)]


def test_garbage_does_not_hurt_those_who_watch():
    """A spectator and its host count what is not for them."""
    mesh = Mesh(SCENARIO)
    host = mesh.nodes[0].session
    host.add_spectator(2)
    session = SpectatorSession(SCENARIO.config(0), 2)
    luck = random.Random(2)
    for _ in range(200):
        garbage = luck.randbytes(luck.randrange(40))
        session.receive(0, garbage, 0.0)
        host.receive(2, garbage, 0.0)
        host.receive(14, garbage, 0.0)
    assert sum(session.stats.ignored.values()) == 200
    assert sum(host.stats.ignored.values()) == 400
