"""Plays a script's environment in a new interpreter: with other hashes, and nothing left from before.

Run as ``python -m mug_pyodide.trust.fresh SCRIPT SCENE STEPS FILE``; what came out goes to the file.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from mug.errors import MugError
from mug.scripts import chosen, games_of
from mug_pyodide.in_browser.checks import Broken, lines
from mug_pyodide.trust.apart import Interrupted


def lines_of(script: Path, scene_id: str, steps: int, hash_seed: int, seconds: float) -> list[bytes]:
    """Play in a new interpreter and return what came out.

    Args:
        script: the experiment.
        scene_id: whose environment.
        steps: how many.
        hash_seed: decides the order of sets.
        seconds: how long it may take.

    Raises:
        Interrupted: nothing came out.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "lines")
        command = [
            sys.executable,
            "-m",
            "mug_pyodide.trust.fresh",
            str(script),
            scene_id,
            str(steps),
            str(file),
        ]
        environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
        try:
            done = subprocess.run(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Interrupted("it took too long in a new interpreter") from None
        if done.returncode != 0 or not file.exists():
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise Interrupted(said[-1] if said else f"a new interpreter ended with {done.returncode}")
        return file.read_bytes().split(b"\n")


def main(script: str, scene_id: str, steps: str, file: str) -> None:
    """Play and write what came out."""
    try:
        with games_of(Path(script)) as games:
            spec = chosen(games, scene_id, Path(script))[scene_id]
            Path(file).write_bytes(b"\n".join(lines(spec, int(steps))))
    except (Broken, MugError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
