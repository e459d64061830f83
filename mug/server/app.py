"""``app.run``: check experiments, and serve them until the researcher stops the server."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from mug.configurations.experiment_config import ExperimentConfig
from mug.core import launch, process
from mug.core.experiment import Experiment, assemble
from mug.core.plugins import PluginSet
from mug.core.serve import Server
from mug.errors import ConfigurationError, MugError, Problem


def run(*configs: ExperimentConfig) -> None:
    """Serve experiments; returns when the server is stopped with Ctrl-C or SIGTERM.

    One experiment is served at ``/``; several are served below their ids, with a start page at ``/``. The
    script's arguments ``--host`` and ``--port`` win over ``.hosting(...)``. If anything is wrong, all of it
    is printed and the process exits with status 2 before any participant can arrive.
    """
    if launch.handed_over(configs):
        return
    try:
        host, port = launch.apply_arguments(configs, sys.argv[1:])
        serve(configs, host, port)
    except MugError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None


def serve(configs: Sequence[ExperimentConfig], host: str, port: int) -> None:
    """Check and serve experiments at an address.

    Raises:
        ConfigurationError: with every problem of every experiment.
        MugError: the port is in use, or the data folder is in use by another server.
    """
    process.allow_many_files()
    server = Server(build(configs), host, port)
    for note in notes(configs):
        print(note, file=sys.stderr)
    process.collect_seldom()
    asyncio.run(server.run(lambda: _announce(server, host)))


def build(configs: Sequence[ExperimentConfig]) -> list[Experiment]:
    """Return checked experiments.

    Raises:
        ConfigurationError: with every problem of every experiment.
    """
    problems = _problems_between(configs)
    experiments = []
    for config in configs:
        experiment, found = assemble(config, PluginSet())
        problems += found
        if experiment is not None:
            experiments.append(experiment)
    if problems:
        raise ConfigurationError(list(dict.fromkeys(problems)))
    return experiments


def notes(configs: Sequence[ExperimentConfig]) -> list[str]:
    """Return what is allowed in experiments but probably not meant, to be shown to the researcher."""
    return [f"note: {problem}" for config in configs for problem in config.advice()]


def _problems_between(configs: Sequence[ExperimentConfig]) -> list[Problem]:
    problems = []
    if not configs:
        problems.append(Problem("app.run()", "there is no experiment to run", "write app.run(config)"))
    if "eventlet" in sys.modules:
        problems.append(
            Problem(
                "the script's first lines",
                "mug runs on asyncio, and eventlet's patches would break it",
                "remove the lines import eventlet and eventlet.monkey_patch()",
            )
        )
    ids = [config.setting("experiment_id") for config in configs if isinstance(config, ExperimentConfig)]
    for config in configs:
        if not isinstance(config, ExperimentConfig):
            problems.append(
                Problem("app.run()", f"an ExperimentConfig is expected, got {type(config).__name__}")
            )
    if len(ids) > 1 and (len(set(ids)) < len(ids) or "" in ids):
        problems.append(
            Problem(
                "app.run()",
                f"several experiments need different ids, got {ids}",
                'write .experiment(experiment_id="…") for each',
            )
        )
    return problems


def _announce(server: Server, host: str) -> None:
    shown = "localhost" if host in ("0.0.0.0", "127.0.0.1", "::", "") else host
    address = f"http://{shown}:{server.port}"
    print(f"mug is serving at {address} (Ctrl-C stops it)", flush=True)
    if len(server.hosts) == 1:
        print(f"Another participant in the same browser, for testing: {address}/?new", flush=True)
