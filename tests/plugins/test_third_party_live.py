"""A third party's matchmaker in a running experiment, by its name and as an instance."""

import contextlib
import json
from pathlib import Path

import pytest

from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.errors import ConfigurationError
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene, StaticScene
from mug.testing.envs import Meeting

pytest.importorskip("mug_server_mode")

SOURCE = Path(__file__).parents[2] / "examples" / "mug_skill" / "mug_skill.py"


@pytest.fixture
def by(install):
    """The matchmaker as scripts name it: "name" or "instance"."""
    install("skill", SOURCE.read_text(), version="0.1.0")

    def choose(how):
        if how == "name":
            return "skill"
        from mug_skill import SkillMatchmaker

        return SkillMatchmaker(gap=20.0)

    return choose


def study(matchmaker, *fields):
    """A form, and a game of two people who are matched by the matchmaker."""
    inputs = "".join(f'<input name="{field}">' for field in fields)
    form = StaticScene().scene(scene_id="about").display(scene_body=inputs, element_ids=list(fields))
    game = (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=Meeting)
        .policies(policy_mapping={"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Human})
        .gameplay(action_mapping={"ArrowLeft": 1}, default_action=0, countdown_s=0.0)
        .multiplayer(num_players=2, matchmaker=matchmaker)
    )
    scenes = [form, game, EndScene().scene(scene_id="end")]
    return ExperimentConfig().experiment(stager=Stager(scenes=scenes), experiment_id="study")


@pytest.mark.parametrize("how", ["name", "instance"])
async def test_people_of_similar_skill_play_together(run_experiment, by, how):
    """Four people who arrive mixed are paired by skill, and the manifest names the package."""
    skills = ["10", "1000", "12", "1010"]
    async with contextlib.AsyncExitStack() as stack:
        running = await stack.enter_async_context(run_experiment(study(by(how), "skill")))
        people = [await stack.enter_async_context(running.arrive()) for _ in skills]
        for person, skill in zip(people, skills, strict=True):
            await person.until_scene("about")
            await person.advance(skill=skill)
            await person.until_scene("game")
        for person in people:
            await person.until_state("over")
        games = [person.game["game"] for person in people]
    assert games[0] == games[2] != games[1] == games[3]
    started = next(record for record in records(running.data_dir) if record["kind"] == "experiment_started")
    (skill,) = [entry for entry in started["plugins"] if entry["name"] == "skill"]
    assert (skill["distribution"], skill["version"], skill["active"]) == ("mug-skill", "0.1.0", True)


async def test_a_script_that_does_not_ask_is_refused(run_experiment, by):
    """A script in which nobody is asked for the skill is refused, and told the nearest field."""
    with pytest.raises(ConfigurationError) as caught:
        async with run_experiment(study(by("name"), "skil")):
            raise AssertionError("it was served")
    assert "SkillMatchmaker needs to know 'skill' of everybody" in str(caught.value)
    assert "did you mean 'skil'?" in str(caught.value)


def records(data_dir):
    for path in sorted(data_dir.rglob("*.jsonl")):
        yield from map(json.loads, path.read_text().splitlines())
