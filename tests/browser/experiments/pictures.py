"""Three ways to draw: a picture for each player, an array of pixels, and everything a Surface can."""

from __future__ import annotations

from cards_env import WAIT, CardsEnv
from shapes_env import IMAGES, ShapesEnv
from tug_of_war_env import PULL, REST, TugOfWar

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

HUMAN = configuration_constants.PolicyTypes.Human


def study(experiment_id, game):
    thanks = static_scene.EndScene().scene(scene_id="thanks").display(scene_header="Thank you!")
    return experiment_config.ExperimentConfig().experiment(
        stager=stager.Stager(scenes=[game, thanks]), experiment_id=experiment_id, title="Pictures"
    )


cards = (
    gym_scene.GymScene()
    .scene(scene_id="cards")
    .environment(env_creator=CardsEnv)
    .policies(policy_mapping={"player_0": HUMAN, "player_1": HUMAN})
    .rendering(fps=15, game_width=600, game_height=400)
    .gameplay(
        action_mapping={"1": 0, "2": 1, "3": 2},
        default_action=WAIT,
        input_mode=configuration_constants.InputModes.KeyDown,
        countdown_s=0.2,
    )
    .content(scene_header="Name your partner's card")
)

tug = (
    gym_scene.GymScene()
    .scene(scene_id="tug")
    .environment(env_creator=TugOfWar)
    .policies(policy_mapping={"red": HUMAN, "blue": HUMAN})
    .rendering(fps=15, game_width=600, game_height=200)
    .gameplay(
        action_mapping={" ": PULL},
        default_action=REST,
        input_mode=configuration_constants.InputModes.KeyUp,
        countdown_s=0.2,
    )
    .content(scene_header="Pull!", in_game_scene_body="<p>Every stroke of the space bar pulls.</p>")
)

shapes = (
    gym_scene.GymScene()
    .scene(scene_id="shapes")
    .environment(env_creator=ShapesEnv)
    .policies(policy_mapping={"viewer": HUMAN})
    .rendering(fps=20, game_width=400, game_height=300, hud_text_fn=lambda game: f"step {game.step_number}")
    .assets(assets_dir=IMAGES, assets_to_preload=ShapesEnv().surface.assets())
    .gameplay(
        action_mapping={"ArrowRight": 1},
        default_action=0,
        input_mode=configuration_constants.InputModes.KeyDown,
        countdown_s=0.2,
    )
    .content(scene_header="Shapes")
)

if __name__ == "__main__":
    app.run(study("cards", cards), study("tug_of_war", tug), study("shapes", shapes))
