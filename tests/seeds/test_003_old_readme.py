"""The old README: every snippet, as printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.seeds import documents


@pytest.mark.parametrize("key", ["003_webrtc", "003_dotenv", "003_force_relay"])
def test_remote_config_is_the_configuration(key: str, tmp_path: Path) -> None:
    """``RemoteConfig`` takes the same calls, and reads the credentials from the environment."""
    config = documents.config_of(key, tmp_path)
    assert config.problems() == []
    assert (config.setting("turn_username"), config.setting("turn_credential")) == tuple(
        documents.TURN.values()
    )
    assert config.setting("force_relay") is (key == "003_force_relay")
