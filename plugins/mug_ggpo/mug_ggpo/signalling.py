"""What pages say to each other to connect, as the server passes it on: typed, small, and addressed.

Pages are addressed by peer number. A message names the incarnation of its sender's page and of the page that
it is for, so that what was meant for a page that has been reloaded since reaches nobody. Of a pair, the lower
number makes the offers; each connection that it tries has a number of its own, the attempt.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import msgspec

MOST_PEERS: Final = 8
Peer = Annotated[int, msgspec.Meta(ge=0, lt=MOST_PEERS)]
Count = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
# Browsers write session descriptions and candidates in ASCII.
Description = Annotated[str, msgspec.Meta(max_length=16_384, pattern=r"\A[\t\r\n\x20-\x7e]*\Z")]
Line = Annotated[str, msgspec.Meta(max_length=1024, pattern=r"\A[\x20-\x7e]*\Z")]
Milliseconds = Annotated[float, msgspec.Meta(ge=0, le=600_000)]
Way = Literal["direct", "turn", "relay"]


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    pass


class _Signal(_Message, frozen=True, kw_only=True):
    """Something for another page, about one attempt to connect to it."""

    to: Peer
    mine: Count
    theirs: Count
    attempt: Count

    def passed_on(self, sender: int) -> dict[str, Any]:
        """Return it as the other page gets it."""
        about: dict[str, Any] = msgspec.to_builtins(self)
        for name in ("to", "mine", "theirs"):
            del about[name]
        return {**about, "from": sender, "incarnation": self.mine}


class Offer(_Signal, frozen=True, tag="offer", kw_only=True):
    """Begins an attempt, or lets the same one look for another way."""

    sdp: Description


class Answer(_Signal, frozen=True, tag="answer", kw_only=True):
    """Takes an offer up."""

    sdp: Description


class IceCandidate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An address to try, as ``RTCIceCandidate.toJSON()`` has it."""

    candidate: Line
    sdpMid: Line | None = None  # noqa: N815 - as browsers spell it
    sdpMLineIndex: Count | None = None  # noqa: N815
    usernameFragment: Line | None = None  # noqa: N815


class Candidate(_Signal, frozen=True, tag="candidate", kw_only=True):
    """An address that the sender can perhaps be reached at."""

    candidate: IceCandidate


class Restart(_Signal, frozen=True, tag="restart", kw_only=True):
    """Asks the lower number for another offer: the connection is lost."""


class Here(_Message, frozen=True, tag="here", kw_only=True):
    """The sender's page is ready to connect: for the first time, or because its connection to us was lost."""

    mine: Count


class TakenWay(_Message, frozen=True, tag="way", kw_only=True):
    """By which way the sender's packets reach a peer now, and how long there and back takes."""

    peer: Peer
    way: Way
    rtt: Milliseconds | None = None


class Refused(_Message, frozen=True, tag="refused", kw_only=True):
    """A STUN or TURN server answered the sender's browser with an error, such as 401."""

    url: Line
    code: Annotated[int, msgspec.Meta(ge=300, lt=700)]
    text: Line


Signal = Offer | Answer | Candidate | Restart


def parse(message: Mapping[str, Any]) -> Signal | Here | TakenWay | Refused | None:
    """Return what a page says, None when it is nothing that a page of ours would say."""
    try:
        return msgspec.convert(message, type=Offer | Answer | Candidate | Restart | Here | TakenWay | Refused)
    except (msgspec.ValidationError, RecursionError):
        return None


def may_say(signal: Signal, sender: int) -> bool:
    """Whether it is for this page to say so: of a pair, the lower number offers and the higher answers."""
    match signal:
        case Offer():
            return sender < signal.to
        case Answer() | Restart():
            return sender > signal.to
    return sender != signal.to
