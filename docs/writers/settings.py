"""The reference of settings, from the builders' tables and the docstrings of what has no table."""

from __future__ import annotations

import enum
import inspect
from pathlib import Path

from docs.writers.docstrings import description, entries, markdown, table
from mug.configurations.configuration_constants import (
    ActionSettings,
    InputModes,
    ModelConfig,
    PolicyTypes,
)
from mug.configurations.experiment_config import ExperimentConfig
from mug.configurations.settings import Settings, settings_of, shown
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Branch, LatinSquare, RandomizeOrder, RepeatScene, Stager, Treatments
from mug.scenes.static_scene import CompletionCodeScene, EndScene, StartScene, StaticScene, WaitScene

INTRODUCTION = """\
# Settings

Scenes and the experiment's configuration are built by methods that take their settings by name and return the
object, so that calls can be chained. A setting that is wrong raises nothing: `mug check` and `app.run` report
all of them at once. A setting that is not given keeps its default; given twice, the last one counts.

Games run in the participants' browsers, with mug-pyodide, when a scene has `run_through_pyodide=True` or one
of the settings with the environment's code; otherwise on the server, with mug-server-mode. Several people in
their browsers play peer to peer, with mug-ggpo. For such games alone are `ggpo_max_rollback_frames`,
`ggpo_input_delay_frames`, `ggpo_prediction`, `rollback_smoothing_duration`, `max_p2p_rtt_ms` and all of
`.webrtc()`.

Folders and files are looked for where Python was started, and then beside the script.
"""
BUILDERS = (
    (ExperimentConfig, "`mug.configurations.experiment_config`, also known as `RemoteConfig`"),
    (GymScene, "`mug.scenes.gym_scene`"),
    (StaticScene, "`mug.scenes.static_scene`"),
    (EndScene, "`mug.scenes.static_scene`"),
)
PLAIN = (StartScene, WaitScene, CompletionCodeScene)
ORDERS = (Stager, RandomizeOrder, LatinSquare, Treatments, Branch, RepeatScene)


def page() -> str:
    """Return the page."""
    parts = [INTRODUCTION]
    seen: set[str] = set()
    for builder, module in BUILDERS:
        parts.append(f"## {builder.__name__}\n\nIn {module}. {description(builder)}\n")
        for settings in settings_of(builder):
            parts.append(_settings(builder, settings, seen))
    for kind in PLAIN:
        base = kind.__mro__[1].__name__
        parts.append(f"### {kind.__name__}\n\n{description(kind)}\n\nIt has the settings of `{base}`.\n")
    parts.append("## The order of scenes\n\nIn `mug.scenes.stager`.\n")
    parts += [_order(order) for order in ORDERS]
    parts.append("## Constants\n\nIn `mug.configurations.configuration_constants`.\n")
    parts += [_constants(constants) for constants in (PolicyTypes, InputModes, ActionSettings)]
    parts.append(_model())
    return "\n".join(parts)


def _settings(builder: type, settings: Settings, seen: set[str]) -> str:
    heading = f"### {builder.__name__}.{settings.method}()"
    if settings.method in seen:
        return f"{heading}\n\nThe settings are those [above](#{_home(settings)}{settings.method}).\n"
    seen.add(settings.method)
    rows = [
        (f"`{setting.name}`", setting.kind.expects, _default(setting.default), markdown(setting.doc))
        for setting in settings
    ]
    return f"{heading}\n\n{table(('setting', 'accepts', 'default', 'meaning'), rows)}\n"


def _home(settings: Settings) -> str:
    for builder, _ in BUILDERS:
        if any(one.method == settings.method for one in settings_of(builder)):
            return builder.__name__.lower()
    raise LookupError(settings.method)


def _default(value: object) -> str:
    if value is None:
        return "none"
    return f"`{shown(str(value) if isinstance(value, Path) else value, 200)}`"


def _order(order: type) -> str:
    said = entries(order, "Args")
    rows = [
        (f"`{name}`", _parameter(parameter), said[name])
        for name, parameter in inspect.signature(order).parameters.items()
        if parameter.kind is not parameter.VAR_KEYWORD
    ]
    body = table(("parameter", "default", "meaning"), rows)
    return f"### {order.__name__}\n\n{description(order)}\n\n{body}\n"


def _parameter(parameter: inspect.Parameter) -> str:
    return "required" if parameter.default is parameter.empty else _default(parameter.default)


def _constants(constants: type[enum.Enum]) -> str:
    source = inspect.getsource(constants).splitlines()
    rows = []
    for number, line in enumerate(source):
        name = line.strip().partition(" = ")[0]
        if name in constants.__members__:
            rows.append(
                (f"`{constants.__name__}.{name}`", source[number + 1].strip().strip('"').replace("``", "`"))
            )
    return f"### {constants.__name__}\n\n{description(constants)}\n\n{table(('name', 'meaning'), rows)}\n"


def _model() -> str:
    said = entries(ModelConfig, "Attributes")
    rows = [
        (f"`{name}`", _parameter(parameter).replace("NOTHING", "{}"), said[name])
        for name, parameter in inspect.signature(ModelConfig).parameters.items()
    ]
    body = table(("parameter", "default", "meaning"), rows)
    return f"### ModelConfig\n\n{description(ModelConfig)}\n\n{body}\n"
