"""Three people, four people, and two people with two helpers on one grid, peer to peer: three experiments."""

from __future__ import annotations

from helper import Helper
from team_grid_env import DOWN, LEFT, RIGHT, STAY, UP, TeamGridEnv

from mug.configurations import experiment_config
from mug.configurations.configuration_constants import PolicyTypes
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app


def progress(game):
    """The line above the picture."""
    return f"Round {game.episode} of {game.rules.num_episodes}"


def game_scene(scene_id, policy_mapping):
    """Return the scene of a game; as many people play as the policy mapping has humans."""
    humans = [agent for agent, policy in policy_mapping.items() if policy is PolicyTypes.Human]
    return (
        gym_scene.GymScene()
        .scene(scene_id=scene_id)
        .environment(env_creator=TeamGridEnv, env_config={"agents": tuple(policy_mapping)})
        .policies(policy_mapping=policy_mapping)
        .rendering(fps=15, game_width=500, game_height=500, hud_text_fn=progress)
        .gameplay(
            action_mapping={"ArrowUp": UP, "ArrowDown": DOWN, "ArrowLeft": LEFT, "ArrowRight": RIGHT},
            default_action=STAY,
            num_episodes=3,
            max_steps=450,
            reset_freeze_s=1.0,
        )
        .content(
            scene_header="Meet on the green square",
            in_game_scene_body="<p>Walk with the arrow keys. Your number has a <b>ring</b> around it.</p>",
        )
        .multiplayer(num_players=len(humans), player_ids=humans)
        .waitroom(min_players=len(humans), max_wait_time=180, timeout_scene_id="thanks")
        .runtime(run_through_pyodide=True)
    )


def experiment(experiment_id, title, policy_mapping):
    """Return an experiment with one game."""
    welcome = (
        static_scene.StartScene()
        .scene(scene_id="welcome")
        .display(
            scene_header=title,
            scene_body="<p>All of you have to stand on the green square at the same time, three times.</p>",
        )
    )
    thanks = static_scene.EndScene().scene(scene_id="thanks").display(scene_header="Thank you for playing!")
    return (
        experiment_config.ExperimentConfig()
        .experiment(
            stager=stager.Stager(scenes=[welcome, game_scene(experiment_id, policy_mapping), thanks]),
            experiment_id=experiment_id,
            title=title,
        )
        .hosting(port=8000, host="0.0.0.0")
    )


HUMAN = PolicyTypes.Human

three_people = experiment(
    "three_people", "Three people", {"player_0": HUMAN, "player_1": HUMAN, "player_2": HUMAN}
)
four_people = experiment(
    "four_people",
    "Four people",
    {"player_0": HUMAN, "player_1": HUMAN, "player_2": HUMAN, "player_3": HUMAN},
)
with_helpers = experiment(
    "with_helpers",
    "Two people and two helpers",
    {"player_0": HUMAN, "player_1": HUMAN, "helper_0": Helper, "helper_1": Helper},
)

if __name__ == "__main__":
    app.run(three_people, four_people, with_helpers)
