"""Participants with a real browser each: what they see, what they press, and what their browser reports."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs
from playwright.async_api import (
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Request,
    TimeoutError,
    WebSocket,
)

PATIENCE_MS = 20_000

_PIXEL = """([x, y]) => {
    const canvas = document.querySelector('[data-testid="game-canvas"]');
    const place = [Math.floor(x * canvas.width), Math.floor(y * canvas.height)];
    const pixel = canvas.getContext("2d").getImageData(...place, 1, 1).data;
    return "#" + [...pixel.slice(0, 3)].map((part) => part.toString(16).padStart(2, "0")).join("");
}"""
_SHOWS = """([places, color]) => {
    const canvas = document.querySelector('[data-testid="game-canvas"]');
    if (canvas === null) return false;
    return places.every(([x, y]) => {
        const place = [Math.floor(x * canvas.width), Math.floor(y * canvas.height)];
        const pixel = canvas.getContext("2d").getImageData(...place, 1, 1).data;
        const shown = "#" + [...pixel.slice(0, 3)].map((part) => part.toString(16).padStart(2, "0")).join("");
        return shown === color;
    });
}"""
_PICTURE = """() => {
    const canvas = document.querySelector('[data-testid="game-canvas"]');
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let hash = 2166136261;
    for (const part of data) hash = Math.imul(hash ^ part, 16777619);
    return `${canvas.width}x${canvas.height} ${hash >>> 0}`;
}"""


_HIDE = """(hidden) => {
    const value = hidden ? "hidden" : "visible";
    Object.defineProperty(document, "visibilityState", { configurable: true, value });
    document.dispatchEvent(new Event("visibilitychange"));
}"""
_TAKE_NOTES = """(() => {
    window.told = new Set();
    new MutationObserver(() => {
        for (const element of document.querySelectorAll("[role=status], [role=alert], [aria-live]")) {
            window.told.add(element.textContent.trim());
        }
    }).observe(document, { subtree: true, childList: true, characterData: true });
    window.keyLog = [];
    for (const type of ["keydown", "keyup"]) {
        window.addEventListener(type, (event) => {
            if (!event.repeat) window.keyLog.push([type, event.code, Date.now()]);
        }, true);
    }
})()"""


@attrs.frozen
class Press:
    """A key that was down for a while; times are unix milliseconds, ``up`` None while it is still down."""

    code: str
    down: int
    up: int | None


class Person:
    """One participant: a browser context of their own with one page.

    Args:
        context: the browser context.
        page: its page.
        url: the experiment's address.

    Attributes:
        complaints: what the browser reported as wrong: errors on the console, exceptions, requests to other
            hosts. A test ends by looking at it, unless it told the person what to expect.
    """

    def __init__(self, context: BrowserContext, page: Page, url: str) -> None:
        self.context = context
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._expected: list[re.Pattern[str]] = []
        self._hosts = {urlsplit(url).netloc}
        context.on("request", self._requested)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.complaints.append(f"exception: {error.error}"))
        page.on("websocket", self._connected)

    # --------------------------------------------------------------------------- what the browser reports

    def expects(self, *patterns: str) -> None:
        """Complaints that match one of these are part of the test."""
        self._expected += [re.compile(pattern) for pattern in patterns]

    def expects_lost_connections(self) -> None:
        """The test takes the server or the network away; browsers say so on the console."""
        self.expects("net::ERR_", "WebSocket connection to .* failed")

    def may_go_to(self, *hosts: str) -> None:
        """The test leads to these hosts."""
        self._hosts.update(hosts)

    @property
    def unexpected(self) -> list[str]:
        """The complaints that the test did not expect."""
        return [
            complaint
            for complaint in self.complaints
            if not any(pattern.search(complaint) for pattern in self._expected)
        ]

    def _requested(self, request: Request) -> None:
        self._went_to(request.url)

    def _connected(self, socket: WebSocket) -> None:
        self._went_to(socket.url)

    def _went_to(self, url: str) -> None:
        self.requests.append(url)
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.netloc not in self._hosts:
            self.complaints.append(f"request to another host: {url}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"console: {message.text} ({message.location.get('url', '')})")

    # ------------------------------------------------------------------------------------- the scenes

    async def open(self, query: str = "") -> None:
        """Go to the experiment's page."""
        await self.page.goto(f"{self.url}/{query}")

    async def leave(self) -> None:
        """Close the page."""
        await self.page.close()

    async def at(self, scene_id: str) -> None:
        """Wait for a scene."""
        await self.page.wait_for_selector(f'[data-scene-id="{scene_id}"]')

    async def go_on(self) -> None:
        """Press the button that leads on."""
        await self.button("advance").click()

    def button(self, test_id: str) -> Locator:
        """Return what carries this test id."""
        return self.page.get_by_test_id(test_id)

    async def reads(self, text: str | re.Pattern[str]) -> None:
        """Wait until a text can be seen."""
        await self.page.get_by_text(text).filter(visible=True).first.wait_for()

    async def text(self) -> str:
        """Return everything that can be read on the page."""
        return await self.page.inner_text("body")

    async def until(self, function: str, argument: object = None) -> None:
        """Wait until a JavaScript function returns something true.

        Raises:
            AssertionError: it did not in time; says what this person sees instead.
        """
        try:
            await self.page.wait_for_function(function, arg=argument)
        except TimeoutError:
            raise AssertionError(
                f"waited in vain for {function} with {argument}; {await self.debug()}\n{await self.text()}"
            ) from None

    async def photograph(self, file: Path) -> None:
        """Save what this person sees, unless they are gone."""
        with contextlib.suppress(Error):
            await self.page.screenshot(path=file, full_page=True, animations="disabled")

    # --------------------------------------------------------------------------------------- the game

    async def in_state(self, *states: str) -> None:
        """Wait until the game is in one of these states."""
        choice = ", ".join(f'.stage[data-state="{state}"]' for state in states)
        await self.page.wait_for_selector(choice, state="attached")

    async def is_hidden(self, hidden: bool) -> None:
        """Let the page believe that its tab is, or is no longer, behind another one."""
        await self.page.evaluate(_HIDE, hidden)

    async def debug(self) -> dict[str, Any]:
        """Return what ``window.mug.debug()`` tells."""
        figures: dict[str, Any] = await self.page.evaluate("() => window.mug.debug()")
        return figures

    async def until_debug(self, **wanted: object) -> None:
        """Wait until ``window.mug.debug()`` has these values."""
        await self.until(
            "(wanted) => { const now = window.mug.debug();"
            " return Object.entries(wanted).every(([name, value]) => now[name] === value); }",
            wanted,
        )

    async def pixel(self, x: float, y: float) -> str:
        """Return the color at a place of the canvas, given as fractions of its size."""
        color: str = await self.page.evaluate(_PIXEL, [x, y])
        return color

    async def shows(self, color: str, *places: tuple[float, float]) -> None:
        """Wait until the canvas has a color at all of these places, given as fractions of its size."""
        await self.until(_SHOWS, [[list(place) for place in places], color])

    async def canvas_has(self, wanted: Mapping[str, tuple[str, tuple[float, float]]]) -> None:
        """Wait until the canvas has each of these colors at its place; names are for the report."""
        try:
            await self.page.wait_for_function(
                f"(all) => all.every(([color, place]) => ({_SHOWS})([[place], color]))",
                arg=list(wanted.values()),
            )
        except TimeoutError:
            found = {name: (color, await self.pixel(*place)) for name, (color, place) in wanted.items()}
            wrong = {name: pair for name, pair in found.items() if pair[0] != pair[1]}
            raise AssertionError(f"(wanted, found): {wrong}") from None

    async def picture(self) -> str:
        """Return a fingerprint of every pixel of the canvas."""
        fingerprint: str = await self.page.evaluate(_PICTURE)
        return fingerprint

    async def canvas_is(self, fingerprint: str) -> None:
        """Wait until the canvas shows a picture that `picture` returned elsewhere."""
        await self.until(f"(wanted) => ({_PICTURE})() === wanted", fingerprint)

    async def until_picture_is_not(self, fingerprint: str) -> None:
        """Wait until the canvas shows something else."""
        await self.until(f"(unwanted) => ({_PICTURE})() !== unwanted", fingerprint)

    async def tap(self, *keys: str) -> None:
        """Press and release keys one after the other."""
        for key in keys:
            await self.page.keyboard.press(key)

    async def take_notes(self) -> None:
        """Let pages note from their next load on what they tell and which keys are pressed."""
        await self.context.add_init_script(_TAKE_NOTES)

    async def was_told(self, text: str) -> None:
        """Wait until the page has told something, seen or read out, however short it stood there."""
        await self.until("(text) => window.told.has(text)", text)

    async def presses(self) -> list[Press]:
        """Return the keys that were pressed since the page was loaded, as the page saw them."""
        found: list[Press] = []
        down: dict[str, int] = {}
        for kind, code, at in await self.page.evaluate("() => window.keyLog"):
            if kind == "keydown":
                down[code] = at
            elif code in down:
                found.append(Press(code, down.pop(code), at))
        found += [Press(code, at, None) for code, at in down.items()]
        return sorted(found, key=lambda press: press.down)

    async def hold(self, *keys: str) -> None:
        """Press keys down."""
        for key in keys:
            await self.page.keyboard.down(key)

    async def release(self, *keys: str) -> None:
        """Let keys go."""
        for key in keys:
            await self.page.keyboard.up(key)


def all_complaints(people: Collection[Person]) -> list[str]:
    """Return the unexpected complaints of several people."""
    return [complaint for person in people for complaint in person.unexpected]
