"""What every column of the data means: for the reference, and for the codebook beside the data.

A name that ends in a dot stands for a group of columns, ``*`` for whatever else there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mug.outcomes import OUTCOMES

PLACES: Final[Mapping[str, str]] = {
    "subject_id": "the participant's id in the data",
    "scene_id": "the scene",
    "game_id": "the game's id, the same for everybody in it",
    "participants.": "by agent: the subject id of who plays it, or the policy's name",
}
STEPS: Final[Mapping[str, str]] = {
    **PLACES,
    "episode": "number of the episode, from 1",
    "attempt": "1; more when the server had to play the episode, or the end of it, again after a crash",
    "step": "number of the step within the episode, from 1",
    "frame": "number of the step within the game, from 1, over all episodes",
    "seat": "the agent that this participant plays",
    "observations.": "by agent: what it saw before it acted",
    "actions.": "by agent: the action that was passed to the environment",
    "rewards.": "by agent: the reward of this step",
    "terminated.": "by agent: the environment's `terminated`",
    "truncated.": "by agent: the environment's `truncated`",
    "infos.": "by agent: the environment's `info`; no column while it is empty",
    "source.": "by agent: where the action came from: `human`, `policy`, `model` (a policy that one of "
    "several browsers asks for all), `default` or `previous` (filled in because the participant gave none), "
    "`callback` (changed by a callback)",
    "wall_time": "when the step took place",
    "wall_ms": "the same in milliseconds since 1970",
    "monotonic_s": "the same in seconds of a clock that is never adjusted, for differences; a game in the "
    "browser has the clock of its page, which begins anew when the page is opened again",
    "late_ms": "by how many milliseconds the step took place after it was due",
    "waited_ms.": "by agent: for how many milliseconds the input that took effect in this step had been at "
    "the server; empty when none did",
    "measured.": "by name: what was measured of this step for this participant",
    "*": "what callbacks added, under their own names",
    "confirmed": "`true`; for runtimes that show steps before they are certain",
}
EPISODES: Final[Mapping[str, str]] = {
    **PLACES,
    "episode": "number of the episode, from 1",
    "attempt": "as for steps",
    "seat": "the agent that this participant plays",
    "seed": "what the environment was reset with",
    "steps": "how many steps it had",
    "reason": "why it ended: `terminated`, `truncated`, `max_steps`, or what ended the whole game; empty "
    "while it goes on",
    "rewards.": "by agent: the sum of the episode's rewards",
    "final_observations.": "by agent: what it saw last",
    "start_time": "when it began",
    "start_ms": "the same in milliseconds since 1970",
    "end_time": "when it ended",
    "end_ms": "the same in milliseconds since 1970",
    "seconds": "how long it took",
    "late_ticks": "how many steps took place more than one interval after they were due",
    "max_late_ms": "the latest of its steps, in milliseconds",
    "verified": "for games that browsers play: whether the server got the same when it played the episode "
    "again: `verified`, `rounding` (the same but for the rounding of numbers), `different`, `unknown` (it "
    "could not); empty when it has not been played again",
    "verification_deviation": "the largest difference that rounding made",
    "verification_step": "`different`: the first step that differs, 0 is the reset; `rounding`: from which "
    "step on rounding made too much of a difference to compare, empty when all could be",
    "verification_field": "`different`: what differs there, for example `rewards.player_0`",
    "*": "nothing at present",
}
NOTES: Final[Mapping[str, str]] = {
    "game_id": PLACES["game_id"],
    "scene_id": "the scene",
    "seat": "the agent that the note is about; empty for the whole game",
    "subject_id": "who played it from the beginning; empty for policies",
    "kind": "what happened",
    "episode": "in which episode, where the note says so",
    "step": "at which of its steps, where the note says so",
    "wall_time": "when it happened",
    "wall_ms": "the same in milliseconds since 1970",
    "monotonic_s": "the same in seconds of a clock that is never adjusted, as for steps",
    "details": "everything else that the note says, as a JSON object",
}
VISIT: Final[Mapping[str, str]] = {
    "subject_id": PLACES["subject_id"],
    "scene_id": "the scene",
    "scene_kind": "`static`, `wait`, `gym`, `end`, or what a plugin calls it",
    "visit": "counts the participant's scenes, from 1",
    "outcome": "how it was left: empty for a page, `matched` for a waiting room, how a game ended for it "
    "(`replaced` if a policy has the seat for good, `away` if the game ended because of them), or the "
    "outcome with which they went from here to an ending",
    "answers.": "by field: what was answered; of a scene of several pages also before it is left",
    "entered_time": "when it was entered",
    "entered_ms": "the same in milliseconds since 1970",
    "left_time": "when it was left; empty while somebody is there",
    "left_ms": "the same in milliseconds since 1970",
    "seconds": "how long it was visited",
}
WHOLE: Final[Mapping[str, Mapping[str, str]]] = {
    "participants.csv": {
        "subject_id": PLACES["subject_id"],
        "status": "`active`, `completed`, `abandoned`, or `ended` for every other ending",
        "outcome": f"how it ended for them: {', '.join(f'`{outcome}`' for outcome in OUTCOMES)}",
        "code": "the completion code they were given",
        "arrived_time": "when they arrived",
        "arrived_ms": "the same in milliseconds since 1970",
        "ended_time": "when they reached an ending or were given up",
        "ended_ms": "the same in milliseconds since 1970",
        "seconds": "between the two",
        "seed": "what their orders and conditions were drawn from",
        "assignments.": "by name of what drew it: the order, row or treatment they were assigned",
        "order": "the scenes they were to go through, as a JSON list",
        "branches.": "by name of the branch: which case they came to",
        "visited": "the scenes they did go through, as a JSON list",
        "disconnections": "how many times their page was gone",
    },
    "identities.csv": {
        "subject_id": PLACES["subject_id"],
        "labels.": "by name: the parameters in the address with which they came, or what a plugin made of "
        "them. This can identify people and is kept in no other table",
    },
    "visits.csv": {name: meaning for name, meaning in VISIT.items() if name != "answers."},
    "lobby.csv": {
        "subject_id": PLACES["subject_id"],
        "scene_id": "the game they waited for",
        "visit": "as in `visits.csv`",
        "reason": "how the wait ended: `matched`, `timeout`, `left`, `disconnected`, or `requeued` for who "
        "began anew to wait, in the next row; empty while it goes on",
        "waited_seconds": "how long they waited",
        "group": "the group they were put in",
        "joined_time": "when the wait began",
        "joined_ms": "the same in milliseconds since 1970",
        "left_time": "when it ended",
        "left_ms": "the same in milliseconds since 1970",
    },
    "games.csv": {
        "game_id": PLACES["game_id"],
        "scene_id": "the scene",
        "group": "the group that plays",
        "seed": "what the seed of every episode is derived from",
        "participants.": PLACES["participants."],
        "reason": "`completed`, `player_left`, `abandoned`, `failed`; empty while it goes on",
        "detail": "what went wrong, for a game that failed",
        "rewards.": "by agent: the sum over all episodes",
        "fallback": "the runtime that took over from the scene's own, such as `server`; empty if none did",
        "fallback_reason": "why it had to",
        "created_time": "when the group was formed",
        "created_ms": "the same in milliseconds since 1970",
        "ended_time": "when the game ended",
        "ended_ms": "the same in milliseconds since 1970",
        "seconds": "between the two",
    },
    "runs.csv": {
        "started_time": "when the server started",
        "started_ms": "the same in milliseconds since 1970",
        "experiment_id": "the experiment",
        "seed": "the experiment's seed, drawn at its first start unless the script gives one",
        "*": "versions of mug and Python, and the plugins in use",
    },
    "latency.csv": {
        "subject_id": PLACES["subject_id"],
        "wall_time": "when it was measured",
        "wall_ms": "the same in milliseconds since 1970",
        "rtt_ms": "how long a message to the server and back took: measured every two seconds, and every ten "
        "while a game is stepped in the participant's browser",
    },
    "connections.csv": {
        "subject_id": PLACES["subject_id"],
        "wall_time": "when it happened",
        "wall_ms": "the same in milliseconds since 1970",
        "event": "`connected`, `disconnected`, `returned` (after having been given up), `reentered` (by "
        "another invitation of a recruitment service), `hidden`, `shown`",
        "visit": "the visit during which it happened",
    },
}

MEASURED: Final[Mapping[str, str]] = {
    "measured.predicted": "whose inputs the page had to guess when it first showed the step, as a JSON list "
    "of agents; `[]` when it knew them all",
    "measured.rollback_frames": "how many frames it took back to put that right; 0 when nothing was wrong",
    "measured.stalled_ticks": "how often the game stood still before the step, waiting for the others",
    "measured.input_to_display_ms": "how long the input that took effect in the step took from the key to "
    "the picture; empty when there was none",
    "measured.rtt_ms": "how long a packet to the other page and back took",
    "measured.jitter_ms": "how much that varied",
    "measured.loss": "the share of the other page's last 128 packets that did not arrive, from 0 to 1",
    "measured.frames_ahead": "how many frames this page was ahead of the other",
}

FILES: Final[Mapping[str, Mapping[str, str]]] = {
    "<game>/<subject_id>.csv": {**STEPS, **MEASURED},
    "<game>/<subject_id>.episodes.csv": EPISODES,
    "<scene>/<subject_id>.csv": VISIT,
    "game_notes/<game_id>.csv": NOTES,
    **WHOLE,
}
"""Every file; a game's scene has the first two, every other one the third."""
