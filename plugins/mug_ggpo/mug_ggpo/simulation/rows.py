"""The scenarios that are run again and again, by tests with a few seeds and by the soak with many."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from mug_ggpo.simulation.network import Conditions
from mug_ggpo.simulation.outcome import Outcome
from mug_ggpo.simulation.scenario import Absence, Scenario, Slowness


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What may not be exceeded: the share of ticks that stall, the 99th percentile of depth, of the distance
    between the peers in frames, and bytes per second and pair.
    """

    stalls: float = 1
    rollbacks: float = 1000
    depth: int = 60
    resimulated: float = 60
    offset: float = 60
    bytes: float = 100000

    def exceeded(self, outcome: Outcome) -> list[str]:
        """What was exceeded, in words."""
        figures = (
            ("stalls", outcome.stalls_per_tick(), self.stalls),
            ("rollbacks per 100", outcome.rollbacks_per_100(), self.rollbacks),
            ("depth", outcome.depth(0.99), self.depth),
            ("resimulated per frame", outcome.resimulated_per_frame(), self.resimulated),
            ("offset", outcome.offset(0.99), self.offset),
            ("bytes per second", outcome.bytes_per_second(), self.bytes),
        )
        return [f"{name} {found:.4g}, at most {most:g}" for name, found, most in figures if found > most]


@dataclass(frozen=True, slots=True)
class Row:
    """A scenario for each seed, and its limits. ``share`` is its share of the frames, relative to others."""

    name: str
    scenario: Callable[[int], Scenario]
    limits: Limits = Limits()
    share: float = 1


WIRES = {
    50: Conditions(latency=0.025, jitter=0.01, loss=0.01),
    100: Conditions(latency=0.05, jitter=0.02, loss=0.05),
    200: Conditions(latency=0.1, jitter=0.02, loss=0.05),
    300: Conditions(latency=0.15, jitter=0.03, loss=0.05),
    400: Conditions(latency=0.2, jitter=0.05, loss=0.15),
}
"""Networks from good to hardly usable, by their round trip in ms."""

LIMITS = {
    50: Limits(stalls=0, rollbacks=1, depth=2, resimulated=0.05, offset=1, bytes=1000),
    100: Limits(stalls=0, rollbacks=6, depth=3, resimulated=0.1, offset=1, bytes=1000),
    200: Limits(stalls=0.001, rollbacks=10, depth=5, resimulated=0.25, offset=1, bytes=1000),
    300: Limits(stalls=0.005, rollbacks=10, depth=7, resimulated=0.4, offset=2, bytes=1000),
    400: Limits(stalls=0.02, rollbacks=10, depth=8, resimulated=0.6, offset=3, bytes=1500),
}
"""What two people at 30 fps, with a delay of 2 and a window of 8, may be asked to bear on these networks."""

AWFUL = Conditions(
    latency=0.08,
    jitter=0.04,
    loss=0.3,
    duplicate=0.1,
    reorder=0.2,
    corrupt=0.1,
    outage_every=10,
    outage_mean=0.5,
)
"""Everything that a network can do, at once."""


def _row(name: str, limits: Limits = Limits(), share: float = 1, **settings: object) -> Row:
    def scenario(seed: int) -> Scenario:
        return Scenario(seed=seed, **settings)  # type: ignore[arg-type]

    return Row(name, scenario, limits, share)


ROWS = (
    *(_row(f"rtt {rtt}", LIMITS[rtt], 3, wire=wire) for rtt, wire in WIRES.items()),
    *(_row(f"rtt {rtt}, lockstep", wire=WIRES[rtt], prediction_window=0) for rtt in (50, 100, 200)),
    _row("rtt 150, loss 10 %", Limits(stalls=0.001), wire=Conditions(latency=0.075, jitter=0.02, loss=0.1)),
    _row("rtt 200, sparse", Limits(stalls=0.001), wire=WIRES[200], saving="sparse"),
    _row("rtt 200, resimulate", Limits(stalls=0.001), wire=WIRES[200], saving="resimulate"),
    _row("rtt 100, skew 2 %", Limits(stalls=0.001, offset=2), wire=WIRES[100], skew=0.02),
    _row("rtt 300, skew -2 %", Limits(stalls=0.005, offset=2), wire=WIRES[300], skew=-0.02),
    _row("10 fps, rtt 300", Limits(stalls=0), wire=WIRES[300], fps=10, input_delay=1, prediction_window=5),
    _row(
        "60 fps, rtt 150",
        Limits(stalls=0.001),
        wire=Conditions(latency=0.075, jitter=0.01, loss=0.02),
        fps=60,
    ),
    _row(
        "10 and 100 ms one way",
        Limits(stalls=0.001),
        wire=Conditions(latency=0.01, jitter=0.01, loss=0.02, asymmetry=10),
    ),
    _row(
        "outages of 300 ms",
        wire=Conditions(latency=0.04, jitter=0.01, loss=0.01, outage_every=8, outage_mean=0.3),
        disconnect_timeout=None,
    ),
    _row(
        "outages of 1 s",
        wire=Conditions(latency=0.04, jitter=0.01, loss=0.01, outage_every=8, outage_mean=1),
        disconnect_timeout=None,
    ),
    _row("everything, 3 peers", wire=AWFUL, peers=3, disconnect_timeout=None),
    _row("a device of 22 fps", wire=WIRES[100], slow=(Slowness(1, 0.045),)),
    _row("short episodes", wire=WIRES[200], episode=40),
    _row(
        "short episodes, 3 peers", wire=WIRES[100], episode=40, peers=3, saving="resimulate", start_offset=0.1
    ),
    _row(
        "4 peers, rtt 100",
        Limits(stalls=0.001, depth=3, bytes=2500 / 3),
        wire=Conditions(latency=0.05, jitter=0.02, loss=0.02),
        peers=4,
        start_offset=0.1,
    ),
    _row(
        "8 peers, rtt 100",
        Limits(stalls=0.001, bytes=5000 / 7),
        wire=Conditions(latency=0.05, jitter=0.02, loss=0.02),
        peers=8,
        start_offset=0.05,
    ),
)


def farewell(seed: int) -> Scenario:
    """Somebody leaves a game of three or four, or two do, at any moment, over a bad network."""
    luck = random.Random(f"leaving {seed}")
    peers = luck.choice((3, 4))
    at = luck.uniform(1.5, 3)
    gone = luck.sample(range(peers), luck.choice((1, 1, 2)))
    absences = tuple(
        Absence(peer, at + index * luck.choice((0, luck.random())), None, luck.choice((None, luck.random())))
        for index, peer in enumerate(gone)
    )
    wire = Conditions(
        latency=luck.choice((0.02, 0.06, 0.12)),
        jitter=luck.choice((0.0, 0.03)),
        loss=luck.choice((0.0, 0.05, 0.1)),
        reorder=luck.choice((0.0, 0.1)),
    )
    return Scenario(
        seed=seed,
        peers=peers,
        absences=absences,
        wire=wire,
        seconds=6.5,
        disconnect_timeout=1.0,
        start_offset=0.05,
        saving=luck.choice(("every", "every", "sparse", "resimulate")),
        episode=luck.choice((10**9, 50)),
    )


def reload(seed: int) -> Scenario:
    """Somebody in a game of two to four reloads the page at any moment, over a bad network."""
    luck = random.Random(f"returning {seed}")
    peers = luck.choice((2, 3, 4))
    wire = Conditions(
        latency=luck.choice((0.02, 0.08)),
        jitter=0.03,
        loss=luck.choice((0, 0.1)),
        reorder=0.1,
    )
    return Scenario(
        seed=seed,
        peers=peers,
        wire=wire,
        saving=luck.choice(("every", "sparse", "resimulate")),
        absences=(Absence(luck.randrange(peers), luck.uniform(2, 4), luck.uniform(0.1, 1.5)),),
        seconds=9,
        episode=luck.choice((10**9, 60)),
        disconnect_timeout=None,
        start_offset=0.1,
    )


def anything(seed: int) -> Scenario:
    """Any number of peers and seats, any rate, saving and network, and up to three who vanish."""
    luck = random.Random(f"anything {seed}")
    peers = luck.choice((2, 2, 3, 3, 4, 5, 6, 8))
    absences = []
    at = luck.uniform(0.2, 5)
    for peer in luck.sample(range(peers), luck.randint(0, min(3, peers - 1))):
        if luck.random() < 0.5:
            absences.append(Absence(peer, at, luck.choice((0.05, luck.uniform(0.1, 2)))))
        elif peers > 2:
            absences.append(
                Absence(peer, at, None, luck.choice((luck.uniform(0, 0.2), luck.uniform(0, 1.5))))
            )
        at += luck.choice((0, 0.05, luck.uniform(0, 3)))
    wire = Conditions(
        latency=luck.choice((0, 0.01, 0.05, 0.1, 0.2)),
        jitter=luck.choice((0, 0.02, 0.1)),
        loss=luck.choice((0, 0.05, 0.15, 0.3)),
        duplicate=luck.choice((0, 0.2)),
        reorder=luck.choice((0, 0.3)),
        corrupt=luck.choice((0, 0, 0.2)),
        asymmetry=luck.choice((1, 1, 3)),
        outage_every=luck.choice((0, 0, 4)),
        outage_mean=luck.choice((0.2, 0.8)),
    )
    slow = Slowness(luck.randrange(peers), luck.choice((0.04, 0.08)), luck.uniform(0, 4), luck.uniform(4, 8))
    return Scenario(
        seed=seed,
        peers=peers,
        seats_each=luck.choice((1, 1, 2, 3)),
        fps=luck.choice((10, 30, 30, 60)),
        input_delay=luck.choice((0, 1, 2, 3)),
        prediction_window=luck.choice((0, 1, 4, 8, 8, 12)),
        saving=luck.choice(("every", "sparse", "resimulate")),
        checksum_interval=luck.choice((0, 1, 15)),
        disconnect_timeout=None,
        wire=wire,
        seconds=luck.uniform(6, 12),
        episode=luck.choice((10**9, 5, 30, 60)),
        skew=luck.choice((0, 0.02, -0.02)),
        start_offset=luck.choice((0, 0.05, 0.3)),
        hold=luck.choice((0.05, 0.35, 2)),
        absences=tuple(absences),
        slow=luck.choice(((), (), (slow,))),
    )


def bit_flip(seed: int) -> Scenario:
    """One bit of one peer's state changes in a game of two or three."""
    luck = random.Random(f"flip {seed}")
    return Scenario(
        seed=seed,
        peers=luck.choice((2, 3)),
        wire=Conditions(latency=0.075, jitter=0.02, loss=0.05),
        flip=(1, luck.randrange(90, 150)),
        seconds=9,
        saving=luck.choice(("every", "sparse", "resimulate")),
        start_offset=0.1,
    )
