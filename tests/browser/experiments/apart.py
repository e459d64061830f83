"""Two people whose browsers never come to the same."""

from __future__ import annotations

from apart_env import Wavering

from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene
from mug.server import app

game = (
    GymScene()
    .scene(scene_id="game")
    .environment(env_creator=Wavering)
    .policies(policy_mapping={"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Human})
    .rendering(fps=30, game_width=200, game_height=40)
    .gameplay(
        action_mapping={"ArrowLeft": 1, "ArrowRight": 2}, default_action=0, max_steps=300, countdown_s=0.5
    )
    .runtime(run_through_pyodide=True)
)
config = ExperimentConfig().experiment(
    stager=Stager(scenes=[game, EndScene().scene(scene_id="thanks").display(scene_header="Thanks")]),
    experiment_id="apart",
)

if __name__ == "__main__":
    app.run(config)
