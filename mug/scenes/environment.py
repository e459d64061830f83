"""Making a scene's environment from what the script gave: a class, a function, or a Gymnasium id."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from mug.configurations.settings import shown
from mug.errors import did_you_mean
from mug.game.making import MakeEnvironment


def making(creator: Callable[..., object] | str, config: Mapping[str, Any]) -> MakeEnvironment:
    """Return how to make the environment, with the ``render_mode`` that fits it.

    The script's own ``render_mode`` always stays. Otherwise a class or a registered environment that lists
    its render modes is made with ``"mug"`` when it has that, else with ``"rgb_array"``; a function with a
    parameter ``render_mode`` that is required or None by default gets ``"mug"``.
    """
    mode = None if "render_mode" in config else _render_mode(creator)
    return MakeEnvironment(creator, dict(config) if mode is None else {**config, "render_mode": mode})


def making_trouble(creator: Callable[..., object] | str, config: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return why calling the creator with these arguments cannot work, and a fix; None when it can."""
    if isinstance(creator, str):
        return _id_trouble(creator)
    parameters = _parameters(creator)
    if parameters is None or _takes_any(parameters):
        return None
    for name in config:
        if name not in parameters:
            accepted = [p.name for p in parameters.values() if p.kind is not p.POSITIONAL_ONLY]
            fix = did_you_mean(name, accepted) or f"it takes {', '.join(accepted) or 'none'}"
            return f"{shown(creator)} takes no argument '{name}'", fix
    given = {*making(creator, config).kwargs}
    missing = [
        p.name
        for p in parameters.values()
        if p.default is p.empty
        and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
        and p.name not in given
    ]
    if missing:
        return f"{shown(creator)} needs the argument '{missing[0]}'", f"give it: {{{missing[0]!r}: …}}"
    return None


def _render_mode(creator: Callable[..., object] | str) -> str | None:
    if isinstance(creator, str):
        return _listed_mode(_registered(creator))
    parameters = _parameters(creator) or {}
    named = parameters.get("render_mode")
    if isinstance(creator, type):
        return _listed_mode(creator) if named is not None or _takes_any(parameters) else None
    return "mug" if named is not None and named.default in (named.empty, None) else None


def _listed_mode(environment: object) -> str | None:
    metadata = getattr(environment, "metadata", None)
    modes = (
        metadata.get("render_modes", metadata.get("render.modes")) if isinstance(metadata, Mapping) else None
    )
    if not isinstance(modes, list | tuple | set):
        return None
    return next((mode for mode in ("mug", "rgb_array") if mode in modes), None)


def _registered(environment_id: str) -> object:
    import gymnasium
    from gymnasium.envs.registration import load_env_creator

    entry_point = gymnasium.spec(environment_id).entry_point
    return load_env_creator(entry_point) if isinstance(entry_point, str) else entry_point


def _id_trouble(environment_id: str) -> tuple[str, str] | None:
    import gymnasium

    try:
        _registered(environment_id)
    except Exception as error:
        close = did_you_mean(environment_id, gymnasium.registry)
        what = f"Gymnasium has no environment {environment_id!r}: {error}"
        return what, close or "import the package that registers it, or write 'package:Name-v0'"
    return None


def _parameters(creator: Callable[..., object]) -> Mapping[str, inspect.Parameter] | None:
    try:
        return inspect.signature(creator).parameters
    except (TypeError, ValueError):
        return None


def _takes_any(parameters: Mapping[str, inspect.Parameter]) -> bool:
    return any(p.kind is p.VAR_KEYWORD for p in parameters.values())
