"""The example's modules, and its experiments, freshly made."""

import importlib
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[1]
sys.path.append(str(EXAMPLE))


@pytest.fixture
def script():
    """The script, freshly imported."""
    yield importlib.import_module("teams_experiment")
    del sys.modules["teams_experiment"]
