"""The example's modules, and its model, which is made when it is older than what it is made from."""

import importlib
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[1]
sys.path += [str(EXAMPLE), str(EXAMPLE / "tests")]

make_policy = importlib.import_module("make_policy")

MADE_FROM = ("make_policy.py", "slime_rules.py", "slime_volleyball_env.py")


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """The path of the policy's model."""
    changed = max((EXAMPLE / name).stat().st_mtime for name in MADE_FROM)
    if make_policy.MODEL.exists() and make_policy.MODEL.stat().st_mtime > changed:
        return make_policy.MODEL
    path = tmp_path_factory.mktemp("policy") / "slime_policy.onnx"
    make_policy.make(path, lambda sentence: None)
    return path


@pytest.fixture
def against_ai(model, monkeypatch):
    """The script with the AI, freshly imported, with the model that the tests use."""
    monkeypatch.setattr(make_policy, "ready", lambda: model)
    yield importlib.import_module("slime_ai")
    del sys.modules["slime_ai"]


@pytest.fixture
def against_human():
    """The script for two people, freshly imported."""
    yield importlib.import_module("slime_humans")
    del sys.modules["slime_humans"]
