"""The inputs of one peer, by frame."""

from __future__ import annotations

Bundle = tuple[bytes, ...]
"""The inputs of one peer's seats in one frame."""
Run = tuple[int, Bundle]
"""The same bundle in so many frames in a row."""

CAPACITY = 512
"""Frames that a stream remembers."""
_MASK = CAPACITY - 1


class InputStream:
    """The inputs of one peer, known without holes up to ``last``; the newest ones are remembered."""

    __slots__ = ("_ring", "first", "last")

    def __init__(self, first: int = 0) -> None:
        self.first = first
        """The first frame that was ever known."""
        self.last = first - 1
        self._ring: list[Bundle] = [()] * CAPACITY

    @property
    def oldest(self) -> int:
        """The oldest frame that is remembered."""
        return max(self.first, self.last - CAPACITY + 1)

    def append(self, bundle: Bundle) -> None:
        """Make the next frame's inputs known."""
        last = self.last
        previous = self._ring[last & _MASK]
        # Equal bundles are one object, so that runs are found by identity.
        self.last = last + 1
        self._ring[self.last & _MASK] = previous if previous == bundle else bundle

    def __getitem__(self, frame: int) -> Bundle:
        """The inputs of a frame that is remembered."""
        return self._ring[frame & _MASK]

    def runs(self, start: int, stop: int) -> list[Run]:
        """The inputs of the frames from ``start`` to before ``stop``, run-length coded."""
        ring = self._ring
        runs: list[Run] = []
        count = 0
        current: Bundle = ()
        for frame in range(start, stop):
            bundle = ring[frame & _MASK]
            if count and bundle is current:
                count += 1
                continue
            if count:
                runs.append((count, current))
            count, current = 1, bundle
        if count:
            runs.append((count, current))
        return runs

    def learn(self, start: int, runs: list[Run]) -> bool:
        """Append what is new of these runs; False if they contradict what is known.

        Runs that begin after a hole teach nothing.
        """
        if start > self.last + 1:
            return True
        oldest = self.oldest
        ring = self._ring
        frame = start
        for count, bundle in runs:
            stop = frame + count
            for known in range(max(frame, oldest), min(stop, self.last + 1)):
                if ring[known & _MASK] != bundle:
                    return False
            while self.last + 1 < stop:
                self.append(bundle)
            frame = stop
        return True
