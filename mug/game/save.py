"""Where a game stands, as bytes: so that it need not be played again from its first record."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mug.engine.engine import Engine
from mug.engine.errors import EnvironmentFault
from mug.engine.snapshot import PortableSnapshot
from mug.game.spec import GameSpec

_FORMAT: Final = 1


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

    A callback that keeps nothing but ``game.data`` is fine.
    """
    if spec.on_game_step_code is not None:
        return False
    return not any(
        isinstance(callback, type) or getattr(callback, "__dict__", None) for callback in spec.callbacks
    )
