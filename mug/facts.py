"""What hooks are told: read-only views of the experiment, its participants and their games.

Agent ids are strings throughout (a seat ``0`` of the environment is ``"0"``), as in the data on disk.
Everything about a game is a confirmed fact: it happened exactly so, whichever runtime the game ran in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import attrs

if TYPE_CHECKING:
    from mug.scenes.stager import Stager

Record = Mapping[str, Any]
"""A record as it is in the data: ``kind`` says of what, ``wall`` when (milliseconds since 1970)."""


class Experiment(Protocol):
    """The running experiment."""

    @property
    def experiment_id(self) -> str:
        """The id that the script gave it, or an empty string."""

    @property
    def data_dir(self) -> Path:
        """The folder that holds this experiment's data, and nothing else's."""

    @property
    def stager(self) -> Stager:
        """Its scenes and their order, which nobody changes any more."""

    @property
    def games(self) -> Mapping[str, object]:
        """The scenes that are games, by scene id."""


@attrs.frozen
class Presence:
    """How a participant is there at this moment.

    ``rtt_ms`` is the round trip between their page and the server that was measured last, in milliseconds;
    None while there is none.
    """

    connected: bool
    visible: bool
    rtt_ms: float | None = None


@attrs.frozen
class Place:
    """Where a participant is.

    ``lobby`` is the game scene for which they wait, empty when they do not; ``game`` is the game of the scene
    in which they are, running or over, None when there is none.
    """

    scene_id: str
    lobby: str
    game: Game | None


Hear = Callable[[str, Mapping[str, Any]], Mapping[str, Any] | None]
"""Takes the subject id of whose page it is, and what the page says, untrusted; returns the answer."""


class Attendance(Protocol):
    """Who is there while the server runs, and what can be done about it.

    Participants are named by their ids in the data; one that nobody has raises ``KeyError``.
    """

    def presence(self, subject_id: str) -> Presence:
        """Return how somebody is there."""

    def notice(
        self, subject_id: str, text: str, level: Literal["info", "warning", "error"] = "warning"
    ) -> bool:
        """Show a sentence above the page of somebody; False if no page of theirs is open."""

    def record(
        self, subject_id: str, what: str, values: Mapping[str, Any], facts: Mapping[str, Any] | None = None
    ) -> None:
        """Store an observation about somebody, as a record of the kind ``observed``.

        ``values`` and ``facts`` are JSON values. The facts become known about the participant, for
        matchmakers, branches and plugins.

        Raises:
            StoreError: nothing was stored.
        """

    def recorded(self, what: str) -> Sequence[Record]:
        """Return all stored observations of this name, in order, for a plugin to go on after a restart.

        It reads every record of the experiment, and belongs where the server starts.

        Raises:
            StoreError: the records cannot be read.
        """

    def place(self, subject_id: str) -> Place:
        """Return where somebody is."""

    def waiting(self, scene_id: str) -> list[str]:
        """Return who waits for a game scene, in the order in which they came."""

    def listen(self, plugin: str, hear: Hear) -> None:
        """Let a plugin hear what its part of participants' pages says: ``client.tell(plugin, message)``.

        Messages and answers are JSON values; a message has at most 16 KiB, and a page may send ten a second.
        The answer must not take time. None, and an exception, which is logged, mean that it was not taken.

        Raises:
            ValueError: something listens to this name already.
        """

    def tell(self, subject_id: str, plugin: str, message: Mapping[str, Any]) -> bool:
        """Say something to a plugin's part of somebody's page; False if no page of theirs is open.

        Pages that come later are not told: a page asks for what it needs when it opens.
        """

    def pass_on(self, subject_id: str, sender: str, text: str, to: Sequence[str]) -> bool:
        """Let the environment of somebody's game know what one agent said to others, before its next step.

        It has a method ``receive_message(sender, text, to)``. Whether it was told is part of the game's
        records. False when the game's runtime cannot tell it, or is not open.
        """

    def take_out(self, subject_id: str, outcome: str, reason: str) -> bool:
        """End the study for somebody with one of `mug.outcomes.ENDINGS`, and record the reason.

        They go to the `EndScene` for the outcome, or to the last scene when there is none. Their game goes
        on, or ends, as it does when somebody left for good. False for who is finished, or waits in a lobby.

        Raises:
            StoreError: nothing was stored, and nothing happened.
            ValueError: nobody can end with this outcome.
        """


class Request(Protocol):
    """How somebody arrived."""

    @property
    def args(self) -> Mapping[str, str]:
        """The parameters in the address of the page; untrusted."""


class Participant(Protocol):
    """One person in one experiment."""

    @property
    def subject_id(self) -> str:
        """Their id in the data."""

    @property
    def labels(self) -> Mapping[str, str]:
        """What identification found out (a recruitment service's ids); stored apart from the data."""

    @property
    def facts(self) -> Mapping[str, object]:
        """Answers by field name, outcomes of games, and what plugins added."""


class Game(Protocol):
    """One group playing one game scene. The same object is passed from its start to its end."""

    @property
    def game_id(self) -> str:
        """Its id in the data."""

    @property
    def scene_id(self) -> str:
        """The scene that is played."""

    @property
    def players(self) -> Mapping[str, str]:
        """Subject ids by agent id, of the seats that people fill."""

    @property
    def over(self) -> bool:
        """Whether it has ended."""


@attrs.frozen
class Player:
    """A seat and the participant in it."""

    agent_id: str
    subject_id: str


@attrs.frozen
class Episode:
    """One episode of a game.

    ``number`` counts from 1. At its start ``steps`` is 0, ``rewards`` and ``reason`` are empty; at its end
    they are the steps played, the reward each agent collected, and why it ended: ``terminated``,
    ``truncated``, ``max_steps``, or the reason for which the whole game was stopped.
    """

    number: int
    seed: int
    steps: int = 0
    rewards: Mapping[str, float] = attrs.field(factory=dict)
    reason: str = ""


@attrs.frozen
class Step:
    """One step of the environment.

    ``step`` counts from 1 within the episode, ``frame`` counts every tick of the game. ``observations`` are
    what the agents acted on; ``sources`` says where each action came from: ``human``, ``policy``, ``model``,
    ``default``, ``previous`` or ``callback``, as in the data. ``extra`` holds the columns that game callbacks
    added. Values are what JSON makes of them: arrays are lists.
    """

    episode: int
    step: int
    frame: int
    observations: Mapping[str, object]
    actions: Mapping[str, object]
    sources: Mapping[str, str]
    rewards: Mapping[str, float]
    terminated: Mapping[str, bool]
    truncated: Mapping[str, bool]
    infos: Mapping[str, object]
    extra: Mapping[str, object] = attrs.field(factory=dict)


@attrs.frozen
class GameOutcome:
    """How a game ended.

    ``reason`` is ``completed`` when every episode was played, and otherwise says what stopped it. ``rewards``
    holds what each agent collected over all episodes, ``episodes`` how many were played to their end.
    """

    reason: str
    rewards: Mapping[str, float] = attrs.field(factory=dict)
    episodes: int = 0
