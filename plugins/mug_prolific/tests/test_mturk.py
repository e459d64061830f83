"""Mechanical Turk: the page in the frame, the study in its tab, and what is paid."""

from __future__ import annotations

import contextlib
import html
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from mug_prolific import Bonus, MTurk
from mug_prolific.book import Book, Ended, Owed
from mug_prolific.calls import NotDone, Unclear
from mug_prolific.mturk_api import MTurkApi
from mug_prolific.payments import pay_due

import mug
from mug.components import Refusal
from mug.testing.participants import Turned
from plugins.mug_prolific.tests.fake_mturk import FakeMTurk
from plugins.mug_prolific.tests.test_study import study

LINK = {"workerId": "A1", "hitId": "H1", "assignmentId": "X1"}
SITE = {"turkSubmitTo": "https://www.mturk.com"}
TASK = {
    "Title": "A study",
    "Description": "A game for two",
    "Reward": "2.00",
    "AssignmentDurationInSeconds": 3600,
    "LifetimeInSeconds": 86_400,
}
PREVIEW = {"assignmentId": "ASSIGNMENT_ID_NOT_AVAILABLE", "hitId": "H1"}


async def get(running: Any, path: str, query: Mapping[str, str] | None = None) -> tuple[Any, str]:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{running.url}/-/prolific/{path}", params=query) as answer,
    ):
        return answer, await answer.text()


async def test_the_page_in_the_frame(run_experiment: Any) -> None:
    """A preview leads nowhere; an accepted task has the link; the form comes when the study is over."""
    async with run_experiment(study(MTurk(preview="A <game> for two."))) as running:
        _, page = await get(running, "task", PREVIEW)
        assert "A &lt;game&gt; for two." in page
        assert "Accept the task" in page
        assert "<a " not in page
        _answer, page = await get(running, "task", LINK | SITE)
        link = html.unescape(re.search(r'<a [^>]*href="([^"]*)"', page)[1])  # type: ignore[index]
        assert link == "../../?workerId=A1&hitId=H1&assignmentId=X1"
        assert 'action="https://www.mturk.com/mturk/externalSubmit"' in page
        assert (await get(running, "task.json", LINK))[1] == '{"done":false,"fields":{}}'
        async with running.arrive(LINK) as ann:
            await ann.until_scene("consent")
            await ann.advance(ending="declined")
            await ann.until(lambda: "Mechanical Turk" in ann.scene["page"].get("text", ""))
            assert "redirect" not in ann.scene["page"]
        status = (await get(running, "task.json", LINK))[1]
        assert '"done":true' in status
        assert '"outcome":"declined"' in status
        assert (await get(running, "task.json", LINK | {"workerId": "A2"}))[1] == '{"done":false,"fields":{}}'
        assert len(Book(running.data_dir).accounts().ended) == 1


class Screener:
    """Lets nobody in as long as it is closed."""

    closed = True

    @mug.hookimpl
    def mug_screen(self, participant: Any) -> Refusal | None:
        return Refusal("A keyboard is needed.") if self.closed else None


async def test_who_is_turned_away_can_submit_the_task(run_experiment: Any) -> None:
    """They read that they should, and can; if they take part after all, it is that which counts."""
    screener = Screener()
    async with run_experiment(study(MTurk(), screener)) as running:
        with pytest.raises(Turned, match="Please go back to the tab"):
            await running.arrive(LINK).connect()
        status = (await get(running, "task.json", LINK))[1]
        assert '"done":true' in status
        assert '"outcome":"screened_out"' in status
        screener.closed = False
        async with running.arrive(LINK) as ann:
            await ann.until_scene("consent")
            await ann.advance(ending="declined")
            await ann.until(lambda: "Mechanical Turk" in ann.scene["page"].get("text", ""))
        assert '"outcome":"declined"' in (await get(running, "task.json", LINK))[1]
        screener.closed = True
        with pytest.raises(Turned):
            await running.arrive(LINK).connect()
        (ended,) = Book(running.data_dir).accounts().ended.values()
        assert ended.outcome == "declined"


async def test_only_the_task_may_be_framed(run_experiment: Any) -> None:
    """Mechanical Turk frames one page; the study itself is framed by nobody else, and posts nowhere."""
    async with run_experiment(study(MTurk())) as running:
        answer, _ = await get(running, "task", LINK | SITE)
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors https://www.mturk.com https://workersandbox.mturk.com" in policy
        assert "form-action https://www.mturk.com https://workersandbox.mturk.com" in policy
        assert "script-src 'self'" in policy
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        for path in ("../../", "../../-/health"):
            answer, _ = await get(running, path)
            assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
            assert "mturk" not in answer.headers["Content-Security-Policy"]
        script, _ = await get(running, "task.js")
        assert script.headers["Content-Type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "query",
    [
        {},
        LINK,
        LINK | {"turkSubmitTo": "https://evil.test"},
        LINK | {"turkSubmitTo": "https://www.mturk.com.evil.test"},
        LINK | {"turkSubmitTo": 'https://www.mturk.com"><script>'},
    ],
)
async def test_the_form_leads_to_mechanical_turk_only(run_experiment: Any, query: dict[str, str]) -> None:
    """Whatever stands in the address, nothing is submitted elsewhere, and no script gets in."""
    async with run_experiment(study(MTurk())) as running:
        _, page = await get(running, "task", query)
        assert "<form" not in page
        assert "<script>" not in page
        assert "evil" not in page


async def test_a_preview_is_no_participant(run_experiment: Any) -> None:
    """Also when its address is used for the study itself."""
    async with run_experiment(study(MTurk())) as running:
        wishes = {"query": PREVIEW | {"workerId": "A1"}, "begun": True, "page": "a" * 32}
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{running.url}/-/session", json=wishes) as answer,
        ):
            assert answer.status == 403
            assert (await answer.json())["heading"] == "This is a preview"
        assert "participant_arrived" not in (running.data_dir / "journal" / "events.jsonl").read_text()


# --------------------------------------------------------------------------------------------- the API


async def test_a_task_is_published_once(turk: FakeMTurk) -> None:
    """The frame's address is escaped in the question; a second attempt makes no second task."""
    api = MTurkApi(turk.url)
    hit = await api.create_task("https://a.test/-/prolific/task?x=1&y=2", "token", **TASK)
    assert "x=1&amp;y=2</ExternalURL>" in turk.hits[hit["HITId"]]["Question"]
    with pytest.raises(NotDone, match="exists already"):
        await api.create_task("https://a.test/", "token", **TASK)
    assert len(turk.hits) == 1


async def test_assignments_are_decided_about(turk: FakeMTurk) -> None:
    """Lists are read to the end; to approve what is approved is fine, also after a lost answer."""
    api = MTurkApi(turk.url)
    for number in range(5):
        turk.submits("h1", f"w{number}", f"a{number}")
    assert [one["AssignmentId"] async for one in api.assignments("h1")] == [
        f"a{number}" for number in range(5)
    ]
    turk.unanswered.append("ApproveAssignment")
    for _ in range(2):
        await api.approve("a0")
    await api.reject("a1", "No answers")
    with pytest.raises(NotDone, match="Submitted"):
        await api.approve("a1")
    assert [one["AssignmentStatus"] for one in turk.assignments.values()][:3] == [
        "Approved",
        "Rejected",
        "Submitted",
    ]


@pytest.mark.parametrize("fault", ["SendBonus", "ListBonusPayments", ""])
async def test_bonuses_are_paid_once(turk: FakeMTurk, tmp_path: Path, fault: str) -> None:
    """One call each, with a token of its own; who has submitted nothing is told of, and paid later."""
    api, book = MTurkApi(turk.url), Book(tmp_path)
    for number in range(3):
        entry = f"mturk a{number}"
        book.ended(
            Ended(entry, f"w{number}", "h1", f"s{number}", "completed"),
            Owed(entry, f"w{number}", "h1", Decimal(f"{number}.50"), "USD", (("12 points", f"{number}.50"),)),
        )
        if number:
            turk.submits("h1", f"w{number}", f"a{number}")
    if fault:
        turk.unanswered.append(fault)
    with contextlib.suppress(NotDone, Unclear):
        report = await pay_due(book, api, Decimal(100))
        assert list(report.refused) == ["mturk a0"]
    turk.submits("h1", "w0", "a0")
    for _ in range(2):
        await pay_due(book, api, Decimal(100))
    paid = sorted((one["AssignmentId"], one["WorkerId"], one["BonusAmount"]) for one in turk.bonuses)
    assert paid == [("a0", "w0", "0.50"), ("a1", "w1", "1.50"), ("a2", "w2", "2.50")]
    assert all("12 points" in one["Reason"] for one in turk.bonuses)
    assert not book.accounts().due


async def test_a_refusal_after_a_lost_answer_says_nothing_of_the_first(
    turk: FakeMTurk, tmp_path: Path
) -> None:
    """The bonus may have been paid before the service was too busy: it is looked for, not paid again."""
    api, book = MTurkApi(turk.url), Book(tmp_path)
    turk.submits("h1", "w1", "a1")
    book.ended(
        Ended("mturk a1", "w1", "h1", "s1", "completed"),
        Owed("mturk a1", "w1", "h1", Decimal("1.50"), "USD"),
    )
    turk.unanswered.append("SendBonus")
    turk.busy += ["SendBonus"] * 9
    assert (await pay_due(book, api, Decimal(100))).unclear == ["mturk a1"]
    assert (await pay_due(book, api, Decimal(100))).paid == ["mturk a1"]
    assert len(turk.bonuses) == 1


def test_dollars_only() -> None:
    """A bonus in another currency is a mistake of the script."""
    recruiter = MTurk(bonus=Bonus("GBP", cap="1", budget="1"))
    assert "US dollars" in " ".join(problem.what for problem in recruiter.own_problems())


async def test_links_without_an_assignment() -> None:
    """They are not Mechanical Turk's, or not whole."""
    assert await MTurk().who({"workerId": "A1"}) is None
    assert isinstance(await MTurk().who({"assignmentId": "X1", "workerId": "A1"}), Refusal)
