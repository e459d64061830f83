"""Which STUN and TURN servers pages are told of."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import pytest
from mug_ggpo.ice import IceSettings, credentials

from mug.configurations.experiment_config import ExperimentConfig

URLS = ["turn:turn.example.org:3478", "turns:turn.example.org:443?transport=tcp"]


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TURN_USERNAME", "TURN_CREDENTIAL", "TURN_URLS", "TURN_SECRET"):
        monkeypatch.delenv(name, raising=False)


def told(config: ExperimentConfig) -> dict[str, Any]:
    """What a page is told, by the settings as the core passes them on."""
    return IceSettings.of(config.webrtc_settings()).configuration("somebody", 1_000_000)


def test_no_other_host_is_contacted_unless_the_script_says_so() -> None:
    """Without ``.webrtc()`` there is no server but the experiment's own, whatever the environment has."""
    assert told(ExperimentConfig()) == {"iceServers": [], "iceTransportPolicy": "all"}


def test_the_documented_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """User name and credential from the environment are for the Open Relay service."""
    monkeypatch.setenv("TURN_USERNAME", "user")
    monkeypatch.setenv("TURN_CREDENTIAL", "key")
    stun, turn = told(ExperimentConfig().webrtc())["iceServers"]
    assert stun == {"urls": ["stun:stun.relay.metered.ca:80"]}
    assert (turn["username"], turn["credential"]) == ("user", "key")
    assert {url.split(":")[0] for url in turn["urls"]} == {"turn", "turns"}


def test_without_credentials_there_is_no_turn_server() -> None:
    """``.webrtc()`` alone lets pages find out their own addresses, and no more."""
    assert told(ExperimentConfig().webrtc())["iceServers"] == [{"urls": ["stun:stun.relay.metered.ca:80"]}]


def test_an_explicit_list_is_used_as_it_is() -> None:
    """And nothing else, whatever else is given."""
    servers = [{"urls": ["stun:a.org"]}, {"urls": ["turn:b.org"], "username": "u", "credential": "c"}]
    config = ExperimentConfig().webrtc(ice_servers=servers, turn_urls=URLS, turn_secret="s")
    assert told(config)["iceServers"] == servers
    assert told(ExperimentConfig().webrtc(ice_servers=[]))["iceServers"] == []


def test_a_server_of_ones_own_is_opened_by_secret_or_user() -> None:
    """Then no other service is contacted."""
    (by_secret,) = told(ExperimentConfig().webrtc(turn_urls=URLS, turn_secret="s"))["iceServers"]
    assert by_secret == {"urls": URLS, **credentials("s", "somebody", 1_000_000)}
    config = ExperimentConfig().webrtc(turn_urls=URLS, turn_username="u", turn_credential="c")
    assert told(config)["iceServers"] == [{"urls": URLS, "username": "u", "credential": "c"}]


def test_relaying_everything_is_the_pages_policy() -> None:
    """``force_relay`` leaves pages no other candidates."""
    config = ExperimentConfig().webrtc(turn_urls=URLS, turn_secret="s", force_relay=True)
    assert told(config)["iceTransportPolicy"] == "relay"


def test_credentials_prove_themselves_and_expire() -> None:
    """The user name begins with the last second in which it is good; the rest is its HMAC-SHA1."""
    made = credentials("north", "somebody", 1_700_000_000.9)
    assert made["username"] == "1700014400:somebody"
    proof = hmac.new(b"north", made["username"].encode(), hashlib.sha1).digest()
    assert base64.b64decode(made["credential"]) == proof
    assert credentials("south", "somebody", 1_700_000_000.9)["credential"] != made["credential"]


def test_secrets_do_not_show_in_logs() -> None:
    """Whoever prints the settings sees no secret."""
    shown = repr(IceSettings(enabled=True, turn_secret="hidden one", turn_credential="hidden two"))
    assert "hidden" not in shown
