"""Which plugins of an experiment are active, and in which order they are called."""

import sys

import attrs
import pytest

import mug
from mug.core.plugins import PluginSet
from mug.errors import MugError, PluginError
from tests.plugins.samples import EXPERIMENT, USED, Witness


def test_called_in_listed_order(plugins):
    """Plugins are called in the order in which the script lists them."""
    told = []
    plugins.activate(*(Witness(name, told) for name in "cab"))
    plugins.notifier("mug_on_game_start")("game")
    assert [name for name, _ in told] == ["c", "a", "b"]


def test_installed_is_not_active(install, available):
    """An installed plugin observes nothing in an experiment that neither lists nor uses it."""
    source = "import mug\ntold = []\n@mug.hookimpl\ndef mug_on_game_start(game): told.append(game)\n"
    install("alpha", source)
    plugins = PluginSet(available("alpha"))
    assert plugins.notifier("mug_on_game_start") is None
    plugins.activate("alpha")
    plugins.notifier("mug_on_game_start")("g1")
    assert sys.modules["mug_alpha"].told == ["g1"]


@pytest.mark.parametrize("how", ["by name", "as an instance", "listed", "as a module"])
def test_used_is_active(install, available, how):
    """Using something of a plugin in any way activates its hooks, but only once."""
    install("alpha", USED)
    found = available("alpha")
    plugins = PluginSet(found)
    for _ in range(2):
        if how == "by name":
            plugins.find("mug_matchmakers", "used", "here")
        elif how == "as an instance":
            plugins.activate(found.installed[0].plugin().subject.Maker())
        elif how == "listed":
            plugins.activate("alpha")
        else:
            plugins.activate(found.installed[0].plugin().subject)
    assert [answer.plugin for answer in plugins.collect("mug_health", experiment=EXPERIMENT)] == ["alpha"]


def test_activating_an_object_twice_changes_nothing(plugins):
    """A plugin that is listed and used is called once."""
    witness = Witness("w")
    plugins.activate(witness, witness)
    plugins.activate(witness)
    assert len(plugins.collect("mug_health", experiment=EXPERIMENT)) == 1


def test_two_instances_are_two_plugins(plugins):
    """Two instances of one class, configured differently, are both called."""
    plugins.activate(Witness("w"), Witness("w"))
    assert len(plugins.collect("mug_health", experiment=EXPERIMENT)) == 2


@attrs.frozen
class FrozenPlugin:
    code: str = "x"

    @mug.hookimpl
    def mug_health(self):
        return {}


@attrs.define
class UnhashablePlugin:
    @mug.hookimpl
    def mug_health(self):
        return {}


@pytest.mark.parametrize("kind", [FrozenPlugin, UnhashablePlugin])
def test_plugins_must_not_compare_by_value(plugins, kind):
    """attrs' default equality makes plugins indistinguishable or unhashable; the error says what to write."""
    with pytest.raises(PluginError) as caught:
        plugins.activate(kind())
    assert caught.value.fix == f"write @attrs.define(eq=False) above class {kind.__name__}"


def test_components_without_hooks_may_compare_by_value(plugins):
    """A matchmaker written with plain attrs.define works as an instance."""

    @attrs.define
    class Plain(mug.Matchmaker):
        gap: int = 1

    plugins.activate(Plain(1), Plain(1))
    assert [entry["name"] for entry in plugins.describe()] == ["mug", "Plain"]


@pytest.mark.parametrize("nonsense", [None, 1, ["prolific"], {"a": 1}, b"prolific"])
def test_nonsense_is_not_a_plugin(plugins, nonsense):
    """Only names, modules and objects can be listed."""
    with pytest.raises(MugError, match="a plugin is a name, a module or an object, got"):
        plugins.activate(nonsense)


def test_listing_what_is_not_installed(install, available, plugins):
    """The error suggests the nearest installed plugin, or what to install."""
    with pytest.raises(MugError) as caught:
        plugins.activate("prolific")
    assert (caught.value.what, caught.value.fix) == (
        "plugin 'prolific' is not installed",
        "pip install mug-prolific",
    )
    install("alpha", USED)
    with pytest.raises(MugError) as caught:
        PluginSet(available("alpha")).activate("alhpa")
    assert caught.value.fix == "did you mean 'alpha'?"


def test_an_object_cannot_take_a_plugins_name(install, available):
    """An object of the script cannot pass for an installed plugin, nor for mug."""
    install("alpha", USED)
    plugins = PluginSet(available("alpha"))
    for name in ("alpha", "mug"):
        with pytest.raises(PluginError, match=f"calls itself '{name}', which is the name of another plugin"):
            plugins.activate(Witness(name))
