"""Links that are not signed can say anything: whoever comes by one harms nobody but themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from mug_prolific.book import Book, Ended, Owed
from mug_prolific.payments import pay_due
from mug_prolific.prolific_api import ProlificApi
from mug_prolific.watch import Watch, reconcile

from plugins.mug_prolific.tests.fake_prolific import TOKEN, FakeProlific


@pytest.fixture
async def api(service: FakeProlific, pause: Any) -> AsyncIterator[ProlificApi]:
    """A Prolific that knows which studies there are."""
    listed = service._list

    def strictly() -> Any:
        known = service._request.query["study"] in service.studies
        return listed() if known else (404, {"error": {"detail": "no such study"}})

    service._list = strictly  # type: ignore[method-assign]
    async with ProlificApi(service.api, TOKEN, pause) as opened:
        yield opened


def ended(book: Book, session: str, person: str, study: str) -> None:
    entry = f"prolific {session}"
    owed = Owed(entry, person, study, Decimal("1.00"), "GBP", (("for completing", "1.00"),))
    book.ended(Ended(entry, person, study, f"s-{person}", "completed", "DONE"), owed)


@pytest.fixture
def people(service: FakeProlific, tmp_path: Path) -> dict[str, str]:
    """One who did everything right, one by a made-up link, one in another's name, one who went back."""
    study, book = service.study(), Book(tmp_path)
    good, other, returned = (service.starts(study, name)["SESSION_ID"] for name in ("good", "other", "gone"))
    for session in (good, other, returned):
        service.submits(session, "DONE")
    service.submissions[returned]["status"] = "RETURNED"
    ended(book, "test1", "trial", "test")
    ended(book, "made-up", "liar", study)
    ended(book, other, "somebody", study)
    ended(book, returned, "gone", study)
    ended(book, good, "good", study)
    return {"good": good, "other": other, "returned": returned}


async def test_everybody_else_is_paid(
    service: FakeProlific, api: ProlificApi, people: dict[str, str], tmp_path: Path
) -> None:
    """A submission that Prolific does not know, or cannot pay, keeps no other bonus from being paid."""
    report = await pay_due(Book(tmp_path), api, Decimal(100))
    assert sorted(service.paid) == sorted((people[name], 100) for name in ("good", "other"))
    assert set(report.refused) == {"prolific test1", "prolific made-up", f"prolific {people['returned']}"}


async def test_everybody_else_is_approved(
    service: FakeProlific, api: ProlificApi, people: dict[str, str], tmp_path: Path
) -> None:
    """A study that Prolific does not know, and a submission of somebody else, are for people to look at."""
    left = await reconcile(Book(tmp_path), api, approve=["completed"])
    assert service.submissions[people["good"]]["status"] == "APPROVED"
    assert service.submissions[people["other"]]["status"] == "AWAITING REVIEW"
    advice = {one.submission: one.advice for one in left}
    assert advice.keys() == {"test1", people["other"], people["returned"]}
    assert "does not know the study 'test'" in advice["test1"]
    assert "somebody else's" in advice[people["other"]]


async def test_an_approval_that_is_refused_stops_no_other(
    service: FakeProlific, api: ProlificApi, tmp_path: Path
) -> None:
    """What Prolific says of it is left to decide."""
    study, book = service.study(), Book(tmp_path)
    first, second = (service.starts(study, name)["SESSION_ID"] for name in ("a", "b"))
    for session, person in ((first, "a"), (second, "b")):
        service.submits(session, "DONE")
        ended(book, session, person, study)
    transition = service._transition
    refusal = (400, {"error": {"detail": "not now"}})
    service._transition = lambda one: refusal if one == first else transition(one)  # type: ignore[method-assign]
    (left,) = await reconcile(book, api, approve=["completed"])
    assert left.submission == first
    assert "cannot be approved" in left.advice
    assert "not now" in left.advice
    assert service.submissions[second]["status"] == "APPROVED"


async def test_logs_name_nobody(
    service: FakeProlific, tmp_path: Path, token: str, pause: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """When a single call fails, the log says that it did, and not about whom."""
    session = service.starts(service.study(), "ann")["SESSION_ID"]
    ended(Book(tmp_path), session, "ann", service.submissions[session]["study_id"])
    service.submits(session, "DONE")
    service.goes_wrong("broken", "transition", times=4)
    watch = Watch(service.api, approve=True, seconds=0.01, pause=pause)

    class Experiment:
        data_dir = tmp_path

    async with watch.running(Experiment()):  # type: ignore[arg-type]
        await service.until(lambda: service.submissions[session]["status"] == "APPROVED")
    assert "could not be asked" in caplog.text
    assert session not in caplog.text
