"""Calls to a service over HTTP: what may be repeated is; what failed is known not to be done, or unclear."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Final, Self

import httpx

from mug.errors import MugError

# It would log every address with the ids in it.
logging.getLogger("httpx").setLevel(logging.WARNING)

ATTEMPTS: Final = 5
SECONDS: Final = 30.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
_REFUSALS: Final = (400, 403, 404, 409, 422)
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class NotDone(MugError):  # noqa: N818 - it says what became of a call
    """The service did not do what was asked; ``status`` is the HTTP status, 0 when it was not reached."""

    def __init__(self, what: str, status: int = 0) -> None:
        super().__init__(what)
        self.status = status

    @property
    def is_refusal(self) -> bool:
        """Whether the service looked at what was asked and will not have it, this time or another."""
        return self.status in _REFUSALS


class Unclear(MugError):  # noqa: N818 - it says what became of a call
    """The service may or may not have done what was asked: its answer was lost, or made no sense."""


class Calls:
    """A service's API.

    Args:
        base: its address, which ends with a slash. Nothing is ever sent to another host.
        headers: sent with every call; they are in no message and no log.
        pause: waits for some seconds between attempts.
    """

    def __init__(
        self,
        base: str,
        headers: Mapping[str, str],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        seconds: float = SECONDS,
    ) -> None:
        self._base = httpx.URL(base)
        self._http = httpx.AsyncClient(base_url=base, headers=dict(headers), timeout=seconds)
        self._pause = pause

    async def __aenter__(self) -> Self:
        """Open nothing: connections are made when they are needed."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close connections."""
        await self._http.aclose()

    async def get(self, path: str, **query: str) -> Any:
        """Ask for something, as often as it takes.

        Raises:
            NotDone: the service refuses, or cannot be reached.
        """
        try:
            return _content(await self._call("GET", path, None, query, repeat_unclear=True))
        except Unclear as error:
            raise NotDone(error.what) from error

    async def post(self, path: str, body: object, *, repeat: bool = False) -> Any:
        """Ask for something to be done.

        Args:
            path: where.
            body: JSON values.
            repeat: whether doing it twice is the same as doing it once, so that it may be asked for again
                when an answer was lost.

        Raises:
            NotDone: it was not done.
            Unclear: it may have been done.
        """
        return _content(await self._call("POST", path, body, {}, repeat_unclear=repeat))

    async def post_for_header(self, path: str, body: object, header: str) -> tuple[Any, str]:
        """The same, also returning a header of the answer; empty when it has none."""
        answer = await self._call("POST", path, body, {}, repeat_unclear=False)
        return _content(answer), answer.headers.get(header, "")

    async def _call(
        self, method: str, path: str, body: object, query: Mapping[str, str], *, repeat_unclear: bool
    ) -> httpx.Response:
        for attempt in range(1, ATTEMPTS + 1):
            wait: float | None = None
            try:
                return await self._once(method, path, body, query)
            except _Later as later:
                error: NotDone | Unclear = later.error
                wait = later.seconds
            except Unclear as unclear:
                if not repeat_unclear:
                    raise
                error = unclear
            if attempt == ATTEMPTS:
                raise error
            backoff = min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE) * random.uniform(0.5, 1.0)
            await self._pause(backoff if wait is None else min(wait, LONGEST_PAUSE))
        raise AssertionError("unreachable")

    async def _once(self, method: str, path: str, body: object, query: Mapping[str, str]) -> httpx.Response:
        url = self._own(path)
        where = f"{method} {url.path}"
        try:
            answer = await self._http.request(method, url, json=body, params=dict(query) or None)
        except _NEVER_SENT as error:
            raise _Later(NotDone(f"{where}: {self._base.host} cannot be reached")) from error
        except httpx.HTTPError as error:
            raise Unclear(f"{where}: the connection broke ({type(error).__name__})") from error
        if answer.status_code in (408, 429):
            raise _Later(
                NotDone(f"{where}: {self._base.host} is busy", answer.status_code), _seconds(answer.headers)
            )
        if answer.status_code >= 500:
            raise Unclear(f"{where}: {self._base.host} has a problem ({answer.status_code})")
        if answer.is_error or answer.is_redirect:
            raise NotDone(f"{where}: {_reason(answer)}", answer.status_code)
        if answer.content and not _is_json(answer):
            raise Unclear(f"{where}: the answer makes no sense")
        return answer

    def _own(self, path: str) -> httpx.URL:
        """The URL of a path, or of a link in an answer, which must not lead the token elsewhere."""
        url = self._base.join(path)
        if (url.scheme, url.host, url.port) != (self._base.scheme, self._base.host, self._base.port):
            raise NotDone(f"a link in an answer leads to {url.host}, and is not followed")
        return url


class _Later(Exception):  # noqa: N818 - it says when, not what is wrong
    """The call was not taken, and can be repeated in any case."""

    def __init__(self, error: NotDone, seconds: float | None = None) -> None:
        super().__init__()
        self.error = error
        self.seconds = seconds


def _is_json(answer: httpx.Response) -> bool:
    try:
        answer.json()
    except ValueError:
        return False
    return True


def _content(answer: httpx.Response) -> Any:
    """What an answer says, None when it says nothing."""
    return answer.json() if answer.content else None


def _seconds(headers: httpx.Headers) -> float | None:
    try:
        return max(0.0, float(headers["Retry-After"]))
    except (KeyError, ValueError):
        return None


def _reason(answer: httpx.Response) -> str:
    """What the service says is wrong, in one line."""
    try:
        body = answer.json()
        error = body.get("error", body) if isinstance(body, dict) else body
        detail = error.get("detail", error) if isinstance(error, dict) else error
    except ValueError:
        detail = ""
    return f"{answer.status_code} {str(detail)[:300]}".strip()
