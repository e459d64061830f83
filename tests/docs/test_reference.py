"""The generated pages say what the code says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from docs import generate
from docs.writers import data
from mug.configurations.experiment_config import ExperimentConfig
from mug.hookspecs import SPECS
from mug.scenes.gym_scene import GymScene
from mug.scenes.static_scene import EndScene
from tests.docs.blocks import ROOT, blocks

REFERENCE = ROOT / "docs" / "reference"


def test_the_committed_pages_are_up_to_date() -> None:
    """What is committed is what the generator writes."""
    assert generate.stale() == [], "run: python -m docs.generate"


def test_check_says_what_is_stale_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--check fails on a stale page and leaves it alone; without it the page is written."""
    for name in ("reference", "plugins"):
        shutil.copytree(ROOT / "docs" / name, tmp_path / name)
    page = tmp_path / "reference" / "hooks.md"
    page.write_text("old")
    assert generate.main(["--check"], tmp_path) == 1
    assert page.read_text() == "old"
    assert str(page) in capsys.readouterr().err
    assert generate.main([], tmp_path) == 0
    assert page.read_text() == (REFERENCE / "hooks.md").read_text()
    assert generate.main(["--check"], tmp_path) == 0


def test_wrong_arguments_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever misspells the option writes nothing."""
    assert generate.main(["--chek"]) == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize("hook", SPECS)
def test_each_hook_has_an_entry(hook: str) -> None:
    """The reference has a section for every extension point, with its arguments."""
    text = (REFERENCE / "hooks.md").read_text(encoding="utf-8")
    section = text.split(f"\n## {hook}\n")[1].split("\n## ")[0]
    assert all(f"`{parameter}`" in section for parameter in SPECS[hook].parameters)
    assert f"def {hook}(" in section


@pytest.mark.parametrize("builder", [ExperimentConfig, GymScene, EndScene], ids=lambda one: one.__name__)
def test_each_setting_has_a_row(builder: type) -> None:
    """No setting of a builder is missing from the reference."""
    text = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    missing = [name for name in builder.known_settings if f"\n| `{name}` |" not in text]  # type: ignore[attr-defined]
    assert missing == []


def test_a_column_without_meaning_is_noticed() -> None:
    """A column that the code writes and the page does not explain stops the generator."""
    with pytest.raises(LookupError, match="surprise"):
        data._columns(("step", "surprise"), {"step": "…"})


def test_the_plugin_guide_prints_the_example() -> None:
    """The matchmaker on the page is the one in examples/mug_skill."""
    printed = next(b for b in blocks(Path("docs/plugins/matchmaker.md")) if b.file.endswith("mug_skill.py"))
    assert printed.code == (ROOT / "examples" / "mug_skill" / "mug_skill.py").read_text(encoding="utf-8")
