"""How a game is played."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from mug.engine.errors import EngineFault, listed
from mug.engine.policies import zero_action
from mug.engine.records import Action, AgentId

_POPULATIONS = ("default_action", "previous_submitted_action")


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
        global_generators: whether ``random`` and ``np.random`` belong to this game alone. Then they are
            seeded with it and with each of its episodes, and are part of its snapshots.
    """

    __mug_constant__: ClassVar[bool] = True

    agent_ids: Sequence[AgentId]
    humans: Sequence[AgentId] = ()
    default_action: Any = None
    action_population: Literal["default_action", "previous_submitted_action"] = "default_action"
    num_episodes: int = 1
    max_steps: int | None = None
    frame_skip: int = 1
    per_player_views: bool | None = None
    global_generators: bool = False

    def __post_init__(self) -> None:
        for name, least in (("num_episodes", 1), ("frame_skip", 1), ("max_steps", 1)):
            number = getattr(self, name)
            if number is not None and number < least:
                raise EngineFault(f"must be {least} or more, got {number}", f"{name}=")
        if self.action_population not in _POPULATIONS:
            what = f"must be one of {listed(_POPULATIONS)}, got {self.action_population!r}"
            raise EngineFault(what, "action_population=")

    def check_seats(self, policies: Collection[AgentId]) -> None:
        """See that every agent is played by a human or a policy, and by one of them.

        Raises:
            EngineFault: one is not.
        """
        for agent in (*self.humans, *policies):
            if agent not in self.agent_ids:
                raise EngineFault(f"{agent!r} is not among the agents {listed(self.agent_ids)}", "agent_ids")
        for agent in self.agent_ids:
            if (agent in self.humans) == (agent in policies):
                both = agent in policies
                what = "both a human and a policy" if both else "neither a human nor a policy"
                raise EngineFault(f"{agent!r} has {what}", "policies")

    def defaults(self, action_space: Callable[[AgentId], Any]) -> dict[AgentId, Action]:
        """Each human's default action.

        Args:
            action_space: gives an agent's action space.

        Raises:
            PolicyFault: an agent has no default action, and its action space no zero.
        """
        given = self.default_action
        by_agent = isinstance(given, Mapping) and given and all(agent in self.agent_ids for agent in given)
        if not by_agent:
            given = {} if given is None else dict.fromkeys(self.humans, given)
        return {
            agent: given[agent] if agent in given else zero_action(action_space(agent))
            for agent in self.humans
        }
