"""Which web origins may talk to an experiment."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit


def origin_allowed(origin: str | None, host: str, allowed: Collection[str]) -> bool:
    """Return whether a request may come from this origin.

    A browser names its origin on every cross-origin request and every WebSocket; what names none is
    not a browser that could be tricked. Same-origin means the origin's host and port equal the
    request's ``Host``; ``allowed`` lists further origins such as ``https://lab.example.org``.
    """
    if not origin:
        return True
    try:
        own = urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False
    return own or origin.rstrip("/") in allowed
