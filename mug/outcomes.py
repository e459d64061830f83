"""How somebody's way through an experiment can end: the words that scripts, plugins and the data share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

COMPLETED: Final = "completed"
SCREENED_OUT: Final = "screened_out"
DECLINED: Final = "declined"
FAILED_CHECK: Final = "failed_check"
LOBBY_TIMEOUT: Final = "lobby_timeout"
LEFT_LOBBY: Final = "left_lobby"
PARTNER_LEFT: Final = "partner_left"
EXCLUDED: Final = "excluded"
TECHNICAL_FAULT: Final = "technical_fault"
ABANDONED: Final = "abandoned"

OUTCOMES: Final[Mapping[str, str]] = {
    COMPLETED: "went through to the end",
    SCREENED_OUT: "cannot take part: the device, the connection, or an answer does not fit the study",
    DECLINED: "did not agree to take part",
    FAILED_CHECK: "failed a comprehension or an attention check",
    LOBBY_TIMEOUT: "waited for others for as long as the study lets people wait",
    LEFT_LOBBY: "gave up waiting for others",
    PARTNER_LEFT: "could not go on because somebody they played with left",
    EXCLUDED: "was taken out on the way: inactive, away from the page, or with too slow a connection",
    TECHNICAL_FAULT: "could not go on because something was broken",
    ABANDONED: "went away and did not come back",
}
"""Every outcome, with what somebody did who has it."""

ENDINGS: Final = tuple(outcome for outcome in OUTCOMES if outcome != ABANDONED)
"""The outcomes with which somebody sees a last page, and may be given a code."""

OF_GAMES: Final[Mapping[str, str]] = {
    "player_left": PARTNER_LEFT,
    "away": EXCLUDED,
    "failed": TECHNICAL_FAULT,
}
"""What a game that broke off means to a player, by the reason: ``away`` if it did because of them."""
