"""What the peers know of each other's inputs in one epoch, and how survivors agree on who left when."""

from __future__ import annotations

from collections.abc import Iterable

from mug_ggpo.session.checkpoint import Checkpoint
from mug_ggpo.session.config import Config
from mug_ggpo.session.packets import Play, Stretch
from mug_ggpo.session.stream import CAPACITY, InputStream, Run

_ENDLESS = 2**40
_FAR = CAPACITY // 2
"""Frames that nobody can be ahead of another one."""
_MOST_BYTES = 6000
"""No run of inputs begins after so many bytes, of own ones and of others': a packet stays below the 16 KiB
that every browser carries in one message. Usual packets have some thirty bytes.
"""


class View:
    """What a peer has said in this epoch."""

    __slots__ = ("acked", "dropped", "past", "rows", "there", "told_at")

    def __init__(self, acked: int | None) -> None:
        self.acked = acked
        """The last of this peer's inputs that it has; None if it has not said."""
        self.there = False
        self.past = False
        """It is in a later epoch and knows nothing of this one, because it returned after it."""
        self.told_at: float | None = None
        """When it was told first that this peer is there."""
        self.dropped = 0
        self.rows: dict[int, int] = {}
        """The last inputs of absent peers that it has."""


class Epoch:
    """The inputs of all peers in one epoch.

    Inputs of a peer that left are taken from those who stay only. Whoever knows that a peer left says so in
    every packet, with the last of its inputs that it has. When all who stay name the same peers as gone, the
    greatest of these frames is the end of that peer's inputs: nobody can get later ones, and nobody takes
    part any more who could have had them. Whoever has inputs that another one lacks passes them on.
    """

    __slots__ = ("_me", "ends", "number", "started", "streams", "views")

    def __init__(
        self, number: int, me: int, streams: list[InputStream], acked: int | None, ends: dict[int, int]
    ) -> None:
        self.number = number
        self.streams = streams
        self.views = [View(acked) for _ in streams]
        self.ends = ends
        """The last frame with inputs of each peer that left, once it is agreed."""
        self.started = False
        self._me = me

    @classmethod
    def beginning(cls, number: int, config: Config, dropped: int) -> Epoch:
        """An epoch at its beginning: in the first frames, nobody who is there does anything."""
        streams = [InputStream() for _ in range(config.peers)]
        for peer, width in enumerate(config.widths()):
            for _ in range(0 if dropped >> peer & 1 else config.input_delay):
                streams[peer].append((b"",) * width)
        return cls(number, config.local, streams, config.input_delay - 1, {})

    @classmethod
    def resumed(cls, checkpoint: Checkpoint, me: int) -> Epoch:
        """An epoch as it was when another peer made a checkpoint."""
        ends = {peer: last for peer, last in checkpoint.dropped if last is not None}
        return cls(checkpoint.epoch, me, checkpoint.streams(), None, ends)

    def checkpoint(self, frame: int, dropped: int, widths: tuple[int, ...]) -> Checkpoint:
        """What somebody needs who goes on from the state before ``frame``."""
        inputs = []
        for stream in self.streams:
            first = max(stream.oldest, min(max(0, frame - 1), stream.last + 1))
            inputs.append((first, tuple([stream[at] for at in range(first, stream.last + 1)])))
        gone = tuple([(peer, self.ends.get(peer)) for peer in range(len(widths)) if dropped >> peer & 1])
        return Checkpoint(self.number, frame, tuple(inputs), gone, widths)

    def limit(self) -> int:
        """The last frame of which all others' inputs are known; own ones are when they are needed."""
        me, ends = self._me, self.ends
        return min(
            [stream.last for peer, stream in enumerate(self.streams) if peer != me and peer not in ends],
            default=_ENDLESS,
        )

    def holders(self, frame: int) -> Iterable[int]:
        """The peers whose inputs of a frame are missing."""
        return [
            peer
            for peer, stream in enumerate(self.streams)
            if peer not in self.ends and stream.last < frame and peer != self._me
        ]

    def agree(self, dropped: int, live: Iterable[int]) -> list[int]:
        """The peers whose end has just become certain; ``dropped`` is this peer's set of those who left."""
        if not dropped:
            return []
        others = [view for view in (self.views[peer] for peer in live) if not view.past]
        if any(view.dropped != dropped for view in others):
            return []
        found = []
        for peer, stream in enumerate(self.streams):
            if not dropped >> peer & 1 or peer in self.ends:
                continue
            if any(peer not in view.rows for view in others):
                continue
            end = max([stream.last, *(view.rows[peer] for view in others)])
            if stream.last == end:
                self.ends[peer] = end
                found.append(peer)
        return found

    def hear(
        self, sender: int, play: Play, *, newest: bool, takes: bool, restoring: bool, absent: int, reach: int
    ) -> str | None:
        """Learn from a packet of this epoch; return what is dishonest about it, if anything.

        ``newest`` is whether no later packet came before, ``takes`` whether inputs are wanted still,
        ``restoring`` whether this peer gets its own ones back, ``absent`` whose inputs others may pass on
        (bits), ``reach`` how many frames after this peer's newest input the sender's newest one can be.
        """
        view = self.views[sender]
        view.there = True
        mine = self.streams[self._me]
        if play.ack > mine.last and not restoring:
            return "acknowledged inputs that were not sent"
        if view.acked is None or play.ack > view.acked:
            view.acked = play.ack
        view.dropped |= play.dropped
        if any(last > self.streams[peer].last + _FAR for peer, last in play.rows):
            return "claimed inputs of frames beyond any window"
        if newest and (play.rows or view.rows):
            view.rows = dict(play.rows)
        if not takes:
            return None
        if play.runs:
            problem = self._learn(sender, play.start, play.runs, None if restoring else mine.last + reach)
            if problem:
                return problem
        for peer, start, runs in play.forwards:
            if absent >> peer & 1 and peer not in self.ends:
                problem = self._learn(peer, start, runs, None)
                if problem:
                    return problem
        return None

    def _learn(self, peer: int, start: int, runs: list[Run], bound: int | None) -> str | None:
        stream = self.streams[peer]
        stop = start + sum([count for count, _ in runs])
        if stop > stream.last + 1 + _FAR or (bound is not None and stop > bound + 1):
            return "sent inputs of frames beyond any window"
        if not stream.learn(start, runs):
            return "sent different inputs for the same frame"
        return None

    def unacked(self, peer: int) -> int:
        """How many of this peer's inputs another one has not acknowledged."""
        acked = self.views[peer].acked
        return 0 if acked is None else max(0, self.streams[self._me].last - acked)

    def owed(self, peer: int) -> tuple[int, list[Run]]:
        """This peer's inputs that another one lacks: the first frame, and the runs."""
        acked = self.views[peer].acked
        mine = self.streams[self._me]
        if acked is None or acked >= mine.last:
            return 0, []
        start = max(acked + 1, mine.oldest)
        return start, _within(mine.runs(start, mine.last + 1), _MOST_BYTES)

    def passed_on(self, peer: int) -> tuple[Stretch, ...]:
        """Inputs of absent peers that another one lacks."""
        stretches = []
        room = _MOST_BYTES
        for absent, last in self.views[peer].rows.items():
            stream = self.streams[absent]
            if absent == self._me or stream.last <= last or room <= 0:
                continue
            start = max(last + 1, stream.oldest)
            runs = _within(stream.runs(start, stream.last + 1), room)
            room -= sum(_size(run) for run in runs)
            stretches.append((absent, start, runs))
        return tuple(stretches)

    def rows(self, absent: Iterable[int]) -> tuple[tuple[int, int], ...]:
        """The last inputs of these peers that are known here."""
        return tuple([(peer, self.streams[peer].last) for peer in absent])


def _size(run: Run) -> int:
    """About how many bytes a run takes."""
    return 1 + sum([len(data) + 1 for data in run[1]])


def _within(runs: list[Run], most: int) -> list[Run]:
    """The first of these runs that fit; one at least."""
    for index, run in enumerate(runs):
        most -= _size(run)
        if most < 0:
            return runs[: max(1, index)]
    return runs
