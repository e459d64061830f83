"""The laws of plugins: what they register is right and stays the same, and having one installed is free."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from types import ModuleType

from mug.core.plugins import Available, Plugin, PluginSet
from mug.errors import PluginError
from mug.hookspecs import SPECS
from mug.testing.conformance.failure import ConformanceError, require

Factory = Callable[[], object]
NAME = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
HEAVY = ("gymnasium", "hypercorn", "numpy", "onnxruntime", "pettingzoo", "quart", "socketio", "torch")
"""What installed plugins must not load: every ``mug`` command imports every plugin's entry point."""


def check_keeps_the_contract(factory: Factory) -> None:
    """Every hook is marked and spelled right, takes arguments that exist, and is async only where allowed."""
    _examined(factory)


def check_has_a_hook(factory: Factory) -> None:
    """There is at least one hook, or the plugin would do nothing."""
    require(
        _examined(factory).implementations,
        "no function is marked with @mug.hookimpl: the plugin would do nothing",
    )


def check_can_be_activated(factory: Factory) -> None:
    """An experiment can list the plugin; two of them can be told apart."""
    plugins = PluginSet(Available())
    try:
        plugins.activate(factory(), factory())
    except PluginError as error:
        raise ConformanceError(str(error)) from error


def check_registers_the_right_things(factory: Factory) -> None:
    """What is registered is of the kind that the registry is for."""
    plugin = _examined(factory)
    for hook in _registries(plugin):
        try:
            plugin.offers(hook)
        except PluginError as error:
            raise ConformanceError(str(error)) from error


def check_registers_the_same_each_time(factory: Factory) -> None:
    """Registries do not depend on when, or how often, they are asked."""
    plugin = _examined(factory)
    for hook in _registries(plugin):
        first, second = dict(plugin.offers(hook)), dict(plugin.offers(hook))
        require(first == second, f"{hook} answered differently when asked again: {first!r}, then {second!r}")


def check_names_can_be_written_anywhere(factory: Factory) -> None:
    """Names are small letters, digits, hyphens and underscores: they stand in addresses and file names."""
    plugin = _examined(factory)
    for hook in _registries(plugin):
        for name in plugin.offers(hook):
            require(
                NAME.fullmatch(name),
                f"{hook} registers {name!r}, which is no name like 'newest-first'",
            )


def check_loads_nothing_heavy(factory: Factory) -> None:
    """Importing the plugin's module does not load the web server, NumPy, or environments."""
    subject = factory()
    module = subject.__name__ if isinstance(subject, ModuleType) else type(subject).__module__
    if module == "__main__":
        return
    script = f"import sys, {module}\nprint(*sorted({set(HEAVY)!r} & set(sys.modules)))"
    path = os.pathsep.join(entry or "." for entry in sys.path)
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": path},
    )
    last = done.stderr.strip().splitlines()[-1:] or [""]
    require(done.returncode == 0, f"importing {module} alone fails: {last[0]}")
    loaded = done.stdout.split()
    require(not loaded, f"importing {module} loads {', '.join(loaded)}: import them where they are used")


CHECKS: Sequence[Callable[[Factory], None]] = (
    check_keeps_the_contract,
    check_has_a_hook,
    check_can_be_activated,
    check_registers_the_right_things,
    check_registers_the_same_each_time,
    check_names_can_be_written_anywhere,
    check_loads_nothing_heavy,
)


def _examined(factory: Factory) -> Plugin:
    subject = factory()
    name = subject.__name__ if inspect.ismodule(subject) else type(subject).__name__
    try:
        return Plugin.examine(subject, name)
    except PluginError as error:
        raise ConformanceError(str(error)) from error


def _registries(plugin: Plugin) -> list[str]:
    return [hook for hook in plugin.implementations if SPECS[hook].rule == "merge"]
