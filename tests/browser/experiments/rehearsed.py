"""A short study with all that bots have to get through: consent, a form, a quiz, a game, and two endings."""

from __future__ import annotations

from mug_surveys import Agree, Choice, ConsentScene, Number, Quiz, Survey

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app
from mug.testing.envs import Meeting

HUMAN = configuration_constants.PolicyTypes.Human
RANDOM = configuration_constants.PolicyTypes.Random

consent = (
    ConsentScene()
    .scene(scene_id="consent")
    .display(scene_header="Consent", scene_body="<p>A short study.</p>")
    .consent(version="1")
    .questions(Agree("adult", "I am an adult."))
)
form = (
    static_scene.StaticScene()
    .scene(scene_id="form")
    .display(
        scene_header="About you",
        scene_body='<label>Name <input name="nick" required minlength="3" maxlength="12"></label>'
        '<label>Hand <select name="hand" required><option value="">choose</option><option>left</option>'
        "<option>right</option></select></label>",
    )
)
quiz = (
    Survey()
    .scene(scene_id="quiz")
    .questions(
        Quiz(Choice("where", "Where do you meet?", options=["left", "middle", "right"], correct="middle")),
        Number("age", "How old are you?", minimum=18, maximum=99),
    )
)
game = (
    gym_scene.GymScene()
    .scene(scene_id="game")
    .environment(env_creator=Meeting)
    .policies(policy_mapping={"player_0": HUMAN, "player_1": RANDOM})
    .rendering(fps=5)
    .gameplay(
        action_mapping={"ArrowLeft": 1, "ArrowRight": 2},
        default_action=0,
        countdown_s=0.0,
        num_episodes=1,
        max_steps=80,
    )
)
thanks = static_scene.CompletionCodeScene().scene(scene_id="thanks")
declined = (
    static_scene.EndScene()
    .scene(scene_id="declined")
    .ending(outcome="declined")
    .display(scene_header="You did not take part")
)

config = experiment_config.ExperimentConfig().experiment(
    stager=stager.Stager(scenes=[consent, form, quiz, game, thanks, declined]), experiment_id="rehearsed"
)

if __name__ == "__main__":
    app.run(config)
