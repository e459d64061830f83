"""Every message between server and browser. Whatever comes in is untrusted until parsed here.

``client/src/protocol.ts`` is generated from this module by ``python -m mug.core.protocol_ts``.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

import attrs
import msgspec

from mug.components import PlayerInput
from mug.peers import LONGEST_PACKET

T = TypeVar("T")
PROTOCOL: Final = 1
MAX_MESSAGE_BYTES: Final = 64 * 1024
"""The largest answers that a browser may send."""
MAX_RUNTIME_BYTES: Final = 1024 * 1024
"""The largest message that a runtime's half in the browser may send."""
MAX_PLUGIN_BYTES: Final = 16 * 1024
"""The largest message that a plugin's part of the page may send."""
MAX_PACKET_BYTES: Final = LONGEST_PACKET + 8
"""The largest binary message a browser may send during a game: an input, or a packet for other pages."""

Text = Annotated[str, msgspec.Meta(max_length=200)]
Counter = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class MalformedMessage(Exception):  # noqa: N818 - names the message, not a failure of ours
    """A message that does not follow the protocol; the text says how, for the log."""


# ---------------------------------------------------------------------------- browser -> server


@attrs.frozen
class Hello:
    """The ``auth`` object of the Socket.IO connection. ``ticket`` comes from ``POST -/session``."""

    ticket: Text
    protocol: int


@attrs.frozen
class Advance:
    """Leave the scene of this visit with these answers."""

    visit: Counter
    answers: dict[str, Any] = attrs.field(factory=dict)


@attrs.frozen
class Draft:
    """What has been typed so far in the scene of this visit."""

    visit: Counter
    answers: dict[str, Any] = attrs.field(factory=dict)


@attrs.frozen
class Leave:
    """Leave the waiting room of this visit."""

    visit: Counter


@attrs.frozen
class Settled:
    """The page shows the ending of this visit, and the server has everything that it produced before."""

    visit: Counter


@attrs.frozen
class Ready:
    """Answer to ``ready_check``."""

    game: Text


@attrs.frozen
class Visibility:
    """The page was hidden or shown."""

    visible: bool


# ---------------------------------------------------------------------------------- both ways


@attrs.frozen
class RuntimeMessage:
    """What the two halves of a runtime say to each other about one game.

    The server answers what the browser sends with an object of the runtime's, or with null when it
    could not be taken now and has to be sent again. Values may be binary.
    """

    game: Text
    message: dict[str, Any]


@attrs.frozen
class PluginMessage:
    """What the two halves of a plugin say to each other, whatever the page shows.

    The server answers what the browser sends with an object of the plugin's, or with null when it was not
    taken.
    """

    plugin: Text
    message: dict[str, Any]


# ---------------------------------------------------------------------------- server -> browser


@attrs.frozen
class SceneView:
    """Show a scene. ``progress`` is (scenes done, scenes in all) or None when unknown."""

    visit: int
    scene_id: str
    kind: str
    page: dict[str, Any]
    answers: dict[str, Any]
    progress: tuple[int, int] | None


@attrs.frozen
class LobbyView:
    """The state of the waiting room. ``remaining`` is in seconds, None without a limit."""

    visit: int
    waiting: int | None
    needed: int
    position: int | None
    remaining: float | None
    can_leave: bool
    text: str


@attrs.frozen
class ReadyCheck:
    """A group was found; ``mode`` ``automatic`` asks a visible page to answer by itself."""

    game: str
    seconds: float
    mode: str


@attrs.frozen
class GameView:
    """The state of the participant's game.

    ``state`` is one of ``loading countdown playing between paused over failed``. ``seconds`` is how
    long the state lasts, None when that is unknown. ``page`` describes the game and comes with the first
    view of each connection; it comes again, with further ``assets``, when the environment registers some.
    """

    game: str
    state: str
    text: str
    seconds: float | None
    episode: int
    episodes: int
    seat: str
    page: dict[str, Any] | None


@attrs.frozen
class ChannelOffer:
    """Where the raw frame channel is, and the single-use ticket to send as its first message."""

    url: str
    ticket: str


@attrs.frozen
class Notice:
    """A sentence for the participant; ``level`` is ``info``, ``warning`` or ``error``."""

    level: str
    text: str


@attrs.frozen
class Refused:
    """The scene was not left; ``errors`` maps fields ("" for the whole page) to sentences."""

    visit: int
    errors: dict[str, str]


@attrs.frozen
class Superseded:
    """Another tab took over."""

    text: str


@attrs.frozen
class Redirect:
    """Go to this address."""

    url: str


INBOUND: Final[Mapping[str, type]] = {
    "advance": Advance,
    "draft": Draft,
    "leave": Leave,
    "settled": Settled,
    "ready": Ready,
    "visibility": Visibility,
    "runtime": RuntimeMessage,
    "plugin": PluginMessage,
}
OUTBOUND: Final[Mapping[str, type]] = {
    "scene": SceneView,
    "lobby": LobbyView,
    "ready_check": ReadyCheck,
    "game": GameView,
    "channel": ChannelOffer,
    "runtime": RuntimeMessage,
    "plugin": PluginMessage,
    "notice": Notice,
    "refused": Refused,
    "superseded": Superseded,
    "redirect": Redirect,
}


def parse(event: str, data: object) -> Any:
    """Turn an inbound event into its message.

    Raises:
        MalformedMessage: unknown event, wrong types, missing fields.
    """
    kind = INBOUND.get(event)
    if kind is None:
        raise MalformedMessage(f"unknown event {event[:40]!r}")
    return convert(data, kind)


def convert(data: object, kind: type[T]) -> T:
    """Turn untrusted plain data into a message of this kind, or raise MalformedMessage."""
    try:
        return msgspec.convert(data, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise MalformedMessage(f"{kind.__name__}: {error}") from None


# ------------------------------------------------------------------------------------ game inputs

_INPUT = struct.Struct("<BIH")
_POINTER = struct.Struct("<BIHff")
_KINDS: Final = {1: "held", 2: "event", 3: "pointer"}
NO_ACTION: Final = 0xFFFF


def parse_input(data: bytes) -> PlayerInput:
    """Turn a binary input message into a ``PlayerInput``.

    Layout, little endian: kind (u8: 1 held, 2 event, 3 pointer), sequence number (u32), action index
    (u16, 0xFFFF for none), and for the pointer x and y (f32, surface pixels).

    Raises:
        MalformedMessage: wrong length, unknown kind, or coordinates that are not finite.
    """
    size = len(data)
    if size == _INPUT.size and data[0] in (1, 2):
        kind, seq, action = _INPUT.unpack(data)
        return PlayerInput(_KINDS[kind], seq, None if action == NO_ACTION else action)  # type: ignore[arg-type]
    if size == _POINTER.size and data[0] == 3:
        _, seq, action, x, y = _POINTER.unpack(data)
        if abs(x) < 1e6 and abs(y) < 1e6:
            return PlayerInput("pointer", seq, action, x, y)
    raise MalformedMessage(f"an input of {size} bytes")
