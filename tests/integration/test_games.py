"""Games on the server, played over the real protocol."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.rendering import Surface
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Stager
from mug.scenes.static_scene import CompletionCodeScene, EndScene, StartScene, WaitScene
from mug.testing.participants import HeadlessParticipant

HUMAN = PolicyTypes.Human
LEFT, STAY, RIGHT = 0, 1, 2


class Line(gym.Env[Any, Any]):
    """Everybody moves along a line of their own; a step in a trap does what the trap says."""

    def __init__(self, agents: int = 2, trap: Any = None, slow: float = 0.0) -> None:
        self.names = [f"player_{n}" for n in range(agents)]
        self.action_space = spaces.Dict({name: spaces.Discrete(3) for name in self.names})
        cell = spaces.Box(-1000, 1000, (1,), np.int64)
        self.observation_space = spaces.Dict(dict.fromkeys(self.names, cell))
        self.surface = Surface(width=100, height=100)
        self.trap, self.slow = trap, slow

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self.places = dict.fromkeys(self.names, 0)
        return self._look(), {}

    def step(self, action: Any) -> Any:
        for name, move in action.items():
            self.places[name] += int(move) - 1
        if self.trap is not None and any(place == 3 for place in self.places.values()):
            self.trap()
        time.sleep(self.slow)
        reward = {name: float(place) for name, place in self.places.items()}
        return self._look(), reward, False, False, {"sum": sum(self.places.values())}

    def _look(self) -> Any:
        return {name: np.array([place]) for name, place in self.places.items()}

    def render(self) -> Any:
        for n, place in enumerate(self.places.values()):
            self.surface.circle(x=50 + place, y=10 * n, radius=3, color="red")
        return self.surface.commit()


def experiment(
    agents: int = 2,
    mapping: dict[str, Any] | None = None,
    *,
    env: Any = None,
    wait: bool = False,
    policies: dict[str, Any] | None = None,
    gameplay: dict[str, Any] | None = None,
    multiplayer: dict[str, Any] | None = None,
    waitroom: dict[str, Any] | None = None,
) -> ExperimentConfig:
    mapping = mapping or {f"player_{n}": HUMAN for n in range(agents)}
    game = (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=env or (lambda: Line(len(mapping))))
        .policies(policy_mapping=mapping, **(policies or {}))
        .rendering(fps=60, game_width=100, game_height=100)
        .gameplay(
            **{
                "action_mapping": {"ArrowLeft": LEFT, "ArrowRight": RIGHT},
                "default_action": STAY,
                "num_episodes": 1,
                "max_steps": 40,
                "countdown_s": 0,
            }
            | (gameplay or {})
        )
        .multiplayer(**{"reconnect_window_s": 20.0} | (multiplayer or {}))
        .waitroom(**_given({"max_wait_time": 60, "timeout_scene_id": "thanks"} | (waitroom or {})))
        .runtime(run_through_pyodide=False)
    )
    scenes = [StartScene().scene(scene_id="welcome").display(scene_header="Hello")]
    if wait:
        scenes.append(WaitScene().scene(scene_id="waitroom").display(scene_header="Wait"))  # type: ignore[arg-type]
    end = EndScene().scene(scene_id="thanks").display(scene_header="Thanks")
    return ExperimentConfig().experiment(stager=Stager(scenes=[*scenes, game, end]), experiment_id="study")


def _given(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}


async def into_game(stack: AsyncExitStack, running: Any, count: int) -> list[HeadlessParticipant]:
    people = [await stack.enter_async_context(running.arrive()) for _ in range(count)]
    for person in people:
        await person.until_scene("welcome")
        await person.advance()
    for person in people:
        await person.until_scene("game")
        await person.until_state("playing", "over")
    return people


def seat(person: HeadlessParticipant) -> str:
    return str(person.game["seat"])


async def table(running: Any, scene: str = "game") -> dict[str, list[dict[str, str]]]:
    await running.server.hosts[0].experiment.exports.settled()
    files = [f for f in (running.data_dir / scene).glob("*.csv") if not f.name.endswith(".episodes.csv")]
    tables = {}
    for file in files:
        with file.open(newline="") as lines:
            tables[file.stem] = list(csv.DictReader(lines))
    return tables


@pytest.mark.parametrize("wait", [False, True], ids=["own waiting room", "wait scene"])
async def test_two_people_play_and_the_data_is_what_they_did(run_experiment: Any, wait: bool) -> None:
    """Each acts in their own seat only, both see the same, and every step is in both people's data."""
    async with run_experiment(experiment(wait=wait)) as running, AsyncExitStack() as stack:
        ann, bob = await into_game(stack, running, 2)
        assert {seat(ann), seat(bob)} == {"player_0", "player_1"}
        await ann.hold(1)
        await ann.until_state("over")
        await bob.until_state("over")
        assert ann.picture.commands() == bob.picture.commands()
        tables = await table(running)
        assert len(tables) == 2
        for steps in tables.values():
            assert [int(row["step"]) for row in steps] == list(range(1, 41))
            held = [row for row in steps if row[f"source.{seat(ann)}"] == "human"]
            assert held
            assert all(row[f"actions.{seat(ann)}"] == str(RIGHT) for row in held)
            assert all(row[f"actions.{seat(bob)}"] == str(STAY) for row in steps)
            assert all(row[f"source.{seat(bob)}"] == "default" for row in steps)
            assert int(steps[-1]["infos.player_0.sum"]) == sum(
                int(row[f"actions.{seat(ann)}"]) - 1 for row in steps
            )
        await ann.advance()
        await ann.until_scene("thanks")


@pytest.mark.parametrize("humans", [1, 3, 4])
async def test_any_number_of_people_with_ai_seats(run_experiment: Any, humans: int) -> None:
    """One, three and four people play with two policies beside them."""

    def infer(policy: str, observation: Any) -> int:
        return RIGHT if policy == "walker" else STAY

    mapping: dict[str, Any] = {f"player_{n}": HUMAN for n in range(humans)}
    mapping |= {f"player_{humans}": "walker", f"player_{humans + 1}": PolicyTypes.Random}
    functions = {"load_policy_fn": lambda name: name, "policy_inference_fn": infer}
    config = experiment(mapping=mapping, policies=functions)
    async with run_experiment(config) as running, AsyncExitStack() as stack:
        people = await into_game(stack, running, humans)
        assert {seat(person) for person in people} == {f"player_{n}" for n in range(humans)}
        for person in people:
            await person.until_state("over")
        tables = await table(running)
        assert len(tables) == humans
        for steps in tables.values():
            assert {row[f"actions.player_{humans}"] for row in steps} == {str(RIGHT)}
            assert {row[f"source.player_{humans}"] for row in steps} == {"policy"}
            assert len({row[f"actions.player_{humans + 1}"] for row in steps}) == 3


async def test_garbage_inputs_change_nothing(run_experiment: Any) -> None:
    """Malformed, oversized, out-of-range and too frequent inputs act for nobody and end nothing."""
    config = experiment(gameplay={"max_steps": 120})
    async with run_experiment(config) as running, AsyncExitStack() as stack:
        ann, bob = await into_game(stack, running, 2)
        for payload in (b"", b"\x01", os.urandom(7), bytes(1000), b"\x03" + bytes(14), b"\xff" * 15):
            await ann._input(payload)
        for data in (b"", bytes(5000), "text", None, {"kind": 1}):
            await bob.send("input", data)
        for action in (2, 7, 500, 65534):
            await ann.press(action)
        for _ in range(600):
            await bob.hold(None)
        await ann.until_state("over")
        await bob.until_state("over")
        for steps in (await table(running)).values():
            assert {row[f"actions.{name}"] for row in steps for name in ("player_0", "player_1")} == {
                str(STAY)
            }


async def test_a_reload_returns_to_the_same_seat(run_experiment: Any) -> None:
    """The game pauses while somebody reloads, shows them the whole picture, and goes on."""
    config = experiment(gameplay={"max_steps": 400})
    async with run_experiment(config) as running, AsyncExitStack() as stack:
        ann, bob = await into_game(stack, running, 2)
        await ann.hold(1)
        await bob.until(lambda: bob.frames and bob.frames[-1].step > 10)
        before = seat(ann)
        await ann.disconnect()
        await bob.until_state("paused")
        stopped = bob.frames[-1].step
        await ann.reload()
        await ann.until_state("playing")
        assert seat(ann) == before
        await ann.hold(1)
        await ann.until(lambda: ann.frames and ann.frames[-1].step > stopped)
        await bob.until(lambda: bob.frames[-1].step >= ann.frames[-1].step)
        assert len(ann.picture.commands()) == 2
        await ann.until_state("over")
        for steps in (await table(running)).values():
            assert [int(row["step"]) for row in steps] == list(range(1, 401))


async def test_who_stays_away_ends_the_game_for_the_other(run_experiment: Any) -> None:
    """After the reconnect window the other reads what happened and can go on; nothing is lost."""
    config = experiment(gameplay={"max_steps": 4000}, multiplayer={"reconnect_window_s": 0.3})
    async with run_experiment(config) as running, AsyncExitStack() as stack:
        ann, bob = await into_game(stack, running, 2)
        await ann.until(lambda: ann.frames[-1].step > 5 if ann.frames else False)
        await ann.disconnect()
        await bob.until_state("over")
        assert "left" in bob.game["text"]
        await bob.advance()
        await bob.until_scene("thanks")
        await ann.reload()
        await ann.until_state("over")
        tables = await table(running)
        assert len(tables) == 2
        assert all(len(steps) > 5 for steps in tables.values())


async def test_a_policy_takes_the_seat_of_who_left(run_experiment: Any) -> None:
    """With on_leave="takeover" the game goes on, and the data says from when on a policy played."""
    config = experiment(
        gameplay={"max_steps": 200},
        policies={"load_policy_fn": lambda name: name, "policy_inference_fn": lambda policy, obs: RIGHT},
        multiplayer={
            "reconnect_window_s": 0.3,
            "on_leave": "takeover",
            "takeover_policy": "stand-in",
            "on_disconnect": "play_on",
        },
    )
    async with run_experiment(config) as running, AsyncExitStack() as stack:
        ann, bob = await into_game(stack, running, 2)
        gone = seat(ann)
        await ann.disconnect()
        await bob.until_state("over")
        (steps, _) = (await table(running)).values()
        sources = [row[f"source.{gone}"] for row in steps]
        assert sources[0] == "default"
        assert sources[-1] == "policy"
        assert steps[-1][f"actions.{gone}"] == str(RIGHT)


def raise_error() -> None:
    raise ZeroDivisionError("the researcher's secret")


def hang() -> None:
    while True:
        time.sleep(1)


TRAPS = {"raises": raise_error, "dies": lambda: os._exit(3)}


@pytest.mark.parametrize("trap", TRAPS.values(), ids=TRAPS)
async def test_a_broken_environment_harms_its_own_game_only(run_experiment: Any, trap: Any) -> None:
    """Its players read a plain sentence and can go on; the other game does not stop; no step is lost."""
    config = experiment(env=lambda: Line(2, trap), gameplay={"max_steps": 300})
    async with run_experiment(config) as running, AsyncExitStack() as stack:
        ann, bob, cem, dan = await into_game(stack, running, 4)
        by_game: dict[str, list[HeadlessParticipant]] = {}
        for person in (ann, bob, cem, dan):
            by_game.setdefault(person.game["game"], []).append(person)
        broken, whole = by_game.values()
        await broken[0].hold(1)
        for person in broken:
            await person.until_state("failed", patience=40)
            assert "technical problem" in person.game["text"]
            assert "secret" not in json.dumps(person.game)
        await broken[0].advance()
        await broken[0].until_scene("thanks")
        for person in whole:
            await person.until_state("over", patience=60)
        lengths = sorted(len(steps) for steps in (await table(running)).values())
        assert lengths[0] == lengths[1]
        assert lengths[0] >= 2
        assert lengths[2:] == [300, 300]


async def test_waiting_too_long_leads_to_the_scene_that_says_so(run_experiment: Any) -> None:
    """A timeout moves a participant to its scene, with its message, and is in the data."""
    rules = {"max_wait_time": 1, "timeout_message": "Nobody came."}
    async with run_experiment(experiment(wait=True, waitroom=rules)) as running, running.arrive() as ann:
        await ann.until_scene("welcome")
        await ann.advance()
        await ann.until(lambda: ann.lobby)
        assert ann.lobby["waiting"] == 1
        await ann.until_scene("thanks")
        await ann.until(lambda: "Nobody came." in ann.notices)
        await running.server.hosts[0].experiment.exports.settled()
        assert "timeout" in (running.data_dir / "lobby.csv").read_text()


async def test_waiting_too_long_can_lead_away(run_experiment: Any) -> None:
    """A timeout address is where the page goes, again after a reload."""
    rules = {"max_wait_time": 1, "timeout_scene_id": None, "timeout_redirect_url": "https://example.org/no"}
    config = experiment(waitroom=rules)
    async with run_experiment(config) as running, running.arrive() as ann:
        await ann.until_scene("welcome")
        await ann.advance()
        await ann.until(lambda: ann.redirect)
        ann.redirect = None
        await ann.reload()
        await ann.until(lambda: ann.redirect == "https://example.org/no")


async def test_who_wants_to_leave_the_waiting_room_can(run_experiment: Any) -> None:
    """The leave button leads out, and nobody is matched with who left."""
    async with run_experiment(experiment()) as running, running.arrive() as ann, running.arrive() as bob:
        for person in (ann, bob):
            await person.until_scene("welcome")
        await ann.advance()
        await ann.until(lambda: ann.lobby)
        await ann.leave_lobby()
        await ann.until_scene("thanks")
        await bob.advance()
        await bob.until(lambda: bob.lobby)
        assert bob.lobby["waiting"] == 1


async def test_a_silent_page_does_not_hold_others_back(run_experiment: Any) -> None:
    """Who meets somebody whose page is hidden reaches the timeout in time; the hidden one is asked once."""
    rules = {"ready_timeout": 1, "max_wait_time": 3}
    async with (
        run_experiment(experiment(waitroom=rules)) as running,
        running.arrive() as ann,
        running.arrive() as bob,
    ):
        bob.answers_ready_checks = False
        for person in (ann, bob):
            await person.until_scene("welcome")
        await bob.send("visibility", {"visible": False})
        for person in (ann, bob):
            await person.advance()
        await ann.until_scene("thanks", patience=15)
        events = (running.data_dir / "journal" / "events.jsonl").read_text()
        assert events.count("ready_check_missed") == 1


async def test_leaving_during_a_readiness_check_counts(run_experiment: Any) -> None:
    """Who stops waiting while a group is being asked does not play; the other stays first in line."""
    async with run_experiment(experiment()) as running, running.arrive() as ann, running.arrive() as bob:
        ann.answers_ready_checks = bob.answers_ready_checks = False
        for person in (ann, bob):
            await person.until_scene("welcome")
            await person.advance()
        await ann.until(lambda: ann.ready_check)
        await ann.leave_lobby()
        await ann.until_scene("thanks")
        await bob.until(lambda: "stay first" in bob.lobby.get("text", ""))
        assert bob.game == {}


async def test_leaving_the_waiting_room_earns_no_code(run_experiment: Any) -> None:
    """A completion code is for who went the whole way."""
    config = experiment(waitroom={"timeout_scene_id": None})
    code = CompletionCodeScene().scene(scene_id="code").display(scene_header="Code")
    config.experiment(stager=Stager(scenes=[*config.setting("stager").scenes()[:-1], code]))
    async with run_experiment(config) as running, running.arrive() as ann:
        await ann.until_scene("welcome")
        await ann.advance()
        await ann.until(lambda: ann.lobby)
        await ann.leave_lobby()
        await ann.until_scene("code")
        await running.server.hosts[0].experiment.exports.settled()
        assert "left_lobby" in (running.data_dir / "participants.csv").read_text()
        assert "code" not in ann.scene["page"]


async def test_nobody_plays_with_an_absent_partner(run_experiment: Any) -> None:
    """Who does not answer the readiness check is passed over; who did stays first in the queue."""
    rules = {"ready_timeout": 1}
    async with (
        run_experiment(experiment(waitroom=rules)) as running,
        running.arrive() as ann,
        running.arrive() as bob,
        running.arrive() as cem,
    ):
        ann.answers_ready_checks = False
        for person in (ann, bob):
            await person.until_scene("welcome")
            await person.advance()
        await bob.until(lambda: bob.ready_check)
        await cem.until_scene("welcome")
        await cem.advance()
        await bob.until_state("playing", "over")
        await cem.until_state("playing", "over")
        assert ann.game == {}


@pytest.mark.slow
async def test_five_hundred_arrivals_make_250_pairs(run_experiment: Any) -> None:
    """A crowd that arrives at once is paired completely, nobody twice."""
    config = experiment(gameplay={"max_steps": 100_000}, env=lambda: Line(2))
    config.setting("stager").scenes()[1].rendering(fps=1)
    async with run_experiment(config) as running, AsyncExitStack() as stack:
        people = [running.arrive() for _ in range(500)]
        for first in range(0, 500, 50):
            crowd = people[first : first + 50]
            await asyncio.gather(*(stack.enter_async_context(person) for person in crowd))
        await asyncio.gather(*(person.until_scene("welcome", patience=60) for person in people))
        await asyncio.gather(*(person.advance() for person in people))
        await asyncio.gather(*(person.until(lambda p=person: p.game, patience=90) for person in people))
        events = (running.data_dir / "journal" / "events.jsonl").read_text().splitlines()
        groups = [json.loads(line)["participants"] for line in events if '"group_formed"' in line]
        assert len(groups) == 250
        assert len({subject for group in groups for subject in group}) == 500


async def test_data_survives_in_the_folder_of_its_experiment(run_experiment: Any, tmp_path: Path) -> None:
    """Two experiments on one server keep their participants and data apart."""
    first, second = experiment(1), experiment(1)
    second.experiment(experiment_id="other")
    async with run_experiment(first, second) as running:
        other = HeadlessParticipant(running.url.replace("/study", "/other"))
        async with running.arrive() as ann, other:
            for person in (ann, other):
                await person.until_scene("welcome")
                await person.advance()
                await person.until_state("over")
        for host in running.server.hosts:
            await host.experiment.exports.settled()
    for name in ("study", "other"):
        assert len(list((tmp_path / "data" / name / "game").glob("*.episodes.csv"))) == 1
