"""Prolific's webhooks: taken when they are signed and fresh, and never believed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import os
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

from quart import Response, request

from mug_prolific.watch import Watch

log = logging.getLogger("mug_prolific")

SECRET_VARIABLE: Final = "PROLIFIC_WEBHOOK_SECRET"
FRESH_SECONDS: Final = 300.0
MOST_REMEMBERED: Final = 10_000


def signed(secret: str, timestamp: str, body: bytes, signature: str) -> bool:
    """Whether a webhook's signature is that of its timestamp and body."""
    mac = hmac.new(secret.encode(), timestamp.encode() + body, hashlib.sha256)
    return hmac.compare_digest(base64.b64encode(mac.digest()), signature.encode())


class Seen:
    """Signatures that came already, as long as they would be accepted again."""

    def __init__(self) -> None:
        self._until: OrderedDict[str, float] = OrderedDict()

    def first(self, signature: str, now: float) -> bool:
        """Whether this one comes for the first time."""
        while self._until and (next(iter(self._until.values())) < now or len(self._until) >= MOST_REMEMBERED):
            self._until.popitem(last=False)
        if signature in self._until:
            return False
        self._until[signature] = now + 2 * FRESH_SECONDS
        return True


def webhook(watch: Watch, clock: Callable[[], float] = time.time) -> Callable[[], Awaitable[Response]]:
    """Return the view that takes webhooks: each only says that Prolific is worth asking."""
    seen = Seen()

    async def take() -> Response:
        secret = os.environ.get(SECRET_VARIABLE, "").strip()
        if not secret:
            return Response("", 404)
        signature = request.headers.get("X-Prolific-Request-Signature", "")
        timestamp = request.headers.get("X-Prolific-Request-Timestamp", "")
        body = await request.get_data(as_text=False)
        assert isinstance(body, bytes)
        if not signed(secret, timestamp, body, signature):
            log.warning("a webhook with a wrong signature was not taken")
            return Response("", 401)
        now = clock()
        if not _fresh(timestamp, now):
            log.warning("a webhook that was signed long ago was not taken")
            return Response("", 401)
        if seen.first(signature, now):
            watch.news()
        return Response("", 200)

    return take


def _fresh(timestamp: str, now: float) -> bool:
    try:
        return abs(float(timestamp) - now) <= FRESH_SECONDS
    except ValueError:
        return False
