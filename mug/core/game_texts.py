"""What players read about their game."""

from __future__ import annotations

FAILED_TEXT = (
    "The game had a technical problem and cannot go on. Everything you did so far is saved. Please continue."
)
NOT_SAVED_TEXT = (
    "What you do cannot be saved just now, so the game waits. It goes on by itself as soon as possible."
)
INTERRUPTED_TEXT = "The study was interrupted for a moment. The game goes on as soon as everybody is back."
AWAY_TEXT = "Another player lost the connection. Waiting for them to come back."
BACK_TEXT = "The connection was lost. The game goes on in a moment."
HIDDEN_TEXT = "The game waits while this page is hidden."
REPLACED_TEXT = "You were away for too long, so the game went on without you. Please continue."
LEFT_TEXT = "You were away for too long, so the game ended. Please continue."
LOADING_AGAIN_TEXT = "The game is being loaded again."
ALL_BACK_TEXT = "Everybody is back. The game goes on."
GOES_ON_TEXT = "The game goes on."
ENDINGS = {
    "completed": "The game is over.",
    "player_left": "Another player left and did not come back, so the game ended.",
    "abandoned": "The game ended because nobody was there any more.",
}


def ending(reason: str) -> tuple[str, str]:
    """Return the state that a game ends in for this reason, and the text for its players."""
    if reason == "failed":
        return "failed", FAILED_TEXT
    return "over", ENDINGS.get(reason, ENDINGS["completed"])
