"""One participant drives MountainCar-v0, an unchanged Gymnasium environment that is drawn with a Surface."""

from __future__ import annotations

import math

from gymnasium.envs.classic_control.mountain_car import MountainCarEnv

from mug.configurations import configuration_constants, experiment_config
from mug.rendering import Surface
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

WIDTH, HEIGHT = 600, 400
LEFT, COAST, RIGHT = 0, 1, 2


class MountainCar(MountainCarEnv):
    """MountainCar-v0 with a picture for the browser."""

    def __init__(self) -> None:
        super().__init__()
        self.surface = Surface(width=WIDTH, height=HEIGHT)

    def to_pixels(self, position: float) -> tuple[float, float]:
        """Return where on the surface a position on the hill is."""
        span = self.max_position - self.min_position
        height = math.sin(3 * position) * 0.45 + 0.55
        return (position - self.min_position) / span * WIDTH, HEIGHT - 40 - height * HEIGHT * 0.6

    def render(self):
        positions = [self.min_position + i * (self.max_position - self.min_position) / 60 for i in range(61)]
        hill = [self.to_pixels(position) for position in positions]
        self.surface.polygon(
            points=[*hill, (WIDTH, HEIGHT), (0, HEIGHT)], color="#d8e2dc", persistent=True, id="hill"
        )
        self.surface.line(points=hill, color="#4a5759", width=3, persistent=True, id="track")
        flag_x, flag_y = self.to_pixels(self.goal_position)
        self.surface.line(
            points=[(flag_x, flag_y), (flag_x, flag_y - 50)],
            color="#333333",
            width=2,
            persistent=True,
            id="pole",
        )
        self.surface.polygon(
            points=[(flag_x, flag_y - 50), (flag_x + 26, flag_y - 41), (flag_x, flag_y - 32)],
            color="#e07a5f",
            persistent=True,
            id="flag",
        )
        x, y = self.to_pixels(float(self.state[0]))
        self.surface.circle(x=x, y=y - 14, radius=14, color="#3d5a80")
        return self.surface.commit()


start_scene = (
    static_scene.StartScene()
    .scene(scene_id="welcome")
    .display(
        scene_header="Mountain Car",
        scene_body="<p>Drive the car up to the flag. The engine is too weak to climb the hill directly: "
        "swing back and forth to gain speed.</p><p>Use the <b>left</b> and <b>right</b> arrow keys.</p>",
    )
)

game_scene = (
    gym_scene.GymScene()
    .scene(scene_id="mountain_car")
    .environment(env_creator=MountainCar)
    .policies(policy_mapping={"driver": configuration_constants.PolicyTypes.Human})
    .rendering(fps=30, game_width=WIDTH, game_height=HEIGHT)
    .gameplay(
        action_mapping={"ArrowLeft": LEFT, "ArrowRight": RIGHT},
        default_action=COAST,
        num_episodes=2,
        max_steps=600,
        input_mode=configuration_constants.InputModes.PressedKeys,
    )
    .content(scene_header="Mountain Car", in_game_scene_body="<p>Reach the flag on the right.</p>")
    .runtime(run_through_pyodide=False)
)

end_scene = (
    static_scene.EndScene()
    .scene(scene_id="thanks")
    .display(scene_header="Thank you!", scene_body="You have finished the experiment.")
)

config = (
    experiment_config.ExperimentConfig()
    .experiment(
        stager=stager.Stager(scenes=[start_scene, game_scene, end_scene]),
        experiment_id="mountain_car",
        title="Mountain Car: one participant, one Gymnasium environment",
    )
    .hosting(port=8000, host="0.0.0.0")
)

if __name__ == "__main__":
    app.run(config)
