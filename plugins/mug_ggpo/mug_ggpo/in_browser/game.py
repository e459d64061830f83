"""One game that several pages play together, as one of them plays it."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mug import __version__
from mug.engine.engine import Engine
from mug.engine.errors import EngineFault, EnvironmentFault
from mug.game.building import fault_text
from mug.game.loop import Game
from mug.game.policies import display_name
from mug.game.screens import Screens
from mug.game.spec import AgentId, GameSpec
from mug.game.venue import Venue
from mug_ggpo.in_browser.ledger import PeerLedger
from mug_ggpo.in_browser.match import LOST_SECONDS, Match, as_inputs
from mug_ggpo.in_browser.models import played_by_models
from mug_ggpo.in_browser.offer import Offer
from mug_ggpo.in_browser.pace import StretchedPace
from mug_ggpo.in_browser.screens import PredictedScreens
from mug_ggpo.session import (
    Checkpoint,
    Connected,
    Desync,
    Dropped,
    Event,
    Excluded,
    Interrupted,
    Misbehaved,
    Refused,
    Restored,
    Resumed,
    Returned,
    Started,
)

POLL_SECONDS: Final = 0.02
"""How often a game that does not tick lets the others hear of it."""
RETRY_SECONDS: Final = 0.01
"""When to look again where something else is missing than inputs."""
SAID_AFTER_SECONDS: Final = 0.5
"""After how long the participant is told that the game waits for the others."""
LINKS_SECONDS: Final = 0.25
"""How often it is said how far the others are, until play begins; and later, while the game stands still."""
FAREWELL_SECONDS: Final = 5.0
"""How long a page that has played everything waits until the others have all that they need of it."""

_KINDS: Final[Mapping[type, str]] = {
    Connected: "peer_connected",
    Desync: "desync",
    Dropped: "peer_dropped",
    Excluded: "excluded",
    Interrupted: "peer_silent",
    Misbehaved: "peer_misbehaved",
    Refused: "peer_refused",
    Restored: "rejoined",
    Resumed: "peer_heard_again",
    Returned: "peer_returned",
    Started: "episode_agreed",
}
"""What happened between the pages, as notes in the records."""


class RollbackGame(Game):
    """One game, kept in step with the other pages by a rollback session.

    What is shown is the predicted present. Records, callbacks and the line above the picture have what is
    certain.

    Args:
        spec: what is played.
        opening: as for `mug.game.loop.Game`, and ``peers``, ``scene_pack`` and ``returned``.
        venue: where it is played.
    """

    def __init__(self, spec: GameSpec, opening: Mapping[str, Any], venue: Venue) -> None:
        super().__init__(as_inputs(spec), opening, venue)
        self._scene = spec
        self._offer = Offer.read(opening["peers"])
        names = self.seats.names
        self.ledger: PeerLedger = PeerLedger(
            opening["game_id"], spec, self.seats, venue, names[self._offer.seat]
        )
        for agent in played_by_models(spec):
            self.ledger.name_policy(names[agent], display_name(spec.policies[agent]))
        self.pace: StretchedPace = StretchedPace(spec.fps)
        self._digest = f"{__version__} {opening.get('scene_pack', '')}".encode()[:255]
        self._match: Match | None = None
        self._checkpoint: Checkpoint | None = None
        self._desyncs = 0
        self._now = 0.0
        self._meeting = False
        self._moved = False
        self._came_back = bool(opening.get("returned"))
        self._links_due = 0.0
        self._stands_since: float | None = None
        self._said_waiting = False
        self._farewell: float | None = None

    # ---------------------------------------------------------------------------------------- packets

    def receive(self, peer: int, packet: bytes, now: float) -> bool:
        """Take a packet of another page, untrusted; return whether a turn should follow at once."""
        if self._match is None:
            return False
        session = self._match.session
        session.receive(peer, packet, now)
        if self._stands_since is not None and not session.stalled:
            # What was missing has come.
            self.pace.due = min(self.pace.due, now)
        return self._meeting or self._farewell is not None or (self.ticking and self.pace.due <= now)

    def take_packets(self) -> list[tuple[int, bytes]]:
        """Return what is to be sent, and to whom."""
        return [] if self._match is None else self._match.session.take_packets()

    def take_notes(self) -> list[bytes]:
        """Return what this page alone has to tell for the records."""
        return self.ledger.take_notes()

    def figures(self) -> dict[str, Any]:
        """Return figures for whoever looks into the page."""
        if self._match is None:
            return {}
        return {**self._match.figures(self._now), "desyncs": self._desyncs}

    # ---------------------------------------------------------------------------------- turns, clock

    def turn(self, now: float) -> None:
        """Do what is due.

        Raises:
            EngineFault: the environment, a policy or a callback does not work.
            Exception: whatever else the researcher's code raises.
        """
        match, self._now = self._match, now
        if match is None or self._phase == "over":
            super().turn(now)
            return
        if not self.ticking or now < self.pace.due:
            match.session.poll(now)
        if self._farewell is None:
            super().turn(now)
        elif now >= self._farewell or not match.is_needed(now):
            super()._complete(now)
        for event in match.session.take_events():
            self._hear(event, match, now)
        if self._meeting and match.session.started:
            self._begin_together(match, now)
        self._say_how_far(match, now)

    def next_due(self, now: float) -> float | None:
        """Return when something is due next; None when the game is over."""
        due = super().next_due(now)
        if due is None or self._match is None or self.ticking:
            return due
        soon = now + POLL_SECONDS
        return soon if self._meeting else min(due, soon)

    def resume(self, now: float) -> None:
        """Let the clock go on."""
        if self._match is not None:
            self._match.forget_inputs()
        # While it was halted, nothing was missing.
        self._stands_since = now if self._meeting else None
        super().resume(now)

    def stop(self, now: float, reason: str) -> None:
        """Play no more; the server, which knows what all pages have told, ends the records."""
        if self._phase == "over":
            return
        self._halt(now)
        if self._match is not None:
            self._match.note_covariates(now, all_there_are=True)
        self._phase = "over"
        self._tell("over", reason, self._totals)

    def fail(self, error: BaseException, now: float) -> None:
        """The researcher's code does not work: say so; the server ends the records."""
        self._fail(fault_text(error), "".join(traceback.format_exception(error)), now)

    def _fail(self, reason: str, detail: str, now: float) -> None:
        self._halt(now)
        self._phase = "over"
        self.ledger.note("failed", now, fault=reason)
        self._tell("failed", reason, detail)

    # ---------------------------------------------------------------------------------- who is there

    def away(self, now: float, peers: Sequence[int]) -> None:
        """The server says which peers' pages are not there; the others wait for them."""
        if self._match is not None:
            for peer in peers:
                if peer != self._offer.me:
                    self._match.session.suspend(peer)

    def returned(self, now: float) -> None:
        """This page's player was away, as the server has it, and is back."""
        if self._match is None:
            self._came_back = True
        else:
            self._match.came_back()

    def take_over(self, now: float, agent_id: AgentId, name: Any) -> None:
        """The participant of this seat is gone for good; from an agreed frame on a policy plays for them."""
        if self._match is not None and agent_id in self._offer.seats:
            self._match.session.drop(self._offer.seats.index(agent_id))

    def checkpoint(self) -> bytes:
        """Return what a page that comes back needs besides the records so far; empty if there is nothing."""
        if self._match is None or self._phase == "over":
            return b""
        return self._match.session.checkpoint().to_bytes()

    def resume_from(self, checkpoint: bytes) -> None:
        """Go on, after the records, where another page says that the others are.

        Raises:
            ValueError: this is no checkpoint.
        """
        self._checkpoint = Checkpoint.from_bytes(checkpoint)

    def save(self, key: str) -> bytes:
        """Where the game certainly stands, as bytes; the records so far tell how it came there.

        Raises:
            EnvironmentFault: something in it cannot be turned into bytes.
        """
        if self._match is None:
            return super().save(key)
        saved: list[bytes] = []
        save = super().save
        self._match.at_certain(lambda: saved.append(save(key)))
        return saved[0]

    # --------------------------------------------------------------------------------------- building

    def _make_screens(self, engine: Engine) -> Screens:
        self._view = PredictedScreens(
            engine, self._scene, self.seats, self._venue, self.output, self._offer.seat
        )
        return self._view

    def _note_resumption(self, now: float) -> None:
        lost = self._construction.lost
        if lost is not None:
            episode, why = lost
            what = f"episode {episode} went differently when it was played again: {why}"
            raise EnvironmentFault(what, "the environment", "mug doctor says what is not deterministic")
        super()._note_resumption(now)

    def _ready(self, now: float, resumed_steps: int) -> None:
        self._match = Match(
            self._scene,
            self._built_engine,
            self._offer,
            self.seats,
            self.ledger,
            self._view,
            self._digest,
            self._checkpoint,
        )
        if self._came_back:
            self._match.came_back()
        super()._ready(now, resumed_steps)

    # ---------------------------------------------------------------------------------------- playing

    def _begin_episode(self, now: float) -> None:
        """All pages begin together: first this one says that it is there."""
        if self._match is not None and not self._meeting:
            self._meeting, self._stands_since = True, now
            self._match.meet(now)

    def _begin_together(self, match: Match, now: float) -> None:
        self._meeting, self._stands_since = False, None
        super()._begin_episode(now)
        match.enter(0)

    def _tick(self, now: float) -> None:
        match = self._match
        assert match is not None
        self._asked = match.asked()
        if self._asked:
            return
        match.tick(now, self.pace.due)
        finished = match.finished
        if match.moved:
            self._move(match, now)
        elif finished is None:
            self._stand(match, now)
        if match.rolled_back:
            self._view.glide(self._scene.rollback_smoothing_duration)
        if match.broken:
            self._beat(now)
        else:
            self._show(now)
        if finished is not None:
            self._end_episode(finished, now)

    def _move(self, match: Match, now: float) -> None:
        self._moved = True
        self.pace.factor = match.session.period_factor
        self.pace.tick(now)
        if self._stands_since is not None:
            self._stands_since = None
            self._say_waiting(False)

    def _stand(self, match: Match, now: float) -> None:
        """No frame could be simulated: the next tick is due as always, or when what is missing comes."""
        if self._stands_since is None:
            self._stands_since = now
        elif now - self._stands_since > SAID_AFTER_SECONDS:
            self._say_waiting(True)
        self.pace.due = now + (self.pace.period if match.session.stalled else RETRY_SECONDS)

    def _say_how_far(self, match: Match, now: float) -> None:
        """Until play begins, and while it stands still for long, it is told how far the others are."""
        stands_long = self._stands_since is not None and now - self._stands_since >= LOST_SECONDS
        if now >= self._links_due and (not self._moved or stands_long):
            self._links_due = now + LINKS_SECONDS
            self._tell("links", match.links(now))

    def _say_waiting(self, waiting: bool) -> None:
        if waiting != self._said_waiting:
            self._said_waiting = waiting
            self._tell("waiting", waiting)

    def _complete(self, now: float) -> None:
        """Everything was played; the others may still miss some of it."""
        self._farewell = now + FAREWELL_SECONDS

    def _suspects(self, match: Match) -> list[str]:
        """What in this page may be why it differs from another one."""
        try:
            return match.suspects() if self._phase == "playing" else []
        except EngineFault as error:
            return [fault_text(error)]

    def _hear(self, event: Event, match: Match, now: float) -> None:
        names = {"frame": "at", "by": "peer"}
        fields = {names.get(name, name): value for name, value in event._asdict().items()}
        if "peer" in fields:
            fields["peer"] = self.seats.names[self._offer.seats[fields["peer"]]]
        if isinstance(event, Desync):
            fields["suspects"] = self._suspects(match)
        self._note(_KINDS[type(event)], now, **fields)
        match event:
            case Desync(frame, peer):
                self._desyncs += 1
                self._tell("desync", peer, frame)
            case Excluded():
                self._tell("excluded")
            case Refused(_, differences):
                self._fail("the pages do not play the same game", "; ".join(differences), now)
