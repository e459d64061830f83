"""The reference of data files: their columns, and what these mean, are the code's."""

from __future__ import annotations

from collections.abc import Mapping

from docs.writers.docstrings import table
from mug.core.records.meanings import EPISODES, MEASURED, NOTES, STEPS, VISIT, WHOLE
from mug.core.records.notes import NOTE_COLUMNS
from mug.core.records.scan import EPISODE_COLUMNS
from mug.core.records.steps import STEP_COLUMNS
from mug.core.records.tables import LOGS, TABLES, VISIT_COLUMNS

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
| `codebook.csv`, `codebook.json` | one per column of all tables, with its meaning; with mug-surveys |
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
- A file has at most 5,000 columns (a game's `measured.` are counted by themselves). What participants'
  pages make up beyond that is in the journal alone.

In the tables below a name that ends in a dot stands for a group of columns.
"""

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
