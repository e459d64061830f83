"""What the pages say about behavior, where no snippet shows it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene, StartScene, StaticScene
from mug.testing.envs import Meeting

HUMAN = PolicyTypes.Human


def two_players(**settings: Any) -> GymScene:
    return (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=Meeting)
        .policies(policy_mapping={"player_0": HUMAN, "player_1": HUMAN})
        .rendering(fps=60)
        .gameplay(action_mapping={"ArrowLeft": 1, "ArrowRight": 2}, default_action=0, countdown_s=0.0)
        .waitroom(**settings)
    )


def experiment(*scenes: Any) -> ExperimentConfig:
    return ExperimentConfig().experiment(stager=Stager(scenes=list(scenes)), experiment_id="claims")


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


async def test_whoever_waits_in_vain_goes_on_from_the_scene_for_that(run_experiment: Any) -> None:
    """A scene for those who waited too long may be none of theirs; after it their own way goes on."""
    sorry = StaticScene().scene(scene_id="sorry").display(scene_header="Nobody there")
    config = experiment(
        StartScene().scene(scene_id="welcome"),
        two_players(max_wait_time=1.0, timeout_scene_id="sorry"),
        StaticScene().scene(scene_id="questions"),
        EndScene().scene(scene_id="thanks"),
        sorry,
        EndScene().scene(scene_id="elsewhere"),
    )
    async with run_experiment(config) as running:
        async with running.arrive() as ann:
            await ann.until_scene("welcome")
            await ann.advance()
            await ann.until_scene("sorry")
            await ann.until(lambda: ann.notices)
            assert ann.notices == ["We could not find enough other participants. Thank you for waiting."]
            await ann.advance()
            await ann.until_scene("questions")
            await ann.advance()
            await ann.until_scene("thanks")
        folder = running.data_dir
    (row,) = table(folder, "participants.csv")
    assert row["outcome"] == "lobby_timeout"
    assert row["visited"] == '["welcome","game","sorry","questions","thanks"]'
