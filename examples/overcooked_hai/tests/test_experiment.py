"""The experiment is right as it stands, and can be played."""

import csv

import pytest

LEFT, RIGHT, PICK_OR_PLACE = 2, 3, 4


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
    """The same scene with the server runtime: keys move the cook, the model moves the other, soups count."""
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
        for action in (LEFT, LEFT, LEFT, PICK_OR_PLACE, RIGHT):
            await ann.press(action)
        await ann.until_state("over")
        await ann.advance()
        await ann.until_scene("end")
    assert ann.hud is not None
    (file,) = [
        file for file in (running.data_dir / "overcooked_game").glob("*.csv") if "episodes" not in file.name
    ]
    steps = list(csv.DictReader(file.open(encoding="utf-8")))
    assert len(steps) == 240
    assert sum(step["source.0"] == "human" for step in steps) == 5
    assert {step["source.1"] for step in steps} == {"policy"}
    delivered = sum(float(step["rewards.1"]) >= 20 for step in steps)
    assert delivered >= 1
    assert f"Soups delivered: {delivered}" in ann.hud
