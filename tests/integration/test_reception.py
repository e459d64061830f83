"""Who is let in when a recruitment service names people: nobody by accident, and nobody twice."""

from __future__ import annotations

from typing import Any

import aiohttp
import attrs
import pytest

import mug
from mug.components import Completion, Identity, Refusal
from mug.configurations.experiment_config import ExperimentConfig
from mug.core.reception import AGAIN, ELSEWHERE
from mug.scenes.stager import Stager
from mug.scenes.static_scene import CompletionCodeScene, StartScene
from mug.testing.participants import Turned
from tests.browser.data import Data


@attrs.define(eq=False)
class Panel:
    """A recruitment service that names people by ``?id=…&visit=…``, some of them provably."""

    asked: list[str] = attrs.field(factory=list)

    @mug.hookimpl
    async def mug_identify(self, request: Any) -> Identity | Refusal | None:
        name = request.args.get("id", "")
        self.asked.append(name)
        if name == "preview":
            return Refusal("This is what the study is like.", heading="Preview")
        if not name:
            return None
        labels = {"id": name, "visit": request.args.get("visit", "1")}
        return Identity(
            labels, person=f"panel {name}", entry=labels["visit"], proven=name.startswith("proven")
        )

    @mug.hookimpl
    def mug_screen(self, participant: Any) -> Refusal | None:
        return Refusal("A keyboard is needed.") if participant.labels.get("id") == "minor" else None

    @mug.hookimpl
    def mug_complete(self, participant: Any, outcome: str) -> Completion:
        name = participant.labels.get("id", "")
        return Completion(f"{outcome} {name}", f"https://panel.test/{outcome}", "You earned 1.20.")


def study(panel: Panel) -> ExperimentConfig:
    scenes = [StartScene().scene(scene_id="start"), CompletionCodeScene().scene(scene_id="code")]
    config = ExperimentConfig().experiment(stager=Stager(scenes=scenes), experiment_id="study")
    return config.experiment(title="A study").plugins(panel)


async def ask(running: Any, **wishes: Any) -> tuple[int, dict[str, Any]]:
    """Do what a page does when it comes up, once."""
    token = wishes.pop("token", None)
    headers = {"X-Mug-Token": token} if token else {}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{running.url}/-/session", json={"embedded": True} | wishes, headers=headers) as answer,
    ):
        return answer.status, await answer.json()


def arrivals(running: Any) -> int:
    return len(Data(running.data_dir).events("participant_arrived"))


async def test_nobody_is_a_participant_before_the_click(run_experiment: Any) -> None:
    """Programs that open links, however often and with whatever parameters, leave nothing behind."""
    panel = Panel()
    async with run_experiment(study(panel)) as running:
        async with aiohttp.ClientSession() as http:
            for method in ("GET", "HEAD"):
                async with http.request(method, f"{running.url}/?id=ann") as answer:
                    assert answer.status == 200
                    assert answer.headers["Referrer-Policy"] == "no-referrer"
        for _ in range(3):
            status, answer = await ask(running, query={"id": "ann"}, page="a" * 32)
            assert (status, answer) == (200, {"invitation": {"title": "A study"}})
        status, answer = await ask(running, query={"id": "preview"}, begun=True)
        assert (status, answer["heading"]) == (403, "Preview")
        assert arrivals(running) == 0
        assert not (running.data_dir / "journal" / "identities.jsonl").exists()
        status, answer = await ask(running, query={"id": "ann"}, page="a" * 32, begun=True)
        assert status == 200
        assert arrivals(running) == 1


async def test_an_answer_that_was_lost_makes_no_second_participant(run_experiment: Any) -> None:
    """A page that asks again is the same participant, also after a restart; another page is not."""
    panel = Panel()
    wishes = {"query": {"id": "ann"}, "page": "b" * 32, "begun": True}
    async with run_experiment(study(panel)) as running:
        first = await ask(running, **wishes)
        again = await ask(running, **wishes)
        assert first[1]["token"] == again[1]["token"]
    async with run_experiment(study(panel)) as running:
        later = await ask(running, **wishes)
        assert later[1]["token"] == first[1]["token"]
        assert arrivals(running) == 1
        for page in ("c" * 32, "", "b"):
            status, answer = await ask(running, **wishes | {"page": page})
            assert (status, answer["text"]) == (403, ELSEWHERE.text)


async def test_without_a_service_a_page_is_recognized_too(run_experiment: Any) -> None:
    """Where nobody identifies anybody, the first request makes a participant, and only one."""
    scenes = [StartScene().scene(scene_id="start"), CompletionCodeScene().scene(scene_id="code")]
    config = ExperimentConfig().experiment(stager=Stager(scenes=scenes), experiment_id="study")
    async with run_experiment(config) as running:
        answers = [await ask(running, query={"id": "ann"}, page="d" * 32) for _ in range(2)]
        assert len({answer["token"] for _, answer in answers}) == 1
        assert arrivals(running) == 1


async def test_who_comes_back_goes_on(run_experiment: Any) -> None:
    """By the same link in the same browser, and in any browser when the request proves who it is."""
    async with run_experiment(study(Panel())) as running:
        for name in ("ann", "proven bob"):
            async with running.arrive({"id": name}) as person:
                await person.until_scene("start")
                query = {"id": name}
                assert (await ask(running, query=query, token=person.token))[1]["token"] == person.token
                status, answer = await ask(running, query=query)
                assert (status == 200) == (name == "proven bob")
                assert answer.get("token") == (person.token if status == 200 else None)
        assert arrivals(running) == 2


async def test_to_know_a_name_is_no_credential(run_experiment: Any) -> None:
    """Somebody else with the parameters of a participant neither sees nor does anything of theirs."""
    async with run_experiment(study(Panel())) as running, running.arrive({"id": "ann"}) as ann:
        await ann.until_scene("start")
        with pytest.raises(Turned, match="another browser"):
            await running.arrive({"id": "ann"}).connect()
        with pytest.raises(Turned, match="another browser"):
            await running.arrive({"id": "ann", "visit": "2"}).connect()
        await ann.advance()
        await ann.until_scene("code")
        assert not ann.superseded


async def test_a_second_participation_is_refused(run_experiment: Any) -> None:
    """After the end the same link shows the end again, another one of the same person nothing."""
    async with run_experiment(study(Panel())) as running, running.arrive({"id": "proven ann"}) as ann:
        await ann.until_scene("start")
        await ann.advance()
        await ann.until(lambda: ann.scene.get("page", {}).get("code"))
        assert ann.scene["page"]["text"] == "You earned 1.20."
        async with running.arrive({"id": "proven ann"}) as same:
            await same.until(lambda: same.scene.get("page", {}).get("code") == "completed proven ann")
        status, answer = await ask(running, query={"id": "proven ann", "visit": "2"}, begun=True)
        assert (status, answer["text"], answer["code"]) == (403, AGAIN.text, None)
        assert arrivals(running) == 1


async def test_a_new_invitation_before_the_end_counts(run_experiment: Any) -> None:
    """Who gave a place back and took one again goes on, and is known by the new one from then on."""
    panel = Panel()
    async with run_experiment(study(panel)) as running, running.arrive({"id": "proven ann"}) as ann:
        await ann.until_scene("start")
        status, _ = await ask(running, query={"id": "proven ann", "visit": "2"})
        assert status == 200
        data = Data(running.data_dir)
        assert [event["kind"] for event in data.events("reentered")] == ["reentered"]
        (row,) = await data.eventually("identities.csv", rows=1)
        await data.until(lambda: data.table("identities.csv")[0]["labels.visit"] == "2")
        assert row["labels.id"] == "proven ann"


async def test_two_people_share_a_browser(run_experiment: Any) -> None:
    """The next person at a laboratory's computer is a participant of their own."""
    async with (
        run_experiment(study(Panel())) as running,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http,
    ):

        async def come(name: str, page: str) -> Any:
            wishes = {"query": {"id": name}, "page": page, "begun": True}
            async with http.post(f"{running.url}/-/session", json=wishes) as answer:
                return await answer.json()

        first = await come("ann", "e" * 32)
        assert first["token"] is None
        second = await come("bob", "e" * 32)
        assert second["token"] is not None
        assert arrivals(running) == 2
        await come("bob", "f" * 32)
        assert arrivals(running) == 2


async def test_who_is_screened_out_gets_the_code_for_it(run_experiment: Any) -> None:
    """They read why, and their service learns what it needs; they are no participant."""
    async with run_experiment(study(Panel())) as running:
        query = {"id": "minor"}
        assert (await ask(running, query=query))[0] == 200
        status, answer = await ask(running, query=query, begun=True)
        assert status == 403
        assert answer["text"] == "A keyboard is needed. You earned 1.20."
        assert (answer["code"], answer["redirect"]) == (
            "screened_out minor",
            "https://panel.test/screened_out",
        )
        assert arrivals(running) == 0


async def test_names_stand_in_no_data(run_experiment: Any) -> None:
    """What a service calls people is in the files that are only about that, and nowhere else."""
    name = "proven 5f3c0ffee"
    async with run_experiment(study(Panel())) as running, running.arrive({"id": name}) as ann:
        await ann.until_scene("start")
        await ann.advance()
        await ann.until_scene("code")
        await Data(running.data_dir).eventually("identities.csv", rows=1)
        await Data(running.data_dir).until(lambda: (running.data_dir / "participants.csv").exists())
    told = {path.name for path in running.data_dir.rglob("*") if path.is_file() and name in _text(path)}
    # The code of this test's own plugin names people; so do the files with codes.
    assert told - {"participants.csv", "events.jsonl"} == {"identities.csv", "identities.jsonl"}
    arrived, entered, *_ = (running.data_dir / "journal" / "events.jsonl").read_text().splitlines()[1:]
    assert name not in arrived + entered


def _text(path: Any) -> str:
    return path.read_bytes().decode("utf-8", "replace")
