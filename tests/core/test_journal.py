"""The journal as a server reads it when it starts, also when a disk has damaged it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from mug.core.journal import Journal
from mug.core.records.events import encode
from mug.core.records.store import FileStore
from mug.core.state import State
from mug.scenes.plan import Plan


def arrived(name: str) -> bytes:
    plan = Plan(1, (), {}).to_json()
    event = {"kind": "participant_arrived", "participant": name, "subject_id": f"s-{name}", "seed": 1}
    return encode(event | {"plan": plan, "wall": 1, "assignments": {}})


def observed(name: str, what: str) -> bytes:
    event = {"kind": "observed", "participant": name, "subject_id": f"s-{name}", "what": what}
    return encode(event | {"values": {}, "facts": {what: True}, "wall": 2})


def journal_of(folder: Path, *lines: bytes, identities: tuple[bytes, ...] = ()) -> tuple[Journal, State]:
    store = FileStore(folder, sync_interval=None)
    store.append("events", lines)
    store.append("identities", identities)
    state = State()
    nobody: Any = None
    return Journal(store, state, nobody, None), state


def test_what_a_disk_has_damaged_is_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A server starts with all that can be read, and says what it passed over."""
    journal, state = journal_of(
        tmp_path,
        arrived("ann"),
        arrived("bob").replace(b'"seed":1', b'"se\x00\x00:1'),
        observed("bob", "late"),
        observed("ann", "late"),
        b'{"kind":"observed"}',
        arrived("cat"),
        identities=(b"{damaged}", encode({"kind": "identity", "participant": "cat", "labels": {"id": "7"}})),
    )
    with caplog.at_level(logging.ERROR):
        assert journal.load() == 3
    assert list(state.participants) == ["ann", "cat"]
    assert state.participants["ann"].facts == {"late": True}
    assert state.participants["cat"].labels == {"id": "7"}
    assert len(caplog.records) == 4
    assert [event["participant"] for event in journal.observed("late")] == ["bob", "ann"]
