"""A Mechanical Turk of our own, on this machine, that speaks AWS's JSON protocol."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import attrs
from aiohttp import web

Outcome = tuple[int, dict[str, Any]]


@attrs.define(eq=False)
class FakeMTurk:
    """Tasks, assignments and bonuses.

    ``unanswered`` names operations that are not answered once, ``busy`` those that are not done once.
    """

    hits: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    assignments: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    bonuses: list[dict[str, Any]] = attrs.field(factory=list)
    unanswered: list[str] = attrs.field(factory=list)
    busy: list[str] = attrs.field(factory=list)
    url: str = ""
    _numbers: Iterator[int] = attrs.field(factory=lambda: itertools.count(1))
    _runner: Any = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        await self._runner.cleanup()

    def submits(self, hit: str, worker: str, assignment: str) -> None:
        self.assignments[assignment] = {
            "AssignmentId": assignment,
            "HITId": hit,
            "WorkerId": worker,
            "AssignmentStatus": "Submitted",
        }

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        operation = request.headers["X-Amz-Target"].rpartition(".")[2]
        body = json.loads(await request.read())
        if operation in self.busy and operation not in self.unanswered:
            self.busy.remove(operation)
            status, answer = 400, {"__type": "ThrottlingException", "Message": "Rate exceeded"}
        else:
            status, answer = getattr(self, f"_{operation}")(body)
        if operation in self.unanswered:
            self.unanswered.remove(operation)
            assert request.transport is not None
            request.transport.abort()
        return web.Response(
            body=json.dumps(answer).encode(), status=status, content_type="application/x-amz-json-1.1"
        )

    def _CreateHIT(self, body: dict[str, Any]) -> Outcome:  # noqa: N802 - AWS's name
        for hit in self.hits.values():
            if hit["UniqueRequestToken"] == body["UniqueRequestToken"]:
                return _refused("The HIT with ID " + hit["HITId"] + " exists already")
        hit = {"HITId": f"hit{next(self._numbers)}"} | body
        self.hits[hit["HITId"]] = hit
        return 200, {"HIT": {"HITId": hit["HITId"]}}

    def _ListAssignmentsForHIT(self, body: dict[str, Any]) -> Outcome:  # noqa: N802
        found = [one for one in self.assignments.values() if one["HITId"] == body["HITId"]]
        first = int(body.get("NextToken", 0))
        answer: dict[str, Any] = {"Assignments": found[first : first + 2], "NumResults": 2}
        if first + 2 < len(found):
            answer["NextToken"] = str(first + 2)
        return 200, answer

    def _GetAssignment(self, body: dict[str, Any]) -> Outcome:  # noqa: N802
        return 200, {"Assignment": self.assignments[body["AssignmentId"]]}

    def _ApproveAssignment(self, body: dict[str, Any]) -> Outcome:  # noqa: N802
        return self._decide(body, "Approved")

    def _RejectAssignment(self, body: dict[str, Any]) -> Outcome:  # noqa: N802
        return self._decide(body, "Rejected")

    def _decide(self, body: dict[str, Any], status: str) -> Outcome:
        assignment = self.assignments[body["AssignmentId"]]
        if assignment["AssignmentStatus"] != "Submitted":
            return _refused("This operation can be called with a status of: Submitted")
        assignment["AssignmentStatus"] = status
        return 200, {}

    def _SendBonus(self, body: dict[str, Any]) -> Outcome:  # noqa: N802
        if body["AssignmentId"] not in self.assignments:
            return _refused(f"Assignment {body['AssignmentId']} does not exist.")
        if any(one["UniqueRequestToken"] == body["UniqueRequestToken"] for one in self.bonuses):
            return _refused(f"Idempotency token {body['UniqueRequestToken']} has already been processed.")
        self.bonuses.append(body)
        return 200, {}

    def _ListBonusPayments(self, body: dict[str, Any]) -> Outcome:  # noqa: N802
        found = [one for one in self.bonuses if one["AssignmentId"] == body["AssignmentId"]]
        return 200, {"BonusPayments": found, "NumResults": len(found)}


def _refused(message: str) -> Outcome:
    return 400, {"__type": "RequestError", "Message": message}
