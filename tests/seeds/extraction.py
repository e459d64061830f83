"""The Python snippets of the documents that the public API comes from, and how to find them there.

The documents lie beside the checkout and have lost their code fences, so each snippet is named by its first
line, its last line, and a line of text some way before it. `snippets/` keeps copies, with which everything
runs without the documents.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
COPIES = HERE / "snippets"
DOCUMENTS = HERE.parents[2] / "shared" / "seeds"


@dataclass(frozen=True)
class Snippet:
    """Where a snippet is: in which document, after which line, from which line to which.

    ``last`` is compared with the indentation that ``first`` has, so that a closing bracket inside is not the
    end. ``more`` counts the lines behind it that still belong to the snippet, when it ends like others before
    it.
    """

    document: str
    name: str
    after: str
    first: str
    last: str
    more: int = 0

    def in_text(self, text: str) -> tuple[int, int]:
        """Return its lines in the document, as a half-open range."""
        lines = text.splitlines()
        heading = _index(lines, 0, lambda line: line.strip() == self.after)
        start = _index(lines, heading + 1, lambda line: line.strip() == self.first)
        indent = lines[start][: len(lines[start]) - len(lines[start].lstrip())]
        end = _index(lines, start, lambda line: line.rstrip() == indent + self.last)
        return start, end + 1 + self.more

    def extracted(self, text: str) -> str:
        """Return the snippet as the document prints it, without the indentation that all its lines share."""
        start, end = self.in_text(text)
        return textwrap.dedent("\n".join(text.splitlines()[start:end])) + "\n"

    @property
    def copy(self) -> Path:
        """The file that keeps the snippet."""
        return COPIES / f"{self.document}_{self.name}.txt"

    def code(self) -> str:
        """Return the snippet as it is run: as printed, without the two lines for eventlet."""
        dropped = ("import eventlet", "eventlet.monkey_patch()")
        lines = self.copy.read_text(encoding="utf-8").splitlines()
        return "\n".join(line for line in lines if line not in dropped) + "\n"


def document(number: str) -> Path:
    """Return the document of this number; it need not be there."""
    found = sorted(DOCUMENTS.glob(f"{number}_*.txt"))
    return found[0] if found else DOCUMENTS / f"{number}.txt"


def _index(lines: list[str], start: int, wanted: Callable[[str], bool]) -> int:
    return next(index for index in range(start, len(lines)) if wanted(lines[index]))


SNIPPETS: dict[str, Snippet] = {
    f"{snippet.document}_{snippet.name}": snippet
    for snippet in (
        # ------------------------------------------------------------------------- Quick Start: Multiplayer
        Snippet(
            "000",
            "environment",
            "Step 1: Create the Environment",
            "import numpy as np",
            'env = CoordinationGridEnv(render_mode="mug")',
        ),
        Snippet(
            "000",
            "experiment",
            "Step 2: Create the Experiment Script",
            "from __future__ import annotations",
            "    app.run(config)",
        ),
        Snippet("000", "multiplayer", "Configures the multiplayer session:", ".multiplayer(", ")"),
        Snippet("000", "waitroom", "Configures the matchmaking wait room:", ".waitroom(", ")"),
        Snippet("000", "rendering", ".rendering()", ".rendering(", ")"),
        Snippet("000", "gameplay", ".gameplay()", ".gameplay(", ")"),
        Snippet("000", "ggpo", "GGPO Rollback Netcode", ".multiplayer(", ")"),
        Snippet(
            "000",
            "server_mode",
            "Replace the .runtime() call in the game scene:",
            "from coordination_grid_env import CoordinationGridEnv",
            ")",
        ),
        Snippet("000", "webrtc", "Quickest path: env-vars + .webrtc()", "config = (", ")"),
        Snippet(
            "000",
            "force_relay",
            "Quickest path: env-vars + .webrtc()",
            ".webrtc(force_relay=True)",
            ".webrtc(force_relay=True)",
        ),
        Snippet("000", "ice_servers", "Explicit ICE server list", "config = (", ")"),
        # ------------------------------------------------------------------------------------- landing page
        Snippet(
            "001",
            "cogrid",
            "Installation",
            "import cogrid",
            'env = cogrid.make("Overcooked-CrampedRoom-V0")',
        ),
        Snippet(
            "001",
            "training",
            "Installation",
            "# Train a policy with your algorithm and library of choice,",
            'policy.export_onnx("cramped_room_policy.onnx")',
        ),
        Snippet(
            "001",
            "environment",
            "Installation",
            "from cogrid.cogrid_env import CoGridEnv",
            "        return self.surface.commit()",
        ),
        Snippet("001", "experiment", "Installation", "import eventlet", "    .hosting(port=8000)", 1),
        # -------------------------------------------------------------------------------------- Server Mode
        Snippet("002", "loop", "Game Loop", "# Simplified game loop", "    time.sleep(1.0 / fps)"),
        Snippet("002", "automatic", "Automatic Activation", "from mug.scenes import gym_scene", ")"),
        Snippet("002", "explicit", "Explicit Configuration", "game_scene = (", ")"),
        Snippet("002", "human_vs_ai", "With AI Policies", "def load_policy(policy_name):", ")"),
        Snippet("002", "waitroom", "Waiting Room", ".waitroom(", ")"),
        Snippet("002", "two_player", "Two-Player Game", "game_scene = (", ")"),
        Snippet("002", "many_player", "Many-Player Game", "N_PLAYERS = 4", ")"),
        Snippet("002", "mixed", "Mixed Human-AI", "game_scene = (", ")"),
        Snippet(
            "002",
            "webrtc",
            "WebRTC / TURN Configuration",
            "from mug.configurations import experiment_config",
            "config.webrtc()  # Auto-loads from TURN_USERNAME and TURN_CREDENTIAL env vars",
        ),
        Snippet(
            "002",
            "dotenv",
            "Alternative: Using a .env file",
            "from dotenv import load_dotenv",
            "config.webrtc()",
        ),
        Snippet(
            "002",
            "force_relay",
            "Testing TURN relay",
            "config.webrtc(force_relay=True)",
            "config.webrtc(force_relay=True)",
        ),
        Snippet("002", "action_mapping", "Action Mapping", ".gameplay(", ")"),
        Snippet("002", "pressed_keys", "PressedKeys (default):", ".gameplay(", ")"),
        Snippet("002", "key_down", "KeyDown:", ".gameplay(", ")"),
        Snippet("002", "key_up", "KeyUp:", ".gameplay(", ")"),
        Snippet("002", "action_population", "Action Population", ".gameplay(", ")"),
        Snippet("002", "fps_60", "Frame Rate", ".rendering(", ")"),
        Snippet("002", "fps_30", "fps=60,  # Smooth, high load", ".rendering(", ")"),
        Snippet("002", "fps_10", "fps=30,  # Balanced (recommended)", ".rendering(", ")"),
        Snippet(
            "002",
            "validated_env",
            "Real-Time Validation",
            "class ValidatedEnv(gym.Env):",
            "        return super().step(actions)",
        ),
        Snippet("002", "callback", "Callbacks", "def my_callback(game_instance, data):", "    return data"),
        Snippet(
            "002",
            "callback_use",
            "Callbacks",
            ".gameplay(callback=my_callback)",
            ".gameplay(callback=my_callback)",
        ),
        Snippet(
            "002",
            "logging",
            "Server Logs",
            "import logging",
            "logging.basicConfig(level=logging.INFO)",
        ),
        # --------------------------------------------------------------------------------------- old README
        Snippet(
            "003",
            "webrtc",
            "3. Enable WebRTC in your experiment configuration:",
            "from mug.configurations import RemoteConfig",
            "config.webrtc()  # Auto-loads from TURN_USERNAME and TURN_CREDENTIAL env vars",
        ),
        Snippet(
            "003",
            "dotenv",
            "Then load it in your experiment:",
            "from dotenv import load_dotenv",
            "config.webrtc()",
        ),
        Snippet(
            "003",
            "force_relay",
            "**Testing TURN relay:**",
            "config.webrtc(force_relay=True)",
            "config.webrtc(force_relay=True)",
        ),
    )
}
