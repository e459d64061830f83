"""Games that the players' own browsers step together: what connects their pages, as the core sees it.

A runtime has every player's page step the environment. A `PeerTransport` says how the pages reach each other
and what keeps them in step; runtime and transport know each other only through what is described here.

In each page plays ``PeerTransport.game``, in the place of `mug.game.loop.Game`. Its opening has, besides,
``seat`` (the agent whose participant this page is), ``peers`` (what `PeerGame.offer` gave) and ``returned``
(whether that participant was away; ``returned(now)`` says so while the page stays). Its packets
are carried by the transport's half in the page, straight to the other pages where that is possible, and
otherwise through `PeerGame.packet`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from mug.components import AgentId, Transport

if TYPE_CHECKING:
    from mug.components import GameSetup
    from mug.errors import Problem
    from mug.game.spec import GameSpec

LONGEST_PACKET: Final = 16 * 1024
"""Bytes that one packet between two pages may have: what every browser carries in one message."""

Say = Callable[[AgentId, Mapping[str, Any]], None]
SendPacket = Callable[[AgentId, bytes], None]


class PeerGame(Protocol):
    """The server's half of the connections between the pages of one game. No call blocks."""

    def offer(self, agent_id: AgentId) -> Mapping[str, Any]:
        """Return what a page that begins to play needs to know to reach the others, as JSON values.

        Called once for each page that begins: one that begins later, after a reload, is another one, and the
        other pages are told of it.
        """

    def receive(self, agent_id: AgentId, message: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Take what the transport's half in this seat's page says, untrusted, and return the answer.

        None means that it could not be taken and has to be said again.
        """

    def packet(self, agent_id: AgentId, payload: bytes) -> None:
        """Take a packet that this seat's page wants passed on to others, untrusted."""

    def take_notes(self) -> Sequence[tuple[AgentId, Mapping[str, Any]]]:
        """Return what has become known of the connections since the last call, for the game's records.

        Each is about one seat; its JSON values have a ``kind``.
        """

    def gone(self, agent_id: AgentId) -> None:
        """The page in this seat is gone."""

    def close(self) -> None:
        """The game is over."""


class PeerProbe(Protocol):
    """The server's half of finding out how far the pages of a group would be from each other.

    Pages are known by their place in the group. No call blocks.
    """

    def offer(self, place: int) -> Mapping[str, Any]:
        """Return what a page needs to know to reach the others, as JSON values."""

    def receive(self, place: int, message: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Take what the transport's half in a page says, untrusted, and return the answer."""

    def measured(self) -> Mapping[tuple[int, int], float | None]:
        """Return what is known: for pairs, the lower place first, the round trip in milliseconds.

        None says that the pages do not reach each other but through the server.
        """


class PeerTransport(Transport):
    """Connects the pages of one game's players, and says what plays in them.

    Inputs and frames of a page do not travel through the server; what passes through the server all the same
    travels by the transport named in ``relays_by``.
    """

    #: What plays in each page; a class like `mug.game.loop.Game`, shipped to browsers with what it imports.
    game: ClassVar[Callable[..., Any]]
    #: What it may measure of steps, beside their records: see `mug.core.records.measurements`. Each name can
    #: also be one other page's, as ``<name>.<seat>``; a note that measures anything else is not stored.
    measures: ClassVar[frozenset[str]] = frozenset()
    relays_by: ClassVar[str] = "websocket"

    def configure(self, settings: Mapping[str, Any]) -> None:
        """Take the settings of ``ExperimentConfig.webrtc()``, by name; called once, before anything else."""

    def check(self, spec: GameSpec) -> Iterable[Problem]:
        """Yield everything that would keep this scene from being played peer to peer."""
        return ()

    def longest_rtt_ms(self, spec: GameSpec) -> float | None:
        """Return up to which round trip between pages this scene can be played by them, in milliseconds.

        Where the scene names a runtime that plays otherwise, a game is left to it if its pages are farther
        apart, or do not hear each other. The class in ``game`` says how far they are with the event
        ``links``: pairs of a peer and milliseconds, null for one that it does not hear. None: it says nothing
        of the kind, and games are never left for that.
        """
        return None

    def connect(self, setup: GameSetup, say: Say, send: SendPacket) -> PeerGame:
        """Create the server's half for one game.

        Args:
            setup: what is played, and by whom.
            say: says something to the transport's half in a seat's page; dropped when nobody is there.
            send: sends a packet to a seat's page; dropped when nobody is there.
        """
        raise NotImplementedError

    def probe(self, size: int, say: Callable[[int, Mapping[str, Any]], None]) -> PeerProbe:
        """Find out how far the pages of a group would be from each other.

        Args:
            size: how many pages there are.
            say: says something to the transport's half in a page; dropped when nobody is there.
        """
        raise NotImplementedError

    def health(self) -> Mapping[str, object]:
        """Return figures for the health page, by name."""
        return {}
