"""A Prolific of our own, on this machine: as its documentation says, and as networks are."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

TOKEN = "crown-jewel-token"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
"""With which links are signed."""
PAGE = 2
"""Submissions on a page of a list."""
Outcome = tuple[int, Any]


@attrs.define
class Fault:
    """What goes wrong with the next calls that match.

    ``lost`` is cut off before anything happened, ``unanswered`` after it happened, ``broken`` is a 500
    without, ``broken_after`` one with an effect; ``busy`` is a 429, and ``slow`` is not answered at all.
    """

    kind: str
    path: str
    times: int = 1


@attrs.define(eq=False, slots=False)
class FakeProlific:
    """Studies, submissions and payments, and what was asked."""

    studies: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    submissions: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    bulks: dict[str, list[tuple[str, int]]] = attrs.field(factory=dict)
    paid: list[tuple[str, int]] = attrs.field(factory=list)
    """Every payment that was made, in cents, shown at once or not."""
    hidden: list[tuple[str, int]] = attrs.field(factory=list)
    slow_to_show: bool = False
    subscriptions: list[dict[str, Any]] = attrs.field(factory=list)
    faults: list[Fault] = attrs.field(factory=list)
    asked: list[tuple[str, str]] = attrs.field(factory=list)
    webhook_secret: str = "webhook-secret"
    keys: str = ""
    """What is answered in place of the keys."""
    url: str = ""
    _news: asyncio.Event = attrs.field(factory=asyncio.Event)
    _numbers: Iterator[int] = attrs.field(factory=lambda: itertools.count(1))
    _runner: Any = None

    # -------------------------------------------------------------------------------- coming and going

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        await self._runner.cleanup()

    @property
    def api(self) -> str:
        return f"{self.url}/api/v1/"

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something holds of what was asked and done here."""
        async with asyncio.timeout(20):
            while not condition():
                self._news.clear()
                await self._news.wait()

    # ---------------------------------------------------------------------------- what participants do

    def study(self, **fields: Any) -> str:
        study = f"study{next(self._numbers)}"
        self.studies[study] = {"id": study, "status": "UNPUBLISHED"} | fields
        return study

    def starts(self, study: str, pid: str) -> dict[str, str]:
        """Somebody takes a place; return the parameters of their link."""
        session = f"submission{next(self._numbers)}"
        self.submissions[session] = {
            "id": session,
            "study_id": study,
            "participant": pid,
            "status": "ACTIVE",
            "entered_code": None,
            "return_requested": None,
            "bonus_payments": [],
        }
        return {"PROLIFIC_PID": pid, "STUDY_ID": study, "SESSION_ID": session}

    def submits(self, session: str, code: str) -> None:
        self.submissions[session] |= {"status": "AWAITING REVIEW", "entered_code": code}

    def show_payments(self) -> None:
        for session, cents in self.hidden:
            self.submissions[session]["bonus_payments"].append(cents)
        self.hidden.clear()

    def signed(self, ids: dict[str, str], host: str = "study.test", **claims: Any) -> str:
        """Return the token of a secured link."""
        key = claims.pop("key", KEY)
        kid = claims.pop("kid", "one")
        algorithm = claims.pop("algorithm", "RS256")
        whole = {
            "iss": "https://www.prolific.com",
            "aud": f"https://{host}",
            "exp": time.time() + 300,
            "prolific": {**ids, "workspace_id": "w1"},
        } | claims
        kept = {name: value for name, value in whole.items() if value is not None}
        return jwt.encode(kept, key, algorithm=algorithm, headers={"kid": kid})

    def hook(self, body: dict[str, Any], at: float | None = None) -> tuple[bytes, dict[str, str]]:
        """Return the body and the headers of a webhook."""
        data = json.dumps(body).encode()
        timestamp = str(int(time.time() if at is None else at))
        mac = hmac.new(self.webhook_secret.encode(), timestamp.encode() + data, hashlib.sha256)
        signature = base64.b64encode(mac.digest()).decode()
        return data, {
            "X-Prolific-Request-Signature": signature,
            "X-Prolific-Request-Timestamp": timestamp,
        }

    # ------------------------------------------------------------------------------------------- faults

    def goes_wrong(self, kind: str, path: str, times: int = 1) -> None:
        self.faults.append(Fault(kind, path, times))

    def _fault(self, path: str) -> str:
        for fault in self.faults:
            if fault.times and re.search(fault.path, path):
                fault.times -= 1
                return fault.kind
        return ""

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        self.asked.append((request.method, path))
        fault = self._fault(f"{request.method} {path}")
        if fault == "busy":
            return web.json_response({"error": "busy"}, status=429, headers={"Retry-After": "0"})
        if fault == "broken":
            return web.json_response({"error": "oops"}, status=500)
        if fault == "lost":
            return _cut(request)
        if fault == "slow":
            await asyncio.sleep(3600)
        if path == "/.well-known/study/jwks.json" and self.keys:
            return web.Response(text=self.keys, content_type="application/json")
        if path == "/.well-known/study/jwks.json":
            public = json.loads(RSAAlgorithm.to_jwk(KEY.public_key()))
            return web.json_response({"keys": [public | {"kid": "one", "alg": "RS256", "use": "sig"}]})
        if path == "/submissions/complete":
            page = "<!doctype html><html lang=en><title>Prolific</title><h1>Thank you</h1>"
            return web.Response(text=page, content_type="text/html")
        if request.headers.get("Authorization") != f"Token {TOKEN}":
            return web.json_response({"error": {"detail": "Authentication credentials missing"}}, status=401)
        body = await request.json() if request.can_read_body else {}
        status, answer = self._do(request, path.removeprefix("/api/v1"), body)
        self._news.set()
        if fault == "unanswered":
            return _cut(request)
        if fault == "broken_after":
            return web.json_response({"error": "oops"}, status=500)
        is_hook = status == 201 and path.endswith("/hooks/subscriptions/")
        headers = {"X-Hook-Secret": f"secret of {answer['id']}"} if is_hook else {}
        return web.json_response(answer, status=status, headers=headers)

    # ---------------------------------------------------------------------------------------- the API

    def _do(self, request: web.Request, path: str, body: dict[str, Any]) -> Outcome:
        routes: list[tuple[str, str, Callable[..., Outcome]]] = [
            ("POST", r"/studies/", self._create),
            ("GET", r"/studies/", lambda: (200, {"results": list(self.studies.values())})),
            ("GET", r"/studies/(\w+)/", lambda study: _one(self.studies, study)),
            ("POST", r"/studies/(\w+)/transition/", self._publish),
            ("GET", r"/submissions/", self._list),
            ("GET", r"/submissions/(\w+)/", lambda one: _one(self.submissions, one)),
            ("POST", r"/submissions/(\w+)/transition/", self._transition),
            ("POST", r"/submissions/(\w+)/request-return/", self._request_return),
            ("POST", r"/submissions/bonus-payments/", self._set_up),
            ("POST", r"/bulk-bonus-payments/(\w+)/pay/", self._pay),
            ("POST", r"/hooks/secrets/", lambda: (200, {"value": self.webhook_secret})),
            ("GET", r"/hooks/subscriptions/", lambda: (200, {"results": self.subscriptions})),
            ("POST", r"/hooks/subscriptions/", self._subscribe),
            ("POST", r"/hooks/subscriptions/(\w+)/", self._confirm),
        ]
        self._request, self._body = request, body
        for method, pattern, do in routes:
            found = re.fullmatch(pattern, path)
            if found and request.method == method:
                return do(*found.groups())
        return 404, {"error": {"detail": f"no {request.method} {path}"}}

    def _create(self) -> Outcome:
        return 201, self.studies[self.study(**self._body)]

    def _publish(self, study: str) -> Outcome:
        if self.studies[study]["status"] != "UNPUBLISHED":
            return 400, {"error": {"detail": "the study is published"}}
        self.studies[study]["status"] = "ACTIVE"
        return 200, self.studies[study]

    def _list(self) -> Outcome:
        wanted = self._request.query["study"]
        found = [one for one in self.submissions.values() if one["study_id"] == wanted]
        offset = int(self._request.query.get("offset", 0))
        rest = offset + PAGE < len(found)
        after = f"{self.api}submissions/?study={wanted}&offset={offset + PAGE}"
        links = {"next": {"href": after if rest else None}}
        return 200, {"results": found[offset : offset + PAGE], "_links": links}

    def _transition(self, session: str) -> Outcome:
        submission, action = self.submissions[session], self._body["action"]
        after = {"APPROVE": "APPROVED", "REJECT": "REJECTED", "SCREEN_OUT": "SCREENED OUT"}[action]
        if submission["status"] != "AWAITING REVIEW":
            return 400, {"error": {"detail": f"{submission['status']} cannot become {after}"}}
        if action == "REJECT" and len(self._body.get("message", "")) < 100:
            return 400, {"error": {"detail": "the message is too short"}}
        submission["status"] = after
        return 200, submission

    def _request_return(self, session: str) -> Outcome:
        self.submissions[session]["return_requested"] = "2026-11-29T12:00:00Z"
        self.submissions[session]["requests"] = self.submissions[session].get("requests", 0) + 1
        return 200, self.submissions[session]

    def _set_up(self) -> Outcome:
        lines = []
        for line in self._body["csv_bonuses"].split("\n"):
            session, amount = line.split(",")
            if self.submissions.get(session, {}).get("status") not in ("APPROVED", "AWAITING REVIEW"):
                return 400, {"error": {"detail": f"{session} cannot be paid"}}
            lines.append((session, round(float(amount) * 100)))
        bulk = f"bulk{next(self._numbers)}"
        self.bulks[bulk] = lines
        return 201, {"id": bulk, "amount": sum(cents for _, cents in lines)}

    def _pay(self, bulk: str) -> Outcome:
        # Not idempotent, as Prolific warns: each call pays.
        self.paid += self.bulks[bulk]
        self.hidden += self.bulks[bulk]
        if not self.slow_to_show:
            self.show_payments()
        return 202, {}

    def _subscribe(self) -> Outcome:
        self.subscriptions.append(self._body | {"id": f"hook{next(self._numbers)}", "is_enabled": False})
        return 201, self.subscriptions[-1]

    def _confirm(self, name: str) -> Outcome:
        (hook,) = (one for one in self.subscriptions if one["id"] == name)
        if self._body != {"secret": f"secret of {name}"}:
            return 400, {"error": {"detail": "wrong secret"}}
        hook["is_enabled"] = True
        return 200, hook


def _one(things: dict[str, dict[str, Any]], name: str) -> Outcome:
    return (200, things[name]) if name in things else (404, {"error": {"detail": f"no {name}"}})


def _cut(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
