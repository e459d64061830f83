"""The experiments are right as they stand, and can be played."""

import asyncio

import pytest
import records
from slime_game import KEYS
from slime_volleyball_env import JUMP_FROM_NET, JUMP_TO_NET, LEFT, RIGHT

LEFT_AND_UP = ("ArrowLeft", "ArrowUp")


@pytest.mark.slow
def test_nothing_is_wrong_with_the_script_with_the_ai(against_ai):
    """It is complete, there is nothing to advise, and both games run in browsers: a person and an AI."""
    assert against_ai.config.problems() == []
    assert against_ai.config.advice() == []
    for scene in (against_ai.against_model, against_ai.against_rules):
        spec = scene.game_spec()
        assert (spec.runtime, spec.humans, spec.fps) == ("pyodide", (LEFT,), 30)


def test_nothing_is_wrong_with_the_script_for_two(against_human):
    """It is complete, there is nothing to advise, and it is played peer to peer, in two browsers."""
    assert against_human.config.problems() == []
    assert against_human.config.advice() == []
    spec = against_human.match.game_spec()
    assert (spec.runtime, spec.humans, spec.fps) == ("pyodide", (LEFT, RIGHT), 30)
    assert against_human.match.transport_name() == "webrtc"


def test_keys_mean_the_same_place_on_both_sides():
    """The left arrow leads away from the net on the left side, and to it on the right one."""
    assert (KEYS[LEFT][LEFT_AND_UP], KEYS[RIGHT][LEFT_AND_UP]) == (JUMP_FROM_NET, JUMP_TO_NET)
    assert KEYS[LEFT]["ArrowLeft"] == KEYS[RIGHT]["ArrowRight"]
    assert KEYS[LEFT]["ArrowRight"] == KEYS[RIGHT]["ArrowLeft"]


async def test_two_people_play_on_the_server(against_human, run_experiment):
    """One word of the script is another one: two people play three points, and the data says how."""
    (
        against_human.match.runtime(run_through_pyodide=False)
        .rendering(fps=120)
        .gameplay(num_episodes=3, countdown_s=0.0, reset_freeze_s=0.0)
    )
    async with (
        run_experiment(against_human.config) as running,
        running.arrive() as ann,
        running.arrive() as bob,
    ):
        for person in (ann, bob):
            await person.until_scene("welcome")
            await person.advance()
        await asyncio.gather(*(person.until_state("over") for person in (ann, bob)))
        assert "scores!" in ann.hud
        for person in (ann, bob):
            await person.advance()
            await person.until_scene("thanks")
    tables = records.steps(running.data_dir / "slime_humans")
    assert len(tables) == 2
    for steps in tables:
        assert {step["episode"] for step in steps} == {"1", "2", "3"}
        ends = [step for step in steps if float(step[f"rewards.{LEFT}"])]
        assert len(ends) == 3
        for end in ends:
            assert float(end[f"rewards.{end['possession']}"]) == -1
            assert float(end[f"rewards.{LEFT}"]) == -float(end[f"rewards.{RIGHT}"])


@pytest.mark.slow
async def test_somebody_plays_against_the_ai_on_the_server(against_ai, run_experiment):
    """Both games come, in either order; who does nothing loses them to the model and to the rules."""
    for scene in (against_ai.against_model, against_ai.against_rules):
        scene.runtime(run_through_pyodide=False)
        scene.rendering(fps=120).gameplay(num_episodes=2, countdown_s=0.0, reset_freeze_s=0.0)
    async with run_experiment(against_ai.config) as running, running.arrive() as ann:
        await ann.until_scene("welcome")
        for _ in range(2):
            await ann.advance()
            await ann.until_state("playing")
            await ann.until_state("over")
        await ann.advance()
        await ann.until_scene("thanks")
    for scene in ("against_model", "against_rules"):
        (steps,) = records.steps(running.data_dir / scene)
        assert {step[f"source.{RIGHT}"] for step in steps} == {"policy"}
        assert sum(float(step[f"rewards.{RIGHT}"]) for step in steps) == 2
