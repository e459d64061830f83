"""How a hook is declared, and how a plugin says that a function implements one.

A declaration states how the answers of several plugins combine, in one of five ways:

- ``merge``: mappings are joined; two plugins giving one key is an error that names both.
- ``collect``: every answer counts; the answers stay apart and keep the name of their plugin.
- ``at-most-one``: one plugin may answer; two answers are an error that names both.
- ``first-refusal``: plugins are asked in listed order until one refuses.
- ``notify``: everybody is told; answers are not expected, and an error is logged and stops nobody else.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

import attrs
import pluggy

PROJECT = "mug"
PREFIX = "mug_"
"""Every hook's name starts with this, so that a plugin's hooks are recognizable."""
_SPEC = "mug_hook"  # not "mug_spec": that is where pluggy keeps its own mark

Rule = Literal["merge", "collect", "at-most-one", "first-refusal", "notify"]
Function = TypeVar("Function", bound=Callable[..., Any])


@attrs.frozen
class HookSpec:
    """One extension point.

    Attributes:
        name: the function name that implements it.
        parameters: the names of the arguments; an implementation takes any of them, in any order.
        rule: how several answers combine.
        awaits: whether an implementation may be ``async def``.
        many: whether one plugin answers with several things (an iterable) instead of one.
        isolated: whether a plugin's error is kept apart instead of ending the call; always so for ``notify``.
        noun: for registries, what is registered: ``"matchmaker"``.
        gives: the types of what is answered, as ``"module:Class"``; empty when anything goes.
    """

    name: str
    parameters: tuple[str, ...]
    rule: Rule
    awaits: bool = False
    many: bool = False
    isolated: bool = False
    noun: str = ""
    gives: tuple[str, ...] = ()

    def given_types(self) -> tuple[type, ...]:
        """The types of which answers must have one; none when anything goes."""
        found = []
        for place in self.gives:
            module, _, name = place.partition(":")
            found.append(getattr(importlib.import_module(module), name))
        return tuple(found)


def hookspec(
    rule: Rule,
    *,
    awaits: bool = False,
    many: bool = False,
    isolated: bool = False,
    noun: str = "",
    gives: str | tuple[str, ...] = (),
) -> Callable[[Function], Function]:
    """Declare the decorated function as an extension point; see `HookSpec` for the arguments."""
    mark = pluggy.HookspecMarker(PROJECT)

    def declare(function: Function) -> Function:
        name = function.__name__
        parameters = tuple(inspect.signature(function).parameters)
        isolates = isolated or rule == "notify"
        types = (gives,) if isinstance(gives, str) else gives
        spec = HookSpec(name, parameters, rule, awaits, many, isolates, noun, types)
        setattr(function, _SPEC, spec)
        return mark(function)

    return declare


def hookimpl(function: Function) -> Function:
    """Mark a function, or a plugin object's method, as implementing the hook it is named after."""
    return pluggy.HookimplMarker(PROJECT)(function)


def declared_in(namespace: Mapping[str, object]) -> dict[str, HookSpec]:
    """Return the extension points among a module's globals, by name."""
    specs = (getattr(value, _SPEC, None) for value in namespace.values() if inspect.isfunction(value))
    return {spec.name: spec for spec in specs if isinstance(spec, HookSpec)}
