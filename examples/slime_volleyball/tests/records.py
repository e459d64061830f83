"""What a game left in its folder."""

import csv


def steps(folder):
    """The rows of each participant's steps, by file."""
    files = [file for file in sorted(folder.glob("*.csv")) if "episodes" not in file.name]
    return [_rows(file) for file in files]


def episodes(folder):
    """The rows of all participants' episodes."""
    return [row for file in sorted(folder.glob("*.episodes.csv")) for row in _rows(file)]


def played(step):
    """What happened in a step, without whose row it is and when it was."""
    about = ("observations.", "actions.", "rewards.", "terminated.", "truncated.", "source.")
    return {
        name: value
        for name, value in step.items()
        if name.startswith(about) or name in ("episode", "step", "frame", "possession", "confirmed")
    }


def _rows(file):
    with file.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))
