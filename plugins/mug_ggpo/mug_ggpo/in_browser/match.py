"""One page's part in a game of several: its session, and the engine that follows it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from mug.engine.engine import Engine
from mug.engine.models import Inference
from mug.engine.policies import Policy
from mug.engine.records import Step
from mug.engine.seeds import derive_seed
from mug.game.policies import display_name, make
from mug.game.seats import Seats
from mug.game.spec import AgentId, GameSpec
from mug_ggpo.in_browser.actions import NOTHING, RETURNED, ActionCodec, unmarked
from mug_ggpo.in_browser.covariates import Covariates, milliseconds
from mug_ggpo.in_browser.ledger import PeerLedger
from mug_ggpo.in_browser.models import ModelSeats, played_by_models
from mug_ggpo.in_browser.offer import Offer
from mug_ggpo.in_browser.prediction import prediction
from mug_ggpo.in_browser.saving import saving
from mug_ggpo.in_browser.screens import PredictedScreens
from mug_ggpo.in_browser.simulation import Frame, Simulation, Witness
from mug_ggpo.in_browser.suspects import suspects
from mug_ggpo.session import DISCONNECTED, Checkpoint, Config, Confirm, Session

TAKEOVER: Final = ["takeover"]
LOST_SECONDS: Final = 10.0
"""After how long another page of which nothing comes counts as one that is not heard."""
RECENT_STEPS: Final = 30
"""So many are played again to find out why pages differ."""


class Match(Witness):
    """Plays the episodes of one game together with the other pages.

    Args:
        scene: what is played.
        engine: the game, where the records end.
        offer: who plays.
        seats: who sits where.
        ledger: takes what is certain.
        screens: what this page shows.
        digest: what has to be equal on all pages.
        resumed: where the others are, if this page comes back to them.

    Attributes:
        session: what all pages agree by.
        finished: the step that ended the episode, once it is certain.
        moved: whether the last tick simulated anything.
        rolled_back: whether it took something back.
    """

    def __init__(
        self,
        scene: GameSpec,
        engine: Engine,
        offer: Offer,
        seats: Seats,
        ledger: PeerLedger,
        screens: PredictedScreens,
        digest: bytes,
        resumed: Checkpoint | None,
    ) -> None:
        self.finished: Step | None = None
        self.moved = self.rolled_back = False
        self._scene = scene
        self._engine = engine
        self._offer = offer
        self._seats = seats
        self._ledger = ledger
        self._screens = screens
        self._models = played_by_models(scene)
        agents = (*offer.seats, *self._models)
        owners = (*range(len(offer.seats)), *(0 for _ in self._models))
        own = [agent for agent, owner in zip(agents, owners, strict=True) if owner == offer.me]
        self._numbers = {agent: agents.index(agent) for agent in own}
        self._asking = ModelSeats(scene, tuple(agent for agent in own if agent in self._models))
        self._codec = ActionCodec({agent: engine.action_space(agent) for agent in agents}, scene.controls)
        self._covariates = Covariates(
            [seats.names[agent] for agent in agents], [seats.names[agent] for agent in offer.seats], offer.me
        )
        self._simulation = Simulation(engine, agents, self._codec, self._models, self._stand_in, self)
        period = 1 / scene.fps
        self.session = Session(
            Config(
                owners=owners,
                local=offer.me,
                peers=len(offer.seats),
                fps=scene.fps,
                session_id=offer.session,
                digest=digest,
                input_delay=offer.delay,
                prediction_window=offer.window,
                saving=saving(scene, engine, period),
                predict=prediction(scene, agents, self._codec),
                disconnect_timeout=None,
                incarnation=offer.incarnation,
                resumed=resumed,
            )
        )
        for agent in seats.taken_over:
            self.session.drop(offer.seats.index(agent))
            ledger.name_policy(seats.names[agent], display_name(scene.takeover_policy))
        self._episodes_before = engine.episode - _epoch_of_episode(engine, resumed)
        self._waiting: bytes | None = None
        self._returned = False
        self._said_returned: int | None = None
        """The frame whose input says that this page's player is back."""
        self._place = {"episode": engine.episode, "step": engine.step_number, "frame": engine.frame}
        self._acted: dict[int, float] = {}
        self._recent: deque[dict[AgentId, Any]] = deque(maxlen=RECENT_STEPS)
        if engine.phase == "playing":
            self.enter(0 if resumed is None else resumed.frame)

    @property
    def others(self) -> tuple[int, ...]:
        """The other peers."""
        return tuple(peer for peer in range(len(self._offer.seats)) if peer != self._offer.me)

    @property
    def broken(self) -> bool:
        """Whether what is predicted for the present cannot even be; there is no picture of that."""
        return self._simulation.broken

    def came_back(self) -> None:
        """This page's player was away: let all pages hear of it, in one and the same frame."""
        self._returned, self._said_returned = True, None

    def meet(self, now: float) -> None:
        """Say that this page is there for the next episode."""
        epoch = self._engine.episode + 1 - self._episodes_before
        if self.session.epoch < epoch:
            self.session.begin_epoch(epoch, now)

    def enter(self, frame: int) -> None:
        """Get ready to simulate from this frame of the episode on."""
        engine = self._engine
        self._simulation.begin(frame)
        self._said_returned = None
        self._place = {"episode": engine.episode, "step": engine.step_number, "frame": engine.frame}
        self._covariates.begin(engine.episode, self.session)
        self._asking.begin_episode(derive_seed(engine.seed, engine.episode))
        self._waiting = None
        self._acted.clear()

    def asked(self) -> tuple[Inference, ...]:
        """What models have to answer before the next tick.

        Raises:
            PolicyFault: a model cannot be used.
        """
        return self._asking.asked(self._engine) if self.session.started else ()

    def tick(self, now: float, due: float) -> None:
        """Simulate what can be simulated.

        Raises:
            EngineFault: the environment, a policy or a callback does not work.
        """
        session = self.session
        before, rollbacks, inputs = session.frame, session.stats.rollbacks, session.input_frame
        self._submit(now)
        self.finished = None
        self._simulation.carry_out(session, now, due)
        self.moved = session.frame > before
        self.rolled_back = session.stats.rollbacks > rollbacks
        if session.input_frame > inputs:
            self._waiting = None
            if self._returned and self._said_returned is None:
                self._said_returned = inputs + 1
        self.note_covariates(now, all_there_are=self.finished is not None)

    def forget_inputs(self) -> None:
        """What waits for a frame was meant for a game before a pause."""
        self._waiting = None

    def is_needed(self, now: float) -> bool:
        """Whether another page still misses inputs of this one."""
        return any(self.session.peer_stats(peer, now).unacked for peer in self.others)

    def at_certain(self, look: Any) -> None:
        """Look at the game where it certainly stands.

        Raises:
            EngineFault: whatever looking at it raises.
        """
        self._simulation.at_certain(look)

    def links(self, now: float) -> list[tuple[int, float | None]]:
        """Return how many milliseconds the others are there and back, None for those that are not heard."""
        found: list[tuple[int, float | None]] = []
        for peer in self.others:
            stats = self.session.peer_stats(peer, now)
            unheard = stats.rtt is None or stats.silent >= LOST_SECONDS
            found.append((peer, None if unheard else milliseconds(stats.rtt)))
        return found

    def figures(self, now: float) -> dict[str, Any]:
        """Return figures for whoever looks into the page."""
        engine, stats = self._engine, self.session.stats
        predicted = self._simulation.frame - self._simulation.certain
        peers = [self.session.peer_stats(peer, now) for peer in self.others]
        rtts = {self._seats.names[self._offer.seats[peer]]: rtt for peer, rtt in self.links(now)}
        advantages = sorted((peer.advantage for peer in peers), key=lambda frames: abs(frames))
        return {
            "episode": engine.episode,
            "step": engine.step_number,
            "frame": engine.frame,
            "confirmedFrame": max(0, engine.frame - predicted),
            "rollbacks": stats.rollbacks,
            "maxRollbackFrames": stats.max_depth,
            "resimulatedFrames": stats.resimulated,
            "stalls": stats.stalls,
            "sentBytes": sum(peer.bytes_sent for peer in peers),
            "framesAhead": round(advantages[-1], 2) if advantages else 0.0,
            "peerRttMs": rtts,
        }

    def suspects(self) -> list[str]:
        """Name what comes out differently when the last certain steps' actions are played twice.

        Raises:
            EngineFault: the environment or a policy does not work.
        """
        found: list[str] = []
        steps = list(self._recent)
        self.at_certain(lambda: found.extend(suspects(self._engine, steps)))
        return found

    def note_covariates(self, now: float, *, all_there_are: bool) -> None:
        """Record what was measured."""
        fields = self._covariates.take(all_there_are=all_there_are)
        if fields is not None:
            self._ledger.note("netplay", now, **fields)

    # --------------------------------------------------------------------------- what becomes certain

    def wants_state(self) -> bool:
        """Callbacks and the line above the picture see the game where a frame left it."""
        return self._engine.is_listened_to or self._scene.hud_text_fn is not None

    def confirmed(self, frame: Frame, confirm: Confirm) -> None:
        """Record what happened in a frame."""
        step = frame.step
        now, due = frame.seen
        acted = self._acted.pop(confirm.frame, None)
        self._note_returns(confirm, now)
        if step is None:
            return
        self._note_stand_ins(confirm, now)
        self._place = {"episode": step.episode, "step": step.step, "frame": step.frame}
        if frame.predicted:
            self._engine.confirm(step)
        self._ledger.step(step, now, due, {})
        self._recent.append(dict(step.actions))
        delay = None if acted is None else now - acted
        self._covariates.add(confirm, step.step, delay, self.session, now)
        if self._engine.is_drawn_for:
            self._engine.render(self._offer.seat)
        if self.wants_state():
            self._screens.read()
        if step.done:
            self.finished = step

    def _note_returns(self, confirm: Confirm, now: float) -> None:
        """All pages know in which frame somebody was back; from when on they were away, none has to know."""
        for agent, written in zip(self._offer.seats, confirm.inputs, strict=False):
            if unmarked(written)[0]:
                for kind in ("player_left", "player_returned"):
                    self._ledger.presence(kind, self._seats.names[agent], self._place, now)
                if agent == self._offer.seat:
                    self._returned = False

    def _note_stand_ins(self, confirm: Confirm, now: float) -> None:
        if self._scene.on_leave != "takeover" or DISCONNECTED not in confirm.statuses:
            return
        taken = self._seats.taken_over
        for agent, status in zip(self._offer.seats, confirm.statuses, strict=False):
            if status == DISCONNECTED and agent not in taken:
                taken[agent] = TAKEOVER
                name, policy = self._seats.names[agent], display_name(self._scene.takeover_policy)
                self._ledger.presence("player_left", name, self._place, now)
                self._ledger.take_over(name, policy, TAKEOVER, self._place, now)

    # ---------------------------------------------------------------------------------------- within

    def _submit(self, now: float) -> None:
        """Say what this page's seats do in the next frame that is simulated."""
        session, seat = self.session, self._offer.seat
        if self._waiting is None:
            taken = self._seats.inputs[seat].take(now)
            self._waiting = NOTHING if taken is None else self._codec.write(taken.action)
            if taken is not None and taken.waited is not None:
                self._acted[session.input_frame + 1] = now - taken.waited
        says_so = self._returned and self._said_returned is None
        session.set_input(self._numbers[seat], RETURNED + self._waiting if says_so else self._waiting)
        for agent, action in self._decisions().items():
            session.set_input(self._numbers[agent], self._codec.write(action))

    def _decisions(self) -> Mapping[AgentId, Any]:
        return self._asking.actions(self._engine) if self.session.started else {}

    def _stand_in(self, agent: AgentId) -> Policy | None:
        if self._scene.on_leave != "takeover" or agent in self._models:
            return None
        return make(self._scene, agent, TAKEOVER)


def _epoch_of_episode(engine: Engine, resumed: Checkpoint | None) -> int:
    """The epoch of the episode that was begun last. Epoch 0 is empty, unless pages meet in an episode."""
    if resumed is None:
        return 0
    waits_for_next = engine.phase != "playing" and not resumed.frame and resumed.epoch > 0
    return resumed.epoch - waits_for_next


def as_inputs(scene: GameSpec) -> GameSpec:
    """The scene as the engine has it: what models decide comes as what people do, from another place."""
    return replace(scene, humans=(*scene.humans, *played_by_models(scene)))
