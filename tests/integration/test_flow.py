"""The way through the scenes is the server's: real sockets, no browser, no game."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from mug.configurations.experiment_config import ExperimentConfig
from mug.core.web.pages import CROWDED
from mug.scenes.scene import Accepted, Continued, Kept, Rejected, Visitor
from mug.scenes.stager import RandomizeOrder, Stager
from mug.scenes.static_scene import CompletionCodeScene, EndScene, StartScene, StaticScene
from mug.testing.participants import HeadlessParticipant, Turned

FORM = '<input id="age" required><input id="note">'


def page(scene_id: str, kind: type[StaticScene] = StaticScene, **display: Any) -> StaticScene:
    return kind().scene(scene_id=scene_id).display(scene_header=scene_id, **display)


def experiment(*scenes: Any, seed: int = 7, **hosting: Any) -> ExperimentConfig:
    config = ExperimentConfig().experiment(
        stager=Stager(scenes=list(scenes)), experiment_id="study", seed=seed
    )
    return config.hosting(**hosting) if hosting else config


def questionnaire() -> ExperimentConfig:
    return experiment(
        page("welcome", StartScene),
        page("form", scene_body=FORM, element_ids=["age", "note"]),
        page("code", CompletionCodeScene),
    )


async def test_a_participant_goes_from_start_to_end(run_experiment: Any) -> None:
    """Scenes come in order, answers are checked by the server, and the end shows a code that stays."""
    async with run_experiment(questionnaire()) as running, running.arrive() as ann:
        await ann.until_scene("welcome")
        assert ann.scene["progress"] == [0, 3]
        await ann.advance()
        await ann.until_scene("form")
        await ann.advance(note="no age")
        await ann.until(lambda: "age" in ann.refused)
        await ann.advance(age="33", note="")
        await ann.until(lambda: ann.scene.get("page", {}).get("code"))
        code = ann.scene["page"]["code"]
        await ann.reload()
        await ann.until(lambda: ann.scene.get("page", {}).get("code") == code)


async def test_typed_answers_survive_a_reload(run_experiment: Any) -> None:
    """What was typed and not sent is there again."""
    async with run_experiment(questionnaire()) as running, running.arrive() as ann:
        await ann.until_scene("welcome")
        await ann.advance()
        await ann.until_scene("form")
        await ann.type(age="33", note="half a sent")
        await ann.reload()
        await ann.until_scene("form")
        assert ann.scene["answers"] == {"age": "33", "note": "half a sent"}


class Steps(StaticScene):
    """Asks for two things one after the other, and shows by whom it is seen and what it has."""

    def page_for(self, visitor: Visitor) -> dict[str, Any]:
        return {"seed": visitor.seed, "has": dict(visitor.kept.answers), "name": visitor.facts.get("name")}

    def accept_from(self, visitor: Visitor, answers: Mapping[str, Any]) -> Accepted | Rejected | Continued:
        has = visitor.kept.answers | dict(answers)
        if "wrong" in answers:
            tries = visitor.kept.notes.get("tries", 0) + 1
            return Rejected({"": f"Try {tries}."}, Kept(visitor.kept.answers, {"tries": tries}))
        return Accepted(has) if len(has) > 1 else Continued(Kept(has, visitor.kept.notes))


async def test_a_scene_can_go_on_step_by_step(run_experiment: Any) -> None:
    """What a scene keeps of somebody is shown to it again, after a reload, a refusal and a restart too."""

    def study() -> ExperimentConfig:
        form = page("form", scene_body='<input id="name">', element_ids=["name"])
        return experiment(form, page("steps", Steps), page("end", EndScene))

    async with run_experiment(study()) as running:
        ann = running.arrive()
        await ann.connect()
        await ann.until_scene("form")
        await ann.advance(name="Ann")
        await ann.until_scene("steps")
        seed = ann.scene["page"]["seed"]
        assert (ann.scene["page"]["has"], ann.scene["page"]["name"]) == ({}, "Ann")
        await ann.advance(wrong=1)
        await ann.until(lambda: ann.refused == {"": "Try 1."})
        await ann.advance(one=1)
        await ann.until(lambda: ann.scene["page"]["has"] == {"one": 1})
        await ann.disconnect()
    async with run_experiment(study()) as running:
        ann.url = running.arrive().url
        await ann.connect()
        await ann.until_scene("steps")
        assert ann.scene["page"] | {"has": {"one": 1}, "seed": seed} == ann.scene["page"]
        await ann.advance(wrong=1)
        await ann.until(lambda: ann.refused == {"": "Try 2."})
        await ann.advance(two=2)
        await ann.until_scene("end")
        await ann.disconnect()


async def test_a_restart_changes_nothing(run_experiment: Any) -> None:
    """After a restart of the server everybody is where they were, in the order that was drawn for them."""

    def shuffled() -> ExperimentConfig:
        middle = RandomizeOrder([page(f"page{n}") for n in range(6)])
        return experiment(page("welcome", StartScene), middle, page("end", EndScene))

    seen: dict[str, list[str]] = {}
    people: dict[str, HeadlessParticipant] = {}
    async with run_experiment(shuffled()) as running:
        for name in ("ann", "bob", "cem"):
            people[name] = running.arrive()
            await people[name].connect()
            await people[name].until_scene("welcome")
            seen[name] = []
            for _ in range(3):
                visit = people[name].scene["visit"]
                await people[name].advance()
                await people[name].until(lambda who=people[name], visit=visit: who.scene["visit"] > visit)
                seen[name].append(people[name].scene["scene_id"])
            await people[name].disconnect()
    async with run_experiment(shuffled()) as running:
        for name, who in people.items():
            who.url = running.url
            await who.reload()
            await who.until_scene(seen[name][-1])
            for _ in range(4):
                visit = who.scene["visit"]
                await who.advance()
                await who.until(lambda who=who, visit=visit: who.scene["visit"] > visit)
                seen[name].append(who.scene["scene_id"])
            await who.disconnect()
    for order in seen.values():
        assert sorted(order) == ["end", *(f"page{n}" for n in range(6))]
        assert order[-1] == "end"


async def test_no_message_skips_a_scene(run_experiment: Any) -> None:
    """Repeated, replayed, early and made-up messages move nobody."""
    async with run_experiment(questionnaire()) as running, running.arrive() as ann:
        await ann.until_scene("welcome")
        for _ in range(5):
            await ann.send("advance", {"visit": ann.scene["visit"], "answers": {}})
        await ann.until_scene("form")
        for visit in (0, 1, 3, 99, -1, "2", None):
            await ann.send("advance", {"visit": visit, "answers": {"age": "1"}})
        for event in ("complete", "goto", "scene", "", "__proto__", "disconnect "):
            await ann.send(event, {"scene_id": "code"})
        for data in (None, [], "x", 7, {"visit": {}}, {"answers": {"age": "1"}}, {"visit": 2, "answers": []}):
            await ann.send("advance", data)
        await ann.type(age="still here")
        await ann.reload()
        await ann.until_scene("form")
        assert ann.scene["answers"] == {"age": "still here"}


async def test_the_newest_tab_takes_over(run_experiment: Any) -> None:
    """A second tab goes on, the first says so and can do nothing any more."""
    async with run_experiment(questionnaire()) as running, running.arrive() as first:
        await first.until_scene("welcome")
        second = running.arrive()
        second.token = first.token
        async with second:
            await second.until_scene("welcome")
            await first.until(lambda: first.superseded)
            await second.advance()
            await second.until_scene("form")
            assert first.scene["scene_id"] == "welcome"


async def test_a_made_up_token_is_a_new_participant(run_experiment: Any) -> None:
    """Nobody becomes somebody else by guessing or changing a token."""
    async with run_experiment(questionnaire()) as running, running.arrive() as ann:
        await ann.until_scene("welcome")
        await ann.advance()
        await ann.until_scene("form")
        assert ann.token is not None
        # Not the last letter: base64 does not use all of its bits.
        changed = ann.token[:-9] + ("A" if ann.token[-9] != "A" else "B") + ann.token[-8:]
        for token in (changed, ann.token.split(".")[0], "x" * 500, "a.b", "."):
            thief = running.arrive()
            thief.token = token
            async with thief:
                await thief.until_scene("welcome")
                assert thief.token != ann.token


async def test_sockets_need_a_ticket_of_their_own(run_experiment: Any) -> None:
    """A ticket works once; none, a used one and a foreign origin are refused."""
    import socketio

    async with run_experiment(questionnaire()) as running, aiohttp.ClientSession() as http:
        async with http.post(f"{running.url}/-/session", json={}) as answer:
            ticket = (await answer.json(content_type=None))["ticket"]

        async def connect(auth: Any, **headers: str) -> socketio.AsyncClient:
            client = socketio.AsyncClient(reconnection=False)
            await client.connect(
                running.url, auth=auth, socketio_path="-/socket.io", headers=headers, transports=["websocket"]
            )
            return client

        for auth in (None, {}, {"ticket": "x", "protocol": 1}, {"ticket": ticket, "protocol": 999}, [ticket]):
            with pytest.raises(socketio.exceptions.ConnectionError):
                await connect(auth)
        with pytest.raises(socketio.exceptions.ConnectionError):
            await connect({"ticket": ticket, "protocol": 1}, Origin="https://elsewhere.example")
        client = await connect({"ticket": ticket, "protocol": 1})
        with pytest.raises(socketio.exceptions.ConnectionError):
            await connect({"ticket": ticket, "protocol": 1})
        await client.disconnect()


async def test_a_full_study_says_so(run_experiment: Any) -> None:
    """Beyond max_participants newcomers read a sentence; who is in can come back."""
    config = experiment(page("welcome", StartScene), page("end", EndScene), max_participants=1)
    async with run_experiment(config) as running, running.arrive() as ann:
        await ann.until_scene("welcome")
        with pytest.raises(Turned, match="no free places"):
            await running.arrive().connect()
        await ann.reload()
        await ann.until_scene("welcome")


@pytest.mark.parametrize("behind_proxy", [True, False])
async def test_a_proxy_is_believed_only_when_there_is_one(run_experiment: Any, behind_proxy: bool) -> None:
    """Behind a proxy the cookie is secure and the outer host is the own origin; else such headers are air."""
    config = experiment(page("welcome", StartScene), page("end", EndScene), behind_proxy=behind_proxy)
    forwarded = {
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "study.example.org",
        "Origin": "https://study.example.org",
    }
    async with run_experiment(config) as running, aiohttp.ClientSession() as http:
        answer = await http.post(f"{running.url}/-/session", json={}, headers=forwarded)
        assert (answer.status == 200) == behind_proxy
        assert ("Secure" in answer.headers.get("Set-Cookie", "")) == behind_proxy


async def test_a_flood_of_newcomers_is_slowed_down(
    run_experiment: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One address cannot make up participants without end; whoever is one, and other addresses, come in."""
    monkeypatch.setattr("mug.core.web.pages.NEWCOMERS_PER_SECOND", 0.001)
    monkeypatch.setattr("mug.core.web.pages.NEWCOMER_BURST", 2.0)
    config = experiment(page("welcome", StartScene), page("end", EndScene), behind_proxy=True)
    async with run_experiment(config) as running, aiohttp.ClientSession() as http:

        async def arrive(address: str, **headers: str) -> tuple[int, dict[str, Any]]:
            headers |= {"X-Forwarded-For": address}
            wishes = {"embedded": True}
            async with http.post(f"{running.url}/-/session", json=wishes, headers=headers) as answer:
                return answer.status, await answer.json()

        status, session = await arrive("192.0.2.1")
        assert status == 200
        assert (await arrive("192.0.2.1"))[0] == 200
        assert await arrive("192.0.2.1") == (503, {"text": CROWDED})
        assert (await arrive("192.0.2.1", **{"X-Mug-Token": session["token"]}))[0] == 200
        assert (await arrive("192.0.2.2"))[0] == 200


async def test_half_a_request_is_not_waited_for(run_experiment: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that does not arrive ends its request, with a plain sentence."""
    monkeypatch.setattr("mug.core.web.pages.BODY_SECONDS", 0.05)
    async with run_experiment(questionnaire()) as running:
        address = urlsplit(running.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(b"POST /-/session HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{")
        async with asyncio.timeout(10):
            answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 408")
        assert answer.endswith(b"This took too long to arrive.")
        writer.close()
