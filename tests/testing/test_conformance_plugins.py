"""The checks for plugins accept good ones and reject each kind of broken one."""

import importlib.util
import sys
from pathlib import Path

import attrs
import pytest

import mug
from mug.core import builtin
from mug.testing import conformance
from mug.testing.conformance import ConformanceError, plugins

EXAMPLES = Path(__file__).parents[2] / "examples" / "hooks"


class Maker(mug.Matchmaker):
    def propose(self, waiting, size, now):
        return []


class Good:
    @mug.hookimpl
    def mug_matchmakers(self):
        return {"good": Maker}


class Unmarked:
    def mug_matchmakers(self):
        return {}


class Defaults:
    @mug.hookimpl
    def mug_check(self, experiment=None):
        return []


class Idle:
    """Nothing."""


@attrs.frozen
class Value:
    @mug.hookimpl
    def mug_health(self):
        return {}


class WrongThing:
    @mug.hookimpl
    def mug_matchmakers(self):
        return {"list": list}


class Fickle:
    asked = 0

    @mug.hookimpl
    def mug_matchmakers(self):
        self.asked += 1
        return {f"maker-{self.asked}": Maker}


class Fresh:
    """Makes a class each time it is asked."""

    @mug.hookimpl
    def mug_matchmakers(self):
        return {"fresh": type("Fresh", (Maker,), {})}


class Spaced:
    @mug.hookimpl
    def mug_matchmakers(self):
        return {"My Maker": Maker}


@pytest.fixture
def heavy(tmp_path, monkeypatch):
    """A plugin whose module loads NumPy."""
    return _module(
        tmp_path, monkeypatch, "mug_heavy", "import numpy, mug\n@mug.hookimpl\ndef mug_health(): ...\n"
    )


@pytest.fixture
def fragile(tmp_path, monkeypatch):
    """A plugin whose module can be imported only once its author has set something."""
    source = "import mug, os\nos.environ['MUG_TEST_FRAGILE']\n@mug.hookimpl\ndef mug_health(): ...\n"
    monkeypatch.setenv("MUG_TEST_FRAGILE", "1")
    module = _module(tmp_path, monkeypatch, "mug_fragile", source)
    monkeypatch.delenv("MUG_TEST_FRAGILE")
    return module


def _module(folder, monkeypatch, name, source):
    (folder / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(str(folder))
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, name, module)
    return module


SPECIMENS = [
    ("check_keeps_the_contract", Unmarked, "put @mug.hookimpl above it"),
    ("check_keeps_the_contract", Defaults, "write experiment without a default"),
    ("check_keeps_the_contract", lambda: Good, "is the class Good, not an instance"),
    ("check_has_a_hook", Idle, "no function is marked"),
    ("check_can_be_activated", Value, "@attrs.define(eq=False)"),
    ("check_registers_the_right_things", WrongThing, "is not a subclass of mug.Matchmaker"),
    ("check_registers_the_same_each_time", Fickle, "answered differently"),
    ("check_registers_the_same_each_time", Fresh, "answered differently"),
    ("check_names_can_be_written_anywhere", Spaced, "'My Maker'"),
    ("check_loads_nothing_heavy", "heavy", "importing mug_heavy loads numpy"),
    ("check_loads_nothing_heavy", "fragile", "importing mug_fragile alone fails: KeyError"),
]


def example(name):
    """One of the example plugins."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, "plugin", module)


@pytest.mark.parametrize("check", conformance.plugin, ids=lambda check: check.__name__)
def test_good_plugins_pass(check):
    """Correct plugins pass every check, mug's own components included."""
    check(lambda: builtin)
    if check is not plugins.check_loads_nothing_heavy:  # this test's own module loads the kit
        check(Good)


@pytest.mark.parametrize("name", ["data", "games", "participants", "registries", "server"])
@pytest.mark.parametrize("check", conformance.plugin[:-1], ids=lambda check: check.__name__)
def test_examples_pass(check, name):
    """The examples that authors copy from pass every check of behavior."""
    check(lambda: example(name))


@pytest.mark.parametrize(
    ("name", "factory", "sentence"), SPECIMENS, ids=lambda value: getattr(value, "__name__", None)
)
def test_broken_plugins_are_rejected(name, factory, sentence, request):
    """Each broken plugin is rejected by the check for its defect, in words that name it."""
    if isinstance(factory, str):
        module = request.getfixturevalue(factory)
        factory = lambda: module  # noqa: E731
    with pytest.raises(ConformanceError) as caught:
        getattr(plugins, name)(factory)
    assert sentence in str(caught.value)


def test_every_check_rejects_something():
    """No check is there that accepts everything."""
    assert {name for name, _, _ in SPECIMENS} == {check.__name__ for check in conformance.plugin}
