"""An environment that brings its own images, in a scene that knows nothing of them."""

from __future__ import annotations

from registered_env import RegisteredEnv

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

game = (
    gym_scene.GymScene()
    .scene(scene_id="pictures")
    .environment(env_creator=RegisteredEnv)
    .policies(policy_mapping={"viewer": configuration_constants.PolicyTypes.Human})
    .rendering(fps=20, game_width=400, game_height=200)
    .gameplay(
        action_mapping={"ArrowRight": 1},
        default_action=0,
        input_mode=configuration_constants.InputModes.KeyDown,
        countdown_s=0.2,
    )
    .content(scene_header="Pictures")
)
thanks = static_scene.EndScene().scene(scene_id="thanks").display(scene_header="Thank you!")

if __name__ == "__main__":
    app.run(
        experiment_config.ExperimentConfig().experiment(
            stager=stager.Stager(scenes=[game, thanks]), experiment_id="registered", title="Pictures"
        )
    )
