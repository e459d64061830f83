"""What a plugin can get wrong unnoticed by Python and pluggy; each becomes an error that says what to write.

Attributes are looked at without evaluating them: a plugin's properties may be expensive or not ready yet.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from mug.errors import PluginError, did_you_mean
from mug.hooks import PREFIX, PROJECT, HookSpec
from mug.hookspecs import SPECS

_MARK = f"{PROJECT}_impl"
_NEUTRAL = (None, False, "")


def marked_functions(plugin: object, name: str) -> Iterator[tuple[HookSpec, Callable[..., Any]]]:
    """Yield the plugin's hook implementations, ready to be called, after checking all of them.

    Args:
        plugin: a module, or an instance of a plugin's own class.
        name: the plugin's name, for messages.

    Raises:
        PluginError: the first thing that would make the plugin silently not do what it says.
    """
    if inspect.isclass(plugin):
        raise PluginError(
            f"plugin '{name}' is the class {plugin.__name__}, not an instance of it",
            name,
            fix=f"write {plugin.__name__}(...)",
        )
    for attribute in dir(plugin):
        function = _function(plugin, attribute)
        if function is None:
            continue
        mark = getattr(function, _MARK, None)
        if mark is None:
            _check_unmarked(plugin, attribute, function, name)
            continue
        where = _where(function, name)
        spec = _check_name(attribute, mark, name, where)
        _check_options(mark, name, where)
        _check_parameters(spec, function, name, where)
        _check_async(spec, function, name, where)
        yield spec, function


def compares_by_value(plugin: object) -> bool:
    """Whether two plugin objects can be equal; registering one would pass for registering the other."""
    return type(plugin).__eq__ is not object.__eq__


def _function(plugin: object, attribute: str) -> Callable[..., Any] | None:
    """The function or bound method of this name, or None for anything else, properties included."""
    static = inspect.getattr_static(plugin, attribute, None)
    if isinstance(static, staticmethod | classmethod):
        return static.__get__(plugin, type(plugin))
    if inspect.isfunction(static):
        owned = isinstance(plugin, ModuleType) or attribute in getattr(plugin, "__dict__", {})
        return static if owned else static.__get__(plugin, type(plugin))
    return static if inspect.ismethod(static) else None


def _check_unmarked(plugin: object, attribute: str, function: Callable[..., Any], name: str) -> None:
    if not attribute.startswith(PREFIX):
        return
    imported = isinstance(plugin, ModuleType) and function.__module__ != plugin.__name__
    if attribute not in SPECS and imported:
        return
    where = _where(function, name)
    if attribute in SPECS:
        raise PluginError(
            f"{attribute} is not marked as a hook, so it would never be called",
            name,
            where,
            "put @mug.hookimpl above it",
        )
    raise PluginError(
        f"there is no hook '{attribute}', and names that start with '{PREFIX}' are hooks",
        name,
        where,
        did_you_mean(attribute, SPECS) or f"rename it so that it does not start with '{PREFIX}'",
    )


def _check_name(attribute: str, mark: dict[str, Any], name: str, where: str) -> HookSpec:
    wanted = mark.get("specname") or attribute
    if attribute in SPECS and wanted == attribute:
        return SPECS[attribute]
    if wanted in SPECS:
        raise PluginError(
            f"{attribute} cannot implement '{wanted}' under another name", name, where, f"name it {wanted}"
        )
    prefixed = wanted if wanted.startswith(PREFIX) else PREFIX + wanted
    raise PluginError(f"there is no hook '{wanted}'", name, where, did_you_mean(prefixed, SPECS))


def _check_options(mark: dict[str, Any], name: str, where: str) -> None:
    for option, value in mark.items():
        if option != "specname" and value not in _NEUTRAL:
            raise PluginError(
                f"@hookimpl({option}={value!r}) has no meaning: plugins are called in listed order",
                name,
                where,
                "write @mug.hookimpl without options",
            )


def _check_parameters(spec: HookSpec, function: Callable[..., Any], name: str, where: str) -> None:
    offered = ", ".join(spec.parameters)
    signature = f"{spec.name}({offered})"
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            stars = "*" if parameter.kind is parameter.VAR_POSITIONAL else "**"
            raise PluginError(
                f"{spec.name} takes {stars}{parameter.name}, but hooks' arguments are passed by name",
                name,
                where,
                f"take those that are needed of {signature}",
            )
        if parameter.kind is parameter.KEYWORD_ONLY:
            raise PluginError(
                f"parameter '{parameter.name}' of {spec.name} is keyword-only",
                name,
                where,
                "remove the * from the parameters",
            )
        if parameter.name not in spec.parameters:
            raise PluginError(
                f"{spec.name} has no argument '{parameter.name}'",
                name,
                where,
                did_you_mean(parameter.name, spec.parameters) or f"the hook is {signature}",
            )
        if parameter.default is not parameter.empty:
            raise PluginError(
                f"parameter '{parameter.name}' of {spec.name} has a default, but is always passed",
                name,
                where,
                f"write {parameter.name} without a default",
            )


def _check_async(spec: HookSpec, function: Callable[..., Any], name: str, where: str) -> None:
    if inspect.isasyncgenfunction(function):
        fix = "put @contextlib.asynccontextmanager below @mug.hookimpl" if spec.name == "mug_lifespan" else ""
        raise PluginError(f"{spec.name} is an async generator", name, where, fix or "return the answer")
    if inspect.iscoroutinefunction(function) and not spec.awaits:
        raise PluginError(
            f"{spec.name} is async, but is called where nothing can wait for it",
            name,
            where,
            f"write def {spec.name}(...) without async",
        )


def _where(function: Callable[..., Any], name: str) -> str:
    code = getattr(inspect.unwrap(function), "__code__", None)
    place = f" ({code.co_filename}:{code.co_firstlineno})" if code is not None else ""
    return f"plugin '{name}'{place}"
