"""What hooks are told: read-only views of the experiment, its participants and their games.

Agent ids are strings throughout (a seat ``0`` of the environment is ``"0"``), as in the data on disk.
Everything about a game is a confirmed fact: it happened exactly so, whichever runtime the game ran in.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

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


class Request(Protocol):
    """The HTTP request with which somebody arrived."""

    @property
    def args(self) -> Mapping[str, str]:
        """The parameters in the URL; untrusted."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The request's headers; untrusted."""


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
    def id(self) -> str:
        """Its id in the data."""

    @property
    def scene_id(self) -> str:
        """The scene that is played."""

    @property
    def players(self) -> Mapping[str, str]:
        """Subject ids by agent id, of the seats that people fill."""
