"""One Chromium for the whole session, a server process per script, a browser context per participant."""

from __future__ import annotations

import asyncio
import contextlib
import html
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Route, async_playwright

from tests.browser.people import PATIENCE_MS, Person, all_complaints
from tests.browser.serving import MUG_RUN, PYTHON, ServerProcess, serving, until_empty

CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
HERE = Path(__file__).parent
EXPERIMENTS = HERE / "experiments"
EXAMPLES = HERE.parents[1] / "examples"

NO_WEBSOCKETS = """window.WebSocket = class extends EventTarget {
    constructor() {
        super();
        setTimeout(() => {
            for (const type of ["error", "close"]) {
                const event = new Event(type);
                this["on" + type]?.(event);
                this.dispatchEvent(event);
            }
        });
    }
    close() {}
    send() {}
};"""
"""What a network that lets no WebSocket through looks like to a page."""
FAILED = pytest.StashKey[bool]()
Serve = Callable[..., Awaitable[ServerProcess]]
Arrive = Callable[..., Awaitable[Person]]
Launch = Callable[..., Awaitable[Browser]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder; the browser lives in the session's event loop, so they do too."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, started once."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="session")
async def launch() -> AsyncIterator[Launch]:
    """Return a function that starts a Chromium of its own, with further flags, for this test alone."""
    async with async_playwright() as playwright, contextlib.AsyncExitStack() as stack:

        async def start(*flags: str) -> Browser:
            running = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
            stack.push_async_callback(running.close)
            return running

        yield start


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def elsewhere() -> AsyncIterator[str]:
    """The address of another site, to which experiments lead; it shows the address it was called with."""

    async def show(request: web.Request) -> web.Response:
        text = f"<!doctype html><title>Elsewhere</title><p>You came to {html.escape(request.path_qs)}</p>"
        return web.Response(text=text, content_type="text/html")

    site = web.Application()
    site.router.add_get("/{path:.*}", show)
    runner = web.AppRunner(site)
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0)
    await place.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="session")
async def serve(tmp_path: Path, elsewhere: str) -> AsyncIterator[Serve]:
    """Return a function that starts an experiment script for this test alone."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(script: Path) -> ServerProcess:
            folder = tmp_path / script.stem
            folder.mkdir()
            environment = {"ELSEWHERE": f"{elsewhere}/arrived?id="}
            return await stack.enter_async_context(serving(PYTHON, script, folder, environment))

        yield start


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_servers(
    tmp_path_factory: pytest.TempPathFactory, elsewhere: str
) -> AsyncIterator[Callable[[Path], Awaitable[ServerProcess]]]:
    """Return a function that returns the one server of a script that tests share."""
    running: dict[Path, ServerProcess] = {}

    async def of(script: Path) -> ServerProcess:
        if script not in running:
            environment = {"ELSEWHERE": f"{elsewhere}/arrived?id="}
            server = ServerProcess(MUG_RUN, script, tmp_path_factory.mktemp(script.stem), environment)
            await server.start()
            running[script] = server
        return running[script]

    yield of
    await asyncio.gather(*(server.stop() for server in running.values()))


@pytest_asyncio.fixture(loop_scope="session")
async def server(
    request: pytest.FixtureRequest, shared_servers: Callable[[Path], Awaitable[ServerProcess]]
) -> ServerProcess:
    """The server of a module, which says with ``SCRIPT`` what is served."""
    return await shared_servers(request.module.SCRIPT)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let fixtures know whether the test failed."""
    report = yield
    item.stash.setdefault(FAILED, False)
    item.stash[FAILED] |= report.failed
    return report


@pytest_asyncio.fixture(loop_scope="session")
async def arrive(browser: Browser, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Arrive]:
    """Return a function that lets somebody open an experiment; afterwards no browser may have complained.

    Of a test that fails, ``person0.png`` and so on in its temporary folder show what everybody saw last.
    """
    people: list[Person] = []

    async def come(
        url: str,
        query: str = "",
        *,
        websockets: bool = True,
        routes: Mapping[str, Callable[[Route], Awaitable[None]]] | None = None,
        **wishes: Any,
    ) -> Person:
        context = await browser.new_context(**{"viewport": {"width": 900, "height": 800}, **wishes})
        context.set_default_timeout(PATIENCE_MS)
        if not websockets:
            await context.add_init_script(NO_WEBSOCKETS)
        for pattern, handler in (routes or {}).items():
            await context.route(pattern, handler)
        person = Person(context, await context.new_page(), url)
        people.append(person)
        await person.take_notes()
        await person.open(query)
        return person

    yield come
    complaints = all_complaints(people)
    if request.node.stash.get(FAILED, False):
        for number, person in enumerate(people):
            await person.photograph(tmp_path / f"person{number}.png")
    await asyncio.gather(*(person.context.close() for person in people))
    for url in {person.url for person in people}:
        await until_empty(url)
    assert complaints == []
