"""The scenes and games of an experiment script, for commands that look at them without serving it."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import attrs

from mug.configurations.experiment_config import ExperimentConfig
from mug.core import launch
from mug.core.plugins import PluginSet
from mug.errors import ConfigurationError, MugError, did_you_mean
from mug.game.spec import GameSpec
from mug.scenes.stager import Stager


@attrs.frozen
class ScriptGames:
    """The game scenes of one experiment: what is played, by scene id, and where the data is."""

    experiment_id: str
    data_dir: Path
    specs: dict[str, GameSpec]


@attrs.frozen
class ScriptExperiment:
    """One experiment as a script configures it: its name, where its data goes, and the plugins it lists."""

    experiment_id: str
    title: str
    data_dir: Path
    plugins: tuple[object, ...]


def experiments_of(script: Path, data_dir: Path | None = None) -> list[ScriptExperiment]:
    """Run a script up to ``app.run``, and return what it configures.

    Args:
        script: the file.
        data_dir: where data goes instead.

    Raises:
        MugError: the script does not run.
    """
    found = []
    for config in launch.capture(script):
        name, title = config.setting("experiment_id"), config.setting("title")
        folder = Path(data_dir or config.setting("data_dir")) / name
        found.append(ScriptExperiment(name, title or name, folder, tuple(config.setting("plugins"))))
    return found


@contextlib.contextmanager
def games_of(script: Path) -> Iterator[list[ScriptGames]]:
    """Run a script up to ``app.run``; inside the block it is ``__main__``, and its games are given.

    Raises:
        MugError: the script does not run, or something is wrong with its scenes.
    """
    with launch.capturing(script) as configs:
        yield [_games(config) for config in configs]


@contextlib.contextmanager
def configs_of(script: Path) -> Iterator[list[ExperimentConfig]]:
    """Run a script up to ``app.run``; inside the block it is ``__main__``, and its experiments are given.

    Raises:
        MugError: the script does not run, or its experiments have no scenes.
    """
    with launch.capturing(script) as configs:
        for config in configs:
            if not isinstance(config.setting("stager"), Stager):
                raise ConfigurationError(config.problems())
        yield list(configs)


def chosen(games: list[ScriptGames], scene_id: str | None, script: Path) -> dict[str, GameSpec]:
    """Return the specs of the scenes with one id, or of all scenes.

    Each goes by its id, or by ``experiment/scene`` where several experiments have a scene of that id; either
    can be asked for.

    Raises:
        MugError: there is no such scene, or no game at all.
    """
    often = Counter(name for one in games for name in one.specs)
    specs = {
        name if often[name] == 1 else f"{one.experiment_id}/{name}": spec
        for one in games
        for name, spec in one.specs.items()
    }
    if not specs:
        raise MugError("the script has no game", str(script), "add a GymScene")
    if scene_id is None:
        return specs
    found = {name: spec for name, spec in specs.items() if scene_id in (name, name.rpartition("/")[2])}
    if not found:
        fix = did_you_mean(scene_id, specs) or f"the games are {', '.join(sorted(specs))}"
        raise MugError(f"there is no game scene '{scene_id}'", str(script), fix)
    return found


def _games(config: ExperimentConfig) -> ScriptGames:
    stager = config.setting("stager")
    if not isinstance(stager, Stager):
        raise ConfigurationError(config.problems())
    plugins = PluginSet()
    plugins.activate(*config.setting("plugins"))
    specs: dict[str, GameSpec] = {}
    for scene in stager.scenes():
        make_spec = getattr(scene, "game_spec", None)
        if make_spec is not None and scene.scene_id:
            offered = {
                need.name: plugins.find(need.hook, need.name, need.where)()
                for need in scene.needs()
                if need.hook == "mug_policies"
            }
            specs[scene.scene_id] = make_spec().with_policies(offered)
    data_dir = Path(config.setting("data_dir")) / config.setting("experiment_id")
    return ScriptGames(config.setting("experiment_id"), data_dir, specs)
