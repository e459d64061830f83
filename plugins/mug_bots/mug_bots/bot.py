"""One bot: a browser page of its own, on which it does what the page asks for until its study is over."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import attrs
from playwright.async_api import Browser, ConsoleMessage, Error, Page, Route, TimeoutError

from mug_bots.answers import Wanted, words
from mug_bots.forms import FormFiller
from mug_bots.scenarios import DECLINES, INACTIVE, QUITS, RELOADS, Part

_TICK_SECONDS: Final = 0.15
_ENDED_SECONDS: Final = 2.0
_READING_SECONDS: Final = (0.3, 1.2)
_KEY_SECONDS: Final = (0.06, 0.2)
_MOST_ERRORS: Final = 20
_TALKS: Final = 0.02
"""How likely a bot is to write to others, each time it looks at a page where it can."""

_CHAT: Final = '[data-testid="chat-input"]:read-write, .chat-quick button'
"""Where something can be written, or sent, in a chat that is open."""

_LOOK: Final = """(chat) => {
  const seen = (selector) => {
    const element = document.querySelector(selector);
    return element !== null && element.checkVisibility({ visibilityProperty: true }) && !element.disabled;
  };
  const test = (id) => seen(`[data-testid="${id}"]`);
  const scene = document.querySelector("[data-scene-id]");
  const progress = document.querySelector("progress.study-progress");
  const debug = { ...(window.mug?.debug() ?? {}) };
  for (const name of ["fps", "rttMs", "drawMs"]) delete debug[name];
  const main = document.querySelector("main");
  return {
    scene: scene?.dataset.sceneId ?? null,
    end: scene?.classList.contains("scene-end") ?? false,
    turned_away: (main?.querySelector(".scene-message") ?? null) !== null && !seen("main button"),
    heading: main?.querySelector("h1")?.textContent.trim() ?? "",
    code: document.querySelector('[data-testid="completion-code"]')?.textContent ?? "",
    redirect: document.querySelector('[data-testid="redirect"]')?.href ?? "",
    game: document.querySelector(".stage")?.dataset.state ?? null,
    chat: [...document.querySelectorAll(chat)].findIndex(
      (one) => one.checkVisibility() && one.ariaDisabled !== "true"),
    progress: progress && !progress.hidden ? [progress.value, progress.max] : null,
    can: Object.fromEntries(["begin", "ready", "no-keyboard", "screened-out", "decline", "decline-sure",
      "advance"].map((id) => [id, test(id)])),
    signature: JSON.stringify([scene?.dataset.sceneId, main?.innerText, debug]),
  };
}"""


@attrs.define
class Passed:
    """A scene that a bot came to, and how long it was there, in seconds."""

    scene_id: str
    seconds: float


@attrs.define
class Result:
    """How it went for one bot.

    Attributes:
        ending: ``ended``, ``quit``, ``turned away``, ``stuck``, or ``stopped`` with the whole rehearsal.
        where: the scene where it ended or stood.
        code: the completion code that the page showed, "" if none.
        sent_to: the address of another site to which it was led, "" if none.
        scenes: the scenes it came to, in order.
        errors: what its browser reported as wrong, each thing once.
        note: what else there is to say.
    """

    number: int
    scenario: str
    ending: str = "stopped"
    where: str = ""
    code: str = ""
    sent_to: str = ""
    scenes: list[Passed] = attrs.field(factory=list)
    errors: list[str] = attrs.field(factory=list)
    note: str = ""

    @property
    def failed(self) -> bool:
        """Whether the researcher has to look at this."""
        return self.ending in ("stuck", "stopped") or bool(self.errors)


@attrs.frozen
class Study:
    """What is rehearsed, and how patiently.

    Attributes:
        url: where it is served.
        link: what stands behind the address in the link that bots follow; ``{bot}`` is a bot's number.
        keys: by scene id of a game: the keys, or keys together, that mean something in it.
        wanted: what a researcher wants to be answered in forms.
        patience: how many seconds a page may stay as it is before a bot is stuck.
        most_seconds: how many seconds a bot may take for everything.
    """

    url: str
    link: str
    keys: Mapping[str, Sequence[Sequence[str]]]
    wanted: Wanted
    patience: float
    most_seconds: float


class Bot:
    """A participant that is a program."""

    def __init__(self, part: Part, study: Study) -> None:
        self.result = Result(part.number, part.scenario)
        self._scenario = part.scenario
        self._study = study
        self._chance = random.Random(part.seed)
        self._quits_at = self._chance.random()
        self._filler = FormFiller(study.wanted, self._chance)
        self._reloaded: set[str] = set()
        self._greeted: set[tuple[str, str | None]] = set()
        self._entered = self._changed = self._began = 0.0
        self._signature = ""

    async def take_part(self, browser: Browser) -> None:
        """Go through the study; the result says how that went."""
        context = await browser.new_context()
        context.on("console", self._said)
        context.on("weberror", lambda error: self._complain(f"exception: {error.error}"))
        page = await context.new_page()
        elsewhere = re.compile(f"^https?://(?!{re.escape(urlsplit(self._study.url).netloc)}/)")
        await context.route(elsewhere, self._elsewhere)
        self._began = self._changed = time.monotonic()
        try:
            link = self._study.link.replace("{bot}", str(self.result.number))
            await page.goto(f"{self._study.url}/{link}")
            over = False
            while not over:
                over = await self._step(page)
                await asyncio.sleep(_TICK_SECONDS)
        except asyncio.CancelledError:
            self.result.note = "the rehearsal was over before"
            raise
        except Exception as error:
            # of a program among many: the others go on, and the report says what became of this one
            self.result.ending = "stuck"
            self.result.note = str(error).splitlines()[0] if isinstance(error, Error) else repr(error)
        finally:
            self._leave_scene()
            with contextlib.suppress(Error):
                await context.close()

    # ------------------------------------------------------------------------------- what the browser says

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._complain(message.text)

    def _complain(self, text: str) -> None:
        if text not in self.result.errors and len(self.result.errors) < _MOST_ERRORS:
            self.result.errors.append(text)

    async def _elsewhere(self, route: Route) -> None:
        """Other sites are not part of a rehearsal: where a bot is sent is noted, and nothing is loaded."""
        request = route.request
        if request.is_navigation_request() and request.frame.parent_frame is None:
            self.result.sent_to = request.url
            await route.fulfill(status=200, content_type="text/html", body="<title>Elsewhere</title>")
        else:
            await route.continue_()

    # --------------------------------------------------------------------------------------------- one step

    async def _step(self, page: Page) -> bool:
        """Do the next thing; true when nothing is left to do."""
        if self.result.sent_to:
            return self._ended("ended")
        try:
            seen = await page.evaluate(_LOOK, _CHAT)
        except Error:
            # the page is just being loaded
            return self._is_stuck("")
        self._note(seen)
        if seen["end"]:
            return self._at_end(seen)
        if seen["turned_away"]:
            self.result.note, self.result.code = seen["heading"], seen["code"]
            return self._ended("turned away")
        if self._is_stuck(seen["signature"]):
            self.result.note = self.result.note or seen["heading"]
            return True
        if self._scenario == QUITS and self._is_where_it_quits(seen):
            if self._been_here() > 0.5 + self._quits_at:
                await page.close()
                return self._ended("quit")
            if seen["game"] is None:
                return False
        if self._scenario == RELOADS and self._would_reload(seen):
            self._reloaded.add(seen["scene"])
            await self._filler.fill(page, seen["scene"])
            await page.reload()
            return False
        await self._act(page, seen)
        return False

    async def _act(self, page: Page, seen: Mapping[str, Any]) -> None:
        can = seen["can"]
        for button in ("begin", "ready", "decline-sure"):
            if can[button]:
                await self._press(page, button)
                return
        if seen["chat"] >= 0 and self._scenario != INACTIVE and self._talks(seen):
            await self._say(page, seen["chat"])
        if self._scenario == DECLINES and can["decline"]:
            await self._press(page, "decline")
        elif can["no-keyboard"]:
            await page.keyboard.press("Space")
        elif seen["game"] == "playing":
            await self._play(page, seen["scene"])
        elif can["advance"] and seen["scene"] is not None:
            await asyncio.sleep(self._chance.uniform(*_READING_SECONDS))
            await self._filler.fill(page, seen["scene"])
            await self._press(page, "advance")

    async def _press(self, page: Page, button: str) -> None:
        """Press a button, unless it is gone: pages go on by themselves as well."""
        with contextlib.suppress(TimeoutError):
            await page.get_by_test_id(button).click(timeout=2000)

    def _talks(self, seen: Mapping[str, Any]) -> bool:
        """Whether to write something now: once to everybody new, and then now and then."""
        here = (seen["scene"], seen["game"])
        new = here not in self._greeted
        self._greeted.add(here)
        return new or self._chance.random() < _TALKS

    async def _say(self, page: Page, place: int) -> None:
        """Write to the others, or send them what the scene offers; then back to the game."""
        with contextlib.suppress(TimeoutError):
            chat = page.locator(_CHAT).nth(place)
            if await chat.get_attribute("id") == "chat-input":
                await chat.fill(words(self._chance), timeout=2000)
                await chat.press("Enter", timeout=2000)
            else:
                await chat.click(timeout=2000)
            await chat.press("Escape", timeout=2000)

    async def _play(self, page: Page, scene_id: str) -> None:
        keys = self._study.keys.get(scene_id, ())
        if self._scenario == INACTIVE or not keys:
            return
        together = self._chance.choice(keys)
        for key in together:
            await page.keyboard.down(key)
        await asyncio.sleep(self._chance.uniform(*_KEY_SECONDS))
        for key in reversed(together):
            await page.keyboard.up(key)

    # ---------------------------------------------------------------------------------- where the bot stands

    def _note(self, seen: Mapping[str, Any]) -> None:
        scene_id = seen["scene"]
        if scene_id is not None and scene_id != self.result.where:
            self._leave_scene()
            self.result.where = scene_id
            self.result.scenes.append(Passed(scene_id, 0.0))
            self._entered = time.monotonic()

    def _leave_scene(self) -> None:
        if self.result.scenes:
            self.result.scenes[-1].seconds = round(time.monotonic() - self._entered, 1)

    def _ended(self, ending: str) -> bool:
        self.result.ending = ending
        return True

    def _at_end(self, seen: Mapping[str, Any]) -> bool:
        """Stay at the last page for a moment: the server gives a code once it has all the data."""
        self.result.code, self.result.note = seen["code"], seen["heading"]
        if self._been_here() < _ENDED_SECONDS:
            return False
        self.result.sent_to = seen["redirect"]
        return self._ended("ended")

    def _is_stuck(self, signature: str) -> bool:
        now = time.monotonic()
        if signature != self._signature:
            self._signature, self._changed = signature, now
        if now - self._began > self._study.most_seconds:
            self.result.note = f"not through after {self._study.most_seconds / 60:g} minutes"
        elif now - self._changed <= self._study.patience:
            return False
        return self._ended("stuck")

    def _been_here(self) -> float:
        return time.monotonic() - self._entered

    def _is_where_it_quits(self, seen: Mapping[str, Any]) -> bool:
        """Whether the place of the study is reached that was drawn in advance."""
        if seen["scene"] is None:
            return False
        value, most = seen["progress"] or (len(self.result.scenes), 2)
        return bool(value >= int(self._quits_at * (most - 1)))

    def _would_reload(self, seen: Mapping[str, Any]) -> bool:
        """Once in each scene: where there is a way on, before it is taken; in a game while it is played."""
        if seen["scene"] in (None, *self._reloaded):
            return False
        if seen["game"] is None:
            return bool(seen["can"]["advance"])
        return bool(seen["game"] == "playing" and self._been_here() > 1.0)
