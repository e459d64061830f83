"""The fakes, and studies that are recruited by them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from plugins.mug_prolific.tests.fake_mturk import FakeMTurk
from plugins.mug_prolific.tests.fake_prolific import TOKEN, FakeProlific


@pytest.fixture
async def service() -> AsyncIterator[FakeProlific]:
    """A Prolific."""
    fake = FakeProlific()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
async def turk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeMTurk]:
    """A Mechanical Turk, and the credentials for it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    fake = FakeMTurk()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    """The API token in the environment."""
    monkeypatch.setenv("PROLIFIC_TOKEN", TOKEN)
    return TOKEN


@pytest.fixture
def pause() -> Any:
    """Waiting between attempts, in no time."""

    async def at_once(seconds: float) -> None:
        return None

    return at_once
