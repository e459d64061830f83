"""Who plays the seats that no participant plays, and how to say it to another process and to the records."""

from __future__ import annotations

import copy
from typing import Any

from mug.engine.policies import Policy, resolve
from mug.game.spec import AgentId, GameSpec

Reference = list[Any]
"""Names a policy of a scene: ``["seat", agent id]``, ``["takeover"]`` or ``["name", policy name]``."""


def reference(spec: GameSpec, policy: object) -> Reference:
    """Return how to name this policy to a process that has the same spec.

    Raises:
        ValueError: the policy is none of the scene's.
    """
    if policy is spec.takeover_policy:
        return ["takeover"]
    for agent_id, candidate in spec.policies.items():
        if candidate is policy:
            return ["seat", agent_id]
    if isinstance(policy, str):
        return ["name", policy]
    raise ValueError(f"{policy!r} is none of the policies of scene {spec.scene_id!r}")


def referred(spec: GameSpec, name: Reference) -> object:
    """Return the policy, as the script gave it.

    Raises:
        ValueError: the name is none that `reference` gives.
    """
    match name:
        case ["takeover"]:
            return spec.takeover_policy
        case ["seat", agent_id]:
            return spec.policies[agent_id]
        case ["name", str(policy)]:
            return policy
    raise ValueError(f"not the name of a policy: {name!r}")


def make(spec: GameSpec, agent_id: AgentId, name: Reference) -> Policy:
    """Return a policy that belongs to one seat of one game: what it remembers is nobody else's.

    Raises:
        PolicyFault: it cannot be loaded.
    """
    given = referred(spec, name)
    if isinstance(given, Policy) or (hasattr(given, "compute_action") and not isinstance(given, type)):
        given = copy.deepcopy(given)
    return resolve(given, agent_id, spec.load_policy_fn, spec.policy_inference_fn)


def display_name(policy: object) -> str:
    """Return what a policy is called in the records."""
    value = getattr(policy, "value", policy)
    if isinstance(value, str):
        return value
    for attribute in ("name", "onnx_path", "__name__"):
        name = getattr(policy, attribute, None)
        if name is not None and not callable(name):
            return str(name)
    return type(policy).__name__
