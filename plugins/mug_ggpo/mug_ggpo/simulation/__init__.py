"""Simulated games over simulated networks on a virtual clock, to test the session; not shipped to browsers.

:func:`run` plays a :class:`Scenario` from its seed and returns an :class:`Outcome`. The same scenario gives
the same outcome, event by event. ``python -m mug_ggpo.simulation`` runs a grid of them.
"""

from mug_ggpo.simulation.check import check
from mug_ggpo.simulation.game import FAULTS, Game
from mug_ggpo.simulation.mesh import Mesh
from mug_ggpo.simulation.network import Conditions, Network
from mug_ggpo.simulation.outcome import Outcome
from mug_ggpo.simulation.peer import SimulatedPeer
from mug_ggpo.simulation.scenario import Absence, Scenario, Slowness
from mug_ggpo.simulation.world import World, run

__all__ = [
    "FAULTS",
    "Absence",
    "Conditions",
    "Game",
    "Mesh",
    "Network",
    "Outcome",
    "Scenario",
    "SimulatedPeer",
    "Slowness",
    "World",
    "check",
    "run",
]
