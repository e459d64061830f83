"""A game of several pages that another runtime may play in their place, where the scene names one.

That is decided by what was measured or has happened, never by guesses: a page says that it cannot play, the
pages do not reach each other well enough, or they cannot go on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import permutations
from typing import Any, Final

from mug.components import AgentId, GameLink, GameSetup
from mug.rendering import Asset
from mug_pyodide.following import FAREWELL_SECONDS, FollowedGame, Message
from mug_pyodide.links import FRESH_SECONDS, Links
from mug_pyodide.own_notes import OwnNotes
from mug_pyodide.page_text import one_line, paragraph
from mug_pyodide.seat_notes import columns_of

LADDER_SECONDS: Final = 3.0
"""How long pages that can play have to reach each other."""


class ReplaceableGame(FollowedGame):
    """The pages' connections, as the server sees them, and what follows from their state.

    Args: those of `FollowedGame`; ``setup.peers`` connects the pages.
    """

    def __init__(
        self,
        setup: GameSetup,
        link: GameLink,
        assets: tuple[Asset, ...],
        scene_pack: str,
        closed: Callable[[FollowedGame], None],
    ) -> None:
        assert setup.peers is not None, "check() refuses games of several people without it"
        super().__init__(setup, link, assets, scene_pack, closed)
        self._seats = [str(agent_id) for agent_id in setup.spec.humans if agent_id in setup.participants]
        self._peers = setup.peers.connect(setup, self._say_to_peers, link.frame)
        self._own_notes = OwnNotes(link)
        self._columns = columns_of(setup.peers.measures, self._seats)
        longest_ms = setup.peers.longest_rtt_ms(setup.spec)
        self._links = None if longest_ms is None else Links(self._seats, longest_ms, time.monotonic)
        self._ladder: asyncio.TimerHandle | None = None
        self._broken: tuple[float, float] | None = None
        """Since when pages have said that they do not hear each other, and when last."""
        self._why_replaced: str | None = None

    # ------------------------------------------------------------------------- for those who play

    def _peers_playing(self) -> Sequence[int]:
        """The numbers of the pages in which the game stands."""
        raise NotImplementedError

    def _announce(self) -> None:
        """Say that the game can be played, if it can."""
        raise NotImplementedError

    def _close_if_flushed(self) -> None:
        """End the game here if no page that plays it has anything more to send."""
        raise NotImplementedError

    # --------------------------------------------------------------------- whether pages reach each other

    def _reach_each_other(self) -> bool:
        """Whether the pages can play together; from the first time this is asked they have little time."""
        if self._links is None or self.setup.spec.fallback is None or self._progress.begun:
            return True
        if self._links.trouble(self._peers_playing()) is None:
            self._stop_climbing()
            return True
        if self._ladder is None:
            self._ladder = asyncio.get_running_loop().call_later(LADDER_SECONDS, self._climbed)
        return False

    def _climbed(self) -> None:
        self._ladder = None
        playing = self._peers_playing()
        trouble = self._links and self._links.trouble(playing)
        if trouble and len(playing) == len(self._seats):
            self._give_up(trouble, "")

    def _stop_climbing(self) -> None:
        if self._ladder is not None:
            self._ladder.cancel()
            self._ladder = None

    def _measured(self, peer: int, links: object) -> Message:
        """A page says how far the others are."""
        if self._links is None or self._said_over:
            return {}
        self._links.take(peer, links)
        if self._ladder is not None:
            self._announce()
        elif self._stood and not self._paused:
            self._look_for_breaks(self._links)
        return {}

    def _look_for_breaks(self, links: Links) -> None:
        """Pages that do not hear each other may yet, in a moment; or in longer, if nothing else can play."""
        broken = links.broken(self._peers_playing())
        if broken is None:
            self._broken = None
            return
        now, spec = time.monotonic(), self.setup.spec
        since, last = self._broken or (now, now)
        self._broken = (since if now - last <= FRESH_SECONDS else now, now)
        if now - self._broken[0] >= (spec.reconnect_window_s if spec.fallback is None else LADDER_SECONDS):
            self._cannot_go_on(broken)

    # -------------------------------------------------------------------------- how another runtime follows

    def _fail(self, reason: str, detail: str) -> Message:
        if self.setup.spec.fallback is None or self._said_over:
            return super()._fail(reason, detail)
        self._cannot_go_on(one_line(reason), paragraph(detail))
        return {}

    def _cannot_go_on(self, reason: str, detail: str = "") -> None:
        """Leave the game to another runtime, with all that pages have of it; without one it fails."""
        if self.setup.spec.fallback is None:
            self._failure = (reason, detail)
            self._close("failed", reason)
        elif not self._progress.begun:
            self._give_up(reason, detail)
        else:
            if self._stopped is None:
                self._log_detail(reason, detail)
                self._why_replaced, self._stopped = reason, "replaced"
                self._tell_state()
                self._wait(FAREWELL_SECONDS)
            self._close_if_flushed()

    def _close(self, reason: str, fault: str = "") -> None:
        if self._why_replaced is not None and self._progress.ended is None and not self._said_over:
            self._hand_over(self._why_replaced)
        else:
            super()._close(reason, fault)

    def _hand_over(self, reason: str) -> None:
        if self.setup.spec.fallback is not None:
            self._keep_own_notes()
            for note in self._last_ways(self.setup.spec.fallback, reason):
                self._own_notes.add(note)
            self._own_notes.store()
        super()._hand_over(reason)

    def _last_ways(self, fallback: str, reason: str) -> list[Mapping[str, Any]]:
        """What becomes of the way between each two pages, with what was measured of it."""
        found: list[Mapping[str, Any]] = []
        for (me, seat), (other, peer) in permutations(enumerate(self._seats), 2):
            rtt_ms = None if self._links is None else self._links.rtt_ms(me, other)
            way = {"kind": "connection", "seat": seat, "peer": peer, "way": fallback}
            found.append({**way, "rtt_ms": rtt_ms, "why": reason})
        return found

    # ------------------------------------------------------------------------------------------- besides

    def _say_to_peers(self, agent_id: AgentId, message: Mapping[str, Any]) -> None:
        self.link.send(agent_id, {"type": "peers", "message": dict(message)})

    def _keep_own_notes(self) -> None:
        """Store what the transport noticed, and what was noticed here."""
        for agent_id, note in self._peers.take_notes():
            self._own_notes.add({**note, "seat": agent_id})
        self._own_notes.store()

    def _ended(self) -> None:
        self._stop_climbing()
        self._keep_own_notes()
        self._peers.close()
        super()._ended()
