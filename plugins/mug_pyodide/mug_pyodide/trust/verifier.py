"""Verification on arrival: games are played again in the background, after they have ended.

A helper process is forked when the server starts, before there are participants whose connections it would
hold, and because specs hold lambdas that no other process could be sent. It waits until a game has to be
verified, and forks a process for each, so that whatever an environment does ends with its game.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import pickle
import signal
import socket
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs

from mug.game.spec import GameSpec
from mug_pyodide.in_browser.findings import Finding
from mug_pyodide.in_browser.recorded import read
from mug_pyodide.trust.apart import Interrupted, detach, fork, never_return, run_apart
from mug_pyodide.trust.examination import examine, unknown

log = logging.getLogger("mug_pyodide")

TIME_LIMIT: Final = 600.0
"""Seconds that one game may take to be played again, however long it is."""
SECONDS_FOR_ANY: Final = 30.0
SECONDS_FOR_EACH: Final = 0.1
"""Seconds that each of a game's records adds to that, so that an endless game does not keep the others."""
_LENGTH: Final = struct.Struct("<Q")


@attrs.define(eq=False)
class _Helper:
    pid: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Verifier:
    """Plays games again that have ended, one at a time, and says whether their records can be believed.

    Args:
        specs: what is played, by scene id.
        time_limit: seconds that one game may take at most; short ones get less.
    """

    def __init__(self, specs: Mapping[str, GameSpec], *, time_limit: float = TIME_LIMIT) -> None:
        self._specs = dict(specs)
        self._time_limit = time_limit
        self._helper: _Helper | None = None
        self._turn = asyncio.Lock()
        self._stopped = False

    @property
    def helper_pid(self) -> int | None:
        """The helper's process, None while there is none."""
        return None if self._helper is None else self._helper.pid

    async def start(self) -> None:
        """Fork the helper process."""
        self._stopped = False
        await self._ready_helper()

    async def stop(self) -> None:
        """End the helper process; what it is verifying is not verified."""
        self._stopped = True
        helper, self._helper = self._helper, None
        if helper is not None:
            helper.writer.close()
            await asyncio.to_thread(_end, helper.pid)

    async def verify(
        self, scene_id: str, history: Callable[[], Sequence[bytes]], seed: int | None = None
    ) -> list[Finding]:
        """Play a game again from its records.

        Args:
            scene_id: what was played.
            history: returns the game's records, in order; called in a thread when it is the game's turn.
            seed: the game's seed as the server drew it; else the one in the records is believed.

        Returns:
            One finding for each episode, ``"unknown"`` when it could not be played again; none at all when
            the verifier is stopped meanwhile.

        Raises:
            KeyError: this scene is not among the specs.
        """
        if scene_id not in self._specs:
            raise KeyError(scene_id)
        async with self._turn:
            if self._stopped:
                return []
            # A long game has megabytes of records: whoever plays at this moment must not wait for them.
            request = await asyncio.to_thread(_request, scene_id, history, seed)
            for _ in range(2):
                if self._stopped:
                    return []
                helper = await self._ready_helper()
                try:
                    helper.writer.write(_LENGTH.pack(len(request)) + request)
                    await helper.writer.drain()
                    (length,) = _LENGTH.unpack(await helper.reader.readexactly(_LENGTH.size))
                    findings: list[Finding] = pickle.loads(await helper.reader.readexactly(length))
                except (OSError, EOFError):
                    # The helper itself is gone: somebody killed it, or memory ran out.
                    await self._lose(helper)
                except BaseException:
                    await self._lose(helper)
                    raise
                else:
                    return findings
        log.warning("games of scene '%s' cannot be verified: the helper process keeps dying", scene_id)
        return []

    async def _ready_helper(self) -> _Helper:
        if self._helper is None:
            ours, theirs = socket.socketpair()
            pid = fork()
            if pid == 0:
                never_return(lambda: _serve(theirs, self._specs, self._time_limit))
            theirs.close()
            ours.setblocking(False)
            reader, writer = await asyncio.open_connection(sock=ours, limit=1 << 26)
            self._helper = _Helper(pid, reader, writer)
        return self._helper

    async def _lose(self, helper: _Helper) -> None:
        if self._helper is helper:
            self._helper = None
            helper.writer.close()
            await asyncio.to_thread(_end, helper.pid)


def _request(scene_id: str, history: Callable[[], Sequence[bytes]], seed: int | None) -> bytes:
    return pickle.dumps((scene_id, list(history()), seed), protocol=5)


def _end(pid: int) -> None:
    """The helper ends by itself once its connection is closed, and ends what it has begun."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)


def _serve(connection: socket.socket, specs: Mapping[str, GameSpec], time_limit: float) -> None:
    detach({connection.fileno()})
    while True:
        request = _receive(connection)
        if request is None:
            return
        scene_id, records, seed = pickle.loads(request)
        answer = pickle.dumps(_verify(specs[scene_id], records, seed, time_limit, connection.fileno()))
        connection.sendall(_LENGTH.pack(len(answer)) + answer)


def _verify(
    spec: GameSpec, records: list[bytes], seed: int | None, time_limit: float, unwanted: int
) -> list[Finding]:
    seconds = min(time_limit, SECONDS_FOR_ANY + SECONDS_FOR_EACH * len(records))
    try:
        return run_apart(lambda: examine(spec, records, seed), seconds, unwanted)
    except Interrupted as reason:
        return unknown(read(records, seed), str(reason))
    except Exception as error:
        return unknown(read(records, seed), f"{type(error).__name__}: {error}")


def _receive(connection: socket.socket) -> bytes | None:
    head = _exactly(connection, _LENGTH.size)
    return None if head is None else _exactly(connection, *_LENGTH.unpack(head))


def _exactly(connection: socket.socket, length: int) -> bytes | None:
    data = bytearray()
    while len(data) < length:
        piece: Any = connection.recv(min(1 << 20, length - len(data)))
        if not piece:
            return None
        data += piece
    return bytes(data)
