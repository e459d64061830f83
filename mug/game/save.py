"""Where a game stands, as bytes: so that it need not be played again from its first record."""

from __future__ import annotations

import dis
import pickle
import types
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from mug.engine.engine import Engine
from mug.engine.errors import EnvironmentFault
from mug.engine.snapshot import PortableSnapshot
from mug.game.spec import GameSpec

_FORMAT: Final = 1
_CONSTANTS: Final = (str, bytes, int, float, complex, bool, type(None), type(...))
_HARMLESS: Final = frozenset(("mug", "math", "json", "re", "string", "textwrap", "operator", "numpy"))
"""Modules in which nothing of a game is kept, but what is random, which snapshots hold."""
_SETTING: Final = frozenset(("STORE_GLOBAL", "DELETE_GLOBAL", "IMPORT_NAME"))


@dataclass(frozen=True)
class Save:
    """A saved game.

    Attributes:
        key: stands for everything that the game is made of; a game made of anything else cannot be loaded.
        engine: the state of the environment, the policies and everything random.
        begun: whether the game had begun.
        totals: by agent, the rewards of the episodes that were over.
    """

    key: str
    engine: bytes
    begun: bool
    totals: Mapping[str, float]

    @classmethod
    def of(cls, engine: Engine, key: str, *, begun: bool, totals: Mapping[str, float]) -> Save:
        """Save a game.

        Raises:
            EnvironmentFault: something in it cannot be turned into bytes.
        """
        return cls(key, engine.save().as_bytes(), begun, dict(totals))

    @classmethod
    def from_bytes(cls, blob: bytes, key: str) -> Save:
        """Read a save.

        Raises:
            EnvironmentFault: it is damaged, or of another game.
        """
        try:
            form, found, *rest = pickle.loads(blob)
        except Exception as error:
            raise EnvironmentFault(f"this is no saved game: {error}", "a saved game") from error
        if (form, found) != (_FORMAT, key):
            raise EnvironmentFault("this is another game", "a saved game")
        return cls(found, *rest)

    def to_bytes(self) -> bytes:
        """Write it."""
        content: Any = (_FORMAT, self.key, self.engine, self.begun, dict(self.totals))
        return pickle.dumps(content, protocol=5)

    def restore(self, engine: Engine) -> None:
        """Bring a game that has not begun to where this one stood.

        Raises:
            EnvironmentFault: the save does not fit.
        """
        engine.load(PortableSnapshot(self.engine))


def can_be_saved(spec: GameSpec) -> bool:
    """Whether snapshots hold all that a game remembers: not what code and callbacks keep in their variables.

    A callback that keeps nothing but ``game.data`` is fine; one that could remember anything else is not.
    """
    if spec.on_game_step_code is not None:
        return False
    return all(_remembers_nothing(callback) for callback in (*spec.callbacks, spec.hud_text_fn) if callback)


def _remembers_nothing(callback: object) -> bool:
    """Whether this is a function that uses constants, modules and functions like itself only."""
    waiting, seen = [callback], set[int]()
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, _CONSTANTS) or id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, types.ModuleType):
            if thing.__name__.partition(".")[0] not in _HARMLESS:
                return False
        elif isinstance(thing, types.BuiltinFunctionType):
            if not isinstance(thing.__self__, types.ModuleType | None):
                return False
        elif isinstance(thing, tuple | frozenset):
            waiting += thing
        elif isinstance(thing, type):
            if thing.__module__ != "builtins":
                return False
        elif isinstance(thing, types.FunctionType):
            if thing.__closure__ or thing.__dict__:
                return False
            if thing.__module__.partition(".")[0] in _HARMLESS:
                continue
            used = _used(thing.__code__)
            if used is None:
                return False
            waiting += [thing.__globals__[name] for name in used if name in thing.__globals__]
            waiting += [*(thing.__defaults__ or ()), *(thing.__kwdefaults__ or {}).values()]
        else:
            return False
    return True


@cache
def _used(code: types.CodeType) -> frozenset[str] | None:
    """Return the names that code looks up, None if it sets global ones or imports what they may be in."""
    if any(step.opname in _SETTING for step in dis.get_instructions(code)):
        return None
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            within = _used(constant)
            if within is None:
                return None
            names |= within
    return frozenset(names)
