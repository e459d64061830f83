"""Surveys within experiments: over real sockets, with restarts, and with what comes after them."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from mug_surveys import Choice, Number, Page, Survey, Text, YesNo

import mug
from mug.configurations.configuration_constants import PolicyTypes
from mug.facts import Attendance
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Branch
from mug.testing.envs import Meeting
from mug.testing.participants import HeadlessParticipant
from plugins.mug_surveys.tests.setups import consent, study


def three_pages() -> Survey:
    pages = [Page(*(Text(f"{page}{place}", "?") for place in range(3)), shuffle=True) for page in "abc"]
    return Survey().scene(scene_id="survey").questions(*pages).pages(shuffle=True)


async def send(person: HeadlessParticipant, **answers: Any) -> None:
    """Send the answers of the page that is shown, as a browser does."""
    await person.advance(**answers, **{"$step": person.scene["page"]["step"]})


def asked(person: HeadlessParticipant) -> list[str]:
    return [item["name"] for item in person.scene["page"]["items"]]


async def test_a_restart_in_the_middle_changes_nothing(run_experiment: Any) -> None:
    """After a restart the page, its order and the answers given are what they were."""
    async with run_experiment(study(three_pages())) as running:
        ann = running.arrive()
        await ann.connect()
        await ann.until_scene("survey")
        first = asked(ann)
        await send(ann, **dict.fromkeys(first, "x"))
        await ann.until(lambda: ann.scene["page"]["number"] == 2)
        before = ann.scene["page"]
        await ann.disconnect()
    async with run_experiment(study(three_pages())) as running:
        ann.url = running.arrive().url
        await ann.connect()
        await ann.until_scene("survey")
        assert ann.scene["page"] == before
        second = asked(ann)
        await send(ann, **dict.fromkeys(second, "y"))
        await ann.until(lambda: ann.scene["page"]["number"] == 3)
        third = asked(ann)
        await send(ann, **dict.fromkeys(third, "z"))
        await ann.until_scene("thanks")
        await ann.disconnect()
        (path,) = (running.data_dir / "survey").glob("*.csv")
    with path.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert [row[f"answers.{name}"] for name in (*first, *second, *third)] == [*"xxxyyyzzz"]
    assert row["answers._order"] == str([*first, *second, *third]).replace("'", '"').replace(" ", "")


async def test_what_is_sent_twice_counts_once(run_experiment: Any) -> None:
    """The same submission again, or one of an earlier page, changes nothing and is answered."""
    async with run_experiment(study(three_pages())) as running, running.arrive() as ann:
        await ann.until_scene("survey")
        page = {"visit": ann.scene["visit"], "answers": {"$step": 0} | dict.fromkeys(asked(ann), "x")}
        for _ in range(3):
            assert await ann.send("advance", page) is True
        await ann.until(lambda: ann.scene["page"]["number"] == 2)
        assert await ann.send("advance", page) is True
        assert ann.scene["page"]["number"] == 2
        await send(ann, **dict.fromkeys(asked(ann), "y"))
        await ann.until(lambda: ann.scene["page"]["number"] == 3)


async def test_what_is_far_too_long_changes_nothing(run_experiment: Any) -> None:
    """An answer of 100 kB is not taken; the participant is where they were and can go on."""
    async with run_experiment(study(three_pages())) as running, running.arrive() as ann:
        await ann.until_scene("survey")
        names = asked(ann)
        answers = {"$step": 0} | dict.fromkeys(names, "x" * 100_000)
        assert await ann.send("advance", {"visit": ann.scene["visit"], "answers": answers}) is False
        await send(ann, **dict.fromkeys(names, "x" * 5000))
        await ann.until(lambda: ann.refused.get(names[0]) == "Please write at most 200 characters.")
        await send(ann, **dict.fromkeys(names, "x"))
        await ann.until(lambda: ann.scene["page"]["number"] == 2)


async def test_answers_decide_branches_and_later_surveys(run_experiment: Any) -> None:
    """A branch, and conditions and texts of a later survey, know what was answered."""
    scenes = [
        Survey().scene(scene_id="about").questions(YesNo("plays", "?"), Number("age", "?")),
        Branch(
            on="about.plays",
            cases={True: Survey().scene(scene_id="players").questions(Text("game", "At {about.age}?"))},
            default=Survey().scene(scene_id="others").questions(Text("why", "?")),
        ),
        Survey()
        .scene(scene_id="later")
        .questions(
            Text("x", "You like {game}.", when="{players.game} != null"), Text("y", "?", required=False)
        ),
    ]
    async with (
        run_experiment(study(*scenes)) as running,
        running.arrive() as ann,
        running.arrive() as bob,
    ):
        for person, plays, scene_id in ((ann, True, "players"), (bob, False, "others")):
            await person.until_scene("about")
            await person.advance(plays=plays, age=30)
            await person.until_scene(scene_id)
        assert ann.scene["page"]["shown"] == {"about.age": "30"}
        await ann.advance(game="Go")
        await bob.advance(why="no time")
        for person in (ann, bob):
            await person.until_scene("later")
        assert ann.scene["page"]["shown"] == {"game": "Go"}
        assert asked(ann) == ["x", "y"]
        assert asked(bob) == ["y"]
        await bob.advance()
        await bob.until_scene("thanks")
        await ann.advance()
        await ann.until(lambda: "x" in ann.refused)


class BySide(mug.Matchmaker):
    """Groups those who gave the same answer."""

    needs = frozenset({"side"})

    def propose(self, waiting, size, now):
        for side in ("left", "right"):
            group = [ticket for ticket in waiting if ticket.facts["side"] == side][:size]
            if len(group) == size:
                yield group


async def test_answers_are_facts_for_matchmakers(run_experiment: Any) -> None:
    """A matchmaker that needs an answer gets it, and is satisfied that everybody is asked."""
    survey = Survey().scene(scene_id="about").questions(Choice("side", "?", options=["left", "right"]))
    game = (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=Meeting)
        .policies(policy_mapping={"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Human})
        .gameplay(action_mapping={"ArrowLeft": 1, "ArrowRight": 2}, default_action=0)
        .multiplayer(matchmaker=BySide())
    )
    async with run_experiment(study(survey, game)) as running:
        people = [running.arrive() for _ in range(3)]
        for person, side in zip(people, ("left", "right", "left"), strict=True):
            await person.connect()
            await person.until_scene("about")
            await person.advance(side=side)
            await person.until_scene("game")
        await people[0].until(lambda: people[0].game)
        await people[2].until(lambda: people[2].game)
        assert people[0].game["game"] == people[2].game["game"]
        assert not people[1].game
        for person in people:
            await person.disconnect()


class Keeper:
    """Keeps what it is given while the server runs."""

    attendance: Attendance

    @mug.hookimpl
    @asynccontextmanager
    async def mug_lifespan(self, attendance: Attendance) -> AsyncIterator[None]:
        self.attendance = attendance
        yield


async def test_who_is_taken_out_leaves_what_they_answered(run_experiment: Any) -> None:
    """Somebody who is excluded in the middle of a survey: the pages that they left are in the data."""
    keeper = Keeper()
    pages = [Page(Text("a", "?")), Page(Text("b", "?"))]
    survey = Survey().scene(scene_id="survey").questions(*pages)
    async with run_experiment(study(survey).plugins(keeper)) as running, running.arrive() as ann:
        await ann.until_scene("survey")
        await send(ann, a="told")
        await ann.until(lambda: asked(ann) == ["b"])
        (participant,) = running.server.hosts[0]._state.participants.values()
        assert keeper.attendance.take_out(participant.subject_id, "excluded", "away")
        await ann.until_scene("thanks")
    (path,) = (running.data_dir / "survey").glob("*.csv")
    with path.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["answers.a"], row["answers._order"], row["outcome"]) == ("told", '["a"]', "excluded")


@pytest.mark.parametrize(("agreed", "scene_id"), [(True, "thanks"), (False, "declined")])
async def test_consent_leads_on_or_ends(run_experiment: Any, agreed: bool, scene_id: str) -> None:
    """Agreeing leads on; declining ends the study there, and nothing sent afterwards changes it."""
    async with run_experiment(study(consent())) as running, running.arrive() as ann:
        await ann.until_scene("consent")
        visit = ann.scene["visit"]
        await ann.advance(agreed=agreed, data=agreed)
        await ann.until_scene(scene_id)
        assert bool(ann.scene["page"].get("code")) <= agreed
        await ann.send("advance", {"visit": visit, "answers": {"agreed": True, "data": True}})
        await ann.send("advance", {"visit": ann.scene["visit"], "answers": {"agreed": True, "data": True}})
        await ann.reload()
        await ann.until_scene(scene_id)
