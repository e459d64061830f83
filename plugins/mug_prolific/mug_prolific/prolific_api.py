"""Prolific's API, as far as a study needs it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Final, Self

from mug.errors import MugError
from mug_prolific.book import Owed
from mug_prolific.calls import Calls, NotDone, Unclear

TOKEN_VARIABLE: Final = "PROLIFIC_TOKEN"
REJECTION_CATEGORIES: Final = (
    *(
        "TOO_QUICKLY",
        "TOO_SLOWLY",
        "FAILED_INSTRUCTIONS",
        "INCOMP_LONGITUDINAL",
        "FAILED_CHECK",
        "LOW_EFFORT",
    ),
    *("MALINGERING", "NO_CODE", "BAD_CODE", "NO_DATA", "UNSUPP_DEVICE", "OTHER"),
)
SHORTEST_REJECTION: Final = 100
"""Characters that the message of a rejection must have."""
AFTER: Final = {
    "APPROVE": "APPROVED",
    "REJECT": "REJECTED",
    "SCREEN_OUT": "SCREENED OUT",
    "RETURN": "RETURNED",
}
"""The status of a submission after a transition."""

Answer = dict[str, Any]


def token_from_environment() -> str:
    """Return the API token.

    Raises:
        MugError: there is none.
    """
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if not token:
        raise MugError(
            f"there is no API token: {TOKEN_VARIABLE} is not set",
            fix=f"make one in Prolific's settings, and start with: {TOKEN_VARIABLE}=… mug prolific …",
        )
    return token


class ProlificApi:
    """Calls to Prolific, repeated where that cannot do harm.

    Every method raises `NotDone` when Prolific refuses or cannot be reached.
    """

    def __init__(
        self, base: str, token: str, pause: Callable[[float], Awaitable[None]] = asyncio.sleep, **wishes: Any
    ) -> None:
        self._calls = Calls(base, {"Authorization": f"Token {token}"}, pause, **wishes)

    async def __aenter__(self) -> Self:
        """Begin."""
        await self._calls.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        """Close connections."""
        await self._calls.__aexit__(*error)

    # ------------------------------------------------------------------------------------------- studies

    async def create_study(self, fields: Mapping[str, object]) -> Answer:
        """Create a draft of a study. ``internal_name`` must be its own: by it a study is found again.

        Raises:
            Unclear: it may have been created, and cannot be looked for.
        """
        try:
            study: Answer = await self._calls.post("studies/", dict(fields))
        except Unclear:
            found = [
                study
                async for study in self._all("studies/")
                if study.get("internal_name") == fields["internal_name"]
            ]
            study = found[0] if found else await self._calls.post("studies/", dict(fields))
        return study

    async def study(self, study_id: str) -> Answer:
        """Return a study."""
        study: Answer = await self._calls.get(f"studies/{study_id}/")
        return study

    async def publish(self, study_id: str) -> str:
        """Publish a study, unless it is published; return its status."""
        try:
            study: Answer = await self._calls.post(f"studies/{study_id}/transition/", {"action": "PUBLISH"})
        except (Unclear, NotDone) as error:
            study = await self.study(study_id)
            if study.get("status") in ("UNPUBLISHED", "DRAFT"):
                raise error
        return str(study.get("status"))

    # --------------------------------------------------------------------------------------- submissions

    def submissions(self, study_id: str) -> AsyncIterator[Answer]:
        """Yield every submission of a study."""
        return self._all("submissions/", study=study_id)

    async def submission(self, submission_id: str) -> Answer:
        """Return a submission."""
        submission: Answer = await self._calls.get(f"submissions/{submission_id}/")
        return submission

    async def transition(self, submission_id: str, action: str, **fields: str) -> str:
        """Approve, reject, screen out or return a submission, if it is not yet; return its status."""
        body = {"action": action} | fields
        try:
            answer: Answer = await self._calls.post(f"submissions/{submission_id}/transition/", body)
            return str((answer or {}).get("status", AFTER.get(action)))
        except (Unclear, NotDone) as error:
            if isinstance(error, NotDone) and error.status not in (400, 409):
                raise
            status = str((await self.submission(submission_id)).get("status"))
            if status == AFTER.get(action):
                return status
            if isinstance(error, NotDone):
                raise
        answer = await self._calls.post(f"submissions/{submission_id}/transition/", body)
        return str((answer or {}).get("status", AFTER.get(action)))

    async def request_return(self, submission_id: str, reasons: Sequence[str]) -> None:
        """Ask somebody to return a submission, once."""
        if (await self.submission(submission_id)).get("return_requested"):
            return
        body = {"request_return_reasons": list(reasons)}
        try:
            await self._calls.post(f"submissions/{submission_id}/request-return/", body)
        except Unclear:
            if not (await self.submission(submission_id)).get("return_requested"):
                raise

    async def _all(self, path: str, **query: str) -> AsyncIterator[Answer]:
        """Yield everything in a list that comes in pages: each page says where the next one is."""
        page: Answer = await self._calls.get(path, **query)
        while True:
            for item in page.get("results", []):
                yield item
            link = ((page.get("_links") or {}).get("next") or {}).get("href")
            if not link:
                return
            page = await self._calls.get(str(link))

    # ------------------------------------------------------------------------------------------ webhooks

    async def make_webhook_secret(self, workspace_id: str) -> str:
        """Return a new secret for the workspace's webhooks; the one before is valid no more."""
        answer: Answer = await self._calls.post("hooks/secrets/", {"workspace_id": workspace_id})
        return str(answer["value"])

    async def subscribe(self, workspace_id: str, event_type: str, url: str) -> str:
        """Have events sent to a URL; one that is subscribed already is not again. Return the subscription."""
        wanted = {"workspace_id": workspace_id, "event_type": event_type, "target_url": url}
        async for known in self._all("hooks/subscriptions/"):
            if all(known.get(name) == value for name, value in wanted.items()):
                return str(known["id"])
        answer, secret = await self._calls.post_for_header("hooks/subscriptions/", wanted, "X-Hook-Secret")
        if secret:
            # Prolific wants to know that whoever subscribes means it.
            await self._calls.post(f"hooks/subscriptions/{answer['id']}/", {"secret": secret}, repeat=True)
        return str(answer["id"])

    # ------------------------------------------------------------------------- mug_prolific.payments.Cashier

    @property
    def service(self) -> str:
        """The name in the book."""
        return "prolific"

    @property
    def together(self) -> int:
        """Prolific pays many bonuses of a study by one call."""
        return 200

    async def paid_so_far(self, bonuses: Sequence[Owed]) -> Mapping[str, Sequence[str]]:
        """Return the bonuses that each known submission was paid; Prolific says it in pence or cents."""
        paid = {}
        for owed in bonuses:
            try:
                submission = await self.submission(_submission_id(owed))
            except NotDone as error:
                if error.is_refusal:
                    continue
                raise
            paid[owed.entry] = [f"{cents / 100:.2f}" for cents in submission.get("bonus_payments") or []]
        return paid

    async def prepare(self, bonuses: Sequence[Owed]) -> str:
        """Set the payments up. One that was set up and is never paid costs nothing."""
        (study,) = {owed.study for owed in bonuses}
        await self._check_currency(study, {owed.currency for owed in bonuses})
        lines = "\n".join(f"{_submission_id(owed)},{owed.amount:.2f}" for owed in bonuses)
        body = {"study_id": study, "csv_bonuses": lines}
        answer: Answer = await self._calls.post("submissions/bonus-payments/", body, repeat=True)
        return str(answer["id"])

    async def _check_currency(self, study_id: str, owed: Collection[str]) -> None:
        """Prolific pays bonuses in the study's currency, whatever was promised."""
        study = await self.study(study_id)
        currency = study.get("presentment_currency_code") or study.get("currency_code")
        if currency and {currency} != set(owed):
            raise NotDone(
                f"Prolific pays this study in {currency}, and the bonus is in {', '.join(sorted(owed))}"
            )

    async def pay(self, service_id: str, bonuses: Sequence[Owed]) -> None:
        """Pay what was set up. Every further call would pay it again."""
        await self._calls.post(f"bulk-bonus-payments/{service_id}/pay/", {})


def _submission_id(owed: Owed) -> str:
    return owed.entry.removeprefix("prolific ")
