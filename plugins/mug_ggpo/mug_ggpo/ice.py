"""Which STUN and TURN servers the pages of a game use, and with which credentials.

Without ``.webrtc()`` there are none: pages try the addresses of their own machines, and no host but the
experiment's is ever contacted. A secret that is shared with a TURN server stays here; pages get credentials
made from it that are good for a few hours (the scheme of coturn's ``use-auth-secret``).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

OPEN_RELAY_STUN: Final = ("stun:stun.relay.metered.ca:80",)
OPEN_RELAY_TURN: Final = (
    "turn:global.relay.metered.ca:80",
    "turn:global.relay.metered.ca:80?transport=tcp",
    "turn:global.relay.metered.ca:443",
    "turns:global.relay.metered.ca:443?transport=tcp",
)
"""What TURN_USERNAME and TURN_CREDENTIAL are for when nothing else is said: the Open Relay service."""
CREDENTIAL_SECONDS: Final = 4 * 3600
"""How long credentials made from a secret are good: longer than a game lasts, so that it can reconnect."""


@attrs.frozen
class IceSettings:
    """The settings of ``ExperimentConfig.webrtc()``; ``enabled`` says whether it was called."""

    enabled: bool = False
    ice_servers: Sequence[Mapping[str, Any]] | None = None
    turn_urls: Sequence[str] | None = None
    turn_secret: str | None = attrs.field(default=None, repr=False)
    turn_username: str | None = None
    turn_credential: str | None = attrs.field(default=None, repr=False)
    force_relay: bool = False

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> IceSettings:
        """Return the settings that have these names."""
        return cls(**{one.name: settings[one.name] for one in attrs.fields(cls)})

    def configuration(self, user: str, now: float) -> dict[str, Any]:
        """Return the ``RTCConfiguration`` of one page, as JSON values.

        Args:
            user: what TURN servers know the page by; nothing that leads to a person.
            now: seconds since 1970, for credentials that expire.
        """
        return {
            "iceServers": self._servers(user, now),
            "iceTransportPolicy": "relay" if self.force_relay else "all",
        }

    def _servers(self, user: str, now: float) -> list[dict[str, Any]]:
        if not self.enabled:
            return []
        if self.ice_servers is not None:
            return [dict(server) for server in self.ice_servers]
        if self.turn_secret and self.turn_urls:
            return [{"urls": list(self.turn_urls), **credentials(self.turn_secret, user, now)}]
        if not (self.turn_username and self.turn_credential):
            return [{"urls": list(OPEN_RELAY_STUN)}]
        known = {"username": self.turn_username, "credential": self.turn_credential}
        if self.turn_urls:
            return [{"urls": list(self.turn_urls), **known}]
        return [{"urls": list(OPEN_RELAY_STUN)}, {"urls": list(OPEN_RELAY_TURN), **known}]


def credentials(secret: str, user: str, now: float) -> dict[str, str]:
    """Return a user name that says until when it is good, and what proves that it was made from the secret.

    Args:
        secret: what this server and the TURN server share.
        user: the name behind the time.
        now: seconds since 1970.
    """
    username = f"{int(now) + CREDENTIAL_SECONDS}:{user}"
    proof = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return {"username": username, "credential": base64.b64encode(proof).decode()}
