"""What a game left in its folder."""

import csv


def steps(folder):
    """The rows of each participant's steps, by file."""
    files = [file for file in sorted(folder.glob("*.csv")) if "episodes" not in file.name]
    return [_rows(file) for file in files]


def episodes(folder):
    """The rows of the only participant's episodes."""
    (file,) = folder.glob("*.episodes.csv")
    return _rows(file)


def _rows(file):
    with file.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))
