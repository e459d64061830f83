"""A server and a page that do for the transport ``webrtc`` what mug and a game do, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import attrs
from aiohttp import WSMessage, WSMsgType, web
from mug_ggpo.peer_game import WebRtcGame
from mug_ggpo.probe import WebRtcProbe
from mug_ggpo.transport import WebRtcTransport

from mug.components import AgentId, GameSetup
from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.scenes.gym_scene import GymScene
from mug.testing.envs import Corridor

HERE = Path(__file__).parent
CLIENT = HERE.parents[2] / "plugins" / "mug_ggpo" / "mug_ggpo" / "static" / "client.js"
PAGE = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>'


@attrs.define
class Meeting:
    """One game, and the pages that have come to it."""

    url: str = ""
    relayed: int = 0
    notes: list[tuple[AgentId, Mapping[str, Any]]] = attrs.field(factory=list)
    _game: WebRtcGame | None = None
    _probe: WebRtcProbe | None = None
    _awaited: int = 0
    _pages: dict[AgentId, asyncio.Queue[str | bytes]] = attrs.field(factory=dict)

    @property
    def game(self) -> WebRtcGame:
        """The half of the transport that is on the server."""
        assert self._game is not None
        return self._game

    @property
    def probe(self) -> WebRtcProbe:
        """The same for pages that only find out how far they are from each other."""
        assert self._probe is not None
        return self._probe

    def ways(self, agent_id: AgentId) -> list[str]:
        """Return the ways that this seat's packets took, one after the other, as the records have them."""
        self.notes += self.game.take_notes()
        return [note["way"] for seat, note in self.notes if seat == agent_id and note["kind"] == "connection"]

    def open(self, transport: WebRtcTransport, setup: GameSetup) -> None:
        """Open the game."""
        self._game = transport.connect(
            setup,
            lambda agent_id, message: self._put(agent_id, json.dumps({"message": message})),
            self._put,
        )

    def measure(self, transport: WebRtcTransport, people: int) -> None:
        """Find out how far so many pages are from each other."""
        self._awaited = people
        seats = [f"player_{place}" for place in range(people)]
        self._probe = transport.probe(
            people, lambda place, message: self._put(seats[place], json.dumps({"message": message}))
        )

    async def probed(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one page that measures, for as long as it is there."""
        seat = request.query["seat"]
        place = int(seat.rpartition("_")[2])
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        queue = self._pages[seat] = asyncio.Queue()
        if len(self._pages) == self._awaited:
            for number, other in enumerate(sorted(self._pages, key=str)):
                self._put(other, json.dumps({"offer": self.probe.offer(number)}))
        writing = asyncio.create_task(_write(socket, queue))
        try:
            async for message in socket:
                said = json.loads(message.data)
                answer = self.probe.receive(place, said["message"])
                queue.put_nowait(json.dumps({"id": said["id"], "answer": answer}))
        finally:
            writing.cancel()
        return socket

    async def page(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one page for as long as it is there."""
        seat: AgentId = request.query["seat"]
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        queue = self._pages[seat] = asyncio.Queue()
        writing = asyncio.create_task(_write(socket, queue))
        self._put(seat, json.dumps({"offer": self.game.offer(seat)}))
        try:
            async for message in socket:
                self._take(seat, queue, message)
        finally:
            writing.cancel()
            if self._pages.get(seat) is queue:
                del self._pages[seat]
                self.game.gone(seat)
        return socket

    def _take(self, seat: AgentId, queue: asyncio.Queue[str | bytes], message: WSMessage) -> None:
        if message.type == WSMsgType.BINARY:
            self.relayed += 1
            self.game.packet(seat, message.data)
        elif message.type == WSMsgType.TEXT:
            said = json.loads(message.data)
            answer = self.game.receive(seat, said["message"])
            queue.put_nowait(json.dumps({"id": said["id"], "answer": answer}))

    def _put(self, agent_id: AgentId, said: str | bytes) -> None:
        if agent_id in self._pages:
            self._pages[agent_id].put_nowait(said)


@contextlib.asynccontextmanager
async def meeting(people: int, config: ExperimentConfig | None = None) -> AsyncIterator[Meeting]:
    """Serve one game for so many pages; ``{url}/?seat=player_0`` is the first one's.

    With ``&way=probe`` pages do not play, and measure as soon as all of them are there.
    """
    transport = WebRtcTransport()
    transport.configure((config or ExperimentConfig()).webrtc_settings())
    made = Meeting()
    made.open(transport, _setup(people))
    made.measure(transport, people)
    app = web.Application()
    app.router.add_get("/", _page)
    app.router.add_get("/server", made.page)
    app.router.add_get("/probe", made.probed)
    app.router.add_get("/{name}.js", _script)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


async def _write(socket: web.WebSocketResponse, queue: asyncio.Queue[str | bytes]) -> None:
    with contextlib.suppress(ConnectionError):
        while True:
            said = await queue.get()
            await (socket.send_bytes(said) if isinstance(said, bytes) else socket.send_str(said))


async def _page(_: web.Request) -> web.Response:
    return web.Response(text=PAGE, content_type="text/html")


async def _script(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    path = CLIENT if name == "client" else HERE / f"{name}.js"
    return web.Response(text=path.read_text(), content_type="text/javascript")


def _setup(people: int) -> GameSetup:
    seats: list[AgentId] = [f"player_{n}" for n in range(people)]
    scene = (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=Corridor)
        .policies(policy_mapping=dict.fromkeys(seats, PolicyTypes.Human))
        .gameplay(default_action=1, action_mapping={"ArrowLeft": 0})
        .runtime(runtime="pyodide")
    )
    return GameSetup("a game", "game", scene.game_spec(), 1, {seat: f"person {seat}" for seat in seats})
