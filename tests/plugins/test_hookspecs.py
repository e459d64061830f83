"""The contract itself: every hook is documented, typed, and shown in an example that works."""

import importlib.util
import inspect
import logging
import re
from contextlib import AsyncExitStack
from pathlib import Path

import attrs
import click
import pytest
from click.testing import CliRunner

import mug.hookspecs
from mug.core.plugins import Plugin
from mug.facts import Episode, GameOutcome, Player
from mug.hooks import declared_in, hookspec
from mug.hookspecs import SPECS

ROOT = Path(__file__).parents[2]
FIELDS = ["Called", "Return", "Combine", "Errors", "Example", "Added"]


def documentation(name):
    return inspect.getdoc(getattr(mug.hookspecs, name)) or ""


def example_of(name):
    path = ROOT / re.search(r"Example:\s+(\S+)", documentation(name)).group(1)
    spec = importlib.util.spec_from_file_location(f"example_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Plugin.examine(getattr(module, "plugin", module), path.stem)


def call(name, *arguments):
    """Call an example as the core would."""
    implementation = example_of(name).implementations[name]
    return implementation.answer(dict(zip(SPECS[name].parameters, arguments, strict=True)))


@attrs.frozen
class Somebody:
    subject_id: str = "s1"
    labels: dict = attrs.field(factory=lambda: {"pool_number": "17"})
    facts: dict = attrs.field(factory=dict)


@attrs.frozen
class Something:
    experiment_id: str = ""
    data_dir: Path = Path("data")


@attrs.frozen
class Play:
    game_id: str = "g1"
    scene_id: str = "grid"
    players: dict = attrs.field(factory=lambda: {"player_0": "s1"})


@attrs.frozen
class Address:
    args: dict


def test_the_contract_is_complete():
    """Exactly the extension points of the design exist."""
    assert set(SPECS) == {
        *["mug_scenes", "mug_runtimes", "mug_transports", "mug_matchmakers", "mug_policies", "mug_exporters"],
        *[
            "mug_store",
            "mug_record",
            "mug_on_game_start",
            "mug_on_episode_start",
            "mug_after_step",
            "mug_on_episode_end",
        ],
        *["mug_on_player_join", "mug_on_player_leave", "mug_on_player_reconnect", "mug_on_game_end"],
        *["mug_identify", "mug_screen", "mug_complete", "mug_abandon", "mug_routes", "mug_client_modules"],
        *["mug_cli_commands", "mug_lifespan", "mug_health", "mug_check"],
    }


@pytest.mark.parametrize("name", SPECS)
def test_documented_by_the_template(name):
    """Each hook says when it is called, what to return, how answers combine, and what an error does."""
    text = documentation(name)
    assert re.findall(r"^(\w+):  ", text, re.MULTILINE) == FIELDS
    combine = re.search(r"Combine:\s+(.+)", text).group(1)
    assert combine.startswith(
        SPECS[name].rule.replace("at-most-one", "at most one").replace("first-refusal", "the first refusal")
    )


@pytest.mark.parametrize("name", SPECS)
def test_typed(name):
    """Each parameter and the return value of each hook is annotated."""
    signature = inspect.signature(getattr(mug.hookspecs, name))
    assert signature.return_annotation is not signature.empty
    assert all(parameter.annotation is not parameter.empty for parameter in signature.parameters.values())
    assert len(signature.parameters) <= 3


@pytest.mark.parametrize("name", SPECS)
def test_may_await_is_in_the_types(name):
    """A hook is annotated as awaitable exactly when it may be async."""
    annotation = inspect.signature(getattr(mug.hookspecs, name)).return_annotation
    assert ("Awaitable[" in annotation) == SPECS[name].awaits


@pytest.mark.parametrize("name", SPECS)
def test_the_example_implements_the_hook(name):
    """The file that a hook's documentation points to has a plugin with this hook that keeps the contract."""
    assert name in example_of(name).implementations


@pytest.mark.parametrize("name", [name for name, spec in SPECS.items() if spec.rule == "merge"])
def test_the_registry_examples_register(name):
    """What the examples register is of the type that the registry is for."""
    assert len(call(name)) == 1


def test_the_store_example_keeps_records():
    """The example's store returns what was appended."""
    store = call("mug_store", Something())
    store.append("events", [b"1", b"2"])
    assert store.read("events") == [b"1", b"2"]
    assert store.read("games/1") == []


def test_the_game_examples_follow_a_game(caplog):
    """The examples of the game hooks work on what the hooks are documented to pass."""
    caplog.set_level(logging.INFO, "supervisor")
    plugin = example_of("mug_on_game_start")
    game = Play()
    episode = Episode(1, 7)
    player = Player("player_0", "s1")

    def tell(name, *arguments):
        plugin.implementations[name].answer(dict(zip(SPECS[name].parameters, arguments, strict=True)))

    tell("mug_on_player_join", game, player)
    tell("mug_on_game_start", game)
    tell("mug_on_episode_start", game, episode)
    tell("mug_after_step", game, object())
    tell("mug_on_player_leave", game, player)
    tell("mug_on_player_reconnect", game, player)
    tell("mug_on_episode_end", game, episode)
    tell("mug_on_game_end", game, GameOutcome("completed"))
    assert caplog.messages[0] == "s1 plays player_0"
    assert caplog.messages[-1] == "game g1 is over (completed) after 1 steps"


async def test_the_participant_examples_decide(caplog):
    """The examples of the participant hooks work on what the hooks are documented to pass."""
    caplog.set_level(logging.INFO, "pool")
    plugin = example_of("mug_identify")

    async def ask(name, *arguments):
        given = dict(zip(SPECS[name].parameters, arguments, strict=True))
        return await plugin.implementations[name].answer_async(given)

    assert await ask("mug_identify", Something(), Address({})) is None
    assert (await ask("mug_identify", Something(), Address({"pool_number": "17"}))).labels == {
        "pool_number": "17"
    }
    assert await ask("mug_screen", Something(), Somebody()) is None
    assert "already" in (await ask("mug_screen", Something(), Somebody())).text
    assert (await ask("mug_complete", Something(), Somebody(), "completed")).redirect.endswith(
        "17&outcome=completed"
    )
    await ask("mug_abandon", Something(), Somebody(), "away")
    assert caplog.messages == ["participant s1 will not finish: away"]


async def test_the_server_examples_serve():
    """The examples of the server hooks work on what the hooks are documented to pass."""
    plugin = example_of("mug_routes")

    def ask(name, *arguments):
        return plugin.implementations[name].answer(dict(zip(SPECS[name].parameters, arguments, strict=True)))

    (route,) = ask("mug_routes", Something("study"))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(ask("mug_lifespan", Something(), None))
        assert await route.handler() == {"experiment": "study", "open": True}
    assert ask("mug_health", Something()) == {"open": False}
    assert len(ask("mug_check", Something())) == 1
    assert ask("mug_check", Something("study")) == []
    (client,) = ask("mug_client_modules", Something())
    assert (Path(client.directory) / client.module).is_file()
    cli = click.Group()
    ask("mug_cli_commands", cli)
    result = CliRunner().invoke(cli, ["dashboard-address", "lab.example.edu"])
    assert result.output == "http://lab.example.edu/-/dashboard/overview\n"


def test_declaring_a_hook_keeps_what_was_declared():
    """A declaration can be read back, with its parameters in order."""

    @hookspec("collect", many=True, isolated=True, noun="thing")
    def mug_things(first, second): ...

    (spec,) = declared_in({"mug_things": mug_things, "other": len, "unmarked": example_of}).values()
    assert (spec.name, spec.parameters, spec.rule) == ("mug_things", ("first", "second"), "collect")
    assert (spec.many, spec.isolated, spec.awaits, spec.noun) == (True, True, False, "thing")
