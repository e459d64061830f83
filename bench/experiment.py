"""The experiment under load: the coordination grid for two at 30 fps, and a waiting room without an end."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "examples" / "coordination_grid"))

from coordination_grid_env import CoordinationGridEnv

from mug import Matchmaker, Ticket
from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

FPS = 30
UP, DOWN, LEFT, RIGHT, NOOP = range(5)


class Never(Matchmaker):
    """Lets everybody wait."""

    def propose(self, waiting: Sequence[Ticket], size: int, now: float) -> Iterable[Sequence[Ticket]]:
        return []


def game(scene_id: str, matchmaker: str | Matchmaker) -> gym_scene.GymScene:
    """Return a scene of one endless episode."""
    return (
        gym_scene.GymScene()
        .scene(scene_id=scene_id)
        .policies(
            policy_mapping={
                "player_0": configuration_constants.PolicyTypes.Human,
                "player_1": configuration_constants.PolicyTypes.Human,
            }
        )
        .rendering(fps=FPS, game_width=500, game_height=500)
        .gameplay(
            default_action=NOOP,
            action_mapping={"ArrowUp": UP, "ArrowDown": DOWN, "ArrowLeft": LEFT, "ArrowRight": RIGHT},
            num_episodes=1,
            max_steps=1_000_000,
            countdown_s=0,
        )
        .multiplayer(num_players=2, player_ids=["player_0", "player_1"], matchmaker=matchmaker)
        .waitroom(min_players=2, max_wait_time=3600, timeout_scene_id="thanks")
        .runtime(run_through_pyodide=False, environment_class=CoordinationGridEnv)
    )


def config() -> experiment_config.ExperimentConfig:
    """Return the experiment; BENCH_SCENE says whether people play or wait."""
    scene = game("play", "fifo") if os.environ.get("BENCH_SCENE", "play") == "play" else game("wait", Never())
    scenes = [
        static_scene.StartScene().scene(scene_id="welcome").display(scene_header="Load"),
        scene,
        static_scene.EndScene().scene(scene_id="thanks").display(scene_header="Done"),
    ]
    return (
        experiment_config.ExperimentConfig()
        .experiment(
            stager=stager.Stager(scenes=scenes), experiment_id="load", data_dir=os.environ["BENCH_DATA"]
        )
        .hosting(host="127.0.0.1", port=int(os.environ["BENCH_PORT"]))
    )


if __name__ == "__main__":
    app.run(config())
