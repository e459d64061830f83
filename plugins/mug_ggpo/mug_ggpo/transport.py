"""The transport ``webrtc``: games whose pages step the environment together and talk to each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from mug.components import GameSetup
from mug.errors import Problem
from mug.game.spec import GameSpec
from mug.peers import PeerTransport, Say, SendPacket
from mug_ggpo.ice import IceSettings
from mug_ggpo.in_browser.covariates import MEASURES
from mug_ggpo.in_browser.game import RollbackGame
from mug_ggpo.in_browser.models import is_model, played_by_models
from mug_ggpo.peer_game import WebRtcGame
from mug_ggpo.probe import WebRtcProbe
from mug_ggpo.rehearsal import rehearse
from mug_ggpo.signalling import MOST_PEERS
from mug_ggpo.traffic import Traffic

LONGEST_DELAY_S: Final = 0.5
LONGEST_WINDOW_S: Final = 4.0


class WebRtcTransport(PeerTransport):
    """Connects pages by WebRTC, and by way of the server where that is not possible."""

    name = "webrtc"
    game = RollbackGame
    measures = MEASURES

    def __init__(self) -> None:
        self._ice = IceSettings()
        self._traffic = Traffic()

    def configure(self, settings: Mapping[str, Any]) -> None:
        """Take the settings of ``.webrtc()``."""
        self._ice = IceSettings.of(settings)

    def check(self, spec: GameSpec) -> Iterable[Problem]:
        """Yield what keeps a scene from being played peer to peer."""
        where = f"scene '{spec.scene_id}'"
        people = len(spec.humans)
        if not 2 <= people <= MOST_PEERS:
            yield Problem(
                f"{where}, .policies(policy_mapping=)",
                f"from 2 to {MOST_PEERS} people can play peer to peer, got {people}",
                "with one, leave the transport out; with more, write .runtime(runtime='server')",
            )
        frames = {
            "ggpo_input_delay_frames": (spec.ggpo_input_delay_frames, LONGEST_DELAY_S),
            "ggpo_max_rollback_frames": (spec.ggpo_max_rollback_frames, LONGEST_WINDOW_S),
        }
        for setting, (given, longest) in frames.items():
            if given > longest * spec.fps:
                yield Problem(
                    f"{where}, .multiplayer({setting}=)",
                    f"at most {longest:g} s make sense, and {given} frames at {spec.fps} fps are"
                    f" {given / spec.fps:.1f} s",
                    f"write at most {setting}={int(longest * spec.fps)}",
                )
        if spec.on_disconnect == "play_on":
            yield Problem(
                f"{where}, .multiplayer(on_disconnect=)",
                "peer to peer, nobody can play on without the inputs of somebody who may come back",
                "write on_disconnect='pause', or .runtime(run_through_pyodide=False)",
            )
        if spec.on_leave == "takeover" and played_by_models(spec):
            yield Problem(
                f"{where}, .multiplayer(on_leave=)",
                "one player's page asks the models of this scene, and when that player leaves nobody does",
                "write on_leave='end', or let policies written in Python play with people",
            )
        if spec.on_leave == "takeover" and is_model(spec.takeover_policy):
            yield Problem(
                f"{where}, .multiplayer(takeover_policy=)",
                "every page plays the seat of who is gone by itself, and models may round otherwise in each",
                "give a policy written in Python, or write on_leave='end'",
            )
        yield from rehearse(spec)

    def longest_rtt_ms(self, spec: GameSpec) -> float:
        """Return what the scene sets, or what delay and window bear, beyond which everybody always waits.

        In lockstep waiting is what was asked for.
        """
        window = spec.ggpo_max_rollback_frames
        frames = spec.ggpo_input_delay_frames + window if window else math.inf
        asked = spec.max_p2p_rtt_ms
        return min(2000 * frames / spec.fps, math.inf if asked is None else asked)

    def connect(self, setup: GameSetup, say: Say, send: SendPacket) -> WebRtcGame:
        """Create the server's half for one game."""
        return WebRtcGame(setup, self._ice, self._traffic, say, send)

    def probe(self, size: int, say: Callable[[int, Mapping[str, Any]], None]) -> WebRtcProbe:
        """Let pages measure how far they are from each other."""
        return WebRtcProbe(size, self._ice, self._traffic, say)

    def health(self) -> Mapping[str, object]:
        """Return what passes through the server, by name."""
        return self._traffic.figures()
