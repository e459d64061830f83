"""Waiting rooms: who waits for which scene, and when a group is taken out of the queue.

A lobby is single-threaded and synchronous: it is asked on every arrival and once a second, and a
participant who is taken is out of the queue before anything else can look at it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Self

import attrs

from mug.components import Matchmaker, Ticket
from mug.game.spec import GameSpec

log = logging.getLogger(__name__)

FarApart = Callable[[Sequence[str]], tuple[str, str] | None]


@attrs.frozen
class LobbyRules:
    """How a scene's lobby works. Times are in seconds; ``max_wait`` None means no limit.

    ``extensions`` is how often somebody who waited so long without success waits on for as long again,
    ``requeues`` how often they then begin to wait anew, behind everybody else.
    """

    size: int
    min_size: int
    min_wait: float = 0.0
    simulated_wait: tuple[float, float] | None = None
    max_wait: float | None = None
    extensions: int = 0
    requeues: int = 0

    @classmethod
    def of(cls, spec: GameSpec) -> Self:
        """Return the rules that a scene sets."""
        humans = len(spec.humans)
        return cls(
            size=humans,
            min_size=spec.min_players or humans,
            min_wait=spec.min_wait_time,
            simulated_wait=spec.simulated_wait,
            max_wait=spec.max_wait_time,
            extensions=spec.extensions,
            requeues=spec.requeues,
        )


@attrs.define(eq=False)
class Waiting:
    """One participant in the queue. ``eligible_at`` is when matching may consider them.

    ``facts`` are those of the ticket; ``extensions`` and ``requeues`` are how many they have had.

    Who ``missed`` a readiness check is not matched until they show that they are there.
    """

    participant_id: str
    ticket: Ticket
    facts: dict[str, object]
    eligible_at: float
    expires_at: float | None
    present: bool = True
    missed: bool = False
    extensions: int = 0
    requeues: int = 0

    def ready(self, now: float) -> bool:
        """Whether this participant can be matched now."""
        return self.present and not self.missed and now >= self.eligible_at


class Lobby:
    """The participants who wait for one scene, in order of arrival."""

    def __init__(
        self,
        rules: LobbyRules,
        matchmaker: Matchmaker,
        clock: Callable[[], float],
        far_apart: FarApart = lambda members: None,
    ) -> None:
        """``far_apart`` finds two of some participants who cannot play together."""
        self.rules = rules
        self._far_apart = far_apart
        self._matchmaker = matchmaker
        self._clock = clock
        self._queue: dict[str, Waiting] = {}

    def __len__(self) -> int:
        return len(self._queue)

    def __contains__(self, participant_id: str) -> bool:
        return participant_id in self._queue

    def join(
        self,
        participant_id: str,
        subject_id: str,
        facts: Mapping[str, object],
        partners: Sequence[str],
        waited: float,
        draw: float,
        extensions: int = 0,
        requeues: int = 0,
    ) -> None:
        """Put a participant in the queue.

        ``waited`` is the number of seconds already waited (before a reload or a restart), with so many
        extensions and after so many times in line before; ``draw`` in [0, 1) is the participant's own random
        number for a simulated wait, so that it stays the same after a reload.
        """
        joined = self._clock() - waited
        low, high = self.rules.simulated_wait or (self.rules.min_wait, self.rules.min_wait)
        wait = max(self.rules.min_wait, low + (high - low) * draw)
        expires = None if self.rules.max_wait is None else joined + self.rules.max_wait * (1 + extensions)
        known = dict(facts)
        ticket = Ticket(subject_id, joined, known, tuple(partners))
        self._queue[participant_id] = Waiting(
            participant_id, ticket, known, joined + wait, expires, extensions=extensions, requeues=requeues
        )

    def leave(self, participant_id: str) -> None:
        """Take a participant out."""
        self._queue.pop(participant_id, None)

    def waited(self, participant_id: str) -> float:
        """Return how many seconds a participant in the queue has waited."""
        return self._clock() - self._queue[participant_id].ticket.joined_at

    def set_present(self, participant_id: str, present: bool) -> None:
        """Say whether the participant's page is connected; only the present are matched."""
        if participant_id in self._queue:
            self._queue[participant_id].present = present
            self._queue[participant_id].missed = False

    def learn(self, participant_id: str, fact: str, value: object) -> None:
        """Let the matchmaker know something new about a participant in the queue."""
        if participant_id in self._queue:
            self._queue[participant_id].facts[fact] = value

    def put_back(self, waiting: Sequence[Waiting]) -> None:
        """Return participants of a group that did not come about to the front of the queue."""
        self._queue = {entry.participant_id: entry for entry in waiting} | self._queue

    def send_to_back(self, entry: Waiting) -> None:
        """Return somebody who did not answer the readiness check, behind everybody else."""
        self._queue[entry.participant_id] = entry

    def take_groups(self) -> list[list[Waiting]]:
        """Take every group out of the queue that the matchmaker proposes now.

        A proposal that breaks the rules (wrong size, a stranger, somebody twice) is dropped and
        logged; a matchmaker that raises forms no group. Where two of a proposed group cannot play together,
        the one of them who came later steps back, and the matchmaker is asked again.
        """
        now = self._clock()
        candidates = [waiting for waiting in self._queue.values() if waiting.ready(now)]
        groups: list[list[Waiting]] = []
        stepped_back: list[Waiting] = []
        while len(candidates) >= self.rules.size:
            formed, misfit = self._fitting(self._proposed(candidates, now))
            groups += formed
            gone = {id(entry) for members in formed for entry in members} | {id(misfit)}
            candidates = [entry for entry in candidates if id(entry) not in gone]
            if misfit is not None:
                stepped_back.append(misfit)
            elif formed and stepped_back:
                candidates, stepped_back = sorted([*candidates, *stepped_back], key=_arrival), []
            else:
                break
        for members in groups:
            for entry in members:
                del self._queue[entry.participant_id]
        return groups

    def _fitting(self, proposed: Sequence[list[Waiting]]) -> tuple[list[list[Waiting]], Waiting | None]:
        """Return the proposed groups up to the first that does not fit, and who steps back from that one."""
        for number, members in enumerate(proposed):
            misfit = self._unfit(members)
            if misfit is not None:
                return list(proposed[:number]), misfit
        return list(proposed), None

    def _unfit(self, members: Sequence[Waiting]) -> Waiting | None:
        """Return who of a proposed group cannot play with another one of it, and came later."""
        pair = self._far_apart([entry.participant_id for entry in members])
        if pair is None:
            return None
        return max(
            (entry for entry in members if entry.participant_id in pair),
            key=_arrival,
        )

    def _proposed(self, candidates: Sequence[Waiting], now: float) -> list[list[Waiting]]:
        by_ticket = {id(entry.ticket): entry for entry in candidates}
        tickets = [entry.ticket for entry in candidates]
        groups = []
        try:
            for proposal in self._matchmaker.propose(tickets, self.rules.size, now):
                group = [by_ticket.pop(id(ticket), None) for ticket in proposal]
                members = [entry for entry in group if entry is not None]
                if len(members) != self.rules.size or len(group) != self.rules.size:
                    by_ticket.update({id(entry.ticket): entry for entry in members})
                    log.error("matchmaker %s proposed an invalid group; ignored", self._name)
                    continue
                groups.append(members)
        except Exception:
            log.exception("matchmaker %s failed; nobody was grouped", self._name)
        return groups

    def expired(self) -> list[Waiting]:
        """Return who has waited too long."""
        now = self._clock()
        return [w for w in self._queue.values() if w.expires_at is not None and now >= w.expires_at]

    def extend(self, entry: Waiting) -> bool:
        """Let somebody whose time is over wait on in their place, if they may; return whether they do."""
        if entry.extensions >= self.rules.extensions:
            return False
        entry.extensions += 1
        self._wait_from_now(entry)
        return True

    def may_requeue(self, entry: Waiting) -> bool:
        """Whether somebody whose time is over, and not extended any more, begins to wait anew."""
        return entry.extensions >= self.rules.extensions and entry.requeues < self.rules.requeues

    def requeue(self, entry: Waiting) -> None:
        """Put somebody in line behind everybody else, as if they had just come."""
        entry.requeues += 1
        entry.extensions = 0
        entry.ticket = attrs.evolve(entry.ticket, joined_at=self._clock())
        self._wait_from_now(entry)
        self.leave(entry.participant_id)
        self.send_to_back(entry)

    def _wait_from_now(self, entry: Waiting) -> None:
        entry.expires_at = None if self.rules.max_wait is None else self._clock() + self.rules.max_wait

    def take_expired(self) -> tuple[list[list[Waiting]], list[Waiting]]:
        """Take out whose last wait is over: groups of at least ``min_size``, and single people."""
        expired = [entry for entry in self.expired() if not self.may_requeue(entry)]
        if not expired:
            return [], []
        groups = []
        if self.rules.min_size < self.rules.size:
            members = self._starters()
            if len(members) >= self.rules.min_size and any(entry in members for entry in expired):
                groups.append(members)
        taken = {entry.participant_id for group in groups for entry in group}
        alone = [entry for entry in expired if entry.participant_id not in taken]
        for participant_id in taken | {entry.participant_id for entry in alone}:
            del self._queue[participant_id]
        return groups, alone

    def _starters(self) -> list[Waiting]:
        """Return the first of those who can be matched now, as many as there are seats, who fit together."""
        now = self._clock()
        ready = [entry for entry in self._queue.values() if entry.ready(now)]
        while (misfit := self._unfit(ready[: self.rules.size])) is not None:
            ready.remove(misfit)
        return ready[: self.rules.size]

    def remaining(self, participant_id: str) -> float | None:
        """Return how many seconds this participant still waits at most, None without a limit."""
        expires = self._queue[participant_id].expires_at
        return None if expires is None else max(0.0, expires - self._clock())

    def here(self) -> list[str]:
        """Return the ids of those in the queue whose pages are connected, in order."""
        return [participant_id for participant_id, entry in self._queue.items() if entry.present]

    def waiting(self) -> list[str]:
        """Return the ids of everybody in the queue, in order."""
        return list(self._queue)

    @property
    def _name(self) -> str:
        return type(self._matchmaker).__name__


def _arrival(entry: Waiting) -> float:
    return entry.ticket.joined_at


class FIFOMatchmaker(Matchmaker):
    """Groups people in order of arrival."""

    def propose(self, waiting: Sequence[Ticket], size: int, now: float) -> list[Sequence[Ticket]]:
        """Cut the queue into groups from the front."""
        whole = len(waiting) - len(waiting) % size
        return [waiting[start : start + size] for start in range(0, whole, size)]
