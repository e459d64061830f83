"""The records of a game that several pages play: those that all of them write alike, and each page's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mug.engine.engine import Engine
from mug.engine.records import EpisodeEnd, EpisodeStart, Step, plain
from mug.game.ledger import Ledger, versions
from mug.game.pace import Pace
from mug.game.seats import Seats
from mug.game.spec import GameSpec
from mug.game.venue import Venue


class PeerLedger(Ledger):
    """Collects what is recorded.

    What happened in the game goes to ``lines``. Such a record is the same on all pages up to its last
    ``,"wall":``; what follows is when this page wrote it. Everything else goes to ``notes``.

    Attributes:
        notes: what this page alone can tell, as lines.
    """

    def __init__(self, game_id: str, spec: GameSpec, seats: Seats, venue: Venue, seat: str) -> None:
        super().__init__(game_id, spec, seats, venue)
        self.notes: list[bytes] = []
        self._seat = seat
        self._policies = dict(seats.policy_names())

    def take_notes(self) -> list[bytes]:
        """Return the notes that were not taken before."""
        notes, self.notes = self.notes, []
        return notes

    def name_policy(self, agent: str, name: str) -> None:
        """Say which policy plays a seat."""
        self._policies[agent] = name

    def note(self, kind: str, now: float, **fields: Any) -> None:
        """Record something that this page alone can tell."""
        stamp = {"wall": self._wall_ms(), "mono": round(now, 6)}
        self.notes.append(self._encode({"kind": kind, "seat": self._seat, **stamp, **fields}))

    def game_start(self, engine: Engine, now: float) -> None:
        """Record what is going to be played."""
        facts = self.game_facts(engine)
        self._write_alike(
            {"kind": "game_start", **facts, "policies": self._policies, "versions": versions()}, now
        )

    def episode_start(self, start: EpisodeStart, pace: Pace, now: float) -> None:
        """Record that an episode began, and who plays it."""
        who = {"participants": self._seats.participant_names(), "policies": self._policies}
        self._write_alike({**plain(start), **who}, now)

    def step(self, step: Step, now: float, due: float, waited: Mapping[str, float]) -> None:
        """Record a step that counts; ``now`` and ``due`` are those of the tick in which it was first seen."""
        record = self.step_facts(step)
        if step.extra:
            record["extra"] = step.extra
        if step.done:
            record |= {"done": True, "reason": step.reason}
        self._write_alike(record, now, {"late_ms": round((now - due) * 1000, 3)})

    def presence(self, kind: str, agent: str, place: Mapping[str, int], now: float) -> None:
        """Record that a seat's participant was away (``player_left``), or is back (``player_returned``)."""
        self._write_alike({"kind": kind, **place, "agent": agent}, now)

    def take_over(
        self, agent: str, policy: str, reference: list[Any], place: Mapping[str, int], now: float
    ) -> None:
        """Record that a policy plays a seat from now on."""
        self._policies[agent] = policy
        facts = {"kind": "takeover", **place, "agent": agent, "policy": policy, "reference": reference}
        self._write_alike(facts, now)

    def episode_end(self, end: EpisodeEnd, pace: Pace, now: float) -> None:
        """Record that an episode is over."""
        self._write_alike(plain(end), now)

    def game_end(
        self, reason: str, rewards: Mapping[str, float], pace: Pace, now: float, fault: str = ""
    ) -> None:
        """Record that the game is over; how well this page kept up goes to its notes."""
        self._write_alike({"kind": "game_end", "reason": reason, "rewards": dict(rewards)}, now)
        self.note("kept_up", now, **self.figures(pace, now))

    def _write_alike(
        self, record: dict[str, Any], now: float, measured: Mapping[str, Any] | None = None
    ) -> None:
        stamp = {"wall": self._wall_ms(), "mono": round(now, 6)}
        self.lines += (record["kind"], self._encode({**record, **stamp, **(measured or {})}))
