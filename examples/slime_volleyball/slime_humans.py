"""Slime Volleyball for two people, peer to peer: each browser plays the game, and a key acts at once."""

from __future__ import annotations

from slime_game import game, welcome
from slime_volleyball_env import LEFT, RIGHT

from mug.configurations import experiment_config
from mug.configurations.configuration_constants import PolicyTypes
from mug.scenes import stager, static_scene
from mug.server import app

POINTS = 30

start = welcome("<p>You will play against another person, for 30 points.</p>")

waiting = (
    static_scene.WaitScene()
    .scene(scene_id="waiting")
    .display(scene_header="Waiting for the other player", scene_body="<p>It begins when they are here.</p>")
)

match = (
    game("slime_humans", {LEFT: PolicyTypes.Human, RIGHT: PolicyTypes.Human}, POINTS)
    .multiplayer(num_players=2, player_ids=[LEFT, RIGHT])
    .waitroom(min_players=2, max_wait_time=120, timeout_scene_id="thanks")
)

end = static_scene.EndScene().scene(scene_id="thanks").display(scene_header="Thank you for playing!")

config = (
    experiment_config.ExperimentConfig()
    .experiment(
        stager=stager.Stager(scenes=[start, waiting, match, end]),
        experiment_id="slime_humans",
        title="Slime Volleyball: two people",
    )
    .hosting(port=8000, host="0.0.0.0")
)

if __name__ == "__main__":
    app.run(config)
