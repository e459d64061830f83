"""One experiment, put together and checked: everything a script configured, resolved to objects."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import attrs

from mug.components import AgentId, Completion, Matchmaker, Runtime, Transport
from mug.configurations.experiment_config import ExperimentConfig
from mug.core.needed_facts import missing_facts
from mug.core.observers import Observers
from mug.core.plugins import PluginSet
from mug.core.records.exports import Exports
from mug.core.state import Participant
from mug.errors import ConfigurationError, MugError, Problem
from mug.game.spec import GameSpec, client_game
from mug.peers import PeerTransport
from mug.scenes.scene import Scene
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene

DEFAULT_TRANSPORT = "websocket"


@attrs.frozen(eq=False)
class Experiment:
    """A checked experiment. ``experiment_id`` and ``data_dir`` are what hooks see of it.

    ``transports`` carry what travels between a page and the server, ``peers`` connect pages to each other.
    """

    config: ExperimentConfig
    experiment_id: str
    title: str
    data_dir: Path
    seed: int | None
    stager: Stager
    scenes: Mapping[str, Scene]
    games: Mapping[str, GameSpec]
    runtimes: Mapping[str, Runtime]
    fallbacks: Mapping[str, Runtime]
    transports: Mapping[str, Transport]
    peers: Mapping[str, PeerTransport]
    matchmakers: Mapping[str, Matchmaker]
    plugins: PluginSet
    exports: Exports

    @classmethod
    def build(cls, config: ExperimentConfig, plugins: PluginSet | None = None) -> Experiment:
        """Check a configuration and put the experiment together.

        Raises:
            ConfigurationError: with every problem that was found.
        """
        experiment, problems = assemble(config, plugins or PluginSet())
        if problems or experiment is None:
            raise ConfigurationError(problems)
        return experiment

    @property
    def observers(self) -> Observers:
        """The observing hooks of the active plugins."""
        return Observers(self.plugins, self)

    @property
    def last_scene_id(self) -> str:
        """The scene that ends the experiment for everybody."""
        return self.stager.last_scene_id

    def lobby_of(self, participant: Participant) -> str | None:
        """Return the game scene that a participant waits for: the one they are in, or the next."""
        if participant.scene_kind == "gym":
            return participant.scene_id
        following = participant.position + 1
        if following < len(participant.plan.items):
            scene_id = participant.plan.items[following].scene_id
            if scene_id in self.games:
                return scene_id
        return None

    def runtime_of(self, scene_id: str, name: str | None) -> Runtime:
        """Return the runtime that plays a game of this scene: the scene's own, or the named fallback."""
        fallback = self.fallbacks.get(scene_id)
        return fallback if fallback is not None and fallback.name == name else self.runtimes[scene_id]

    def runtimes_in_use(self) -> dict[str, tuple[Runtime, dict[str, GameSpec]]]:
        """Return every runtime by its name, with the scenes it may have to play."""
        used: dict[str, tuple[Runtime, dict[str, GameSpec]]] = {}
        for scene_id, runtime in (*self.runtimes.items(), *self.fallbacks.items()):
            used.setdefault(runtime.name, (runtime, {}))[1][scene_id] = self.games[scene_id]
        return used

    def game_page(
        self,
        scene_id: str,
        agent_id: AgentId,
        runtime: str | None,
        registered: Sequence[Mapping[str, str]] = (),
    ) -> dict[str, Any]:
        """Return what the page of a player in this seat needs to know about the game.

        ``runtime`` is the name of the one that took over from the scene's, or None. ``registered`` are assets
        that the environment brings; they come before the scene's of the same name.
        """
        spec = self.games[scene_id]
        page = client_game(spec, agent_id)
        own = [
            asset
            | {key: f"./-/assets/{scene_id}/{asset[key]}" for key in ("url", "image", "data") if key in asset}
            for asset in page["assets"]
        ]
        page["assets"] = list({asset["name"]: asset for asset in (*own, *registered)}.values())
        return page | {
            "runtime": self.runtime_of(scene_id, runtime).name,
            "frames": self.transports[scene_id].name,
            "peers": self.peers[scene_id].name if scene_id in self.peers and runtime is None else None,
            "canFallBack": spec.fallback is not None and runtime is None,
        }

    def plain_completion(self, participant: Participant, outcome: str) -> Completion:
        """Return how the experiment ends for somebody whom no plugin completes.

        A code is for those for whose outcome the page was made, not for who came to it for want of another.
        """
        scene = self.scenes[participant.scene_id]
        deserved = scene.wants_code and outcome == scene.outcome
        return Completion(code=secrets.token_hex(4).upper() if deserved else None)

    def own_page(self, participant: Participant) -> dict[str, Any]:
        """Return what a scene shows to this participant only; of an ending, the code and where to go."""
        scene = self.scenes[participant.scene_id]
        if not scene.ends:
            return scene.page_for(participant.visitor)
        if not isinstance(scene, EndScene) or not participant.finished:
            return {}
        ending = scene.page_for(participant.visitor)
        if participant.code:
            ending["code"] = participant.code
        if participant.text:
            ending["text"] = participant.text
        if participant.redirect:
            seconds = scene.reading_seconds(participant.text or "")
            ending["redirect"] = {"url": participant.redirect, "seconds": seconds}
        return ending


def assemble(config: ExperimentConfig, plugins: PluginSet) -> tuple[Experiment | None, list[Problem]]:
    """Put an experiment together as far as possible; return it and everything that is wrong."""
    problems = list(config.problems())
    stager = config.setting("stager")
    if not isinstance(stager, Stager):
        return None, problems
    problems += _attempt(lambda: plugins.activate(*config.setting("plugins")))
    scenes = {scene.scene_id: scene for scene in stager.scenes() if scene.scene_id}
    for scene in scenes.values():
        for need in scene.needs():
            found = _attempt(lambda need=need: plugins.find(need.hook, need.name, need.where))
            problems += [attrs.evolve(one, fix=_either(one.fix, need.otherwise)) for one in found]
    if problems:
        return None, problems
    builder = _Assembly(config, plugins, scenes)
    problems += builder.problems
    problems += missing_facts(stager, builder.matchmakers)
    if problems:
        return None, problems
    for scene in scenes.values():
        scene.freeze()
    data_dir = Path(config.setting("data_dir")) / config.setting("experiment_id")
    experiment = Experiment(
        config=config,
        experiment_id=config.setting("experiment_id"),
        title=config.setting("title") or config.setting("experiment_id") or "Study",
        data_dir=data_dir,
        seed=config.setting("seed"),
        stager=stager,
        scenes=scenes,
        games=builder.games,
        runtimes=builder.runtimes,
        fallbacks=builder.fallbacks,
        transports=builder.transports,
        peers=builder.peers,
        matchmakers=builder.matchmakers,
        plugins=plugins,
        exports=Exports(data_dir),
    )
    return experiment, plugins.problems(experiment)


class _Assembly:
    """Resolves what each game scene names: one runtime and transport object per name, shared by scenes."""

    def __init__(self, config: ExperimentConfig, plugins: PluginSet, scenes: Mapping[str, Scene]) -> None:
        self._plugins = plugins
        self._config = config
        self._shared: dict[tuple[str, str], Any] = {}
        self.games: dict[str, GameSpec] = {}
        self.runtimes: dict[str, Runtime] = {}
        self.fallbacks: dict[str, Runtime] = {}
        self.transports: dict[str, Transport] = {}
        self.peers: dict[str, PeerTransport] = {}
        self.matchmakers: dict[str, Matchmaker] = {}
        self.problems: list[Problem] = []
        for scene_id, spec in _game_specs(scenes):
            spec = spec.with_policies(self._offered_policies(scenes[scene_id]))
            self.games[scene_id] = spec
            self.problems += _attempt(lambda scene_id=scene_id, spec=spec: self._resolve(scene_id, spec))

    def _offered_policies(self, scene: Scene) -> dict[str, object]:
        offered: dict[str, object] = {}
        for need in scene.needs():
            if need.hook == "mug_policies":
                make = self._plugins.find(need.hook, need.name, need.where)
                try:
                    offered[need.name] = make()
                except Exception as error:
                    what = f"the policy '{need.name}' could not be made: {type(error).__name__}: {error}"
                    self.problems.append(Problem(need.where, what))
        return offered

    def _resolve(self, scene_id: str, spec: GameSpec) -> None:
        where = f"scene '{scene_id}'"
        runtime = self._one("mug_runtimes", spec.runtime, where)
        self.runtimes[scene_id] = runtime
        spec = self._connect(scene_id, spec, where)
        if isinstance(spec.matchmaker, Matchmaker):
            self._plugins.activate(spec.matchmaker)
            self.matchmakers[scene_id] = spec.matchmaker
        else:
            self.matchmakers[scene_id] = self._plugins.find("mug_matchmakers", spec.matchmaker, where)()
        self.problems += runtime.check(spec)
        if spec.fallback is not None:
            fallback = self.fallbacks[scene_id] = self._one("mug_runtimes", spec.fallback, where)
            # What takes over has no connection between the pages to build on.
            self.problems += fallback.check(replace(spec, peer_game=None))

    def _connect(self, scene_id: str, spec: GameSpec, where: str) -> GameSpec:
        transport = self._one("mug_transports", spec.transport or DEFAULT_TRANSPORT, where)
        if isinstance(transport, PeerTransport):
            self.peers[scene_id] = transport
            self.problems += transport.check(spec)
            spec = self.games[scene_id] = replace(spec, peer_game=transport.game)
            transport = self._one("mug_transports", transport.relays_by, where)
        self.transports[scene_id] = transport
        return spec

    def _one(self, hook: str, name: str, where: str) -> Any:
        key = (hook, name)
        if key not in self._shared:
            made = self._shared[key] = self._plugins.find(hook, name, where)()
            if isinstance(made, PeerTransport):
                made.configure(self._config.webrtc_settings())
        return self._shared[key]


def _game_specs(scenes: Mapping[str, Scene]) -> Iterator[tuple[str, GameSpec]]:
    for scene_id, scene in scenes.items():
        spec = getattr(scene, "game_spec", None)
        if spec is not None:
            yield scene_id, spec()


def _either(fix: str, otherwise: str) -> str:
    return f"{fix}, {otherwise}" if fix and otherwise else fix or otherwise


def _attempt(action: Any) -> list[Problem]:
    """Run one step of the assembly; what it raises becomes problems."""
    try:
        action()
    except ConfigurationError as error:
        return list(error.problems)
    except MugError as error:
        return [Problem(error.where, error.what, error.fix)]
    return []
