"""What the pages say about behavior, where no snippet shows it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Branch, Stager, Treatments
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
    assert row["outcome"] == "completed"
    assert row["visited"] == '["welcome","game","sorry","questions","thanks"]'


async def test_whoever_waits_in_vain_can_try_again(run_experiment: Any) -> None:
    """A branch behind the game sends those who found nobody to another waiting room, and no one else."""
    offer = StaticScene().scene(scene_id="try_again").display(scene_header="Nobody there")
    config = experiment(
        two_players(max_wait_time=1.0, timeout_scene_id="try_again").gameplay(max_steps=5),
        Branch(
            on=lambda facts: str(facts.get("game.outcome")),
            cases={"lobby_timeout": [two_players().scene(scene_id="second_try").gameplay(max_steps=5)]},
            default=[],
        ),
        EndScene().scene(scene_id="thanks"),
        offer,
        EndScene().scene(scene_id="elsewhere"),
    )
    async with run_experiment(config) as running:
        async with running.arrive() as ann:
            await ann.until_scene("try_again")
            await ann.advance()
            await ann.until_scene("second_try")
        async with running.arrive() as bob, running.arrive() as eve:
            for person in (bob, eve):
                await person.until_state("over")
                await person.advance()
                await person.until_scene("thanks")


async def test_the_data_says_from_which_step_on_a_policy_played(run_experiment: Any) -> None:
    """After a takeover the seat is played by the policy's name, and its actions come from a policy."""
    game = two_players().gameplay(max_steps=300)
    game.multiplayer(
        on_disconnect="play_on",
        reconnect_window_s=0.2,
        on_leave="takeover",
        takeover_policy=PolicyTypes.Random,
    )
    game.environment(env_config={"length": 300})
    config = experiment(StartScene().scene(scene_id="welcome"), game, EndScene().scene(scene_id="thanks"))
    async with run_experiment(config) as running:
        async with running.arrive() as ann:
            async with running.arrive() as bob:
                for person in (ann, bob):
                    await person.until_scene("welcome")
                    await person.advance()
                await bob.until_state("playing")
                await ann.until(lambda: any(frame.step > 5 for frame in ann.frames))
                seat = bob.game["seat"]
            await ann.until_state("over")
        folder = running.data_dir
    (game_row,) = table(folder, "games.csv")
    subject = game_row[f"participants.{seat}"]
    steps = table(folder, f"game/{subject}.csv")
    assert steps[0][f"participants.{seat}"] == subject
    assert steps[0][f"source.{seat}"] in ("default", "human")
    assert steps[-1][f"participants.{seat}"] == "random"
    assert steps[-1][f"source.{seat}"] == "policy"
    assert [int(step["frame"]) for step in steps] == list(range(1, 301))


async def test_a_policy_has_one_name_in_the_data(run_experiment: Any) -> None:
    """A seat that a policy fills from the start is named as one that it takes over."""
    game = two_players().policies(policy_mapping={"player_0": HUMAN, "player_1": PolicyTypes.Random})
    config = experiment(game, EndScene().scene(scene_id="thanks"))
    async with run_experiment(config) as running:
        async with running.arrive() as ann:
            await ann.until_state("over")
        folder = running.data_dir
    (row,) = table(folder, "games.csv")
    assert row["participants.player_1"] == "random"
    assert row["participants.player_0"].startswith("s")


async def test_assignments_and_branches_have_columns(run_experiment: Any) -> None:
    """What was drawn and what was decided is in participants.csv, by name."""
    form = '<input id="agree" required>'
    config = experiment(
        StaticScene().scene(scene_id="consent").display(scene_body=form, element_ids=["agree"]),
        Branch(on="consent.agree", cases={"no": [EndScene().scene(scene_id="declined")]}, name="consented"),
        Treatments(
            {"a": StaticScene().scene(scene_id="one"), "b": StaticScene().scene(scene_id="two")},
            name="partner",
        ),
        EndScene().scene(scene_id="thanks"),
    )
    async with run_experiment(config) as running:
        async with running.arrive() as ann:
            await ann.until_scene("consent")
            await ann.advance(agree="no")
            await ann.until_scene("declined")
        async with running.arrive() as bob:
            await bob.until_scene("consent")
            await bob.advance(agree="yes")
            await bob.until(lambda: bob.scene["scene_id"] in ("one", "two"))
            arm = {"one": "a", "two": "b"}[bob.scene["scene_id"]]
        folder = running.data_dir
    declined, agreed = table(folder, "participants.csv")
    assert (declined["branches.consented"], agreed["branches.consented"]) == ("no", "default")
    assert agreed["assignments.partner"] == arm
    (answer,) = table(folder, f"consent/{agreed['subject_id']}.csv")
    assert answer["answers.agree"] == "yes"


async def test_parameters_of_the_address_are_apart(run_experiment: Any) -> None:
    """What somebody's address says about them is in identities.csv and in no other table."""
    config = experiment(StartScene().scene(scene_id="welcome"), EndScene().scene(scene_id="thanks"))
    async with run_experiment(config) as running:
        async with running.arrive({"pool_number": "number-17"}) as ann:
            await ann.until_scene("welcome")
            await ann.advance()
            await ann.until_scene("thanks")
        folder = running.data_dir
    (row,) = table(folder, "identities.csv")
    assert row["labels.pool_number"] == "number-17"
    holding = {file.name for file in folder.rglob("*.csv") if "number-17" in file.read_text(encoding="utf-8")}
    assert holding == {"identities.csv"}
