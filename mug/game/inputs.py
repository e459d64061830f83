"""What a participant's keys, taps and clicks mean for the ticks of a game. Pure, one object per seat.

A held action acts in every tick while it is held. One that was pressed and released between two ticks acts
once in the next, in order with all others. Triggered actions act once each, one per tick.
"""

from __future__ import annotations

from collections import deque
from typing import Any, NamedTuple

from mug.game.spec import Controls, PointedAction

Action = Any
QUEUE = 8
"""Triggered actions that may wait for a tick each; more are dropped, so that no backlog can build up."""


class Keyboard:
    """What the inputs of one seat mean; shared by all games of a scene.

    Args:
        controls: the seat's actions and what triggers them.
        mode: ``pressed_keys``, ``key_down`` or ``key_up``.
    """

    def __init__(self, controls: Controls, mode: str) -> None:
        self.actions = controls.actions
        self.holds = mode == "pressed_keys"
        self.pointer = {binding.action: binding.event for binding in controls.pointer}
        keys: dict[int, list[frozenset[str]]] = {}
        for binding in controls.bindings:
            keys.setdefault(binding.action, []).append(frozenset(binding.codes))
        self.chords: dict[int, frozenset[int]] = {
            index: frozenset(
                other
                for other, theirs in keys.items()
                if any(mine < their for mine in own for their in theirs)
            )
            for index, own in keys.items()
        }
        """By action index, the actions of chords that its keys are a part of."""

    def knows(self, index: int | None) -> bool:
        """Whether keys and buttons can stand for this action; None (nothing is held) included."""
        if index is None:
            return True
        return 0 <= index < len(self.actions) and not isinstance(self.actions[index], PointedAction)


class Taken(NamedTuple):
    """What a seat does in one tick. ``waited`` is how many seconds ago the browser's message arrived."""

    action: Action
    waited: float | None


class SeatInput:
    """The inputs of one seat between ticks.

    Attributes:
        ack: sequence number of the last input that took effect.
        ignored: inputs that made no sense (an index outside the table, a kind the mode does not have).
        overflowed: triggered actions that were dropped because too many waited.
    """

    def __init__(self, keyboard: Keyboard) -> None:
        self.ack = 0
        self.ignored = 0
        self.overflowed = 0
        self._keyboard = keyboard
        self._queue: deque[_Waiting] = deque()
        self._seen = 0
        self._held: int | None = None
        self._before: int | None = None
        self._since: tuple[int, float] = (0, 0.0)
        self._acted = True

    def press(self, index: int | None, seq: int, at: float) -> None:
        """The held action changed; None when all keys were released."""
        if not self._keyboard.holds or not self._keyboard.knows(index):
            self.ignored += 1
            return
        held = self._held
        if index == held:
            self._seen = seq
            return
        if held is not None and not self._acted and not self._is_part(held, self._before, index):
            self._enqueue(_Waiting(self._keyboard.actions[held], *self._since))
        self._before, self._held = held, index
        self._since, self._acted = (seq, at), index is None
        self._seen = seq

    def trigger(self, index: int | None, seq: int, at: float) -> None:
        """An action was triggered: a key went down or up, or a button on the page was tapped."""
        if index is None or not self._keyboard.knows(index):
            self.ignored += 1
            return
        self._enqueue(_Waiting(self._keyboard.actions[index], seq, at))

    def point(self, index: int | None, seq: int, at: float, x: float, y: float) -> None:
        """The pointer acted at a position in surface pixels.

        Raises:
            Exception: whatever the scene's own function of the position raises.
        """
        event = None if index is None else self._keyboard.pointer.get(index)
        if index is None or event is None:
            self.ignored += 1
            return
        entry = self._keyboard.actions[index]
        action = entry.function(x, y) if isinstance(entry, PointedAction) else entry
        moves = event == "move"
        if moves and self._queue and self._queue[-1].moves:
            self._queue.pop()
        if action is None:
            self._seen = seq
        else:
            self._enqueue(_Waiting(action, seq, at, moves))

    def take(self, now: float) -> Taken | None:
        """Return what the seat does in the tick that takes place ``now``, None when it does nothing."""
        if self._queue:
            waiting = self._queue.popleft()
            self.ack = waiting.seq
            return Taken(waiting.action, now - waiting.at)
        self.ack = self._seen
        if self._held is None:
            return None
        waited = None if self._acted else now - self._since[1]
        self._acted = True
        return Taken(self._keyboard.actions[self._held], waited)

    def forget(self) -> None:
        """Drop what waits for a tick (a new episode begins); what is held stays held."""
        self._queue.clear()

    def release(self) -> None:
        """Drop everything: whoever pressed the keys is gone."""
        self._queue.clear()
        self._held, self._acted = None, True

    def _is_part(self, index: int, before: int | None, after: int | None) -> bool:
        """Whether this was only the beginning or the end of a chord."""
        chords = self._keyboard.chords.get(index, ())
        return before in chords or after in chords

    def _enqueue(self, waiting: _Waiting) -> None:
        if len(self._queue) >= QUEUE:
            self.overflowed += 1
            return
        self._queue.append(waiting)
        self._seen = waiting.seq


class _Waiting(NamedTuple):
    action: Action
    seq: int
    at: float
    moves: bool = False
