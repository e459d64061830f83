"""Each mistake that Python and pluggy let pass is an error that says what to write instead."""

import attrs
import pytest

import mug
from mug.core.plugins import Plugin
from mug.errors import PluginError

HEAD = "import mug, contextlib\n"

MISTAKES = {
    "forgotten mark": (
        "def mug_matchmakers():\n    return {}\n",
        "mug_matchmakers is not marked as a hook, so it would never be called",
        "put @mug.hookimpl above it",
    ),
    "forgotten mark and misspelt": (
        "def mug_matchmaker():\n    return {}\n",
        "there is no hook 'mug_matchmaker', and names that start with 'mug_' are hooks",
        "did you mean 'mug_matchmakers'?",
    ),
    "reserved prefix": (
        "def mug_zzz():\n    return {}\n",
        "there is no hook 'mug_zzz', and names that start with 'mug_' are hooks",
        "rename it so that it does not start with 'mug_'",
    ),
    "misspelt": (
        "@mug.hookimpl\ndef mug_matchmaker():\n    return {}\n",
        "there is no hook 'mug_matchmaker'",
        "did you mean 'mug_matchmakers'?",
    ),
    "prefix forgotten": (
        "@mug.hookimpl\ndef matchmakers():\n    return {}\n",
        "there is no hook 'matchmakers'",
        "did you mean 'mug_matchmakers'?",
    ),
    "another name": (
        "import pluggy\n@pluggy.HookimplMarker('mug')(specname='mug_check')\ndef check(experiment): ...\n",
        "check cannot implement 'mug_check' under another name",
        "name it mug_check",
    ),
    "order": (
        "import pluggy\n@pluggy.HookimplMarker('mug')(tryfirst=True)\ndef mug_check(experiment): ...\n",
        "@hookimpl(tryfirst=True) has no meaning: plugins are called in listed order",
        "write @mug.hookimpl without options",
    ),
    "default": (
        "@mug.hookimpl\ndef mug_check(experiment=None): ...\n",
        "parameter 'experiment' of mug_check has a default, but is always passed",
        "write experiment without a default",
    ),
    "star": (
        "@mug.hookimpl\ndef mug_record(*args): ...\n",
        "mug_record takes *args, but hooks' arguments are passed by name",
        "take those that are needed of mug_record(experiment, record)",
    ),
    "two stars": (
        "@mug.hookimpl\ndef mug_record(record, **rest): ...\n",
        "mug_record takes **rest, but hooks' arguments are passed by name",
        "take those that are needed of mug_record(experiment, record)",
    ),
    "keyword-only": (
        "@mug.hookimpl\ndef mug_record(*, record): ...\n",
        "parameter 'record' of mug_record is keyword-only",
        "remove the * from the parameters",
    ),
    "unknown argument": (
        "@mug.hookimpl\ndef mug_record(recrod): ...\n",
        "mug_record has no argument 'recrod'",
        "did you mean 'record'?",
    ),
    "argument of another hook": (
        "@mug.hookimpl\ndef mug_record(participant): ...\n",
        "mug_record has no argument 'participant'",
        "the hook is mug_record(experiment, record)",
    ),
    "async": (
        "@mug.hookimpl\nasync def mug_after_step(game, step): ...\n",
        "mug_after_step is async, but is called where nothing can wait for it",
        "write def mug_after_step(...) without async",
    ),
    "async generator": (
        "@mug.hookimpl\nasync def mug_lifespan(experiment):\n    yield\n",
        "mug_lifespan is an async generator",
        "put @contextlib.asynccontextmanager below @mug.hookimpl",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_in_a_module(mistake, module):
    """The error names the plugin, the file and the line, and says what to write."""
    source, what, fix = MISTAKES[mistake]
    with pytest.raises(PluginError) as caught:
        Plugin.examine(module(HEAD + source), "sample")
    assert (caught.value.what, caught.value.fix) == (what, fix)
    assert caught.value.where.startswith("plugin 'sample' (mug_sample.py:")
    assert caught.value.plugin == "sample"


@pytest.mark.parametrize("mistake", [name for name in MISTAKES if name != "another name"])
def test_mistakes_in_a_class(mistake, module):
    """The same mistakes are found in the methods of a plugin object."""
    source, what, fix = MISTAKES[mistake]
    body = source.replace("(", "(self, ", 1) if "HookimplMarker" not in source else source
    for name in ("def mug_check(", "def mug_record("):
        if "self" not in body.partition(name)[2].partition(")")[0]:
            body = body.replace(name, name + "self, ")
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    made = module(f"{HEAD}class Sample:\n{indented}plugin = Sample()\n")
    with pytest.raises(PluginError) as caught:
        Plugin.examine(made.plugin, "sample")
    assert (caught.value.what, caught.value.fix) == (what, fix)


def test_a_class_is_not_a_plugin():
    """Passing the class is answered with what to write."""

    class Prolific: ...

    with pytest.raises(PluginError) as caught:
        Plugin.examine(Prolific, "prolific")
    assert (caught.value.what, caught.value.fix) == (
        "plugin 'prolific' is the class Prolific, not an instance of it",
        "write Prolific(...)",
    )


def test_properties_are_not_evaluated():
    """Looking at a plugin runs none of its code, not even for a property named like a hook."""

    class Lazy:
        @property
        def expensive(self):
            raise AssertionError("evaluated")

        @property
        def mug_check(self):
            raise AssertionError("evaluated")

        @mug.hookimpl
        def mug_health(self):
            return {"fine": True}

        def __getattr__(self, name):
            raise AssertionError(f"asked for {name}")

    plugin = Plugin.examine(Lazy(), "lazy")
    assert set(plugin.implementations) == {"mug_health"}
    assert plugin.implementations["mug_health"].answer({"experiment": None}) == {"fine": True}


def test_everything_that_can_be_called_can_be_a_hook(module):
    """Functions, methods, static and class methods, inherited ones and slotted classes all work."""

    class Base:
        @mug.hookimpl
        def mug_check(self, experiment):
            return [mug.Problem("inherited", "x")]

    @attrs.define(eq=False)
    class Sample(Base):
        word: str = "x"

        @staticmethod
        @mug.hookimpl
        def mug_health():
            return {"static": 1}

        @classmethod
        @mug.hookimpl
        def mug_matchmakers(cls):
            return {}

        @mug.hookimpl
        async def mug_screen(self, participant):
            return None

    plugin = Plugin.examine(Sample(), "sample")
    assert set(plugin.implementations) == {"mug_check", "mug_health", "mug_matchmakers", "mug_screen"}
    assert plugin.implementations["mug_check"].answer({"experiment": 1})[0].where == "inherited"
    assert plugin.implementations["mug_health"].answer({"experiment": 1}) == {"static": 1}
    assert plugin.implementations["mug_matchmakers"].answer({}) == {}


def test_what_is_not_a_hook_is_left_alone(module):
    """Imported helpers, constants, classes and submodules may be called what they like."""
    made = module(
        HEAD + "import mug as mug_itself\nmug_version = '1'\nclass mug_thing: ...\n"
        "@mug.hookimpl\ndef mug_health(): return {}\n"
    )
    helper = module("def mug_helper(): ...\n", "mug_elsewhere")
    made.mug_helper = helper.mug_helper
    assert set(Plugin.examine(made, "sample").implementations) == {"mug_health"}


def test_a_context_manager_keeps_its_signature(module):
    """A decorated lifespan is checked by the parameters of the function below the decorator."""
    source = "@mug.hookimpl\n@contextlib.asynccontextmanager\nasync def mug_lifespan({}):\n    yield\n"
    plugin = Plugin.examine(module(HEAD + source.format("experiment")), "sample")
    assert plugin.implementations["mug_lifespan"].parameters == ("experiment",)
    with pytest.raises(PluginError, match="no argument 'experimnt'"):
        Plugin.examine(module(HEAD + source.format("experimnt")), "sample")
