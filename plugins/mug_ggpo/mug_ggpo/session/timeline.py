"""The frames that have been simulated and are not final: confirms them, or goes back and corrects them."""

from __future__ import annotations

from mug_ggpo.session.config import Config
from mug_ggpo.session.epoch import Epoch
from mug_ggpo.session.requests import (
    CONFIRMED,
    DISCONNECTED,
    PREDICTED,
    Advance,
    Confirm,
    Load,
    Request,
    Save,
)
from mug_ggpo.session.stats import SessionStats


class _Simulated:
    """One frame as it was simulated last."""

    __slots__ = ("depth", "inputs", "predicted", "statuses")

    def __init__(
        self, inputs: tuple[bytes, ...], statuses: tuple[int, ...], predicted: tuple[int, ...], depth: int
    ) -> None:
        self.inputs = inputs
        self.statuses = statuses
        self.predicted = predicted
        self.depth = depth


class Timeline:
    """Turns what is known of inputs into requests.

    Frames up to ``emitted`` are confirmed, those from there to before ``frame`` have been simulated with at
    least one predicted input, and are corrected as soon as one turns out to have been wrong. ``held`` is the
    frame in which the episode ended, as far as is known.
    """

    def __init__(self, config: Config, epoch: Epoch, frame: int, stats: SessionStats) -> None:
        self.frame = frame
        self.emitted = frame - 1
        self.held: int | None = None
        self._epoch = epoch
        self._seats = tuple(
            (owner, config.seats(owner).index(seat)) for seat, owner in enumerate(config.owners)
        )
        self._seats_of = tuple(config.seats(peer) for peer in range(config.peers))
        self._predict = config.predict
        self._window = config.prediction_window
        self._interval = config.checksum_interval
        self._batched = config.saving != "every" or self._window == 0
        self._eager = config.saving == "resimulate"
        self._local = config.local
        self._checked = [frame - 1] * config.peers
        self._simulated: dict[int, _Simulated] = {}
        self._saved: int | None = None
        self._stats = stats

    def may_advance(self, known: int) -> bool:
        """Whether the next frame can be simulated when everything up to ``known`` is known."""
        return self.held is None and self.frame <= known + self._window

    def hold(self, frame: int) -> None:
        """The episode ended in ``frame``: what was simulated after it never was."""
        for later in range(frame + 1, self.frame):
            self._simulated.pop(later, None)
        self.frame = frame + 1
        self.emitted = min(self.emitted, frame)
        self.held = frame

    def settle(self, known: int, requests: list[Request]) -> None:
        """Confirm what is known by now, after correcting what was wrong."""
        wrong = self._first_wrong()
        sure = min(known, self.frame - 1)
        if self._batched:
            if wrong is not None or (sure > self.emitted and self._due(known)):
                self._again(self.emitted + 1, known, wrong is not None, requests)
            return
        upto = sure if wrong is None else min(sure, wrong - 1)
        while self.emitted < upto:
            self._confirm(self.emitted + 1, requests)
        if wrong is not None:
            self._again(wrong, known, True, requests)

    def advance(self, known: int, requests: list[Request]) -> None:
        """Simulate the next frame."""
        frame = self.frame
        final = frame <= known
        if not final and not (self._batched and frame > self.emitted + 1):
            self._save(frame, requests)
        elif final:
            self._save_for_checksum(frame, requests)
        self._simulate(frame, final, None, requests)
        self.frame = frame + 1
        self._stats.advanced += 1

    def _due(self, known: int) -> bool:
        """Whether frames that were saved in batches are to be simulated for good now."""
        return (
            self._eager
            or not self.may_advance(known)
            or self.frame - 1 - self.emitted >= self._window
            or known >= self.frame
        )

    def _first_wrong(self) -> int | None:
        """The first frame that was simulated with an input that turned out differently."""
        wrong: int | None = None
        simulated, ends = self._simulated, self._epoch.ends
        if not simulated:
            return None
        last = self.frame - 1
        for peer, stream in enumerate(self._epoch.streams):
            if peer == self._local:
                continue
            upto = min(stream.last, last)
            for frame in range(max(self._checked[peer], self.emitted) + 1, upto + 1):
                inputs = simulated[frame].inputs
                bundle = stream[frame]
                for seat, data in zip(self._seats_of[peer], bundle, strict=True):
                    if inputs[seat] != data and (wrong is None or frame < wrong):
                        wrong = frame
            self._checked[peer] = max(self._checked[peer], upto)
            if peer in ends and self._seats_of[peer]:
                frame = max(ends[peer], self.emitted) + 1
                one = simulated.get(frame)
                if one is not None and one.statuses[self._seats_of[peer][0]] != DISCONNECTED:
                    wrong = frame if wrong is None else min(wrong, frame)
        return wrong

    def _again(self, start: int, known: int, corrects: bool, requests: list[Request]) -> None:
        """Go back to the state before ``start`` and simulate everything after it again."""
        stop = self.frame
        depth = stop - start
        requests.append(Load(start))
        if self.held is not None and self.held >= start:
            self.held = None
        stats = self._stats
        stats.loads += 1
        stats.resimulated += depth
        if corrects:
            stats.rollbacks += 1
            stats.max_depth = max(stats.max_depth, depth)
        for frame in range(start, stop):
            final = frame <= known
            if frame > start:
                if final or (self._batched and frame > self.emitted + 1):
                    self._save_for_checksum(frame, requests)
                else:
                    self._save(frame, requests)
            self._simulate(frame, final, depth if corrects else 0, requests)

    def _simulate(self, frame: int, final: bool, depth: int | None, requests: list[Request]) -> None:
        """Advance one frame with what is known or guessed; ``depth`` is that of the rollback, if any."""
        inputs, statuses, predicted = self._inputs(frame)
        requests.append(Advance(frame, inputs, statuses, final))
        one = self._simulated.get(frame)
        if one is None:
            self._simulated[frame] = _Simulated(inputs, statuses, predicted, 0)
        else:
            one.inputs, one.statuses = inputs, statuses
            if depth:
                one.depth = depth
        if final:
            self._confirm(frame, requests)

    def _confirm(self, frame: int, requests: list[Request]) -> None:
        one = self._simulated.pop(frame)
        statuses = one.statuses
        if PREDICTED in statuses:
            statuses = tuple([CONFIRMED if status == PREDICTED else status for status in statuses])
        requests.append(Confirm(frame, one.inputs, statuses, one.predicted, one.depth))
        self.emitted = frame
        self._stats.confirmed += 1

    def _inputs(self, frame: int) -> tuple[tuple[bytes, ...], tuple[int, ...], tuple[int, ...]]:
        """The inputs of a frame, known or guessed, their statuses, and the seats that are guessed."""
        streams, ends = self._epoch.streams, self._epoch.ends
        inputs: list[bytes] = []
        statuses: list[int] = []
        predicted: list[int] = []
        for seat, (peer, index) in enumerate(self._seats):
            stream = streams[peer]
            last = stream.last
            if frame <= last:
                inputs.append(stream[frame][index])
                statuses.append(CONFIRMED)
            elif peer in ends:
                inputs.append(b"")
                statuses.append(DISCONNECTED)
            else:
                inputs.append(self._predict(seat, stream[last][index] if last >= stream.first else None))
                statuses.append(PREDICTED)
                predicted.append(seat)
        return tuple(inputs), tuple(statuses), tuple(predicted)

    def _save(self, frame: int, requests: list[Request]) -> None:
        if self._batched and self._saved == frame and not self._checked_frame(frame):
            return
        self._saved = frame
        requests.append(Save(frame, self._checked_frame(frame)))
        self._stats.saves += 1

    def _save_for_checksum(self, frame: int, requests: list[Request]) -> None:
        if self._checked_frame(frame) and not (self._batched and frame > self.emitted + 1):
            self._save(frame, requests)

    def _checked_frame(self, frame: int) -> bool:
        return self._interval > 0 and frame > 0 and frame % self._interval == 0
