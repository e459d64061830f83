"""The experiment is right as it stands, and can be played."""

import csv
import itertools

import pytest

UP, DOWN, LEFT, RIGHT = range(4)


@pytest.mark.slow
def test_nothing_is_wrong_with_the_script(script):
    """It is complete, there is nothing to advise, and the game runs in browsers: a person and the model."""
    assert script.config.problems() == []
    assert script.config.advice() == []
    spec = script.game.game_spec()
    assert spec.runtime == "pyodide"
    assert (spec.agent_ids, spec.humans) == ((0, 1), (0,))


@pytest.mark.slow
async def test_somebody_plays_with_the_partner_on_the_server(script, run_experiment):
    """The same scene with the server runtime: keys move the cook, the model moves the other, soups count.

    The person walks round in a square, so as not to stand in the partner's way for ever.
    """
    (
        script.game.runtime(run_through_pyodide=False)
        .rendering(fps=60)
        .gameplay(num_episodes=1, max_steps=240, countdown_s=0.0)
    )
    async with run_experiment(script.config) as running, running.arrive() as ann:
        for scene in ("start", "instructions"):
            await ann.until_scene(scene)
            await ann.advance()
        await ann.until_state("playing")
        walk = itertools.cycle((LEFT, UP, RIGHT, DOWN))
        while ann.game["state"] == "playing":
            seen = len(ann.frames)
            await ann.press(next(walk))
            await ann.until(lambda seen=seen: len(ann.frames) > seen or ann.game["state"] != "playing")
        await ann.until_state("over")
        await ann.advance()
        await ann.until_scene("end")
    assert ann.hud is not None
    (file,) = [
        file for file in (running.data_dir / "overcooked_game").glob("*.csv") if "episodes" not in file.name
    ]
    steps = list(csv.DictReader(file.open(encoding="utf-8")))
    assert len(steps) == 240
    assert {step["actions.0"] for step in steps if step["source.0"] == "human"} == {"0", "1", "2", "3"}
    assert {step["source.1"] for step in steps} == {"policy"}
    delivered = sum(float(step["rewards.1"]) >= 20 for step in steps)
    assert delivered >= 1
    assert f"Soups delivered: {delivered}" in ann.hud
