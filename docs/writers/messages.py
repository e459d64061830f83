"""The reference of messages, from `mug.core.protocol`."""

from __future__ import annotations

from typing import get_type_hints

import attrs

from docs.writers.docstrings import description, table
from mug.core import protocol, protocol_ts

INTRODUCTION = """\
# Messages

What a participant's page and the server say to each other, protocol version {version}. The page is
generated from `mug/core/protocol.py`, as `client/src/protocol.ts` is; types are written as in
TypeScript. Nobody needs this to write an experiment; it is for plugins that bring a part of the page,
and for the curious.

A page first asks `POST -/session` who it is. The answer carries a ticket, valid once and for a minute,
with which it opens the control connection: Socket.IO at `-/socket.io`, protocol version and ticket in
its `auth`. A second connection of the same participant ends the first. Events from the browser are
parsed here and nowhere else; what does not follow the protocol is dropped and logged. One that asks for
something is acknowledged with `true` once it is stored. Answers have at most {most} bytes, what the two
halves of a runtime say to each other at most {runtime}, those of a plugin {plugin}.

## Browser to server
"""
FRAMES = """\
## Inputs and frames

During a game a second connection carries nothing but binary messages: a WebSocket at the address that
`channel` names, whose first message is the channel's ticket. Where no WebSocket gets through, the same
bytes travel as the Socket.IO events `input` and `frame`. Numbers are little endian.

An **input** has {inputs} bytes, or {pointer} for the pointer:

| bytes | type | meaning |
| --- | --- | --- |
| 0 | u8 | 1: the held action changed, 2: an action was triggered, 3: the pointer acted |
| 1 to 4 | u32 | sequence number, counted by the page |
| 5 to 6 | u16 | index into the page's table of actions; 65535 for none |
| 7 to 10 | f32 | x in surface pixels, for the pointer only |
| 11 to 14 | f32 | y in surface pixels, for the pointer only |

The seat is known from the connection and never part of a message.

A **frame** begins with 16 bytes:

| bytes | type | meaning |
| --- | --- | --- |
| 0 | u8 | 1: what changed since the last frame, 2: the whole picture, 3: heartbeat without content |
| 1 | u8 | 1 when a line of text for above the picture is included |
| 2 to 3 | u16 | episode |
| 4 to 7 | u32 | frame |
| 8 to 11 | u32 | step |
| 12 to 15 | u32 | sequence number of the last input of this seat that took effect |

Then follows one MessagePack value, except in a heartbeat: `[set, removed]` or `[set, removed, text]`,
where `set` lists draw commands and `removed` the keys of those that are gone. `mug/rendering/packet.py`
describes them.
"""


def page() -> str:
    """Return the page."""
    introduction = INTRODUCTION.format(
        version=protocol.PROTOCOL,
        most=protocol.MAX_MESSAGE_BYTES,
        runtime=protocol.MAX_RUNTIME_BYTES,
        plugin=protocol.MAX_PLUGIN_BYTES,
    )
    parts = [introduction, *(_message(event, kind) for event, kind in protocol.INBOUND.items())]
    parts += ["## Server to browser\n"]
    parts += [_message(event, kind) for event, kind in protocol.OUTBOUND.items()]
    parts.append(FRAMES.format(inputs=protocol._INPUT.size, pointer=protocol._POINTER.size))
    return "\n".join(parts)


def _message(event: str, kind: type) -> str:
    hints = get_type_hints(kind, include_extras=True)
    rows = [(f"`{field.name}`", f"`{protocol_ts._type(hints[field.name])}`") for field in attrs.fields(kind)]
    return f"### {event}\n\n{description(kind)}\n\n{table(('field', 'type'), rows)}\n"
