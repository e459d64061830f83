"""What an experiment is made of, beyond its scenes: name, data, hosting, plugins."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from mug.configurations.kinds import (
    Flag,
    Folder,
    ListOf,
    Readable,
    SafeName,
    Text,
    Whole,
    found_path,
)
from mug.configurations.served_folders import exposing_folders
from mug.configurations.settings import NOT_GIVEN, Builder, NotGiven, Setting, Settings, WrongValue, shown
from mug.configurations.webrtc_settings import WEBRTC, from_environment, webrtc_problems
from mug.errors import Problem
from mug.scenes.gym_scene import GymScene
from mug.scenes.pictures import missing_pictures
from mug.scenes.scene import Scene
from mug.scenes.stager import Stager


def _stager(value: object) -> Stager:
    if isinstance(value, Stager):
        return value
    raise WrongValue(fix="write stager=stager.Stager(scenes=[…])" if isinstance(value, list | tuple) else "")


def _data_dir(value: object) -> Path:
    if found_path(value, None).is_file():
        raise WrongValue(f"{str(value)!r} is a file, and data goes into a folder")
    return Path(str(value))


def _host(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9.:_-]{1,255}", value):
        fits = isinstance(value, str) and "://" in value
        raise WrongValue(fix="write the host alone: no 'http://', no port" if fits else "")
    return value


def _origin(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?", value):
        return value.lower()
    if isinstance(value, str) and (found := re.match(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?", value)):
        raise WrongValue(f"{shown(value)} is more than an origin", fix=f"write {found[0].lower()!r}")
    raise WrongValue


def _plugin(value: object) -> object:
    if isinstance(value, list | tuple):
        raise WrongValue(
            f"plugins are given one by one, got {shown(value)}", fix="write .plugins(first, second)"
        )
    if value is None or value == "" or isinstance(value, bool | int | float):
        raise WrongValue
    return value


EXPERIMENT = Settings(
    "experiment",
    Setting("stager", Readable("a Stager", _stager), "The scenes and their order."),
    Setting(
        "experiment_id", SafeName(), "The experiment's name; its data goes into a folder of this name.", ""
    ),
    Setting(
        "title", Text(200), "The title of the page in the browser; the experiment_id when it is left out.", ""
    ),
    Setting("data_dir", Readable("the path of a folder", _data_dir), "Where data goes.", Path("data")),
    Setting(
        "seed",
        Whole(0, 2**63 - 1),
        "What everything random comes from; drawn and recorded when it is left out.",
    ),
    hints={"save_experiment_data": "remove it: data is always saved"},
)

HOSTING = Settings(
    "hosting",
    Setting(
        "host",
        Readable("a host's name or address, such as '0.0.0.0'", _host),
        "Where the server listens; '0.0.0.0' for other machines to reach it.",
        "127.0.0.1",
    ),
    Setting("port", Whole(1, 65_535), "The server's port.", 8000),
    Setting(
        "allowed_origins",
        ListOf(Readable("an origin, such as 'https://study.example.org'", _origin), "a list of origins"),
        "Other sites that may embed the experiment's pages.",
        (),
    ),
    Setting(
        "behind_proxy",
        Flag(),
        "Whether a reverse proxy stands before the server and names the browsers' addresses.",
        False,
    ),
    Setting(
        "max_participants",
        Whole(1, 1_000_000),
        "How many may take part at the same time; no limit when left out.",
    ),
    hints={"max_ping": "remove it: a participant's latency is recorded, and a plugin can screen by it"},
)

PLUGINS = Settings(
    "plugins",
    Setting(
        "plugins",
        ListOf(Readable("a plugin object, or the name of an installed plugin", _plugin), "plugins"),
        "Plugins that observe and decide, in the order in which they are asked.",
        (),
    ),
)

STATIC_FILES = Settings(
    "static_files",
    Setting(
        "directories",
        ListOf(Folder(), "a list of folders"),
        'Folders whose files pages may show: "pictures/map.png" from a folder "pictures".',
        (),
    ),
)


class ExperimentConfig(Builder):
    """An experiment's configuration; also known as ``RemoteConfig``."""

    method_hints = {
        "entry_screening": "list a plugin that screens participants: .plugins(…)",
        "stager": "write .experiment(stager=…)",
    }

    def __init__(self) -> None:
        super().__init__()
        self._uses_webrtc = False

    @EXPERIMENT.implements
    def experiment(
        self,
        *,
        stager: Stager | NotGiven = NOT_GIVEN,
        experiment_id: str | NotGiven = NOT_GIVEN,
        title: str | NotGiven = NOT_GIVEN,
        data_dir: str | Path | NotGiven = NOT_GIVEN,
        seed: int | NotGiven = NOT_GIVEN,
        **unknown: object,
    ) -> Self:
        """Say what the experiment is.

        Args:
            stager: the scenes and their order.
            experiment_id: its name: letters, digits, ``_``, ``-`` and ``.``. Data goes into a folder of this
                name.
            title: the title of the page in the browser.
            data_dir: the folder for data, ``data`` where Python was started when left out.
            seed: what everything random comes from; drawn, and recorded, when left out.
            **unknown: anything else is reported as a mistake.
        """
        return self

    @HOSTING.implements
    def hosting(
        self,
        *,
        host: str | NotGiven = NOT_GIVEN,
        port: int | NotGiven = NOT_GIVEN,
        allowed_origins: Sequence[str] | NotGiven = NOT_GIVEN,
        behind_proxy: bool | NotGiven = NOT_GIVEN,
        max_participants: int | NotGiven = NOT_GIVEN,
        **unknown: object,
    ) -> Self:
        """Say where and for whom the server runs.

        Args:
            host: where it listens: ``"127.0.0.1"`` for this machine alone, ``"0.0.0.0"`` for others too.
            port: the port.
            allowed_origins: other sites that may embed the pages, such as ``"https://panel.example.org"``.
            behind_proxy: trust the addresses that a reverse proxy passes on; only True when there is one.
            max_participants: how many people may take part at the same time.
            **unknown: anything else is reported as a mistake.
        """
        return self

    @STATIC_FILES.implements
    def static_files(
        self, *, directories: Sequence[str | Path] | NotGiven = NOT_GIVEN, **unknown: object
    ) -> Self:
        """Say which folders hold files that pages show.

        Args:
            directories: the folders. A file is addressed by its folder's name and its own:
                ``<img src="pictures/map.png">``.
            **unknown: anything else is reported as a mistake.
        """
        return self

    @WEBRTC.implements
    def webrtc(
        self,
        *,
        turn_username: str | NotGiven = NOT_GIVEN,
        turn_credential: str | NotGiven = NOT_GIVEN,
        turn_urls: Sequence[str] | NotGiven = NOT_GIVEN,
        turn_secret: str | NotGiven = NOT_GIVEN,
        ice_servers: Sequence[Mapping[str, Any]] | NotGiven = NOT_GIVEN,
        force_relay: bool | NotGiven = NOT_GIVEN,
        **unknown: object,
    ) -> Self:
        """Say how browsers find each other in games that are played peer to peer.

        Args:
            turn_username: user name at the TURN service; without it ``TURN_USERNAME`` of the process's
                environment, as it is when this method is called.
            turn_credential: credential at the TURN service; without it ``TURN_CREDENTIAL``.
            turn_urls: addresses of your own TURN server, such as ``["turn:turn.example.org:3478"]``; without
                it ``TURN_URLS``, separated by spaces.
            turn_secret: what that server shares with mug; without it ``TURN_SECRET``. Browsers
                never get it.
            ice_servers: STUN and TURN servers as in ``RTCPeerConnection``, used instead of all others.
            force_relay: send everything through TURN, to try it out.
            **unknown: anything else is reported as a mistake.
        """
        self._uses_webrtc = True
        self._take(WEBRTC, (), from_environment(self), None)
        return self

    @PLUGINS.implements
    def plugins(self, *plugins: object) -> Self:
        """Let plugins observe and decide in this experiment; each call adds some.

        Args:
            *plugins: plugin objects, or names of installed plugins, in the order in which they are asked.
        """
        return self

    @property
    def uses_webrtc(self) -> bool:
        """Whether ``.webrtc()`` was called."""
        return self._uses_webrtc

    def webrtc_settings(self) -> dict[str, Any]:
        """Return the settings of ``.webrtc()`` by name, and ``enabled``, whether it was called."""
        return {one.name: self.setting(one.name) for one in WEBRTC} | {"enabled": self._uses_webrtc}

    def label(self) -> str:
        """Return how problems name the configuration."""
        name = self.setting("experiment_id")
        return f"experiment '{name}'" if name else "ExperimentConfig"

    def problems(self) -> list[Problem]:
        """Return everything that is wrong with the experiment, its order and its scenes."""
        found = super().problems()
        stager = self.setting("stager")
        if not self.given("stager"):
            found.append(
                self.problem("experiment", "stager", "there are no scenes", "write .experiment(stager=…)")
            )
        found += webrtc_problems(self)
        found += exposing_folders(self, stager.scenes() if isinstance(stager, Stager) else ())
        names = [folder.name for folder in self.setting("directories")]
        for name in {name for name in names if names.count(name) > 1 or name == "-"}:
            what = f"files are addressed by their folder's name, and {name!r} is not its alone"
            found.append(self.problem("static_files", "directories", what, "give the folder another name"))
        if isinstance(stager, Stager):
            for scene in stager.scenes():
                found += scene.problems()
                found += self._missing_pictures(scene)
            found += stager.problems()
        return found

    def _missing_pictures(self, scene: Scene) -> Iterator[Problem]:
        if not self.wrong("directories"):
            folders = {folder.name: folder for folder in self.setting("directories")}
            yield from missing_pictures(scene.pictures(), folders)

    def advice(self) -> list[Problem]:
        """Return what is allowed but probably not meant; it keeps nothing from running."""
        stager = self.setting("stager")
        games = [s for s in stager.scenes() if isinstance(s, GymScene)] if isinstance(stager, Stager) else []
        found = [problem for game in games for problem in game.advice()]
        if self.uses_webrtc and all(game.transport_name() != "webrtc" for game in games):
            what = "nothing is played peer to peer here, so .webrtc() changes nothing"
            found.append(Problem(f"{self.label()}, .webrtc()", what, "remove it"))
        return found

    def freeze(self) -> None:
        """Refuse further changes, to the scenes too."""
        super().freeze()
        stager = self.setting("stager")
        if isinstance(stager, Stager):
            stager.freeze()
