"""Mechanical Turk's API, through boto3, as far as a study needs it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

from mug.errors import MugError
from mug_prolific.book import Owed
from mug_prolific.calls import NotDone, Unclear

SANDBOX: Final = "https://mturk-requester-sandbox.us-east-1.amazonaws.com"
PRODUCTION: Final = "https://mturk-requester.us-east-1.amazonaws.com"
_QUESTION: Final = (
    '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14/'
    'ExternalQuestion.xsd"><ExternalURL>{url}</ExternalURL><FrameHeight>{height}</FrameHeight></ExternalQuestion>'
)
_DONE_BEFORE: Final = "already been processed"
_UNKNOWN: Final = ("does not exist", "failed to satisfy constraint")
"""What Mechanical Turk says of an assignment that it does not know: it has one status for everything."""

Answer = dict[str, Any]


class MTurkApi:
    """Calls to Mechanical Turk. The credentials are those that boto3 finds, in the environment for instance.

    Every method raises `NotDone` when Mechanical Turk refuses or cannot be reached.

    Args:
        endpoint: the address of the sandbox or of the real thing.
    """

    def __init__(self, endpoint: str = SANDBOX) -> None:
        try:
            import boto3
            from botocore.config import Config
        except ImportError:
            raise MugError(
                "Mechanical Turk needs boto3, which is not installed", fix="pip install 'mug-prolific[mturk]'"
            ) from None

        def client(attempts: int) -> Any:
            retries = {"mode": "standard", "total_max_attempts": attempts}
            config = Config(retries=retries, connect_timeout=10, read_timeout=30)
            return boto3.client("mturk", region_name="us-east-1", endpoint_url=endpoint, config=config)

        self._client = client(4)
        # What a call that pays has done must be known of each attempt.
        self._payer = client(1)

    async def create_task(self, url: str, token: str, **fields: object) -> Answer:
        """Publish a task whose frame shows this address; with the same token it is published once."""
        question = _QUESTION.format(url=escape(url), height=fields.pop("height", 500))
        answer = await self._call("create_hit", Question=question, UniqueRequestToken=token, **fields)
        hit: Answer = answer["HIT"]
        return hit

    async def assignments(self, hit_id: str) -> AsyncIterator[Answer]:
        """Yield everything that was handed in for a task."""
        wishes: dict[str, object] = {"HITId": hit_id, "MaxResults": 100}
        while True:
            page = await self._call("list_assignments_for_hit", **wishes)
            for assignment in page.get("Assignments", []):
                yield assignment
            if not page.get("NextToken") or not page.get("Assignments"):
                return
            wishes["NextToken"] = page["NextToken"]

    async def status(self, assignment_id: str) -> str:
        """Return whether an assignment is submitted, approved or rejected."""
        answer = await self._call("get_assignment", AssignmentId=assignment_id)
        return str(answer["Assignment"]["AssignmentStatus"])

    async def approve(self, assignment_id: str) -> None:
        """Approve an assignment; one that is approved stays so."""
        await self._decide(assignment_id, "Approved", "approve_assignment", AssignmentId=assignment_id)

    async def reject(self, assignment_id: str, reason: str) -> None:
        """Reject an assignment; the worker reads why."""
        fields = {"AssignmentId": assignment_id, "RequesterFeedback": reason}
        await self._decide(assignment_id, "Rejected", "reject_assignment", **fields)

    async def _decide(self, assignment_id: str, wanted: str, method: str, **fields: object) -> None:
        try:
            await self._call(method, **fields)
        except (NotDone, Unclear):
            if await self.status(assignment_id) != wanted:
                raise

    # ------------------------------------------------------------------------- mug_prolific.payments.Cashier

    @property
    def service(self) -> str:
        """The name in the book."""
        return "mturk"

    @property
    def together(self) -> int:
        """Mechanical Turk pays one bonus by one call."""
        return 1

    async def paid_so_far(self, bonuses: Sequence[Owed]) -> Mapping[str, Sequence[str]]:
        """Return the bonuses that were paid for each assignment."""
        paid: dict[str, Sequence[str]] = {}
        for owed in bonuses:
            try:
                answer = await self._call(
                    "list_bonus_payments", AssignmentId=_assignment(owed), MaxResults=100
                )
            except NotDone as error:
                if _is_unknown(error):
                    continue
                raise
            amounts = [payment["BonusAmount"] for payment in answer.get("BonusPayments", [])]
            paid[owed.entry] = [f"{float(amount):.2f}" for amount in amounts]
        return paid

    async def prepare(self, bonuses: Sequence[Owed]) -> str:
        """Return the token by which Mechanical Turk recognizes this bonus, should it be asked twice."""
        (owed,) = bonuses
        return hashlib.sha256(f"mug {owed.entry}".encode()).hexdigest()[:40]

    async def pay(self, service_id: str, bonuses: Sequence[Owed]) -> None:
        """Pay one bonus. Because of its token it can be asked for a second time at once, and is paid once."""
        (owed,) = bonuses
        lines = ", ".join(f"{what} ${amount}" for what, amount in owed.lines)
        fields = {
            "WorkerId": owed.person,
            "AssignmentId": _assignment(owed),
            "BonusAmount": f"{owed.amount:.2f}",
            "Reason": f"Your bonus: {lines}"[:1000],
            "UniqueRequestToken": service_id,
        }
        try:
            await self._send_bonus(fields)
        except Unclear:
            try:
                await self._send_bonus(fields)
            except NotDone as error:
                if _is_unknown(error):
                    raise
                # The second was not paid; that says nothing about the first.
                raise Unclear(error.what) from error

    async def _send_bonus(self, fields: Mapping[str, object]) -> None:
        try:
            await self._call_with(self._payer, "send_bonus", **fields)
        except NotDone as error:
            if _DONE_BEFORE not in error.what:
                raise

    async def _call(self, method: str, **fields: object) -> Answer:
        return await self._call_with(self._client, method, **fields)

    async def _call_with(self, client: Any, method: str, **fields: object) -> Answer:
        from botocore import exceptions

        try:
            answer: Answer = await asyncio.to_thread(getattr(client, method), **fields)
        except exceptions.ClientError as error:
            status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            what = f"{method}: {error.response.get('Error', {}).get('Message', '')}"
            raise Unclear(what) if status >= 500 else NotDone(what, status) from error
        except (exceptions.EndpointConnectionError, exceptions.ConnectTimeoutError) as error:
            raise NotDone(f"{method}: Mechanical Turk cannot be reached") from error
        except exceptions.HTTPClientError as error:
            raise Unclear(f"{method}: the connection broke ({type(error).__name__})") from error
        except exceptions.BotoCoreError as error:
            raise NotDone(f"{method}: {error}") from error
        return answer


def _is_unknown(error: NotDone) -> bool:
    return any(sign in error.what for sign in _UNKNOWN)


def _assignment(owed: Owed) -> str:
    return owed.entry.removeprefix("mturk ")
