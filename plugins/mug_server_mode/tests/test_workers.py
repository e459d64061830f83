from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mug_server_mode import zygote
from mug_server_mode.runtime import ServerRuntime

from mug.components import GameFailed, GameOver
from mug.errors import MugError


def contiguous(link: Any) -> bool:
    return [step["step"] for step in link.steps] == list(range(1, len(link.steps) + 1))


async def test_games_outlive_their_worker(serve: Any, kit: Any) -> None:
    """A worker killed from outside is replaced; its games go on where the records end; nothing is lost."""
    async with serve(kit.make_spec(fps=100, max_steps=100)) as table:
        links = [table.open(seed=seed) for seed in range(3)]
        for link in links:
            await link.until_steps(20)
        (pid,) = table.pids
        os.kill(pid, signal.SIGKILL)
        for link in links:
            assert isinstance(await link.until_over(), GameOver)
            assert contiguous(link)
            assert len(link.steps) == 100
            assert sum(type(event).__name__ == "GameReady" for event in link.events) == 1
        assert table.pids != [pid]
    uninterrupted = await _played_through(serve, kit)
    for link, whole in zip(links, uninterrupted, strict=True):
        assert _facts(link.steps) == _facts(whole.steps)


async def _played_through(serve: Any, kit: Any) -> list[Any]:
    async with serve(kit.make_spec(fps=1000, max_steps=100)) as table:
        links = [table.open(seed=seed) for seed in range(3)]
        for link in links:
            await link.until_over()
    return links


def _facts(steps: list[dict[str, Any]]) -> list[Any]:
    return [(s["episode"], s["step"], s["observations"], s["actions"], s["rewards"]) for s in steps]


async def test_wishes_outlive_the_worker_too(serve: Any, kit: Any) -> None:
    """A game that was paused when its worker died is paused in the new one, and can still be stopped."""
    async with serve(kit.make_spec(fps=100, max_steps=None)) as table:
        link = table.open()
        await link.until_steps(10)
        link.handle.pause()
        link.handle.player_left("player_0")
        await link.until(lambda: link.of_kind("player_left"))
        steps = len(link.steps)
        os.kill(table.pids[0], signal.SIGKILL)
        link.handle.keyframe("player_0")
        await link.until(lambda: len(table.pids) == 1 and link.frames("player_0")[-1].kind == 3)
        assert len(link.steps) == steps
        link.handle.stop("abandoned")
        assert (await link.until_over()).reason == "abandoned"
    assert len(link.of_kind("player_left")) == 1
    assert link.of_kind("episode_end")[0]["steps"] == steps


async def test_a_game_does_not_come_back_for_ever(serve: Any, kit: Any) -> None:
    """Whatever keeps killing its worker, the game fails in the end."""
    async with serve(kit.make_spec(fps=100, max_steps=None)) as table:
        link = table.open()
        seen: set[int] = set()
        while link.over is None:
            await link.until(lambda: link.over or set(table.pids) - seen - {None})
            seen.update(table.pids)
            steps = len(link.log)
            await link.until(lambda steps=steps: link.over or len(link.log) > steps + 5)
            if link.over is None:
                os.kill(table.pids[0], signal.SIGKILL)
        assert isinstance(link.over, GameFailed)
        assert "SIGKILL" in link.over.reason
    assert len(seen) == 4


async def test_games_go_to_the_worker_with_the_fewest(serve: Any, kit: Any) -> None:
    """Workers are forked when they are needed, and share the games evenly."""
    async with serve(kit.make_spec(fps=10, max_steps=None), workers=3) as table:
        assert len(table.runtime.health()["workers"]) == 1
        links = [table.open() for _ in range(7)]
        for link in links:
            await link.until_steps(1)
        counts = [worker["games"] for worker in table.runtime.health()["workers"]]
        assert sorted(counts) == [2, 2, 3]
        assert table.runtime.health()["games"] == 7


async def test_nothing_is_left_after_stop(serve: Any, kit: Any) -> None:
    """Stopping ends every process, keeps every record, and leaves the games to be resumed."""
    async with serve(kit.make_spec(fps=200, max_steps=None), workers=2) as table:
        links = [table.open() for _ in range(4)]
        for link in links:
            await link.until_steps(10)
        pids = table.pids
        assert len(pids) == 2
    for pid in pids:
        await kit.until_gone(pid)
    for link in links:
        assert contiguous(link)
        assert link.over is None
        shown = max(frame.frame for frame in link.frames("player_0"))
        assert shown <= len(link.steps)


async def test_without_a_zygote_games_fail_and_the_server_lives(serve: Any, kit: Any, caplog: Any) -> None:
    """If the process that forks workers is killed, that is said loudly; stopping still works."""
    async with serve(kit.make_spec(fps=100, max_steps=None)) as table:
        link = table.open()
        await link.until_steps(3)
        (pid,) = table.pids
        assert table.runtime._pool is not None
        os.kill(table.runtime._pool._zygote_pid, signal.SIGKILL)
        assert isinstance(await link.until_over(), GameFailed)
        late = table.open()
        assert isinstance(await late.until_over(), GameFailed)
        assert table.runtime.health()["workers_lost"]
    await kit.until_gone(pid)
    assert "restart the server" in caplog.text


async def test_a_full_disk_is_a_pause(serve: Any, kit: Any, caplog: Any) -> None:
    """While records cannot be stored, nothing is shown and the game waits; then all goes on."""
    async with serve(kit.make_spec(fps=1000, max_steps=None)) as table:
        link = table.open()
        await link.until_steps(50)
        link.refuse = True
        before = len(link.log)
        offers = link.offers
        await link.until(lambda: link.offers >= offers + 3)
        assert len(link.log) == before
        assert table.runtime.health()["workers"][0]["waits_for_store"]  # type: ignore[index]
        link.refuse = False
        stored = len(link.steps)
        await link.until_steps(stored + 200)
        link.handle.stop("enough")
        await link.until_over()
    assert contiguous(link)
    (end,) = link.of_kind("game_end")
    assert end["skipped_ticks"] > 500
    assert end["ticks"] == len(link.steps)
    told = [record for record in caplog.records if "cannot be stored" in record.message]
    assert len(told) == 1


async def test_a_full_disk_and_a_crash_together_lose_nothing(serve: Any, kit: Any) -> None:
    """Records that waited for the store when their worker died are stored before the game goes on."""
    async with serve(kit.make_spec(fps=500, max_steps=600)) as table:
        link = table.open()
        await link.until_steps(20)
        link.refuse = True
        offers = link.offers
        await link.until(lambda: link.offers > offers)
        os.kill(table.pids[0], signal.SIGKILL)
        await link.until(lambda: link.offers > offers + 2)
        link.refuse = False
        assert isinstance(await link.until_over(), GameOver)
    assert contiguous(link)
    assert len(link.steps) == 600


async def test_stopping_with_a_full_disk_ends(serve: Any, kit: Any, monkeypatch: Any) -> None:
    """Even if nothing can be stored, the server stops, and no process stays."""
    monkeypatch.setattr("mug_server_mode.pool.STOP_SECONDS", 1.0)
    async with serve(kit.make_spec(fps=500, max_steps=None)) as table:
        link = table.open()
        await link.until_steps(5)
        link.refuse = True
        offers = link.offers
        await link.until(lambda: link.offers > offers)
        pids = table.pids
    for pid in pids:
        await kit.until_gone(pid)


SERVER = """
import asyncio, json, sys
sys.path[:0] = {path!r}
import gymnasium
from mug.components import GameReady, GameSetup
from mug.configurations.configuration_constants import PolicyTypes
from mug.scenes.gym_scene import GymScene
from mug_server_mode.runtime import ServerRuntime

def hang(env_id):
    env = gymnasium.make("CartPole-v1", render_mode="rgb_array")
    if {hang}:
        def step(action):
            while True: pass
        env.step = step
    return env

scene = (GymScene().scene(scene_id="game").environment(env_creator=hang, env_config={{"env_id": 1}})
    .policies(policy_mapping={{"player_0": PolicyTypes.Human}})
    .gameplay(default_action=0, action_mapping={{"a": 1}}))
scene.freeze()
runtime = ServerRuntime(workers=2)
runtime.prepare({{"game": scene.game_spec()}})

class Link:
    def records(self, entries): pass
    def frame(self, agent_id, payload):
        pids = [worker["pid"] for worker in runtime.health()["workers"]]
        print(json.dumps([*pids, runtime._pool._zygote_pid]), flush=True)
    def event(self, event):
        if isinstance(event, GameReady): self.handle.start()
    def history(self): return []

async def main():
    await runtime.start()
    for number in range(2):
        link = Link()
        setup = GameSetup(str(number), "game", scene.game_spec(), 1, {{"player_0": "x"}})
        link.handle = runtime.open(setup, link)
    await asyncio.sleep(3600)

asyncio.run(main())
"""


@pytest.mark.parametrize("hanging", [False, True], ids=["playing", "hanging"])
async def test_no_process_outlives_a_killed_server(kit: Any, tmp_path: Path, hanging: bool) -> None:
    """After kill -9 of the web process its zygote and workers are gone, even those stuck in a step."""
    script = tmp_path / "server.py"
    script.write_text(SERVER.format(path=[path for path in sys.path if path], hang=hanging))
    server = await asyncio.create_subprocess_exec(
        sys.executable, str(script), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert server.stdout is not None
    pids: list[int] = []
    async with asyncio.timeout(kit.patience):
        while len(pids) < 3 or None in pids:
            pids = json.loads(await server.stdout.readline())
    server.kill()
    await server.wait()
    for pid in pids:
        await kit.until_gone(pid)


async def test_the_terminals_interrupt_is_the_servers_to_handle(serve: Any, kit: Any) -> None:
    """Ctrl-C and a termination signal for the whole group do not end workers; the server does, in order."""
    async with serve(kit.make_spec(fps=100, max_steps=60)) as table:
        link = table.open()
        await link.until_steps(5)
        assert table.runtime._pool is not None
        for pid in (*table.pids, table.runtime._pool._zygote_pid):
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                os.kill(pid, number)
        assert isinstance(await link.until_over(), GameOver)
    assert contiguous(link)


async def test_workers_hold_none_of_the_servers_sockets(serve: Any, kit: Any, tmp_path: Path) -> None:
    """A worker keeps no port open and no connection; a file that the script had opened stays usable."""
    listener = socket.create_server(("127.0.0.1", 0))
    (tmp_path / "notes").write_text("from the script")
    with (tmp_path / "notes").open() as notes:

        class Prober(kit.Walk):  # type: ignore[misc,name-defined]
            def reset(self, **keywords: Any) -> Any:
                observation, _ = super().reset(**keywords)
                targets = [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.exists()]
                sockets = sum(target.startswith("socket:") for target in targets)
                return observation, {"sockets": sockets, "notes": notes.read()}

        async with serve(kit.make_spec(Prober, max_steps=2)) as table:
            link = table.open()
            await link.until_over()
    listener.close()
    (start,) = link.of_kind("episode_start")
    own = 1
    assert start["infos"]["player_0"] == {"sockets": own, "notes": "from the script"}


def test_settings_that_make_no_sense_are_refused() -> None:
    """No workers, or no time to step, is an error that names the setting."""
    with pytest.raises(MugError, match="workers"):
        ServerRuntime(workers=0)
    with pytest.raises(MugError, match="step_timeout"):
        ServerRuntime(step_timeout=0)
    with pytest.raises(MugError, match="open_timeout"):
        ServerRuntime(open_timeout=-1)


@pytest.mark.parametrize("value", ["0", "many", "-1", "²"])
def test_a_wrong_environment_variable_is_a_problem(kit: Any, monkeypatch: Any, value: str) -> None:
    """MUG_WORKERS is checked with the experiment, not when the first game starts."""
    monkeypatch.setenv("MUG_WORKERS", value)
    (problem,) = ServerRuntime().check(kit.make_spec())
    assert "MUG_WORKERS" in problem.where
    assert not list(ServerRuntime(workers=1).check(kit.make_spec()))


def test_a_system_without_fork_is_a_problem(kit: Any, monkeypatch: Any) -> None:
    """Where processes cannot be forked, the experiment says what is needed."""
    monkeypatch.delattr(os, "fork")
    (problem,) = ServerRuntime(workers=1).check(kit.make_spec())
    assert "Windows Subsystem for Linux" in problem.what


def test_the_problem_is_said_where_processes_cannot_be_forked() -> None:
    """check() works on a system that lacks the modules which forking needs."""
    code = "import sys; sys.modules['resource'] = None; import mug_server_mode.runtime"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_an_unknown_scene_is_refused(serve: Any, kit: Any) -> None:
    """Workers know the scenes as they were when the server was prepared, and no others."""
    async with serve(kit.make_spec()) as table:
        table.specs["game"] = kit.make_spec()
        with pytest.raises(ValueError, match="not as it was"):
            table.open()


async def test_a_policy_from_elsewhere_is_refused(serve: Any, kit: Any) -> None:
    """Workers know the scene's policies, and no others."""
    async with serve(kit.make_spec(fps=100, max_steps=None)) as table:
        with pytest.raises(ValueError, match="none of the policies"):
            table.open(participants={}, policies={"player_0": object()})
        link = table.open()
        await link.until_steps(2)
        with pytest.raises(ValueError, match="none of the policies"):
            link.handle.take_over("player_0", lambda observation: 0)
        await link.until_steps(5)


async def test_a_game_that_the_server_cannot_take_fails_alone(serve: Any, kit: Any) -> None:
    """When the core raises something else than StoreError, that game ends and the others are still heard."""

    class Choking(kit.Link):  # type: ignore[misc,name-defined]
        def frame(self, agent_id: Any, payload: bytes) -> None:
            super().frame(agent_id, payload)
            if len(self.steps) > 5:
                raise RuntimeError("no such channel")

    async with serve(kit.make_spec(fps=100, max_steps=None)) as table:
        good, bad = table.open(), table.open(link=Choking())
        await good.until_steps(3)
        bad.handle.keyframe("player_0")
        while bad.over is None:
            bad.handle.keyframe("player_0")
            steps = len(bad.steps)
            await bad.until(lambda steps=steps: bad.over or len(bad.steps) > steps)
        assert "no such channel" in bad.over.reason
        await good.until_steps(len(good.steps) + 10)
        assert table.runtime.health()["workers"][0]["games"] == 1  # type: ignore[index]


def test_the_zygote_ends_with_its_parents_socket() -> None:
    """Closing the control socket is all it takes."""
    pid, control = zygote.fork(lambda slot, connection, crash_file: None)
    control.close()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


async def test_a_runtime_that_was_only_prepared_can_be_stopped(kit: Any) -> None:
    """When the server does not come up, nothing of the workers stays behind."""
    runtime = ServerRuntime(workers=1)
    runtime.prepare({"game": kit.make_spec()})
    assert runtime._pool is not None
    pid = runtime._pool._zygote_pid
    await runtime.stop()
    await kit.until_gone(pid)
