"""Prolific's secured links: a token signed by Prolific says who comes, and for which site."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import jwt

ISSUER: Final = "https://www.prolific.com"
KEYS_LAST: Final = 12 * 3600.0
"""After so many seconds the keys are asked for anew."""
KEYS_SERVE: Final = 24 * 3600.0
"""So many seconds they serve, should Prolific not be there to be asked."""
ASK_AGAIN_AFTER: Final = 30.0
"""A key that is not known is looked for again no more often than this many seconds."""
LEEWAY: Final = 30
LONGEST: Final = 4000
PARAMETERS: Final = ("PROLIFIC_PID", "STUDY_ID", "SESSION_ID")


class NotProven(Exception):  # noqa: N818 - it names the token, not a failure of ours
    """The token does not prove who comes; the text says why, for the log."""


class LinkVerifier:
    """Verifies the tokens of links to one site.

    Args:
        keys_url: where the public keys are.
        host: the site's own host name; a token for another one proves nothing here.
    """

    def __init__(self, keys_url: str, host: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = keys_url
        self._host = host.lower()
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._asked = -math.inf
        self._failures = 0
        self._asking = asyncio.Lock()

    async def verify(self, token: str) -> Mapping[str, str]:
        """Return the ids that a token proves, by the names of the link's parameters.

        Raises:
            NotProven: it proves nothing.
            httpx.HTTPError, ValueError: the keys cannot be had at the moment.
        """
        if len(token) > LONGEST:
            raise NotProven("it is too long")
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") != "RS256":
                raise NotProven(f"it is signed by {header.get('alg')!r}, not by RS256")
            key = await self._key(str(header.get("kid", "")))
            options = {"require": ["exp", "aud", "iss"], "verify_aud": False}
            claims = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                issuer=ISSUER,
                leeway=LEEWAY,
                options=options,  # type: ignore[arg-type]
            )
        except jwt.PyJWTError as error:
            raise NotProven(f"{type(error).__name__}: {error}") from error
        audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        if self._host not in {_host(one) for one in audience}:
            raise NotProven(f"it is for {', '.join(map(str, audience))}")
        return _ids(claims)

    async def _key(self, kid: str) -> jwt.PyJWK:
        failures = self._failures
        async with self._asking:
            now = self._clock()
            age = now - self._asked
            if age > KEYS_LAST or (kid not in self._keys and age > ASK_AGAIN_AFTER):
                try:
                    # Somebody may have asked in vain while this one waited for their turn.
                    if self._failures > failures:
                        raise ValueError("the keys cannot be had at the moment")
                    await self._ask(now)
                except (httpx.HTTPError, ValueError):
                    self._failures += 1
                    if kid not in self._keys or age > KEYS_SERVE:
                        raise
        if kid not in self._keys:
            raise NotProven(f"no key {kid[:100]!r} is known")
        return self._keys[kid]

    async def _ask(self, now: float) -> None:
        async with httpx.AsyncClient(timeout=10.0) as http:
            answer = await http.get(self._url)
        answer.raise_for_status()
        found = answer.json()
        keys: dict[str, jwt.PyJWK] = {}
        for key in (found.get("keys") or []) if isinstance(found, dict) else []:
            if isinstance(key, dict) and key.get("kty") == "RSA" and key.get("kid"):
                keys[str(key["kid"])] = jwt.PyJWK(key, algorithm="RS256")
        if not keys:
            raise ValueError("there are no keys in the answer")
        self._keys, self._asked = keys, now


def _ids(claims: Mapping[str, Any]) -> Mapping[str, str]:
    proven = claims.get("prolific")
    if not isinstance(proven, dict) or not all(isinstance(proven.get(name), str) for name in PARAMETERS):
        raise NotProven("it does not say who comes")
    return {name: proven[name] for name in PARAMETERS}


def _host(audience: object) -> str:
    """The host that an audience names: written alone, or as an address."""
    text = str(audience).lower()
    return urlsplit(text if "//" in text else f"//{text}").hostname or ""
