"""Verification in the background: inside a running event loop, and whatever an environment does."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from mug_pyodide.trust.verifier import Verifier

from mug.game.spec import GameSpec
from mug.testing.envs import Corridor

PATIENCE = 60.0


@pytest.fixture
def verifying() -> Callable[..., AbstractAsyncContextManager[Verifier]]:
    @asynccontextmanager
    async def run(**specs: GameSpec | float) -> AsyncIterator[Verifier]:
        limit = specs.pop("time_limit", 60.0)
        verifier = Verifier(specs, time_limit=limit)  # type: ignore[arg-type]
        await verifier.start()
        try:
            async with asyncio.timeout(PATIENCE):
                yield verifier
        finally:
            await verifier.stop()

    return run


class Deadly(Corridor):
    """Ends the process it is in, but where `safe` is set."""

    safe = True

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        if not self.safe:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().step(action)


class Endless(Corridor):
    safe = True

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        while not self.safe:
            time.sleep(0.01)
        return super().step(action)


async def test_records_are_read_beside_the_event_loop(kit: Any, verifying: Any) -> None:
    """A long game has megabytes of them, and those who play meanwhile must not wait."""
    spec = kit.make_spec(Corridor)
    recording = kit.record(spec)
    threads: list[int] = []

    def history() -> list[bytes]:
        threads.append(threading.get_ident())
        return recording.lines  # type: ignore[no-any-return]

    async with verifying(game=spec) as verifier:
        (found,) = await verifier.verify("game", history, kit.SEED)
    assert found.verdict == "verified"
    assert threads != [threading.get_ident()]


async def test_each_episode_gets_a_verdict(kit: Any, verifying: Any) -> None:
    """What was played is verified; what was changed is found; lambdas in specs are no obstacle."""
    spec = kit.make_spec(lambda: Corridor(), num_episodes=2)
    recording = kit.record(spec)
    tampered = recording.copy()
    tampered.steps(2)[0]["rewards"]["player_0"] += 0.5
    async with verifying(game=spec) as verifier:
        good, bad = await asyncio.gather(
            verifier.verify("game", lambda: recording.lines, kit.SEED),
            verifier.verify("game", lambda: tampered.lines, kit.SEED),
        )
    assert [one.verdict for one in good] == ["verified", "verified"]
    assert [(one.episode, one.verdict, one.step) for one in bad] == [
        (1, "verified", None),
        (2, "different", 1),
    ]
    record = bad[1].record()
    assert record["field"] == "rewards.player_0"
    assert record["recorded"] == record["recomputed"] + 0.5


async def test_the_event_loop_goes_on_meanwhile(kit: Any, verifying: Any) -> None:
    """Nobody waits while a long game is played again."""
    spec = kit.make_spec(Endless)
    recording = kit.record(spec)
    Endless.safe = False
    try:
        async with verifying(game=spec, time_limit=0.5) as verifier:
            work = asyncio.create_task(verifier.verify("game", lambda: recording.lines))
            longest = 0.0
            while not work.done():
                before = time.monotonic()
                await asyncio.sleep(0.01)
                longest = max(longest, time.monotonic() - before)
    finally:
        Endless.safe = True
    assert longest < 0.4


async def test_an_environment_that_never_returns_is_given_up(kit: Any, verifying: Any) -> None:
    """After its time the episode is unknown, and the next game is verified."""
    spec = kit.make_spec(Endless)
    recording = kit.record(spec)
    other = kit.make_spec(Corridor)
    Endless.safe = False
    try:
        async with verifying(endless=spec, game=other, time_limit=1.0) as verifier:
            (finding,) = await verifier.verify("endless", lambda: recording.lines)
            (after,) = await verifier.verify("game", lambda: kit.record(other).lines)
    finally:
        Endless.safe = True
    assert (finding.verdict, finding.detail) == ("unknown", "it took too long")
    assert after.verdict == "verified"


async def test_an_environment_that_kills_its_process_is_survived(kit: Any, verifying: Any) -> None:
    """A crash of the environment's process is no crash of the server, and the next game is verified."""
    spec = kit.make_spec(Deadly, num_episodes=2)
    recording = kit.record(spec)
    other = kit.make_spec(Corridor)
    Deadly.safe = False
    try:
        async with verifying(deadly=spec, game=other) as verifier:
            findings = await verifier.verify("deadly", lambda: recording.lines)
            (after,) = await verifier.verify("game", lambda: kit.record(other).lines)
    finally:
        Deadly.safe = True
    assert [(one.episode, one.verdict) for one in findings] == [(1, "unknown"), (2, "unknown")]
    assert "SIGKILL" in findings[0].detail
    assert after.verdict == "verified"


async def test_a_helper_that_is_killed_is_replaced(kit: Any, verifying: Any) -> None:
    """Somebody who ends the helper process costs nothing but time."""
    spec = kit.make_spec(Corridor)
    async with verifying(game=spec) as verifier:
        assert verifier.helper_pid is not None
        os.kill(verifier.helper_pid, signal.SIGKILL)
        (finding,) = await verifier.verify("game", lambda: kit.record(spec).lines)
    assert finding.verdict == "verified"


async def test_stopping_waits_for_nothing(kit: Any) -> None:
    """A verifier that is stopped in the middle gives no findings, and leaves no process."""
    spec = kit.make_spec(Endless)
    recording = kit.record(spec)
    Endless.safe = False
    try:
        verifier = Verifier({"game": spec})
        await verifier.start()
        helper = verifier.helper_pid
        assert helper is not None
        work = asyncio.create_task(verifier.verify("game", lambda: recording.lines))
        await asyncio.sleep(0)
        async with asyncio.timeout(PATIENCE):
            await verifier.stop()
            assert await work == []
    finally:
        Endless.safe = True
    with pytest.raises(ProcessLookupError):
        os.kill(helper, 0)


async def test_records_are_read_when_it_is_their_turn(kit: Any, verifying: Any) -> None:
    """However many games end together, the records of one are held at a time."""
    spec = kit.make_spec(Corridor)
    lines = kit.record(spec).lines
    read: list[int] = []
    done: list[int] = []

    async with verifying(game=spec) as verifier:

        async def verify(number: int) -> None:
            def history() -> Any:
                assert read == done
                read.append(number)
                return lines

            (finding,) = await verifier.verify("game", history)
            done.append(number)
            assert finding.verdict == "verified"

        await asyncio.gather(*map(verify, range(3)))
    assert done == [0, 1, 2]


async def test_an_unknown_scene_is_a_mistake_of_the_caller(kit: Any, verifying: Any) -> None:
    """A scene that the verifier was not given cannot be verified."""
    async with verifying(game=kit.make_spec(Corridor)) as verifier:
        with pytest.raises(KeyError):
            await verifier.verify("other", list)
