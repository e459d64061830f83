"""Looking up what plugins offer by name, and what is said when nobody or everybody offers it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mug.core.lobby import FIFOMatchmaker
from mug.core.plugins import Available, Installed, PluginSet
from mug.errors import MugError, PluginError
from tests.plugins.samples import USED, Maker, giving


def test_core_components_are_found_like_any_other(plugins):
    """mug's own components come through the same registries."""
    assert plugins.find("mug_matchmakers", "fifo", "here") is FIFOMatchmaker
    assert plugins.provider("mug_matchmakers", "fifo") == "mug"
    assert {"fifo"} <= set(plugins.offers("mug_matchmakers"))


def test_a_name_nobody_gives(plugins):
    """The error says where it was asked for, and suggests a near one or a package."""
    with pytest.raises(MugError) as caught:
        plugins.find("mug_matchmakers", "fifi", "scene 'game', .multiplayer(matchmaker=)")
    assert str(caught.value) == (
        "there is no matchmaker 'fifi'\n"
        "  in:  scene 'game', .multiplayer(matchmaker=)\n"
        "  fix: did you mean 'fifo'?"
    )
    with pytest.raises(MugError) as caught:
        plugins.find("mug_matchmakers", "skill", "here")
    assert (
        caught.value.fix
        == "the known ones are fifo, or install the package that gives it (pip install mug-skill)"
    )


@pytest.mark.parametrize(
    ("hook", "name", "package"),
    [
        ("mug_runtimes", "pyodide", "mug-pyodide"),
        ("mug_runtimes", "server", "mug-server-mode"),
        ("mug_transports", "webrtc", "mug-ggpo"),
    ],
)
def test_first_party_plugins_are_known_without_being_installed(plugins, hook, name, package):
    """A script that uses a first-party plugin is told which package to install."""
    with pytest.raises(MugError) as caught:
        plugins.find(hook, name, "here")
    assert caught.value.what.endswith(f"'{name}' is not installed")
    assert caught.value.fix == f"pip install {package}"


def test_two_plugins_giving_one_name(install, available):
    """Both are named; a script that uses something else is not disturbed."""
    other = USED.replace("class Maker", "class Other").replace(
        'return {"used": Maker}', "return {'used': Other, 'b': Other}"
    )
    install("alpha", USED)
    install("beta", other)
    plugins = PluginSet(available("alpha", "beta"))
    message = "two plugins give matchmaker 'used': 'alpha' (mug-alpha 0.1) and 'beta' (mug-beta 0.1)"
    with pytest.raises(PluginError) as caught:
        plugins.find("mug_matchmakers", "used", "here")
    assert caught.value.what == message
    with pytest.raises(PluginError) as caught:
        plugins.offers("mug_matchmakers")
    assert caught.value.what == message
    assert plugins.find("mug_matchmakers", "b", "here").__name__ == "Other"


def test_core_names_cannot_be_replaced(plugins):
    """A plugin that gives a name of mug's own is told so instead of silently winning or losing."""
    plugins.activate(giving("fifo"))
    with pytest.raises(PluginError, match=r"'mug' .* and 'gives-fifo'"):
        plugins.find("mug_matchmakers", "fifo", "here")


def test_the_same_thing_twice_is_no_conflict(plugins):
    """One class registered from two objects of a package is one class."""
    plugins.activate(giving("same"), giving("same"))
    assert plugins.find("mug_matchmakers", "same", "here") is Maker


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (int, "gives 'bad', which is not a subclass of mug.Matchmaker: <class 'int'>"),
        (7, "gives 'bad', which is not a subclass of mug.Matchmaker: 7"),
    ],
)
def test_registering_nonsense(plugins, value, complaint):
    """Something of the wrong kind is refused with the plugin's name when names are looked up."""
    plugins.activate(giving("bad", value=value))
    with pytest.raises(PluginError) as caught:
        plugins.find("mug_matchmakers", "fifo", "here")
    assert caught.value.what == f"mug_matchmakers of plugin 'gives-bad' {complaint}"


@pytest.mark.parametrize("body", ["raise KeyError('x')", "return ['a']", "return {1: 2}", "return {'a': 1}"])
def test_an_installed_registry_that_fails_disturbs_nobody(install, available, body):
    """A plugin whose registry fails is broken; others are still found, and the error is kept."""
    install("alpha", f"import mug\n@mug.hookimpl\ndef mug_matchmakers():\n    {body}\n")
    found = available("alpha")
    plugins = PluginSet(found)
    assert plugins.find("mug_matchmakers", "fifo", "here") is FIFOMatchmaker
    assert "mug_matchmakers of plugin 'alpha'" in found.installed[0].failure().what


@given(st.permutations(["alpha", "beta", "gamma"]))
def test_installation_order_decides_nothing(order):
    """However installed plugins are found, a set of plugins is the same."""
    assert _described(
        Available(Installed(name, f"mug-{name}", "1", f"no_{name}") for name in order)
    ) == _described(
        Available(Installed(name, f"mug-{name}", "1", f"no_{name}") for name in ("alpha", "beta", "gamma"))
    )


def _described(found):
    return PluginSet(found).describe()
