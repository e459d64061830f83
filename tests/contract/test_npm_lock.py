"""What ``npm ci`` installs does not depend on where packages come from."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_lock_names_no_address() -> None:
    """Every package of the lock has a checksum and no address: any registry can serve it."""
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    linked = {entry["resolved"] for entry in packages.values() if entry.get("link")}
    downloaded = {
        name: entry
        for name, entry in packages.items()
        if name.startswith("node_modules/") and not entry.get("link")
    }
    assert downloaded
    assert [name for name, entry in downloaded.items() if "resolved" in entry] == []
    assert [name for name, entry in downloaded.items() if "integrity" not in entry] == []
    assert all((ROOT / folder / "package.json").is_file() for folder in linked)


def test_the_page_depends_on_one_package_only() -> None:
    """Besides mug's own code the page itself runs a Socket.IO client and nothing else."""
    manifest = json.loads((ROOT / "client/package.json").read_text())
    assert list(manifest["dependencies"]) == ["socket.io-client"]
