"""Compares what Prolific says of a study's submissions with what is known here, and helps where it can."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any, Final

import attrs

from mug.facts import Experiment
from mug.outcomes import COMPLETED
from mug_prolific.book import Accounts, Book, Ended
from mug_prolific.calls import NotDone, Unclear
from mug_prolific.prolific_api import TOKEN_VARIABLE, ProlificApi

log = logging.getLogger("mug_prolific")

WAITING: Final = "AWAITING REVIEW"
GONE: Final = ("RETURNED", "TIMED-OUT")
LONGEST_WAIT: Final = 3600.0
SHORTEST_WAIT: Final = 5.0
"""Seconds between two looks at least: when many submissions change, there is a webhook for each."""


@attrs.frozen
class Difference:
    """A submission of which the two sides say different things, or that somebody has to decide about.

    ``in_order`` is whether it waits for a decision and was submitted with the right code.
    """

    submission: str
    subject_id: str
    outcome: str
    status: str
    advice: str
    in_order: bool = False


def differences(accounts: Accounts, submissions: Iterable[Mapping[str, Any]]) -> list[Difference]:
    """Return what there is to decide, in the order of the submissions."""
    found = []
    for submission in submissions:
        ended = accounts.ended.get(f"prolific {submission['id']}")
        status, code = str(submission.get("status")), submission.get("entered_code")
        outcome = ended.outcome if ended else ""
        person = submission.get("participant") or submission.get("participant_id")
        theirs = ended is not None and person in (None, ended.person)
        in_order = status == WAITING and ended is not None and theirs and code == ended.code
        if status == WAITING and ended is None:
            advice = "it was submitted, and there is no end of it here: ask for a return, or look at the data"
        elif status == WAITING and not theirs:
            advice = "it is somebody else's than their link said: look at it"
        elif status == WAITING and ended and code != ended.code:
            advice = f"it was submitted with the code {code!r} instead of {ended.code!r}: look at it"
        elif status == WAITING and outcome == COMPLETED:
            advice = "approve"
        elif status == WAITING:
            advice = f"decide: the participant has the outcome {outcome}"
        elif status in GONE and outcome == COMPLETED:
            advice = "it was completed here: write to the participant, so that they are paid"
        else:
            continue
        subject_id = ended.subject_id if ended else ""
        found.append(Difference(str(submission["id"]), subject_id, outcome, status, advice, in_order))
    return found


async def reconcile(book: Book, api: ProlificApi, *, approve: Collection[str]) -> list[Difference]:
    """Note down the status of every submission, approve some of them, and return what is left to decide.

    What Prolific refuses, a study that it does not know or an approval, is left to decide too.

    Args:
        book: who ended how.
        api: Prolific.
        approve: the outcomes with which a submission with the right code is approved.

    Raises:
        NotDone, Unclear: Prolific cannot be asked.
    """
    accounts = (await asyncio.to_thread(book.accounts)).of("prolific")
    submissions: list[Mapping[str, Any]] = []
    left: list[Difference] = []
    for study in sorted({ended.study for ended in accounts.ended.values()}):
        try:
            submissions += [submission async for submission in api.submissions(study)]
        except NotDone as refusal:
            if not refusal.is_refusal:
                raise
            left += [_from_nowhere(ended) for ended in accounts.ended.values() if ended.study == study]
    statuses = {f"prolific {one['id']}": str(one.get("status")) for one in submissions}
    for difference in differences(accounts, submissions):
        if not difference.in_order or difference.outcome not in approve:
            left.append(difference)
            continue
        try:
            status = await api.transition(difference.submission, "APPROVE")
            statuses[f"prolific {difference.submission}"] = status
        except NotDone as refusal:
            if not refusal.is_refusal:
                raise
            left.append(attrs.evolve(difference, advice=f"it cannot be approved: {refusal.what}"))
    await asyncio.to_thread(book.status, statuses)
    return left


def _from_nowhere(ended: Ended) -> Difference:
    """Return what there is to decide about somebody whose study Prolific does not know.

    Only signed links prove that somebody came from a study.
    """
    submission = ended.entry.removeprefix("prolific ")
    advice = f"Prolific does not know the study {ended.study!r}: a trial of yours, or a link that was made up"
    return Difference(submission, ended.subject_id, ended.outcome, "unknown", advice)


class Watch:
    """Reconciles from time to time while the server runs, and when a webhook says that there is news."""

    def __init__(
        self,
        api: str,
        *,
        approve: bool,
        seconds: float,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._api = api
        self._pause = pause
        self._approve = (COMPLETED,) if approve else ()
        self._seconds = seconds
        self._news = asyncio.Event()
        self._figures: dict[str, object] = {}

    def news(self) -> None:
        """There is news: do not wait for the next round."""
        self._news.set()

    def figures(self) -> dict[str, object]:
        """Return the last round's figures: no ids."""
        return self._figures

    @contextlib.asynccontextmanager
    async def running(self, experiment: Experiment) -> AsyncIterator[None]:
        """Watch, if there is a token to ask with."""
        token = os.environ.get(TOKEN_VARIABLE, "").strip()
        if not token:
            yield
            return
        task = asyncio.create_task(self._run(Book(experiment.data_dir), token))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self, book: Book, token: str) -> None:
        failures = 0
        async with ProlificApi(self._api, token, self._pause) as api:
            while True:
                wait = min(self._seconds * 2 ** min(failures, 16), max(LONGEST_WAIT, self._seconds))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), wait)
                self._news.clear()
                failures = 0 if await self._look(book, api) else failures + 1
                await self._pause(SHORTEST_WAIT)

    async def _look(self, book: Book, api: ProlificApi) -> bool:
        """Reconcile once; return whether it was possible."""
        try:
            left = await reconcile(book, api, approve=self._approve)
        except (NotDone, Unclear) as error:
            # not in full: it names submissions
            why = getattr(error, "status", 0) or "no clear answer"
            log.warning("Prolific could not be asked about the study, which goes on: %s", why)
            return False
        except Exception:
            log.exception("comparing with Prolific failed, and is tried again")
            return False
        accounts = await asyncio.to_thread(book.accounts)
        statuses = Counter(accounts.statuses.values())
        self._figures = {"submissions": dict(statuses), "to_decide": len(left)}
        return True
