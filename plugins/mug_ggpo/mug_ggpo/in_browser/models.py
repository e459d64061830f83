"""Seats that models play: one agreed page asks the model, and sends what it decided like people's input.

Networks may round otherwise on another machine. So their decisions are no part of what every page simulates
by itself, and what a model remembers is, like what people remember, never taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mug.engine.engine import Engine
from mug.engine.models import Inference
from mug.engine.policies import Policy, PolicyContext, guarded
from mug.engine.seeds import derive_seed
from mug.game.policies import make
from mug.game.spec import AgentId, GameSpec


def is_model(policy: object) -> bool:
    """Whether a value of ``policy_mapping`` is a model that the page runs beside Python."""
    return hasattr(policy, "onnx_path")


def played_by_models(spec: GameSpec) -> tuple[AgentId, ...]:
    """The agents that models play."""
    return tuple(
        agent for agent in spec.agent_ids if agent not in spec.humans and is_model(spec.policies[agent])
    )


class ModelSeats:
    """The models that this page asks.

    Args:
        spec: the scene.
        agents: the agents whose models are asked here.

    Raises:
        PolicyFault: a model cannot be used.
    """

    def __init__(self, spec: GameSpec, agents: tuple[AgentId, ...]) -> None:
        self._policies: dict[AgentId, Policy] = {
            agent: make(spec, agent, ["seat", agent]) for agent in agents
        }
        self._frame_skip = spec.frame_skip
        self._decided: dict[AgentId, Any] = {}
        self._decided_at = -1

    def begin_episode(self, seed: int) -> None:
        """Forget the last episode; everything random comes from this seed.

        Raises:
            PolicyFault: a model cannot be used.
        """
        self._decided.clear()
        self._decided_at = -1
        for agent, policy in self._policies.items():
            guarded(_where(policy, "reset"), policy.reset, derive_seed(seed, "policy", str(agent)))

    def asked(self, engine: Engine) -> tuple[Inference, ...]:
        """Return what has to be answered before `actions`; what is answered is not asked again.

        Raises:
            PolicyFault: a model cannot be used.
        """
        if not self._policies or not self._decides(engine):
            return ()
        asked = []
        for agent, policy in self._acting(engine).items():
            context = _context(engine, agent)
            inference = guarded(_where(policy, "asks"), policy.asks, engine.observations[agent], context)
            if inference is not None:
                asked.append(inference)
        return tuple(asked)

    def actions(self, engine: Engine) -> Mapping[AgentId, Any]:
        """Return what the models do now, from what the game looks like at present.

        Raises:
            PolicyFault: a model cannot be used.
        """
        if self._policies and self._decides(engine):
            self._decided_at = engine.step_number
            for agent, policy in self._acting(engine).items():
                context = _context(engine, agent)
                where = _where(policy, "act")
                self._decided[agent] = guarded(where, policy.act, engine.observations[agent], context)
        return self._decided

    def _decides(self, engine: Engine) -> bool:
        if engine.phase != "playing" or self._decided_at == engine.step_number:
            return False
        return not self._decided or engine.step_number % self._frame_skip == 0

    def _acting(self, engine: Engine) -> dict[AgentId, Policy]:
        turn = engine.turn
        acting = engine.agents if turn is None else (turn,)
        return {agent: policy for agent, policy in self._policies.items() if agent in acting}


def _context(engine: Engine, agent: AgentId) -> PolicyContext:
    return PolicyContext(agent, engine.action_space(agent), engine.env, engine.step_number)


def _where(policy: Policy, method: str) -> str:
    return f"{type(policy).__qualname__}.{method}()"
