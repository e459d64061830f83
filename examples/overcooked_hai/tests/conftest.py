"""The example's modules, and its model, which is built when it is older than what it is made from."""

import importlib
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[1]
sys.path += [str(EXAMPLE), str(EXAMPLE / "tests")]

build_partner = importlib.import_module("build_partner")

MADE_FROM = ("build_partner.py", "scripted_cook.py", "overcooked_mug_env.py")


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """The path of the partner's model."""
    changed = max((EXAMPLE / name).stat().st_mtime for name in MADE_FROM)
    if build_partner.MODEL.exists() and build_partner.MODEL.stat().st_mtime > changed:
        return build_partner.MODEL
    path = tmp_path_factory.mktemp("partner") / "cramped_room_policy.onnx"
    build_partner.build(path, lambda sentence: None)
    return path


@pytest.fixture
def script(model, monkeypatch):
    """The experiment's script, freshly imported, with the model that the tests use."""
    monkeypatch.setattr(build_partner, "ready", lambda: model)
    monkeypatch.chdir(EXAMPLE)
    yield importlib.import_module("overcooked_hai")
    del sys.modules["overcooked_hai"]
