"""From the link of a recruitment service to its completion code, as a participant goes it."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Request

from tests.browser.conftest import EXPERIMENTS, Arrive
from tests.browser.data import Data
from tests.browser.looks import PICTURES, assert_accessible, assert_fits
from tests.browser.people import Person
from tests.browser.serving import ServerProcess

SCRIPT = EXPERIMENTS / "recruited.py"
TASK = "-/prolific/task"
PREVIEW = "assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId=H1"


def link(name: str) -> str:
    return f"?PROLIFIC_PID=pid-{name}&STUDY_ID=study1&SESSION_ID=submission-{name}"


def book(server: ServerProcess, experiment: str) -> list[dict[str, Any]]:
    path = server.data_dir / experiment / "journal" / "recruitment" / "book.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def codes(server: ServerProcess, experiment: str) -> dict[str, str]:
    path = server.data_dir / experiment / "journal" / "recruitment" / "codes.json"
    found: dict[str, str] = json.loads(path.read_text())
    return found


async def look(person: Person, name: str) -> None:
    """Take a picture, to be judged by people."""
    if PICTURES:
        await person.photograph(Path(PICTURES) / f"{name}.png")


async def begin(person: Person) -> None:
    await person.button("begin").click()
    await person.at("consent")


async def back_at(person: Person, elsewhere: str, code: str) -> None:
    """Be taken back with a code, from a page of which nothing is told."""
    await person.page.wait_for_url(f"{elsewhere}/submissions/complete?cc={code}", wait_until="commit")
    await person.reads(f"You came to /submissions/complete?cc={code}")
    assert await person.page.evaluate("() => document.referrer") == ""


def told_of(person: Person, name: str) -> list[str]:
    """The requests whose address names somebody, after the first."""
    return [url for url in person.requests[1:] if name in url]


async def test_completed(server: ServerProcess, arrive: Arrive, elsewhere: str) -> None:
    """Two people meet, play, read their bonus and go back with the code for completing."""
    url, site = f"{server.url}/prolific", urlsplit(elsewhere).netloc
    ann, bob = await asyncio.gather(*(arrive(url, link(name)) for name in ("ann", "bob")))
    for person in (ann, bob):
        person.may_go_to(site)
        await person.reads("Press the button when you are ready.")
        assert urlsplit(person.page.url).query == ""
    await look(ann, "invitation")
    arrivals = server.data_dir / "prolific" / "journal" / "events.jsonl"
    assert "participant_arrived" not in arrivals.read_text()
    await ann.page.reload()
    for person in (ann, bob):
        await begin(person)
        await person.go_on()
    for person in (ann, bob):
        await person.in_state("over")
        await person.go_on()
    for person in (ann, bob):
        await person.at("code")
        await person.reads("Your bonus is £1.20: 2 rounds £0.20, for completing £1.00.")
    await look(ann, "completed with a bonus")
    code = codes(server, "prolific")["completed"]
    await asyncio.gather(*(back_at(person, elsewhere, code) for person in (ann, bob)))
    for person, name in ((ann, "ann"), (bob, "bob")):
        assert told_of(person, f"pid-{name}") == []
        await person.page.go_back()
        await person.reads("Your bonus is £1.20")
    entries = book(server, "prolific")
    assert [(one["kind"], one["person"]) for one in entries if "person" in one] == [
        (kind, person)
        for person in dict.fromkeys(one["person"] for one in entries)
        for kind in ("ended", "owed")
    ]
    assert {one["amount"] for one in entries if one["kind"] == "owed"} == {"1.20"}


async def test_declined(server: ServerProcess, arrive: Arrive, elsewhere: str) -> None:
    """Who does not agree goes back with the code for that; Back and the link again change nothing."""
    url = f"{server.url}/prolific"
    cem = await arrive(url, link("cem"))
    cem.may_go_to(urlsplit(elsewhere).netloc)
    await begin(cem)
    await cem.page.get_by_label("Your choice").select_option("I do not agree")
    await cem.go_on()
    await cem.at("declined")
    code = codes(server, "prolific")["declined"]
    await look(cem, "declined")
    await back_at(cem, elsewhere, code)
    await cem.page.go_back()
    await cem.at("declined")
    await cem.open(link("cem"))
    await cem.at("declined")
    await cem.open(link("cem").replace("submission-cem", "submission-other"))
    cem.expects("status of 403")
    await cem.reads("You have taken part in this study already")
    assert code not in await cem.text()


async def test_nobody_came(server: ServerProcess, arrive: Arrive, elsewhere: str) -> None:
    """Who waited in vain goes back with the code for that, and is paid for waiting."""
    dan = await arrive(f"{server.url}/brief", link("dan"))
    dan.may_go_to(urlsplit(elsewhere).netloc)
    await begin(dan)
    await dan.go_on()
    await dan.at("nobody")
    await dan.reads("Your bonus is £0.25")
    await look(dan, "nobody came")
    await back_at(dan, elsewhere, codes(server, "brief")["lobby_timeout"])
    assert [one["outcome"] for one in book(server, "brief") if one["kind"] == "ended"] == ["lobby_timeout"]


async def test_a_link_without_anybody(server: ServerProcess, arrive: Arrive) -> None:
    """Who comes from nowhere, or by half a link, is sent back to Prolific."""
    for query in ("", "?PROLIFIC_PID=pid-eve"):
        eve = await arrive(f"{server.url}/prolific", query)
        eve.expects("status of 403")
        await eve.page.wait_for_load_state("networkidle")
        if not query:
            await begin_refused(eve)
        await eve.reads("Please go back to Prolific and open the study from there.")
    await look(eve, "not from Prolific")


async def begin_refused(person: Person) -> None:
    """Without a name there is no invitation: the refusal comes at once."""
    assert await person.button("begin").count() == 0


async def test_another_browser(server: ServerProcess, arrive: Arrive) -> None:
    """The same ids in another browser are no proof of being that person."""
    fay = await arrive(f"{server.url}/prolific", link("fay"))
    await begin(fay)
    thief = await arrive(f"{server.url}/prolific", link("fay"))
    thief.expects("status of 403")
    await thief.reads("Please go on where you began")
    await look(thief, "begun elsewhere")
    await fay.page.reload()
    await fay.at("consent")


async def test_everybody_can_read_it(server: ServerProcess, arrive: Arrive, elsewhere: str) -> None:
    """axe-core finds nothing on the invitation, at an ending, on refusals, and on the page in the frame."""

    async def come(url: str, query: str = "") -> Person:
        return await arrive(url, query, bypass_csp=True)

    ian = await come(f"{server.url}/prolific", link("ian"))
    await ian.button("begin").wait_for()
    await good(ian, "invitation")
    await begin(ian)
    ian.may_go_to(urlsplit(elsewhere).netloc)
    await ian.page.get_by_label("Your choice").select_option("I do not agree")
    await ian.go_on()
    await ian.page.get_by_test_id("completion-code").wait_for()
    await assert_accessible(ian, "declined, with a code")
    jan = await come(f"{server.url}/prolific", link("ian"))
    jan.expects("status of 403")
    await jan.reads("Please go on where you began")
    await good(jan, "begun elsewhere")
    kim = await come(f"{server.url}/turk", f"{TASK}?{PREVIEW}")
    await good(kim, "preview of a task")


async def good(person: Person, name: str) -> None:
    await assert_accessible(person, name)
    await assert_fits(person, name)


async def test_mechanical_turk(server: ServerProcess, arrive: Arrive, elsewhere: str) -> None:
    """A preview, the study in a tab of its own, and the form in the frame when it is over."""
    gil = await at_work(server, arrive, elsewhere)
    frame_url = f"{server.url}/turk/{TASK}"
    frame = await framed(gil, f"{frame_url}?{PREVIEW}")
    await frame.get_by_text("Accept the task to begin.").wait_for()
    ids = "assignmentId=X1&hitId=H1&workerId=A1"
    frame = await framed(gil, f"{frame_url}?{ids}&turkSubmitTo={elsewhere}")
    assert await frame.get_by_test_id("submit-task").is_hidden()
    async with gil.context.expect_page() as opened:
        await frame.get_by_test_id("open-study").click()
    tab = Person(gil.context, await opened.value, f"{server.url}/turk")
    await begin(tab)
    await tab.page.get_by_label("Your choice").select_option("I do not agree")
    await tab.go_on()
    await tab.reads("Please go back to the tab with Mechanical Turk")
    assert urlsplit(tab.page.url).query == ""
    await look(tab, "back to Mechanical Turk")
    await frame.get_by_test_id("submit-task").wait_for()
    posted: asyncio.Future[Request] = asyncio.get_running_loop().create_future()
    gil.page.on("request", lambda request: request.method == "POST" and posted.set_result(request))
    gil.expects("status of 405")
    await look(gil, "task to be submitted")
    await frame.get_by_test_id("submit-task").click()
    request = await asyncio.wait_for(posted, 20)
    assert request.url == f"{elsewhere}/mturk/externalSubmit"
    fields = parse_qs(request.post_data or "")
    assert fields["assignmentId"] == ["X1"]
    assert fields["outcome"] == ["declined"]
    assert fields["code"] == [codes(server, "turk")["declined"]]
    assert len(Data(server.data_dir / "turk").events("participant_arrived")) == 1


async def at_work(server: ServerProcess, arrive: Arrive, elsewhere: str) -> Person:
    """Let somebody come who looks at the tasks of another site."""
    person = await arrive(f"{server.url}/turk", f"{TASK}?{PREVIEW}")
    person.may_go_to(urlsplit(elsewhere).netloc)
    await person.page.goto(f"{elsewhere}/tasks")
    return person


async def framed(person: Person, url: str) -> Any:
    """Let the page show another one in a frame, as Mechanical Turk does."""
    await person.page.evaluate(
        "(url) => { const frame = document.createElement('iframe'); frame.src = url; frame.title = 'Task';"
        " frame.width = 700; frame.height = 500; document.body.replaceChildren(frame); }",
        url,
    )
    return person.page.frame_locator("iframe")


async def test_the_study_itself_is_not_framed(server: ServerProcess, arrive: Arrive, elsewhere: str) -> None:
    """Only the task's page may be shown by Mechanical Turk."""
    hal = await at_work(server, arrive, elsewhere)
    hal.expects(re.escape("frame-ancestors"), "chrome-error")
    await framed(hal, f"{server.url}/turk/?assignmentId=X2&hitId=H1&workerId=A2")
    async with asyncio.timeout(20):
        while not any("frame-ancestors" in complaint for complaint in hal.complaints):
            await asyncio.sleep(0.05)
