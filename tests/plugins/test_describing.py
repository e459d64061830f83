"""What a manifest says about plugins."""

import mug
from mug.core.plugins import PluginSet
from tests.plugins.samples import USED, Witness


def test_describe(install, available):
    """A manifest lists every plugin with origin, hooks and whether the experiment uses it."""
    install("alpha", USED, version="1.5")
    install("beta", "1 / 0", version="2")
    plugins = PluginSet(available("alpha", "beta"))
    plugins.activate(Witness("own"))
    by_name = {entry["name"]: entry for entry in plugins.describe()}
    assert by_name["mug"]["version"] == mug.__version__
    assert by_name["own"]["active"] is True
    assert by_name["alpha"] == {
        "name": "alpha",
        "distribution": "mug-alpha",
        "version": "1.5",
        "hooks": ["mug_health", "mug_matchmakers"],
        "active": False,
    }
    assert by_name["beta"]["hooks"] == []
    assert "ZeroDivisionError" in by_name["beta"]["error"]
    plugins.find("mug_matchmakers", "used", "here")
    assert {entry["name"]: entry["active"] for entry in plugins.describe()}["alpha"] is True
