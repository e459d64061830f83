"""What plugins know of who is there, and what they can do about it while the server runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

import mug
from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.facts import Attendance, Place, Presence
from mug.outcomes import EXCLUDED
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Stager
from mug.scenes.static_scene import CompletionCodeScene, EndScene, StartScene
from mug.testing.envs import Meeting

pytest.importorskip("mug_server_mode")


class Keeper:
    """Keeps what it is given while the server runs."""

    attendance: Attendance

    @mug.hookimpl
    @asynccontextmanager
    async def mug_lifespan(self, attendance: Attendance) -> AsyncIterator[None]:
        self.attendance = attendance
        yield


def study(keeper: Keeper, on_leave: str = "end") -> ExperimentConfig:
    leaving: dict[str, Any] = {"on_leave": on_leave}
    if on_leave == "takeover":
        leaving["takeover_policy"] = PolicyTypes.Random
    game = (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=Meeting)
        .policies(policy_mapping={"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Human})
        .rendering(fps=30)
        .gameplay(num_episodes=200, action_mapping={"a": 1}, default_action=0, countdown_s=0)
        .multiplayer(**leaving, reconnect_window_s=60)
    )
    scenes = [
        StartScene().scene(scene_id="start"),
        game,
        CompletionCodeScene().scene(scene_id="code"),
        EndScene().scene(scene_id="excluded").ending(outcome=EXCLUDED),
        EndScene().scene(scene_id="partner").ending(outcome="partner_left"),
    ]
    config = ExperimentConfig().experiment(stager=Stager(scenes=scenes), experiment_id="study", seed=5)
    return config.plugins(keeper)


def subject_of(running: Any, number: int) -> str:
    (*people,) = running.server.hosts[0]._state.participants.values()
    return str(people[number].subject_id)


async def test_presence_notices_and_facts(run_experiment: Any) -> None:
    """A plugin sees whether a page is open and visible, says something there, and records what it knows."""
    keeper = Keeper()
    async with run_experiment(study(keeper)) as running:
        ann = running.arrive()
        await ann.connect()
        await ann.until_scene("start")
        who = subject_of(running, 0)
        assert keeper.attendance.presence(who) == Presence(True, True, None)
        await ann.send("visibility", {"visible": False})
        assert keeper.attendance.presence(who) == Presence(True, False, None)
        assert keeper.attendance.notice(who, "Are you there?")
        await ann.until(lambda: ann.notices == ["Are you there?"])
        keeper.attendance.record(who, "seen", {"how": "well"}, {"start.seen": True})
        await ann.disconnect()
        state = running.server.hosts[0]._state
        (participant,) = state.participants.values()
        assert participant.facts["start.seen"] is True
        with pytest.raises(KeyError):
            keeper.attendance.presence("nobody")
        with pytest.raises(ValueError, match="no outcome"):
            keeper.attendance.take_out(who, "abandoned", "gone")
        data = running.data_dir
    assert '"kind":"observed"' in (data / "journal" / "events.jsonl").read_text()
    async with run_experiment(study(keeper)) as running:
        (participant,) = running.server.hosts[0]._state.participants.values()
        assert participant.facts["start.seen"] is True
        (seen,) = keeper.attendance.recorded("seen")
        assert (seen["subject_id"], seen["values"]) == (who, {"how": "well"})
        assert keeper.attendance.recorded("unseen") == []


@pytest.mark.parametrize(("on_leave", "partner_at"), [("end", "partner"), ("takeover", "game")])
async def test_taking_somebody_out_of_a_game(run_experiment: Any, on_leave: str, partner_at: str) -> None:
    """Who is taken out goes to the ending for it; for the others it is as if they had left for good."""
    keeper = Keeper()
    async with run_experiment(study(keeper, on_leave)) as running:
        async with running.arrive() as ann, running.arrive() as bob:
            for person in (ann, bob):
                await person.until_scene("start")
                await person.advance()
            for person in (ann, bob):
                await person.until_state("playing")
            who = subject_of(running, 0)
            assert keeper.attendance.take_out(who, EXCLUDED, "inactive")
            await ann.until_scene("excluded")
            assert not keeper.attendance.take_out(who, EXCLUDED, "inactive")
            if on_leave == "end":
                await bob.until_state("over", "failed")
                await bob.advance()
            else:
                seen = len(bob.frames)
                await bob.until(lambda: bob.game["state"] == "playing" and len(bob.frames) > seen + 20)
            await bob.until_scene(partner_at)
            await ann.reload()
            await ann.until_scene("excluded")
        state = running.server.hosts[0]._state
        assert next(p.outcome for p in state.participants.values()) == EXCLUDED


async def test_pages_and_plugins_talk(run_experiment: Any) -> None:
    """A plugin hears whose page says what, answers, and says something itself to who is there."""
    keeper = Keeper()
    async with run_experiment(study(keeper)) as running:

        def hear(subject_id: str, message: Mapping[str, Any]) -> Mapping[str, Any] | None:
            if message.get("text") == "nonsense":
                raise RuntimeError("a plugin's mistake")
            return {"from": subject_id, **message}

        keeper.attendance.listen("talk", hear)
        with pytest.raises(ValueError, match="already"):
            keeper.attendance.listen("talk", hear)
        async with running.arrive() as ann:
            await ann.until_scene("start")
            who = subject_of(running, 0)
            assert await ann.tell("talk", text="hello") == {"from": who, "text": "hello"}
            assert await ann.tell("talk", text="nonsense") is None
            assert await ann.tell("nobody", text="hello") is None
            assert keeper.attendance.tell(who, "talk", {"text": "good morning"})
            await ann.until(lambda: ann.told == [{"text": "good morning"}])
        host = running.server.hosts[0]
        async with asyncio.timeout(10):
            while host.health()["connected"]:
                await asyncio.sleep(0.01)
        assert not keeper.attendance.tell(who, "talk", {"text": "anybody there?"})


async def test_where_somebody_is(run_experiment: Any) -> None:
    """A plugin knows in which scene somebody is, who waits for a game, and who plays which one."""
    keeper = Keeper()
    async with run_experiment(study(keeper)) as running, running.arrive() as ann, running.arrive() as bob:
        for person in (ann, bob):
            await person.until_scene("start")
        first, second = subject_of(running, 0), subject_of(running, 1)
        assert keeper.attendance.place(first) == Place("start", "", None)
        await ann.advance()
        await ann.until(lambda: ann.lobby)
        (waits,) = keeper.attendance.waiting("game")
        assert keeper.attendance.place(waits) == Place("game", "game", None)
        await bob.advance()
        await bob.until_state("playing")
        assert keeper.attendance.waiting("game") == []
        places = [keeper.attendance.place(who) for who in (first, second)]
        assert [(place.scene_id, place.lobby) for place in places] == [("game", "")] * 2
        games = [place.game for place in places]
        assert games[0] is games[1] is not None
        assert sorted(games[0].players.values()) == sorted([first, second])
