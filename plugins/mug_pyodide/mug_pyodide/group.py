"""One game that several participants' browsers step together, seen from the server.

The pages keep each other in step; what has become certain of the game they all record alike. The first copy
of each record is kept, further ones are compared with it. A page that is opened again begins with the state
of one that plays, or, where none does, with the records, as all do then.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from mug.components import AgentId, GameLink, GameLoading, GameReady, GameSetup, SeatTaken
from mug.game.policies import reference
from mug.rendering import Asset
from mug_pyodide.accusations import Accusations
from mug_pyodide.copies import Copies
from mug_pyodide.following import FollowedGame, Message, log
from mug_pyodide.intake import Unacceptable, unpacked
from mug_pyodide.replaceable import ReplaceableGame
from mug_pyodide.seat_notes import note_of
from mug_pyodide.seat_page import SeatPage, taken_in

LOADING_SECONDS: Final = 120.0
"""How long a page that is there may take until it can play."""
CHECKPOINT_SECONDS: Final = 0.8
"""After how long a page is asked again for its state."""
MOST_CHECKPOINTS: Final = 4
"""How often, until nobody can go on and all begin again."""
MOST_DIVERGENCES: Final = 3
"""How often one page may differ from the others before nobody can say what the game is."""


class GroupGame(ReplaceableGame):
    """Implements ``mug.components.GameHandle`` for several, whose pages ``setup.peers`` connects."""

    def __init__(
        self,
        setup: GameSetup,
        link: GameLink,
        assets: tuple[Asset, ...],
        scene_pack: str,
        closed: Callable[[FollowedGame], None],
    ) -> None:
        super().__init__(setup, link, assets, scene_pack, closed)
        seats = [agent_id for agent_id in setup.spec.humans if agent_id in setup.participants]
        self._pages = {seat: SeatPage(peer, seat, not setup.history) for peer, seat in enumerate(seats)}
        self._copies = Copies(link.history, self._progress.count)
        self._accusations = Accusations()
        self._common: int | None = None
        """The record before which all begin again, where no page has gone on."""
        self._began_anew = self._announced = False
        self._resumed = 0
        taken = taken_in(setup.history)
        for page in self._pages.values():
            page.taken = taken.get(page.seat)
            self._await(page)
        if self._said_over:
            self._peers.close()

    # ------------------------------------------------------------------- mug.components.GameHandle

    def packet(self, agent_id: AgentId, payload: bytes) -> None:
        """Let the transport pass a packet on to other pages."""
        if not self._said_over:
            self._peers.packet(agent_id, payload)

    def player_left(self, agent_id: AgentId) -> None:
        """A page is gone; the others hear of it."""
        page = self._pages[agent_id]
        page.leave()
        page.missed = page.missed or self._progress.begun
        self._announced = False
        self._peers.gone(agent_id)
        if self._said_over:
            return
        self._tell_state()
        self._announce()
        self._close_if_flushed()

    def player_returned(self, agent_id: AgentId) -> None:
        """A page is back; it will say hello."""
        page = self._pages[agent_id]
        page.connected = True
        self._await(page)

    def take_over(self, agent_id: AgentId, policy: object) -> None:
        """Let all pages have a policy play this seat, for good."""
        page = self._pages[agent_id]
        if page.taken is None and not self._said_over:
            page.taken = reference(self.setup.spec, policy)
            page.stop_waiting()
            self._tell_state()
            self._announce()

    def receive(self, agent_id: AgentId, message: Message) -> Message | None:
        """Take what a page says; None for what nobody understands, or what has to be said again.

        Raises:
            StoreError: records could not be stored.
        """
        page = self._pages[agent_id]
        if self.replaced and message.get("type") not in ("hello", "notes"):
            return {"stale": True}
        match message.get("type"), message:
            case "hello", {"live": False}:
                answer: Message | None = self._hello(page, live=False)
            case _, {"generation": int(generation)}:
                current = self._is_current(page, generation)
                answer = self._heard(page, message) if current else {"stale": True}
            case _:
                return None
        self._keep_own_notes()
        return answer

    # ---------------------------------------------------------------------------------- pages come and go

    def _is_current(self, page: SeatPage, generation: int) -> bool:
        if page.generation is None:
            # After a start of the server pages go on by themselves, unless others have begun again.
            if self._began_anew and not self._said_over:
                return False
            page.generation = generation
            page.begins = True
        return generation == page.generation

    def _heard(self, page: SeatPage, message: Message) -> Message | None:
        match message["type"], message:
            case "hello", {"live": True}:
                return self._hello(page, live=True)
            case "begin", _:
                return self._begin(page)
            case "history", {"from": int(first)}:
                return self._part_of_history(first, page.until) if page.allowance.read() else None
            case "records", {"first": int(first), "data": data}:
                return self._records(page, first, data)
            case "notes", {"first": int(first), "data": data}:
                return self._notes(page, first, data)
            case "ready", {"resumed": int(resumed)}:
                return self._say_ready(page, resumed)
            case "checkpoint", {"data": bytes(data), "records": int(records)}:
                return self._give_checkpoint(page, data, records)
            case "peers", {"message": dict(said)}:
                return {} if self._said_over else self._peers.receive(page.agent_id, said)
            case "links", {"links": links}:
                return self._measured(page.peer, links)
            case "desync", {"peer": int(accused)}:
                return self._accuse(page, accused)
            case "stopped", _:
                page.flushed = True
                self._close_if_flushed()
                return {}
            case "failed", {"reason": str(reason), "detail": str(detail)}:
                page.flushed = True
                return self._fail(f"seat {page.seat}: {reason}", detail)
            case "unplayable", {"reason": str(reason), "detail": str(detail)}:
                give_up = self._fail if self._progress.begun else self._give_up
                return give_up(f"seat {page.seat}: {reason}", detail)
        return None

    def _hello(self, page: SeatPage, *, live: bool) -> Message:
        """A page is there: one that plays the game already, or another that begins to."""
        page.present = page.connected = True
        self._show_assets(page.agent_id)
        over = self._said_over or page.taken is not None
        if not live:
            page.forget()
            self._announced = False
            if not over:
                self._load(page)
        self._tell_state(besides=page)
        return {
            "over": over,
            "open": {**self._opening(), "seat": page.agent_id, "peer": page.peer},
            "generation": page.generation,
            "snapshots": False,
            "keeps": not over and self._common is None and not self._playing(page),
            "next": self._progress.count,
            "notes": self._progress.notes.get(page.seat, 0),
            "returned": page.missed,
            "wall": time.time_ns() // 1_000_000,
            "peers": None if live or over else dict(self._peers.offer(page.agent_id)),
            **self._state(),
        }

    def _load(self, page: SeatPage) -> None:
        """A page begins to load the game; all wait for it, and for others if episodes begin again."""
        self._await(page)
        if self._stood:
            self.link.event(GameLoading())
        if self.setup.spec.on_reload == "restart_episode" and self._progress.open:
            pages = self._pages.values()
            self._break_off(*(other for other in pages if other.begins and other.taken is None))

    def _await(self, page: SeatPage) -> None:
        if page.connected and not page.ready and page.taken is None and not self._said_over:
            page.wait(LOADING_SECONDS, self._takes_too_long)

    def _takes_too_long(self, page: SeatPage) -> None:
        """Nobody is to wait for ever for a page that does not come to be ready."""
        reason = f"seat {page.seat}: the page was not ready to play within {LOADING_SECONDS:g} seconds"
        spec = self.setup.spec
        if not self._progress.begun:
            self._give_up(reason, "")
        elif spec.on_leave == "takeover" and self._playing(page):
            self._own_notes.add({"kind": "not_ready", "seat": page.seat, "why": reason})
            self.take_over(page.agent_id, spec.takeover_policy)
            self.link.event(SeatTaken(page.agent_id))
        else:
            self._cannot_go_on(reason)

    def _say_ready(self, page: SeatPage, resumed: int) -> Message:
        if not page.begins:
            return {"stale": True}
        if not page.ready and not self._said_over:
            page.ready, page.checkpoint, page.missed = True, None, False
            page.stop_waiting()
            self._resumed = max(0, resumed)
            self._tell_state()
            self._announce()
        return {}

    def _announce(self) -> None:
        """Say that the game can be played once it stands in all pages that are waited for."""
        spec, pages = self.setup.spec, self._pages.values()
        waits_for_all = spec.on_disconnect == "pause" or not self._stood
        awaited = [page for page in pages if page.taken is None and (waits_for_all or page.connected)]
        if self._announced or not awaited or not all(page.plays for page in awaited):
            return
        if self._stood or self._reach_each_other():
            self._announced = self._stood = True
            self._common = None
            self.link.event(GameReady(self._resumed))

    def _peers_playing(self) -> Sequence[int]:
        return [page.peer for page in self._playing()]

    def _playing(self, besides: SeatPage | None = None) -> list[SeatPage]:
        return [page for page in self._pages.values() if page.plays and page is not besides]

    # -------------------------------------------------------------------------------- where a page begins

    def _begin(self, page: SeatPage) -> Message:
        """Say where a page begins, once that is known: before which record, and what playing pages add."""
        if not page.begins:
            others = self._playing(page)
            if self._started or self._progress.count:
                if others:
                    self._ask_for_state(page, others)
                    return {"wait": True}
                page.until = self._common_beginning(page)
            page.begins = True
        snapshots = not self._progress.restarted
        return {"records": page.until, "data": page.checkpoint, "snapshots": snapshots}

    def _ask_for_state(self, page: SeatPage, others: Sequence[SeatPage]) -> None:
        """Ask the page that has the say: of those that differed least, the first that confirmed most."""
        asked = min(others, key=lambda one: (sum(one.divergences.values()), -one.next, one.peer))
        times = page.asks(asked, CHECKPOINT_SECONDS)
        if times > MOST_CHECKPOINTS:
            self._break_off(*others)
        elif times:
            self.link.send(asked.agent_id, {"type": "checkpoint_wanted", "for": page.peer})

    def _give_checkpoint(self, giver: SeatPage, data: bytes, records: int) -> Message:
        """A page says what those need who wait for it; it is of no use when it is behind the records."""
        if not giver.plays or records != self._progress.count:
            return {}
        for page in self._pages.values():
            if page.asked is not None and page.asked[0] == giver.peer and not page.begins:
                page.until, page.checkpoint, page.begins = records, data or None, True
                self.link.send(page.agent_id, {"type": "checkpoint", "records": records})
        return {}

    def _common_beginning(self, page: SeatPage) -> int:
        """Return before which record all begin again; the first that asks decides, others have to follow."""
        if self._common is None:
            if self.setup.spec.on_reload == "restart_episode" and self._progress.open:
                self._begin_episode_again()
            self._common, self._began_anew = self._progress.count, True
            for other in self._pages.values():
                if other is not page and (other.begins or not other.present):
                    other.forget()
        return self._common

    def _break_off(self, *pages: SeatPage) -> None:
        """Let pages begin again."""
        self._announced = False
        for page in pages:
            page.forget()
            self._await(page)
        self._tell_state()
        for page in pages:
            self.link.send(page.agent_id, {"type": "again"})

    # ------------------------------------------------------------------------------------------- records

    def _records(self, page: SeatPage, first: int, data: object) -> Message | None:
        try:
            lines = unpacked(data)
            if not page.allowance.take(lines):
                return None
            if self._said_over:
                return self._take_late(first, lines)
            known = self._progress.count - first
            if known < 0 or first < 0:
                return {"next": self._progress.count}
            differing = self._copies.differing(first, lines[:known])
            if differing is not None:
                return self._differs(page, differing, "")
            if len(lines) > known and self._may_go_on(page):
                entries, progress = self._intake.read(first, lines, self._stopped)
                self._take(entries, progress)
                self._copies.add([line for _, line in entries])
        except Unacceptable as error:
            if self._said_over:
                return {"refused": str(error)}
            return self._differs(page, self._progress.count, str(error))
        page.next = first + len(lines)
        if not self._said_over:
            copied = (other.next for other in self._playing())
            self._copies.forget(min(copied, default=self._progress.count))
        return {"next": page.next}

    def _may_go_on(self, page: SeatPage) -> bool:
        """Whether it counts what a page has beyond the others: it plays, or nobody does."""
        if page.taken is not None:
            return False
        return page.begins or (self._common is None and not self._playing(page))

    def _differs(self, page: SeatPage, number: int, why: str) -> Message:
        """A page went another way than the others: it has to begin again where they are."""
        now = self._progress
        episode, step = (now.episode, now.step) if number >= now.count else self._copies.place(number)
        if episode not in page.divergences:
            where = {"seat": page.seat, "episode": episode, "step": step, "number": number}
            self._own_notes.add({"kind": "divergence", **where} | ({"why": why} if why else {}))
            log.warning("game %s: a page differs from the others: %s %s", self.setup.game_id, where, why)
        page.divergences[episode] = page.divergences.get(episode, 0) + 1
        if sum(page.divergences.values()) > MOST_DIVERGENCES:
            self._cannot_go_on(f"seat {page.seat}: the page keeps differing from the others", why)
        else:
            self._break_off(page)
        return {"stale": True}

    def _accuse(self, accuser: SeatPage, accused: int) -> Message:
        """A page noticed that another one's state is not its own, though no record shows it yet."""
        playing = {page.peer: page for page in self._playing()}
        guilty = self._accusations.take(accuser.peer, accused, playing)
        if guilty is not None:
            self._differs(playing[guilty], self._progress.count, "its state is not that of the others")
        return {"stale": True} if guilty == accuser.peer else {}

    def _notes(self, page: SeatPage, first: int, data: object) -> Message | None:
        try:
            lines = unpacked(data)
        except Unacceptable as error:
            return {"refused": str(error)}
        if not page.allowance.take(lines):
            return None
        known = self._progress.notes.get(page.seat, 0)
        new = lines[known - first :] if first <= known else []
        if entries := [note_of(line, page.seat, self._columns) for line in new]:
            self.link.records(entries)
            self._progress.notes[page.seat] = known + len(entries)
        return {"next": known + len(entries)}

    # ----------------------------------------------------------------------------------- what pages are told

    def _anybody_plays(self) -> bool:
        return bool(self._playing())

    def _tell_state(self, besides: SeatPage | None = None) -> None:
        state = {"type": "state", **self._state()}
        for page in self._pages.values():
            if page.present and page is not besides:
                self.link.send(page.agent_id, state)

    def _state(self) -> dict[str, Any]:
        pages = self._pages.values()
        return {
            **super()._state(),
            "away": [page.peer for page in pages if page.taken is None and not page.plays],
            "taken": [[page.agent_id, page.taken] for page in pages if page.taken is not None],
        }

    # ------------------------------------------------------------------------------------------ how it ends

    def _close_if_flushed(self) -> None:
        if self._stopped is not None and all(page.flushed for page in self._playing()):
            self._close(self._stopped)

    def _ended(self) -> None:
        for page in self._pages.values():
            page.stop_waiting()
        super()._ended()
