"""A room: the people, and the programs, who write to each other in one game or one waiting room."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

import attrs

from mug_chat.messages import Kind, Line
from mug_chat.rules import ChatRules

KEPT_LINES: Final = 200
KEPT_ANSWERS: Final = 200
MINUTE: Final = 60.0

OVER: Final = "The game is over. You cannot write here any more."
ONLY_BETWEEN: Final = "You can write between the rounds."
ONLY_PLAYING: Final = "You can write while you play."
ONLY_READING: Final = "You can read here, but not write."
MUTED: Final = "You cannot write here any more: {}"


@attrs.define(eq=False)
class Room:
    """One room.

    Attributes:
        key: what pages call it.
        scene_id: the game's scene.
        game_id: the game; empty in a waiting room.
        rules: what may be said.
        people: subject ids by seat, an agent id or a place in the waiting room's line.
        programs: the seats of partners that are programs.
        numbers: the number of each seat, from which names are made.
        playing: whether a round is played.
        over: whether the game has ended.
        episode: the episode that is played or was played last.
        step: its last step that is known.
        observations: what the agents of programs observed last.
        shown: in a waiting room, the seats that those who wait were told of last.
    """

    key: str
    scene_id: str
    game_id: str
    rules: ChatRules
    people: dict[str, str] = attrs.field(factory=dict)
    programs: tuple[str, ...] = ()
    numbers: dict[str, int] = attrs.field(factory=dict)
    playing: bool = False
    over: bool = False
    episode: int = 0
    step: int = 0
    observations: dict[str, object] = attrs.field(factory=dict)
    shown: list[str] = attrs.field(factory=list)
    muted: dict[str, str] = attrs.field(factory=dict)
    _lines: deque[tuple[Line, frozenset[str]]] = attrs.field(factory=lambda: deque(maxlen=KEPT_LINES))
    _written: int = 0
    _paces: dict[str, deque[float]] = attrs.field(factory=dict)
    _answers: OrderedDict[tuple[str, str], Mapping[str, Any]] = attrs.field(factory=OrderedDict)

    def seat_of(self, subject_id: str) -> str:
        """Return where somebody sits; in a waiting room, newcomers get the next place."""
        for seat, occupant in self.people.items():
            if occupant == subject_id:
                return seat
        number = max(self.numbers.values(), default=0) + 1
        seat = str(number)
        self.people[seat], self.numbers[seat] = subject_id, number
        return seat

    def name(self, seat: str) -> str:
        """Return what others call somebody."""
        own = self.rules.names.get(seat) if self.game_id else None
        return own or f"Player {self.numbers[seat]}"

    def readers(self, seat: str, present: Collection[str]) -> tuple[str, ...]:
        """Return the seats that a message from a seat goes to; ``present`` are the seats that are taken."""
        seats = [other for other in self.numbers if other in present]
        if not self.game_id:
            return tuple(other for other in seats if other != seat)
        return self.rules.reach(seat, seats)

    def why_not(self, seat: str) -> str:
        """Return why somebody cannot write at the moment, in words for them; empty when they can."""
        if seat in self.muted:
            return MUTED.format(self.muted[seat])
        if not self.game_id:
            return ""
        if self.over:
            return OVER
        if not self.readers(seat, [*self.people, *self.programs]):
            return ONLY_READING
        if self.rules.when == "between" and self.playing:
            return ONLY_BETWEEN
        if self.rules.when == "playing" and not self.playing:
            return ONLY_PLAYING
        return ""

    def paced(self, seat: str, now: float) -> bool:
        """Count an attempt to write, at a time in seconds; False when there were too many in this minute."""
        attempts = self._paces.setdefault(seat, deque())
        while attempts and now - attempts[0] >= MINUTE:
            attempts.popleft()
        if len(attempts) >= self.rules.per_minute:
            return False
        attempts.append(now)
        return True

    def add(self, seat: str, kind: Kind, text: str, readers: Collection[str], wall: int) -> Line:
        """Keep a message for those who write and read it, and return it."""
        self._written += 1
        line = Line(self._written, seat, self.name(seat), kind, text, wall)
        self._lines.append((line, frozenset({seat, *readers})))
        return line

    def restore(self, values: Mapping[str, Any], wall: int) -> None:
        """Take a recorded message into account, as it was before a restart."""
        seat = values["seat"]
        if not self.game_id:
            for other, subject_id in [
                (seat, values["sender"]),
                *zip(values["to_seats"], values["to"], strict=True),
            ]:
                self.people[other], self.numbers[other] = subject_id, int(other)
        if values["status"] == "delivered":
            self.add(seat, values["kind"], values["text"], values["to_seats"], wall)
        elif values["status"] == "muted":
            self.muted[seat] = values["reason"]

    def seen_by(self, seat: str) -> Iterator[Line]:
        """Yield what somebody wrote and read, oldest first."""
        return (line for line, readers in self._lines if seat in readers)

    def answer_to(self, seat: str, request: str) -> Mapping[str, Any] | None:
        """Return the answer that a request had when it came before; pages repeat what may have been lost."""
        return self._answers.get((seat, request))

    def answered(self, seat: str, request: str, answer: Mapping[str, Any]) -> None:
        """Keep the answer to a request."""
        self._answers[seat, request] = answer
        while len(self._answers) > KEPT_ANSWERS:
            self._answers.popitem(last=False)
