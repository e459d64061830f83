"""The reference of data files: the columns are the code's, their meanings stand here."""

from __future__ import annotations

from collections.abc import Mapping

from docs.writers.docstrings import table
from mug.core.records.notes import NOTE_COLUMNS
from mug.core.records.scan import EPISODE_COLUMNS
from mug.core.records.steps import STEP_COLUMNS
from mug.core.records.tables import LOGS, TABLES, VISIT_COLUMNS
from mug.outcomes import OUTCOMES

INTRODUCTION = """\
# Data

Every file and every column. [Find and read the data](../how-to/data-files.md) shows how to work with
them, and [Records](../explanation/records.md) where they come from.

Everything of an experiment is in the folder `data/<experiment_id>/` (`data/` when it has no id), or where
`.experiment(data_dir=…)` or `--data-dir` says:

| file | rows |
| --- | --- |
| [`<scene_id>/<subject_id>.csv`](#steps) of a game | one per step |
| [`<scene_id>/<subject_id>.episodes.csv`](#episodes) of a game | one per episode |
| [`<scene_id>/<subject_id>.csv`](#answers) of another scene | one per visit, with the answers |
| [`game_notes/<game_id>.csv`](#notes) | one for whatever else was recorded of a game |
| [`participants.csv`](#participantscsv) | one per participant |
| [`identities.csv`](#identitiescsv) | one per participant who brought parameters in the address |
| [`visits.csv`](#visitscsv) | one per visit of a participant to a scene |
| [`lobby.csv`](#lobbycsv) | one per wait |
| [`games.csv`](#gamescsv) | one per game |
| [`runs.csv`](#runscsv) | one per start of the server |
| [`latency.csv`](#latencycsv) | one per measurement of a connection |
| [`connections.csv`](#connectionscsv) | one for each time a page came, went, was hidden or shown |
| `codebook.csv`, `codebook.json` | one per column of answers, with its meaning; with mug-surveys |
| `consents/` | not tables: the texts that participants agreed to; with mug-surveys |
| `journal/` | not tables: the records from which all of these are made |

How values are written:

- Times come twice: `…_time` in ISO 8601 and UTC, `…_ms` in milliseconds since 1970. Durations are in
  seconds unless the name ends in `_ms`.
- A value by agent has a column for each agent: `rewards.player_0`. An object inside an object goes on
  like this: `infos.player_0.lap`. A dot inside a name is written `\\.`.
- Lists and arrays are JSON in one cell: `[0, 9]`.
- Numbers read back as the same numbers; `NaN`, `Infinity` and `-Infinity` are written so. Truth is
  `true` and `false`. An empty cell is nothing (null), or a column that other rows of the file have.
- Text that a spreadsheet would take for a formula has an apostrophe before it.

In the tables below a name that ends in a dot stands for a group of columns.
"""

MEASURED = {
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
ABOUT_MEASUREMENTS = """\
### Measurements

What happens in a step is the same for everybody in a game; how it came about is not. In games that several
browsers play together, each page measures what a step was like for its participant:
"""
MORE_ON_MEASUREMENTS = """\
With more than one other page, the last four are by agent: `measured.rtt_ms.player_1`. A step has no
measurements if its page was closed before it could send them.

Any runtime can measure, with a record in the game that has the fields `seat` (an agent), `episode`, `steps`
(numbers of steps, as a list) and `columns`: by name, a list with a value for each of these steps. It may come
long before or after them. Where several records give a step a value of the same name, the last one counts; a
step that was played again is measured again.
"""
ABOUT_NOTES = """\
A note is any record of a game that tells neither the game itself nor measurements: pauses, policies that
take over, browsers that come back. In games that several browsers play, among others: `page_began` (a page
was opened), `connection` (how packets travel to another page: `way` is `direct`, `turn` or `relay`),
`peer_silent` and `peer_heard_again`, `rejoined`, `desync` and `divergence` (two pages did not agree), and
`kept_up` (how well the page kept its pace). A game without notes has no such file.
"""
PLACES = {
    "subject_id": "the participant's id in the data",
    "scene_id": "the scene",
    "game_id": "the game's id, the same for everybody in it",
    "participants.": "by agent: the subject id of who plays it, or the policy's name",
}
STEPS = PLACES | {
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
    "source.": "by agent: where the action came from: `human`, `policy`, `default` or `previous` (filled in "
    "because the participant gave none), `callback` (changed by a callback)",
    "wall_time": "when the step took place",
    "wall_ms": "the same in milliseconds since 1970",
    "monotonic_s": "the same in seconds of a clock that is never adjusted, for differences; a game in the "
    "browser has the clock of its page, which begins anew when the page is opened again",
    "late_ms": "by how many milliseconds the step took place after it was due",
    "waited_ms.": "by agent: for how many milliseconds the input that took effect in this step had been at "
    "the server; empty when none did",
    "measured.": "by name: what was [measured](#measurements) of this step for this participant",
    "*": "what callbacks added, under their own names",
    "confirmed": "`true`; for runtimes that show steps before they are certain",
}
EPISODES = PLACES | {
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
NOTES = {
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
VISIT = {
    "subject_id": PLACES["subject_id"],
    "scene_id": "the scene",
    "scene_kind": "`static`, `wait`, `gym`, `end`, or what a plugin calls it",
    "visit": "counts the participant's scenes, from 1",
    "outcome": "how it was left: empty for a page, `matched` for a waiting room, how a game ended for it "
    "(`replaced` if a policy has the seat for good), `lobby_timeout` or `left_lobby`",
    "answers.": "by field: what was answered; of a scene of several pages also before it is left",
    "entered_time": "when it was entered",
    "entered_ms": "the same in milliseconds since 1970",
    "left_time": "when it was left; empty while somebody is there",
    "left_ms": "the same in milliseconds since 1970",
    "seconds": "how long it was visited",
}
WHOLE: Mapping[str, Mapping[str, str]] = {
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
        "rtt_ms": "how long a message to the server and back took",
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


def page() -> str:
    """Return the page.

    Raises:
        LookupError: a column of the code has no meaning here, or the other way round.
    """
    parts = [
        INTRODUCTION,
        "## Steps\n",
        _columns(STEP_COLUMNS, STEPS),
        "A step that was recorded again after a crash takes the place of the earlier one.\n",
        ABOUT_MEASUREMENTS,
        _columns(tuple(MEASURED), MEASURED),
        MORE_ON_MEASUREMENTS,
        "## Episodes\n",
        _columns(EPISODE_COLUMNS, EPISODES),
        "## Notes\n",
        _columns(NOTE_COLUMNS, NOTES),
        ABOUT_NOTES,
        "## Answers\n",
        _columns(VISIT_COLUMNS, VISIT),
        "What a participant typed and did not submit is kept for them, and not exported.\n",
    ]
    for one in (*TABLES, *LOGS):
        parts += [f"## {one.name}\n", _columns(one.columns, WHOLE[one.name])]
    if set(WHOLE) != {one.name for one in (*TABLES, *LOGS)}:
        raise LookupError(f"files: {set(WHOLE) ^ {one.name for one in (*TABLES, *LOGS)}}")
    return "\n".join(parts)


def _columns(columns: tuple[str, ...], meanings: Mapping[str, str]) -> str:
    if set(columns) != set(meanings):
        raise LookupError(
            f"columns without meaning, or meanings without column: {set(columns) ^ set(meanings)}"
        )
    return table(("column", "meaning"), [(f"`{name}`", meanings[name]) for name in columns]) + "\n"
