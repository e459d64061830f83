"""What is allowed in a `GymScene`, but probably not meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mug.configurations.configuration_constants import ActionSettings
from mug.errors import Problem
from mug.scenes.controls import mapping_for

if TYPE_CHECKING:
    from mug.scenes.gym_scene import GymScene


def advice(scene: GymScene) -> list[Problem]:
    """Return what is allowed, but probably not meant."""
    found = []
    humans = scene.humans()
    if not scene.given("default_action") and not scene.wrong("default_action"):
        held = scene.setting("action_population_method") == ActionSettings.PreviousSubmittedAction
        when = "before a player's first action" if held else "when a player gives no action"
        what = f"there is no default_action: {when}, 0 (or zeros) is taken"
        found.append(
            scene.problem(
                "gameplay", "default_action", what, "write default_action=…, an action that does nothing"
            )
        )
    mapping = scene.setting("action_mapping") or {}
    if not scene.setting("pointer"):
        for agent_id in humans:
            if not scene.wrong("action_mapping") and not mapping_for(mapping, agent_id, scene.agent_ids()):
                what = f"{agent_id!r} is played by a participant, and nothing they press does anything"
                found.append(
                    scene.problem("gameplay", "action_mapping", what, 'write action_mapping={"ArrowUp": 0}')
                )
    policies = [*(scene.setting("policy_mapping") or {}).values(), scene.setting("takeover_policy")]
    for function in ("load_policy_fn", "policy_inference_fn"):
        if scene.given(function) and not any(isinstance(policy, str) for policy in policies):
            what = f"{function} is never called: policy_mapping names no policy"
            found.append(scene.problem("policies", function, what))
    return found
