"""One experiment while it runs: its records, its participants, its sockets and pages."""

from __future__ import annotations

import asyncio
import logging
import platform
import secrets
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

import socketio
from hypercorn.middleware import ProxyFixMiddleware

import mug
from mug.components import ClientModule, Route, Store
from mug.core.experiment import Experiment
from mug.core.flow import Flow
from mug.core.journal import Journal
from mug.core.play import Play
from mug.core.reception import Reception
from mug.core.records.store import FileStore
from mug.core.state import Event, State
from mug.core.transports.websocket import WebSocketTransport
from mug.core.web.origins import origin_allowed
from mug.core.web.pages import build_pages
from mug.core.web.sockets import Sockets
from mug.core.web.tokens import Tickets, Tokens
from mug.errors import MugError

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0


class Host:
    """Runs one experiment inside the server."""

    def __init__(self, experiment: Experiment, prefix: str) -> None:
        self.experiment = experiment
        self.prefix = prefix
        config = experiment.config
        self._origins = frozenset(config.setting("allowed_origins"))
        self._behind_proxy: bool = config.setting("behind_proxy")
        self._store = self._open_store()
        self._state = State()
        self._journal = Journal(
            self._store, self._state, experiment.exports.participant_changed, experiment.observers.record
        )
        tokens = Tokens(experiment.data_dir / "journal" / "secret.key")
        self._tickets = Tickets(time.monotonic)
        self._play = Play(experiment, self._state, self._journal, self._store)
        self._flow = Flow(experiment, self._state, self._journal, self._play)
        self._sockets = Sockets(self._flow, self._tickets, self._origins)
        self._flow.sockets = self._sockets
        self._ticker: asyncio.Task[None] | None = None
        self._stack = AsyncExitStack()
        self._pages = build_pages(
            name=f"mug.{experiment.experiment_id or 'experiment'}",
            title=experiment.title,
            cookie=f"mug_{experiment.experiment_id or 'session'}",
            reception=Reception(experiment, self._state, self._flow, config.setting("max_participants")),
            tokens=tokens,
            tickets=self._tickets,
            allowed_origins=self._origins,
            modules=self._client_modules(),
            assets={
                scene_id: spec.assets_dir for scene_id, spec in experiment.games.items() if spec.assets_dir
            },
            registered=self._play.files,
            folders={folder.name: folder for folder in config.setting("directories")},
            health=self.health,
        )
        self._add_routes()
        app = socketio.ASGIApp(self._sockets.server, self._pages, socketio_path="-/socket.io")
        self.app: Any = ProxyFixMiddleware(app) if self._behind_proxy else app

    # ------------------------------------------------------------------------------------- lifetime

    def prepare(self) -> None:
        """Let runtimes get ready before the event loop runs."""
        for runtime, specs in self.experiment.runtimes_in_use().values():
            runtime.prepare(specs)

    async def start(self) -> None:
        """Restore what the records tell of, start plugins and runtimes, and begin to keep time."""
        events = self._journal.load()
        self._refuse_another_script()
        self._journal.write(self._beginning())
        while_running = {"experiment": self.experiment, "attendance": self._flow.attendance}
        for answer in self.experiment.plugins.collect("mug_lifespan", **while_running):
            await self._stack.enter_async_context(answer.value)
        for runtime in self._runtimes():
            await runtime.start()
            self._stack.push_async_callback(runtime.stop)
        await self._sockets.start()
        self._flow.restored()
        games = self._play.restore()
        if events:
            people = len(self._state.participants)
            log.info("restored %s participants and %s unfinished games", people, games)
        await self.experiment.exports.start(self._store)
        self._ticker = asyncio.create_task(self._tick())

    def _refuse_another_script(self) -> None:
        """Make sure that everybody who is still taking part can go on in this script.

        Raises:
            MugError: somebody's scenes are not in it.
        """
        for participant in self._state.participants.values():
            missing = [] if participant.finished else self.experiment.stager.strangers(participant.plan)
            if missing:
                who = participant.subject_id
                raise MugError(
                    f"participant {who} is on the way to '{missing[0]}', which this script does not have",
                    f"the data in {self.experiment.data_dir}",
                    "run the script that the data was begun with, or choose another experiment_id",
                )

    def _beginning(self) -> Event:
        """Return the event with which every start of the server begins; the first one's seed is kept."""
        wanted = self.experiment.seed
        if self._state.started:
            if wanted not in (None, self._state.seed):
                log.warning(
                    "the data was begun with seed %s, which is kept; seed=%s has no effect",
                    self._state.seed,
                    wanted,
                )
            wanted = self._state.seed
        return {
            "kind": "experiment_started",
            "experiment_id": self.experiment.experiment_id,
            "seed": secrets.randbits(63) if wanted is None else wanted,
            "versions": {"mug": mug.__version__, "python": platform.python_version()},
            "plugins": self.experiment.plugins.describe(),
        }

    def stand_still(self) -> None:
        """Before connections end: nobody's absence counts any more, and no game goes on without them."""
        if self._ticker is not None:
            self._ticker.cancel()
        self._sockets.forget()
        self._play.shut_down()

    async def stop(self) -> None:
        """End connections and games; everything unfinished can be resumed by the next start."""
        self.stand_still()
        await self._sockets.stop()
        await self._stack.aclose()
        self._play.export_unfinished()
        await self.experiment.exports.stop()
        self._store.close()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                self._flow.tick()
            except Exception:
                log.exception("the regular round failed; it is tried again")

    # -------------------------------------------------------------------------------------- channels

    def admission(self, headers: Mapping[str, str]) -> Any:
        """Return who admits a raw frame channel, or the HTTP status of a refusal."""
        host = headers.get("host", "")
        if self._behind_proxy:
            host = headers.get("x-forwarded-host", host).rpartition(",")[2].strip()
        if not origin_allowed(headers.get("origin"), host, self._origins):
            return 403
        for transport in self.experiment.transports.values():
            if isinstance(transport, WebSocketTransport):
                return transport.admit
        return 404

    # --------------------------------------------------------------------------------------- figures

    def health(self) -> dict[str, Any]:
        """Return figures for the health page: no personal data."""
        figures: dict[str, Any] = {
            "status": "ok",
            "participants": len(self._state.participants),
            "connected": self._flow.connected_count(),
            "completed": sum(p.outcome == "completed" for p in self._state.participants.values()),
            "waiting": self._flow.matching.counts(),
            "games_running": self._play.running(),
            "exports": self.experiment.exports.health(),
            "runtimes": {runtime.name: dict(runtime.health()) for runtime in self._runtimes()},
            "peers": {one.name: dict(one.health()) for one in self.experiment.peers.values()},
        }
        for answer in self.experiment.plugins.collect("mug_health", experiment=self.experiment):
            figures[answer.plugin] = "failed" if answer.error else dict(answer.value)
        return figures

    # ----------------------------------------------------------------------------------------- parts

    def _runtimes(self) -> list[Any]:
        return [runtime for runtime, _ in self.experiment.runtimes_in_use().values()]

    def _open_store(self) -> Store:
        store = self.experiment.plugins.at_most_one("mug_store", experiment=self.experiment)
        return store if store is not None else FileStore(self.experiment.data_dir)

    def _client_modules(self) -> list[ClientModule]:
        answers = self.experiment.plugins.collect("mug_client_modules", experiment=self.experiment)
        return list({answer.value.name: answer.value for answer in answers}.values())

    def _add_routes(self) -> None:
        for answer in self.experiment.plugins.collect("mug_routes", experiment=self.experiment):
            self._add_route(answer.plugin, answer.value)
        for runtime in self._runtimes():
            for route in runtime.routes():
                self._add_route(runtime.name, route)

    def _add_route(self, owner: str, route: Route) -> None:
        self._pages.add_url_rule(
            f"/-/{owner}/{route.path.lstrip('/')}",
            f"{owner}:{route.path}",
            route.handler,
            methods=list(route.methods),
        )
