"""Finding installed plugins: sorted, lazily loaded, and carrying on past broken ones."""

import sys

import pytest

from mug.core.plugins import Available, Installed, PluginSet
from mug.errors import PluginError

GOOD = """
import mug

class {kind}(mug.Matchmaker):
    def propose(self, waiting, size, now):
        return []

@mug.hookimpl
def mug_matchmakers():
    return {{"{offer}": {kind}}}
"""


def good(offer, kind="Maker"):
    return GOOD.format(offer=offer, kind=kind)


def test_found_through_entry_points(install, available):
    """An installed package is found by its entry point, with distribution and version."""
    install("alpha", good("a"), version="1.2")
    (one,) = available("alpha").installed
    assert (one.name, one.distribution, one.version, one.value) == ("alpha", "mug-alpha", "1.2", "mug_alpha")
    assert one.label() == "'alpha' (mug-alpha 1.2)"
    assert one.failure() is None


def test_discovery_imports_nothing(install, available):
    """Plugins are not imported until something is asked of them."""
    install("alpha", "raise SystemExit('imported')")
    found = available("alpha")
    assert "mug_alpha" not in sys.modules
    assert "SystemExit: imported" in found.installed[0].failure().what


def test_sorted_by_name(install, available):
    """Neither installation order nor the file system decides the order."""
    for name in ("zeta", "alpha", "mid"):
        install(name, good(name))
    assert [one.name for one in available("zeta", "alpha", "mid").installed] == ["alpha", "mid", "zeta"]


def test_an_object_in_a_module(install, available):
    """An entry point may point at an object in a module."""
    install("alpha", good("a") + "class P:\n    mug_x = 1\nplugin = P()\n", entry="mug_alpha:plugin")
    (one,) = available("alpha").installed
    assert one.plugin().subject is sys.modules["mug_alpha"].plugin
    assert one.package() == "mug_alpha"


@pytest.mark.parametrize(
    ("source", "entry", "cause"),
    [
        ("import no_such_module_here", None, "ModuleNotFoundError: No module named 'no_such_module_here'"),
        ("def broken(:", None, "SyntaxError"),
        ("1 / 0", None, "ZeroDivisionError: division by zero"),
        ("", "mug_alpha:nothing", "AttributeError"),
        ("", "no_such_package_here", "ModuleNotFoundError: No module named 'no_such_package_here'"),
    ],
)
def test_a_broken_plugin_is_named_with_its_distribution(install, available, source, entry, cause):
    """What cannot be loaded is reported with plugin, distribution, version and cause."""
    install("alpha", source, entry=entry)
    (one,) = available("alpha").installed
    with pytest.raises(PluginError) as caught:
        one.plugin()
    assert caught.value.what.startswith("plugin 'alpha' (mug-alpha 0.1) cannot be loaded: ")
    assert cause in caught.value.what
    assert caught.value.plugin == "alpha"
    with pytest.raises(PluginError) as again:
        one.plugin()
    assert again.value is caught.value


def test_a_class_as_entry_point(install, available):
    """An entry point that names a class is a mistake that the error puts right."""
    install("alpha", "class Prolific: ...", entry="mug_alpha:Prolific")
    failure = available("alpha").installed[0].failure()
    assert failure.fix == "write Prolific(...)"


def test_the_name_mug_is_taken(install, available):
    """A plugin cannot pass for mug itself."""
    install("mug", good("a"))
    assert available("mug").installed[0].failure().what == "the name 'mug' is mug's own"


def test_others_work_beside_a_broken_one(install, available):
    """A broken plugin keeps no other from being used."""
    install("alpha", "1 / 0")
    install("beta", good("b"))
    found = available("alpha", "beta")
    plugins = PluginSet(found)
    assert plugins.find("mug_matchmakers", "b", "here").__name__ == "Maker"
    assert [plugin.name for _, plugin in found.sound()] == ["beta"]
    assert list(found.broken()) == ["'alpha' (mug-alpha 0.1)"]


def test_a_broken_one_is_named_when_it_is_asked_for(install, available):
    """Listing a broken plugin is an error; looking for what nobody gives mentions it."""
    install("alpha", "1 / 0")
    plugins = PluginSet(available("alpha"))
    with pytest.raises(PluginError, match=r"plugin 'alpha' .* cannot be loaded: ZeroDivisionError"):
        plugins.activate("alpha")
    with pytest.raises(Exception, match="ZeroDivisionError"):
        plugins.find("mug_matchmakers", "skill", "here")


def test_a_broken_contract_counts_as_broken(install, available):
    """A plugin that loads but breaks the contract is broken as well."""
    install("alpha", "def mug_matchmakers():\n    return {}")
    assert "not marked as a hook" in available("alpha").installed[0].failure().what


def test_two_distributions_with_one_plugin_name(install, available, tmp_path):
    """Two packages that use one plugin name are both named."""
    first = Installed("alpha", "mug-alpha", "1", "mug_alpha")
    second = Installed("alpha", "their-alpha", "2", "their_alpha")
    with pytest.raises(PluginError) as caught:
        Available([first, second]).named("alpha")
    assert caught.value.what == (
        "two installed plugins are called 'alpha': 'alpha' (mug-alpha 1) and 'alpha' (their-alpha 2)"
    )


def test_where_an_object_comes_from(install, available):
    """A component is traced to the installed package that its class is defined in."""
    install("alpha", good("a"))
    found = available("alpha")
    (one,) = found.installed
    maker = one.plugin().offers("mug_matchmakers")["a"]()
    assert found.home_of(maker) is one
    assert found.home_of(sys.modules["mug_alpha"]) is one
    assert found.home_of(object()) is None
