"""A whole experiment for one person: welcome, questions, a short game, an ending with a code."""

from __future__ import annotations

import os

from controls import ARROWS, STAY, Token

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

ELSEWHERE = os.environ.get("ELSEWHERE", "https://example.com/done?id=")

QUESTIONS = """
<p><label for="age">How old are you?</label><br><input id="age" type="number" min="18" max="120" required></p>
<fieldset><legend>How often do you play games?</legend>
  <p><label><input type="radio" name="often" value="never" required> never</label></p>
  <p><label><input type="radio" name="often" value="sometimes"> sometimes</label></p>
  <p><label><input type="radio" name="often" value="daily"> every day</label></p>
</fieldset>
<fieldset><legend>On what?</legend>
  <p><label><input type="checkbox" name="device" value="phone"> a phone</label></p>
  <p><label><input type="checkbox" name="device" value="computer"> a computer</label></p>
</fieldset>
<p><label for="hand">Which hand do you write with?</label><br>
  <select id="hand"><option value="">Please choose</option><option value="left">the left</option>
  <option value="right">the right</option></select></p>
<p><label for="mood">How awake are you, from 0 to 10?</label><br>
  <input id="mood" type="range" min="0" max="10" value="5"></p>
<p><label for="text">Anything else?</label><br><textarea id="text" rows="3"></textarea></p>
<p><label><input id="agree" type="checkbox" required> I agree to take part.</label></p>
"""
FIELDS = ["age", "often", "device", "hand", "mood", "text", "agree"]


def page(kind, scene_id, header, **content):
    return kind().scene(scene_id=scene_id).display(scene_header=header, **content)


def questions():
    return page(
        static_scene.StaticScene,
        "questions",
        "About you",
        scene_subheader="Your answers are saved as you type.",
        scene_body=QUESTIONS,
        element_ids=FIELDS,
    )


def game():
    return (
        gym_scene.GymScene()
        .scene(scene_id="game")
        .environment(env_creator=Token)
        .policies(policy_mapping={"player": configuration_constants.PolicyTypes.Human})
        .rendering(fps=20, game_width=400, game_height=400)
        .gameplay(action_mapping=ARROWS, default_action=STAY, num_episodes=2, max_steps=16, countdown_s=0.5)
        .content(
            scene_header="A short game",
            scene_body="<p>One moment…</p>",
            in_game_scene_body="<p>Move the square with the arrow keys.</p>",
        )
    )


def study(experiment_id, *scenes):
    return experiment_config.ExperimentConfig().experiment(
        stager=stager.Stager(scenes=list(scenes)), experiment_id=experiment_id, title="Questions and a game"
    )


def start():
    return page(static_scene.StartScene, "welcome", "Welcome", scene_body="<p>This takes a minute.</p>")


def code():
    return page(static_scene.CompletionCodeScene, "code", "Thank you!", scene_body="<p>You are done.</p>")


def away():
    return page(static_scene.EndScene, "away", "Thank you!").redirect(url=ELSEWHERE, append_subject_id=True)


if __name__ == "__main__":
    app.run(
        study("whole", start(), questions(), game(), code()),
        study("leads_on", questions(), away()),
    )
