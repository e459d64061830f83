"""Everybody who cannot go on comes to the ending for it, and the data says how it came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.errors import ConfigurationError
from mug.scenes.gym_scene import GymScene
from mug.scenes.scene import Accepted, Rejected
from mug.scenes.stager import Branch, Stager
from mug.scenes.static_scene import CompletionCodeScene, EndScene, StartScene, StaticScene
from mug.server.app import build
from mug.testing.envs import Meeting
from mug.testing.participants import HeadlessParticipant
from tests.browser.data import Data


class AgreeScene(StaticScene):
    """Ends the study for who does not agree."""

    def accept(self, answers: Mapping[str, Any]) -> Accepted | Rejected:
        agrees = answers.get("agree") == "yes"
        return Accepted({"agree": agrees}, ending="" if agrees else "declined")


def ending(scene_id: str, outcome: str) -> EndScene:
    return EndScene().scene(scene_id=scene_id).ending(outcome=outcome)


def study(*scenes: Any) -> ExperimentConfig:
    order = Stager(scenes=list(scenes))
    return ExperimentConfig().experiment(stager=order, experiment_id="study", seed=3)


def duo(**waitroom: Any) -> GymScene:
    people = {"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Human}
    return (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=Meeting)
        .policies(policy_mapping=people)
        .rendering(fps=20)
        .gameplay(
            num_episodes=1, max_steps=2000, action_mapping={"ArrowUp": 1}, default_action=0, countdown_s=0
        )
        .multiplayer(on_leave="end", reconnect_window_s=0.2)
        .waitroom(**waitroom)
    )


async def outcomes(running: Any) -> list[str]:
    return [event["outcome"] for event in Data(running.data_dir).events("completed")]


async def finished(who: HeadlessParticipant, running: Any, outcome: str) -> None:
    data = Data(running.data_dir)
    await data.until(lambda: outcome in [event["outcome"] for event in data.events("completed")])


async def test_a_scene_ends_the_study(run_experiment: Any) -> None:
    """What a scene's answers mean for the study is the scene's to say; the page for it stands aside."""
    config = study(
        AgreeScene().scene(scene_id="consent"),
        StaticScene().scene(scene_id="task"),
        CompletionCodeScene().scene(scene_id="code"),
        ending("no", "declined"),
    )
    async with run_experiment(config) as running:
        async with running.arrive() as ann:
            await ann.until_scene("consent")
            await ann.advance(agree="no")
            await ann.until_scene("no")
            await finished(ann, running, "declined")
            await ann.advance()
            await ann.reload()
            await ann.until_scene("no")
            assert "code" not in ann.scene["page"]
        async with running.arrive() as bob:
            await bob.until_scene("consent")
            await bob.advance(agree="yes")
            await bob.until_scene("task")
            await bob.advance()
            await bob.until(lambda: bob.scene["page"].get("code"))
        assert await outcomes(running) == ["declined", "completed"]
        (left, *_) = Data(running.data_dir).events("scene_left")
        assert (left["answers"], left["outcome"]) == ({"agree": False}, "declined")


async def test_an_ending_with_an_outcome_and_a_code(run_experiment: Any) -> None:
    """Who reaches the page that is made for their outcome gets the code that it is to show."""
    config = study(
        AgreeScene().scene(scene_id="consent"),
        CompletionCodeScene().scene(scene_id="code"),
        CompletionCodeScene().scene(scene_id="no").ending(outcome="declined"),
    )
    async with run_experiment(config) as running, running.arrive() as ann:
        await ann.until_scene("consent")
        await ann.advance(agree="no")
        await ann.until_scene("no")
        await ann.until(lambda: ann.scene["page"].get("code"))
        (event,) = Data(running.data_dir).events("completed")
    assert (event["outcome"], event["code"]) == ("declined", ann.scene["page"]["code"])


async def test_who_came_and_how_they_ended_is_in_the_tables_at_once(run_experiment: Any) -> None:
    """A researcher looks at a table while the study runs, and right after it was stopped."""
    config = study(StartScene().scene(scene_id="start"), CompletionCodeScene().scene(scene_id="code"))
    async with run_experiment(config) as running, running.arrive() as ann:
        data = Data(running.data_dir)

        def outcomes_in_table() -> list[str]:
            file = running.data_dir / "participants.csv"
            return [row["outcome"] for row in data.table("participants.csv")] if file.exists() else []

        await ann.until_scene("start")
        await data.until(lambda: outcomes_in_table() == [""])
        await ann.advance()
        await data.until(lambda: outcomes_in_table() == ["completed"])


async def test_without_an_ending_of_its_own_it_is_the_last_scene(run_experiment: Any) -> None:
    """Nobody is left standing because the script has no page for the case; they get no completion code."""
    config = study(AgreeScene().scene(scene_id="consent"), CompletionCodeScene().scene(scene_id="code"))
    async with run_experiment(config) as running, running.arrive() as ann:
        await ann.until_scene("consent")
        await ann.advance(agree="no")
        await ann.until_scene("code")
        await finished(ann, running, "declined")
        assert "code" not in ann.scene["page"]


async def test_a_branch_leads_to_an_ending_with_an_outcome(run_experiment: Any) -> None:
    """An ending on an ordinary way gives its outcome to who gets there."""
    form = StaticScene().scene(scene_id="age").display(scene_body='<input id="adult">', element_ids=["adult"])
    young = ending("young", "screened_out")
    config = study(form, Branch("age.adult", {"no": young}), CompletionCodeScene().scene(scene_id="code"))
    async with run_experiment(config) as running, running.arrive() as ann:
        await ann.until_scene("age")
        await ann.advance(adult="no")
        await ann.until_scene("young")
        await finished(ann, running, "screened_out")


async def test_waiting_in_vain(run_experiment: Any) -> None:
    """Who waited too long comes to the ending for it without the waiting room naming it."""
    config = study(
        StartScene().scene(scene_id="start"),
        duo(max_wait_time=1),
        EndScene().scene(scene_id="end"),
        ending("sorry", "lobby_timeout"),
    )
    async with run_experiment(config) as running, running.arrive() as ann:
        await ann.until_scene("start")
        await ann.advance()
        await ann.until_scene("sorry")
        await finished(ann, running, "lobby_timeout")


@pytest.mark.parametrize("aside", [True, False])
async def test_a_partner_leaves(run_experiment: Any, aside: bool) -> None:
    """With an ending aside for it, a game that broke off leads there; without one the way goes on."""
    after = [StaticScene().scene(scene_id="survey"), EndScene().scene(scene_id="end")]
    config = study(duo(), *after, *([ending("sorry", "partner_left")] if aside else []))
    async with run_experiment(config) as running, running.arrive() as ann:
        async with running.arrive() as bob:
            await ann.until_state("playing")
            await bob.until_state("playing")
        await ann.until_state("over")
        await ann.advance()
        await ann.until_scene("sorry" if aside else "survey")
        if aside:
            await finished(ann, running, "partner_left")


@pytest.mark.parametrize("aside", [True, False])
async def test_whoever_left_and_is_back_too_late(run_experiment: Any, aside: bool) -> None:
    """They read that it was they who were away, and are excluded, if the study has an ending for that."""
    after = [StaticScene().scene(scene_id="survey"), EndScene().scene(scene_id="end")]
    others = [ending("sorry", "partner_left"), ending("out", "excluded")]
    config = study(duo(), *after, *(others if aside else []))
    async with run_experiment(config) as running, running.arrive() as ann:
        bob = running.arrive()
        await bob.connect()
        await ann.until_state("playing")
        await bob.disconnect()
        await ann.until_state("over")
        await bob.connect()
        await bob.until_state("over")
        assert bob.game["text"] == "You were away for too long, so the game ended. Please continue."
        assert ann.game["text"].startswith("Another player left")
        for person, scene_id in ((ann, "sorry"), (bob, "out")):
            await person.advance()
            await person.until_scene(scene_id if aside else "survey")
        if aside:
            await finished(bob, running, "excluded")
        await bob.disconnect()


def test_an_outcome_is_one_of_the_known_ones() -> None:
    """A slip of the pen is reported with the word that was meant."""
    with pytest.raises(ConfigurationError) as caught:
        build([study(ending("end", "complete"))])
    assert "'completed'" in str(caught.value)


async def test_an_ending_waits_until_the_page_has_sent_everything(
    run_experiment: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code comes when the page says that nothing is left; one that never does is not waited for long."""
    config = study(StartScene().scene(scene_id="start"), CompletionCodeScene().scene(scene_id="code"))
    async with run_experiment(config) as running:
        for settles in (True, False):
            if not settles:
                monkeypatch.setattr("mug.core.endings.SETTLE_SECONDS", 0.5)
            async with running.arrive() as ann:
                ann.settles = False
                await ann.until_scene("start")
                await ann.send("settled", {"visit": ann.scene["visit"]})
                await ann.advance()
                await ann.until_scene("code")
                assert "code" not in ann.scene["page"]
                if settles:
                    await ann.send("settled", {"visit": ann.scene["visit"] - 1})
                    await ann.reload()
                    await ann.until_scene("code")
                    assert "code" not in ann.scene["page"]
                    await ann.send("settled", {"visit": ann.scene["visit"]})
                await ann.until(lambda ann=ann: ann.scene["page"].get("code"))
        assert len(await outcomes(running)) == 2
