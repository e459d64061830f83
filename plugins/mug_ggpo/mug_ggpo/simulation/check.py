"""Whether a simulation came to what it must come to."""

from __future__ import annotations

from mug_ggpo.session import Desync, Dropped, Misbehaved, Refused
from mug_ggpo.simulation.game import Game
from mug_ggpo.simulation.outcome import Confirmed, Outcome, PeerOutcome
from mug_ggpo.simulation.scenario import Scenario

Key = tuple[int, int]


def check(scenario: Scenario, outcome: Outcome) -> list[str]:
    """Everything that is wrong, in words: differences, holes, and what is not as in a native run."""
    wrong = []
    stayed = [peer for peer in outcome.peers if peer.vanished_at is None and not peer.excluded]
    if not stayed:
        return ["nobody stayed"]
    agreed: dict[Key, Confirmed] = {}
    for peer in stayed:
        agreed.update(peer.confirmed)
    wrong += _native(scenario, agreed)
    left: dict[tuple[int, int], Dropped] = {}
    for number, peer in enumerate(outcome.peers):
        gone = peer.vanished_at is not None or peer.excluded
        wrong += [f"peer {number}: {what}" for what in _compare(agreed, peer, gone)]
        wrong += [f"peer {number}: {what}" for what in _holes(peer)]
        for at, event in peer.events:
            if isinstance(event, Dropped) and not gone:
                other = left.setdefault((event.peer, event.epoch), event)
                if other != event:
                    wrong.append(f"peer {number}: {event}, elsewhere {other}")
            if isinstance(event, Desync | Misbehaved | Refused):
                wrong.append(f"peer {number} at {at:.3f}: {event}")
    return wrong


def _compare(agreed: dict[Key, Confirmed], peer: PeerOutcome, gone: bool) -> list[str]:
    """Differences between what peers confirmed; one that was dropped is believed until somebody was."""
    for key, one in peer.confirmed.items():
        other = agreed.get(key)
        if other is None:
            return []
        if gone and 2 in other.statuses:
            return []
        if (one.inputs, one.statuses, one.checksum) != (other.inputs, other.statuses, other.checksum):
            return [f"frame {key} is {one}, elsewhere {other}"]
    return []


def _holes(peer: PeerOutcome) -> list[str]:
    """Frames that were not confirmed although later ones were."""
    last: Key | None = None
    for key in sorted(peer.confirmed):
        expected = None if last is None else (last[0], last[1] + 1)
        if last is not None and key not in (expected, (last[0] + 1, 0)) and key not in peer.resumed_at:
            return [f"frame {key} follows {last}"]
        last = key
    return []


def _native(scenario: Scenario, agreed: dict[Key, Confirmed]) -> list[str]:
    """Whether the game, run once with the confirmed inputs, is the same in every frame."""
    epochs: dict[int, list[tuple[int, Confirmed]]] = {}
    for (epoch, frame), one in sorted(agreed.items()):
        epochs.setdefault(epoch, []).append((frame, one))
    for epoch, frames in epochs.items():
        game = Game(len(scenario.owners), scenario.seed * 1000 + epoch, scenario.episode)
        for frame, one in frames:
            game.step(one.inputs, one.statuses)
            if game.checksum() != one.checksum:
                return [f"frame {(epoch, frame)} is not what a native run gives"]
        if epoch + 1 in epochs and not game.ended:
            return [f"episode {epoch} ended at frame {game.frame} although it had not"]
    return []
