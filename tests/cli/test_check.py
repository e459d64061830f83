"""``mug check`` finds everything that is wrong, at once."""

from tests.plugins.conftest import install

__all__ = ["install"]

FIVE_MISTAKES = """
game = (
    gym_scene.GymScene()
    .scene(scene_id="game")
    .environment(env_creator="CartPole-v1")
    .policies(policy_mapping={"player_0": configuration_constants.PolicyTypes.Human})
    .rendering(fps="30")
    .gameplay(num_episods=3)
    .runtime(transport="websokcet")
    .waitroom(max_wait_time=-1)
)
config = (
    experiment_config.ExperimentConfig()
    .experiment(stager=stager.Stager(scenes=[start, game, end]), experiment_id="hello")
    .hosting(port=99999)
)
app.run(config)
"""

SKILLED = """
import mug

class ByName(mug.Matchmaker):
    def propose(self, waiting, size, now):
        queue = sorted(waiting, key=lambda ticket: ticket.subject_id)
        while len(queue) >= size:
            yield queue[:size]
            queue = queue[size:]

@mug.hookimpl
def mug_matchmakers():
    return {"by-name": ByName}

@mug.hookimpl
def mug_health():
    return {}
"""

CARELESS = SKILLED.replace("yield queue[:size]", "yield queue[:size]\n            yield queue[:size]")


def test_a_good_experiment(run_mug, write_script):
    """A script without mistakes is said to be ready; nothing is served and no data folder is made."""
    path = write_script("if __name__ == '__main__':\n    app.run(config)")
    result = run_mug("check", path)
    assert (result.exit_code, result.output) == (0, f"{path}: experiment 'hello' is ready, with 2 scenes\n")
    assert [entry.name for entry in path.parent.iterdir()] == ["study.py"]


def test_five_mistakes_at_once(run_mug, write_script):
    """Every mistake is listed with its place and what to write, and the status is 2."""
    result = run_mug("check", write_script(FIVE_MISTAKES))
    assert result.exit_code == 2
    text = result.stderr
    assert text.splitlines()[0].endswith("study.py: 5 problems")
    for sentence in (
        "fps must be",
        "write fps=30",
        "no setting 'num_episods'",
        "did you mean 'num_episodes'?",
        "max_wait_time must be",
        "port must be",
        "there is no transport 'websokcet'",
        "scene 'game', .runtime(transport=)",
        "did you mean 'websocket'?",
    ):
        assert sentence in text
    assert [line.split(".")[0] for line in text.splitlines() if line[:1].isdigit()] == [
        "1",
        "2",
        "3",
        "4",
        "5",
    ]


def test_a_python_error(run_mug, write_script):
    """A script that raises is one message with the script's line."""
    result = run_mug("check", write_script("config.experiment(experiment_id=undefined_name)"))
    assert result.exit_code == 2
    assert result.stderr.startswith("NameError: name 'undefined_name' is not defined\n  in:  ")
    assert ": config.experiment(experiment_id=undefined_name)" in result.stderr


def test_a_sound_plugin(run_mug, install):
    """A plugin's name checks it and everything it offers against the laws of its kind."""
    install("sound", SKILLED)
    result = run_mug("check", "sound")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [
        "plugin 'sound': 7 of 7 checks passed",
        "matchmaker 'by-name': 10 of 10 checks passed",
        "only their signatures were checked: mug_health",
    ]


def test_a_careless_plugin(run_mug, install):
    """What breaks a law is listed with the check and a sentence, and the status is 2."""
    install("careless", CARELESS)
    result = run_mug("check", "careless")
    assert result.exit_code == 2
    assert "matchmaker 'by-name': 9 of 10 checks passed" in result.stdout
    assert "check_nobody_is_in_two_groups: subject-" in result.stderr


def test_a_broken_plugin(run_mug, install):
    """A plugin that cannot be loaded is one message that names its distribution."""
    install("broken", "import no_such_module_here")
    result = run_mug("check", "broken")
    assert result.exit_code == 2
    assert result.stderr.startswith("plugin 'broken' (mug-broken 0.1) cannot be loaded: ModuleNotFoundError")


def test_a_plugin_that_is_not_installed(run_mug, install):
    """The name of no plugin gets a suggestion."""
    install("sound", SKILLED)
    result = run_mug("check", "soudn")
    assert (result.exit_code, result.stderr) == (
        2,
        "plugin 'soudn' is not installed\n  in:  mug check soudn\n  fix: did you mean 'sound'?\n",
    )


GAME = """
import random
from mug.testing.envs import Corridor

class Careless(Corridor):
    def step(self, action):
        return super().step(random.randrange(3))

game = (
    gym_scene.GymScene()
    .scene(scene_id="game")
    .environment(env_creator={environment})
    .policies(policy_mapping={{"player_0": configuration_constants.PolicyTypes.Human}})
    .gameplay(action_mapping={{"ArrowLeft": 1}}, default_action=0)
)
config.experiment(stager=stager.Stager(scenes=[start, game, end]))
app.run(config)
"""


def test_environments_on_request(run_mug, write_script):
    """--environments plays the script's environments; one that can be repeated passes."""
    result = run_mug("check", write_script(GAME.format(environment="Corridor")), "--environments")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[1:] == ["the environment of scene 'game': 11 of 11 checks passed"]


def test_an_environment_that_cannot_be_repeated(run_mug, write_script):
    """An environment that depends on anything but seed and actions is found out, with status 2."""
    result = run_mug("check", write_script(GAME.format(environment="Careless")), "--environments")
    assert result.exit_code == 2
    assert (
        "check_the_same_actions_give_the_same_game: two games with the same seed and actions differ"
        in result.stderr
    )


def test_environments_of_a_plugin(run_mug, install):
    """--environments has no meaning for a plugin, and is not ignored."""
    install("sound", SKILLED)
    result = run_mug("check", "sound", "--environments")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--environments goes with a script" in result.stderr
