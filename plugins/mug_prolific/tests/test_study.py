"""Whole studies on a real server, recruited by the fake: each ends at its own code, and is written down."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from mug_prolific import Bonus, MTurk, Prolific, Redirect
from mug_prolific.book import Book, Ended
from mug_prolific.calls import ATTEMPTS, NotDone
from mug_prolific.prolific_api import ProlificApi
from mug_prolific.watch import Watch

import mug
from mug.components import Refusal
from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.errors import ConfigurationError
from mug.scenes.gym_scene import GymScene
from mug.scenes.scene import Accepted, Rejected
from mug.scenes.stager import Stager
from mug.scenes.static_scene import CompletionCodeScene, EndScene, StaticScene
from mug.testing.envs import Crashing, Meeting
from mug.testing.participants import HeadlessParticipant, Turned
from plugins.mug_prolific.tests.fake_prolific import TOKEN, FakeProlific

BONUS = Bonus(
    "GBP",
    per_point="0.10",
    per_episode="0.05",
    scenes=["game"],
    flat={"completed": "0.50", "lobby_timeout": "0.25"},
    cap="5.00",
    budget="100",
)


SONA: dict[str, Any] = {
    "parameters": {"pid": "survey_code"},
    "addresses": "https://school.test/credit?code={pid}",
}


class ConsentScene(StaticScene):
    """Ends the study for who says no, or fails the check."""

    def accept(self, answers: Mapping[str, Any]) -> Accepted | Rejected:
        return Accepted({}, ending=str(answers.get("ending", "")))


class Screener:
    """Lets nobody in who is called minor."""

    @mug.hookimpl
    def mug_screen(self, participant: Any) -> Refusal | None:
        return Refusal("A keyboard is needed.") if participant.labels["pid"] == "minor" else None


def game(env: Any = Meeting, **waitroom: Any) -> GymScene:
    return (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=env)
        .policies(policy_mapping={"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Human})
        .rendering(fps=60)
        .gameplay(
            num_episodes=3, action_mapping={"ArrowLeft": 1}, default_action=1, countdown_s=0, max_steps=400
        )
        .multiplayer(on_leave="end", reconnect_window_s=0.2)
        .waitroom(**waitroom)
    )


def study(recruiter: Any, *others: Any, **waitroom: Any) -> ExperimentConfig:
    scenes = [
        ConsentScene().scene(scene_id="consent"),
        game(**waitroom),
        CompletionCodeScene().scene(scene_id="code"),
        EndScene().scene(scene_id="sorry").ending(outcome="partner_left"),
        EndScene().scene(scene_id="broken").ending(outcome="technical_fault"),
    ]
    config = ExperimentConfig().experiment(stager=Stager(scenes=scenes), experiment_id="study", seed=5)
    return config.plugins(recruiter, *others)


async def ended(who: HeadlessParticipant) -> dict[str, Any]:
    await who.until(lambda: who.scene.get("page", {}).get("redirect"))
    page: dict[str, Any] = who.scene["page"]
    return page


async def play(running: Any, *links: dict[str, str], state: str = "over") -> list[dict[str, Any]]:
    """Let two people go through the whole study; return what they see in the end."""
    people = [running.arrive(link) for link in links]
    for person in people:
        await person.connect()
        await person.until_scene("consent")
        await person.advance()
    for person in people:
        await person.until_state(state)
        await person.advance()
    pages = [await ended(person) for person in people]
    for person in people:
        await person.disconnect()
    return pages


async def test_everybody_gets_the_code_for_their_ending(run_experiment: Any, service: FakeProlific) -> None:
    """Completed, declined, failed, waited in vain: each with the code of it, the way back, and the bonus."""
    recruiter = Prolific(api=service.api, bonus=BONUS)
    prolific_study = service.study()
    async with run_experiment(study(recruiter, max_wait_time=3)) as running:
        links = [service.starts(prolific_study, f"person{number}") for number in range(5)]
        for link, outcome in zip(links[:2], ("declined", "failed_check"), strict=True):
            async with running.arrive(link) as person:
                await person.until_scene("consent")
                await person.advance(ending=outcome)
                page = await ended(person)
                assert page["code"] == recruiter.codes(Study(running.data_dir))[outcome]
                assert "text" not in page
        for page in await play(running, links[2], links[3]):
            code = recruiter.codes(Study(running.data_dir))["completed"]
            assert page["redirect"]["url"] == f"https://app.prolific.com/submissions/complete?cc={code}"
            assert page["text"].startswith("Your bonus is £")
            assert "3 rounds £0.15" in page["text"]
        async with running.arrive(links[4]) as late:
            await late.until_scene("consent")
            await late.advance()
            page = await ended(late)
            assert page["code"] == recruiter.codes(Study(running.data_dir))["lobby_timeout"]
            assert page["text"].startswith("Your bonus is £0.25")
        accounts = Book(running.data_dir).accounts()
        assert [one.outcome for one in accounts.ended.values()] == [
            *("declined", "failed_check", "completed", "completed", "lobby_timeout"),
        ]
        assert {one.person for one in accounts.ended.values()} == {f"person{number}" for number in range(5)}
        assert not {one.subject_id for one in accounts.ended.values()} & {
            link["PROLIFIC_PID"] for link in links
        }
        codes = {one.code for one in accounts.ended.values()}
        assert len(codes) == 4
        assert [str(owed.amount) for owed in accounts.due][-1] == "0.25"


async def test_the_bonus_is_what_was_played(run_experiment: Any, service: FakeProlific) -> None:
    """It comes from the rewards that the server stored, whatever a page says."""
    prolific_study = service.study()
    async with run_experiment(study(Prolific(api=service.api, bonus=BONUS))) as running:
        links = [service.starts(prolific_study, name) for name in ("ann", "bob")]
        await play(running, *links)
        accounts = Book(running.data_dir).accounts()
        rewards = (running.data_dir / "journal" / "events.jsonl").read_text()
        (ended_game,) = [line for line in rewards.splitlines() if '"game_ended"' in line]
        event = json.loads(ended_game)
        assert event["episodes"] == 3
        points = event["rewards"]["player_0"]
        wanted = Decimal("0.10") * int(points) + Decimal("0.65")
        assert {owed.amount for owed in accounts.due} == {min(wanted, Decimal("5.00"))}


async def test_a_partner_who_leaves(run_experiment: Any, service: FakeProlific) -> None:
    """Who is left has a code of their own, and is paid for what was played."""
    recruiter = Prolific(api=service.api, bonus=BONUS)
    prolific_study = service.study()
    link = service.starts(prolific_study, "ann")
    async with run_experiment(study(recruiter)) as running, running.arrive(link) as ann:
        async with running.arrive(service.starts(prolific_study, "bob")) as bob:
            for person in (ann, bob):
                await person.until_scene("consent")
                await person.advance()
            await ann.until_state("playing")
        await ann.until_state("over")
        await ann.advance()
        page = await ended(ann)
        assert page["code"] == recruiter.codes(Study(running.data_dir))["partner_left"]


async def test_a_game_that_breaks(run_experiment: Any, service: FakeProlific) -> None:
    """It is not the participants' fault: they have a code of their own."""
    recruiter = Prolific(api=service.api, bonus=BONUS)
    prolific_study = service.study()
    links = [service.starts(prolific_study, name) for name in ("ann", "bob")]
    async with run_experiment(study(recruiter, env=Crashing)) as running:
        pages = await play(running, *links, state="failed")
        code = recruiter.codes(Study(running.data_dir))["technical_fault"]
        assert [page["code"] for page in pages] == [code, code]


async def test_who_is_screened_out(run_experiment: Any, service: FakeProlific) -> None:
    """They read why and have the code for that, are no participant, and are owed nothing; that is noted."""
    recruiter = Prolific(api=service.api, bonus=BONUS)
    link = service.starts(service.study(), "minor")
    async with run_experiment(study(recruiter, Screener())) as running:
        wishes = {"query": link, "begun": True, "page": "a" * 32}
        url = f"{running.url}/-/session"
        async with aiohttp.ClientSession() as http, http.post(url, json=wishes) as answer:
            refusal = await answer.json()
        code = recruiter.codes(Study(running.data_dir))["screened_out"]
        assert (answer.status, refusal["text"], refusal["code"]) == (403, "A keyboard is needed.", code)
        assert refusal["redirect"].endswith(f"?cc={code}")
        accounts = Book(running.data_dir).accounts()
        (noted,) = accounts.ended.values()
        assert (noted.person, noted.subject_id, noted.outcome) == ("minor", "", "screened_out")
        assert not accounts.owed
        assert "participant_arrived" not in (running.data_dir / "journal" / "events.jsonl").read_text()


async def test_signed_links_lead_back_in_any_browser(run_experiment: Any, service: FakeProlific) -> None:
    """With a token people go on elsewhere, also after a restart; without, or with another's, nobody does."""
    ids = service.starts(service.study(), "ann")
    other = service.starts(service.study(), "bob")
    recruiter = Prolific(api=service.api, secured_for="study.test")
    link = {"prolific_token": service.signed(ids)}
    async with run_experiment(study(recruiter)) as running:
        async with running.arrive(link) as ann:
            await ann.until_scene("consent")
        async with running.arrive({"prolific_token": service.signed(ids)}) as again:
            await again.until_scene("consent")
            assert again.token == ann.token
        for bad in (ids, {"prolific_token": service.signed(other)} | ids, {"prolific_token": "x.y.z"}):
            with pytest.raises(Turned, match="go back to Prolific"):
                await running.arrive(bad).connect()
        service.goes_wrong("broken", "jwks", times=100)
    async with run_experiment(study(Prolific(api=service.api, secured_for="study.test"))) as running:
        with pytest.raises(Turned, match="try again in a moment"):
            await running.arrive(link).connect()
        url, wishes = f"{running.url}/-/session", {"query": link, "begun": True, "page": "a" * 32}
        async with aiohttp.ClientSession() as http, http.post(url, json=wishes) as answer:
            assert answer.status == 503, "the page has to ask again by itself"
        service.faults.clear()
        async with running.arrive({"prolific_token": service.signed(ids)}) as ann:
            await ann.until_scene("consent")
        journal = (running.data_dir / "journal" / "events.jsonl").read_text()
        assert journal.count('"participant_arrived"') == 1


async def test_nobody_comes_from_nowhere(run_experiment: Any, service: FakeProlific) -> None:
    """Without Prolific's parameters, or with made-up labels, people are sent back."""
    async with run_experiment(study(Prolific(api=service.api))) as running:
        for link in ({}, {"recruiter": "prolific", "pid": "ann"}, {"PROLIFIC_PID": "ann"}):
            with pytest.raises(Turned, match="go back to Prolific"):
                await running.arrive(link).connect()


async def test_a_book_that_cannot_be_written_gives_no_code(
    run_experiment: Any, service: FakeProlific, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code is shown when everything is on the disk, and not before; the page says that it tries again."""
    prolific_study = service.study()
    async with run_experiment(study(Prolific(api=service.api))) as running:
        with monkeypatch.context() as broken:
            broken.setattr(Book, "_write", _full)
            async with running.arrive(service.starts(prolific_study, "ann")) as ann:
                await ann.until_scene("consent")
                await ann.advance(ending="declined")
                await ann.until_scene("code")
                await ann.until(lambda: ann.notices)
                assert "code" not in ann.scene["page"]
                broken.undo()
                page = await ended(ann)
                assert page["code"]
        assert len(Book(running.data_dir).accounts().ended) == 1


def _full(self: Book, entries: Any) -> Any:
    raise OSError(28, "No space left on device")


class Study:
    """As much of an experiment as a recruiter wants."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.games: dict[str, object] = {}


# ------------------------------------------------------------------------------------------ watching


async def test_the_server_approves_and_survives_bad_days(
    run_experiment: Any, service: FakeProlific, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A signed webhook makes it look; a forged or old one does not, and a repeated one only once."""
    caplog.set_level("INFO")
    recruiter = Prolific(api=service.api, approve=True, check_every=1440)
    prolific_study = service.study()
    async with run_experiment(study(recruiter)) as running:
        links = [service.starts(prolific_study, name) for name in ("ann", "bob")]
        pages = await play(running, *links)
        for link, page in zip(links, pages, strict=True):
            service.submits(link["SESSION_ID"], page["code"])
        body = {"event_type": "submission.status.change", "resource_id": links[0]["SESSION_ID"]}
        good = service.hook(body)
        forged = (good[0] + b" ", good[1])
        old = service.hook(body, at=1)
        assert [await sent(running, *hook) for hook in (forged, old)] == [401, 401]
        assert await sent(running, b"", {}) == 401
        asked = len(service.asked)
        assert service.submissions[links[0]["SESSION_ID"]]["status"] == "AWAITING REVIEW"
        assert [await sent(running, *good) for _ in range(3)] == [200, 200, 200]
        await service.until(lambda: {one["status"] for one in service.submissions.values()} == {"APPROVED"})
        transitions = [path for method, path in service.asked[asked:] if "transition" in path]
        assert len(transitions) == 2
        async with aiohttp.ClientSession() as http, http.get(f"{running.url}/-/health") as health:
            figures = (await health.json())["prolific"]
        assert TOKEN not in str(figures)
    for secret in (TOKEN, service.webhook_secret, links[0]["SESSION_ID"]):
        assert secret not in caplog.text


async def sent(running: Any, data: bytes, headers: dict[str, str]) -> int:
    url = f"{running.url}/-/prolific/webhook"
    async with aiohttp.ClientSession() as http, http.post(url, data=data, headers=headers) as answer:
        return answer.status


@pytest.fixture(autouse=True)
def webhook_secret(service: FakeProlific, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROLIFIC_WEBHOOK_SECRET", service.webhook_secret)


async def test_without_a_secret_there_are_no_webhooks(
    run_experiment: Any, service: FakeProlific, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty secret would be known to everybody."""
    monkeypatch.delenv("PROLIFIC_WEBHOOK_SECRET")
    service.webhook_secret = ""
    async with run_experiment(study(Prolific(api=service.api))) as running:
        assert await sent(running, *service.hook({})) == 404


async def test_watching_goes_on_after_failures(
    service: FakeProlific, tmp_path: Path, token: str, pause: Any
) -> None:
    """While Prolific is down the study goes on; afterwards nothing has been missed."""
    watch = Watch(service.api, approve=True, seconds=0.01, pause=pause)
    session = service.starts(service.study(), "ann")["SESSION_ID"]
    study_id = service.submissions[session]["study_id"]
    Book(tmp_path).ended(Ended(f"prolific {session}", "ann", study_id, "s1", "completed", "DONE"), None)
    service.submits(session, "DONE")
    service.goes_wrong("broken", "submissions", times=3 * ATTEMPTS)
    async with watch.running(Study(tmp_path)):
        await service.until(lambda: service.submissions[session]["status"] == "APPROVED")
        asked = len(service.asked)
        await service.until(lambda: len(service.asked) > asked + 1)
    assert watch.figures() == {"submissions": {"APPROVED": 1}, "to_decide": 0}


async def test_many_webhooks_are_few_looks(service: FakeProlific, tmp_path: Path, token: str) -> None:
    """However much news there is, Prolific is asked now and then, and once more after the last of it."""
    rested, resting = asyncio.Event(), asyncio.Event()

    async def pause(seconds: float) -> None:
        resting.set()
        await rested.wait()

    watch = Watch(service.api, approve=False, seconds=1000, pause=pause)
    Book(tmp_path).ended(Ended("prolific x", "ann", service.study(), "s1", "completed", "DONE"), None)
    async with watch.running(Study(tmp_path)):
        watch.news()
        await resting.wait()
        for _ in range(50):
            watch.news()
            await asyncio.sleep(0)
        assert len(service.asked) == 1
        rested.set()
        await service.until(lambda: len(service.asked) == 2)


async def test_a_token_that_is_wrong_harms_nobody(service: FakeProlific, tmp_path: Path, pause: Any) -> None:
    """The error names what is wrong, and not the token."""
    async with ProlificApi(service.api, "wrong", pause) as api:
        with pytest.raises(NotDone, match="401"):
            await api.submission("x")


async def test_an_address_of_the_script_would_lead_past_the_recruiter(
    run_experiment: Any, service: FakeProlific
) -> None:
    """It is a mistake of the script: those people would have no code, and be owed nothing."""
    config = study(Prolific(api=service.api), timeout_redirect_url="https://back.test/")
    with pytest.raises(ConfigurationError, match="without Prolific being told"):
        async with run_experiment(config):
            pass


async def test_two_services_at_once(run_experiment: Any, service: FakeProlific) -> None:
    """People come from either, each goes back where they came from, and nobody by both is mixed up."""
    config = study(Prolific(api=service.api, bonus=BONUS), MTurk(), Redirect(**SONA))
    turk = {"workerId": "A1", "hitId": "H1", "assignmentId": "X1"}
    links = [service.starts(service.study(), "A1"), turk, {"survey_code": "A1"}]
    async with run_experiment(config) as running:
        seen = []
        for link in links:
            async with running.arrive(link) as person:
                await person.until_scene("consent")
                await person.advance(ending="declined")
                await person.until(lambda person=person: person.scene["page"].keys() & {"redirect", "text"})
                seen.append(person.scene["page"])
        with pytest.raises(Turned, match="open the study from there"):
            await running.arrive({"who": "A1"}).connect()
        accounts = Book(running.data_dir).accounts()
    assert "prolific.com" in seen[0]["redirect"]["url"]
    assert "Mechanical Turk" in seen[1]["text"]
    assert seen[2]["redirect"]["url"] == "https://school.test/credit?code=A1"
    assert [entry.split()[0] for entry in accounts.ended] == ["prolific", "mturk", "redirect"]
    assert [len(accounts.of(name).ended) for name in ("prolific", "mturk", "redirect")] == [1, 1, 1]
