"""What a runtime is told to play."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mug.components import AgentId, GameSetup
from mug.core.rounds import has_begun
from mug.core.seats import Seat
from mug.core.state import GameFacts
from mug.game.spec import GameSpec
from mug.peers import PeerTransport


def setup_of(
    facts: GameFacts,
    spec: GameSpec,
    seats: Mapping[AgentId, Seat],
    history: Sequence[bytes],
    peers: PeerTransport | None,
) -> GameSetup:
    """Return what to play: a policy fills each human seat that nobody came for."""
    if facts.runtime is not None and not has_begun(history):
        history = ()  # what pages noted before play began is nothing that another runtime could go on from
    fillers = {agent_id: spec.takeover_policy for agent_id in spec.humans if agent_id not in seats}
    return GameSetup(
        game_id=facts.id,
        scene_id=facts.scene_id,
        spec=spec,
        seed=facts.seed,
        participants={seat.agent_id: seat.subject_id for seat in seats.values()},
        policies=fillers,
        history=history,
        peers=peers,
    )
