"""What a `GymScene` comes to once it is frozen: everything that is needed to play its games."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

AgentId = str | int


@dataclass(frozen=True)
class Asset:
    """An image, or an atlas (an image with the places of its frames), to load before the game.

    ``kind`` is ``"image"`` or ``"atlas"``; ``path`` is the image's file, ``data`` the atlas's JSON file. Both
    lie inside the scene's ``assets_dir`` and are written from there, with ``/``.
    """

    kind: Literal["image", "atlas"]
    name: str
    path: str
    data: str | None = None


@dataclass(frozen=True)
class Binding:
    """Physical keys that, held together, are an action. ``action`` is an index into the seat's actions."""

    codes: tuple[str, ...]
    action: int


@dataclass(frozen=True)
class PointerBinding:
    """What a press (``"down"``) or a movement (``"move"``) of the pointer on the picture is."""

    event: Literal["down", "move"]
    action: int


@dataclass(frozen=True)
class Button:
    """A button on the screen that stands for physical keys."""

    label: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class PointedAction:
    """An action that depends on where the pointer is: a researcher's function of surface pixels."""

    function: Callable[[float, float], object]


@dataclass(frozen=True)
class Controls:
    """How the participant in one seat acts.

    ``actions`` is the table that browsers index; an entry is an action of the environment, or a
    `PointedAction`.
    """

    actions: tuple[object, ...] = ()
    bindings: tuple[Binding, ...] = ()
    pointer: tuple[PointerBinding, ...] = ()
    buttons: tuple[Button, ...] = ()

    def action(self, index: int, x: float = 0.0, y: float = 0.0) -> object:
        """Return the action behind an index that a browser sent.

        Args:
            index: the index, untrusted.
            x: the pointer's place in surface pixels, for pointer inputs.
            y: as x.

        Raises:
            IndexError: there is no such action.
        """
        if not 0 <= index < len(self.actions):
            raise IndexError(index)
        entry = self.actions[index]
        return entry.function(x, y) if isinstance(entry, PointedAction) else entry


@dataclass(frozen=True, kw_only=True)
class GameSpec:
    """Everything about a scene's games. Times are in seconds, sizes in CSS pixels.

    The names are those of the settings; what is not named like one:

    Attributes:
        agent_ids: every agent of the environment, in the order of ``policy_mapping``.
        humans: those that people play, in the same order.
        policies: who plays each agent, as the script gave it: ``PolicyTypes``, a policy's name, a
            `ModelConfig`, a heuristic's class or object, a policy object, or a function of the observation.
        make_env: makes one environment, called without arguments.
        runtime: the name of the runtime.
        transport: the name of the transport.
        env_code: Python code for the browser that leaves an environment in ``env``, or None.
        controls: how people act, by human agent.
        default_action: the action of each human who gives none; None when the script names no default, and
            then the runtime takes the zero of the agent's action space (0, or zeros).
        callbacks: functions and `GameCallbacks` objects, in order.
        peer_game: what plays in the page of each of several people who play peer to peer, in the place of
            `mug.game.loop.Game`; None where one place plays for all.
        assets: what to load before the game.
    """

    scene_id: str
    agent_ids: tuple[AgentId, ...]
    humans: tuple[AgentId, ...]

    runtime: str
    transport: str
    fallback: str | None
    on_reload: Literal["resume", "restart_episode"]
    make_env: Callable[[], Any]
    seed: int | None
    env_code: str | None
    on_game_step_code: str | None
    packages_to_install: tuple[str, ...]
    ggpo_max_rollback_frames: int
    ggpo_input_delay_frames: int
    ggpo_prediction: Literal["repeat_last", "default_action"] | Callable[[AgentId, Any], Any]
    rollback_smoothing_duration: float
    max_p2p_rtt_ms: float | None

    policies: Mapping[AgentId, object]
    load_policy_fn: Callable[[str], object] | None
    policy_inference_fn: Callable[[object, Any], object] | None
    frame_skip: int

    fps: int
    game_width: int
    game_height: int
    background: str
    hud_text_fn: Callable[[Any], object] | None
    assets_dir: Path | None
    assets: tuple[Asset, ...]

    controls: Mapping[AgentId, Controls]
    input_mode: Literal["pressed_keys", "key_down", "key_up"]
    touch_controls: Literal["auto"] | bool
    default_action: Mapping[AgentId, object] | None
    action_population_method: Literal["default_action", "previous_submitted_action"]
    num_episodes: int
    max_steps: int | None
    reset_freeze_s: float
    countdown_s: float
    callbacks: tuple[Any, ...]
    on_hidden: Literal["play_on", "pause"]

    header: str
    body: str
    in_game_body: str

    matchmaker: Any
    min_players: int
    max_wait_time: float | None
    min_wait_time: float
    simulated_wait: tuple[float, float] | None
    timeout_scene_id: str | None
    timeout_redirect_url: str | None
    timeout_message: str
    extensions: int
    requeues: int
    filled_message: str
    ready_check: Literal["automatic", "click"]
    ready_timeout: float
    hide_lobby_count: bool
    can_leave: bool

    reconnect_window_s: float
    on_disconnect: Literal["pause", "play_on"]
    on_leave: Literal["end", "takeover"]
    takeover_policy: object
    peer_game: Callable[..., Any] | None = None

    def with_policies(self, offered: Mapping[str, object]) -> GameSpec:
        """Return the same game with policies in place of names that plugins offer.

        Args:
            offered: policy objects by name. Each is a model for the game's own, which are copies of it.
        """

        def named(policy: object) -> object:
            return offered.get(policy, policy) if isinstance(policy, str) else policy

        return replace(
            self,
            policies={agent_id: named(policy) for agent_id, policy in self.policies.items()},
            takeover_policy=named(self.takeover_policy),
        )


def client_game(spec: GameSpec, agent_id: AgentId) -> dict[str, Any]:
    """Return what the page of the participant in one seat needs to know about the game, as JSON values.

    It says nothing about the other seats: who is human and which policies play is not the participant's to
    know. Files are named as in ``assets_dir``; the core puts the address before them, and adds how frames
    travel.
    """
    controls = spec.controls[agent_id]
    return {
        "seat": str(agent_id),
        "runtime": spec.runtime,
        "width": spec.game_width,
        "height": spec.game_height,
        "background": spec.background,
        "fps": spec.fps,
        "inputMode": spec.input_mode,
        "bindings": [{"codes": list(b.codes), "action": b.action} for b in controls.bindings],
        "pointer": [{"event": b.event, "action": b.action} for b in controls.pointer],
        "buttons": [{"label": b.label, "codes": list(b.codes)} for b in controls.buttons],
        "touchControls": spec.touch_controls,
        "assets": [_asset(asset) for asset in spec.assets],
        "header": spec.header,
        "body": spec.body,
        "inGameBody": spec.in_game_body,
    }


def _asset(asset: Asset) -> dict[str, str]:
    if asset.data is None:
        return {"kind": "image", "name": asset.name, "url": asset.path}
    return {"kind": "atlas", "name": asset.name, "image": asset.path, "data": asset.data}
