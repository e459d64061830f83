"""How the pages of a game reach each other: directly, by TURN, and through the server whatever happens."""

from __future__ import annotations

import asyncio
import statistics
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page

from bench.netem import CHROMIUM_FLAGS, Impairment, Netem
from mug.configurations.experiment_config import ExperimentConfig
from tests.browser.conftest import Launch
from tests.browser.meeting import Meeting, meeting
from tests.browser.turn import SECRET, turn_server

PATIENCE_S = 30.0
NO_UDP = "--webrtc-ip-handling-policy=disable_non_proxied_udp"


async def come(place: Browser | BrowserContext, to: Meeting, number: int, wishes: str = "") -> Page:
    """Open the page of one seat."""
    page = await place.new_page()
    await page.goto(f"{to.url}/?seat=player_{number}{wishes}")
    return page


async def told(page: Page) -> dict[int, dict[str, Any]]:
    """Return what a page's worker got from each peer since it was last asked."""
    await page.wait_for_function("() => window.tell !== undefined")
    return {int(peer): figures for peer, figures in (await page.evaluate("window.tell()")).items()}


async def transport_is(page: Page, way: str) -> None:
    """Wait until a page says that its packets travel so."""
    await page.wait_for_function(
        "(way) => window.figures?.transport === way", arg=way, timeout=PATIENCE_S * 1000
    )


async def answers(page: Page, *peers: int) -> dict[int, dict[str, Any]]:
    """Wait until each of these peers has answered anew, and return what came since then."""
    await told(page)
    return await further_answers(page, *peers)


async def further_answers(page: Page, *peers: int) -> dict[int, dict[str, Any]]:
    """Wait until each of these peers has answered since the worker was last asked."""
    so_far: dict[int, dict[str, Any]] = {}
    async with asyncio.timeout(PATIENCE_S):
        while not all(so_far.get(peer, {}).get("answers") for peer in peers):
            for peer, figures in (await told(page)).items():
                if figures["answers"]:
                    so_far[peer] = figures
            await asyncio.sleep(0.2)
    return so_far


async def ways(game: Meeting, number: int) -> list[str]:
    """Wait until it is recorded by which way a seat's packets travel, and return all that they took."""
    async with asyncio.timeout(PATIENCE_S):
        while not game.ways(f"player_{number}"):
            await asyncio.sleep(0.1)
    return game.ways(f"player_{number}")


async def test_two_pages_of_one_browser_talk_directly(launch: Launch) -> None:
    """Without any server but the experiment's own; the channel is handed over to the worker."""
    async with meeting(2) as game:
        browser = await launch()
        ann, bob = [await come(await browser.new_context(), game, number) for number in range(2)]
        await transport_is(ann, "direct")
        await transport_is(bob, "direct")
        assert await ann.evaluate("window.handedOver") == ["port", "channel"]
        assert game.ways("player_0") == ["relay", "direct"]
        await asyncio.gather(answers(ann, 1), answers(bob, 0))
        relayed = game.relayed
        got = (await answers(ann, 1))[1]
        assert got["direct"] > 0
        assert got["server"] == 0
        assert game.relayed == relayed


async def test_three_browsers_form_a_full_mesh(launch: Launch) -> None:
    """Each page has a connection of its own to each other one."""
    async with meeting(3) as game:
        pages = [await come(await launch(), game, number) for number in range(3)]
        for page in pages:
            await transport_is(page, "direct")
        for number, page in enumerate(pages):
            others = [peer for peer in range(3) if peer != number]
            got = await answers(page, *others)
            assert all(got[peer]["server"] == 0 for peer in others)


async def test_where_udp_is_blocked_the_server_relays_from_the_first_moment(launch: Launch) -> None:
    """Nobody waits for a connection that never comes about."""
    async with meeting(2) as game:
        open_browser, closed_browser = await launch(), await launch(NO_UDP)
        ann, bob = await come(open_browser, game, 0), await come(closed_browser, game, 1)
        got = await further_answers(ann, 1)
        assert got[1]["direct"] == 0
        assert got[1]["server"] > 0
        await further_answers(bob, 0)
        assert await ways(game, 0) == await ways(game, 1) == ["relay"]


async def test_everything_can_go_through_a_turn_server(launch: Launch, tmp_path: Path) -> None:
    """With credentials that were made for each page from what mug and coturn share."""
    async with turn_server(tmp_path) as url:
        config = ExperimentConfig().webrtc(turn_urls=[url], turn_secret=SECRET, force_relay=True)
        async with meeting(2, config) as game:
            ann, bob = [await come(await launch(), game, number) for number in range(2)]
            await transport_is(ann, "turn")
            await transport_is(bob, "turn")
            await answers(ann, 1)
            got = (await answers(ann, 1))[1]
            assert got["direct"] > 0
            assert got["server"] == 0
            assert game.ways("player_1") == ["relay", "turn"]


async def test_a_wrong_secret_is_said_and_the_game_goes_on(
    launch: Launch, tmp_path: Path, caplog: Any
) -> None:
    """Who runs the study reads that the TURN server refuses; who plays notices nothing."""
    async with turn_server(tmp_path) as url:
        config = ExperimentConfig().webrtc(turn_urls=[url], turn_secret="another", force_relay=True)
        async with meeting(2, config) as game:
            ann, bob = [await come(await launch(), game, number) for number in range(2)]
            await further_answers(ann, 1)
            async with asyncio.timeout(PATIENCE_S):
                while "answers browsers with an error, 401" not in caplog.text:
                    await asyncio.sleep(0.1)
            assert url in caplog.text
            await answers(bob, 0)
            assert await ways(game, 0) == ["relay"]


async def test_a_page_that_was_reloaded_is_connected_again(launch: Launch) -> None:
    """The others let go of the page that was, and connect to the one that is."""
    async with meeting(2) as game:
        browser = await launch()
        ann, bob = [await come(await browser.new_context(), game, number) for number in range(2)]
        for page, other in ((ann, bob), (bob, ann)):
            await transport_is(ann, "direct")
            await transport_is(bob, "direct")
            await page.reload()
            await transport_is(page, "direct")
            await answers(other, *({0, 1} - {[ann, bob].index(other)}))
            got = await answers(page, *({0, 1} - {[ann, bob].index(page)}))
            assert all(figures["direct"] > 0 for figures in got.values())


async def test_a_connection_that_is_lost_goes_on_through_the_server_and_comes_back(launch: Launch) -> None:
    """While nothing gets through the server relays; afterwards the direct way is found again."""
    with Netem(Impairment()) as net:
        async with meeting(2) as game:
            ann, bob = [await _impaired(await launch(*CHROMIUM_FLAGS), net, game, n) for n in range(2)]
            await transport_is(ann, "direct")
            await answers(ann, 1)
            net.impairment = Impairment(loss=1.0)
            await transport_is(ann, "relay")
            await answers(bob, 0)
            net.impairment = Impairment()
            await transport_is(ann, "direct")
            await transport_is(bob, "direct")
            assert game.ways("player_0") == ["relay", "direct", "relay", "direct"]


async def test_packets_suffer_what_the_emulated_network_does_to_them(launch: Launch) -> None:
    """Delay, jitter, loss and duplication are those that were asked for, as seen from the pages."""
    with Netem(Impairment(rtt_ms=150, jitter_ms=10, loss=0.1, duplication=0.05), seed=1) as net:
        async with meeting(2) as game:
            ann, _ = [await _impaired(await launch(*CHROMIUM_FLAGS), net, game, n) for n in range(2)]
            await transport_is(ann, "direct")
            await told(ann)
            rtts: list[float] = []
            asked = 0
            async with asyncio.timeout(PATIENCE_S):
                while asked < 300:
                    got = (await told(ann))[1]
                    rtts += got["rtts"]
                    asked += got["asked"]
                    await asyncio.sleep(0.5)
            assert min(rtts) >= 130
            assert 145 <= statistics.median(rtts) <= 200
            assert 0.6 * asked < len(rtts) < 1.05 * asked
            assert net.count.lost > 0.07 * net.count.received
            assert net.count.doubled > 0


async def _impaired(browser: Browser, net: Netem, game: Meeting, number: int, wishes: str = "") -> Page:
    context = await browser.new_context()
    await net.impair(context)
    return await come(context, game, number, wishes)


async def test_pages_measure_how_far_they_are_from_each_other(launch: Launch) -> None:
    """Before there is a game; what the network adds is in what they measure."""
    with Netem(Impairment(rtt_ms=120)) as net:
        async with meeting(2) as waiting:
            for number in range(2):
                browser = await launch(*CHROMIUM_FLAGS)
                await _impaired(browser, net, waiting, number, "&way=probe")
            async with asyncio.timeout(PATIENCE_S):
                while not waiting.probe.measured():
                    await asyncio.sleep(0.05)
            (rtt,) = waiting.probe.measured().values()
            assert rtt is not None
            assert 115 <= rtt <= 250
