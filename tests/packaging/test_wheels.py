"""What is published works for somebody who has neither this repository nor Node."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from mug.testing.participants import HeadlessParticipant

ROOT = Path(__file__).resolve().parents[2]
ALONE = {"PATH": "/nowhere", "HOME": os.environ.get("HOME", "/")}
"""An environment in which nothing of this repository and no Node is found."""
NOT_PUBLISHED = ("assembly/", "bench/", "client/", "examples/", "tests/")
PACKAGES = [ROOT, *sorted((ROOT / "plugins").glob("mug_*"))]

CHECK_RUNTIME = """
import gymnasium, hashlib, json, pathlib, brotli, mug_pyodide
from mug_pyodide.packing.bytecode import lookup

runtime = pathlib.Path(mug_pyodide.__file__).parent / "static" / "runtime"
files = json.loads((runtime / "runtime.json").read_text())["files"]
for name, entry in files.items():
    path = runtime / name
    data = path.read_bytes() if path.exists() else brotli.decompress((runtime / f"{name}.br").read_bytes())
    assert hashlib.sha256(data).hexdigest() == entry["sha256"], name
assert lookup(pathlib.Path(gymnasium.__file__).read_bytes()), "no bytecode"
print(len(files), "files")
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build every wheel as ``make wheels`` does."""
    folder = tmp_path_factory.mktemp("wheels")
    for package in PACKAGES:
        build = [
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "--outdir",
            str(folder),
            str(package),
        ]
        subprocess.run(build, check=True, capture_output=True, timeout=300)
    return folder


@pytest.mark.slow
def test_wheels_hold_the_built_client(wheels: Path) -> None:
    """The page and each plugin's part of it are in the wheels; sources and tests are not."""
    names = {wheel.name.partition("-")[0]: zipfile.ZipFile(wheel).namelist() for wheel in wheels.iterdir()}
    assert {"mug/static/index.html", "mug/static/client.js", "mug/static/style.css"} <= set(
        names["multi_user_gymnasium"]
    )
    assert "mug_server_mode/static/client.js" in names["mug_server_mode"]
    assert "mug_screening/static/client.js" in names["mug_screening"]
    assert "mug_pyodide/static/runtime/runtime.json" in names["mug_pyodide"]
    surveys = {
        "static/client.js",
        "static/later.js",
        "static/later.js.br",
        "questionnaires/demographics.json",
    }
    assert {f"mug_surveys/{file}" for file in surveys} <= set(names["mug_surveys"])
    for files in names.values():
        assert not [name for name in files if name.startswith(NOT_PUBLISHED)]


@pytest.fixture(scope="module")
def installed(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheels into an environment of their own, without Node; return its folder."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--constraint", ROOT / "constraints.txt"]
    subprocess.run([*install, *wheels.iterdir()], check=True, timeout=600, env=ALONE)
    return home


@pytest.mark.slow
def test_a_fresh_environment_has_all_that_browsers_need(installed: Path) -> None:
    """The installed wheel holds Python for browsers, every file with the hash it must have."""
    command = [installed / "bin" / "python", "-I", "-c", CHECK_RUNTIME]
    checked = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120, env=ALONE)
    assert int(checked.stdout.split()[0]) > 30


@pytest.mark.slow
async def test_a_fresh_environment_plays_a_game(installed: Path, tmp_path: Path) -> None:
    """The wheels, installed where nothing else of this repository is, serve a game to two people."""
    for file in ("coordination_grid_env.py", "coordination_experiment.py"):
        shutil.copy(ROOT / "examples" / "coordination_grid" / file, tmp_path)
    command = [installed / "bin" / "mug", "run", "coordination_experiment.py", "--port", "18431"]
    server = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, env=ALONE, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert server.stdout is not None
        assert b"http://localhost:18431" in await asyncio.wait_for(server.stdout.readline(), 60)
        url = "http://127.0.0.1:18431"
        async with HeadlessParticipant(url) as ann, HeadlessParticipant(url) as bob:
            for person in (ann, bob):
                await person.until_scene("welcome")
                await person.advance()
            for person in (ann, bob):
                await person.until_state("playing", patience=60)
                await person.hold(1)
            await ann.until(lambda: len(ann.frames) > 5)
    finally:
        server.terminate()
        await asyncio.wait_for(server.wait(), 30)
    assert list((tmp_path / "data" / "coordination_grid" / "coordination_game").glob("*.csv"))
