"""People write to each other in experiments that run: in the waiting room, in a game, and with programs."""

from __future__ import annotations

import asyncio
import csv
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from mug_chat import Chat, ChatRules, Draft, Line, Mute, Refuse, Situation
from mug_chat.exporter import ChatExporter

from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.errors import ConfigurationError
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene, StartScene
from mug.testing.envs import Meeting
from mug.testing.participants import HeadlessParticipant

pytest.importorskip("mug_server_mode")
NUMBERS = itertools.count()


def study(chat: Chat, *, partner: bool = False, **gameplay: Any) -> ExperimentConfig:
    game = (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=Meeting)
        .policies(
            policy_mapping={
                "player_0": PolicyTypes.Human,
                "player_1": PolicyTypes.Random if partner else PolicyTypes.Human,
            }
        )
        .rendering(fps=30)
        .gameplay(
            **{"num_episodes": 200, "action_mapping": {"a": 1}, "default_action": 0, "countdown_s": 0}
            | gameplay
        )
        .multiplayer(reconnect_window_s=60)
    )
    scenes = [StartScene().scene(scene_id="start"), game, EndScene().scene(scene_id="end")]
    return (
        ExperimentConfig()
        .experiment(stager=Stager(scenes=scenes), experiment_id="study", seed=5)
        .plugins(chat)
    )


async def look(person: HeadlessParticipant) -> dict[str, Any]:
    view: dict[str, Any] = await person.tell("chat", do="look")
    return view


async def say(person: HeadlessParticipant, text: str, kind: str = "text", request: str = "") -> Any:
    return await person.tell("chat", do="say", id=request or str(next(NUMBERS)), kind=kind, text=text)


def said(person: HeadlessParticipant) -> list[tuple[str, str, bool]]:
    return [(one["name"], one["text"], one["own"]) for one in person.told if one["type"] == "said"]


async def hears(person: HeadlessParticipant, *lines: tuple[str, str, bool]) -> None:
    await person.until(lambda: said(person) == list(lines))


async def enter(*people: HeadlessParticipant, state: str = "playing") -> None:
    for person in people:
        await person.until_scene("start")
        await person.advance()
    for person in people:
        await person.until_state(state)


def rows(data_dir: Path, target: Path) -> list[dict[str, str]]:
    (path,) = ChatExporter().export(data_dir, target)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


async def test_two_people_in_a_game(run_experiment: Any, tmp_path: Path) -> None:
    """Each reads what the other writes, both know who wrote, and the data says it with episode and step."""
    chat = Chat({"game": ChatRules(names={"player_0": "Cook"}, quick_messages=["Left!"], emotes=["👍"])})
    async with run_experiment(study(chat)) as running:
        async with running.arrive() as ann, running.arrive() as bob:
            await ann.until_scene("start")
            assert (await look(ann))["room"] is None
            assert not (await say(ann, "hello?"))["ok"]
            await enter(ann, bob)
            name = {
                person: {"player_0": "Cook", "player_1": "Player 2"}[person.game["seat"]]
                for person in (ann, bob)
            }
            await ann.until(lambda: len(ann.frames) > 5)
            view = await look(ann)
            assert view["others"] == [name[bob]]
            assert (view["quick"], view["emotes"], view["closed"]) == (["Left!"], ["👍"], "")
            assert await say(ann, "<b>שלום</b>\n👩‍🚀") == {"ok": True}
            assert await say(bob, "Left!", "quick") == {"ok": True}
            assert await say(bob, "=1+1", "text") == {"ok": True}
            written = [(name[ann], "<b>שלום</b> 👩‍🚀"), (name[bob], "Left!"), (name[bob], "=1+1")]
            await hears(ann, *((who, text, who == name[ann]) for who, text in written))
            await hears(bob, *((who, text, who == name[bob]) for who, text in written))
            await bob.reload()
            assert [line["text"] for line in (await look(bob))["lines"]] == [text for _, text in written]
            seats = {person: person.game["seat"] for person in (ann, bob)}
            game = ann.game["game"]
        data = running.data_dir
    table = rows(data, tmp_path)
    assert [row["text"] for row in table] == ["<b>שלום</b> 👩‍🚀", "Left!", "'=1+1"]
    assert {row["status"] for row in table} == {"delivered"}
    assert table[0]["seat"] == seats[ann]
    assert table[0]["to_seats"] == seats[bob]
    assert (table[0]["game_id"], table[0]["scene_id"], table[0]["kind"]) == (game, "game", "text")
    assert table[0]["sender"] == table[1]["to"] != table[1]["sender"]
    assert int(table[0]["episode"]) >= 1
    assert int(table[0]["step"]) >= 0
    assert int(table[0]["wall_ms"]) > 1.6e12


async def test_what_a_page_cannot_do(run_experiment: Any, tmp_path: Path) -> None:
    """Limits hold on the server, nonsense is not taken, and what is said twice by mistake is said once."""
    chat = Chat({"game": ChatRules(max_length=5, per_minute=3, quick_messages=["Yes"])})
    async with run_experiment(study(chat)) as running:
        async with running.arrive() as ann, running.arrive() as bob:
            await enter(ann, bob)
            assert "5 characters" in (await say(ann, "a" * 6))["reason"]
            assert "nothing" in (await say(ann, " \n "))["reason"]
            assert "cannot be sent" in (await say(ann, "No", "quick"))["reason"]
            for nonsense in (
                {"do": "say"},
                {"do": "say", "id": 1, "kind": "text", "text": "x"},
                {"do": "say", "id": "x" * 50, "kind": "text", "text": "x"},
                {"do": "say", "id": "x", "kind": "html", "text": "x"},
                {"do": "typing", "on": 1},
                {},
            ):
                assert await ann.tell("chat", **nonsense) is None
            assert await say(ann, "🙂🙂🙂🙂🙂", request="once") == {"ok": True}
            assert await say(ann, "🙂🙂🙂🙂🙂", request="once") == {"ok": True}
            assert await say(ann, "two") == await say(ann, "three") == {"ok": True}
            assert "fast" in (await say(ann, "four"))["reason"]
            assert (await say(bob, "other"))["ok"]
            await bob.until(lambda: len(said(bob)) == 4)
            assert [text for _, text, _ in said(bob)] == ["🙂🙂🙂🙂🙂", "two", "three", "other"]
        data = running.data_dir
    assert len(rows(data, tmp_path)) == 4


async def test_the_waiting_room_and_only_the_group(run_experiment: Any) -> None:
    """Those who wait for one game write to each other; who plays already neither reads nor writes there."""
    chat = Chat({"game": ChatRules(lobby=True)})
    async with run_experiment(study(chat)) as running, running.arrive() as ann, running.arrive() as bob:
        await enter(ann, bob)
        async with running.arrive() as cyd, running.arrive() as dan:
            for person in (cyd, dan):
                person.answers_ready_checks = False
                await person.until_scene("start")
            await cyd.advance()
            await cyd.until(lambda: cyd.lobby)
            assert (await look(cyd))["others"] == []
            assert "Nobody" in (await say(cyd, "hello?"))["reason"]
            await dan.advance()
            await cyd.until(lambda: cyd.ready_check)
            assert (await look(dan))["others"] == ["Player 1"]
            await cyd.until(lambda: cyd.told[-1].get("others") == ["Player 2"])
            assert await say(cyd, "shall we?") == {"ok": True}
            await hears(dan, ("Player 1", "shall we?", False))
            assert await say(ann, "to bob") == {"ok": True}
            await bob.until(lambda: [text for _, text, _ in said(bob)] == ["to bob"])
            for person in (cyd, dan):
                await person.send("ready", {"game": person.ready_check["game"]})
            for person in (cyd, dan):
                await person.until_state("playing")
                await person.until(lambda person=person: person.told[-1].get("room") == person.game["game"])
            assert await say(dan, "go") == {"ok": True}
            await cyd.until(lambda: [text for _, text, _ in said(cyd)] == ["shall we?", "go"])
        assert [text for _, text, _ in said(bob)] == ["to bob"]


async def test_those_who_wait_know_who_has_gone(run_experiment: Any) -> None:
    """Somebody who stopped waiting is not said to be there any more."""
    chat = Chat({"game": ChatRules(lobby=True)})
    async with run_experiment(study(chat)) as running, running.arrive() as ann, running.arrive() as bob:
        for person in (ann, bob):
            person.answers_ready_checks = False
            await person.until_scene("start")
            await person.advance()
            await person.until(lambda person=person: person.lobby or person.ready_check)
            await look(person)
        await ann.until(lambda: ann.told[-1].get("others") == ["Player 2"])
        await bob.leave_lobby()
        await ann.until(lambda: ann.told[-1].get("others") == [])


async def test_typing_is_seen_and_not_recorded(run_experiment: Any, tmp_path: Path) -> None:
    """The other one sees that somebody types, and when they stop."""
    async with run_experiment(study(Chat({"game": ChatRules()}))) as running:
        async with running.arrive() as ann, running.arrive() as bob:
            await enter(ann, bob)
            assert await ann.tell("chat", do="typing", on=True) == {}
            assert await ann.tell("chat", do="typing", on=False) == {}
            await bob.until(
                lambda: [one["on"] for one in bob.told if one["type"] == "typing"] == [True, False]
            )
            assert not [one for one in ann.told if one["type"] == "typing"]
        data = running.data_dir
    assert rows(data, tmp_path) == []


async def test_moderation(run_experiment: Any, tmp_path: Path) -> None:
    """A script changes, drops and refuses messages and mutes people; who wrote them reads the truth."""
    drafts: list[Draft] = []

    def moderate(draft: Draft) -> Any:
        drafts.append(draft)
        match draft.text:
            case "drop":
                return None
            case "refuse":
                return Refuse("Please stay friendly.")
            case "mute":
                return Mute("You wrote your address.")
            case "fail":
                raise RuntimeError("a mistake in the script")
            case "wrong":
                return 42
        return draft.text.replace("darn", "****")

    async with run_experiment(study(Chat({"game": ChatRules(moderate=moderate)}))) as running:
        async with running.arrive() as ann, running.arrive() as bob:
            await enter(ann, bob)
            assert (await say(ann, "darn it"))["ok"]
            answers = [await say(ann, text) for text in ("drop", "refuse", "fail", "wrong", "mute", "again")]
            assert not any(answer["ok"] for answer in answers)
            reasons = [answer["reason"] for answer in answers]
            assert reasons[1] == "Please stay friendly."
            assert reasons[0] == reasons[2] == reasons[3] == "Your message was not delivered."
            assert reasons[4] == "You wrote your address."
            assert "You wrote your address." in reasons[5]
            closed = "You cannot write here any more: You wrote your address."
            await ann.until(lambda: any(one.get("closed") == closed for one in ann.told))
            assert (await say(bob, "fine"))["ok"]
            await bob.until(lambda: len(said(bob)) == 2)
            assert [text for _, text, _ in said(bob)] == ["**** it", "fine"]
        data = running.data_dir
    first = drafts[0]
    assert (first.kind, first.scene_id, first.to != (first.seat,)) == ("text", "game", True)
    assert first.subject_id != drafts[-1].subject_id
    table = rows(data, tmp_path)
    status = [row["status"] for row in table]
    assert status == [
        *("delivered", "dropped", "refused", "moderation_failed", "moderation_failed", "muted", "delivered"),
    ]
    assert (table[0]["written"], table[0]["text"]) == ("darn it", "**** it")


async def test_a_restart_of_the_server(run_experiment: Any) -> None:
    """What was said stays on the pages of those who read it, and who was muted stays so."""

    def moderate(draft: Draft) -> Any:
        return Mute("No shouting.") if draft.text.isupper() else draft.text

    people: list[HeadlessParticipant] = []
    async with run_experiment(study(Chat({"game": ChatRules(moderate=moderate)}))) as running:
        people = [running.arrive(), running.arrive()]
        for person in people:
            await person.connect()
        ann, bob = people
        await enter(ann, bob)
        assert (await say(ann, "hello"))["ok"]
        assert not (await say(bob, "HELLO"))["ok"]
        for person in people:
            await person.disconnect()
    async with run_experiment(study(Chat({"game": ChatRules(moderate=moderate)}))) as running:
        for person in people:
            person.url = running.url
            await person.connect()
        ann, bob = people
        await ann.until_state("playing")
        view = await look(bob)
        assert [(line["text"], line["own"]) for line in view["lines"]] == [("hello", False)]
        assert "No shouting." in view["closed"]
        assert (await say(ann, "again"))["ok"]
        await bob.until(
            lambda: [one for one in bob.told if one.get("text") == "again" and one["number"] == 2]
        )
        for person in people:
            await person.disconnect()


async def test_between_the_rounds(run_experiment: Any) -> None:
    """Who may write only between the rounds is told when that is, and not after the game."""
    chat = Chat({"game": ChatRules(when="between")})
    gameplay = {"num_episodes": 2, "max_steps": 15, "reset_freeze_s": 3}
    async with (
        run_experiment(study(chat, **gameplay)) as running,
        running.arrive() as ann,
        running.arrive() as bob,
    ):
        await enter(ann, bob)
        assert "between the rounds" in (await say(ann, "now?"))["reason"]
        await ann.until_state("between")
        assert (await say(ann, "well done"))["ok"]
        await bob.until(lambda: said(bob))
        await ann.until_state("over")
        await ann.until(lambda: "over" in ann.told[-1].get("closed", ""))
        assert "over" in (await say(ann, "bye"))["reason"]


async def test_a_game_that_was_over_before_a_restart(run_experiment: Any) -> None:
    """Who still looks at a game that is over reads that nobody can write there, also after a restart."""
    short = {"num_episodes": 1, "max_steps": 5}
    people: list[HeadlessParticipant] = []
    async with run_experiment(study(Chat({"game": ChatRules()}), **short)) as running:
        people += [running.arrive(), running.arrive()]
        for person in people:
            await person.connect()
        await enter(*people, state="over")
        for person in people:
            await person.disconnect()
    async with run_experiment(study(Chat({"game": ChatRules()}), **short)) as running:
        for person in people:
            person.url = running.arrive().url
            await person.connect()
            await person.until_state("over")
            assert "over" in (await look(person))["closed"]
            assert "over" in (await say(person, "still here?"))["reason"]
            await person.disconnect()


async def test_a_program_answers(run_experiment: Any, tmp_path: Path) -> None:
    """A partner reads what was said and what its agent observed; its answers look like a person's."""
    seen: list[tuple[Sequence[Line], Situation]] = []

    async def partner(history: Sequence[Line], situation: Situation) -> str | None:
        seen.append((history, situation))
        match history[-1].text:
            case "fail":
                raise RuntimeError("the service is down")
            case "slow":
                await asyncio.Event().wait()
            case "nothing":
                return None
        return f"You said {history[-1].text}"

    rules = ChatRules(partners={"player_1": partner}, partner_timeout=0.3, partner_fallback="Sorry?")
    async with run_experiment(study(Chat({"game": rules}), partner=True)) as running:
        async with running.arrive() as ann:
            await enter(ann)
            await ann.until(lambda: len(ann.frames) > 5)
            expected: list[tuple[str, str, bool]] = []
            for text, answer in (
                ("hello", "You said hello"),
                ("nothing", None),
                ("fail", "Sorry?"),
                ("slow", "Sorry?"),
            ):
                assert (await say(ann, text))["ok"]
                expected.append(("Player 1", text, True))
                if answer is not None:
                    expected.append(("Player 2", answer, False))
                await hears(ann, *expected)
                await ann.until(
                    lambda: [one for one in ann.told if one["type"] == "typing"][-1]["on"] is False
                )
            health = running.server.hosts[0].health()["chat"]
            assert health == {"delivered": 7, "partner_failures": 2}
        data = running.data_dir
    history, situation = seen[1]
    assert [line.text for line in history] == ["hello", "You said hello", "nothing"]
    assert (situation.seat, situation.name, situation.others) == (
        "player_1",
        "Player 2",
        {"player_0": "Player 1"},
    )
    assert situation.episode >= 1
    assert seen[-1][1].observation is not None
    answers = [row for row in rows(data, tmp_path) if row["seat"] == "player_1"]
    assert [row["text"] for row in answers] == ["You said hello", "Sorry?", "Sorry?"]
    assert {row["sender"] for row in answers} == {""}


@pytest.mark.parametrize(
    ("scenes", "said"),
    [
        ({}, "scenes must be a dict"),
        ({"gmae": ChatRules()}, "no game scene"),
        ({"game": {"lobby": True}}, "must be ChatRules"),
        ({"game": ChatRules(per_minute=0)}, "per_minute"),
    ],
)
async def test_mistakes_keep_a_study_from_running(run_experiment: Any, scenes: Any, said: str) -> None:
    """Whoever runs a study learns of a mistake before any participant does."""
    with pytest.raises(ConfigurationError, match=said):
        async with run_experiment(study(Chat(scenes))):
            pass


async def test_nobody_to_write_to(run_experiment: Any) -> None:
    """A game for one person needs a program that answers."""
    with pytest.raises(ConfigurationError, match="nobody to write to"):
        async with run_experiment(study(Chat({"game": ChatRules()}), partner=True)):
            pass
