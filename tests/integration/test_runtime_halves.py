"""Runtimes with a half in the page: what the halves say arrives, and what follows from it happens."""

import contextlib
from typing import ClassVar

import orjson
import pytest

import mug
from mug.components import (
    EpisodeStarted,
    GameLoading,
    GameOver,
    GameReady,
    GameUnplayable,
    Runtime,
    StoreError,
)
from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.engine.engine import Engine, Rules
from mug.engine.policies import RandomPolicy
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene, StartScene
from mug.testing.envs import Meeting
from tests.testing.small_runtime import SmallGame, SmallRuntime

POLICIES = {"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Random}


STEP = {
    "kind": "step",
    "wall": 1,
    "episode": 1,
    "step": 1,
    "frame": 1,
    **{
        name: {}
        for name in ("observations", "actions", "sources", "rewards", "terminated", "truncated", "infos")
    },
}


def refuse(stream, lines):
    raise StoreError("the disk is full")


class PageGame:
    """A game whose page decides everything by what it says."""

    games: ClassVar[list["PageGame"]] = []

    def __init__(self, setup, link):
        self.setup, self.link = setup, link
        self.calls = []
        self.games.append(self)

    def receive(self, agent_id, message):
        assert agent_id == "player_0"
        match message:
            case {"say": "ready"}:
                self.link.event(GameReady())
            case {"say": "loading"}:
                self.link.event(GameLoading())
            case {"say": "unplayable"}:
                self.link.event(GameUnplayable("this browser cannot"))
            case {"say": "bytes", "data": data}:
                self.link.send(agent_id, {"echo": data})
                return {"length": len(data)}
            case {"say": "playing"}:
                self.link.event(EpisodeStarted(1))
            case {"say": "hold"}:
                with contextlib.suppress(StoreError):
                    self.record()
            case {"say": "go_on"}:
                self.record(taken=True)
            case {"say": "over"}:
                self.link.event(GameOver("completed", {}))
            case {"say": "step"}:
                self.link.records([("step", orjson.dumps(STEP))])
            case {"say": "crash"}:
                raise RuntimeError("a mistake in the runtime")
        return {}

    def record(self, taken=False):
        store = self.link._store
        append = store.append
        if not taken:
            store.append = refuse
        try:
            self.link.records([("paused", b'{"kind": "paused", "wall": 1}')])
        finally:
            store.append = append

    def __getattr__(self, name):
        return lambda *arguments: self.calls.append(name)


class PageRuntime(Runtime):
    name = "page"
    listens = True

    def open(self, setup, link):
        return PageGame(setup, link)


class Instant(SmallGame):
    """A game of the runtime that takes over."""

    def make_engine(self):
        spec = self.spec
        default = dict(spec.default_action)
        rules = Rules(agent_ids=spec.agent_ids, humans=spec.humans, default_action=default)
        return Engine(spec.make_env, rules, {"player_1": RandomPolicy()}, self.setup.seed)


class InstantRuntime(SmallRuntime):
    name = "instant"
    game = Instant


class Both:
    """The plugin that offers them."""

    @mug.hookimpl
    def mug_runtimes(self):
        return {"page": PageRuntime, "instant": InstantRuntime}


@pytest.fixture
def config():
    """One person's game in the page, with or without a way out."""
    PageGame.games.clear()

    def make(**runtime):
        hidden = runtime.pop("on_hidden", "play_on")
        game = (
            GymScene()
            .scene(scene_id="game")
            .environment(env_creator=Meeting)
            .policies(policy_mapping=POLICIES)
            .gameplay(action_mapping={"ArrowLeft": 1}, default_action=0, countdown_s=0.0, on_hidden=hidden)
            .runtime(runtime="page", **runtime)
        )
        scenes = [StartScene().scene(scene_id="start"), game, EndScene().scene(scene_id="end")]
        stager = Stager(scenes=scenes)
        return ExperimentConfig().experiment(stager=stager, experiment_id="study").plugins(Both())

    return make


@contextlib.asynccontextmanager
async def in_game(run_experiment, config):
    async with run_experiment(config) as running, running.arrive() as ann:
        await ann.until_scene("start")
        await ann.advance()
        await ann.until_state("loading")
        yield running, ann


async def test_messages_go_both_ways(run_experiment, config):
    """Bytes arrive as bytes, answers come back, and the page hears what the server's half says."""
    async with in_game(run_experiment, config()) as (_, ann):
        assert await ann.say(say="bytes", data=b"\x00\xff" * 300_000) == {"length": 600_000}
        await ann.until(lambda: ann.said)
        assert ann.said[-1] == {"echo": b"\x00\xff" * 300_000}


async def test_what_cannot_be_taken_is_said_so(run_experiment, config):
    """A runtime that breaks, another's game and what is no message are answered with nothing."""
    async with in_game(run_experiment, config()) as (_, ann):
        assert await ann.say(say="crash") is None
        assert await ann.send("runtime", {"game": "another", "message": {}}) is None
        assert await ann.send("runtime", {"game": ann.game["game"], "message": "text"}) is False
        assert await ann.say(say="ready") == {}
        await ann.until_state("countdown", "playing")


async def test_another_runtime_plays_what_this_one_cannot(run_experiment, config):
    """The declared fallback takes over before the game begins; the page is told, and the data says so."""
    async with in_game(run_experiment, config(fallback="instant")) as (running, ann):
        assert ann.page["runtime"] == "page"
        await ann.say(say="unplayable")
        await ann.until(lambda: ann.page["runtime"] == "instant")
        await ann.until_state("over")
        (journal,) = (running.data_dir / "journal").glob("events*")
        events = [orjson.loads(line) for line in journal.read_bytes().splitlines()]
        (change,) = [event for event in events if event["kind"] == "runtime_changed"]
        assert (change["runtime"], change["reason"]) == ("instant", "this browser cannot")
        await ann.advance()
        await ann.until_scene("end")


async def test_without_a_fallback_the_game_ends_with_a_way_on(run_experiment, config):
    """The participant reads a sentence and can go on with the study."""
    async with in_game(run_experiment, config()) as (_, ann):
        await ann.say(say="unplayable")
        await ann.until_state("failed")
        await ann.advance()
        await ann.until_scene("end")


async def test_a_game_that_loads_again_waits_and_goes_on(run_experiment, config):
    """While the page rebuilds the environment the game stands still; then it goes on after a countdown."""
    async with in_game(run_experiment, config()) as (_, ann):
        await ann.say(say="ready")
        await ann.until(lambda: "start" in PageGame.games[0].calls)
        await ann.say(say="loading")
        await ann.until_state("loading")
        assert PageGame.games[0].calls[-1] == "pause"
        await ann.say(say="ready")
        await ann.until_state("playing")
        assert PageGame.games[0].calls[-1] == "resume"


async def test_a_hidden_page_pauses_if_the_scene_says_so(run_experiment, config):
    """on_hidden="pause": the game waits while its page is hidden; otherwise it takes no notice."""
    async with in_game(run_experiment, config(on_hidden="pause")) as (_, ann):
        await ann.say(say="ready")
        await ann.until(lambda: "start" in PageGame.games[0].calls)
        await ann.send("visibility", {"visible": False})
        await ann.until_state("paused")
        assert PageGame.games[0].calls[-1] == "pause"
        await ann.send("visibility", {"visible": True})
        await ann.until_state("playing")


async def test_a_hidden_page_is_no_news_otherwise(run_experiment, config):
    """on_hidden="play_on": the game goes on."""
    async with in_game(run_experiment, config()) as (_, ann):
        await ann.say(say="ready")
        await ann.until(lambda: "start" in PageGame.games[0].calls)
        await ann.send("visibility", {"visible": False})
        assert "pause" not in PageGame.games[0].calls


async def test_a_page_that_comes_back_says_itself_when_it_is_ready(run_experiment, config):
    """After a lost connection nothing is counted down before the page has said that its game stands."""
    async with in_game(run_experiment, config()) as (_, ann):
        await ann.say(say="ready")
        await ann.until(lambda: "start" in PageGame.games[0].calls)
        await ann.reload()
        await ann.until_state("paused")
        assert "Another player" not in ann.game["text"]
        assert "resume" not in PageGame.games[0].calls
        await ann.say(say="ready")
        await ann.until_state("playing")
        assert "resume" in PageGame.games[0].calls


async def test_a_reload_while_nothing_could_be_stored(run_experiment, config):
    """A game that was loaded again while records were refused goes on once they are taken."""
    async with in_game(run_experiment, config()) as (_, ann):
        await ann.say(say="ready")
        await ann.say(say="playing")
        await ann.until_state("playing")
        await ann.say(say="hold")
        await ann.until_state("paused")
        await ann.say(say="loading")
        await ann.until_state("loading")
        await ann.say(say="ready")
        await ann.say(say="go_on")
        await ann.until_state("playing")


async def test_what_a_page_says_of_a_finished_game_makes_no_new_ones(run_experiment, config):
    """However often a page comes back to a game that is over: it is opened once."""
    async with in_game(run_experiment, config()) as (_, ann):
        game = ann.game["game"]
        await ann.say(say="ready")
        await ann.say(say="over")
        await ann.until_state("over")
        await ann.advance()
        await ann.until_scene("end")
        before = len(PageGame.games)
        for _ in range(5):
            await ann.send("runtime", {"game": game, "message": {"say": "bytes", "data": b"late"}})
        assert len(PageGame.games) <= before + 1


class Listener:
    """Writes down which steps it hears of, and the end."""

    def __init__(self):
        self.heard = []

    @mug.hookimpl
    def mug_after_step(self, game, step):
        self.heard.append(step.step)

    @mug.hookimpl
    def mug_on_game_end(self, game, outcome):
        self.heard.append(outcome.reason)

    @mug.hookimpl
    def mug_record(self, record):
        if record["kind"] == "step":
            self.heard.append("record")


async def test_that_a_game_is_over_is_the_last_that_hooks_hear_of_it(run_experiment, config):
    """What a page still had is stored, and observed as a record; no step happens in a game that is over."""
    listener = Listener()
    async with in_game(run_experiment, config().plugins(listener)) as (_, ann):
        await ann.say(say="ready")
        await ann.say(say="step")
        await ann.say(say="over")
        await ann.until_state("over")
        await ann.say(say="step")
    assert listener.heard == ["record", 1, "completed", "record"]
