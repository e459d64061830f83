"""Overcooked with an AI partner: CoGrid's Cramped Room and an ONNX model in the participant's browser."""

from __future__ import annotations

from pathlib import Path

import build_partner

from mug.configurations import experiment_config
from mug.configurations.configuration_constants import InputModes, ModelConfig, PolicyTypes
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

HERE = Path(__file__).resolve().parent
UP, DOWN, LEFT, RIGHT, PICK_OR_PLACE, TOGGLE, WAIT = range(7)
STEPS_PER_SECOND = 8
ROUND_SECONDS = 60

policy_mapping = {
    0: PolicyTypes.Human,
    1: ModelConfig(
        onnx_path=build_partner.ready(),
        obs_input="input",
        logit_output="logits",
    ),
}


def score(game):
    """The line above the picture."""
    seconds = ROUND_SECONDS - game.step_number // STEPS_PER_SECOND
    return f"Soups delivered: {game.env.deliveries} · Seconds left: {seconds}"


start = (
    static_scene.StartScene()
    .scene(scene_id="start")
    .display(
        scene_header="Welcome",
        scene_body="You'll play Overcooked with an AI partner. Press continue to begin.",
    )
)

instructions = (
    static_scene.StaticScene()
    .scene(scene_id="instructions")
    .display(
        scene_header="How to cook",
        scene_body_filepath=HERE / "instructions.html",
    )
)

game = (
    gym_scene.GymScene()
    .scene(scene_id="overcooked_game")
    .policies(policy_mapping=policy_mapping)
    # A cook walks one field a step, and the partner decides in each: people can follow 8 a second. CoGrid
    # needs about 10 ms for a step, several times that on a slow computer; 125 ms leave room for all of it.
    # The picture is 5 to 4, as the kitchen is, and low enough for a laptop.
    .rendering(fps=STEPS_PER_SECOND, game_width=540, game_height=432, hud_text_fn=score)
    .gameplay(
        action_mapping={
            "ArrowUp": UP,
            "ArrowDown": DOWN,
            "ArrowLeft": LEFT,
            "ArrowRight": RIGHT,
            " ": PICK_OR_PLACE,
        },
        default_action=WAIT,
        # Holding the space bar would pick up, put down, pick up …: each press counts once.
        input_mode=InputModes.KeyDown,
        num_episodes=2,
        max_steps=ROUND_SECONDS * STEPS_PER_SECOND,
        on_screen_buttons={
            "←": "ArrowLeft",
            "↑": "ArrowUp",
            "↓": "ArrowDown",
            "→": "ArrowRight",
            "Pick or place": " ",
        },
    )
    .content(
        scene_header="Overcooked",
        in_game_scene_body="<p>You are the <b>blue</b> cook with the <b>round</b> hat. Three onions into the "
        "pot, the soup onto a plate, the plate to the arrows.</p>",
    )
    .runtime(environment_initialization_code_filepath=HERE / "overcooked_mug_env.py")
)

end = (
    static_scene.EndScene()
    .scene(scene_id="end")
    .display(
        scene_header="Thanks!",
        scene_body="You're all done.",
    )
)

config = (
    experiment_config.ExperimentConfig()
    .experiment(
        stager=stager.Stager(scenes=[start, instructions, game, end]),
        experiment_id="overcooked_hai",
        title="Overcooked with an AI partner",
    )
    .hosting(port=8000)
)

if __name__ == "__main__":
    app.run(config)
