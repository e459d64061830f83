"""Seats, inputs and memory of all sizes."""

from __future__ import annotations

import gc
import random
from collections import Counter, deque
from dataclasses import replace

import pytest
from mug_ggpo.session import PREDICTED, Advance, Config, Confirm, Session, neutral

from mug.peers import LONGEST_PACKET

CONFIG = Config(owners=(0, 1), local=0, peers=2, fps=30, session_id=5, checksum_interval=0)


class Pair:
    """Two sessions, packets between which take some frames, and what they confirm."""

    def __init__(self, config: Config, latency: int, size: int = 1) -> None:
        self.sessions = [Session(replace(config, local=peer)) for peer in range(config.peers)]
        self.latency = latency
        self.size = size
        self.tick = 0
        self.confirmed: list[list[Confirm]] = [[] for _ in self.sessions]
        self.predicted: Counter[tuple[int, bytes]] = Counter()
        self.largest = 0
        self._ways: list[deque[tuple[int, int, bytes]]] = [deque() for _ in self.sessions]
        self._luck = random.Random(1)

    def play(self, ticks: int, *, keep: bool = True) -> None:
        for _ in range(ticks):
            self.tick += 1
            now = self.tick / 30
            for peer, session in enumerate(self.sessions):
                way = self._ways[peer]
                while way and way[0][0] <= self.tick:
                    _, sender, packet = way.popleft()
                    session.receive(sender, packet, now)
                for seat in session.config.seats(peer):
                    session.set_input(seat, self._luck.randbytes(self.size))
                for request in session.tick(now):
                    if isinstance(request, Confirm) and keep:
                        self.confirmed[peer].append(request)
                    elif isinstance(request, Advance) and keep:
                        for seat, status in enumerate(request.statuses):
                            if status == PREDICTED:
                                self.predicted[seat, request.inputs[seat]] += 1
                for recipient, packet in session.take_packets():
                    self.largest = max(self.largest, len(packet))
                    self._ways[recipient].append((self.tick + self.latency, peer, packet))
                session.take_events()

    def agreed(self) -> int:
        """How many frames both confirmed; they are the same."""
        frames = min(map(len, self.confirmed))
        for confirmed in self.confirmed:
            assert [(one.frame, one.inputs) for one in confirmed[:frames]] == [
                (one.frame, one.inputs) for one in self.confirmed[0][:frames]
            ]
        return frames


@pytest.mark.parametrize("size", [0, 1, 40, 255])
def test_inputs_of_any_size(size):
    """Long inputs that change in every frame arrive too, in packets that every way carries."""
    pair = Pair(CONFIG, latency=6, size=size)
    pair.play(300)
    assert pair.agreed() > 250
    assert pair.largest <= min(6500, LONGEST_PACKET)
    assert pair.sessions[0].stats.stalls < 20


@pytest.mark.parametrize("owners", [(0, 0, 0, 1), (1, 0, 1, 0, 1), (0,), (1, 1)])
def test_peers_own_any_number_of_seats(owners):
    """A peer may make the inputs of several seats, or of none."""
    pair = Pair(replace(CONFIG, owners=owners), latency=4)
    pair.play(200)
    assert pair.agreed() > 150
    for one in pair.confirmed[0][10:50]:
        assert all(len(data) == 1 for data in one.inputs)


def test_own_input_is_used_after_the_delay_exactly():
    """What is set before the tick of frame f is in frame f + delay, whatever the network."""
    for delay in (0, 1, 5):
        session = Session(replace(CONFIG, input_delay=delay, owners=(0,), prediction_window=40))
        other = Session(replace(CONFIG, input_delay=delay, owners=(0,), prediction_window=40, local=1))
        seen: dict[int, bytes] = {}
        for tick in range(60):
            before = session.frame
            session.set_input(0, bytes((tick,)))
            for request in session.tick(tick / 30):
                if isinstance(request, Advance):
                    assert request.frame == before
                    seen[request.frame] = request.inputs[0]
                    if request.frame + delay not in seen:
                        assert request.inputs[0] == (b"" if before < delay else request.inputs[0])
            other.tick(tick / 30)
            for one, way in ((session, other), (other, session)):
                for _, packet in one.take_packets():
                    way.receive(one.config.local, packet, tick / 30)
        start = min(tick for tick in range(60) if bytes((tick,)) == seen[delay])
        assert [seen[frame] for frame in range(delay)] == [b""] * delay
        assert [seen[frame] for frame in range(delay, 40)] == [bytes((start + n,)) for n in range(40 - delay)]


def test_a_researchers_own_prediction():
    """Any function of seat and last input may predict; what it guesses is corrected like anything else."""
    guesses: list[tuple[int, bytes | None]] = []

    def guess(seat: int, last: bytes | None) -> bytes:
        guesses.append((seat, last))
        return b"guess"

    pair = Pair(replace(CONFIG, predict=guess), latency=6)
    pair.play(100)
    assert pair.agreed() > 60
    assert {data for _, data in pair.predicted} == {b"guess"}
    assert {seat for seat, _ in guesses} == {0, 1}
    assert all(last is not None and len(last) <= 1 for _, last in guesses)
    still = Pair(replace(CONFIG, predict=neutral), latency=6)
    still.play(100)
    assert {data for _, data in still.predicted} == {b""}
    without_delay = Pair(replace(CONFIG, predict=guess, input_delay=0), latency=6)
    without_delay.play(100)
    assert None in {last for _, last in guesses}


@pytest.mark.parametrize("saving", ["every", "sparse", "resimulate"])
def test_nothing_grows(saving):
    """After minutes of play a session holds as many objects as after seconds."""
    pair = Pair(replace(CONFIG, saving=saving, checksum_interval=15), latency=5)
    pair.play(900, keep=False)
    gc.collect()
    before = len(gc.get_objects())
    pair.play(6000, keep=False)
    gc.collect()
    assert len(gc.get_objects()) - before < 60
