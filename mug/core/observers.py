"""Telling plugins what happened in games, in the public vocabulary of ``mug.facts``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mug.core.plugins import PluginSet
from mug.facts import Episode, GameOutcome, Player, Step

if TYPE_CHECKING:
    from mug.core.games import Game

Notify = Callable[..., None] | None


class Observers:
    """The observing hooks of one experiment, resolved once; a hook nobody listens to costs nothing."""

    def __init__(self, plugins: PluginSet, experiment: object) -> None:
        self._experiment = experiment
        self._record = plugins.notifier("mug_record")
        self._game_start = plugins.notifier("mug_on_game_start")
        self._episode_start = plugins.notifier("mug_on_episode_start")
        self._step = plugins.notifier("mug_after_step")
        self._episode_end = plugins.notifier("mug_on_episode_end")
        self._game_end = plugins.notifier("mug_on_game_end")
        self._join = plugins.notifier("mug_on_player_join")
        self._leave = plugins.notifier("mug_on_player_leave")
        self._reconnect = plugins.notifier("mug_on_player_reconnect")
        self._by_kind = {
            "game_start": self._game_start,
            "episode_start": self._episode_start,
            "step": self._step,
            "episode_end": self._episode_end,
        }

    def wants(self, kind: str) -> bool:
        """Whether somebody listens to a game's records of this kind, so that they must be decoded."""
        return self._record is not None or self._by_kind.get(kind) is not None

    def record(self, record: Mapping[str, Any]) -> None:
        """A record is stored."""
        if self._record is not None:
            self._record(self._experiment, record)

    def game_record(self, game: Game, record: Mapping[str, Any]) -> None:
        """A record of a game is stored: tell who wants records, and who wants what it says.

        What a page still had of a game when that was over is a record, and no hook on games hears of it: they
        were told that it is over.
        """
        self.record(record)
        if game.over:
            return
        match record["kind"]:
            case "game_start":
                _tell(self._game_start, game)
            case "episode_start":
                _tell(self._episode_start, game, Episode(record["episode"], record["seed"]))
            case "step" if self._step is not None:
                # a page may have left out what nobody but observers needs
                self._step(game, Step(**{name: record.get(name, {}) for name in _STEP_FIELDS}))
            case "episode_end" if self._episode_end is not None:
                self._episode_end(
                    game,
                    Episode(
                        record["episode"],
                        record.get("seed", 0),
                        record["steps"],
                        record["rewards"],
                        str(record.get("reason", "")),
                    ),
                )

    def joined(self, game: Game, player: Player) -> None:
        """A player's game is about to start."""
        _tell(self._join, game, player)

    def left(self, game: Game, player: Player) -> None:
        """A player lost the connection."""
        _tell(self._leave, game, player)

    def returned(self, game: Game, player: Player) -> None:
        """A player is back."""
        _tell(self._reconnect, game, player)

    def game_ended(self, game: Game, outcome: GameOutcome) -> None:
        """A game is over."""
        _tell(self._game_end, game, outcome)


_STEP_FIELDS = tuple(Step.__annotations__)


def _tell(notify: Notify, *arguments: object) -> None:
    if notify is not None:
        notify(*arguments)
