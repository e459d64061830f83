"""The human seats of a game: who fills each, and the page they sit at."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence

import attrs

from mug.components import AgentId, Channel, GameHandle
from mug.core.protocol import MalformedMessage, parse_input
from mug.core.records.events import MalformedRecord, decode
from mug.core.state import GameFacts
from mug.core.web.sockets import SocketConnection
from mug.facts import Player
from mug.game.spec import GameSpec
from mug.rendering import Asset

log = logging.getLogger(__name__)


@attrs.define(eq=False)
class Seat:
    """A human seat and who fills it. ``assets`` are what the environment registered for its pictures.

    ``hidden`` is whether the player's page is there, and not to be seen. A seat that is ``taken_over`` is
    free again when its player comes back; where it is not, they have no part in the game any more. ``left``
    is whether the game ended because its player did not come back.
    """

    agent_id: AgentId
    participant_id: str
    subject_id: str
    connection: SocketConnection | None = None
    channel: Channel | None = None
    absence: asyncio.TimerHandle | None = None
    taken_over: bool = False
    hidden: bool = False
    left: bool = False
    malformed: int = 0
    assets: tuple[Asset, ...] = ()

    def receive(self, payload: bytes, handle: GameHandle, *, packets: bool) -> None:
        """Pass on what the player's page sends: packets for other pages, or inputs."""
        connection = self.connection
        if connection is None:
            return
        if packets:
            if connection.packets.take():
                handle.packet(self.agent_id, payload)
            return
        try:
            if connection.inputs.take():
                handle.input(self.agent_id, parse_input(payload))
        except MalformedMessage as error:
            self.malformed += 1
            if self.malformed == 1:
                log.warning(
                    "participant %s, seat %s: malformed input: %s", self.subject_id, self.agent_id, error
                )

    @property
    def player(self) -> Player:
        """The seat as hooks see it."""
        return Player(str(self.agent_id), self.subject_id)

    def close_channel(self) -> None:
        """No more frames go to this seat until there is another channel."""
        if self.channel is not None:
            self.channel.close()
            self.channel = None

    def await_return(self, seconds: float, too_long: Callable[[Seat], None]) -> None:
        """Wait so long for the player of this seat."""
        self.cancel_absence()
        self.absence = asyncio.get_running_loop().call_later(seconds, self._stop_waiting, too_long)

    def _stop_waiting(self, too_long: Callable[[Seat], None]) -> None:
        self.absence = None
        too_long(self)

    def cancel_absence(self) -> None:
        """Nobody is waited for in this seat any more."""
        if self.absence is not None:
            self.absence.cancel()
            self.absence = None


def seats_of(facts: GameFacts, spec: GameSpec) -> dict[AgentId, Seat]:
    """Return the seats of a game that participants fill."""
    by_name = {str(agent_id): agent_id for agent_id in spec.agent_ids}
    return {
        by_name[name]: Seat(by_name[name], seat["participant"], seat["subject_id"], left=name in facts.left)
        for name, seat in facts.seats.items()
        if "participant" in seat
    }


def end_waiting(seats: Iterable[Seat], reason: str) -> None:
    """A game ends for this reason: nobody is waited for any more, and some were waited for in vain."""
    for seat in seats:
        seat.left = reason == "player_left" and seat.connection is None and seat.absence is None
        seat.cancel_absence()


def who_left(seats: Iterable[Seat]) -> dict[str, list[str]]:
    """Return what the record of a game's end says of those because of whom it ended."""
    left = [str(seat.agent_id) for seat in seats if seat.left]
    return {"left": left} if left else {}


def everybody_here(seats: Iterable[Seat]) -> bool:
    """Return whether nobody is missed: a policy plays for those who are gone."""
    return all(seat.connection is not None or seat.taken_over for seat in seats)


def anybody_here(seats: Iterable[Seat]) -> bool:
    """Return whether there is a player at all."""
    return any(seat.connection is not None and not seat.taken_over for seat in seats)


def anybody_awaited(seats: Iterable[Seat]) -> bool:
    """Return whether somebody is away who may still come back in time."""
    return any(seat.absence is not None for seat in seats)


def taken_over_in(history: Sequence[bytes], seats: Iterable[Seat]) -> list[Seat]:
    """Return the empty seats that a policy plays where a game's records end."""
    found: set[str] = set()
    for line in history:
        if b'"takeover"' not in line and b'"player_returned"' not in line:
            continue
        try:
            record = decode(line)
        except MalformedRecord:
            continue
        if record.get("kind") == "takeover":
            found.add(str(record.get("agent")))
        elif record.get("kind") == "player_returned":
            found.discard(str(record.get("agent")))
    return [seat for seat in seats if seat.connection is None and str(seat.agent_id) in found]
