"""What becomes of people who wait in vain: they wait on, or a policy plays for those who did not come."""

from __future__ import annotations

import csv
from typing import Any

import pytest

from mug.components import StoreError
from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Branch, Stager
from mug.scenes.static_scene import EndScene, StartScene
from mug.testing.envs import Meeting

pytest.importorskip("mug_server_mode")

HUMAN = PolicyTypes.Human


def study(**waitroom: Any) -> ExperimentConfig:
    game = (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=Meeting)
        .policies(policy_mapping={"player_0": HUMAN, "player_1": HUMAN})
        .rendering(fps=60)
        .gameplay(num_episodes=1, action_mapping={"a": 1}, default_action=0, countdown_s=0)
        .waitroom(max_wait_time=1, **waitroom)
    )
    if "min_players" in waitroom:
        game.multiplayer(takeover_policy=PolicyTypes.Random)
    after = Branch(
        "game.filled",
        {"1": StartScene().scene(scene_id="with_policy")},
        default=StartScene().scene(scene_id="with_people"),
    )
    scenes = [
        StartScene().scene(scene_id="start"),
        game,
        after,
        EndScene().scene(scene_id="thanks"),
        EndScene().scene(scene_id="nobody").ending(outcome="lobby_timeout"),
    ]
    return ExperimentConfig().experiment(stager=Stager(scenes=scenes), experiment_id="study", seed=5)


@pytest.mark.parametrize("told", ["", "A computer plays for your partner."])
async def test_a_policy_in_the_place_of_a_person(run_experiment: Any, told: str) -> None:
    """It is in the data and a fact about the participant, who is told if and only if the study says so."""
    waitroom = {"min_players": 1} | ({"filled_message": told} if told else {})
    async with run_experiment(study(**waitroom)) as running, running.arrive() as ann:
        await ann.until_scene("start")
        await ann.advance()
        await ann.until_state("over")
        assert ann.notices == ([told] if told else [])
        await ann.advance()
        await ann.until_scene("with_policy")
        (game,) = running.server.hosts[0]._state.games.values()
        assert [seat.get("filled") for seat in game.seats.values() if "policy" in seat] == [True]


async def test_nobody_is_told_of_policies_in_a_whole_group(run_experiment: Any) -> None:
    """Two people who play with each other are told nothing, and their fact is that nobody was missing."""
    config = study(min_players=1, filled_message="A computer plays for your partner.")
    async with run_experiment(config) as running, running.arrive() as ann, running.arrive() as bob:
        for person in (ann, bob):
            await person.until_scene("start")
        for person in (ann, bob):
            await person.advance()
        for person in (ann, bob):
            await person.until_state("over")
            await person.advance()
            await person.until_scene("with_people")
            assert person.notices == []


async def test_waiting_on(run_experiment: Any) -> None:
    """Who may wait on reads that the search goes on, and is there for who comes later."""
    async with run_experiment(study(extensions=100)) as running, running.arrive() as ann:
        await ann.until_scene("start")
        await ann.advance()
        await ann.until(lambda: "We still look for others" in ann.lobby.get("text", ""))
        assert 0 < ann.lobby["remaining"] <= 1
        async with running.arrive() as bob:
            await bob.until_scene("start")
            await bob.advance()
            for person in (ann, bob):
                await person.until_state("over")
        assert "lobby_extended" in (running.data_dir / "journal" / "events.jsonl").read_text()


def waits(running: Any) -> list[tuple[str, str]]:
    """Return who ended how to wait, in the order of the rows of lobby.csv."""
    text = (running.data_dir / "lobby.csv").read_text(encoding="utf-8")
    return [(row["reason"], row["waited_seconds"]) for row in csv.DictReader(text.splitlines())]


async def test_in_line_again(run_experiment: Any) -> None:
    """Who begins anew to wait reads so; when they may not any more, they go where the study leads them."""
    async with run_experiment(study(requeues=2)) as running, running.arrive() as ann:
        await ann.until_scene("start")
        await ann.advance()
        await ann.until(lambda: "at the end of the line again" in ann.lobby.get("text", ""))
        await ann.until_scene("nobody")
    found = waits(running)
    assert [reason for reason, _ in found] == ["requeued", "requeued", "timeout"]
    assert all(1 <= float(seconds) < 4 for _, seconds in found)


async def test_in_line_again_and_then_with_a_policy(run_experiment: Any) -> None:
    """Somebody waits as often as the study lets them, and only then a policy plays in the empty seat."""
    async with run_experiment(study(requeues=1, min_players=1)) as running, running.arrive() as ann:
        await ann.until_scene("start")
        await ann.advance()
        await ann.until_state("over")
    assert [reason for reason, _ in waits(running)] == ["requeued", "matched"]


async def test_a_restart_gives_nobody_more_time(run_experiment: Any) -> None:
    """How often somebody was extended and put in line again is known after a restart."""
    config = {"requeues": 1, "extensions": 1}
    async with run_experiment(study(**config)) as running:
        ann = running.arrive()
        await ann.connect()
        await ann.until_scene("start")
        await ann.advance()
        await ann.until(lambda: "at the end of the line again" in ann.lobby.get("text", ""))
        await ann.until(lambda: "We still look" in ann.lobby["text"])
        await ann.disconnect()
    async with run_experiment(study(**config)) as running:
        ann.url = running.arrive().url
        await ann.connect()
        await ann.until_scene("nobody")
        assert ann.lobby.get("text", "") == ""
        await ann.disconnect()
    assert [reason for reason, _ in waits(running)] == ["requeued", "timeout"]


async def test_a_store_that_is_full_for_a_while(run_experiment: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """That somebody is in line again is tried until it is stored; nobody is thrown out meanwhile."""
    async with run_experiment(study(requeues=1)) as running, running.arrive() as ann:
        journal = running.server.hosts[0]._journal
        write, failed = journal.write, []

        def full(*events: Any) -> None:
            if any(event.get("reason") == "requeued" for event in events) and len(failed) < 2:
                failed.append(events)
                raise StoreError("full")
            write(*events)

        monkeypatch.setattr(journal, "write", full)
        await ann.until_scene("start")
        await ann.advance()
        await ann.until_scene("nobody")
        assert len(failed) == 2
