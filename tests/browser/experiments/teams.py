"""Four people in one game; and two people with two helpful agents."""

from __future__ import annotations

from plaza_env import DOWN, LEFT, MIDDLE, RIGHT, STAY, UP, PlazaEnv

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

HUMAN = configuration_constants.PolicyTypes.Human


def load_policy(policy_name):
    """Return what the helpful agent prefers."""
    return {"helpful_agent": "sideways first"}[policy_name]


def run_inference(policy, observation):
    """Walk to the middle."""
    x, y = observation
    if policy == "sideways first" and x != MIDDLE:
        return RIGHT if x < MIDDLE else LEFT
    if y != MIDDLE:
        return DOWN if y < MIDDLE else UP
    return STAY


def make_team_env(agents):
    return PlazaEnv(tuple(agents))


def study(experiment_id, policy_mapping, **policies):
    game = (
        gym_scene.GymScene()
        .scene(scene_id="plaza")
        .environment(env_creator=make_team_env, env_config={"agents": list(policy_mapping)})
        .policies(policy_mapping=policy_mapping, **policies)
        .rendering(fps=20, game_width=420, game_height=420)
        .gameplay(
            action_mapping={"w": UP, "s": DOWN, "a": LEFT, "d": RIGHT},
            default_action=STAY,
            input_mode=configuration_constants.InputModes.KeyDown,
            countdown_s=0.5,
        )
        .content(scene_header="Meet in the middle", in_game_scene_body="<p>Walk with W, A, S and D.</p>")
        .waitroom(timeout_redirect_url="https://example.com/sorry")
    )
    thanks = (
        static_scene.EndScene()
        .scene(scene_id="thanks")
        .display(scene_header="Thank you!", scene_body="You met.")
    )
    return experiment_config.ExperimentConfig().experiment(
        stager=stager.Stager(scenes=[game, thanks]), experiment_id=experiment_id, title="The plaza"
    )


if __name__ == "__main__":
    app.run(
        study("four_people", {f"player_{i}": HUMAN for i in range(4)}),
        study(
            "with_helpers",
            {"player_0": HUMAN, "player_1": HUMAN, "npc_1": "helpful_agent", "npc_2": "helpful_agent"},
            load_policy_fn=load_policy,
            policy_inference_fn=run_inference,
            frame_skip=3,
        ),
    )
