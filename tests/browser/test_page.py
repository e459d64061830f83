"""The page itself: where it loads from, what it may do, how it fits a screen, and who may slow it down."""

from __future__ import annotations

import asyncio
import re

from tests.browser.conftest import EXPERIMENTS, Arrive
from tests.browser.people import Person
from tests.browser.serving import ServerProcess

SCRIPT = EXPERIMENTS / "states.py"


async def test_nothing_from_anywhere_else(server: ServerProcess, arrive: Arrive) -> None:
    """A whole experiment talks to its own server alone, and its policy lets it do no other."""
    ann = await arrive(f"{server.url}/whole")
    await ann.at("welcome")
    await ann.go_on()
    await ann.at("questions")
    await ann.page.get_by_label("How old are you?").fill("33")
    await ann.page.get_by_label("never").check()
    await ann.page.get_by_label("I agree").check()
    await ann.go_on()
    await ann.in_state("over")
    await ann.go_on()
    await ann.at("code")
    host = server.url.removeprefix("http://")
    assert {re.split("[/?]", url)[2] for url in ann.requests if not url.startswith("data:")} == {host}
    assert {url.split(":")[0] for url in ann.requests} <= {"http", "ws", "data"}
    answer = await ann.page.request.get(f"{ann.url}/")
    policy = dict(part.split(maxsplit=1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["connect-src"] == f"'self' ws://{host} wss://{host}"
    html = await answer.text()
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == re.findall(r"\sstyle=|\son[a-z]+=", html) == []
    blocked = """() => new Promise((resolve) => {
        document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
        const script = document.createElement("script");
        script.textContent = "window.wasRun = true";
        document.body.append(script);
    })"""
    ann.expects("Content Security Policy")
    assert await ann.page.evaluate(blocked) == "script-src-elem"
    assert await ann.page.evaluate("() => window.wasRun") is None


async def test_what_support_can_ask(server: ServerProcess, arrive: Arrive) -> None:
    """``window.mug.debug()`` always has the same fields, and cannot be tampered with by accident."""
    ann = await arrive(f"{server.url}/orbit")
    await ann.at("orbit")
    figures = await ann.debug()
    assert sorted(figures) == sorted(
        (
            *(
                "sceneId",
                "gameId",
                "runtime",
                "frame",
                "confirmedFrame",
                "episode",
                "step",
                "stateHash",
                "fps",
            ),
            *("rttMs", "rollbacks", "maxRollbackFrames", "stalls", "desyncs", "transport", "unackedRecords"),
            *("stepMs", "crossingMs", "drawMs", "boot"),
            *("seat", "resimulatedFrames", "sentBytes", "framesAhead", "peerRttMs"),
        )
    )
    assert (figures["sceneId"], figures["gameId"]) == ("orbit", None)
    assert await ann.page.evaluate("() => Object.isFrozen(window.mug) && Object.isFrozen(window.mug.debug())")


async def test_who_one_is_stays_out_of_reach(server: ServerProcess, arrive: Arrive) -> None:
    """What makes a page somebody's is in a cookie that no script and no other site can use."""
    ann = await arrive(f"{server.url}/whole", "?PROLIFIC_PID=secret")
    await ann.at("welcome")
    (cookie,) = await ann.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    reach = "() => document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage }) + location.href"
    assert await ann.page.evaluate(reach) == f"{{}}{ann.url}/"


async def test_an_address_with_a_slash_too_many(server: ServerProcess, arrive: Arrive) -> None:
    """Links that were put together carelessly work."""
    ann = await arrive(f"{server.url}/whole/")
    await ann.at("welcome")
    assert ann.page.url == f"{server.url}/whole/"


async def test_a_sharp_picture_in_every_window(server: ServerProcess, arrive: Arrive) -> None:
    """The canvas has the screen's own pixels; in a smaller window it shrinks and keeps its proportions."""
    ann = await arrive(f"{server.url}/shapes", device_scale_factor=2)
    await ann.in_state("playing")
    for width, height in ((900, 800), (500, 800), (300, 600), (900, 300), (1400, 900)):
        await ann.page.set_viewport_size({"width": width, "height": height})
        await ann.until(
            """([width, height]) => {
                const canvas = document.querySelector("canvas");
                const { clientWidth, clientHeight } = canvas;
                return window.innerWidth === width && window.innerHeight === height
                    && canvas.width === 2 * clientWidth && canvas.height === 2 * clientHeight
                    && clientWidth <= Math.min(400, width) && clientHeight <= Math.max(240, height)
                    && Math.abs(clientWidth / clientHeight - 4 / 3) < 0.02
                    && (clientWidth > 380 || clientWidth > width * 0.9 || clientHeight > height * 0.75);
            }""",
            [width, height],
        )
        await ann.shows("#ffffff", (290 / 400, 30 / 300))


async def test_a_slow_browser_slows_nobody_else(server: ServerProcess, arrive: Arrive) -> None:
    """While one browser crawls, the other's game keeps its pace, and the slow one sees the present."""
    ann, bob = await asyncio.gather(*(arrive(f"{server.url}/orbit") for _ in range(2)))
    await asyncio.gather(ann.in_state("playing"), bob.in_state("playing"))
    slow = await bob.context.new_cdp_session(bob.page)
    await slow.send("Emulation.setCPUThrottlingRate", {"rate": 20})
    await slow.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 400, "downloadThroughput": 2000, "uploadThroughput": 2000},
    )
    await keeps_pace(ann)
    figures = await bob.debug()
    assert figures["frame"] is not None
    await slow.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    await slow.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1},
    )
    await keeps_pace(bob)
    present = (await ann.debug())["frame"]
    await bob.until("(frame) => window.mug.debug().frame >= frame", present)


async def keeps_pace(person: Person) -> None:
    """Wait until the page has shown two seconds of the game at the scene's 30 frames a second."""
    await person.until(
        """() => {
            const { fps } = window.mug.debug();
            if (fps === null || Math.abs(fps - 30) > 1.5) window.steadySince = undefined;
            else window.steadySince ??= performance.now();
            return window.steadySince !== undefined && performance.now() - window.steadySince > 2000;
        }"""
    )
