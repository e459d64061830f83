"""The experiment's configuration."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from mug.configurations import ExperimentConfig, RemoteConfig
from mug.configurations.configuration_constants import PolicyTypes
from mug.errors import MugError, Problem
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene, StartScene


def scenes() -> Stager:
    return Stager(scenes=[StartScene().scene(scene_id="start"), EndScene().scene(scene_id="end")])


def config() -> ExperimentConfig:
    return ExperimentConfig().experiment(stager=scenes(), experiment_id="study")


def found(configured: ExperimentConfig) -> list[tuple[str, str, str]]:
    return [(problem.where, problem.what, problem.fix) for problem in configured.problems()]


def only(configured: ExperimentConfig) -> Problem:
    (problem,) = configured.problems()
    return problem


@pytest.fixture(autouse=True)
def _no_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TURN_USERNAME", "TURN_CREDENTIAL"):
        monkeypatch.delenv(name, raising=False)


def test_the_two_names_are_one_class() -> None:
    """``RemoteConfig`` is ``ExperimentConfig``."""
    assert RemoteConfig is ExperimentConfig


def test_an_experiment_needs_a_stager() -> None:
    """Without scenes there is nothing to run."""
    problem = only(ExperimentConfig())
    assert problem.where == "ExperimentConfig, .experiment(stager=)"


def test_the_server_is_for_this_machine_until_said_otherwise() -> None:
    """By default nobody else can reach the server, and nothing is trusted."""
    assert config().problems() == []
    assert config().setting("host") == "127.0.0.1"
    assert config().setting("port") == 8000
    assert config().setting("behind_proxy") is False
    assert config().setting("allowed_origins") == ()


@pytest.mark.parametrize(
    ("method", "setting", "value", "fix"),
    [
        ("experiment", "stager", [StartScene()], "write stager=stager.Stager(scenes=[…])"),
        ("experiment", "experiment_id", "../secrets", "write experiment_id='secrets'"),
        ("experiment", "experiment_id", "a/b", "write experiment_id='a_b'"),
        ("experiment", "seed", -1, ""),
        ("experiment", "title", 3, ""),
        ("experiment", "data_dir", 3, ""),
        ("hosting", "port", "8000", "write port=8000"),
        ("hosting", "port", 0, ""),
        ("hosting", "port", 70_000, ""),
        ("hosting", "host", "http://localhost:8000", "write the host alone: no 'http://', no port"),
        ("hosting", "host", None, ""),
        ("hosting", "allowed_origins", "https://a.org", "write allowed_origins=['https://a.org']"),
        ("hosting", "allowed_origins", ["https://a.org/path"], "write 'https://a.org'"),
        ("hosting", "allowed_origins", ["*"], ""),
        ("hosting", "behind_proxy", "yes", "write behind_proxy=True"),
        ("hosting", "max_participants", 0, ""),
        (
            "hosting",
            "max_ping",
            100,
            "remove it: a participant's latency is recorded, and a plugin can screen by it",
        ),
        ("static_files", "directories", ["nowhere"], ""),
        ("experiment", "data_dir", "data\0", ""),
        ("experiment", "data_dir", "data\ud800", ""),
        ("webrtc", "force_relay", 1, "write force_relay=True"),
        ("webrtc", "ice_servers", [{"urls": "http://a.org"}], "it starts with stun: or turn:"),
        ("webrtc", "ice_servers", [{"url": "stun:a.org"}], "did you mean 'urls'?"),
        ("webrtc", "ice_servers", [{"urls": "turn:a.org"}], ""),
        ("webrtc", "turn_urls", "turn:a.org", "write turn_urls=['turn:a.org']"),
        ("webrtc", "turn_urls", ["turn://a.org:3478"], "write 'turn:a.org:3478'"),
        ("webrtc", "turn_urls", ["stun:a.org"], ""),
        ("webrtc", "turn_urls", [], ""),
        ("webrtc", "turn_secret", 3, ""),
    ],
)
def test_wrong_settings_are_problems(method: str, setting: str, value: Any, fix: str) -> None:
    """Each wrong value of each setting is one problem, with what would be right where that is clear."""
    configured = config()
    getattr(configured, method)(**{setting: value})
    problems = [problem for problem in configured.problems() if f"({setting}=)" in problem.where]
    assert len(problems) == 1, found(configured)
    if fix:
        assert problems[0].fix == fix


def test_problems_of_scenes_and_order_are_reported_together() -> None:
    """One list has what is wrong with the configuration, with every scene, and with their order."""
    broken = Stager(
        scenes=[
            StartScene().scene(scene_id="start").display(scene_headr="Hello"),
            GymScene().scene(scene_id="start").rendering(fps="30"),  # type: ignore[arg-type]
        ]
    )
    configured = ExperimentConfig().experiment(stager=broken).hosting(port="80")  # type: ignore[arg-type]
    where = [problem.where for problem in configured.problems()]
    assert "ExperimentConfig, .hosting(port=)" in where
    assert "scene 'start', .display(scene_headr=)" in where
    assert "scene 'start', .rendering(fps=)" in where
    assert "scene 'start', .scene(scene_id=)" in where
    assert "Stager(scenes=)" in where


def test_turn_credentials_are_read_when_webrtc_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment counts as it is at the call; what the call gives wins."""
    monkeypatch.setenv("TURN_USERNAME", "user")
    monkeypatch.setenv("TURN_CREDENTIAL", "key")
    configured = config().webrtc()
    explicit = config().webrtc(turn_username="mine", turn_credential="own")
    monkeypatch.setenv("TURN_USERNAME", "later")
    assert configured.setting("turn_username") == "user"
    assert configured.setting("turn_credential") == "key"
    assert explicit.setting("turn_username") == "mine"
    assert configured.uses_webrtc
    assert not config().uses_webrtc


def test_credentials_never_show_in_problems(monkeypatch: pytest.MonkeyPatch) -> None:
    """A credential without its user name is a problem that does not print it."""
    monkeypatch.setenv("TURN_CREDENTIAL", "very-secret")
    problem = only(config().webrtc())
    assert problem.where == "experiment 'study', .webrtc(turn_username=)"
    assert "very-secret" not in str(problem)


def test_a_shared_secret_comes_with_the_addresses_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Secret and addresses go together, from the call or from the environment, and without another user."""
    urls = ["turn:turn.example.org:3478", "turns:turn.example.org:443?transport=tcp"]
    configured = config().webrtc(turn_urls=urls, turn_secret="shared", force_relay=True)
    assert configured.problems() == []
    assert configured.setting("turn_urls") == tuple(urls)
    assert only(config().webrtc(turn_secret="shared")).where == "experiment 'study', .webrtc(turn_urls=)"
    assert only(config().webrtc(turn_urls=urls)).where == "experiment 'study', .webrtc(turn_secret=)"
    monkeypatch.setenv("TURN_URLS", " ".join(urls))
    monkeypatch.setenv("TURN_SECRET", "shared")
    assert config().webrtc().problems() == []
    assert config().webrtc().setting("turn_urls") == tuple(urls)
    assert config().webrtc().webrtc_settings()["turn_secret"] == "shared"
    monkeypatch.setenv("TURN_URLS", "turn.example.org")
    assert only(config().webrtc()).where == "experiment 'study', .webrtc(turn_urls=)"


def test_a_secret_and_a_user_are_not_mixed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two ways to open one server contradict each other, unless the call says which it is."""
    urls = ["turn:turn.example.org"]
    for name in ("TURN_USERNAME", "TURN_CREDENTIAL", "TURN_SECRET"):
        monkeypatch.setenv(name, f"the {name}")
    assert only(config().webrtc(turn_urls=urls)).where == "experiment 'study', .webrtc(turn_secret=)"
    secret = config().webrtc(turn_urls=urls, turn_secret="shared")
    assert secret.problems() == []
    assert secret.setting("turn_username") is None
    user = config().webrtc(turn_urls=urls, turn_username="u", turn_credential="c")
    assert user.problems() == []
    assert user.setting("turn_secret") is None


def test_relaying_everything_needs_a_relay() -> None:
    """``force_relay`` without a TURN server could never connect anybody."""
    assert only(config().webrtc(force_relay=True)).where == "experiment 'study', .webrtc(force_relay=)"
    turn = {"urls": ["turn:a.org"], "username": "u", "credential": "c"}
    assert config().webrtc(force_relay=True, ice_servers=[turn]).problems() == []


def test_plugins_are_listed_one_by_one() -> None:
    """Objects and names, in the order of the calls; a list in the list is a mistake."""
    plugin = object()
    assert config().plugins(plugin, "prolific").plugins("surveys").setting("plugins") == (
        plugin,
        "prolific",
        "surveys",
    )
    assert "one by one" in only(config().plugins(["prolific"])).what
    assert only(config().plugins(None)).where == "experiment 'study', .plugins(plugins=)"


def test_data_can_go_where_nothing_is_yet_but_not_into_a_file(tmp_path: Path) -> None:
    """The folder is made later; a file of that name is in the way."""
    assert config().experiment(data_dir=tmp_path / "new").problems() == []
    (tmp_path / "file").touch()
    assert "is a file" in only(config().experiment(data_dir=tmp_path / "file")).what


def test_folders_of_files_are_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder is found where Python was started, and stays the same afterwards."""
    (tmp_path / "pictures").mkdir()
    monkeypatch.chdir(tmp_path)
    assert config().static_files(directories=["pictures"]).setting("directories") == (tmp_path / "pictures",)


def test_folders_of_files_have_names_of_their_own(tmp_path: Path) -> None:
    """Two folders of one name, and one that would hide mug's own addresses, are problems."""
    for name in ("a/pictures", "b/pictures", "-"):
        (tmp_path / name).mkdir(parents=True)
    both = [tmp_path / "a" / "pictures", tmp_path / "b" / "pictures"]
    assert "'pictures' is not its alone" in only(config().static_files(directories=both)).what
    assert "'-' is not its alone" in only(config().static_files(directories=[tmp_path / "-"])).what


def test_folders_of_files_do_not_hold_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever names the folder of the study itself hears that everybody could read everything."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data" / "study" / "made").mkdir(parents=True)
    (tmp_path / "pictures").mkdir()

    def asset_folder(folder: str) -> ExperimentConfig:
        game = GymScene().scene(scene_id="game").environment(env_creator="CartPole-v1")
        game.policies(policy_mapping={"player": PolicyTypes.Human}).assets(assets_dir=folder)
        game.gameplay(action_mapping={"ArrowLeft": 0})
        end = EndScene().scene(scene_id="end")
        return ExperimentConfig().experiment(stager=Stager(scenes=[game, end]), experiment_id="study")

    for folder in (".", "data", "data/study", "data/study/made"):
        for configured in (config().static_files(directories=[folder]), asset_folder(folder)):
            assert "everybody could read the data" in only(configured).what
    assert config().static_files(directories=["pictures"]).problems() == []
    assert asset_folder("pictures").problems() == []


def test_folders_of_files_do_not_hold_the_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The script may have passwords in it; it is not served either, wherever the data is."""
    monkeypatch.setattr(sys.modules["__main__"], "__file__", str(tmp_path / "study" / "script.py"))
    (tmp_path / "study" / "pictures").mkdir(parents=True)
    served = config().static_files(directories=[tmp_path / "study"])
    assert "everybody could read the script" in only(served).what
    assert config().static_files(directories=[tmp_path / "study" / "pictures"]).problems() == []


def test_freezing_reaches_the_scenes() -> None:
    """Once frozen, neither the configuration nor a scene takes any change."""
    configured = config()
    configured.freeze()
    scene = configured.setting("stager").scenes()[0]
    for change in (lambda: configured.hosting(port=1), lambda: scene.display(scene_header="x")):
        with pytest.raises(MugError, match="after the experiment had started"):
            change()


def test_methods_that_other_tools_have_are_explained() -> None:
    """A method that does not exist says what to do instead."""
    with pytest.raises(MugError, match="list a plugin that screens participants"):
        config().entry_screening(max_ping=100)


def test_webrtc_where_nothing_is_played_peer_to_peer_is_pointed_out() -> None:
    """A setting without an effect does not pass in silence."""
    pages = [StartScene().scene(scene_id="a"), EndScene().scene(scene_id="b")]
    config = ExperimentConfig().experiment(stager=Stager(scenes=pages)).webrtc()
    assert config.problems() == []
    (note,) = config.advice()
    assert ".webrtc()" in note.where
    assert ExperimentConfig().experiment(stager=Stager(scenes=pages)).advice() == []
