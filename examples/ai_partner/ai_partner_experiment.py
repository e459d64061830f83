"""One participant and an AI partner on the coordination grid, after a simulated waiting room."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "coordination_grid"))

from coordination_grid_env import CoordinationGridEnv

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

UP, DOWN, LEFT, RIGHT, NOOP = range(5)
GOAL = 9


class Partner:
    """Walks to the goal and rests at every so many turns. It counts, so every game has its own."""

    def __init__(self, rests_every):
        self.rests_every = rests_every
        self.turns = 0

    def act(self, observation):
        self.turns += 1
        x, y = observation
        if self.turns % self.rests_every == 0:
            return NOOP
        if x < GOAL:
            return RIGHT
        return DOWN if y < GOAL else NOOP


def load_policy(policy_name):
    """Return one of the two partners that we compare."""
    return Partner({"eager": 5, "relaxed": 2}[policy_name])


def run_inference(partner, observation):
    return partner.act(observation)


def game(policy_name):
    return (
        gym_scene.GymScene()
        .scene(scene_id=f"with_{policy_name}_partner")
        .environment(env_creator=CoordinationGridEnv)
        .policies(
            policy_mapping={
                "player_0": configuration_constants.PolicyTypes.Human,
                "player_1": policy_name,
            },
            load_policy_fn=load_policy,
            policy_inference_fn=run_inference,
            frame_skip=4,
        )
        .rendering(fps=15, game_width=500, game_height=500)
        .gameplay(
            default_action=NOOP,
            action_mapping={"ArrowUp": UP, "ArrowDown": DOWN, "ArrowLeft": LEFT, "ArrowRight": RIGHT},
            num_episodes=2,
            max_steps=200,
        )
        .content(
            scene_header="Coordination Grid",
            in_game_scene_body="<p>You are red. Meet your partner on the green square.</p>",
        )
        .waitroom(simulated_wait=(2, 6), max_wait_time=60, timeout_scene_id="thanks")
    )


start_scene = (
    static_scene.StartScene()
    .scene(scene_id="welcome")
    .display(
        scene_header="Playing with a partner",
        scene_body="<p>You will play two short games on a grid. Use the arrow keys to move.</p>",
    )
)

end_scene = (
    static_scene.EndScene()
    .scene(scene_id="thanks")
    .display(scene_header="Thank you!", scene_body="Your partners were computer programs.")
)

config = (
    experiment_config.ExperimentConfig()
    .experiment(
        stager=stager.Stager(
            scenes=[start_scene, stager.RandomizeOrder([game("eager"), game("relaxed")]), end_scene]
        ),
        experiment_id="ai_partner",
        title="AI partner: a participant and a policy",
    )
    .hosting(port=8000, host="0.0.0.0")
)

if __name__ == "__main__":
    app.run(config)
