"""What plugins know of who is there, and what they can do about it while the server runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

import mug
from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.facts import Attendance, Presence
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
