"""Screening and monitoring in whole studies: with participants, their connections, and their data."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mug_screening import Monitoring, ScreeningScene
from mug_screening.exporter import AttentionExporter
from mug_screening.measures import Measures

from mug.components import StoreError
from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Branch, Stager
from mug.scenes.static_scene import CompletionCodeScene, EndScene, StartScene
from mug.testing.envs import Corridor, Meeting
from mug.testing.participants import HeadlessParticipant
from plugins.mug_screening.tests.told import page

pytest.importorskip("mug_server_mode")

HUMAN = PolicyTypes.Human


def endings() -> list[Any]:
    outcomes = ("screened_out", "excluded", "partner_left")
    return [
        CompletionCodeScene().scene(scene_id="code"),
        *(EndScene().scene(scene_id=outcome).ending(outcome=outcome) for outcome in outcomes),
    ]


def study(*scenes: Any) -> ExperimentConfig:
    return ExperimentConfig().experiment(
        stager=Stager(scenes=[*scenes, *endings()]), experiment_id="study", seed=4
    )


def alone(episodes: int = 1, steps: int = 20) -> GymScene:
    return (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=Still)
        .policies(policy_mapping={"player_0": HUMAN})
        .rendering(fps=40)
        .gameplay(
            num_episodes=episodes,
            max_steps=steps,
            action_mapping={"a": 1},
            default_action=0,
            countdown_s=0,
        )
    )


class Still(Corridor):
    """A corridor without a goal."""

    def step(self, action: int) -> Any:
        observation, reward, _, truncated, info = super().step(action)
        return observation, reward, False, truncated, info


def pair(**multiplayer: Any) -> GymScene:
    return (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=Meeting)
        .policies(policy_mapping={"player_0": HUMAN, "player_1": HUMAN})
        .rendering(fps=20)
        .gameplay(num_episodes=300, action_mapping={"a": 1}, default_action=0, countdown_s=0)
        .multiplayer(**multiplayer)
    )


def table(running: Any, tmp_path: Path, name: str = "attention.csv") -> list[dict[str, str]]:
    paths = {path.name: path for path in AttentionExporter().export(running.data_dir, tmp_path / "out")}
    with paths[name].open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def people(running: Any) -> list[Any]:
    return list(running.server.hosts[0]._state.participants.values())


def whats(running: Any, tmp_path: Path) -> list[str]:
    return [row["what"] for row in table(running, tmp_path, "attention_events.csv")]


async def keeps_recording(condition: Callable[[], bool]) -> None:
    """Wait for something to be in the records."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - a file is no event
            await asyncio.sleep(0.05)


async def playing(person: HeadlessParticipant) -> None:
    await person.until_scene("start")
    await person.advance()
    await person.until_state("playing", "over")


# ------------------------------------------------------------------------------------------- screening


async def test_screened_out_at_the_door(run_experiment: Any) -> None:
    """Who does not fit reads why, also after a reload and a restart, and ends with the outcome for it."""
    scenes = [ScreeningScene().scene(scene_id="look").requires(device=["desktop"], max_rtt_ms=100)]
    async with run_experiment(study(*scenes)) as running:
        async with running.arrive() as ann:
            await ann.until_scene("look")
            await ann.advance(**page())
            await ann.until_scene("code")
        bob = running.arrive()
        await bob.connect()
        await bob.until_scene("look")
        await bob.advance(leave=True)
        await bob.until(lambda: bob.refused)
        await bob.advance(**page(mobile=True))
        await bob.until(lambda: bob.scene["page"]["lack"])
        await bob.advance(**page())
        await bob.reload()
        await bob.until_scene("look")
        await bob.disconnect()
    async with run_experiment(study(*scenes)) as running:
        bob.url = running.arrive().url
        await bob.connect()
        await bob.until(lambda: "use a phone" in (bob.scene.get("page", {}).get("lack") or ""))
        await bob.advance(leave=True)
        await bob.until_scene("screened_out")
        await bob.until(lambda: people(running)[1].outcome == "screened_out")
        await bob.disconnect()
    path = running.data_dir / "look" / f"{people(running)[1].subject_id}.csv"
    (row,) = csv.DictReader(path.read_text().splitlines())
    found = (row["outcome"], row["answers.lacks"], row["answers.device"])
    assert found == ("screened_out", "device", "phone")


async def test_what_was_found_decides_about_later_scenes(run_experiment: Any) -> None:
    """Device and connection are facts: branches on them work."""
    touch = StartScene().scene(scene_id="touch")
    keys = StartScene().scene(scene_id="keys")
    look = ScreeningScene().scene(scene_id="look")
    branch = Branch("look.device", {"phone": touch}, default=keys)
    async with run_experiment(study(look, branch)) as running:
        for told, scene in ((page(), "keys"), (page(mobile=True), "touch")):
            async with running.arrive() as person:
                await person.until_scene("look")
                await person.advance(**told)
                await person.until_scene(scene)


# ------------------------------------------------------------------------------------------ monitoring


async def test_every_episode_is_measured(run_experiment: Any, tmp_path: Path) -> None:
    """Recorded for each episode: what somebody did, for callbacks, as facts, and in the export."""
    seen: list[Measures] = []
    monitoring = Monitoring(check=seen.append)
    branch = Branch(
        lambda facts: "dull" if facts["game.episodes_exceeded"] == 1 else "fine",
        {"dull": StartScene().scene(scene_id="dull")},
        default=StartScene().scene(scene_id="fine"),
    )
    start = StartScene().scene(scene_id="start")
    async with run_experiment(study(start, alone(2), branch).plugins(monitoring)) as running:
        async with running.arrive() as ann:
            await ann.until_scene("start")
            await ann.advance()
            await ann.until(lambda: ann.frames)
            await ann.until(lambda: ann.frames[-1].episode == 2)
            await ann.hold(0)
            await ann.until_state("over")
            await ann.advance()
            await ann.until_scene("dull")
        rows = table(running, tmp_path)
        (ann_facts,) = (person.facts for person in people(running))
    assert [(row["episode"], row["steps"], row["whole"]) for row in rows] == [
        ("1", "20", "true"),
        ("2", "20", "true"),
    ]
    assert (rows[0]["inactive"], rows[0]["exceeded"]) == ("1.0", "inactive")
    assert float(rows[1]["inactive"]) < 0.975
    assert rows[1]["exceeded"] == ""
    assert ann_facts["game.inactive"] == float(rows[1]["inactive"])
    assert [measures.inactive for measures in seen] == [
        1.0,
        pytest.approx(float(rows[1]["inactive"]), abs=1e-3),
    ]
    assert {row["scene_id"] for row in rows} == {"game"}


async def test_excluded_after_an_inactive_episode(run_experiment: Any) -> None:
    """One whole episode without an action ends the study, with its outcome and without the next episode."""
    monitoring = Monitoring(consequence="exclude")
    start = StartScene().scene(scene_id="start")
    async with run_experiment(study(start, alone(50)).plugins(monitoring)) as running:
        async with running.arrive() as ann:
            await playing(ann)
            await ann.until_scene("excluded")
            await ann.until(lambda: people(running)[0].outcome == "excluded")
            await ann.reload()
            await ann.until_scene("excluded")
        assert people(running)[0].facts["game.exceeded"] == ["inactive"]


async def test_warned_and_saved(run_experiment: Any, tmp_path: Path) -> None:
    """A warning is read, and whoever acts then is left in peace."""
    monitoring = Monitoring(
        max_inactive=None,
        warn_inactive_s=0.5,
        grace_s=60,
        consequence="exclude",
        warnings={"inactive": "Hello?"},
    )
    start = StartScene().scene(scene_id="start")
    async with run_experiment(study(start, alone(1, 10_000)).plugins(monitoring)) as running:
        async with running.arrive() as ann:
            await playing(ann)
            await ann.until(lambda: ann.notices == ["Hello?"])
            await ann.hold(0)
            await ann.until(
                lambda: (
                    [row["what"] for row in table(running, tmp_path, "attention_events.csv")][-1]
                    == "recovered"
                )
            )
            assert ann.scene["scene_id"] == "game"
        rows = table(running, tmp_path, "attention_events.csv")
    assert [(row["trouble"], row["what"]) for row in rows[:2]] == [
        ("inactive", "warned"),
        ("inactive", "recovered"),
    ]


@pytest.mark.parametrize("trouble", ["away", "inactive", "latency"])
async def test_excluded_after_a_warning(run_experiment: Any, tmp_path: Path, trouble: str) -> None:
    """Who stays away, inactive or slow after the warning is out; for their partner they have left."""
    settings = {"away": "warn_away_s", "inactive": "warn_inactive_s", "latency": "max_rtt_ms"}
    warned: dict[str, Any] = {settings[trouble]: 250 if trouble == "latency" else 0.5}
    never: dict[str, Any] = {"max_inactive": None, "max_away": None}
    monitoring = Monitoring(**never, **warned, grace_s=0.5, consequence="exclude")
    start = StartScene().scene(scene_id="start")
    game = pair(on_leave="end", reconnect_window_s=60)
    async with run_experiment(study(start, game).plugins(monitoring)) as running:
        async with running.arrive() as ann, running.arrive() as bob:
            for person in (ann, bob):
                await person.until_scene("start")
                await person.advance()
            for person in (ann, bob):
                await person.until_state("playing")
            await bob.hold(0)
            if trouble == "away":
                await ann.send("visibility", {"visible": False})
            if trouble == "latency":
                await ann.hold(0)
                running.server.hosts[0]._flow._live[people(running)[0].id].rtt_ms = 900.0
            await ann.until_scene("excluded")
            await bob.until_state("over", "failed")
            await bob.advance()
            await bob.until_scene("partner_left")
        events = table(running, tmp_path, "attention_events.csv")
        episodes = table(running, tmp_path)
        ann_id = people(running)[0].subject_id
    told = [(row["what"], row["trouble"], row["reason"]) for row in events if row["subject_id"] == ann_id]
    assert told[-1] == ("taken_out", "", trouble)
    own = [row for row in episodes if row["subject_id"] == ann_id]
    if trouble == "latency":
        # the episodes are short, and a whole one exceeds the limit before the grace is over
        assert "latency" in [row["exceeded"] for row in own]
    else:
        assert told[:-1] == [("warned", trouble, ""), ("expired", trouble, "")]
        assert own[-1]["reason"] == "excluded"


async def test_what_cannot_be_stored_is_told_later(run_experiment: Any, tmp_path: Path) -> None:
    """A store that is full for a while loses no observation, and nobody is taken out twice."""
    monitoring = Monitoring(consequence="exclude")
    start = StartScene().scene(scene_id="start")
    async with run_experiment(study(start, alone(1)).plugins(monitoring)) as running:
        async with running.arrive() as ann:
            await ann.until_scene("start")
            await ann.advance()
            await ann.until(lambda: ann.frames)
            attendance = monitoring._attendance
            failed: list[str] = []

            class Full:
                """Refuses everything twice."""

                def __getattr__(self, name: str) -> Any:
                    def attempt(*arguments: Any) -> Any:
                        if name in ("record", "take_out") and failed.count(name) < 2:
                            failed.append(name)
                            raise StoreError("full")
                        return getattr(attendance, name)(*arguments)

                    return attempt

            monitoring._attendance = Full()  # type: ignore[assignment]
            await ann.until_scene("excluded")
        rows = table(running, tmp_path)
        events = table(running, tmp_path, "attention_events.csv")
    assert failed == ["record", "record", "take_out", "take_out"]
    assert [row["episode"] for row in rows] == ["1"]
    assert [row["what"] for row in events] == ["taken_out"]


async def test_an_episode_that_a_restart_interrupts(run_experiment: Any, tmp_path: Path) -> None:
    """What was not watched from its beginning says so, and excludes nobody."""
    start = StartScene().scene(scene_id="start")

    def watched() -> ExperimentConfig:
        return study(start, alone(1, 300)).plugins(Monitoring(consequence="exclude"))

    async with run_experiment(watched()) as running:
        ann = running.arrive()
        await ann.connect()
        await playing(ann)
        await ann.until(lambda: ann.frames and ann.frames[-1].step > 5)
        await ann.disconnect()
    start = StartScene().scene(scene_id="start")
    async with run_experiment(watched()) as running:
        ann.url = running.arrive().url
        await ann.connect()
        await ann.until_state("over")
        await ann.advance()
        await ann.until_scene("code")
        await ann.disconnect()
        (row,) = table(running, tmp_path)
    assert (row["whole"], row["inactive"], row["exceeded"]) == ("false", "1.0", "inactive")
    assert 0 < int(row["steps"]) < 300


async def test_excluded_while_the_page_is_closed(run_experiment: Any, tmp_path: Path) -> None:
    """Who is excluded while nobody is there finds the ending when they come back."""
    monitoring = Monitoring(max_inactive=None, warn_away_s=0.5, grace_s=0.5, consequence="exclude")
    start = StartScene().scene(scene_id="start")
    async with run_experiment(study(start, alone(1, 10_000)).plugins(monitoring)) as running:
        ann = running.arrive()
        await ann.connect()
        await playing(ann)
        await ann.disconnect()
        await keeps_recording(lambda: "taken_out" in whats(running, tmp_path))
        await ann.connect()
        await ann.until_scene("excluded")
        await ann.disconnect()
