"""One experiment's plugins: who is called, in which order, and how answers and errors combine."""

import contextlib
import logging
import sys

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mug
from mug.components import Completion, Identity, Refusal, Route
from mug.core.lobby import FIFOMatchmaker
from mug.core.plugins import Available, PluginSet
from mug.errors import MugError, PluginError, Problem

EXPERIMENT = object()
SOMEBODY = object()


@attrs.define(eq=False)
class Witness:
    """Writes down what it is told, and answers as it was told to."""

    name: str
    told: list = attrs.field(factory=list)
    fails: bool = False

    def _tell(self, hook):
        self.told.append((self.name, hook))
        if self.fails:
            raise RuntimeError(f"{self.name} is ill")

    @mug.hookimpl
    def mug_after_step(self, step, game):
        self._tell(("step", game, step))

    @mug.hookimpl
    def mug_on_game_start(self):
        self._tell("start")

    @mug.hookimpl
    async def mug_abandon(self, reason):
        self._tell(reason)

    @mug.hookimpl
    def mug_health(self):
        self._tell("health")
        return {"name": self.name}

    @mug.hookimpl
    def mug_routes(self):
        self._tell("routes")
        return [Route(f"{self.name}/{number}", print) for number in range(2)]

    @mug.hookimpl
    def mug_check(self):
        self._tell("check")
        yield Problem(self.name, "first")
        yield Problem(self.name, "second")


@attrs.define(eq=False)
class Judge:
    """Answers the deciding hooks with what it was given."""

    name: str
    answer: object = None
    asked: list = attrs.field(factory=list)

    def _answer(self):
        self.asked.append(self.name)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    @mug.hookimpl
    def mug_identify(self, request):
        return self._answer()

    @mug.hookimpl
    async def mug_screen(self, participant):
        return self._answer()

    @mug.hookimpl
    async def mug_complete(self, participant, outcome):
        return self._answer()

    @mug.hookimpl
    def mug_store(self, experiment):
        return self._answer()


def judges(*answers):
    """A judge for each answer, sharing the list of who was asked."""
    asked = []
    return [Judge(f"judge-{number}", answer, asked) for number, answer in enumerate(answers)], asked


class Maker(mug.Matchmaker):
    def propose(self, waiting, size, now):
        return []


def giving(name, hook="mug_matchmakers", value=Maker):
    """A plugin object that registers one thing."""
    namespace = {hook: mug.hookimpl(_named(hook, lambda self: {name: value})), "name": f"gives-{name}"}
    return type("Giver", (), namespace)()


def _named(name, function):
    function.__name__ = name
    return function


# --------------------------------------------------------------------------------------- activation


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


USED = """
import mug

class Maker(mug.Matchmaker):
    def propose(self, waiting, size, now):
        return []

@mug.hookimpl
def mug_matchmakers():
    return {"used": Maker}

@mug.hookimpl
def mug_health():
    return {"here": True}
"""


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


# ------------------------------------------------------------------------------------ looking up names


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
    from mug.core.plugins import Installed

    assert _described(
        Available(Installed(name, f"mug-{name}", "1", f"no_{name}") for name in order)
    ) == _described(
        Available(Installed(name, f"mug-{name}", "1", f"no_{name}") for name in ("alpha", "beta", "gamma"))
    )


def _described(found):
    return PluginSet(found).describe()


# ---------------------------------------------------------------------------------------- calling hooks


def test_collect_keeps_answers_apart(plugins):
    """Every single thing is collected with the name of the plugin it comes from."""
    plugins.activate(Witness("a"), Judge("silent"), Witness("b"))
    routes = plugins.collect("mug_routes", experiment=EXPERIMENT)
    assert [(answer.plugin, answer.value.path) for answer in routes] == [
        ("a", "a/0"),
        ("a", "a/1"),
        ("b", "b/0"),
        ("b", "b/1"),
    ]


def test_collect_stops_at_an_error_that_matters(plugins):
    """An error while collecting routes is raised with plugin and hook."""
    plugins.activate(Witness("a"), Witness("b", fails=True))
    with pytest.raises(PluginError) as caught:
        plugins.collect("mug_routes", experiment=EXPERIMENT)
    assert caught.value.what == "mug_routes of plugin 'b' raised RuntimeError: b is ill"
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_isolated_hooks_keep_errors_apart(plugins):
    """A plugin that cannot report its health does not hide the others."""
    plugins.activate(Witness("a", fails=True), Witness("b"))
    first, second = plugins.collect("mug_health", experiment=EXPERIMENT)
    assert (first.plugin, first.value) == ("a", None)
    assert "a is ill" in str(first.error)
    assert (second.plugin, second.value, second.error) == ("b", {"name": "b"}, None)


def test_problems_of_all_plugins(plugins):
    """Checking shows every plugin's problems, and a plugin that cannot check is one itself."""
    plugins.activate(Witness("a"), Witness("b", fails=True), Witness("c"))
    problems = plugins.problems(EXPERIMENT)
    assert [(problem.where, problem.what.splitlines()[0]) for problem in problems] == [
        ("a", "first"),
        ("a", "second"),
        ("plugin 'b'", "mug_check of plugin 'b' raised RuntimeError: b is ill"),
        ("c", "first"),
        ("c", "second"),
    ]


def test_a_nonsense_answer_names_the_plugin(plugins):
    """An answer of the wrong type is an error that names plugin, hook and what was given."""
    (judge,), _ = judges("a store")
    plugins.activate(judge)
    with pytest.raises(PluginError) as caught:
        plugins.at_most_one("mug_store", experiment=EXPERIMENT)
    assert caught.value.what == "mug_store of plugin 'judge-0' must give mug.Store, got 'a store'"


def test_an_answer_that_is_a_coroutine(plugins):
    """A plain function that returns a coroutine where nothing can wait is an error."""

    class Late:
        @mug.hookimpl
        def mug_store(self, experiment):
            async def later(): ...

            return later()

    plugins.activate(Late())
    with pytest.raises(PluginError, match="answered with a coroutine"):
        plugins.at_most_one("mug_store", experiment=EXPERIMENT)


async def test_at_most_one(plugins):
    """Everybody is asked, and the one answer counts."""
    found, asked = judges(None, Identity({"id": "1"}), None)
    plugins.activate(*found)
    answer = await plugins.at_most_one_async("mug_identify", experiment=EXPERIMENT, request=object())
    assert answer == Identity({"id": "1"})
    assert asked == ["judge-0", "judge-1", "judge-2"]


async def test_at_most_one_without_an_answer(plugins):
    """Nobody having an answer is not an error."""
    found, _ = judges(None)
    plugins.activate(*found)
    arguments = {"experiment": EXPERIMENT, "participant": SOMEBODY, "outcome": "completed"}
    assert await plugins.at_most_one_async("mug_complete", **arguments) is None
    assert plugins.at_most_one("mug_store", experiment=EXPERIMENT) is None


async def test_two_answers_are_a_conflict(plugins):
    """Two answers to a question that takes one are an error that names both plugins."""
    found, _ = judges(Completion("A"), None, Completion("B"))
    plugins.activate(*found)
    with pytest.raises(PluginError) as caught:
        await plugins.at_most_one_async(
            "mug_complete", experiment=EXPERIMENT, participant=SOMEBODY, outcome="completed"
        )
    assert caught.value.what == "plugins 'judge-0' and 'judge-2' both answer, but at most one may"


async def test_mug_decides_only_what_no_plugin_does(plugins, monkeypatch, module):
    """mug's own answer gives way to a plugin's, and is used when there is none."""
    own = module(
        "import mug\nfrom mug.components import Identity\n"
        "@mug.hookimpl\ndef mug_identify(): return Identity({'own': '1'})"
    )
    monkeypatch.setattr("mug.core.plugins.plugin_set.builtin", own)
    (judge,), _ = judges(Identity({"theirs": "1"}))
    alone, together = PluginSet(Available()), PluginSet(Available())
    together.activate(judge)
    arguments = {"experiment": EXPERIMENT, "request": object()}
    assert await alone.at_most_one_async("mug_identify", **arguments) == Identity({"own": "1"})
    assert await together.at_most_one_async("mug_identify", **arguments) == Identity({"theirs": "1"})


async def test_the_first_refusal_stops(plugins):
    """After a refusal nobody else is asked."""
    found, asked = judges(None, Refusal("full"), Refusal("never seen"))
    plugins.activate(*found)
    refusal = await plugins.first_refusal_async("mug_screen", experiment=EXPERIMENT, participant=SOMEBODY)
    assert refusal == Refusal("full")
    assert asked == ["judge-0", "judge-1"]


async def test_an_error_refuses_nobody(plugins, caplog):
    """An error while screening is logged with the plugin's name, and the next plugin is asked."""
    found, asked = judges(RuntimeError("database gone"), None)
    plugins.activate(*found)
    assert (
        await plugins.first_refusal_async("mug_screen", experiment=EXPERIMENT, participant=SOMEBODY) is None
    )
    assert asked == ["judge-0", "judge-1"]
    assert caplog.messages == ["plugin 'judge-0' failed in mug_screen"]


def test_nobody_listens(plugins):
    """Without a listener there is nothing to call, so that games need not even prepare the arguments."""
    assert plugins.notifier("mug_after_step") is None


def test_notify_passes_arguments_by_name(plugins):
    """An implementation takes arguments in any order, or leaves them out."""
    witness = Witness("w")
    plugins.activate(witness)
    plugins.notifier("mug_after_step")("GAME", "STEP")
    plugins.notifier("mug_on_game_start")("GAME")
    assert witness.told == [("w", ("step", "GAME", "STEP")), ("w", "start")]


def test_an_observer_cannot_break_the_game(plugins, caplog):
    """An observer's error is logged with its name and hook, and the others are still told."""
    told = []
    plugins.activate(Witness("ill", told, fails=True), Witness("well", told))
    plugins.notifier("mug_on_game_start")("g1")
    assert [name for name, _ in told] == ["ill", "well"]
    (record,) = caplog.records
    assert record.getMessage() == "plugin 'ill' failed in mug_on_game_start"
    assert record.exc_info is not None


def test_repeated_errors_do_not_drown_the_log(plugins, caplog):
    """An error on every step is logged in full once and then ever more rarely."""
    plugins.activate(Witness("ill", fails=True))
    notify = plugins.notifier("mug_after_step")
    for step in range(1000):
        notify("g1", step)
    assert [record.getMessage().partition(" times")[0] for record in caplog.records] == [
        "plugin 'ill' failed in mug_after_step",
        "plugin 'ill' failed in mug_after_step 10",
        "plugin 'ill' failed in mug_after_step 100",
        "plugin 'ill' failed in mug_after_step 1000",
    ]
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 4
    assert list(plugins.faults.counts.values()) == [1000]


async def test_notify_async_waits_and_isolates(plugins, caplog):
    """Async observers are awaited one after the other; an error stops nobody else."""
    told = []
    plugins.activate(Witness("a", told), Witness("ill", told, fails=True), Witness("b", told))
    await plugins.notify_async("mug_abandon", experiment=EXPERIMENT, participant=SOMEBODY, reason="away")
    assert told == [("a", "away"), ("ill", "away"), ("b", "away")]
    assert caplog.messages == ["plugin 'ill' failed in mug_abandon"]


async def test_lifespans_nest(plugins):
    """Lifespans are collected in listed order, as context managers that nest."""
    log = []

    def lifespan(name):
        class Span:
            @mug.hookimpl
            @contextlib.asynccontextmanager
            async def mug_lifespan(self, experiment):
                log.append(f"{name} in")
                yield
                log.append(f"{name} out")

        return Span()

    plugins.activate(lifespan("a"), lifespan("b"))
    async with contextlib.AsyncExitStack() as stack:
        for answer in plugins.collect("mug_lifespan", experiment=EXPERIMENT):
            await stack.enter_async_context(answer.value)
    assert log == ["a in", "b in", "b out", "a out"]


def test_calling_against_the_rule_is_mugs_mistake(plugins):
    """A hook is called by its own rule, with all of its arguments and no others."""
    with pytest.raises(TypeError, match="combines by notify, not collect"):
        plugins.collect("mug_after_step", game=1, step=2)
    with pytest.raises(TypeError, match="takes"):
        plugins.collect("mug_routes", experiment=1, extra=2)
    plugins.activate(Witness("w"))
    with pytest.raises(TypeError, match="got 1 arguments"):
        plugins.notifier("mug_after_step")("g1")


# ------------------------------------------------------------------------------------------ describing


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
