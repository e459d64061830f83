"""One player under observation: what is counted of them, what they are warned of, and what is to be told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from mug.facts import Game, Player, Presence, Step
from mug_screening.measures import Account, Alarm, Limits, Measures

log = logging.getLogger(__name__)

EPISODE: Final = "attention"
"""What observations of whole episodes are called in the records."""
PLAYED: Final = ("terminated", "truncated", "max_steps")
"""How episodes end that were played to their end; only those exclude anybody."""
EVENT: Final = "attention_event"
"""What warnings are called there."""

Check = Callable[[Measures], object]


@attrs.frozen
class Rules:
    """What is watched for. Times are in seconds; None means that nobody is warned because of it."""

    limits: Limits
    warn_inactive: float | None
    warn_away: float | None
    grace: float
    excludes: bool
    check: Check | None
    warnings: Mapping[str, str]


@attrs.frozen
class Observation:
    """Something to be recorded about somebody, to be told them, and perhaps the reason to take them out."""

    subject_id: str
    what: str
    values: Mapping[str, Any]
    facts: Mapping[str, Any] = attrs.field(factory=dict)
    notice: str = ""
    exclude_for: str = ""


@attrs.define(eq=False)
class Watch:
    """One player of one game."""

    game: Game
    player: Player
    fps: float
    rules: Rules
    episode: int | None = None
    """The episode that is played; None between two."""
    exceeded: int = 0
    """How many episodes of this game exceeded a limit."""
    account: Account = attrs.field(factory=Account)
    leaving: bool = False
    """Whether they are taken out, so that only what they did before still counts."""
    _heard: float = 0.0
    """When the last step came. Pages that play together tell of their steps some seconds later."""
    _alarms: dict[str, Alarm] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self._alarms = {trouble: Alarm(self.rules.grace) for trouble in self.rules.warnings}

    def begin(self, episode: int, *, whole: bool = True) -> None:
        """An episode begins, or goes on after a restart of the server."""
        self.episode, self.account = episode, self.account.following(whole=whole)

    def step(self, step: Step, now: float) -> None:
        """A step was played."""
        if self.episode is None:
            self.begin(step.episode, whole=step.step == 1)
        self._heard = now
        self.account.step(step.frame, step.sources.get(self.player.agent_id, ""))

    def passes(self, seconds: float, presence: Presence, now: float) -> list[Observation]:
        """Some time passed; return what is to be said because of it."""
        if self.episode is None or self.leaving:
            return []
        self.account.passes(seconds, presence)
        found = []
        for trouble, there in self._troubles(presence).items():
            if trouble == "inactive" and self.account.replaced:
                continue
            known = self._heard if trouble == "inactive" else now
            happened = self._alarms[trouble].look(there, now, known)
            if happened is not None:
                found.append(self._event(trouble, happened))
        return found

    def end(self, reason: str) -> Observation | None:
        """The episode ended; return what it was like."""
        if self.episode is None:
            return None
        measures = self.account.measures()
        counts = measures.whole and reason in PLAYED
        exceeded = measures.exceeded(self.rules.limits) + self._checked(measures)
        self.exceeded += bool(exceeded) and counts
        values = measures.values() | {"exceeded": exceeded, "reason": reason}
        scene = self.game.scene_id
        facts = {f"{scene}.{name}": values[name] for name in ("inactive", "away", "rtt_ms", "exceeded")}
        facts[f"{scene}.episodes_exceeded"] = self.exceeded
        observation = Observation(
            self.player.subject_id,
            EPISODE,
            self._place() | values,
            facts,
            exclude_for=", ".join(exceeded) if self.rules.excludes and counts else "",
        )
        self.episode = None
        return observation

    def _troubles(self, presence: Presence) -> dict[str, bool]:
        rules, account = self.rules, self.account
        limit = rules.limits.rtt_ms
        slow = limit is not None and presence.rtt_ms is not None and presence.rtt_ms > limit
        idle = account.idle_frames / self.fps
        return {
            "inactive": rules.warn_inactive is not None and idle >= rules.warn_inactive,
            "away": rules.warn_away is not None and account.away_since >= rules.warn_away,
            "latency": slow,
        }

    def _event(self, trouble: str, happened: str) -> Observation:
        expired = happened == "expired"
        return Observation(
            self.player.subject_id,
            EVENT,
            self._place() | {"trouble": trouble, "what": happened},
            notice=self.rules.warnings[trouble] if happened == "warned" else "",
            exclude_for=trouble if expired and self.rules.excludes else "",
        )

    def _place(self) -> dict[str, Any]:
        return {"scene_id": self.game.scene_id, "game_id": self.game.game_id, "episode": self.episode}

    def _checked(self, measures: Measures) -> list[str]:
        """Ask the study's own check; one that fails excludes nobody."""
        if self.rules.check is None:
            return []
        try:
            answer = self.rules.check(measures)
        except Exception:
            log.exception("the study's own check of an episode failed")
            return []
        if answer is None or isinstance(answer, str):
            return [answer] if answer else []
        log.error("check must return a reason or None, got %r", answer)
        return []
