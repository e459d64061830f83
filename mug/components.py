"""The base classes that plugins extend, and the small values they exchange with the core.

Components (matchmakers, runtimes, transports, stores) never see the core's insides: what they need is passed
in, and what they produce goes back through the link or the return value described here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, runtime_checkable

import attrs

from mug.game_events import AssetsRegistered as AssetsRegistered
from mug.game_events import EpisodeEnded as EpisodeEnded
from mug.game_events import EpisodeStarted as EpisodeStarted
from mug.game_events import GameEvent as GameEvent
from mug.game_events import GameFailed as GameFailed
from mug.game_events import GameLoading as GameLoading
from mug.game_events import GameOver as GameOver
from mug.game_events import GameReady as GameReady
from mug.game_events import GameUnplayable as GameUnplayable
from mug.game_events import SeatTaken as SeatTaken

if TYPE_CHECKING:
    from pathlib import Path

    from mug.errors import Problem
    from mug.game.spec import GameSpec
    from mug.peers import PeerTransport

AgentId = str | int


# ---- matchmaking


@attrs.frozen
class Ticket:
    """One participant waiting in a lobby.

    ``joined_at`` is in seconds on the clock that is passed to the matchmaker as ``now``. ``facts``
    holds what is known about the participant: answers of earlier scenes by field name, outcomes of
    earlier games, and what plugins added. ``partners`` are the subject ids of everybody this
    participant has been grouped with before, most recent last.
    """

    subject_id: str
    joined_at: float
    facts: Mapping[str, object] = attrs.field(factory=dict)
    partners: tuple[str, ...] = ()


class Matchmaker:
    """Decides which waiting participants form a group. A pure function of the queue.

    The core owns sockets, clocks, timeouts and the seating itself; a matchmaker only proposes.
    """

    #: Facts that every ticket must carry; a script in which no earlier scene provides them is refused.
    needs: ClassVar[frozenset[str]] = frozenset()

    def propose(self, waiting: Sequence[Ticket], size: int, now: float) -> Iterable[Sequence[Ticket]]:
        """Yield groups of exactly ``size`` tickets out of ``waiting``, none of them twice.

        ``waiting`` is in order of arrival and must not be changed. It is called on every arrival
        and about once a second, so that rules may relax with the time somebody has waited.
        """
        raise NotImplementedError


# ---- store


class StoreError(Exception):
    """The store cannot take records now (a full disk, a lost database). Nothing was taken."""


class Store:
    """Where records go. Appending returns only after the records survive the end of this process."""

    def append(self, stream: str, lines: Sequence[bytes]) -> None:
        """Append records (one JSON object each, without line end) to a named stream, all or none.

        Stream names are ``events``, ``games/<game id>``, and ``identities``, which is no part of the data.

        Raises:
            StoreError: nothing was appended; the caller keeps the records and tries again.
        """
        raise NotImplementedError

    def read(self, stream: str) -> list[bytes]:
        """Return every whole record of a stream in order; an unknown stream is empty.

        It is also called in other threads, while records are appended.
        """
        raise NotImplementedError

    def close_stream(self, stream: str) -> None:
        """Say that no more records of this stream are expected."""

    def close(self) -> None:
        """Release everything."""


# ---- exporter


class Exporter:
    """Writes an experiment's data in another format."""

    def export(self, data_dir: Path, target: Path) -> Iterable[Path]:
        """Read the data folder of one experiment and yield each file written below ``target``.

        ``data_dir`` is not changed, and may belong to an experiment that is running.

        Raises:
            MugError: the folder holds no data of an experiment, or the data cannot be read.
        """
        raise NotImplementedError


# ---- runtime


@attrs.frozen
class PlayerInput:
    """What a participant did: a held action changed, an action was triggered, or the pointer acted.

    ``action`` is an index into the page's action table, None when a held key was released.
    ``x`` and ``y`` are surface pixels and only meaningful for ``pointer``.
    """

    kind: Literal["held", "event", "pointer"]
    seq: int
    action: int | None
    x: float = 0.0
    y: float = 0.0


class GameLink(Protocol):
    """What a runtime tells the core about one game."""

    def records(self, entries: Sequence[tuple[str, bytes]]) -> None:
        """Store records, each a (kind, JSON line) pair, before any frame that shows them is sent.

        Findings about a game may follow after its end.

        Raises:
            StoreError: nothing was taken; hold the frames and offer the same entries again.
        """

    def frame(self, agent_id: AgentId, payload: bytes) -> None:
        """Send one binary frame to whoever fills this seat; a stalled browser never blocks."""

    def send(self, agent_id: AgentId, message: Mapping[str, Any]) -> None:
        """Say something to the runtime's half in the page of whoever fills this seat.

        Values are JSON or bytes. It is dropped when nobody is there: the halves have to agree again anyway
        when a page opens or comes back.
        """

    def event(self, event: GameEvent) -> None:
        """Tell the core what happened."""

    def history(self) -> Sequence[bytes]:
        """Return every record of this game that is stored, in order."""


@attrs.frozen
class GameSetup:
    """Everything a runtime needs to play one game.

    ``seed`` determines every episode. ``participants`` maps human seats to subject ids, and
    ``policies`` the seats that a policy fills from the start in place of a human (a seat nobody came
    for). ``history`` holds the records of this game that are already stored, in order: a runtime
    rebuilds that state before it says ``GameReady``. ``peers`` connects the players' pages to each other
    where these step the environment together.
    """

    game_id: str
    scene_id: str
    spec: GameSpec
    seed: int
    participants: Mapping[AgentId, str]
    policies: Mapping[AgentId, object] = attrs.field(factory=dict)
    history: Sequence[bytes] = ()
    peers: PeerTransport | None = None


class GameHandle(Protocol):
    """What the core tells a runtime about one open game. No call blocks."""

    def start(self) -> None:
        """Begin play (after the countdown)."""

    def input(self, agent_id: AgentId, player_input: PlayerInput) -> None:
        """Pass on what the participant in this seat did."""

    def receive(self, agent_id: AgentId, message: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Take what the runtime's half in this seat's page says, untrusted, and return the answer.

        None means that it could not be taken and has to be said again. A page may also speak of a game that
        is over: it sends what it still had.

        Raises:
            StoreError: what it brought could not be stored.
        """

    def packet(self, agent_id: AgentId, payload: bytes) -> None:
        """Take what this seat's page sends to other pages through the server, untrusted."""

    def pause(self) -> None:
        """Stop the clock of this game."""

    def resume(self) -> None:
        """Let the clock go on; the time away is not caught up."""

    def keyframe(self, agent_id: AgentId) -> None:
        """Send this seat a full frame next (it joined late, reconnected, or missed frames)."""

    def player_left(self, agent_id: AgentId) -> None:
        """The participant in this seat lost the connection or left."""

    def player_returned(self, agent_id: AgentId) -> None:
        """The participant in this seat is back."""

    def take_over(self, agent_id: AgentId, policy: object) -> None:
        """Let a policy play this seat from now on."""

    def stop(self, reason: str) -> None:
        """End the game: close its episode in the records, then say ``GameOver(reason)``."""


@runtime_checkable
class HearingHandle(Protocol):
    """What a game's handle has besides when its environment can be told what players say to each other."""

    def hear(self, sender: str, text: str, to: Sequence[str]) -> None:
        """Let the environment know, before its next step; agents are named as in the data. Does not block.

        The environment has a method ``receive_message(sender, text, to)``. What it was told is recorded, and
        is told again at the same step when the game is rebuilt.
        """


class Runtime:
    """Where and how a game's environment is stepped."""

    name: ClassVar[str] = ""
    #: Whether its half in the browser sends messages, also about games that are over.
    listens: ClassVar[bool] = False

    def check(self, spec: GameSpec) -> Iterable[Problem]:
        """Yield everything that would keep this runtime from playing the scene."""
        return ()

    def prepare(self, specs: Mapping[str, GameSpec]) -> None:
        """Get ready to play these scenes (by scene id); called once, before the event loop starts."""

    def routes(self) -> Iterable[Route]:
        """Return the HTTP routes of the runtime, to be mounted below ``/-/<name of the runtime>/``."""
        return ()

    async def start(self) -> None:
        """Start up; called once inside the running event loop."""

    async def stop(self) -> None:
        """End every game without losing records and release everything."""

    def open(self, setup: GameSetup, link: GameLink) -> GameHandle:
        """Create a game; the runtime says ``GameReady`` or ``GameFailed`` on the link when it knows."""
        raise NotImplementedError

    def health(self) -> Mapping[str, object]:
        """Return figures for the health page, by name."""
        return {}


# ---- transport


class Connection(Protocol):
    """The control connection of one participant: typed events, in order, one live at a time."""

    @property
    def participant_id(self) -> str:
        """The participant at the other end."""

    def emit(self, event: str, data: Any) -> None:
        """Send an event; JSON values or bytes."""

    def backlog(self) -> int:
        """Return how many messages wait to be written."""


class Channel(Protocol):
    """Carries one participant's frames and inputs during a game."""

    def send(self, payload: bytes) -> bool:
        """Send a frame. False means that it was dropped because the browser does not keep up."""

    def close(self) -> None:
        """Stop carrying."""


class Transport:
    """How frames and inputs travel between participants and runtime."""

    name: ClassVar[str] = ""

    def open(
        self,
        connection: Connection,
        receive: Callable[[bytes], None],
        drained: Callable[[], None],
    ) -> Channel:
        """Carry frames for a participant.

        ``receive`` is called with each inbound binary message; ``drained`` when a channel that had
        refused a frame can take frames again, so that a full frame can be asked for.
        """
        raise NotImplementedError


# ---- answers of deciding hooks


@attrs.frozen
class Identity:
    """Who somebody is to a recruitment service.

    ``labels`` are stored apart from the data. ``person`` is the same whenever the same person comes, and
    ``entry`` whenever they come by the same invitation (a submission, an assignment): with them, nobody
    takes part twice. Whoever comes back goes on where they were: in the browser in which they began, or,
    when the request has ``proven`` who they are, in any.
    """

    labels: Mapping[str, str]
    subject_id: str | None = None
    person: str = ""
    entry: str = ""
    proven: bool = False


@attrs.frozen
class Refusal:
    """Turns somebody away with a text that they read, below a heading, and optionally a URL to go to."""

    text: str
    redirect: str | None = None
    heading: str = "You cannot take part right now"


@attrs.frozen
class Completion:
    """What a finished participant gets: a code to show, a URL to go to, a sentence to read."""

    code: str | None = None
    redirect: str | None = None
    text: str = ""


@attrs.frozen
class Route:
    """An HTTP route of a plugin, mounted below ``/-/<plugin>/``. The handler is a Quart view."""

    path: str
    handler: Callable[..., Awaitable[Any]]
    methods: tuple[str, ...] = ("GET",)


@attrs.frozen
class ClientModule:
    """A plugin's part of the page: an ES module with a default export, and files beside it.

    ``directory`` is served below ``/-/<name>/``; ``module`` is the file in it that the page imports, and
    ``data`` names what that fetches at once, below the same address: it then comes together with the page.
    """

    name: str
    directory: str
    module: str
    data: tuple[str, ...] = ()
