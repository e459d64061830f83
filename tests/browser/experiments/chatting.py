"""People who write to each other while they wait and play, and one who writes to a program."""

from __future__ import annotations

import sys
from pathlib import Path

from mug_chat import Chat, ChatRules, Mute
from plaza_env import DOWN, LEFT, RIGHT, STAY, UP, PlazaEnv

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

sys.path.append(str(Path(__file__).resolve().parents[3] / "examples" / "coordination_grid"))
from coordination_grid_env import CoordinationGridEnv

HUMAN = configuration_constants.PolicyTypes.Human
RANDOM = configuration_constants.PolicyTypes.Random


def two_players():
    return PlazaEnv(("player_0", "player_1"))


def moderate(draft):
    return Mute("Please do not write addresses.") if "@" in draft.text else draft.text


async def partner(history, situation):
    return f"Let us meet at {situation.observation}." if "where" in history[-1].text else None


def peers():
    """The coordination grid, which both people's browsers step."""
    game = (
        gym_scene.GymScene()
        .scene(scene_id="plaza")
        .environment(env_creator=CoordinationGridEnv)
        .policies(policy_mapping={"player_0": HUMAN, "player_1": HUMAN})
        .rendering(fps=20)
        .gameplay(action_mapping={"w": UP, "s": DOWN}, default_action=STAY, max_steps=None, countdown_s=0.2)
        .runtime(run_through_pyodide=True)
    )
    return experiment("peers", game, ChatRules())


def study(experiment_id, rules, other=HUMAN, **waitroom):
    game = (
        gym_scene.GymScene()
        .scene(scene_id="plaza")
        .environment(env_creator=two_players)
        .policies(policy_mapping={"player_0": HUMAN, "player_1": other})
        .rendering(fps=10, game_width=420, game_height=420)
        .gameplay(
            action_mapping={"w": UP, "s": DOWN, "a": LEFT, "d": RIGHT},
            default_action=STAY,
            countdown_s=0.2,
            input_mode="key_down",
        )
        .content(scene_header="Meet in the middle", scene_body="<p>Two people play this game.</p>")
        .waitroom(**waitroom)
    )
    return experiment(experiment_id, game, rules)


def experiment(experiment_id, game, rules):
    thanks = static_scene.EndScene().scene(scene_id="thanks").display(scene_header="Thank you!")
    return (
        experiment_config.ExperimentConfig()
        .experiment(
            stager=stager.Stager(scenes=[game, thanks]), experiment_id=experiment_id, title="Chatting"
        )
        .plugins(Chat({"plaza": rules}))
    )


if __name__ == "__main__":
    app.run(
        study(
            "pair",
            ChatRules(
                lobby=True,
                quick_messages=["Wait for me!", "Go!"],
                emotes=["👍", "🎉"],
                max_length=60,
                moderate=moderate,
            ),
            ready_check="click",
            ready_timeout=60,
            max_wait_time=120,
        ),
        study("program", ChatRules(partners={"player_1": partner}), other=RANDOM),
        peers(),
    )
