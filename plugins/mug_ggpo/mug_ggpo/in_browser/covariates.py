"""What one page measures of the connections while a game is played, frame by frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mug_ggpo.session import Confirm, Session

FRAMES_A_NOTE: Final = 30
MEASURES: Final = frozenset(
    (
        *("predicted", "rollback_frames", "input_to_display_ms", "stalled_ticks"),
        *("rtt_ms", "jitter_ms", "loss", "frames_ahead"),
    )
)
"""What is measured; the last four of each other page, where there are several."""

Columns = dict[str, list[Any]]


class Covariates:
    """Gathers the figures of certain frames until there are enough for a note.

    Args:
        agents: the agents of the session's seats, as the records have them.
        peers: the agent of each peer's participant.
        me: this page's peer.
    """

    def __init__(self, agents: Sequence[str], peers: Sequence[str], me: int) -> None:
        self._agents = tuple(agents)
        self._others = [(number, name) for number, name in enumerate(peers) if number != me]
        self._stalls = 0
        self._episode = 0
        self._steps: list[int] = []
        self._columns: Columns = {}

    def begin(self, episode: int, session: Session) -> None:
        """An episode begins, or goes on."""
        self._episode = episode
        self._stalls = session.stats.stalls

    def add(self, confirm: Confirm, step: int, delay: float | None, session: Session, now: float) -> None:
        """Take in a frame that is certain now.

        Args:
            confirm: the frame.
            step: the step of the environment in it.
            delay: for how many seconds what the participant did had waited when its effect was first seen;
                None if they did nothing that took effect in this frame.
            session: what knows the connections.
            now: the time.
        """
        self._steps.append(step)
        predicted = [self._agents[seat] for seat in confirm.predicted]
        stalls = session.stats.stalls
        row = {
            "predicted": predicted,
            "rollback_frames": confirm.depth,
            "input_to_display_ms": milliseconds(delay),
            "stalled_ticks": stalls - self._stalls,
            **self._connections(session, now),
        }
        self._stalls = stalls
        for name, value in row.items():
            self._columns.setdefault(name, []).append(value)

    def take(self, *, all_there_are: bool) -> Mapping[str, Any] | None:
        """Return the fields of a note, once there are enough frames for one."""
        if not self._steps or (len(self._steps) < FRAMES_A_NOTE and not all_there_are):
            return None
        fields = {"episode": self._episode, "steps": self._steps, "columns": self._columns}
        self._steps, self._columns = [], {}
        return fields

    def _connections(self, session: Session, now: float) -> dict[str, Any]:
        row: dict[str, Any] = {}
        several = len(self._others) > 1
        for number, name in self._others:
            stats = session.peer_stats(number, now)
            suffix = f".{name}" if several else ""
            row[f"rtt_ms{suffix}"] = milliseconds(stats.rtt)
            row[f"jitter_ms{suffix}"] = milliseconds(stats.jitter)
            row[f"loss{suffix}"] = round(stats.loss, 3)
            row[f"frames_ahead{suffix}"] = round(stats.advantage, 2)
        return row


def milliseconds(seconds: float | None) -> float | None:
    """Return seconds as a record has them."""
    return None if seconds is None else round(seconds * 1000, 1)
