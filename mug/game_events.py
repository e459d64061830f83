"""What a runtime tells the core about a game."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from mug.rendering import Asset

AgentId = str | int


@attrs.frozen
class GameReady:
    """The environment stands; ``start`` may be called. ``resumed_steps`` were replayed from records."""

    resumed_steps: int = 0


@attrs.frozen
class GameLoading:
    """The environment has to be rebuilt (its page was opened again); ``GameReady`` follows, or a failure."""


@attrs.frozen
class GameUnplayable:
    """This game cannot be played here, or not any further; another runtime may, from where its records end.

    The runtime says and records nothing of the game itself any more. What pages still have to say is given to
    it all the same.
    """

    reason: str


@attrs.frozen
class SeatTaken:
    """A policy plays this seat for good, for its participant's page cannot play; it is over for them."""

    agent_id: AgentId


@attrs.frozen
class AssetsRegistered:
    """The environment's pictures are drawn with these images and atlases from now on.

    Said before the first frame that needs them, for the seats that see these pictures; it takes the
    place of what was said before for a seat. Paths are as the environment wrote them.
    """

    assets: tuple[Asset, ...]
    agent_ids: tuple[AgentId, ...]


@attrs.frozen
class EpisodeStarted:
    """An episode began; ``episode`` counts from 1."""

    episode: int


@attrs.frozen
class EpisodeEnded:
    """An episode ended. ``pause`` is the number of seconds until the next one, None after the last."""

    episode: int
    steps: int
    rewards: Mapping[str, float]
    reason: str
    pause: float | None


@attrs.frozen
class GameOver:
    """Every episode was played, or the game was stopped with ``reason``."""

    reason: str
    rewards: Mapping[str, float]


@attrs.frozen
class GameFailed:
    """The game cannot go on. ``detail`` is for the researcher (a traceback), never for participants."""

    reason: str
    detail: str


GameEvent = (
    GameReady
    | GameLoading
    | GameUnplayable
    | SeatTaken
    | AssetsRegistered
    | EpisodeStarted
    | EpisodeEnded
    | GameOver
    | GameFailed
)
