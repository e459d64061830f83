"""What the players of one game see: deltas of the picture, one encoding per view, a frame per seat."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from mug.game.inputs import SeatInput
from mug.game.output import Output
from mug.game.spec import AgentId
from mug.game.venue import FrameEncoder, Place
from mug.rendering import Asset
from mug.rendering.packet import Delta, RenderPacket

DELTA: Final = 1
FULL: Final = 2
HEARTBEAT: Final = 3
HEARTBEAT_SECONDS: Final = 1.0

Send = Callable[[AgentId, Any], None]
Announce = Callable[[Sequence[AgentId], Sequence[Asset]], None]
_NOTHING: Final[Delta] = [[], []]


class View:
    """One picture, and the seats that see it.

    Args:
        seats: the seats of participants who see this picture.
        inputs: every seat's inputs, which know what took effect last.
        frames: writes what is sent.
        send: takes each finished frame.
        announce: takes the images that the picture is drawn with, before the first frame that has them.
    """

    def __init__(
        self,
        seats: Sequence[AgentId],
        inputs: Mapping[AgentId, SeatInput],
        frames: FrameEncoder,
        send: Send,
        announce: Announce,
    ) -> None:
        self.seats = tuple(seats)
        self._inputs = inputs
        self._frames = frames
        self._send = send
        self._announce = announce
        self._assets: tuple[Asset, ...] = ()
        self._packet: RenderPacket | None = None
        self._hud: str | None = None
        self._place = (0, 0, 0)
        self._shown = False
        self._wanting = set(seats)
        self._silent_since = 0.0

    def show(
        self,
        packet: RenderPacket | None,
        hud: str | None,
        place: Place,
        now: float,
    ) -> None:
        """Send what changed since the last time, and everything to those who need it.

        Args:
            packet: the picture, None when the environment drew none.
            hud: the line of text above it.
            place: episode, frame and step.
            now: the time.
        """
        before, text_before = self._packet, self._hud
        if packet is None:
            packet = before
        elif packet.assets is not self._assets:
            self._note_assets(packet.assets)
        self._packet, self._hud, self._place, self._shown = packet, hud, place, True
        wanting = self._wanting
        if len(wanting) < len(self.seats):
            delta = None if packet is None else packet.delta(before)
            news = hud != text_before
            if delta is not None or news:
                body = self._frames.body(delta or _NOTHING, hud or "" if news else None)
                self._send_all(DELTA, body, now, has_hud=news)
            elif now - self._silent_since >= HEARTBEAT_SECONDS:
                self._send_all(HEARTBEAT, None, now)
        if wanting:
            self._send_full(now)

    def beat(self, now: float) -> None:
        """Say that the game is there, when nothing was sent for a while; and send overdue full frames."""
        if self._shown and self._wanting:
            self._send_full(now)
        elif now - self._silent_since >= HEARTBEAT_SECONDS:
            self._send_all(HEARTBEAT, None, now)

    def want_full(self, seat: AgentId) -> None:
        """This seat needs a full frame next: it joined, reconnected or missed frames."""
        if seat in self.seats:
            self._wanting.add(seat)

    def start_afresh(self) -> None:
        """A new episode begins: nobody should see the old picture move into the new one."""
        self._wanting.update(self.seats)

    def _note_assets(self, assets: tuple[Asset, ...]) -> None:
        if assets != self._assets:
            self._announce(self.seats, assets)
        self._assets = assets

    def _send_full(self, now: float) -> None:
        delta = _NOTHING if self._packet is None else self._packet.delta(None) or _NOTHING
        body = self._frames.body(delta, self._hud)
        for seat in self._wanting:
            self._send_one(seat, FULL, body, has_hud=self._hud is not None)
        if len(self._wanting) == len(self.seats):
            self._silent_since = now
        self._wanting.clear()

    def _send_all(self, kind: int, body: Any, now: float, *, has_hud: bool = False) -> None:
        self._silent_since = now
        for seat in self.seats:
            if seat not in self._wanting:
                self._send_one(seat, kind, body, has_hud=has_hud)

    def _send_one(self, seat: AgentId, kind: int, body: Any, *, has_hud: bool) -> None:
        ack = self._inputs[seat].ack
        self._send(seat, self._frames.frame(kind, self._place, ack, body, has_hud=has_hud))


def make_views(
    per_player: bool,
    seats: Sequence[AgentId],
    inputs: Mapping[AgentId, SeatInput],
    frames: FrameEncoder,
    output: Output,
) -> list[tuple[AgentId | None, View]]:
    """Return who looks, and their view: one view of each seat's own, or one for all together."""
    if per_player:
        return [(seat, View((seat,), inputs, frames, output.frame, output.assets)) for seat in seats]
    return [(None, View(seats, inputs, frames, output.frame, output.assets))] if seats else []
