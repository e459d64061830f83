"""Calling hooks: how the answers and the errors of several plugins combine."""

import contextlib
import logging

import pytest

import mug
from mug.components import Completion, Identity, Refusal
from mug.core.plugins import Available, PluginSet
from mug.errors import PluginError
from tests.plugins.samples import EXPERIMENT, SOMEBODY, Judge, Witness, judges


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
        for answer in plugins.collect("mug_lifespan", experiment=EXPERIMENT, attendance=None):
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
