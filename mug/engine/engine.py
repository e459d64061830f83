"""Steps one environment for one game."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from mug.engine import global_generators
from mug.engine.callbacks import Callback, CallbackList, name_of
from mug.engine.environments import adapt
from mug.engine.errors import EngineFault, EnvironmentFault
from mug.engine.models import Inference
from mug.engine.policies import Policy
from mug.engine.records import Action, AgentId, EpisodeEnd, EpisodeStart, Observation, Step
from mug.engine.rules import Rules
from mug.engine.seats import Seats
from mug.engine.seeds import derive_seed
from mug.engine.snapshot import PortableSnapshot, Snapshot, capture
from mug.engine.values import clone
from mug.engine.views import Views
from mug.rendering import RenderPacket

__all__ = ["Engine", "Phase", "Rules"]

Phase: TypeAlias = Literal["ready", "playing", "between", "over"]


class Engine:
    """One game: an environment, who plays it, and how far it is.

    ``begin_episode()``, then ``advance()`` until the step is ``done``, and again for each episode. Same
    seed and same actions give the same game. It is what callbacks get as ``game``.

    Attributes:
        env: the environment inside its wrappers.
        rules: as given.
        seed: as given; everything random is derived from it.
        phase: ``"ready"`` before the first episode, ``"playing"``, ``"between"`` episodes, ``"over"``.
        episode: counts from 1; 0 before the first.
        step_number: steps this episode has had.
        frame: steps the game has had.
        rewards: each agent's sum in this episode.
        observations: what the agents see now.
        infos: what the environment said besides.
        per_player_views: whether ``render()`` takes the player who looks.
        episode_end: the record of the last episode that ended.
        data: for callbacks to keep what they like; part of snapshots.
        changes_actions: whether callbacks may change actions: no step can be predicted without them.
        is_listened_to: whether callbacks hear of steps.
        is_drawn_for: whether callbacks hear of pictures.
    """

    def __init__(
        self,
        make_env: Callable[[], object],
        rules: Rules,
        policies: Mapping[Any, Policy],
        seed: int,
        callbacks: Sequence[Callback] = (),
    ) -> None:
        """Make the environment; nothing is reset yet.

        Raises:
            EnvironmentFault: making it raised, it is no environment, or it has other agents.
            CallbackFault: a callback is none.
            EngineFault: an agent has neither a human nor a policy.
        """
        if rules.global_generators:
            global_generators.seed(seed)
        try:
            made = make_env()
        except Exception as error:
            raise EnvironmentFault(
                f"making the environment raised {type(error).__name__}: {error}", name_of(make_env)
            ) from error
        self._environment = adapt(made, rules.agent_ids)
        self._seats = Seats(self._environment, rules, policies)
        self.env: Any = self._environment.unwrapped
        self.rules = rules
        self.seed = seed
        self.phase: Phase = "ready"
        self.episode = self.step_number = self.frame = 0
        self.rewards: dict[AgentId, float] = {}
        self.observations: dict[AgentId, Observation] = {}
        self.infos: dict[AgentId, dict[str, Any]] = {}
        self.episode_end: EpisodeEnd | None = None
        self.data: dict[str, Any] = {}
        self.per_player_views = (
            self._environment.per_player_views if rules.per_player_views is None else rules.per_player_views
        )
        if self.per_player_views and not self._environment.per_player_views:
            raise EnvironmentFault(
                "per_player_views is on, but render() takes no player",
                "the environment's render()",
                "give it a parameter player_id=None",
            )
        self._callbacks = CallbackList(callbacks)
        self.changes_actions = bool(self._callbacks.before_step)
        self.is_listened_to = self._callbacks.hear_of_steps
        self.is_drawn_for = bool(self._callbacks.on_render)
        self._views = Views()

    @property
    def agents(self) -> tuple[AgentId, ...]:
        """The agents still in the episode."""
        return self._environment.agents

    @property
    def turn(self) -> AgentId | None:
        """Whose turn it is where agents act one at a time; None where they act together.

        Whoever owns the engine may then wait for that human's action instead of filling one in.
        """
        acting = self._environment.acting()
        return acting[0] if self._environment.turn_based and acting else None

    def action_space(self, agent_id: AgentId) -> Any:
        """The Gymnasium space of an agent's actions."""
        return self._environment.action_space(agent_id)

    def begin_episode(self, *, forced: bool = False) -> EpisodeStart:
        """Reset the environment with a seed derived from the game's, and every policy with its own.

        Args:
            forced: replay a recorded episode's begin: callbacks are not called.

        Raises:
            EnvironmentFault: the environment raised or returned nonsense.
            CallbackFault: a callback raised.
            EngineFault: the game is over, or an episode is going on.
        """
        if self.phase not in ("ready", "between"):
            raise EngineFault(f"an episode cannot begin while the game is {self.phase}", "begin_episode()")
        if self.phase == "ready" and not forced:
            self._callbacks.tell("on_game_start", self)
        self.episode += 1
        self.step_number = 0
        seed = derive_seed(self.seed, self.episode)
        if self.rules.global_generators:
            global_generators.seed(seed)
        observations, infos = self._environment.reset(seed)
        for agent in self.rules.agent_ids:
            seed_space = getattr(self._environment.action_space(agent), "seed", None)
            if callable(seed_space):
                seed_space(derive_seed(seed, "action_space", str(agent)))
        self._seats.begin_episode(seed)
        self.observations, self.infos = observations, infos
        self.rewards = dict.fromkeys(self.rules.agent_ids, 0.0)
        self.phase = "playing"
        if not forced:
            self._callbacks.tell("on_episode_start", self)
        return EpisodeStart(self.episode, seed, self.frame, self.observations, self.infos)

    def advance(
        self,
        actions: Mapping[Any, Action],
        *,
        forced: bool = False,
        sources: Mapping[Any, str] | None = None,
        predicted: bool = False,
    ) -> Step:
        """Step the environment once.

        Args:
            actions: what humans submitted for this step, by agent; missing ones are filled in.
            forced: replay a recorded step: ``actions`` are everybody's recorded actions and are used as
                they are. Policies still decide, so that their memory becomes what it was; callbacks are
                not called, because they were when the step was recorded.
            sources: with ``forced``, the recorded step's sources.
            predicted: the step may be taken back; callbacks hear of it when `confirm` says that it counts.

        Raises:
            EnvironmentFault: the environment raised or returned nonsense.
            PolicyFault: a policy raised.
            CallbackFault: a callback raised.
            EngineFault: no episode is going on, or a forced action is missing.
        """
        if self.phase != "playing":
            raise EngineFault(f"there is no episode to advance: the game is {self.phase}", "advance()")
        if forced:
            taken, origins = self._seats.repeat(actions, sources, self.observations, self.step_number)
        else:
            taken, origins = self._seats.choose(actions, self.observations, self.step_number)
            if self.changes_actions and not predicted:
                self._callbacks.change_actions(self, taken, origins)
        if self.rules.action_population != "default_action":
            self._seats.remember(taken, origins)
        transition = self._environment.step({agent: clone(action) for agent, action in taken.items()})
        seen = self.observations
        self.observations = transition.observations
        self.infos = transition.infos
        self.step_number += 1
        self.frame += 1
        self.rewards = rewards = dict(self.rewards)
        for agent, reward in transition.rewards.items():
            rewards[agent] += reward
        reason = ""
        if transition.done:
            reason = "terminated" if any(transition.terminated.values()) else "truncated"
        elif self.step_number == self.rules.max_steps:
            reason = "max_steps"
        step = Step(
            self.episode,
            self.step_number,
            self.frame,
            seen,
            taken,
            origins,
            transition.rewards,
            transition.terminated,
            transition.truncated,
            transition.infos,
            bool(reason),
            reason,
        )
        tell = not (forced or predicted)
        if tell:
            self._callbacks.add_columns(self, step)
        if reason:
            self._end_episode(reason, tell=tell)
        return step

    def confirm(self, step: Step) -> None:
        """Let callbacks hear of a step that was predicted and turned out right.

        The game has to stand where that step left it.

        Raises:
            CallbackFault: a callback raised.
        """
        self._callbacks.add_columns(self, step)
        if step.done:
            self._callbacks.tell("on_episode_end", self)
            if self.phase == "over":
                self._callbacks.tell("on_game_end", self)

    def inferences(self) -> tuple[Inference, ...]:
        """What models beside the interpreter have to answer before `advance`; nothing without such models.

        Those that are not answered are asked again.

        Raises:
            PolicyFault: a policy raised.
        """
        if self.phase != "playing":
            return ()
        return self._seats.inferences(self.observations, self.step_number)

    def end(self, reason: str) -> EpisodeEnd | None:
        """End the game before its last episode; returns the record of the episode this cuts short.

        Raises:
            CallbackFault: a callback raised.
        """
        cut_short = self.phase == "playing"
        if cut_short:
            self._end_episode(reason, tell=True)
        self._finish(tell=True)
        return self.episode_end if cut_short else None

    def render(self, agent_id: AgentId | None = None, *, predicted: bool = False) -> RenderPacket | None:
        """The picture of now; None when the environment draws nothing.

        Args:
            agent_id: who looks; only with ``per_player_views``.
            predicted: what is seen may be taken back; callbacks do not hear of it.

        Raises:
            EnvironmentFault: ``render()`` raised, or returned no picture.
            CallbackFault: a callback raised.
        """
        viewer = agent_id if self.per_player_views else None
        packet = self._views.packet(self._environment.render(viewer), viewer)
        if packet is not None and self._callbacks.on_render and not predicted:
            self._callbacks.tell("on_render", self, packet)
        return packet

    def replace_policy(self, agent_id: AgentId, policy: Policy | None) -> None:
        """Let a policy play a seat from the next step on; None gives the seat back to its human.

        Raises:
            EngineFault: there is no such seat, or None for a seat that no human has.
        """
        playing = self.phase == "playing"
        seed = derive_seed(self.seed, self.episode, "takeover", self.step_number) if playing else None
        self._seats.replace(agent_id, policy, seed)

    def policy_of(self, agent_id: AgentId) -> Policy | None:
        """The policy that plays a seat now; None where a human does."""
        return self._seats.policies.get(agent_id)

    def player_joined(self, agent_id: AgentId) -> None:
        """Tell callbacks that a participant took a seat.

        Raises:
            CallbackFault: a callback raised.
        """
        self._callbacks.tell("on_player_join", self, agent_id)

    def player_left(self, agent_id: AgentId) -> None:
        """Tell callbacks that a participant is away.

        Raises:
            CallbackFault: a callback raised.
        """
        self._callbacks.tell("on_player_leave", self, agent_id)

    def player_reconnected(self, agent_id: AgentId) -> None:
        """Tell callbacks that a participant is back.

        Raises:
            CallbackFault: a callback raised.
        """
        self._callbacks.tell("on_player_reconnect", self, agent_id)

    def receive_message(self, sender: str, text: str, to: Sequence[str]) -> None:
        """Let the environment know what somebody said to others; agents are named as in the data.

        Raises:
            EnvironmentFault: its ``receive_message`` raised, or it has none.
        """
        agents = {str(agent): agent for agent in self.rules.agent_ids}
        try:
            self.env.receive_message(sender=agents[sender], text=text, to=[agents[name] for name in to])
        except Exception as error:
            where = "the environment's receive_message()"
            raise EnvironmentFault(f"it raised {type(error).__name__}: {error}", where) from error

    def save(self, *, with_data: bool = True) -> Snapshot:
        """The whole state of the game: environment, policies, everything random, counters.

        Args:
            with_data: whether ``data`` is part of it; loading leaves it alone otherwise.

        Later steps do not change it, and it can be loaded as often as wanted. What belongs to no object of
        the game is not in it: module globals, class attributes, variables of functions, and, unless the
        rules say that they are the game's own, the global generators of ``random`` and ``np.random``.

        Raises:
            EnvironmentFault: something in the environment or a policy cannot be saved; says what.
        """
        own = {name: getattr(self, name) for name in _OWN_STATE}
        if self.rules.global_generators:
            own["generators"] = global_generators.state()
        return capture(self._graph(with_data), self._environment.wrapped, own)

    def load(self, snapshot: Snapshot | PortableSnapshot) -> None:
        """Go back (or forward) to a saved state, of this engine or of another one of the same experiment.

        Raises:
            EnvironmentFault: the environment's own ``set_state`` raised, or the snapshot does not fit.
        """
        own = snapshot.restore(self._graph(), self._environment.wrapped)
        for name in _OWN_STATE:
            setattr(self, name, own[name])
        if self.rules.global_generators:
            global_generators.put_back(own["generators"])

    def close(self) -> None:
        """Let the environment free what it holds.

        Raises:
            EnvironmentFault: its ``close()`` raised.
        """
        self._environment.close()

    def _graph(self, with_data: bool = True) -> dict[str, Any]:
        graph = {"environment": self._environment, "seats": self._seats}
        return graph | {"data": self.data} if with_data else graph

    def _end_episode(self, reason: str, tell: bool) -> None:
        self.phase = "between"
        self.episode_end = EpisodeEnd(
            self.episode, self.step_number, self.frame, reason, self.rewards, self.observations
        )
        if tell:
            self._callbacks.tell("on_episode_end", self)
        if self.episode >= self.rules.num_episodes:
            self._finish(tell)

    def _finish(self, tell: bool) -> None:
        was, self.phase = self.phase, "over"
        if tell and was == "between":
            self._callbacks.tell("on_game_end", self)


_OWN_STATE = (
    "seed",
    "phase",
    "episode",
    "step_number",
    "frame",
    "rewards",
    "observations",
    "infos",
    "episode_end",
)
