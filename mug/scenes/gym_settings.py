"""The settings of a `GymScene`: what each accepts, its default and its meaning."""

from __future__ import annotations

from mug.configurations.configuration_constants import ActionSettings, InputModes
from mug.configurations.kinds import (
    Anything,
    Choice,
    Flag,
    Folder,
    Function,
    ListOf,
    MappingOf,
    Number,
    OneOf,
    Optionally,
    SafeName,
    Text,
    TextFile,
    Url,
    Whole,
)
from mug.configurations.settings import Setting, Settings
from mug.scenes import gym_values
from mug.scenes.html import Html

_SECONDS = Number(0, 86_400, "seconds")

ENVIRONMENT = Settings(
    "environment",
    Setting(
        "env_creator",
        gym_values.ENV_CREATOR,
        "What makes the environment; called with env_config as keyword arguments, once for each game.",
    ),
    Setting("env_config", MappingOf("a dict of keyword arguments"), "Keyword arguments of env_creator."),
    Setting(
        "seed",
        Whole(0, 2**32 - 1),
        "Seed of every game of this scene; without it each game draws one, and records it.",
    ),
)

POLICIES = Settings(
    "policies",
    Setting(
        "policy_mapping",
        gym_values.PolicyMapping(),
        "Who plays each agent of the environment.",
    ),
    Setting(
        "load_policy_fn",
        Function((1, 2), "(policy_name)"),
        "Called with a policy's name from policy_mapping; returns the policy.",
    ),
    Setting(
        "policy_inference_fn",
        Function((2, 3), "(policy, observation)"),
        "Called with a loaded policy and an observation; returns the action.",
    ),
    Setting(
        "frame_skip",
        Whole(1, 1000),
        "A policy decides every so many steps and repeats its action between.",
        1,
    ),
)

RENDERING = Settings(
    "rendering",
    Setting("fps", Whole(1, 120), "Steps of the environment, and pictures, per second.", 30),
    Setting("game_width", Whole(1, 8192), "Width of the picture on the page, in CSS pixels.", 600),
    Setting("game_height", Whole(1, 8192), "Height of the picture on the page, in CSS pixels.", 400),
    Setting(
        "background",
        gym_values.COLOR,
        "Color behind the picture.",
        "#ffffff",
    ),
    Setting(
        "hud_text_fn",
        Function((1,), "(game)"),
        "Called with the game; returns the line of text above the picture.",
    ),
    hints={
        "env_to_state_fn": "remove it: draw in the environment's render() with mug.rendering.Surface",
        "location_representation": "remove it: Surface takes pixels, or fractions with relative=True",
        "hud_score_carry_over": "remove it: hud_text_fn(game) can show what game.rewards has",
        "rollback_smoothing_duration": "write .multiplayer(rollback_smoothing_duration=…)",
    },
)

ASSETS = Settings(
    "assets",
    Setting("assets_dir", Folder(), "The folder that holds the scene's images."),
    Setting(
        "assets_to_preload",
        ListOf(Anything(), "a list of file names, or of what Surface.assets() returns"),
        "Images, and atlases, to load before the game starts.",
        (),
    ),
    hints={
        "animation_configs": "remove it: draw the frames with surface.image(frame=…)",
        "state_init": "remove it: draw what never changes with persistent=True",
    },
)

GAMEPLAY = Settings(
    "gameplay",
    Setting(
        "action_mapping",
        MappingOf("a dict from keys to actions, or from agent ids to such dicts", (str, tuple, int)),
        "Which key, or tuple of keys held together, is which action; for all players, or by agent id.",
    ),
    Setting(
        "default_action",
        Anything("an action, or a dict of actions by agent id"),
        "The action of a player who gives none.",
    ),
    Setting("num_episodes", Whole(1, 10_000), "Episodes in one game.", 1),
    Setting(
        "max_steps",
        Optionally(Whole(1, 10_000_000), "for no limit"),
        "Steps after which an episode is cut off.",
        10_000,
    ),
    Setting(
        "action_population_method",
        Choice(*(str(setting) for setting in ActionSettings)),
        "What fills in for a player who gives no action in a step.",
        str(ActionSettings.DefaultAction),
    ),
    Setting(
        "input_mode",
        Choice(*(str(mode) for mode in InputModes)),
        "Whether an action lasts while its key is held, or happens once at its press or release.",
        str(InputModes.PressedKeys),
    ),
    Setting(
        "callback",
        gym_values.CALLBACKS,
        "Told what happens in the game; a function is called after each step.",
        (),
    ),
    Setting("reset_freeze_s", Number(0, 600, "seconds"), "Pause between episodes.", 0.0),
    Setting("countdown_s", Number(0, 600, "seconds"), "Countdown before the first episode.", 3.0),
    Setting(
        "pointer",
        gym_values.POINTER,
        "Which action a press or a movement on the picture is; a function gets the place in surface pixels.",
        {},
    ),
    Setting(
        "on_screen_buttons",
        gym_values.BUTTONS,
        "Buttons below the picture, by the key they stand for; without it there is one for each key.",
    ),
    Setting(
        "touch_controls",
        OneOf(Flag(), Choice("auto")),
        "Whether the buttons are shown; 'auto' shows them on touch screens.",
        "auto",
    ),
    Setting(
        "on_hidden",
        Choice("play_on", "pause"),
        "What the game does while a player's page is hidden: it goes on, or waits.",
        "play_on",
    ),
    hints={"human_id": "remove it: policy_mapping says which agents are human"},
)

CONTENT = Settings(
    "content",
    Setting("scene_header", Text(2000), "Heading of the page, as plain text."),
    Setting("scene_body", Html(), "HTML shown until the game starts."),
    Setting(
        "scene_body_filepath", TextFile("the path of an HTML file"), "A file with it, in place of scene_body."
    ),
    Setting("in_game_scene_body", Html(), "HTML shown below the picture during the game."),
    Setting(
        "in_game_scene_body_filepath",
        TextFile("the path of an HTML file"),
        "A file with it, in place of in_game_scene_body.",
    ),
    hints={
        "game_page_html_fn": "write in_game_scene_body=…; what changes during the game goes into hud_text_fn"
    },
)

_CONTINUOUS = (
    *("monitoring_enabled", "max_ping", "ping_violation_window", "ping_required_violations"),
    *("tab_warning_ms", "tab_exclude_ms", "exclusion_messages", "callback", "callback_interval_frames"),
)

MULTIPLAYER = Settings(
    "multiplayer",
    Setting("num_players", Whole(1, 1000), "How many people play in one game."),
    Setting(
        "player_ids",
        ListOf(
            gym_values.AGENT_ID, "a list of agent ids: texts or whole numbers, as the environment has them", 1
        ),
        "The agents that people play.",
    ),
    Setting(
        "ggpo_max_rollback_frames", Whole(0, 60), "Frames that a peer-to-peer game may be taken back.", 8
    ),
    Setting(
        "ggpo_input_delay_frames",
        Whole(0, 30),
        "Frames by which one's own input is delayed, peer to peer.",
        2,
    ),
    Setting(
        "ggpo_prediction",
        OneOf(Choice("repeat_last", "default_action"), Function((2,), "(agent_id, last_action)")),
        "What somebody is taken to do whose input has not come yet, peer to peer; a function may say it.",
        "repeat_last",
    ),
    Setting(
        "rollback_smoothing_duration",
        Number(0, 5, "seconds"),
        "How long what was drawn in a wrong place glides to the right one, peer to peer.",
        0.1,
    ),
    Setting(
        "max_p2p_rtt_ms",
        Optionally(Number(1, 60_000, "milliseconds"), "for no limit"),
        "Peer to peer, people whose pages are farther from each other (there and back) are not grouped.",
        None,
    ),
    Setting(
        "matchmaker",
        gym_values.MATCHMAKER,
        "Decides which waiting participants play together.",
        "fifo",
    ),
    Setting(
        "reconnect_window_s",
        _SECONDS,
        "How long a game waits for somebody who lost the connection; 30, or 300 when they play alone.",
    ),
    Setting(
        "on_disconnect",
        Choice("pause", "play_on"),
        "What the others' game does while somebody's connection is lost.",
        "pause",
    ),
    Setting(
        "on_leave",
        Choice("end", "takeover"),
        "What happens when somebody does not come back: the game ends, or takeover_policy plays on.",
        "end",
    ),
    Setting(
        "takeover_policy",
        gym_values.OnePolicy(),
        "Plays for somebody who is not there.",
    ),
    hints={
        "mode": "remove it: .runtime(run_through_pyodide=True) is peer to peer, False is on the server",
        "multiplayer": "remove it: policy_mapping says how many people play",
        "input_delay": "write ggpo_input_delay_frames=…",
        "snapshot_interval": "remove it: a peer-to-peer game keeps every frame of ggpo_max_rollback_frames",
        "hide_lobby_count": "write .waitroom(hide_lobby_count=…)",
        "max_rtt": "write max_p2p_rtt_ms=…, or choose matchmaker='latency'",
        "wait_for_known_group": "choose a matchmaker that looks at ticket.partners: matchmaker=…",
        "group_wait_timeout": "write .waitroom(max_wait_time=…), in seconds",
        "reconnection_timeout_ms": "write reconnect_window_s=…, in seconds",
        "input_confirmation_timeout_ms": "remove it: a peer-to-peer game waits as long as reconnect_window_s",
        "partner_disconnect_message": "remove it: say it in the scene after the game",
        "partner_disconnect_show_completion_code": "remove it: let the scenes end with a CompletionCodeScene",
        "focus_loss_timeout_ms": "write .gameplay(on_hidden='pause'), or remove it: the game goes on",
        "focus_loss_message": "write .gameplay(on_hidden='pause'), or remove it: the game goes on",
        "pause_on_partner_background": "write .gameplay(on_hidden='pause')",
        **{f"continuous_{name}": "remove it: nobody is excluded during a game" for name in _CONTINUOUS},
    },
)

WAITROOM = Settings(
    "waitroom",
    Setting(
        "min_players",
        Whole(1, 1000),
        "With how many people a game starts; missing ones are played by takeover_policy.",
    ),
    Setting(
        "max_wait_time",
        Optionally(Number(1, 86_400, "seconds"), "for no limit"),
        "How long anybody waits, in seconds.",
        300.0,
    ),
    Setting(
        "extensions",
        Whole(0, 1000),
        "How often the wait goes on for max_wait_time more when it is over without a game.",
        0,
    ),
    Setting(
        "requeues",
        Whole(0, 1000),
        "How often somebody then goes to the end of the line and begins to wait anew.",
        0,
    ),
    Setting(
        "filled_message",
        Text(2000),
        "What those read who start with takeover_policy in place of people; they read nothing without it.",
        "",
    ),
    Setting("timeout_scene_id", SafeName(), "The scene for those who waited too long."),
    Setting("timeout_redirect_url", Url(), "The address for those who waited too long."),
    Setting(
        "timeout_message",
        Text(2000),
        "What they read.",
        "We could not find enough other participants. Thank you for waiting.",
    ),
    Setting("min_wait_time", _SECONDS, "How long everybody waits at least, in seconds.", 0.0),
    Setting(
        "simulated_wait",
        gym_values.SECONDS_PAIR,
        "A random wait before a game with no other people, as if partners had to be found.",
    ),
    Setting(
        "ready_check",
        Choice("automatic", "click"),
        "Whether the page answers for a participant before the game starts, or they must click.",
        "automatic",
    ),
    Setting("ready_timeout", Number(1, 600, "seconds"), "How long the answer may take.", 15.0),
    Setting("hide_lobby_count", Flag(), "Whether people are not told how many wait.", False),
    Setting(
        "can_leave",
        Flag(),
        "Whether people may leave the waiting room, as if they had waited too long.",
        True,
    ),
    hints={"timeout": "write max_wait_time=…, in seconds"},
)

RUNTIME = Settings(
    "runtime",
    Setting("run_through_pyodide", Flag(), "Whether the environment runs in the participants' browsers."),
    Setting(
        "environment_initialization_code",
        Text(1_000_000),
        "Python code that leaves an environment in ``env``.",
    ),
    Setting(
        "environment_initialization_code_filepath",
        TextFile("the path of a Python file"),
        "A file with that code, in place of environment_initialization_code.",
    ),
    Setting(
        "environment_class",
        gym_values.ENVIRONMENT_CLASS,
        "The environment's class; called with environment_kwargs, once for each game.",
    ),
    Setting(
        "environment_kwargs",
        MappingOf("a dict of keyword arguments"),
        "Keyword arguments of environment_class.",
    ),
    Setting(
        "on_game_step_code",
        Text(100_000),
        "Python code, run before each step with ``env``, ``game`` and ``actions``.",
    ),
    Setting(
        "packages_to_install",
        ListOf(Text(200), "a list of package names"),
        "Packages that the environment needs in the browser.",
        (),
    ),
    Setting(
        "runtime", SafeName("the name of a runtime"), "Which runtime plays the scene, by its plugin's name."
    ),
    Setting(
        "transport",
        SafeName("the name of a transport"),
        "How inputs and frames travel, by its plugin's name.",
    ),
    Setting(
        "fallback",
        SafeName("the name of a runtime"),
        "Which runtime plays for those whose browsers cannot, alone or together: 'server', or none.",
    ),
    Setting(
        "on_reload",
        Choice("resume", "restart_episode"),
        "Whether a game whose page was opened again goes on where it was, or begins its episode again.",
        "resume",
    ),
    hints={"restart_pyodide": "remove it: every game starts with a fresh environment"},
)
