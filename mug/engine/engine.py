"""Steps one environment for one game."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from mug.engine.callbacks import Callback, CallbackList, call, columns, name_of
from mug.engine.environments import adapt
from mug.engine.errors import CallbackFault, EngineFault, EnvironmentFault, listed, shown
from mug.engine.policies import Policy, PolicyContext, guarded, zero_action
from mug.engine.records import Action, AgentId, EpisodeEnd, EpisodeStart, Observation, Step
from mug.engine.seeds import derive_seed
from mug.engine.snapshot import Snapshot, capture
from mug.engine.values import clone
from mug.engine.views import Views
from mug.rendering import RenderPacket

Phase: TypeAlias = Literal["ready", "playing", "between", "over"]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How a game is played.

    Attributes:
        agent_ids: every agent of the environment, in the order used everywhere.
        humans: those that people play; the others need a policy.
        default_action: the action of a human who submits none: one for all, or a dict by agent. Agents
            without one get the zero of their action space.
        action_population: ``"default_action"``, or ``"previous_submitted_action"``: the last one that
            human submitted in the episode, and the default before the first.
        num_episodes: after so many the game is over.
        max_steps: an episode is over after so many steps; None for no limit but the environment's.
        frame_skip: a policy decides every so many steps and repeats its action in between.
        per_player_views: whether ``render()`` is asked for each player's view; None: if it takes a player.
    """

    agent_ids: Sequence[AgentId]
    humans: Sequence[AgentId] = ()
    default_action: Any = None
    action_population: Literal["default_action", "previous_submitted_action"] = "default_action"
    num_episodes: int = 1
    max_steps: int | None = None
    frame_skip: int = 1
    per_player_views: bool | None = None


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
    """

    def __init__(
        self,
        make_env: Callable[[], object],
        rules: Rules,
        policies: Mapping[AgentId, Policy],
        seed: int,
        callbacks: Sequence[Callback] = (),
    ) -> None:
        """Make the environment; nothing is reset yet.

        Raises:
            EnvironmentFault: making it raised, it is no environment, or it has other agents.
            CallbackFault: a callback is none.
            EngineFault: an agent has neither a human nor a policy.
        """
        try:
            made = make_env()
        except Exception as error:
            raise EnvironmentFault(
                f"making the environment raised {type(error).__name__}: {error}", name_of(make_env)
            ) from error
        _check_seats(rules, policies)
        self._environment = adapt(made, rules.agent_ids)
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
        self._policies = dict(policies)
        self._callbacks = CallbackList(callbacks)
        self._views = Views()
        self._defaults = self._default_actions()
        self._previous: dict[AgentId, Action] = {}
        self._decided: dict[AgentId, Action] = {}

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

    def begin_episode(self) -> EpisodeStart:
        """Reset the environment with a seed derived from the game's, and every policy with its own.

        Raises:
            EnvironmentFault: the environment raised or returned nonsense.
            CallbackFault: a callback raised.
            EngineFault: the game is over, or an episode is going on.
        """
        if self.phase not in ("ready", "between"):
            raise EngineFault(f"an episode cannot begin while the game is {self.phase}", "begin_episode()")
        if self.phase == "ready":
            self._callbacks.tell("on_game_start", self)
        self.episode += 1
        self.step_number = 0
        seed = derive_seed(self.seed, self.episode)
        observations, infos = self._environment.reset(seed)
        for agent in self.rules.agent_ids:
            space = self._environment.action_space(agent)
            space.seed(derive_seed(seed, "action_space", str(agent)))
        for agent, policy in self._policies.items():
            self._reset_policy(agent, policy)
        self.observations, self.infos = clone(observations), clone(infos)
        self.rewards = dict.fromkeys(self.rules.agent_ids, 0.0)
        self._previous = {}
        self._decided = {}
        self.phase = "playing"
        self._callbacks.tell("on_episode_start", self)
        return EpisodeStart(self.episode, seed, self.frame, self.observations, self.infos)

    def advance(
        self,
        actions: Mapping[AgentId, Action],
        *,
        forced: bool = False,
        sources: Mapping[AgentId, str] | None = None,
    ) -> Step:
        """Step the environment once.

        Args:
            actions: what humans submitted for this step, by agent; missing ones are filled in.
            forced: replay a recorded step: ``actions`` are everybody's recorded actions and are used as
                they are. Policies still decide, so that their memory becomes what it was; callbacks are
                not called, because they were when the step was recorded.
            sources: with ``forced``, the recorded step's sources.

        Raises:
            EnvironmentFault: the environment raised or returned nonsense.
            PolicyFault: a policy raised.
            CallbackFault: a callback raised.
            EngineFault: no episode is going on, or a forced action is missing.
        """
        if self.phase != "playing":
            raise EngineFault(f"there is no episode to advance: the game is {self.phase}", "advance()")
        if forced:
            taken, origins = self._replayed_actions(actions, sources)
        else:
            taken, origins = self._chosen_actions(actions)
        transition = self._environment.step(dict(taken))
        seen = self.observations
        self.observations = clone(transition.observations)
        self.infos = infos = clone(transition.infos)
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
            infos,
            bool(reason),
            reason,
        )
        if not forced:
            self._add_columns(step)
        if reason:
            self._end_episode(reason, tell=not forced)
        return step

    def end(self, reason: str) -> EpisodeEnd | None:
        """End the game before its last episode; returns the record of the episode this cuts short.

        Raises:
            CallbackFault: a callback raised.
        """
        if self.phase == "over":
            return None
        cut = self.phase == "playing"
        if cut:
            self._end_episode(reason, tell=True)
        if self.phase != "over":
            self._finish(tell=True)
        return self.episode_end if cut else None

    def render(self, agent_id: AgentId | None = None) -> RenderPacket | None:
        """The picture of now; None when the environment draws nothing.

        Args:
            agent_id: who looks; only with ``per_player_views``.

        Raises:
            EnvironmentFault: ``render()`` raised, or returned no picture.
            CallbackFault: a callback raised.
        """
        viewer = agent_id if self.per_player_views else None
        packet = self._views.packet(self._environment.render(viewer), viewer)
        if packet is not None and self._callbacks.on_render:
            self._callbacks.tell("on_render", self, packet)
        return packet

    def replace_policy(self, agent_id: AgentId, policy: Policy | None) -> None:
        """Let a policy play a seat from the next step on; None gives the seat back to its human.

        Raises:
            EngineFault: there is no such seat, or None for a seat that no human has.
        """
        if agent_id not in self.rules.agent_ids or (policy is None and agent_id not in self.rules.humans):
            raise EngineFault(
                f"there is no {'human ' if policy is None else ''}agent {agent_id!r}", "replace_policy()"
            )
        self._decided.pop(agent_id, None)
        if policy is None:
            self._policies.pop(agent_id, None)
            return
        self._policies[agent_id] = policy
        if self.phase == "playing":
            self._reset_policy(agent_id, policy)

    def policy_of(self, agent_id: AgentId) -> Policy | None:
        """The policy that plays a seat now; None where a human does."""
        return self._policies.get(agent_id)

    def player_joined(self, agent_id: AgentId) -> None:
        """Tell callbacks that a participant took a seat.

        Raises:
            CallbackFault: a callback raised.
        """
        self._callbacks.tell("on_player_join", self, agent_id)

    def player_left(self, agent_id: AgentId) -> None:
        """Tell callbacks that a participant is gone for good.

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

    def save(self) -> Snapshot:
        """The whole state of the game: environment, policies, everything random, counters.

        Later steps do not change it, and it can be loaded as often as wanted.

        Raises:
            EnvironmentFault: something in the environment or a policy cannot be saved; says what.
        """
        own = {name: getattr(self, name) for name in _OWN_STATE}
        for name in ("_previous", "_decided", "_policies"):
            own[name] = dict(own[name])
        graph = {"environment": self._environment, "policies": self._policies, "data": self.data}
        return capture(graph, self._environment.wrapped, own)

    def load(self, snapshot: Snapshot) -> None:
        """Go back (or forward) to a saved state.

        Raises:
            EnvironmentFault: the environment's own ``set_state`` raised.
        """
        for name, value in snapshot.restore().items():
            setattr(self, name, dict(value) if name in ("_previous", "_decided", "_policies") else value)

    def close(self) -> None:
        """Let the environment free what it holds.

        Raises:
            EnvironmentFault: its ``close()`` raised.
        """
        self._environment.close()

    def _chosen_actions(
        self, submitted: Mapping[AgentId, Action]
    ) -> tuple[dict[AgentId, Action], dict[AgentId, str]]:
        taken: dict[AgentId, Action] = {}
        origins: dict[AgentId, str] = {}
        policies = self._policies
        for agent in self._environment.acting():
            if agent in policies:
                taken[agent] = self._decision(agent)
                origins[agent] = "policy"
            elif agent in submitted:
                taken[agent] = self._previous[agent] = submitted[agent]
                origins[agent] = "human"
            elif agent in self._previous and self.rules.action_population != "default_action":
                taken[agent] = self._previous[agent]
                origins[agent] = "previous"
            else:
                taken[agent] = self._defaults[agent]
                origins[agent] = "default"
        for listener in self._callbacks.before_step:
            self._let_change(listener, taken, origins)
        return taken, origins

    def _replayed_actions(
        self, recorded: Mapping[AgentId, Action], sources: Mapping[AgentId, str] | None
    ) -> tuple[dict[AgentId, Action], dict[AgentId, str]]:
        taken: dict[AgentId, Action] = {}
        origins: dict[AgentId, str] = {}
        for agent in self._environment.acting():
            if agent not in recorded:
                raise EngineFault(
                    f"the recorded step has no action of {agent!r}; it has {listed(recorded)}", "advance()"
                )
            taken[agent] = recorded[agent]
            origins[agent] = "replay" if sources is None else sources[agent]
            if agent in self._policies:
                self._decision(agent)
            elif origins[agent] in ("human", "replay"):
                self._previous[agent] = recorded[agent]
        return taken, origins

    def _decision(self, agent: AgentId) -> Action:
        skip = 1 if self._environment.turn_based else self.rules.frame_skip
        if agent not in self._decided or self.step_number % skip == 0:
            policy = self._policies[agent]
            context = PolicyContext(agent, self._environment.action_space(agent), self.env, self.step_number)
            self._decided[agent] = guarded(
                f"{type(policy).__qualname__}.act()", policy.act, self.observations[agent], context
            )
        return self._decided[agent]

    def _reset_policy(self, agent: AgentId, policy: Policy) -> None:
        seed = derive_seed(self.seed, self.episode, "policy", str(agent), self.step_number)
        guarded(f"{type(policy).__qualname__}.reset()", policy.reset, seed)

    def _let_change(
        self, listener: Callable[..., Any], taken: dict[AgentId, Action], origins: dict[AgentId, str]
    ) -> None:
        offered = dict(taken)
        answer = call(listener, self, offered)
        changed = offered if answer is None else columns(listener, answer)
        for agent, action in changed.items():
            if agent not in taken:
                raise CallbackFault(
                    f"returned an action for {shown(agent)}; those who act are {listed(taken)}",
                    f"callback {name_of(listener)}",
                )
            if action is not taken[agent]:
                taken[agent] = action
                origins[agent] = "callback"

    def _add_columns(self, step: Step) -> None:
        for listener in self._callbacks.after_step:
            step.extra.update(columns(listener, call(listener, self, step)))
        for function in self._callbacks.functions:
            data = {name: getattr(step, name) for name in _STEP_DATA}
            given = dict(data)
            answer = columns(function, call(function, self, data))
            for name, value in {**data, **answer}.items():
                if name not in given or value is not given[name]:
                    step.extra[name] = value

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
        started = self.phase != "ready"
        self.phase = "over"
        if tell and started:
            self._callbacks.tell("on_game_end", self)

    def _default_actions(self) -> dict[AgentId, Action]:
        given = self.rules.default_action
        agents = self.rules.agent_ids
        if not (isinstance(given, Mapping) and given and all(agent in agents for agent in given)):
            given = {} if given is None else dict.fromkeys(self.rules.humans, given)
        return {
            agent: given[agent] if agent in given else zero_action(self._environment.action_space(agent))
            for agent in self.rules.humans
        }


_OWN_STATE = (
    "phase",
    "episode",
    "step_number",
    "frame",
    "rewards",
    "observations",
    "infos",
    "episode_end",
    "_previous",
    "_decided",
    "_policies",
)
_STEP_DATA = (
    "episode",
    "step",
    "frame",
    "observations",
    "actions",
    "rewards",
    "terminated",
    "truncated",
    "infos",
)


def _check_seats(rules: Rules, policies: Mapping[AgentId, Policy]) -> None:
    for agent in (*rules.humans, *policies):
        if agent not in rules.agent_ids:
            raise EngineFault(f"{agent!r} is not among the agents {listed(rules.agent_ids)}", "agent_ids")
    for agent in rules.agent_ids:
        if (agent in rules.humans) == (agent in policies):
            both = agent in policies
            raise EngineFault(
                f"{agent!r} has {'both a human and a policy' if both else 'neither a human nor a policy'}",
                "policies",
            )
