"""What a page of ours tells, for tests."""

from __future__ import annotations

from typing import Any

LINUX = "Mozilla/5.0 (X11; Linux x86_64)"
BLINK = "AppleWebKit/537.36 (KHTML, like Gecko)"
CHROME = f"{LINUX} {BLINK} Chrome/126.0.0.0 Safari/537.36"
CAN = {"webassembly": True, "webgl": True, "webrtc": True, "keyboard": True, "pointer": True}


def page(**different: Any) -> dict[str, Any]:
    """What a page in an ordinary Chrome on a desktop computer tells, but for some things."""
    told: dict[str, Any] = {
        "user_agent": CHROME,
        "mobile": False,
        "touches": 0,
        "screen": {"width": 1920, "height": 1080},
        "window": {"width": 1280, "height": 720},
        "can": CAN,
        "samples": [20.0] * 10,
    }
    return told | different
