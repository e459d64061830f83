"""Who sits where in one game, what they do, and who is away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mug.engine.engine import Engine
from mug.engine.policies import Policy
from mug.game.inputs import Keyboard, SeatInput
from mug.game.policies import Reference, display_name, make, referred
from mug.game.spec import AgentId, GameSpec


class Seats:
    """The seats of one game.

    Attributes:
        names: every agent id as text, as the records have it.
        participants: subject ids by seat.
        inputs: what participants do, by seat.
        away: the seats whose participant is away.
        taken_over: by seat, the policy that plays for a participant who came and left.
    """

    def __init__(
        self, spec: GameSpec, participants: Mapping[AgentId, str], fillers: Mapping[AgentId, Reference]
    ) -> None:
        """``fillers`` are the policies that play, from the start, human seats nobody came for."""
        self.names = {agent_id: str(agent_id) for agent_id in spec.agent_ids}
        self.participants = dict(participants)
        self.inputs = {
            agent_id: SeatInput(Keyboard(spec.controls[agent_id], spec.input_mode))
            for agent_id in participants
        }
        self.away: set[AgentId] = set()
        self.taken_over: dict[AgentId, Reference] = {}
        self._spec = spec
        self._fillers = dict(fillers)
        self._inputs = tuple((agent_id, self.names[agent_id], seat) for agent_id, seat in self.inputs.items())

    def policies(self) -> dict[AgentId, Policy]:
        """Make the policies of the seats that are nobody's.

        Raises:
            PolicyFault: one cannot be loaded.
        """
        spec = self._spec
        return {
            agent_id: self.make_policy(agent_id, ["seat", agent_id])
            for agent_id in spec.agent_ids
            if agent_id not in spec.humans
        }

    def make_policy(self, agent_id: AgentId, name: Reference) -> Policy:
        """Make a policy for a seat.

        Raises:
            PolicyFault: it cannot be loaded.
        """
        return make(self._spec, agent_id, name)

    def fill(self, engine: Engine) -> None:
        """Let policies play the human seats nobody came for.

        Raises:
            PolicyFault: one cannot be loaded.
        """
        for agent_id, name in self._fillers.items():
            engine.replace_policy(agent_id, self.make_policy(agent_id, name))

    def actions(self, now: float) -> tuple[dict[AgentId, Any], dict[str, float]]:
        """Return what participants do in the tick that takes place now.

        The second value says for how many milliseconds inputs that take effect had waited, by seat.
        """
        actions: dict[AgentId, Any] = {}
        waited: dict[str, float] = {}
        for agent_id, name, seat in self._inputs:
            taken = seat.take(now)
            if taken is not None:
                actions[agent_id] = taken.action
                if taken.waited is not None:
                    waited[name] = round(taken.waited * 1000, 3)
        return actions, waited

    def forget_inputs(self) -> None:
        """Drop what waits for a tick: it was meant for an episode that is over, or for a game in a pause."""
        for seat in self.inputs.values():
            seat.forget()

    def leave(self, agent_id: AgentId) -> bool:
        """The participant is away; False when that is no news."""
        if agent_id not in self.inputs or agent_id in self.away:
            return False
        self.away.add(agent_id)
        self.inputs[agent_id].release()
        return True

    def come_back(self, agent_id: AgentId, engine: Engine) -> bool:
        """The participant is back, a policy that played for them makes room; False when that is no news."""
        if agent_id not in self.away and agent_id not in self.taken_over:
            return False
        self.away.discard(agent_id)
        if self.taken_over.pop(agent_id, None) is not None:
            engine.replace_policy(agent_id, None)
        return True

    def take_over(self, agent_id: AgentId, name: Reference, engine: Engine) -> bool:
        """Let a policy play for a participant; False when it does already.

        Raises:
            PolicyFault: it cannot be loaded.
        """
        if self.taken_over.get(agent_id) == name:
            return False
        engine.replace_policy(agent_id, self.make_policy(agent_id, name))
        self.taken_over[agent_id] = name
        return True

    def policy_names(self) -> dict[str, str]:
        """Return who plays the seats without a participant, by seat."""
        spec = self._spec
        playing = {
            agent_id: policy for agent_id, policy in spec.policies.items() if agent_id not in spec.humans
        }
        for agent_id, name in {**self._fillers, **self.taken_over}.items():
            playing[agent_id] = referred(spec, name)
        return {self.names[agent_id]: display_name(policy) for agent_id, policy in playing.items()}

    def participant_names(self) -> dict[str, str]:
        """Return subject ids by seat, as the records have it."""
        return {self.names[agent_id]: subject for agent_id, subject in self.participants.items()}

    def waits_for(self, turn: AgentId, actions: Mapping[AgentId, Any], engine: Engine) -> bool:
        """Whether it is a participant's turn who does nothing yet."""
        return turn in self.inputs and turn not in actions and engine.policy_of(turn) is None
