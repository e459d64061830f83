"""The scene in which participants play an environment."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

from mug.configurations.kinds import FileText
from mug.configurations.settings import NOT_GIVEN, NotGiven
from mug.errors import ConfigurationError, Problem
from mug.game.spec import AgentId, GameSpec
from mug.scenes import gym_advice, gym_checks, gym_needs, gym_settings
from mug.scenes.gym_spec import spec_of
from mug.scenes.scene import Need, Scene


class GymScene(Scene):
    """One game of an environment, by one participant or several, with policies in the other seats.

    Which runtime plays it: an explicit ``.runtime(runtime=…)``; else ``run_through_pyodide``; else the
    browser (``"pyodide"``) when there is code to initialize the environment there, and otherwise the server.
    Several people in ``"pyodide"`` play peer to peer (``"webrtc"``).
    """

    kind = "gym"
    method_hints = {
        "display": "write .content(…)",
        "matchmaking": "write .multiplayer(matchmaker=…)",
    }

    def __init__(self) -> None:
        super().__init__()
        self._spec: GameSpec | None = None

    @gym_settings.ENVIRONMENT.implements
    def environment(
        self,
        *,
        env_creator: Callable[..., object] | str | NotGiven = NOT_GIVEN,
        env_config: Mapping[str, Any] | NotGiven = NOT_GIVEN,
        seed: int | NotGiven = NOT_GIVEN,
        **unknown: object,
    ) -> Self:
        """Say how the environment is made, on the server.

        Args:
            env_creator: a function or class that returns a Gymnasium or PettingZoo environment, or the id of
                a registered Gymnasium environment. It is called once for each game.
            env_config: its keyword arguments. ``render_mode`` is added when the environment offers ``"mug"``
                or ``"rgb_array"`` and the arguments have none.
            seed: the seed of every game; without it each game draws its own. It is recorded either way, and
                each episode gets a seed of its own from it.
            **unknown: anything else is reported as a mistake.
        """
        return self

    @gym_settings.POLICIES.implements
    def policies(
        self,
        *,
        policy_mapping: Mapping[Any, Any] | NotGiven = NOT_GIVEN,
        load_policy_fn: Callable[[str], Any] | NotGiven = NOT_GIVEN,
        policy_inference_fn: Callable[[Any, Any], Any] | NotGiven = NOT_GIVEN,
        frame_skip: int | NotGiven = NOT_GIVEN,
        **unknown: object,
    ) -> Self:
        """Say who plays each agent.

        Args:
            policy_mapping: for every agent id of the environment: ``PolicyTypes.Human``,
                ``PolicyTypes.Random``, a policy's name, a `ModelConfig`, a `HeuristicPolicy`, a `Policy`, or
                a function of the observation. A single-agent environment's one agent may have any id, such as
                ``"player_0"``.
            load_policy_fn: called with a name from the mapping, once for each game; returns the policy. With
                two parameters it is called with the agent id and the name.
            policy_inference_fn: called with the loaded policy (without ``load_policy_fn``: its name) and an
                observation; returns the action. With three parameters the agent id comes first.
            frame_skip: a policy decides on every so-manieth step and repeats its action on those between.
            **unknown: anything else is reported as a mistake.
        """
        return self

    @gym_settings.RENDERING.implements
    def rendering(
        self,
        *,
        fps: int | NotGiven = NOT_GIVEN,
        game_width: int | NotGiven = NOT_GIVEN,
        game_height: int | NotGiven = NOT_GIVEN,
        background: str | Sequence[float] | NotGiven = NOT_GIVEN,
        hud_text_fn: Callable[[Any], str] | NotGiven = NOT_GIVEN,
        **unknown: object,
    ) -> Self:
        """Say how the game looks and how fast it runs.

        Args:
            fps: steps of the environment per second.
            game_width: width of the picture on the page in CSS pixels; it shrinks with a smaller window.
            game_height: height of the picture on the page in CSS pixels.
            background: the color behind the picture.
            hud_text_fn: called with the game after each step; returns a line of text shown above the picture.
            **unknown: anything else is reported as a mistake.
        """
        return self

    @gym_settings.ASSETS.implements
    def assets(
        self,
        *,
        assets_dir: str | Path | NotGiven = NOT_GIVEN,
        assets_to_preload: Sequence[Any] | NotGiven = NOT_GIVEN,
        **unknown: object,
    ) -> Self:
        """Say where the images are that the environment draws with.

        Args:
            assets_dir: the folder that holds them; nothing outside it is ever sent to participants.
            assets_to_preload: file names in the folder, whose names without ending are then the images'
                names; or what ``Surface.assets()`` returns. They are loaded before the game starts.
            **unknown: anything else is reported as a mistake.
        """
        return self

    @gym_settings.GAMEPLAY.implements
    def gameplay(
        self,
        *,
        action_mapping: Mapping[Any, Any] | NotGiven = NOT_GIVEN,
        default_action: Any | NotGiven = NOT_GIVEN,
        num_episodes: int | NotGiven = NOT_GIVEN,
        max_steps: int | NotGiven | None = NOT_GIVEN,
        action_population_method: str | NotGiven = NOT_GIVEN,
        input_mode: str | NotGiven = NOT_GIVEN,
        callback: Any | NotGiven = NOT_GIVEN,
        reset_freeze_s: float | NotGiven = NOT_GIVEN,
        countdown_s: float | NotGiven = NOT_GIVEN,
        pointer: Mapping[str, Any] | NotGiven = NOT_GIVEN,
        on_screen_buttons: Mapping[str, Any] | NotGiven = NOT_GIVEN,
        touch_controls: bool | Literal["auto"] | NotGiven = NOT_GIVEN,
        on_hidden: Literal["play_on", "pause"] | NotGiven = NOT_GIVEN,
        **unknown: object,
    ) -> Self:
        """Say how participants act, and how long the game goes on.

        Args:
            action_mapping: actions by key; a tuple of keys is a combination held together. Keys are named by
                what they type on a US keyboard (``"w"``, ``" "``), as ``"ArrowUp"``, or by their code
                (``"KeyW"``), and bound by their place. All players use the same keys, unless the mapping is
                by agent id.
            default_action: the action of a player who gives none, or a dict of such actions by agent id.
            num_episodes: episodes in one game.
            max_steps: steps after which an episode is cut off; None for no limit.
            action_population_method: what fills in for a player who gives no action, from ``ActionSettings``.
            input_mode: when a key counts, from ``InputModes``.
            callback: a function ``(game_instance, data)`` called after each step, whose additions to ``data``
                become columns of the data; a `GameCallbacks` object; or a list of these.
            reset_freeze_s: pause between episodes, in seconds.
            countdown_s: countdown before the first episode, in seconds.
            pointer: what a press (``"down"``) or a movement (``"move"``) on the picture is: an action, or a
                function that gets the place in surface pixels and returns one:
                ``{"down": lambda x, y: int(x // 50) + 10 * int(y // 50)}``.
            on_screen_buttons: keys by label, in the order in which the buttons stand.
            touch_controls: True shows the buttons, False never does, ``"auto"`` does on touch screens.
            on_hidden: whether the game goes on or waits while a player's page is hidden.
            **unknown: anything else is reported as a mistake.
        """
        return self

    @gym_settings.CONTENT.implements
    def content(
        self,
        *,
        scene_header: str | NotGiven = NOT_GIVEN,
        scene_body: str | NotGiven = NOT_GIVEN,
        scene_body_filepath: str | Path | NotGiven = NOT_GIVEN,
        in_game_scene_body: str | NotGiven = NOT_GIVEN,
        in_game_scene_body_filepath: str | Path | NotGiven = NOT_GIVEN,
        **unknown: object,
    ) -> Self:
        """Say what stands around the picture.

        Args:
            scene_header: the heading, as plain text.
            scene_body: HTML shown until the game starts.
            scene_body_filepath: a file with it, instead.
            in_game_scene_body: HTML shown below the picture during the game.
            in_game_scene_body_filepath: a file with it, instead.
            **unknown: anything else is reported as a mistake.
        """
        return self

    @gym_settings.MULTIPLAYER.implements
    def multiplayer(
        self,
        *,
        num_players: int | NotGiven = NOT_GIVEN,
        player_ids: Sequence[AgentId] | NotGiven = NOT_GIVEN,
        ggpo_max_rollback_frames: int | NotGiven = NOT_GIVEN,
        ggpo_input_delay_frames: int | NotGiven = NOT_GIVEN,
        ggpo_prediction: str | Callable[[AgentId, Any], Any] | NotGiven = NOT_GIVEN,
        rollback_smoothing_duration: float | NotGiven = NOT_GIVEN,
        max_p2p_rtt_ms: float | NotGiven | None = NOT_GIVEN,
        matchmaker: Any | NotGiven = NOT_GIVEN,
        reconnect_window_s: float | NotGiven = NOT_GIVEN,
        on_disconnect: Literal["pause", "play_on"] | NotGiven = NOT_GIVEN,
        on_leave: Literal["end", "takeover"] | NotGiven = NOT_GIVEN,
        takeover_policy: Any | NotGiven = NOT_GIVEN,
        **unknown: object,
    ) -> Self:
        """Say how people come together, and what happens when one goes.

        Args:
            num_players: how many people play in one game.
            player_ids: the agents they play, as the environment names them.
            ggpo_max_rollback_frames: peer to peer, how many frames may be taken back when a prediction was
                wrong.
            ggpo_input_delay_frames: peer to peer, by how many frames one's own input is delayed.
            ggpo_prediction: peer to peer, what somebody is taken to do whose input has not come yet:
                ``"repeat_last"`` (keys that are held stay held; what happens once is not repeated),
                ``"default_action"``, or a function ``(agent_id, last_action) -> action``, either of which may
                be None for doing nothing.
            rollback_smoothing_duration: peer to peer, for how many seconds what was drawn in a wrong place
                glides to the right one; 0 to jump.
            max_p2p_rtt_ms: peer to peer, before a group is final its pages measure how far they are from each
                other, there and back; who is farther than this waits for somebody else.
            matchmaker: who plays with whom: a name that a plugin offers, or a `Matchmaker` object.
            reconnect_window_s: how many seconds a game waits for somebody who lost the connection: 30 unless
                given, and 300 when they play alone, for nobody waits with them.
            on_disconnect: whether the game pauses meanwhile or is played on.
            on_leave: when they do not come back, the game ends, or ``takeover_policy`` plays for them.
            takeover_policy: anything ``policy_mapping`` takes, except a human.
            **unknown: anything else is reported as a mistake.
        """
        return self

    @gym_settings.WAITROOM.implements
    def waitroom(
        self,
        *,
        min_players: int | NotGiven = NOT_GIVEN,
        max_wait_time: float | NotGiven | None = NOT_GIVEN,
        extensions: int | NotGiven = NOT_GIVEN,
        requeues: int | NotGiven = NOT_GIVEN,
        filled_message: str | NotGiven = NOT_GIVEN,
        timeout_scene_id: str | NotGiven = NOT_GIVEN,
        timeout_redirect_url: str | NotGiven = NOT_GIVEN,
        timeout_message: str | NotGiven = NOT_GIVEN,
        min_wait_time: float | NotGiven = NOT_GIVEN,
        simulated_wait: tuple[float, float] | NotGiven = NOT_GIVEN,
        ready_check: Literal["automatic", "click"] | NotGiven = NOT_GIVEN,
        ready_timeout: float | NotGiven = NOT_GIVEN,
        hide_lobby_count: bool | NotGiven = NOT_GIVEN,
        can_leave: bool | NotGiven = NOT_GIVEN,
        **unknown: object,
    ) -> Self:
        """Say how long people wait for each other. Times are in seconds.

        Args:
            min_players: with how many people a game starts. Fewer than the game has seats means: when
                somebody's ``max_wait_time`` is over, those who are there start, and ``takeover_policy`` plays
                for the others.
            max_wait_time: how long anybody waits; None for no limit.
            extensions: how often the wait goes on for as long again when it is over without a game.
            requeues: how often somebody then goes to the end of the line and begins to wait anew.
            filled_message: what those read who start with ``takeover_policy`` in the place of people.
            timeout_scene_id: the scene for those who waited too long; without it, the last one.
            timeout_redirect_url: the address for those who waited too long, instead.
            timeout_message: what they read.
            min_wait_time: how long everybody waits at least, found a group or not.
            simulated_wait: shortest and longest of a random wait, for one person who plays with policies
                only.
            ready_check: whether the page itself answers that its participant is there, or they must click.
            ready_timeout: how long that answer may take.
            hide_lobby_count: do not tell people how many others wait.
            can_leave: let people leave the waiting room; they go where those go who waited too long.
            **unknown: anything else is reported as a mistake.
        """
        return self

    @gym_settings.RUNTIME.implements
    def runtime(
        self,
        *,
        run_through_pyodide: bool | NotGiven = NOT_GIVEN,
        environment_initialization_code: str | NotGiven = NOT_GIVEN,
        environment_initialization_code_filepath: str | Path | NotGiven = NOT_GIVEN,
        environment_class: type | NotGiven = NOT_GIVEN,
        environment_kwargs: Mapping[str, Any] | NotGiven = NOT_GIVEN,
        on_game_step_code: str | NotGiven = NOT_GIVEN,
        packages_to_install: Sequence[str] | NotGiven = NOT_GIVEN,
        runtime: str | NotGiven = NOT_GIVEN,
        transport: str | NotGiven = NOT_GIVEN,
        fallback: str | NotGiven = NOT_GIVEN,
        on_reload: Literal["resume", "restart_episode"] | NotGiven = NOT_GIVEN,
        **unknown: object,
    ) -> Self:
        """Say where the environment runs.

        Args:
            run_through_pyodide: True runs it in the participants' browsers, False on the server.
            environment_initialization_code: Python code that leaves an environment in
                ``env``.
            environment_initialization_code_filepath: a file with it, instead.
            environment_class: the environment's class; called once for each game.
            environment_kwargs: its keyword arguments; for ``render_mode`` see ``.environment(env_config=)``.
            on_game_step_code: Python code run before each step, with ``env``, ``game`` (the engine) and
                ``actions`` (a dict by agent, which it may change).
            packages_to_install: packages that the environment needs in the browser.
            runtime: the name of a runtime that a plugin offers.
            transport: the name of a transport that a plugin offers.
            fallback: the name of the runtime that plays instead where a participant's browser cannot run the
                environment, or the browsers of a group cannot play it together: ``"server"``. Without it,
                such a game ends with an explanation.
            on_reload: when the page of a game in the browser is opened again, the game goes on where it was,
                or its episode begins again; the data says so.
            **unknown: anything else is reported as a mistake.
        """
        return self

    # --------------------------------------------------------------------------------- what it comes to

    def agent_ids(self) -> tuple[AgentId, ...]:
        """Return the agents of the environment, in the order of ``policy_mapping``."""
        return tuple(self.setting("policy_mapping") or ())

    def humans(self) -> tuple[AgentId, ...]:
        """Return the agents that people play."""
        mapping = self.setting("policy_mapping") or {}
        return tuple(agent for agent, policy in mapping.items() if gym_checks.is_human(policy))

    def runtime_name(self) -> str:
        """Return the name of the runtime that plays this scene."""
        if self.setting("runtime"):
            return str(self.setting("runtime"))
        through_pyodide = self.setting("run_through_pyodide")
        if through_pyodide is None:
            through_pyodide = any(map(self.given, gym_checks.BROWSER_CODE))
        return "pyodide" if through_pyodide else "server"

    def transport_name(self) -> str:
        """Return the name of the transport that carries this scene's inputs and frames."""
        if self.setting("transport"):
            return str(self.setting("transport"))
        return "webrtc" if self.runtime_name() == "pyodide" and len(self.humans()) > 1 else "websocket"

    def environment_code(self) -> tuple[str | None, str]:
        """Return the code that makes the environment, None when there is none, and the name of its file."""
        file = self.setting("environment_initialization_code_filepath")
        if isinstance(file, FileText):
            return file.text, file.path.name
        code = self.setting("environment_initialization_code")
        return code if isinstance(code, str) else None, "environment_initialization_code"

    def has_lobby(self) -> bool:
        """Whether participants wait before this game: for others, or as if for others."""
        return (
            len(self.humans()) > 1
            or bool(self.setting("simulated_wait"))
            or self.setting("min_wait_time") > 0
        )

    def contradictions(self) -> list[Problem]:
        """Return what is wrong between the settings."""
        return gym_checks.contradictions(self)

    def advice(self) -> list[Problem]:
        """Return what is allowed but probably not meant; it keeps nothing from running."""
        return gym_advice.advice(self)

    def needs(self) -> list[Need]:
        """Return the runtime, transport, matchmaker and policies that plugins have to offer."""
        return super().needs() + gym_needs.needs(self)

    def fields(self) -> Collection[str] | None:
        """Return None: what is known after a game depends on how it went."""
        return None

    def page(self) -> dict[str, Any]:
        """Return what stands on the page until the game is there."""
        spec = self.game_spec()
        return {"header": spec.header, "body": spec.body}

    def game_spec(self) -> GameSpec:
        """Return everything that is needed to play the scene.

        Raises:
            ConfigurationError: something is wrong with the settings.
        """
        if self._spec is not None:
            return self._spec
        found = self.problems()
        if found:
            raise ConfigurationError(found)
        spec = spec_of(self)
        if self._frozen:
            self._spec = spec
        return spec
