"""Days on which something around the experiment goes wrong."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import importlib.util
import itertools
import json
import resource
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import mug
import mug.hookspecs
from mug.configurations.experiment_config import ExperimentConfig
from mug.errors import MugError
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene, StartScene
from mug.testing.participants import HeadlessParticipant, Turned

HERE = Path(__file__).resolve().parent
GRID = HERE / "experiments" / "grid.py"
_spec = importlib.util.spec_from_file_location("server_process", HERE / "server_process.py")
assert _spec is not None
assert _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
ServerProcess = _module.ServerProcess


def pages(**hosting: Any) -> ExperimentConfig:
    start = StartScene().scene(scene_id="welcome").display(scene_header="Hello")
    end = EndScene().scene(scene_id="thanks").display(scene_header="Thanks")
    config = ExperimentConfig().experiment(stager=Stager(scenes=[start, end]), experiment_id="study")
    return config.hosting(**hosting) if hosting else config


async def test_a_full_disk_pauses_and_loses_nothing(tmp_path: Path) -> None:
    """While nothing can be saved nothing goes on; when there is room again it does, without a gap."""
    server = ServerProcess(GRID, tmp_path / "data")
    async with server:
        ann, bob = HeadlessParticipant(server.url), HeadlessParticipant(server.url)
        async with ann, bob:
            for person in (ann, bob):
                await person.until_scene("welcome")
                await person.advance()
            await ann.until_state("playing")
            await ann.until(lambda: len(ann.frames) > 20)
            (journal,) = (tmp_path / "data" / "grid" / "journal" / "games").iterdir()
            full = (journal.stat().st_size, resource.RLIM_INFINITY)
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, full)
            await _until(lambda: "cannot" in server.log.read_text() or "could not" in server.log.read_text())
            await ann.until_state("paused")
            assert "cannot be saved" in ann.game["text"]
            held = ann.frames[-1]
            size = journal.stat().st_size
            await asyncio.sleep(0.5)
            assert journal.stat().st_size == size
            assert ann.frames[-1].step == held.step
            assert "Traceback" not in server.log.read_text()
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
            await ann.until_state("playing")
            await ann.until(lambda: (ann.frames[-1].episode, ann.frames[-1].step) > (held.episode, held.step))
    records = [json.loads(line) for line in journal.read_text().splitlines()]
    steps = [(r["episode"], r["step"]) for r in records if r["kind"] == "step"]
    for (episode, step), following in itertools.pairwise(steps):
        assert following in ((episode, step + 1), (episode + 1, 1))


async def _until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


HOOKS = [name for name in vars(mug.hookspecs) if name.startswith("mug_") and name != "mug_cli_commands"]
AT_THE_START = {
    "mug_scenes",
    "mug_runtimes",
    "mug_transports",
    "mug_matchmakers",
    "mug_policies",
    "mug_exporters",
    "mug_store",
    "mug_lifespan",
    "mug_routes",
    "mug_client_modules",
    "mug_check",
}
"""What a listed plugin is asked before anybody arrives; if it fails there, the experiment does not start."""


UNUSED_BY_PAGES = {"mug_runtimes", "mug_transports", "mug_matchmakers", "mug_policies", "mug_exporters"}
"""Registries in which an experiment of pages alone looks nothing up."""


def broken_plugin(hook: str) -> Any:
    """Return a plugin whose one hook raises."""
    import inspect

    parameters = ", ".join(inspect.signature(getattr(mug.hookspecs, hook)).parameters)
    space: dict[str, Any] = {}
    exec(
        f"def {hook}(self{', ' + parameters if parameters else ''}):\n    raise RuntimeError('out of order')",
        space,
    )
    return type("OutOfOrder", (), {hook: mug.hookimpl(space[hook])})()


@pytest.mark.parametrize("hook", [name for name in HOOKS if name not in AT_THE_START])
async def test_a_plugin_that_raises_stops_nobody(run_experiment: Any, hook: str, caplog: Any) -> None:
    """Whatever a plugin fails in while people take part, they go from start to end."""
    config = pages()
    config.plugins(broken_plugin(hook))
    async with run_experiment(config) as running:
        if hook == "mug_identify":
            with pytest.raises(Turned, match="try again"):
                await running.arrive().connect()
            assert "OutOfOrder" in caplog.text
            return
        async with running.arrive() as ann:
            await ann.until_scene("welcome")
            await ann.advance()
            await ann.until_scene("thanks")


@pytest.mark.parametrize("hook", sorted(AT_THE_START & set(HOOKS)))
async def test_a_plugin_that_fails_at_the_start_is_named(run_experiment: Any, hook: str) -> None:
    """A listed plugin that cannot do its part is an error with its name, before anybody arrives."""
    config = pages()
    config.plugins(broken_plugin(hook))
    with contextlib.ExitStack() as expected:
        if hook not in UNUSED_BY_PAGES:
            expected.enter_context(pytest.raises(MugError, match="OutOfOrder"))
        async with run_experiment(config):
            pass


@pytest.mark.parametrize(
    "file", ["../secret.txt", "%2e%2e/secret.txt", "link.txt", "/etc/passwd", "..%5csecret.txt"]
)
async def test_files_outside_the_folder_are_not_served(
    run_experiment: Any, tmp_path: Path, file: str
) -> None:
    """Neither dots nor links lead out of a folder that is served."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "map.txt").write_text("a map")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    config = pages().static_files(directories=[folder])
    async with run_experiment(config) as running, aiohttp.ClientSession() as http:
        async with http.get(f"{running.url}/pictures/map.txt") as answer:
            assert await answer.text() == "a map"
        import yarl

        async with http.get(yarl.URL(f"{running.url}/pictures/{file}", encoded=True)) as answer:
            assert answer.status == 404
            assert "secret" not in await answer.text()


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    """The researcher reads which port is taken and what to write instead; no traceback, status 2."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        arguments = [sys.executable, str(GRID), "--port", str(port), "--data-dir", str(tmp_path)]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert str(port) in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


async def test_one_folder_has_one_server(tmp_path: Path) -> None:
    """A second server on the same data stops at once and says why."""
    server = ServerProcess(GRID, tmp_path / "data")
    async with server:
        arguments = [str(GRID), "--port", "0", "--data-dir", str(tmp_path / "data")]
        second = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        _, stderr = await asyncio.wait_for(second.communicate(), 60)
    assert second.returncode == 2
    assert b"Traceback" not in stderr
    assert b"server" in stderr


async def test_stopping_the_server_leaves_no_process(tmp_path: Path) -> None:
    """After SIGTERM, and after SIGKILL, everything that the server started is gone."""
    server = ServerProcess(GRID, tmp_path / "data")
    for end in (server.stop, server.kill):
        await server.start()
        async with HeadlessParticipant(server.url) as ann, HeadlessParticipant(server.url) as bob:
            for person in (ann, bob):
                await person.until_scene("welcome")
                await person.advance()
                await person.until(lambda p=person: p.game or p.lobby)
        family = [server.pid, *descendants(server.pid)]
        assert len(family) >= 2
        await end()
        await _until(lambda family=family: not any(Path(f"/proc/{pid}").exists() for pid in family))


def descendants(pid: int) -> list[int]:
    """Return the pids of everything a process started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    found = []
    for child in map(int, children):
        found += [child, *descendants(child)]
    return found


async def test_csv_files_are_whole_whenever_one_looks(tmp_path: Path) -> None:
    """While a game is written, every CSV file on disk has only whole rows."""
    server = ServerProcess(GRID, tmp_path / "data")
    async with server, HeadlessParticipant(server.url) as ann, HeadlessParticipant(server.url) as bob:
        for person in (ann, bob):
            await person.until_scene("welcome")
            await person.advance()
        await ann.until_state("playing")
        for _ in range(30):
            seen = len(ann.frames)
            await ann.until(lambda seen=seen: len(ann.frames) > seen)
            for file in (tmp_path / "data" / "grid").rglob("*.csv"):
                with file.open(newline="") as lines:
                    table = list(csv.reader(lines))
                assert {len(row) for row in table} == {len(table[0])}


async def test_a_start_that_fails_leaves_nothing_behind(run_experiment: Any) -> None:
    """After a plugin stopped the start, the same data can be served at once."""
    config = pages()
    config.plugins(broken_plugin("mug_lifespan"))
    with pytest.raises(MugError, match="OutOfOrder"):
        async with run_experiment(config):
            pass
    async with run_experiment(pages()) as running, running.arrive() as ann:
        await ann.until_scene("welcome")
