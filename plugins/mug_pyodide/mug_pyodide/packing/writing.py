"""A scene's game as browsers read it, with the parts of scripts that it needs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from mug.errors import ConfigurationError, Problem
from mug.game.making import MakeEnvironment
from mug.game.spec import GameSpec
from mug_pyodide.in_browser.scene import Part
from mug_pyodide.packing.pickling import ScenePickler, name_in_browser
from mug_pyodide.packing.project import Project
from mug_pyodide.packing.slicing import Slice, Slicer, Unshippable

_SETTINGS = {
    "make_env": ".environment() or .runtime()",
    "policies": ".policies(policy_mapping=)",
    "load_policy_fn": ".policies(load_policy_fn=)",
    "policy_inference_fn": ".policies(policy_inference_fn=)",
    "hud_text_fn": ".rendering(hud_text_fn=)",
    "controls": ".gameplay(action_mapping=, pointer=)",
    "default_action": ".gameplay(default_action=)",
    "callbacks": ".gameplay(callback=)",
}
_MADE_AT_TOP = "pass a function or class of your own that makes it when it is called"


@attrs.frozen
class Written:
    """A scene as it is shipped.

    Attributes:
        blob: the scene.
        parts: the modules of which only a part is in it.
        models: model files, by the names that the scene has for them.
        files: the researcher's files that values in it name.
    """

    blob: bytes
    parts: tuple[str, ...]
    models: dict[str, Path]
    files: frozenset[Path]


def write_scene(spec: GameSpec, project: Project) -> Written:
    """Write a scene.

    Raises:
        ConfigurationError: something in it cannot be taken to a browser; every such thing is named.
    """
    return _Writer(project).write(_for_browser(spec))


class _Writer:
    def __init__(self, project: Project) -> None:
        self._project = project
        self._models: dict[str, Path] = {}
        self._files: set[Path] = set()

    def write(self, spec: GameSpec) -> Written:
        game = {"environments": _registered(spec), "spec": spec}
        slicer = Slicer()
        try:
            self._settle(game, slicer)
        except Exception as error:
            problems = [*self._blamed(spec)] or [_problem(spec, "", error)]
            raise ConfigurationError(problems) from error
        pickler = self._pickler(slicer)
        slices = slicer.slices()
        pickler.dump(
            {
                "path": self._project.import_paths(),
                "folder": self._project.working.relative_to(self._project.root).as_posix(),
                "parts": len(slices),
            }
        )
        for one in slices:
            pickler.dump(self._part(one))
        pickler.dump(game)
        parts = tuple(one.source.module for one in slices)
        return Written(pickler.written(), parts, self._models, frozenset(self._files))

    def _settle(self, game: dict[str, Any], slicer: Slicer) -> None:
        """Find out what is needed of scripts, until what is needed by that needs nothing more."""
        before = -1
        while slicer.size() != before:
            before = slicer.size()
            pickler = self._pickler(slicer)
            for one in slicer.slices():
                pickler.dump(one.values)
            pickler.dump(game)

    def _pickler(self, slicer: Slicer) -> ScenePickler:
        return ScenePickler(self._project, slicer, self._model, self._files)

    def _model(self, path: Path) -> str:
        """Name a model in the page."""
        for name, known in self._models.items():
            if known == path.absolute():
                return name
        name = f"model_{len(self._models)}"
        self._models[name] = path.absolute()
        return name

    def _part(self, one: Slice) -> Part:
        source = one.source
        shown = str(source.file) if self._project.relative(source.file) else f"<{source.shown}>"
        return Part(name_in_browser(source.module), shown, one.text(), one.values)

    def _blamed(self, spec: GameSpec) -> Iterator[Problem]:
        """Say which settings cannot be taken along: each is tried alone."""
        for field in dataclasses.fields(spec):
            try:
                self._settle({field.name: getattr(spec, field.name)}, Slicer())
            except Exception as error:
                yield _problem(spec, field.name, error)


def _problem(spec: GameSpec, setting: str, error: Exception) -> Problem:
    where = f"scene '{spec.scene_id}', {_SETTINGS.get(setting, setting or '.runtime()')}"
    if isinstance(error, Unshippable):
        return Problem(where, f"this cannot run in a browser: {error.what}", error.fix)
    return Problem(where, f"this cannot be taken to a browser: {error}", _MADE_AT_TOP)


def _for_browser(spec: GameSpec) -> GameSpec:
    """Take out what is for the server or for the page alone."""
    return dataclasses.replace(
        spec,
        fallback=None,
        env_code=None,
        assets_dir=None,
        assets=(),
        header="",
        body="",
        in_game_body="",
        matchmaker=None,
        timeout_scene_id=None,
        timeout_redirect_url=None,
        timeout_message="",
        packages_to_install=(),
    )


def _registered(spec: GameSpec) -> list[Any]:
    """Return how Gymnasium makes the environment, if the scene names it by its id."""
    make = spec.make_env
    if not isinstance(make, MakeEnvironment) or not isinstance(make.creator, str):
        return []
    import gymnasium

    return [dataclasses.replace(gymnasium.spec(make.creator))]
