"""Two participants meet on a grid. The environment runs on the server."""

from __future__ import annotations

from coordination_grid_env import CoordinationGridEnv

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

UP, DOWN, LEFT, RIGHT, NOOP = range(5)

start_scene = (
    static_scene.StartScene()
    .scene(scene_id="welcome")
    .display(
        scene_header="Welcome to Coordination Grid!",
        scene_body=(
            "You and a partner will navigate a grid together. "
            "Both of you must reach the green goal square. "
            "Use arrow keys to move."
        ),
    )
)

wait_scene = (
    static_scene.WaitScene()
    .scene(scene_id="waitroom")
    .display(
        scene_header="Waiting for partner...",
        scene_body="Please wait while we find another participant.",
    )
)

game_scene = (
    gym_scene.GymScene()
    .scene(scene_id="coordination_game")
    .policies(
        policy_mapping={
            "player_0": configuration_constants.PolicyTypes.Human,
            "player_1": configuration_constants.PolicyTypes.Human,
        }
    )
    .rendering(fps=15, game_width=500, game_height=500)
    .gameplay(
        default_action=NOOP,
        action_mapping={"ArrowUp": UP, "ArrowDown": DOWN, "ArrowLeft": LEFT, "ArrowRight": RIGHT},
        num_episodes=3,
        max_steps=200,
        input_mode=configuration_constants.InputModes.PressedKeys,
    )
    .content(
        scene_header="Coordination Grid",
        scene_body="<center><p>Waiting for game to start...</p></center>",
        in_game_scene_body="<center><p>Navigate to the green square together!</p></center>",
    )
    .multiplayer(num_players=2, player_ids=["player_0", "player_1"])
    .waitroom(min_players=2, max_wait_time=120, timeout_scene_id="thanks")
    .runtime(
        run_through_pyodide=False,
        environment_class=CoordinationGridEnv,
        environment_kwargs={"render_mode": "mug", "grid_size": 10},
    )
)

end_scene = (
    static_scene.EndScene()
    .scene(scene_id="thanks")
    .display(
        scene_header="Thanks for participating!",
        scene_body="You've completed the experiment.",
    )
)

config = (
    experiment_config.ExperimentConfig()
    .experiment(
        stager=stager.Stager(scenes=[start_scene, wait_scene, game_scene, end_scene]),
        experiment_id="coordination_grid",
        title="Coordination Grid: two participants",
    )
    .hosting(port=8000, host="0.0.0.0")
)

if __name__ == "__main__":
    app.run(config)
