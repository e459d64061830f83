"""The runtime behind the real server: participants without a browser play, and the data is on disk."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene, StartScene

RIGHT, DOWN = 3, 1


def experiment(kit: Any, **gameplay: Any) -> ExperimentConfig:
    game = (
        GymScene()
        .scene(scene_id="grid")
        .environment(env_creator=kit.load_grid())
        .policies(policy_mapping={"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Human})
        .rendering(fps=30, game_width=500, game_height=500)
        .gameplay(
            default_action=4,
            action_mapping={"ArrowUp": 0, "ArrowDown": 1, "ArrowLeft": 2, "ArrowRight": 3},
            countdown_s=0.1,
            **gameplay,
        )
        .multiplayer(num_players=2, player_ids=["player_0", "player_1"], reconnect_window_s=60)
    )
    scenes = [StartScene().scene(scene_id="welcome"), game, EndScene().scene(scene_id="thanks")]
    return ExperimentConfig().experiment(stager=Stager(scenes=scenes), experiment_id="study")


async def seated(ann: Any, bob: Any) -> tuple[Any, Any]:
    """Bring both into the game; return who plays player_0 and who player_1."""
    for participant in (ann, bob):
        await participant.until_scene("welcome")
        await participant.advance()
    for participant in (ann, bob):
        await participant.until_state("playing")
    return (ann, bob) if ann.game["seat"] == "player_0" else (bob, ann)


def index_of(participant: Any, code: str) -> int:
    return next(b["action"] for b in participant.page["bindings"] if b["codes"] == [code])


async def test_two_participants_play_and_the_data_is_on_disk(run_experiment: Any, kit: Any) -> None:
    """Both walk to the goal, see each other there, and every step is a row in each one's file."""
    async with run_experiment(experiment(kit)) as running:
        async with running.arrive() as ann, running.arrive() as bob:
            first, second = await seated(ann, bob)
            await first.hold(index_of(first, "ArrowRight"))
            await second.hold(index_of(second, "ArrowDown"))
            await first.until(lambda: circle(first.picture, 0)[0] == 475)
            await first.hold(index_of(first, "ArrowDown"))
            for participant in (first, second):
                await participant.until_state("over")
                assert circle(participant.picture, 0) == circle(participant.picture, 1) == (475, 475)
        journal = steps_of(running.data_dir)
    rows = [list(csv.DictReader(path.open())) for path in sorted(running.data_dir.glob("grid/*.csv"))]
    tables = [table for table in rows if table and "actions.player_0" in table[0]]
    assert len(tables) == 2
    for table in tables:
        assert [int(row["step"]) for row in table] == [step["step"] for step in journal]
        assert [int(row["actions.player_0"]) for row in table] == [s["actions"]["player_0"] for s in journal]
    assert journal[-1]["rewards"] == {"player_0": 1.0, "player_1": 1.0}


async def test_a_game_survives_a_restart_of_the_server(run_experiment: Any, kit: Any) -> None:
    """Stopped in the middle and started again with the same data, the game goes on where it was."""
    endless = experiment(kit, max_steps=100_000)
    async with run_experiment(endless) as running, running.arrive() as ann, running.arrive() as bob:
        first, second = await seated(ann, bob)
        await first.hold(index_of(first, "ArrowRight"))
        await first.until(lambda: circle(first.picture, 0)[0] > 200)
        tokens = [first.token, second.token]
    before = steps_of(running.data_dir)
    assert before
    async with run_experiment(experiment(kit, max_steps=100_000)) as running:
        ann, bob = running.arrive(), running.arrive()
        ann.token, bob.token = tokens
        async with ann, bob:
            for participant in (ann, bob):
                await participant.until_state("playing")
            await ann.until(lambda: ann.frames and ann.frames[-1].frame >= len(before))
            assert circle(ann.picture, 0)[0] > 200
    after = steps_of(running.data_dir)
    assert after[: len(before)] == before
    assert [step["step"] for step in after] == list(range(1, len(after) + 1))


def circle(picture: Any, place: int) -> tuple[float, float]:
    circles = [props for _, _, kind, props in picture.commands() if kind == 2]
    return (circles[place]["x"], circles[place]["y"]) if circles else (0, 0)


def steps_of(data_dir: Path) -> list[dict[str, Any]]:
    (stream,) = [path for path in data_dir.glob("journal/games/*") if path.is_file()]
    records = [json.loads(line) for line in stream.read_bytes().splitlines() if line.startswith(b"{")]
    return [record for record in records if record["kind"] == "step"]
