"""A game in several pages in which each step waits for what everybody does: nothing is ever predicted."""

from __future__ import annotations

import json
from typing import Any

from mug.game.json_lines import encode
from mug.game.loop import Game

AGAIN_SECONDS = 0.25
NOTES = ("paused", "resumed", "restored")


class Lockstep(Game):
    """What plays in each page."""

    def __init__(self, spec: Any, opening: Any, venue: Any) -> None:
        super().__init__(spec, opening, venue)
        offer = opening["peers"]
        self._me: int = offer["me"]
        self._players: list[Any] = offer["seats"]
        self._seat = opening["seat"]
        self._done: dict[int, dict[int, Any]] = {}
        """By frame and peer, what everybody does in it."""
        self._packets: list[tuple[int, bytes]] = []
        self._notes: list[bytes] = []
        self._wall_ms = venue.wall_ms
        self._said_at = 0.0
        self._expected: int | None = None
        self._waits = 0

    # ------------------------------------------------------------------------- what other pages say

    def receive(self, peer: int, packet: bytes, now: float) -> bool:
        try:
            frame, action = json.loads(packet)
        except ValueError:
            return False
        self._done.setdefault(frame, {}).setdefault(peer, action)
        return True

    def take_packets(self) -> list[tuple[int, bytes]]:
        packets, self._packets = self._packets, []
        return packets

    def take_notes(self) -> list[bytes]:
        notes, self._notes = self._notes, []
        return notes

    def figures(self) -> dict[str, Any]:
        return {"confirmedFrame": self._construction.engine.frame if self.built else 0, "stalls": self._waits}

    def away(self, now: float, peers: list[int]) -> None:
        """What somebody did whose page is gone does not count any more: they do it again."""
        for done in self._done.values():
            for peer in set(peers) - {self._me}:
                done.pop(peer, None)
        self._said_at = 0.0

    def returned(self, now: float) -> None:
        """Nothing depends on who was away."""

    def checkpoint(self) -> bytes:
        """Beyond the records there is nothing to tell: everybody says again what they do next."""
        return json.dumps(self._built_engine.frame).encode()

    def resume_from(self, checkpoint: bytes) -> None:
        self._expected = json.loads(checkpoint)

    # --------------------------------------------------------------------------------------- playing

    def next_due(self, now: float) -> float | None:
        due = super().next_due(now)
        return due if due is None or not self.ticking else max(due, now + 0.004)

    def _tick(self, now: float) -> None:
        frame = self._built_engine.frame
        done = self._done.setdefault(frame, {})
        if self._me not in done:
            taken = self.seats.inputs[self._seat].take(now)
            done[self._me] = None if taken is None else taken.action
            self._said_at = 0.0
        if now - self._said_at >= AGAIN_SECONDS:
            self._said_at = now
            for peer in range(len(self._players)):
                if peer != self._me:
                    self._say(peer, frame - 1)
                    self._say(peer, frame)
        playing = {p for p, seat in enumerate(self._players) if seat not in self.seats.taken_over}
        if not playing <= done.keys():
            self._waits += 1
            return
        due = self.pace.tick(now)
        actions = {self._players[p]: action for p, action in done.items() if action is not None}
        self._done = {at: known for at, known in self._done.items() if at >= frame}
        step = self._built_engine.advance(actions)
        self.ledger.step(step, now, due, {})
        self._show(now)
        if step.done:
            self._end_episode(step, now)

    def _say(self, peer: int, frame: int) -> None:
        done = self._done.get(frame, {})
        if self._me in done:
            self._packets.append((peer, json.dumps([frame, done[self._me]]).encode()))

    def _note(self, kind: str, now: float, **fields: Any) -> None:
        """What only this page knows is no part of what all record."""
        if kind in NOTES:
            note = {"kind": kind, "seat": self._seat, "wall": self._wall_ms(), **fields}
            self._notes.append(encode(note))
        else:
            super()._note(kind, now, **fields)

    def _note_resumption(self, now: float) -> None:
        assert self._expected in (None, self._built_engine.frame)
        self._note("restored", now, steps=self._construction.steps)
