"""What a `GymScene` uses by name, and plugins have to offer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mug.scenes.scene import Need

if TYPE_CHECKING:
    from mug.scenes.gym_scene import GymScene


def needs(scene: GymScene) -> list[Need]:
    """Return the runtime, transport, matchmaker and policies that the scene uses by name."""
    found = [
        Need("mug_runtimes", scene.runtime_name(), f"{scene.label()}, .runtime()"),
        *_fallback(scene),
        Need("mug_transports", scene.transport_name(), f"{scene.label()}, .runtime(transport=)"),
    ]
    matchmaker = scene.setting("matchmaker")
    if isinstance(matchmaker, str):
        found.append(Need("mug_matchmakers", matchmaker, f"{scene.label()}, .multiplayer(matchmaker=)"))
    if not scene.given("policy_inference_fn"):
        mapping: Mapping[Any, object] = scene.setting("policy_mapping") or {}
        found += [
            Need(
                "mug_policies",
                policy,
                f"{scene.label()}, .policies(policy_mapping[{agent_id!r}])",
                "or give .policies(load_policy_fn=…, policy_inference_fn=…)",
            )
            for agent_id, policy in [*mapping.items(), ("takeover_policy", scene.setting("takeover_policy"))]
            if isinstance(policy, str) and not policy.endswith(".onnx")
        ]
    return found


def _fallback(scene: GymScene) -> list[Need]:
    name = scene.setting("fallback")
    return [Need("mug_runtimes", name, f"{scene.label()}, .runtime(fallback=)")] if name else []
