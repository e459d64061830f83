"""A game whose environment gets to know what players say to each other."""

from __future__ import annotations

from collections.abc import Sequence

from mug.game.loop import Game


class HearingGame(Game):
    """Passes messages on between two steps, and records where, so that a game can be rebuilt with them."""

    def hear(self, now: float, sender: str, text: str, to: Sequence[str]) -> None:
        """Somebody said something to others; agents are named as in the data.

        Raises:
            EnvironmentFault: the environment's ``receive_message`` raised, or it has none.
        """
        if not self.built:
            self._deferred.append(lambda now: self.hear(now, sender, text, to))
        elif self._phase != "over":
            self._built_engine.receive_message(sender, text, to)
            self._note("message", now, agent=sender, text=text, to=list(to))
