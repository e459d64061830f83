"""Serving experiments: the port, the start page of several, and an orderly start and stop."""

from __future__ import annotations

import asyncio
import html
import logging
import signal
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from mug.core.experiment import Experiment
from mug.core.host import Host
from mug.core.web.front import Front, bind
from mug.core.web.pages import content_security_policy

log = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Site:
    """The ASGI application in front of all experiments of this server."""

    def __init__(self, hosts: Sequence[Host]) -> None:
        self._hosts = {host.prefix: host for host in hosts}
        self._alone = self._hosts.get("")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Route a request to its experiment by the first part of the path."""
        if scope["type"] == "lifespan":
            return
        host, path = self.host_for(scope["path"])
        if host is not None:
            await host.app(scope | {"path": path, "raw_path": path.encode()}, receive, send)
        elif scope["type"] == "http":
            await self._start_page(scope, send)
        else:
            await send({"type": "websocket.close"})

    def host_for(self, path: str) -> tuple[Host | None, str]:
        """Return the experiment a path belongs to, and the path within it."""
        if self._alone is not None:
            return self._alone, path
        first, slash, rest = path.removeprefix("/").partition("/")
        host = self._hosts.get(first)
        if host is None or not slash:
            return None, path
        return host, "/" + rest

    def admission(self, target: str, headers: dict[str, str]) -> Any:
        """Return who admits a raw frame channel at this target, or an HTTP status."""
        host, rest = self.host_for(target.partition("?")[0])
        return host.admission(headers) if host is not None and rest == "/-/frames" else 404

    async def _start_page(self, scope: Scope, send: Send) -> None:
        path = scope["path"]
        first = path.strip("/")
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store")]
        server = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        headers.append((b"content-security-policy", content_security_policy(server).encode()))
        if path == "/":
            status, body = 200, _start_page(list(self._hosts.values()))
        elif first in self._hosts:
            status, body = 307, ""
            headers.append((b"location", f"/{first}/".encode()))
        else:
            status, body = 404, _page("Not found", "<p>There is no such page.</p>")
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body.encode()})


def _start_page(hosts: Sequence[Host]) -> str:
    items = "".join(
        f'<li><a href="./{html.escape(host.prefix)}/">{html.escape(host.experiment.title)}</a></li>'
        for host in hosts
    )
    style = f'<link rel="stylesheet" href="./{html.escape(hosts[0].prefix)}/-/static/style.css">'
    body = f'<p>Choose an experiment:</p><ul class="experiments">{items}</ul>'
    return _page("Experiments", body, style)


def _page(title: str, body: str, style: str = "") -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">{style}</head>'
        f'<body><main class="scene"><h1>{title}</h1>{body}</main></body></html>'
    )


class Server:
    """Serves one experiment at ``/``, or several below their ids with a start page."""

    def __init__(self, experiments: Sequence[Experiment], host: str, port: int) -> None:
        prefixes = [""] if len(experiments) == 1 else [one.experiment_id for one in experiments]
        self._socket = bind(host, port)
        self.hosts: list[Host] = []
        try:
            for experiment, prefix in zip(experiments, prefixes, strict=True):
                self.hosts.append(Host(experiment, prefix))
            for one in self.hosts:
                one.prepare()
        except BaseException:
            self._socket.close()
            raise
        self._site = Site(self.hosts)
        self._front = Front(self._site, self._site.admission)

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._socket.getsockname()[1])

    async def start(self) -> None:
        """Start every experiment, then open the port.

        Raises:
            MugError: one of them cannot start; the others are stopped again.
        """
        try:
            for host in self.hosts:
                await host.start()
            await self._front.start(self._socket)
        except BaseException:
            self._socket.close()
            await self._stop_hosts()
            raise

    async def stop(self) -> None:
        """Close the port, then stop every experiment."""
        for host in self.hosts:
            host.stand_still()
        await self._front.stop()
        await self._stop_hosts()

    async def _stop_hosts(self) -> None:
        for host in reversed(self.hosts):
            try:
                await host.stop()
            except Exception:
                log.exception("experiment %r did not stop in order", host.experiment.experiment_id)

    async def run(self, ready: Callable[[], None]) -> None:
        """Serve until interrupted or told to terminate."""
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopping.set)
        await self.start()
        ready()
        try:
            await stopping.wait()
        finally:
            await self.stop()
