"""What to say to a script that asks for something nobody gives."""

from __future__ import annotations

from collections.abc import Iterable

from mug.core.plugins.installed import Available
from mug.errors import MugError, did_you_mean
from mug.hooks import HookSpec

PACKAGES = {
    ("mug_runtimes", "server"): "mug-server-mode",
    ("mug_runtimes", "pyodide"): "mug-pyodide",
    ("mug_transports", "webrtc"): "mug-ggpo",
    ("mug_matchmakers", "latency"): "mug-ggpo",
}
"""Which of the first-party packages gives what; they need not be installed for this to be said."""


def missing(spec: HookSpec, name: str, asked_by: str, known: Iterable[str], available: Available) -> MugError:
    """The error for a name that no plugin registers with this hook."""
    names = sorted(known)
    package = PACKAGES.get((spec.name, name))
    broken = _broken(available)
    if package is not None and package not in {one.distribution for one in available.installed}:
        what, fix = f"{spec.noun} '{name}' is not installed", f"pip install {package}"
    else:
        what = f"there is no {spec.noun} '{name}'"
        fix = did_you_mean(name, names) or _choices(spec.noun, names) + (
            "" if broken else f", or install the package that gives it (pip install {_package_for(name)})"
        )
    return MugError(what + broken, asked_by, fix)


def missing_plugin(name: str, available: Available, asked_by: str) -> MugError:
    """The error for a plugin that is asked for by its name and that nobody installed."""
    names = [one.name for one in available.installed]
    fix = did_you_mean(name, names) or f"pip install {_package_for(name)}"
    return MugError(f"plugin '{name}' is not installed", asked_by, fix)


def _choices(noun: str, names: list[str]) -> str:
    return f"the known ones are {', '.join(names)}" if names else f"no installed plugin gives a {noun}"


def _broken(available: Available) -> str:
    """A reminder that something installed could not be asked."""
    failures = available.broken()
    if not failures:
        return ""
    causes = "; ".join(failure.what for failure in failures.values())
    return f" (but not every plugin could be asked: {causes})"


def _package_for(name: str) -> str:
    return "mug-" + name.lower().replace("_", "-").replace(" ", "-")
