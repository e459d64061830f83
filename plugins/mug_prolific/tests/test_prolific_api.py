"""Calls to Prolific survive a bad day of it: nothing is done twice, and nothing is left undone."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from mug_prolific.book import Book, Ended, Owed
from mug_prolific.calls import ATTEMPTS, Calls, NotDone, Unclear
from mug_prolific.payments import pay_due
from mug_prolific.prolific_api import ProlificApi
from mug_prolific.watch import reconcile

from plugins.mug_prolific.tests.fake_prolific import TOKEN, FakeProlific

Pause = Callable[[float], Awaitable[None]]
BAD = ("lost", "unanswered", "broken", "broken_after", "busy", "slow")


@pytest.fixture
async def api(service: FakeProlific, pause: Pause) -> Any:
    async with ProlificApi(service.api, TOKEN, pause, seconds=0.3) as opened:
        yield opened


def submitted(service: FakeProlific, count: int, study: str = "") -> list[str]:
    study = study or service.study()
    sessions = [service.starts(study, f"p{number}")["SESSION_ID"] for number in range(count)]
    for session in sessions:
        service.submits(session, "DONE")
    return sessions


@pytest.mark.parametrize("fault", BAD)
async def test_a_study_is_created_once(service: FakeProlific, api: ProlificApi, fault: str) -> None:
    """Also when the answer is lost: it is looked for by its name before it is tried again."""
    service.goes_wrong(fault, "POST .*/studies/$")
    study = await api.create_study({"name": "A study", "internal_name": "a study 1f"})
    assert list(service.studies) == [study["id"]]
    service.goes_wrong(fault, "transition")
    if fault in ("lost", "broken", "slow"):
        with contextlib.suppress(Unclear):
            await api.publish(study["id"])
    assert await api.publish(study["id"]) == "ACTIVE"


@pytest.mark.parametrize("fault", BAD)
async def test_lists_are_read_to_the_end(service: FakeProlific, api: ProlificApi, fault: str) -> None:
    """Page by page by the link that each page gives, however often one has to be asked for."""
    sessions = submitted(service, 5)
    service.goes_wrong(fault, "GET .*/submissions/$", times=2)
    study = service.submissions[sessions[0]]["study_id"]
    assert [one["id"] async for one in api.submissions(study)] == sessions


async def test_a_service_that_stays_down(service: FakeProlific, api: ProlificApi) -> None:
    """After some attempts it is said so; there is no end of attempts otherwise."""
    service.goes_wrong("broken", "studies", times=100)
    with pytest.raises(NotDone, match="has a problem"):
        await api.study("x")
    assert len(service.asked) == ATTEMPTS
    await service.stop()
    with pytest.raises(NotDone, match="cannot be reached"):
        await api.study("x")
    await service.start()


@pytest.mark.parametrize("fault", BAD)
@pytest.mark.parametrize("action", ["APPROVE", "SCREEN_OUT"])
async def test_a_decision_is_made(service: FakeProlific, api: ProlificApi, fault: str, action: str) -> None:
    """Whatever happens to the call, the submission ends where it should, and asking again is fine."""
    (session,) = submitted(service, 1)
    service.goes_wrong(fault, "transition")
    wanted = {"APPROVE": "APPROVED", "SCREEN_OUT": "SCREENED OUT"}[action]
    assert await api.transition(session, action) == wanted
    assert await api.transition(session, action) == wanted


async def test_a_decision_that_is_not_possible(service: FakeProlific, api: ProlificApi) -> None:
    """Prolific's reason is told."""
    session = service.starts(service.study(), "p")["SESSION_ID"]
    with pytest.raises(NotDone, match="ACTIVE cannot become APPROVED"):
        await api.transition(session, "APPROVE")


@pytest.mark.parametrize("fault", BAD)
async def test_a_return_is_asked_for_once(service: FakeProlific, api: ProlificApi, fault: str) -> None:
    """A participant gets one message, not one for each attempt."""
    (session,) = submitted(service, 1)
    service.goes_wrong(fault, "request-return")
    for _ in range(3):
        with contextlib.suppress(Unclear):
            await api.request_return(session, ["Didn't finish the study"])
    assert service.submissions[session]["requests"] == 1


@pytest.mark.parametrize("slow", [False, True])
@pytest.mark.parametrize("fault", BAD)
@pytest.mark.parametrize("call", ["POST .*/bonus-payments/", "POST .*/pay/", "GET .*/submissions/"])
async def test_bonuses_are_paid_once(
    service: FakeProlific, api: ProlificApi, tmp_path: Path, call: str, fault: str, slow: bool
) -> None:
    """A fault at either of the two calls, or at the look between: in the end everybody has one bonus."""
    service.slow_to_show = slow
    sessions = submitted(service, 5)
    book = Book(tmp_path)
    for number, session in enumerate(sessions, 1):
        entry, study = f"prolific {session}", service.submissions[session]["study_id"]
        ended = Ended(entry, f"p{number}", study, f"s{number}", "completed", "DONE")
        book.ended(ended, Owed(entry, f"p{number}", study, Decimal(f"{number}.05"), "GBP"))
    service.goes_wrong(fault, call)
    now = 0.0
    for _ in range(4):
        with contextlib.suppress(NotDone, Unclear):
            await pay_due(book, api, Decimal(100), clock=lambda now=now: now, settled_after=100.0)
        service.show_payments()
        now += 200.0
    assert sorted(service.paid) == sorted(
        (session, 100 * number + 5) for number, session in enumerate(sessions, 1)
    )
    assert set(book.accounts().paid) == {f"prolific {session}" for session in sessions}


async def test_bonuses_are_paid_in_the_currency_that_was_promised(
    service: FakeProlific, api: ProlificApi, tmp_path: Path
) -> None:
    """Prolific would pay as many dollars as pounds are owed: nothing is paid, and it is said why."""
    study = service.study(presentment_currency_code="USD")
    (session,) = submitted(service, 1, study)
    book = Book(tmp_path)
    ended = Ended(f"prolific {session}", "p0", study, "s0", "completed", "DONE")
    book.ended(ended, Owed(ended.entry, "p0", study, Decimal("1.00"), "GBP"))
    report = await pay_due(book, api, Decimal(100))
    assert "pays this study in USD, and the bonus is in GBP" in report.refused[ended.entry]
    assert not service.paid
    service.studies[study]["presentment_currency_code"] = "GBP"
    assert (await pay_due(book, api, Decimal(100))).paid == [ended.entry]


async def test_reconciling(service: FakeProlific, api: ProlificApi, tmp_path: Path) -> None:
    """Who completed is approved; everything that does not fit together is for people to decide."""
    study = service.study()
    book = Book(tmp_path)
    right, wrong, declined, unknown, returned, running = (
        service.starts(study, name)["SESSION_ID"] for name in ("a", "b", "c", "d", "e", "f")
    )
    for session, person, outcome in (
        (right, "a", "completed"),
        (wrong, "b", "completed"),
        (declined, "c", "declined"),
        (returned, "e", "completed"),
    ):
        code = {"completed": "DONE", "declined": "BYE"}[outcome]
        book.ended(Ended(f"prolific {session}", person, study, f"s-{session}", outcome, code), None)
    service.submits(right, "DONE")
    service.submits(wrong, "GUESSED")
    service.submits(declined, "BYE")
    service.submits(unknown, "DONE")
    service.submissions[returned]["status"] = "RETURNED"
    left = await reconcile(book, api, approve=["completed"])
    assert {(one.submission, one.status) for one in left} == {
        (wrong, "AWAITING REVIEW"),
        (declined, "AWAITING REVIEW"),
        (unknown, "AWAITING REVIEW"),
        (returned, "RETURNED"),
    }
    assert service.submissions[right]["status"] == "APPROVED"
    assert book.accounts().statuses[f"prolific {right}"] == "APPROVED"
    assert book.accounts().statuses[f"prolific {running}"] == "ACTIVE"
    size = book.path.stat().st_size
    await reconcile(book, api, approve=["completed"])
    assert book.path.stat().st_size == size
    await reconcile(book, api, approve=["completed", "declined"])
    assert service.submissions[declined]["status"] == "APPROVED"
    assert service.submissions[wrong]["status"] == service.submissions[unknown]["status"] == "AWAITING REVIEW"


async def test_the_token_goes_nowhere_else(
    service: FakeProlific, pause: Pause, caplog: pytest.LogCaptureFixture
) -> None:
    """A link to another host is not followed, and no message or log has the token."""
    caplog.set_level("DEBUG")
    async with Calls(service.api, {"Authorization": f"Token {TOKEN}"}, pause) as calls:
        with pytest.raises(NotDone, match="leads to evil"):
            await calls.get("https://evil.test/api/v1/submissions/")
    async with ProlificApi(service.api, f"{TOKEN} wrong", pause) as api:
        with pytest.raises(NotDone, match="401") as caught:
            await api.study("x")
    assert TOKEN not in str(caught.value) + caplog.text
