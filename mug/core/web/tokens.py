"""Who a browser is: a signed token for the session, and single-use tickets for its sockets."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from itsdangerous import BadSignature, Signer

from mug.errors import MugError

TICKET_SECONDS = 60.0
MAX_TICKETS = 100_000
SECRET_BYTES = 32


class Tokens:
    """Signs and verifies participants' session tokens with a secret kept beside the data.

    A token carries the participant's id, 128 random bits, under an HMAC-SHA256 signature: it can be
    neither guessed nor made without the secret, and survives a restart of the server.
    """

    def __init__(self, secret_file: Path) -> None:
        self._signer = Signer(_load_secret(secret_file), salt="mug.session", digest_method=_sha256())

    def issue(self, participant_id: str) -> str:
        """Return the token of this participant."""
        return self._signer.sign(participant_id).decode()

    def verify(self, token: str | None) -> str | None:
        """Return the participant id of a token that this server issued, else None."""
        if not token or len(token) > 200:
            return None
        try:
            return self._signer.unsign(token).decode()
        except (BadSignature, UnicodeDecodeError):
            return None


class Tickets:
    """Short-lived single-use strings that let a socket act for what they were issued for."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._live: dict[str, tuple[float, str]] = {}

    def issue(self, subject: str) -> str:
        """Return a ticket for a participant id; it expires after a minute."""
        self._forget_expired()
        ticket = secrets.token_urlsafe(24)
        self._live[ticket] = (self._clock() + TICKET_SECONDS, subject)
        return ticket

    def redeem(self, ticket: str) -> str | None:
        """Return what the ticket was issued for, once; None if it is unknown, used or expired."""
        expires, subject = self._live.pop(ticket, (0.0, ""))
        return subject if expires > self._clock() else None

    def _forget_expired(self) -> None:
        now = self._clock()
        while self._live:
            oldest = next(iter(self._live))
            if self._live[oldest][0] > now and len(self._live) < MAX_TICKETS:
                return
            del self._live[oldest]


def _sha256() -> Callable[..., object]:
    import hashlib

    return hashlib.sha256


def _load_secret(path: Path) -> bytes:
    """Return the secret in a file, which is made whole or not at all.

    Raises:
        MugError: the file holds something else.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _make_secret(path)
    secret = path.read_bytes()
    if len(secret) != SECRET_BYTES:
        what = f"the secret that participants' tokens are signed with is damaged ({len(secret)} bytes)"
        raise MugError(what, str(path), "restore it from a backup, or delete it: everybody then starts anew")
    return secret


def _make_secret(path: Path) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(SECRET_BYTES))
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
