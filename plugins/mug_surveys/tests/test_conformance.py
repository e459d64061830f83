"""The plugin and its scenes keep the laws of plugins and scenes."""

from __future__ import annotations

import mug_surveys
import pytest

from mug.testing import conformance
from plugins.mug_surveys.tests.setups import everything


@pytest.mark.parametrize("check", conformance.scene, ids=lambda check: check.__name__)
def test_a_survey_is_a_good_scene(check) -> None:
    """A survey with everything in it keeps the laws of scenes."""
    check(everything)


@pytest.mark.parametrize("check", conformance.plugin, ids=lambda check: check.__name__)
def test_the_plugin_is_a_good_plugin(check) -> None:
    """The plugin keeps the laws of plugins."""
    check(lambda: mug_surveys)
