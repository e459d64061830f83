"""Two people whose browsers cannot play a game together: the server plays it, and nobody reloads anything."""

from __future__ import annotations

import asyncio
from pathlib import Path

import attrs
from playwright.async_api import Browser

from tests.browser.conftest import EXPERIMENTS
from tests.browser.data import Data, assert_follows, assert_rows_are_steps
from tests.browser.grid import COLORS, STARTS, cell, make_env
from tests.browser.people import Person, all_complaints
from tests.browser.serving import ServerProcess

SCRIPT = EXPERIMENTS / "fallback.py"
STEPS = 180
LOADING_MS = 120_000
NO_WEBASSEMBLY = "delete globalThis.WebAssembly"
RELAY = """
window.relay = { delay: %d, cut: false };
delete window.RTCPeerConnection;
window.WebSocket = class extends window.WebSocket {
    send(data) {
        const relayed = this.url.includes("/-/frames") && typeof data !== "string";
        if (!relayed) super.send(data);
        else if (!window.relay.cut) {
            setTimeout(() => this.readyState === 1 && super.send(data), window.relay.delay);
        }
    }
};"""
"""A browser that connects to no other, and from which packets need so many milliseconds to the server."""


@attrs.frozen
class Two:
    """The people, by their names, and what the server wrote of their game."""

    people: dict[str, Person]
    data: Data
    game: str

    @classmethod
    async def come(cls, server: ServerProcess, study: str, browser: Browser, **scripts: str) -> Two:
        """Let people of these names come, each with a script that makes their browser what it is."""
        people: dict[str, Person] = {}
        for who, script in scripts.items():
            context = await browser.new_context(viewport={"width": 900, "height": 800})
            context.set_default_timeout(LOADING_MS)
            await context.add_init_script(script)
            people[who] = Person(context, await context.new_page(), f"{server.url}/{study}")
        await asyncio.gather(*(person.open(f"?who={who}") for who, person in people.items()))
        await asyncio.gather(*(person.in_state("playing") for person in people.values()))
        data = Data(server.data_dir / study)
        return cls(people, data, data.game_ids("game")[-1])

    async def runs_on(self, runtime: str) -> None:
        """Wait until this is what both pages play with."""
        await asyncio.gather(*(person.until_debug(runtime=runtime) for person in self.people.values()))

    async def walk_to_the_end(self) -> None:
        """Let both walk down until the game is over."""
        for key in ["ArrowDown"] * 3:
            await asyncio.gather(*(person.tap(key) for person in self.people.values()))
        await asyncio.gather(*(person.reads("The game is over.") for person in self.people.values()))

    async def assert_all_is_there(self, why: str, photos: Path) -> None:
        """Assert that each has every step, that all follows from the environment, and was seen by both."""
        data = self.data
        await data.until(lambda: data.records(self.game, "game_end"))
        steps = data.steps(self.game)
        assert [step["step"] for step in steps] == list(range(1, STEPS + 1))
        assert_follows(steps, data.records(self.game, "episode_start"), make_env)
        assert {step["sources"][seat] for step in steps for seat in COLORS} == {"human", "default"}
        last = steps[-1]["observations"]
        assert all(tuple(last[seat]) != STARTS[seat] for seat in COLORS)
        for who, person in self.people.items():
            await person.photograph(photos / f"{who}.png")
            for seat, color in COLORS.items():
                await person.shows(color, cell(*last[seat]))
            file = f"{data.subject_of(who)}.csv"
            assert_rows_are_steps(await data.eventually("game", file, rows=STEPS), steps)
            await person.go_on()
            await person.at("thanks")
        await data.until(lambda: self._row()["reason"] == "completed")
        row = self._row()
        assert row["fallback"] == "server"
        assert why in row["fallback_reason"]
        ways = [way for way in data.records(self.game, "connection") if way["way"] == "server"]
        assert [way["seat"] for way in ways] == ["player_0", "player_1"]
        assert {way["why"] for way in ways} == {row["fallback_reason"]}
        assert all_complaints([*self.people.values()]) == []
        for person in self.people.values():
            await person.context.close()

    def _row(self) -> dict[str, str]:
        (row,) = (one for one in self.data.table("games.csv") if one["game_id"] == self.game)
        return row


async def test_one_browser_without_webassembly(
    server: ServerProcess, browser: Browser, tmp_path: Path
) -> None:
    """The whole group is played for; the page that could play leaves its own runtime without a reload."""
    two = await Two.come(server, "narrow", browser, ann=NO_WEBASSEMBLY, bob="")
    await two.runs_on("server")
    await two.walk_to_the_end()
    await two.assert_all_is_there("no WebAssembly", tmp_path)


async def test_pages_that_reach_each_other_too_slowly(
    server: ServerProcess, browser: Browser, tmp_path: Path
) -> None:
    """There is no WebRTC, and the relay takes longer than the scene bears: within 3 seconds that is known."""
    two = await Two.come(server, "narrow", browser, cleo=RELAY % 500, dan=RELAY % 500)
    await two.runs_on("server")
    await two.walk_to_the_end()
    await two.assert_all_is_there("more than the 500 ms that the scene can bear", tmp_path)


async def test_pages_that_lose_each_other_in_the_middle_of_a_game(
    server: ServerProcess, browser: Browser, tmp_path: Path
) -> None:
    """What was played stays: the server goes on where both were certain to be, and misses no step."""
    two = await Two.come(server, "wide", browser, ann=RELAY % 0, bob=RELAY % 0)
    await two.runs_on("pyodide")
    ann, bob = two.people.values()
    await asyncio.gather(
        *(person.until("() => window.mug.debug().confirmedFrame > 20") for person in (ann, bob))
    )
    await ann.page.evaluate("() => { window.relay.cut = true; }")
    await two.runs_on("server")
    await asyncio.gather(*(person.in_state("playing") for person in (ann, bob)))
    await ann.page.evaluate("() => { window.relay.cut = false; }")
    await two.walk_to_the_end()
    await two.assert_all_is_there("does not hear that of", tmp_path)
    first, *_ = two.data.records(two.game, "restored")
    assert first["steps"] >= 20
