"""``mug plugins`` lists what is installed, what it offers, and what is broken."""

import mug

OFFERS = """
import mug

class Maker(mug.Matchmaker):
    def propose(self, waiting, size, now):
        return []

@mug.hookimpl
def mug_matchmakers():
    return {"newest": Maker, "oldest": Maker}

@mug.hookimpl
def mug_health():
    return {}
"""


def test_what_mug_brings(run_mug):
    """mug's own components are listed like a plugin's."""
    lines = run_mug("plugins").output.splitlines()
    assert lines[0] == f"mug {mug.__version__} (multi-user-gymnasium)"
    assert "  matchmaker  fifo" in lines


def test_what_a_plugin_offers(run_mug, install):
    """A plugin is listed with its version, the names it gives, and its other hooks."""
    install("alpha", OFFERS, version="1.5")
    output = run_mug("plugins").output
    assert "alpha 1.5 (mug-alpha)\n  matchmaker  newest, oldest\n  hooks       mug_health\n" in output


def test_broken_plugins_are_listed(run_mug, install):
    """A broken plugin is listed with the reason, after the others, and the command succeeds."""
    install("alpha", OFFERS)
    install("broken", "import no_such_module_here")
    result = run_mug("plugins")
    assert result.exit_code == 0
    assert "newest, oldest" in result.output
    assert "broken (mug-broken 0.1) cannot be used:\n" in result.output
    assert "ModuleNotFoundError: No module named 'no_such_module_here'" in result.output


def test_a_registry_that_fails_is_listed(run_mug, install):
    """A plugin that loads but cannot say what it offers is listed with what went wrong."""
    install("alpha", OFFERS.replace('return {"newest": Maker, "oldest": Maker}', "return 1 / 0"))
    assert (
        "matchmaker  broken: mug_matchmakers of plugin 'alpha' raised ZeroDivisionError"
        in run_mug("plugins").output
    )
