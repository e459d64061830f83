"""A study for bots: questions by SurveyJS, and a game that two browsers step together, with a chat."""

from __future__ import annotations

import sys
from pathlib import Path

from mug_chat import Chat, ChatRules
from mug_surveys import SurveyJsScene

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

sys.path.append(str(Path(__file__).resolve().parents[3] / "examples" / "coordination_grid"))
from coordination_grid_env import CoordinationGridEnv

UP, DOWN, LEFT, RIGHT, NOOP = range(5)
HUMAN = configuration_constants.PolicyTypes.Human
CHOICES = ["chess", "go", "poker"]
DEFINITION = {
    "pages": [
        {
            "elements": [
                {"type": "text", "name": "name", "title": "Your name", "isRequired": True},
                {"type": "text", "name": "age", "inputType": "number", "min": 18, "isRequired": True},
                {"type": "comment", "name": "story", "isRequired": True},
                {"type": "boolean", "name": "plays", "isRequired": True},
                {"type": "radiogroup", "name": "first", "choices": CHOICES, "isRequired": True},
                {"type": "checkbox", "name": "games", "choices": CHOICES, "isRequired": True},
                {"type": "dropdown", "name": "best", "choices": CHOICES, "isRequired": True},
                {"type": "tagbox", "name": "all", "choices": CHOICES, "isRequired": True},
            ]
        },
        {
            "elements": [
                {"type": "rating", "name": "fun", "isRequired": True},
                {"type": "ranking", "name": "order", "choices": CHOICES, "isRequired": True},
                {"type": "slider", "name": "load", "isRequired": True},
                {
                    "type": "matrix",
                    "name": "team",
                    "columns": ["no", "yes"],
                    "rows": ["talks", "waits"],
                    "isAllRowRequired": True,
                    "isRequired": True,
                },
                {
                    "type": "multipletext",
                    "name": "places",
                    "items": [{"name": "home", "isRequired": True}, {"name": "work"}],
                },
                {
                    "type": "matrixdropdown",
                    "name": "grades",
                    "columns": [{"name": "grade", "choices": ["A", "B"], "isRequired": True}],
                    "rows": ["chess", "go"],
                },
            ]
        },
    ]
}

questions = SurveyJsScene(DEFINITION).scene(scene_id="questions").display(scene_header="About you")
game = (
    gym_scene.GymScene()
    .scene(scene_id="game")
    .environment(env_creator=CoordinationGridEnv, env_config={"grid_size": 10})
    .runtime(run_through_pyodide=True)
    .policies(policy_mapping={"player_0": HUMAN, "player_1": HUMAN})
    .rendering(fps=20, game_width=500, game_height=500)
    .gameplay(
        action_mapping={"ArrowUp": UP, "ArrowDown": DOWN, "ArrowLeft": LEFT, "ArrowRight": RIGHT},
        default_action=NOOP,
        countdown_s=0.5,
        num_episodes=1,
        max_steps=80,
    )
    .content(scene_header="Together")
    .multiplayer(reconnect_window_s=5)
    .waitroom(max_wait_time=90)
)
thanks = static_scene.CompletionCodeScene().scene(scene_id="thanks")

config = (
    experiment_config.ExperimentConfig()
    .experiment(stager=stager.Stager(scenes=[questions, game, thanks]), experiment_id="together")
    .plugins(Chat({"game": ChatRules(lobby=True, quick_messages=["Wait for me!"])}))
)

if __name__ == "__main__":
    app.run(config)
