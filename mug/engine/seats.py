"""Who plays which agent, and what they do in a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mug.engine.environments import Environment
from mug.engine.errors import EngineFault, listed
from mug.engine.models import Inference
from mug.engine.policies import Policy, PolicyContext, guarded
from mug.engine.records import Action, AgentId, Observation
from mug.engine.rules import Rules
from mug.engine.seeds import derive_seed


class Seats:
    """The seats of one game.

    ``policies`` are those that play now, by agent; every other agent is played by a human. A seat
    remembers what its human submitted last and what its policy decided last.
    """

    def __init__(self, environment: Environment, rules: Rules, policies: Mapping[AgentId, Policy]) -> None:
        """Fill the seats.

        Raises:
            EngineFault: an agent has neither a human nor a policy.
            PolicyFault: a human has no default action.
        """
        rules.check_seats(policies)
        self.policies = dict(policies)
        self._environment = environment
        self._rules = rules
        self._defaults = rules.defaults(environment.action_space)
        self._frame_skip = 1 if environment.turn_based else rules.frame_skip
        self._previous: dict[AgentId, Action] = {}
        self._decided: dict[AgentId, Action] = {}

    def begin_episode(self, seed: int) -> None:
        """Forget the last episode; everything random in a policy comes from this seed.

        Raises:
            PolicyFault: a policy raised.
        """
        self._previous.clear()
        for agent, policy in self.policies.items():
            self._reset(agent, policy, seed)

    def replace(self, agent: AgentId, policy: Policy | None, seed: int | None) -> None:
        """Let a policy play a seat; None gives it back to its human. It is reset if a seed is given.

        Raises:
            EngineFault: there is no such seat, or None for a seat that no human has.
            PolicyFault: the policy raised.
        """
        if agent not in self._rules.agent_ids or (policy is None and agent not in self._rules.humans):
            who = "human agent" if policy is None else "agent"
            raise EngineFault(f"there is no {who} {agent!r}", "replace_policy()")
        self._decided.pop(agent, None)
        if policy is None:
            self.policies.pop(agent, None)
            return
        self.policies[agent] = policy
        if seed is not None:
            self._reset(agent, policy, seed)

    def choose(
        self, submitted: Mapping[AgentId, Action], observations: Mapping[AgentId, Observation], step: int
    ) -> tuple[dict[AgentId, Action], dict[AgentId, str]]:
        """The actions of one step, and where each came from.

        Args:
            submitted: what humans did; of those who did nothing, it is filled in.
            observations: what the agents see.
            step: the number of steps the episode has had.

        Raises:
            PolicyFault: a policy raised.
        """
        taken: dict[AgentId, Action] = {}
        sources: dict[AgentId, str] = {}
        policies, previous = self.policies, self._previous
        environment = self._environment
        for agent in environment.acting() if environment.turn_based else environment.agents:
            if agent in policies:
                taken[agent] = self._decision(agent, observations, step)
                sources[agent] = "policy"
            elif agent in submitted:
                taken[agent] = submitted[agent]
                sources[agent] = "human"
            elif agent in previous:
                taken[agent] = previous[agent]
                sources[agent] = "previous"
            else:
                taken[agent] = self._defaults[agent]
                sources[agent] = "default"
        return taken, sources

    def inferences(self, observations: Mapping[AgentId, Observation], step: int) -> tuple[Inference, ...]:
        """What has to be answered before the next step's actions can be chosen.

        Raises:
            PolicyFault: a policy raised.
        """
        if not self.policies:
            return ()
        asked = (
            self._ask(agent, observations, step)
            for agent in self._environment.acting()
            if agent in self.policies and self._decides(agent, step)
        )
        return tuple(inference for inference in asked if inference is not None)

    def repeat(
        self,
        recorded: Mapping[AgentId, Action],
        recorded_sources: Mapping[AgentId, str] | None,
        observations: Mapping[AgentId, Observation],
        step: int,
    ) -> tuple[dict[AgentId, Action], dict[AgentId, str]]:
        """The actions of a recorded step. Policies decide too, for the sake of their memory.

        Raises:
            EngineFault: the recording lacks somebody's action.
            PolicyFault: a policy raised.
        """
        taken: dict[AgentId, Action] = {}
        sources: dict[AgentId, str] = {}
        for agent in self._environment.acting():
            if agent not in recorded:
                what = f"the recorded step has no action of {agent!r}; it has {listed(recorded)}"
                raise EngineFault(what, "advance(forced=True)")
            taken[agent] = recorded[agent]
            sources[agent] = "replay" if recorded_sources is None else recorded_sources.get(agent, "replay")
            if agent in self.policies:
                self._decision(agent, observations, step)
        return taken, sources

    def remember(self, taken: Mapping[AgentId, Action], sources: Mapping[AgentId, str]) -> None:
        """Keep what to repeat for humans who submit nothing next time; what a callback chose counts."""
        for agent, action in taken.items():
            if agent not in self.policies and sources[agent] in ("human", "callback", "replay"):
                self._previous[agent] = action

    def _decision(self, agent: AgentId, observations: Mapping[AgentId, Observation], step: int) -> Action:
        if self._decides(agent, step):
            policy = self.policies[agent]
            where = f"{type(policy).__qualname__}.act()"
            context = self._context(agent, step)
            self._decided[agent] = guarded(where, policy.act, observations[agent], context)
        return self._decided[agent]

    def _decides(self, agent: AgentId, step: int) -> bool:
        return agent not in self._decided or step % self._frame_skip == 0

    def _ask(
        self, agent: AgentId, observations: Mapping[AgentId, Observation], step: int
    ) -> Inference | None:
        policy = self.policies[agent]
        if type(policy).asks is Policy.asks:
            return None
        where = f"{type(policy).__qualname__}.asks()"
        asked: Inference | None = guarded(where, policy.asks, observations[agent], self._context(agent, step))
        return asked

    def _context(self, agent: AgentId, step: int) -> PolicyContext:
        environment = self._environment
        return PolicyContext(agent, environment.action_space(agent), environment.unwrapped, step)

    def _reset(self, agent: AgentId, policy: Any, seed: int) -> None:
        where = f"{type(policy).__qualname__}.reset()"
        guarded(where, policy.reset, derive_seed(seed, "policy", str(agent)))
