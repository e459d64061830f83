"""Running an experiment script on behalf of a command, and reading a script's own command line.

A script ends in ``app.run(config)``. Run by Python, that serves the experiment. Run by ``mug check`` and the
like, it hands the configuration over instead and returns, so that the script needs nothing special for it.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import attrs

from mug.core.script_arguments import Arguments, parse_arguments
from mug.errors import MugError, did_you_mean

if TYPE_CHECKING:
    from mug.configurations.experiment_config import ExperimentConfig

EXPECTED = "end the script with app.run(config), or define config = ExperimentConfig()…"
NAMES = ("config", "experiment")
"""Globals in which a script that never calls ``app.run`` may leave what it configured."""


@attrs.define(eq=False)
class _Launch:
    """How a script is being run: ``arguments`` to serve it with, None to collect configurations only."""

    arguments: Arguments | None
    collected: list[ExperimentConfig] = attrs.field(factory=list)
    served: bool = False


_launch: ContextVar[_Launch | None] = ContextVar("mug_launch", default=None)


# ----------------------------------------------------------------------------------- what app.run asks


def handed_over(configs: Sequence[ExperimentConfig]) -> bool:
    """Whether ``app.run`` has nothing more to do.

    Either a command took the configurations, or this is a worker process of a runtime, which imports the
    script to find its environment and must not start a second server.
    """
    if multiprocessing.parent_process() is not None:
        return True
    launch = _launch.get()
    if launch is None:
        return False
    if launch.arguments is None:
        launch.collected.extend(configs)
        return True
    launch.served = True
    return False


def apply_arguments(configs: Sequence[ExperimentConfig], argv: Sequence[str]) -> tuple[str, int]:
    """Return the host and port to serve at, and set the data folder if the command line does.

    Args:
        configs: what the script configured; the first one's ``.hosting(...)`` counts.
        argv: the script's arguments, without its name; ignored when ``mug run`` was given others.

    Raises:
        MugError: an unknown argument or a wrong value, with a suggestion.
    """
    launch = _launch.get()
    given = parse_arguments(argv) if launch is None or launch.arguments is None else launch.arguments
    if given.data_dir is not None:
        for config in configs:
            _set(config, "data_dir", str(given.data_dir))
    host = given.host if given.host is not None or not configs else configs[0].setting("host")
    port = given.port if given.port is not None or not configs else configs[0].setting("port")
    return host or "127.0.0.1", port if port is not None else 8000


def _set(config: ExperimentConfig, setting: str, value: object) -> None:
    """Set one setting with the method that takes it."""
    table, _ = config.known_settings[setting]
    getattr(config, table.method)(**{setting: value})


# ------------------------------------------------------------------------------- what commands ask


@contextlib.contextmanager
def capturing(script: Path, arguments: Sequence[str] = ()) -> Iterator[list[ExperimentConfig]]:
    """Run a script without serving; inside the block it is ``__main__``, and what it configured is given.

    That is what it passes to ``app.run``, or else its global ``config`` or ``experiment``.

    Raises:
        MugError: there is no such file, the script raises, or it configures no experiment.
    """
    launch = _Launch(None)
    with _running(script, launch, arguments) as module:
        yield launch.collected or _globals_of(module, script)


def capture(script: Path, arguments: Sequence[str] = ()) -> list[ExperimentConfig]:
    """Run a script without serving, and return what it configured; see `capturing`."""
    with capturing(script, arguments) as configs:
        return configs


def serve(script: Path, arguments: Arguments) -> None:
    """Run a script as Python would, with these arguments in place of its own.

    Raises:
        MugError: there is no such file, the script raises, or it configures no experiment.
    """
    from mug.server import app

    launch = _Launch(arguments)
    with _running(script, launch, ()) as module:
        if not launch.served:
            app.run(*_globals_of(module, script))


@contextlib.contextmanager
def _running(script: Path, launch: _Launch, arguments: Sequence[str]) -> Iterator[ModuleType]:
    """Execute a script as ``__main__``, which it stays inside the block: its classes can be pickled."""
    code = _compiled(script)
    module = ModuleType("__main__")
    module.__file__ = str(script)
    main, argv, path = sys.modules["__main__"], sys.argv, list(sys.path)
    token = _launch.set(launch)
    sys.modules["__main__"] = module
    sys.argv = [str(script), *arguments]
    sys.path.insert(0, str(script.resolve().parent))
    try:
        _execute(code, module, script, launch)
        yield module
    finally:
        _launch.reset(token)
        sys.modules["__main__"], sys.argv, sys.path[:] = main, argv, path


def _execute(code: Any, module: ModuleType, script: Path, launch: _Launch) -> None:
    try:
        exec(code, module.__dict__)
    except SystemExit as stop:
        if launch.arguments is not None:
            raise
        if stop.code not in (None, 0):
            raise MugError(f"the script ended itself with {stop.code!r}", str(script)) from stop
    except MugError:
        raise
    except Exception as error:
        raise _script_error(error, script) from error


def _compiled(script: Path) -> Any:
    try:
        source = script.read_bytes()
    except FileNotFoundError:
        raise MugError(f"there is no file '{script}'", fix=_similar_file(script)) from None
    except OSError as error:
        raise MugError(f"'{script}' cannot be read: {error.strerror}") from error
    try:
        return compile(source, str(script), "exec")
    except (SyntaxError, ValueError) as error:
        raise _script_error(error, script) from error


def _globals_of(module: ModuleType, script: Path) -> list[ExperimentConfig]:
    """What a script that never called ``app.run`` left in its globals."""
    from mug.configurations.experiment_config import ExperimentConfig

    for name in NAMES:
        value = vars(module).get(name)
        if isinstance(value, ExperimentConfig):
            return [value]
        if value is not None:
            kind = f"but its '{name}' is {type(value).__name__}, not ExperimentConfig"
            raise MugError(f"the script never calls app.run, {kind}", str(script), EXPECTED)
    raise MugError("the script configures no experiment", str(script), EXPECTED)


# ---------------------------------------------------------------------------------- a script's errors


def _script_error(error: Exception, script: Path) -> MugError:
    """What went wrong in the researcher's own lines, without the frames of anybody else's code."""
    what = "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]
    if isinstance(error, SyntaxError):
        own = [(error.filename or str(script), error.lineno or 0)]
    else:
        own = _own_lines(error, script)
    where = ", ".join(f"{name}, line {line}{_quoted(name, line)}" for name, line in own)
    return MugError(what, where or str(script), _remedy(error))


def _own_lines(error: Exception, script: Path) -> list[tuple[str, int]]:
    """The last line of the script itself, and of a file beside it when that is where it happened."""
    frames = [(frame.filename, frame.lineno or 0) for frame in traceback.extract_tb(error.__traceback__)]
    own = [frame for frame in frames if frame[0] == str(script)][-1:]
    folder = script.resolve().parent
    beside = [frame for frame in frames if _is_beside(Path(frame[0]), folder) and frame[0] != str(script)]
    after_own = beside[-1:] if own and frames.index(own[0]) < frames.index((beside or own)[-1]) else []
    return own + after_own


def _is_beside(file: Path, folder: Path) -> bool:
    if not file.is_absolute() or not file.is_relative_to(folder):
        return False
    return not {"site-packages", ".venv", "venv"} & set(file.relative_to(folder).parts)


def _quoted(name: str, line: int) -> str:
    import linecache

    text = linecache.getline(name, line).strip()
    return f": {text}" if text else ""


def _remedy(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name == "eventlet":
        return "remove the lines import eventlet and eventlet.monkey_patch(): mug runs on asyncio"
    return "add --traceback to see the whole way there"


def _similar_file(script: Path) -> str:
    folder = script.parent
    files: Mapping[str, Path] = {path.name: path for path in folder.glob("*.py")} if folder.is_dir() else {}
    return did_you_mean(script.name, files)
