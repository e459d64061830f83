"""Plays one game in the participant's browser; the worker around it calls `Player.turn` when it is due.

Nothing here waits: what takes time outside of Python (models, the network, the clock) belongs to the worker.
Times are seconds of the worker's own clock, which begins with the page.
"""

from __future__ import annotations

import base64
import gc
import hashlib
import json
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mug import __version__
from mug.engine.errors import EngineFault
from mug.engine.models import Inference, register_model
from mug.game.json_lines import encode
from mug.game.loop import Game
from mug.game.output import EVENT
from mug.game.pace import AtOnce
from mug.game.save import can_be_saved
from mug.game.venue import Venue
from mug_pyodide.in_browser.json_frames import JsonFrames
from mug_pyodide.in_browser.scene import load_scene
from mug_pyodide.in_browser.warm_up import warm_up

REPLAY_SECONDS: Final = 0.05
"""For how long in a row a game is rebuilt; then the worker may say how far it is."""
HELD, TRIGGERED, POINTER = 1, 2, 3
_COMMANDS: Final = frozenset(("start", "pause", "resume", "stop", "keyframe"))
_PEER_COMMANDS: Final = frozenset(("away", "returned", "take_over"))


class Player:
    """One scene, and the game of it that is played.

    Args:
        scene: the packed scene.

    Raises:
        Exception: whatever the researcher's modules raise when they are imported.
    """

    def __init__(self, scene: bytes) -> None:
        self._spec = load_scene(scene)
        self._key = f"{__version__} {hashlib.sha256(scene).hexdigest()}"
        self._setup: dict[str, Any] = {}
        self._game: Game | None = None
        self._peers: Any = None
        """The same game, where other pages play it too: see `mug.peers`."""
        self._own: int | None = None
        """The place of the seat whose participant looks; None where there is only one."""
        self._asked: tuple[Inference, ...] = ()
        self._waiting: deque[list[Any]] = deque()
        self._early: deque[tuple[str, Any]] = deque()

    def register_model(self, name: str, inputs_json: str, outputs_json: str) -> None:
        """Say that the worker can run a model.

        Args:
            name: what policies call it.
            inputs_json: by name, the type of its numbers and how many dimensions it has.
            outputs_json: the names of its outputs, or a dict by name.
        """
        inputs = {part: (str(kind), int(rank)) for part, (kind, rank) in json.loads(inputs_json).items()}
        register_model(name, inputs, tuple(json.loads(outputs_json)))

    def warm_up(self) -> float:
        """Play a little of another game, so that what is compiled when it is first used is compiled.

        Returns:
            How many seconds a step took, 0 where that could not be found out.
        """
        seconds = warm_up(self._spec, self._venue(0))
        # What is there now stays: looking through it again and again would only make steps late. The worker
        # let imports go on undisturbed until here.
        gc.freeze()
        gc.enable()
        return seconds

    def open(self, setup_json: str) -> None:
        """Begin with a game.

        Args:
            setup_json: ``game_id``, ``seed``, ``participants`` and ``policies`` (pairs of an agent and a
                subject, or a reference), and ``clock_offset_ms``, by how much the server's clock is ahead.
                In a game of several pages also ``seat``, ``peers`` (what the transport offers), ``notes``,
                how many notes of this seat's there are, and ``returned``, whether its player was away.
        """
        self._setup = json.loads(setup_json)
        self._game = self._new_game()

    def take_snapshot(self, blob: bytes) -> bool:
        """Begin where the game was saved; the history then has what was recorded after that.

        Returns:
            Whether that worked; if not, the history has to be the whole one.
        """
        try:
            self._open_game.load(blob, self._key)
        except Exception:
            # Whatever is wrong with it, the records tell how the game went.
            self._game = self._new_game()
            return False
        return True

    def take_checkpoint(self, blob: bytes) -> None:
        """Begin, after the history, where the page of another player says that all others are."""
        self._guard(0.0, self._peers.resume_from, bytes(blob))

    def take_history(self, lines: bytes) -> None:
        """Take records that the server has, joined by newlines; in several parts if there are many."""
        self._open_game.take_history([line for line in bytes(lines).split(b"\n") if line])

    def turn(self, now: float) -> str:
        """Do what is due, at most one step.

        Returns:
            JSON: ``due``, in how many seconds to call again, or null; ``records``, lines; ``frame``, if there
            is one; ``events``; ``infer``, what models have to answer before the next call; ``spent_ms``, how
            long the game took. In a game of several pages also ``packets``, pairs of a peer and Base64;
            ``notes``, lines about this page alone; and ``figures``.
        """
        began = time.perf_counter()
        game = self._open_game
        if not self._waiting and not game.output:
            self._guard(now, game.turn, now)
            self._tell_of_peers(now)
        spent = time.perf_counter() - began
        records = [line.decode() for line in game.ledger.take_lines()]
        self._asked = game.asked
        frame, events = self._said(game)
        reply: dict[str, Any] = {
            "due": 0 if self._waiting else _until(game.next_due(now), now),
            "records": records,
            "events": events,
            "infer": [request_for(inference) for inference in self._asked],
            "spent_ms": round(spent * 1000, 3),
        }
        if frame is not None:
            reply["frame"] = frame
        if self._peers is not None:
            packets = self._peers.take_packets()
            reply["packets"] = [[peer, base64.b64encode(packet).decode()] for peer, packet in packets]
            reply["notes"] = [note.decode() for note in self._peers.take_notes()]
            reply["figures"] = self._peers.figures()
        return encode(reply).decode()

    def receive(self, now: float, peer: int, packet: bytes) -> bool:
        """Take a packet from the page of another player, untrusted; True if `turn` should be called soon."""
        game = self._open_game
        try:
            return bool(self._peers.receive(peer, bytes(packet), now))
        except BaseException as error:
            game.fail(error, now)
            return True

    def input(self, now: float, kind: int, seq: int, action: int, x: float, y: float) -> None:
        """The participant did something; action -1 is none."""
        game = self._open_game
        index = None if action < 0 else action
        seats = game.seats.inputs
        for seat in seats.values() if self._peers is None else (seats[self._setup["seat"]],):
            if kind == HELD:
                seat.press(index, seq, now)
            elif kind == TRIGGERED:
                seat.trigger(index, seq, now)
            elif kind == POINTER:
                self._guard(now, seat.point, index, seq, now, x, y)

    def command(self, now: float, name: str, argument: str) -> None:
        """``start``, ``pause``, ``resume``, ``stop`` (the argument is the reason) or ``keyframe``.

        In a game of several pages also ``away`` (a JSON list of the peers whose page is not there),
        ``returned`` (this page's player was away; the argument is ``null``) and ``take_over`` (a JSON list of
        a seat and the reference of the policy that has it from now on).

        Raises:
            ValueError: there is no such command.
        """
        if name not in (_COMMANDS if self._peers is None else _COMMANDS | _PEER_COMMANDS):
            raise ValueError(f"there is no command {name!r}")
        game = self._open_game
        if name == "keyframe":
            for agent_id in game.seats.participants:
                self._guard(now, game.keyframe, now, agent_id)
        elif name == "stop":
            self._guard(now, game.stop, now, argument)
        elif name in _PEER_COMMANDS:
            self._early.append((name, json.loads(argument)))
            self._tell_of_peers(now)
        else:
            self._guard(now, getattr(game, name), now)

    def feed(self, number: int, name: str) -> NDArray[Any]:
        """An input of the model that was asked for at this place of ``infer``."""
        return self._asked[number].feed[name]

    def answer(self, number: int, results: Sequence[Any]) -> None:
        """Give what the model at this place of ``infer`` gave.

        Args:
            number: its place.
            results: for each of its outputs, the numbers in a row and their shape.
        """
        self._asked[number].answer([array_of(numbers, shape) for numbers, shape in results])

    def snapshot(self) -> bytes:
        """The game as it stands, to go on from after the page was reloaded; empty if that cannot be saved."""
        game = self._open_game
        if not game.built or game.next_due(0.0) is None or not can_be_saved(self._spec):
            return b""
        try:
            return game.save(self._key)
        except EngineFault:
            return b""

    def checkpoint(self) -> bytes:
        """What a page that is opened again needs besides the records, to go on with this one and others."""
        game = self._open_game
        return bytes(self._peers.checkpoint()) if game.built else b""

    # ------------------------------------------------------------------------------------------ within

    @property
    def _open_game(self) -> Game:
        if self._game is None:
            raise RuntimeError("Player.open() comes first")
        return self._game

    def _new_game(self) -> Game:
        opening = {"policies": [], "history": [], **self._setup}
        venue = self._venue(int(self._setup.get("clock_offset_ms", 0)))
        self._waiting.clear()
        self._early.clear()
        self._peers = self._own = None
        if self._setup.get("peers") is None or self._spec.peer_game is None:
            return Game(self._spec, opening, venue)
        game: Game = self._spec.peer_game(self._spec, opening, venue)
        self._peers, self._own = game, self._spec.agent_ids.index(self._setup["seat"])
        return game

    def _venue(self, clock_offset_ms: int) -> Venue:
        return Venue(
            runtime="pyodide",
            encode=encode,
            wall_ms=lambda: time.time_ns() // 1_000_000 + clock_offset_ms,
            frames=JsonFrames(),
            starts=AtOnce(),
            replay_slice=REPLAY_SECONDS,
            global_generators=True,
        )

    def _guard(self, now: float, action: Callable[..., None], *arguments: Any) -> None:
        """Run what may run the researcher's code, and end the game if that does not work."""
        game = self._open_game
        try:
            action(*arguments)
        except BaseException as error:
            game.fail(error, now)

    def _tell_of_peers(self, now: float) -> None:
        """Tell the game who is away and who is replaced, once it stands."""
        game = self._open_game
        while self._early and game.built:
            name, argument = self._early.popleft()
            if name == "away":
                self._guard(now, self._peers.away, now, argument)
            elif name == "returned":
                self._guard(now, self._peers.returned, now)
            else:
                self._guard(now, game.take_over, now, *argument)

    def _said(self, game: Game) -> tuple[dict[str, Any] | None, list[list[Any]]]:
        """What the game has to say up to its next frame; further frames wait for the next turn."""
        waiting = self._waiting
        waiting += game.output.take()
        frame: dict[str, Any] | None = None
        events: list[list[Any]] = []
        while waiting:
            target, *rest = waiting[0]
            if target == EVENT:
                events += _event(*rest)
            elif self._own not in (None, target):
                pass
            elif frame is None:
                frame = rest[0]
            else:
                break
            waiting.popleft()
        return frame, events


def _event(name: str, *arguments: Any) -> list[list[Any]]:
    """What the page hears of something that happened; how episodes end is in the records."""
    match name:
        case "ready" | "episode_started" | "failed" | "desync" | "excluded" | "waiting" | "links":
            return [[name, *arguments]]
        case "over":
            return [[name, arguments[0]]]
        case "assets":
            return [[name, arguments[1]]]
    return []


def request_for(inference: Inference) -> dict[str, Any]:
    """Say to the worker what a model has to answer."""
    inputs = {
        name: {"dtype": array.dtype.name, "shape": list(array.shape)}
        for name, array in inference.feed.items()
    }
    return {"model": inference.model, "outputs": list(inference.outputs), "inputs": inputs}


def array_of(numbers: Any, shape: Any) -> NDArray[Any]:
    """An array of what the worker has: a typed array of JavaScript's, or anything with a buffer."""
    given = numbers.to_py() if hasattr(numbers, "to_py") else numbers
    sizes = shape.to_py() if hasattr(shape, "to_py") else shape
    return np.array(given).reshape([int(size) for size in sizes])


def _until(due: float | None, now: float) -> float | None:
    return None if due is None else max(0.0, due - now)
