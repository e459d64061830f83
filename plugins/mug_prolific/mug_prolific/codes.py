"""The completion code of each outcome: given in the script, or drawn once and kept beside the data."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from mug.errors import MugError, Problem, did_you_mean
from mug.outcomes import COMPLETED, ENDINGS

OTHERWISE: Final = "otherwise"
"""The key of the code for all outcomes that have none of their own."""
_LETTERS: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_LENGTH: Final = 8


def code_problems(given: object, where: str) -> Iterator[Problem]:
    """Yield what is wrong with the codes that a script gives."""
    if given is None:
        return
    if not isinstance(given, Mapping):
        yield Problem(where, f"codes must be a dict from outcomes to codes, got {given!r}")
        return
    for outcome, code in given.items():
        if outcome not in (*ENDINGS, OTHERWISE):
            fix = (
                did_you_mean(str(outcome), (*ENDINGS, OTHERWISE)) or f"the outcomes are {', '.join(ENDINGS)}"
            )
            yield Problem(where, f"codes has no outcome {outcome!r}", fix)
        if not isinstance(code, str) or not code.strip():
            yield Problem(where, f"the code for {outcome!r} must be a text, got {code!r}")
    if COMPLETED not in given:
        yield Problem(where, "there is no code for those who complete", f'write codes={{"{COMPLETED}": "…"}}')
    missing = [outcome for outcome in ENDINGS if outcome not in given]
    if OTHERWISE not in given and missing:
        what = f"there is no code for {', '.join(missing)}: people who end like that could not be paid"
        yield Problem(where, what, f'give each a code, or all of them together one: "{OTHERWISE}": "…"')
    shared = [
        code for outcome, code in given.items() if outcome != COMPLETED and code == given.get(COMPLETED)
    ]
    if shared:
        yield Problem(
            where, f"the code {shared[0]!r} says both that somebody completed and that they did not"
        )


def code_for(given: Mapping[str, str], outcome: str) -> str:
    """Return the code of an outcome; empty when there is none."""
    return given.get(outcome) or given.get(OTHERWISE, "")


def kept_codes(folder: Path) -> dict[str, str]:
    """Return the codes that were drawn for a study, drawing them the first time.

    Raises:
        MugError: the file that keeps them is damaged.
    """
    path = folder / "codes.json"
    if not path.exists():
        _draw(path)
    try:
        codes = json.loads(path.read_text())
    except ValueError:
        codes = None
    if not isinstance(codes, dict) or not all(isinstance(codes.get(outcome), str) for outcome in ENDINGS):
        raise MugError(
            "the completion codes are damaged",
            str(path),
            "restore the file from a backup, or write the codes that the service has into the script",
        )
    return codes


def _draw(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    codes = {outcome: "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for outcome in ENDINGS}
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(codes, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
