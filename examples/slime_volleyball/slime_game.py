"""What the two experiments have in common: the game, its keys, and the page that explains them."""

from __future__ import annotations

from pathlib import Path

from slime_picture import NAME
from slime_volleyball_env import (
    FROM_NET,
    JUMP,
    JUMP_FROM_NET,
    JUMP_TO_NET,
    LEFT,
    RIGHT,
    STAY,
    STEPS_PER_SECOND,
    TO_NET,
    SlimeVolleyballEnv,
)

from mug.configurations.configuration_constants import InputModes, PolicyTypes
from mug.scenes import gym_scene, static_scene

HERE = Path(__file__).resolve().parent

# Who plays on the left reaches the net with the key to the right.
KEYS = {
    LEFT: {
        "ArrowLeft": FROM_NET,
        "ArrowRight": TO_NET,
        "ArrowUp": JUMP,
        ("ArrowLeft", "ArrowUp"): JUMP_FROM_NET,
        ("ArrowRight", "ArrowUp"): JUMP_TO_NET,
    },
    RIGHT: {
        "ArrowLeft": TO_NET,
        "ArrowRight": FROM_NET,
        "ArrowUp": JUMP,
        ("ArrowLeft", "ArrowUp"): JUMP_TO_NET,
        ("ArrowRight", "ArrowUp"): JUMP_FROM_NET,
    },
}


def possession(game_instance, data):
    """Add on whose side the ball is to each step's data."""
    data["possession"] = LEFT if game_instance.env.ball.x < 0 else RIGHT


def progress(game):
    """The line above the picture."""
    line = f"Point {game.episode} of {game.rules.num_episodes}"
    return line if game.env.winner is None else f"{line}: {NAME[game.env.winner]} scores!"


def game(scene_id, policy_mapping, points):
    """Return the scene of a game of so many points; who plays follows from the policy mapping."""
    humans = [player for player, policy in policy_mapping.items() if policy is PolicyTypes.Human]
    return (
        gym_scene.GymScene()
        .scene(scene_id=scene_id)
        .environment(env_creator=SlimeVolleyballEnv)
        .policies(policy_mapping=policy_mapping)
        .rendering(fps=STEPS_PER_SECOND, game_width=800, game_height=400, hud_text_fn=progress)
        .gameplay(
            action_mapping={player: KEYS[player] for player in humans},
            default_action=STAY,
            input_mode=InputModes.PressedKeys,
            num_episodes=points,
            reset_freeze_s=1.0,
            on_screen_buttons={"←": "ArrowLeft", "Jump": "ArrowUp", "→": "ArrowRight"},
            callback=possession,
        )
        .content(
            scene_header="Slime Volleyball",
            scene_body="<p>The game is about to start.</p>",
            in_game_scene_body="<p><b>← →</b> move, <b>↑</b> jumps. Keep the ball off your sand.</p>",
        )
        .runtime(run_through_pyodide=True)
    )


def welcome(scene_body):
    """Return the first page, with a text of the experiment's own above the rules."""
    return (
        static_scene.StartScene()
        .scene(scene_id="welcome")
        .display(
            scene_header="Slime Volleyball",
            scene_body=scene_body + (HERE / "instructions.html").read_text(encoding="utf-8"),
        )
    )
