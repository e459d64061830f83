"""Two people whose browsers play one game with rollback, over networks of several kinds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import attrs
import pytest
from playwright.async_api import Browser

from bench.netem import CHROMIUM_FLAGS, Impairment, Netem
from tests.browser.conftest import EXPERIMENTS, Launch
from tests.browser.data import Data, assert_follows
from tests.browser.grid import make_env
from tests.browser.people import Person, all_complaints
from tests.browser.serving import PYTHON, ServerProcess, serving
from tests.browser.turn import SECRET, turn_server

pytestmark = pytest.mark.slow
SCRIPT = EXPERIMENTS / "peer_to_peer.py"
LOADING_MS = 120_000
NO_UDP = "--webrtc-ip-handling-policy=disable_non_proxied_udp"
STEPS = 400


@attrs.frozen
class Played:
    """What was seen and written of one game: figures of both pages at the last look, and the records."""

    ann: Mapping[str, object]
    bob: Mapping[str, object]
    data: Data
    game: str

    def ways(self, seat: str) -> list[str]:
        """Return by which ways a page's packets travelled, one after the other."""
        records = self.data.records(self.game, "connection")
        return [str(record["way"]) for record in records if record["seat"] == seat]

    def assert_one_game(self) -> None:
        """Assert that both pages played the same, that it follows from the environment, and is there once."""
        steps = self.data.steps(self.game)
        assert [step["step"] for step in steps] == list(range(1, STEPS + 1))
        assert_follows(steps, self.data.records(self.game, "episode_start"), make_env)
        assert self.data.records(self.game, "divergence") == []
        assert self.ann["desyncs"] == self.bob["desyncs"] == 0
        assert {"human"} <= {source for step in steps for source in step["sources"].values()}


async def play(
    server: ServerProcess,
    first: Browser,
    second: Browser,
    way: str,
    net: Netem | None = None,
    *,
    meanwhile: Callable[[Person, Person], Awaitable[None]] | None = None,
) -> Played:
    """Let two people play a game to its end, each in a browser, once their packets go this way."""
    ann, bob = [await _come(browser, server, who, net) for browser, who in ((first, "ann"), (second, "bob"))]
    await asyncio.gather(ann.in_state("playing"), bob.in_state("playing"))
    await asyncio.gather(ann.until_debug(transport=way), bob.until_debug(transport=way))
    if meanwhile is not None:
        await meanwhile(ann, bob)
    figures = [await ann.debug(), await bob.debug()]
    for key in ["ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft"] * 20:
        await asyncio.gather(ann.tap(key), bob.tap(key))
        latest = [await ann.debug(), await bob.debug()]
        if any(one["sceneId"] != "game" or one["transport"] != way for one in latest):
            break
        figures = latest
    for person in (ann, bob):
        await person.reads("The game is over.")
        await person.go_on()
        await person.at("thanks")
    assert all_complaints([ann, bob]) == []
    data = Data(server.data_dir / "grid")
    (game,) = data.game_ids("game")
    await data.until(lambda: data.records(game, "game_end"))
    return Played(figures[0], figures[1], data, game)


async def _come(browser: Browser, server: ServerProcess, who: str, net: Netem | None) -> Person:
    context = await browser.new_context(viewport={"width": 900, "height": 800})
    context.set_default_timeout(LOADING_MS)
    if net is not None:
        await net.impair(context)
    person = Person(context, await context.new_page(), server.url)
    await person.open(f"?who={who}")
    return person


async def test_over_a_bad_network_nothing_differs(launch: Launch, tmp_path: Path) -> None:
    """With packets late, lost, doubled and out of order, both copies are alike by rollbacks."""
    impairment = Impairment(rtt_ms=250, jitter_ms=30, loss=0.05, duplication=0.05)
    async with serving(PYTHON, SCRIPT, tmp_path, {}) as server:
        with Netem(impairment, seed=2) as net:
            first, second = await launch(*CHROMIUM_FLAGS), await launch(*CHROMIUM_FLAGS)
            played = await play(server, first, second, "direct", net)
        assert net.count.lost > 0
        played.assert_one_game()
        assert played.ways("player_0") == played.ways("player_1") == ["relay", "direct"]
        for page in (played.ann, played.bob):
            assert page["rollbacks"]


async def test_an_outage_between_the_pages_is_bridged(launch: Launch, tmp_path: Path) -> None:
    """The server relays in the middle of a game; then the pages find each other again."""
    async with serving(PYTHON, SCRIPT, tmp_path, {}) as server:
        with Netem(Impairment(rtt_ms=40)) as net:

            async def outage(ann: Person, bob: Person) -> None:
                net.impairment = Impairment(loss=1.0)
                await asyncio.gather(*(person.until_debug(transport="relay") for person in (ann, bob)))
                frame = (await ann.debug())["frame"]
                await asyncio.gather(
                    *(
                        person.until("(frame) => window.mug.debug().frame > frame + 20", frame)
                        for person in (ann, bob)
                    )
                )
                net.impairment = Impairment(rtt_ms=40)
                await asyncio.gather(*(person.until_debug(transport="direct") for person in (ann, bob)))

            first, second = await launch(*CHROMIUM_FLAGS), await launch(*CHROMIUM_FLAGS)
            played = await play(server, first, second, "direct", net, meanwhile=outage)
        played.assert_one_game()
        assert played.ways("player_0") == ["relay", "direct", "relay", "direct"]


async def test_where_udp_is_blocked_people_play_through_the_server(launch: Launch, tmp_path: Path) -> None:
    """No pair is lost to a firewall."""
    async with serving(PYTHON, SCRIPT, tmp_path, {}) as server:
        played = await play(server, await launch(), await launch(NO_UDP), "relay")
        played.assert_one_game()
        assert played.ways("player_0") == played.ways("player_1") == ["relay"]


async def test_people_play_through_a_turn_server(launch: Launch, tmp_path: Path) -> None:
    """Its address and secret come from the environment of the script."""
    async with turn_server(tmp_path) as url:
        environment = {"TURN_URLS": url, "TURN_SECRET": SECRET}
        async with serving(PYTHON, SCRIPT, tmp_path, environment) as server:
            played = await play(server, await launch(), await launch(), "turn")
            played.assert_one_game()
            assert played.ways("player_0") == played.ways("player_1") == ["relay", "turn"]
            assert SECRET not in server.log
