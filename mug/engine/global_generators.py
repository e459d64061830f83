"""The generators that everything in an interpreter shares: ``random`` and ``np.random``.

Reading their states takes longer than all the rest of a snapshot, and hardly any environment draws from them.
So a state is read anew only where the generator's memory is not what it was.
"""

from __future__ import annotations

import _random
import ctypes
import random
import struct
import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final, TypeAlias

import numpy as np

from mug.engine.seeds import derive_seed

State: TypeAlias = tuple[Any, Any]
Memory: TypeAlias = Sequence[Callable[[], object]]


def seed(number: int) -> None:
    """Let both go on from this seed."""
    random.seed(derive_seed(number, "random"))
    np.random.seed(derive_seed(number, "np.random"))


def state() -> State:
    """Where both are now; later draws do not change it."""
    return _PYTHON.state(), _NUMPY.state()


def put_back(saved: State) -> None:
    """Let both go on from a saved state."""
    _PYTHON.put_back(saved[0])
    _NUMPY.put_back(saved[1])


class _Generator:
    """A generator whose state is known as long as its memory shows that nothing was drawn.

    Args:
        read: reads its state.
        write: gives it a state.
        memory: what to look at to see whether its state is another one; nothing where that cannot be seen.
    """

    def __init__(
        self, read: Callable[[], Any], write: Callable[[Any], None], memory: Callable[[], Memory]
    ) -> None:
        self._read = read
        self._write = write
        self._memory = memory
        self._seen: list[tuple[Callable[[], object], object]] = []
        self._state: Any = None

    def state(self) -> Any:
        if not self._is_known():
            self._know(self._read())
        return self._state

    def put_back(self, state: Any) -> None:
        if state is not self._state or not self._is_known():
            self._write(state)
            self._know(state)

    def _is_known(self) -> bool:
        for look, seen in self._seen:
            if look() != seen:
                return False
        return bool(self._seen)

    def _know(self, state: Any) -> None:
        self._state = state
        self._seen = [(look, look()) for look in self._memory()]


def _python_memory() -> Memory:
    generator: Any = random.random.__self__  # type: ignore[attr-defined]
    if not _is_visible():
        return ()
    return _within(generator, _random.Random), lambda: generator.gauss_next


def _numpy_memory() -> Memory:
    # Which bit generator it has is part of what is within the first.
    generator: Any = np.random.mtrand._rand
    bits = generator._bit_generator
    if type(bits) is not np.random.MT19937 or not _is_visible():
        return ()
    return _within(generator, np.random.RandomState), _within(bits, np.random.MT19937)


def _within(thing: object, kind: type) -> Callable[[], bytes]:
    """What an object holds in its own memory, as far as a base class of it says what is there."""
    head = object.__basicsize__
    memory = (ctypes.c_char * (kind.__basicsize__ - head)).from_address(id(thing) + head)

    def look(_alive: object = thing) -> bytes:
        return memory.raw

    return look


@cache
def _is_visible() -> bool:
    """Whether this interpreter and this NumPy keep the whole state in the objects themselves."""
    if sys.implementation.name != "cpython":
        return False
    python = random.Random(0)
    *numbers, place = python.getstate()[1]
    if struct.pack(f"=i{len(numbers)}I", place, *numbers) not in _within(python, _random.Random)():
        return False
    bits = np.random.MT19937(0)
    numpy = np.random.RandomState(bits)
    look = _within(numpy, np.random.RandomState)
    numpy.standard_normal()
    known, seen = numpy.get_state(legacy=False), look()
    numbers_and_place = known["state"]["key"].tobytes() + struct.pack("=i", known["state"]["pos"])
    numpy.standard_normal()  # the second of two that are drawn together: nothing else changes
    return (
        numbers_and_place in _within(bits, np.random.MT19937)()
        and struct.pack("=d", known["gauss"]) in seen
        and seen != look()
    )


_PYTHON: Final = _Generator(random.getstate, random.setstate, _python_memory)
_NUMPY: Final = _Generator(lambda: np.random.get_state(legacy=False), np.random.set_state, _numpy_memory)
