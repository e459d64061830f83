"""Tokens and tickets: nobody is anybody else, also after a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from mug.core.web.origins import origin_allowed
from mug.core.web.tokens import TICKET_SECONDS, Tickets, Tokens
from mug.errors import MugError


def test_tokens_survive_a_restart(tmp_path: Path) -> None:
    """The secret is made once, readable for its owner only, and kept."""
    file = tmp_path / "journal" / "secret.key"
    token = Tokens(file).issue("ann")
    assert Tokens(file).verify(token) == "ann"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in file.parent.iterdir()] == ["secret.key"]


@pytest.mark.parametrize("content", [b"", b"short", bytes(33)])
def test_a_damaged_secret_is_not_used(tmp_path: Path, content: bytes) -> None:
    """An empty or cut secret, which anybody could sign with, stops the start."""
    file = tmp_path / "secret.key"
    file.write_bytes(content)
    with pytest.raises(MugError, match="damaged"):
        Tokens(file)


def test_another_server_knows_nobody(tmp_path: Path) -> None:
    """A token of one secret is nothing to another."""
    token = Tokens(tmp_path / "a").issue("ann")
    assert Tokens(tmp_path / "b").verify(token) is None


def test_a_ticket_works_once_and_not_for_long() -> None:
    """Used and expired tickets are worth nothing."""
    now = [100.0]
    tickets = Tickets(lambda: now[0])
    first, second = tickets.issue("ann"), tickets.issue("bob")
    assert tickets.redeem(first) == "ann"
    assert tickets.redeem(first) is None
    now[0] += TICKET_SECONDS + 1
    assert tickets.redeem(second) is None
    assert tickets.redeem("made up") is None


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),
        ("https://study.example.org", True),
        ("https://STUDY.example.org", True),
        ("https://panel.example.org", True),
        ("https://elsewhere.example.org", False),
        ("https://study.example.org.elsewhere.example", False),
        ("null", False),
        ("http://[broken", False),
    ],
)
def test_origins(origin: str | None, allowed: bool) -> None:
    """Only the own origin and the listed ones may talk to an experiment."""
    assert origin_allowed(origin, "study.example.org", {"https://panel.example.org"}) == allowed
