"""Hooks in running experiments: each is called when it says, in order, and none can break anything."""

import asyncio
import contextlib
import json
import logging

import aiohttp
import pytest

import mug
from mug.components import Completion, Identity, Refusal, Route
from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.core import endings
from mug.errors import ConfigurationError
from mug.hookspecs import SPECS
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Stager
from mug.scenes.static_scene import CompletionCodeScene, StartScene
from mug.testing.envs import Meeting
from mug.testing.participants import Turned

pytest.importorskip("mug_server_mode")


class Witness:
    """Implements every hook that is called while an experiment runs, and writes down each call."""

    name = "witness"

    def __init__(self):
        self.calls = []

    def note(self, hook, detail=""):
        self.calls.append(f"{hook.removeprefix('mug_')} {detail}".strip())

    def only(self, *hooks):
        """The calls of some hooks, in order."""
        return [call for call in self.calls if call.split()[0] in hooks]

    @mug.hookimpl
    def mug_matchmakers(self):
        self.note("mug_matchmakers")
        return {"witnessed": Pairs}

    @mug.hookimpl
    def mug_store(self, experiment):
        self.note("mug_store", experiment.experiment_id)

    @mug.hookimpl
    def mug_record(self, experiment, record):
        self.note("mug_record", record["kind"])

    @mug.hookimpl
    def mug_on_game_start(self, game):
        self.note("mug_on_game_start", f"{game.scene_id} {sorted(game.players)}")

    @mug.hookimpl
    def mug_on_episode_start(self, game, episode):
        self.note("mug_on_episode_start", f"{episode.number} {episode.steps}")

    @mug.hookimpl
    def mug_after_step(self, game, step):
        self.note("mug_after_step", f"{step.episode}.{step.step} {sorted(step.actions)}")

    @mug.hookimpl
    def mug_on_episode_end(self, game, episode):
        self.note("mug_on_episode_end", f"{episode.number} {episode.steps} {episode.reason}")

    @mug.hookimpl
    def mug_on_player_join(self, game, player):
        same = game.players[player.agent_id] == player.subject_id
        self.note("mug_on_player_join", f"{player.agent_id} {same}")

    @mug.hookimpl
    def mug_on_player_leave(self, game, player):
        self.note("mug_on_player_leave", player.agent_id)

    @mug.hookimpl
    def mug_on_player_reconnect(self, game, player):
        self.note("mug_on_player_reconnect", player.agent_id)

    @mug.hookimpl
    def mug_on_game_end(self, game, outcome):
        self.note("mug_on_game_end", outcome.reason)

    @mug.hookimpl
    async def mug_identify(self, request):
        self.note("mug_identify", request.args.get("id", ""))
        return Identity({"id": request.args["id"]}) if "id" in request.args else None

    @mug.hookimpl
    async def mug_screen(self, participant):
        self.note("mug_screen", participant.labels.get("id", ""))
        return Refusal("No minors, please.") if participant.labels.get("id") == "minor" else None

    @mug.hookimpl
    async def mug_complete(self, participant, outcome):
        self.note("mug_complete", f"{participant.labels['id']} {outcome}")
        return Completion(code=f"CODE-{participant.labels['id']}")

    @mug.hookimpl
    async def mug_abandon(self, participant, reason):
        self.note("mug_abandon", reason)

    @mug.hookimpl
    def mug_routes(self, experiment):
        self.note("mug_routes")

        async def hello():
            return {"hello": experiment.experiment_id}

        return [Route("hello", hello)]

    @mug.hookimpl
    def mug_client_modules(self):
        self.note("mug_client_modules")
        return []

    @mug.hookimpl
    @contextlib.asynccontextmanager
    async def mug_lifespan(self, experiment):
        self.note("mug_lifespan", "in")
        yield
        self.note("mug_lifespan", "out")

    @mug.hookimpl
    def mug_health(self):
        self.note("mug_health")
        return {"fine": True}

    @mug.hookimpl
    def mug_check(self):
        self.note("mug_check")
        return []


class Pairs(mug.Matchmaker):
    def propose(self, waiting, size, now):
        queue = list(waiting)
        while len(queue) >= size:
            yield queue[:size]
            queue = queue[size:]


def study(*plugins, matchmaker="fifo"):
    """A start, a game of two people, and a completion code; with plugins."""
    game = (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=Meeting)
        .policies(policy_mapping={"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Human})
        .rendering(fps=60, game_width=200, game_height=20)
        .gameplay(action_mapping={"ArrowLeft": 1, "ArrowRight": 2}, default_action=0, countdown_s=0.0)
        .multiplayer(num_players=2, matchmaker=matchmaker)
    )
    scenes = [StartScene().scene(scene_id="start"), game, CompletionCodeScene().scene(scene_id="end")]
    config = ExperimentConfig().experiment(stager=Stager(scenes=scenes), experiment_id="study")
    return config.plugins(*plugins)


async def play_through(running, **people):
    """Let two people go through the whole experiment; gives the codes they see."""
    async with contextlib.AsyncExitStack() as stack:
        present = [await stack.enter_async_context(running.arrive(query)) for query in people.values()]
        for person in present:
            await person.until_scene("start")
            await person.advance()
        for person in present:
            await person.until_state("over")
            await person.advance()
        for person in present:
            await person.until(lambda person=person: person.scene.get("page", {}).get("code"))
        return [person.scene["page"]["code"] for person in present]


async def get(running, path):
    async with aiohttp.ClientSession() as session, session.get(f"{running.url}/-/{path}") as answer:
        return await answer.json(content_type=None)


async def test_the_order_of_all_hooks(run_experiment):
    """Over a whole experiment each hook is called when it says, once for each thing it tells of."""
    witness = Witness()
    async with run_experiment(study(witness, matchmaker="witnessed")) as running:
        assert await get(running, "witness/hello") == {"hello": "study"}
        assert (await get(running, "health"))["witness"] == {"fine": True}
        codes = await play_through(running, ann={"id": "ann"}, bob={"id": "bob"})
    assert codes == ["CODE-ann", "CODE-bob"]
    assert witness.only(
        "matchmakers", "check", "store", "client_modules", "routes", "lifespan", "health"
    ) == [
        *["matchmakers"] * witness.only("matchmakers").count("matchmakers"),
        "check",
        "store study",
        "client_modules",
        "routes",
        "lifespan in",
        "health",
        "lifespan out",
    ]
    assert witness.only("identify", "screen", "complete") == [
        "identify ann",
        "screen ann",
        "identify bob",
        "screen bob",
        "complete ann completed",
        "complete bob completed",
    ]
    steps = [f"after_step 1.{number} ['player_0', 'player_1']" for number in range(1, 11)]
    games = [call for call in witness.calls if call.startswith(("on_", "after_"))]
    assert sorted(games[:2]) == ["on_player_join player_0 True", "on_player_join player_1 True"]
    assert games[2:] == [
        "on_game_start game ['player_0', 'player_1']",
        "on_episode_start 1 0",
        *steps,
        "on_episode_end 1 10 terminated",
        "on_game_end completed",
    ]
    kinds = [call.split()[1] for call in witness.only("record")]
    assert kinds.count("step") == 10
    assert {
        "experiment_started",
        "participant_arrived",
        "scene_entered",
        "episode_start",
        "completed",
    } <= set(kinds)


async def test_leaving_and_coming_back(run_experiment):
    """A player who is gone, and back, is told of."""
    witness = Witness()
    config = study(witness)
    async with (
        run_experiment(config) as running,
        running.arrive({"id": "a"}) as ann,
        running.arrive({"id": "b"}) as bob,
    ):
        for person in (ann, bob):
            await person.until_scene("start")
            await person.advance()
        await ann.until_state("playing", "countdown")
        await ann.reload()
        await ann.until_state("over")
    seat = ann.game["seat"]
    assert witness.only("on_player_leave", "on_player_reconnect")[:2] == [
        f"on_player_leave {seat}",
        f"on_player_reconnect {seat}",
    ]


async def test_a_refusal_is_read(run_experiment):
    """Who is refused reads the plugin's own words, and is not recorded as a participant."""
    witness = Witness()
    async with run_experiment(study(witness)) as running:
        with pytest.raises(Turned, match=r"No minors, please\."):
            await running.arrive({"id": "minor"}).connect()
    assert "record participant_arrived" not in witness.calls


class Silent:
    """A plugin with one hook that raises."""

    name = "ill"


def failing(hook):
    """A plugin whose implementation of this hook raises."""
    parameters = ", ".join(SPECS[hook].parameters)
    keyword = "async def" if SPECS[hook].awaits else "def"
    taken = f"self, {parameters}" if parameters else "self"
    source = f"@mug.hookimpl\n{keyword} {hook}({taken}): raise OSError('ill')"
    namespace = {"mug": mug}
    exec(source, namespace)
    return type("Ill", (Silent,), {hook: namespace[hook]})()


ELSEWHERE = ("mug_cli_commands", "mug_abandon")
OBSERVING = [name for name, spec in SPECS.items() if spec.rule == "notify" and name not in ELSEWHERE]


@pytest.mark.parametrize("hook", [*OBSERVING, "mug_screen", "mug_health"])
async def test_a_hook_that_raises_breaks_nothing(run_experiment, caplog, hook):
    """With a plugin that raises in this hook, the experiment and all other plugins go on to the end."""
    caplog.set_level(logging.ERROR)
    witness = Witness()
    async with run_experiment(study(failing(hook), witness)) as running:
        health = await get(running, "health")
        codes = await play_through(running, ann={"id": "ann"}, bob={"id": "bob"})
    assert len(witness.only("after_step")) == 10
    assert "on_game_end completed" in witness.calls
    assert codes == ["CODE-ann", "CODE-bob"]
    if hook == "mug_health":
        assert (health["ill"], health["witness"]) == ("failed", {"fine": True})
    told = [f"{record.getMessage()} {record.exc_text or ''}" for record in caplog.records]
    if hook != "mug_on_player_leave" and hook != "mug_on_player_reconnect":
        assert any("ill" in text and hook in text for text in told), told


async def test_a_completion_that_raises_leaves_the_ending_plain(run_experiment, caplog):
    """When the plugin for it fails, participants reach the end without a code; the log names the plugin."""
    scenes = [StartScene().scene(scene_id="start"), CompletionCodeScene().scene(scene_id="end")]
    config = ExperimentConfig().experiment(stager=Stager(scenes=scenes), experiment_id="study")
    witness = Witness()
    ill = failing("mug_complete")
    async with run_experiment(config.plugins(ill, witness)) as running, running.arrive({"id": "ann"}) as ann:
        await ann.until_scene("start")
        await ann.advance()
        await ann.until_scene("end")
    assert "code" not in ann.scene["page"]
    assert "record completed" in witness.calls
    assert "mug_complete of plugin 'ill'" in caplog.text


class Slow:
    """Takes too long to complete somebody, the first time."""

    name = "slow"

    def __init__(self):
        self.called = 0

    @mug.hookimpl
    async def mug_complete(self, outcome):
        self.called += 1
        if self.called == 1:
            await asyncio.Event().wait()
        return Completion(code="LATE")


async def test_a_completion_that_takes_too_long_is_asked_for_again(run_experiment, monkeypatch, caplog):
    """A slow disk costs nobody their code."""
    monkeypatch.setattr(endings, "COMPLETION_SECONDS", 0.2)
    monkeypatch.setattr(endings, "RETRY_SECONDS", 0.05)
    scenes = [StartScene().scene(scene_id="start"), CompletionCodeScene().scene(scene_id="end")]
    config = ExperimentConfig().experiment(stager=Stager(scenes=scenes), experiment_id="study")
    async with run_experiment(config.plugins(Slow())) as running, running.arrive() as ann:
        await ann.until_scene("start")
        await ann.advance()
        await ann.until(lambda: ann.scene["page"].get("code") == "LATE")
    assert "takes too long" in caplog.text


async def test_identification_that_raises_turns_away_in_plain_words(run_experiment, caplog):
    """When nobody can say who a newcomer is, they read a plain sentence; the log names the plugin."""
    async with run_experiment(study(failing("mug_identify"))) as running:
        with pytest.raises(Turned) as caught:
            await running.arrive().connect()
    assert "Traceback" not in str(caught.value)
    assert "OSError" not in str(caught.value)
    assert "ill" in caplog.text
    assert "mug_identify" in caplog.text


@pytest.mark.parametrize(
    "hook", ["mug_store", "mug_routes", "mug_client_modules", "mug_lifespan", "mug_check"]
)
async def test_a_hook_that_raises_at_the_start_keeps_the_experiment_from_starting(run_experiment, hook):
    """What the experiment needs to be served stops it with one error that names plugin and hook."""
    with pytest.raises(mug.MugError) as caught:
        async with run_experiment(study(failing(hook))):
            raise AssertionError("it was served")
    assert "plugin 'ill'" in str(caught.value)
    assert hook in str(caught.value)
    if hook == "mug_check":
        assert isinstance(caught.value, ConfigurationError)


async def test_what_is_installed_and_not_used_is_silent(run_experiment, install):
    """A plugin that is installed, but neither listed nor used, is never called; the manifest says so."""
    source = "import mug\n@mug.hookimpl\ndef mug_on_game_start(game): raise AssertionError('called')\n"
    install("colleague", source)
    witness = Witness()
    async with run_experiment(study(witness)) as running:
        await play_through(running, ann={"id": "ann"}, bob={"id": "bob"})
        data_dir = running.data_dir
    started = [
        record
        for path in data_dir.rglob("*.jsonl")
        for record in map(json.loads, path.read_text().splitlines())
        if record["kind"] == "experiment_started"
    ]
    plugins = {entry["name"]: entry["active"] for entry in started[0]["plugins"]}
    assert plugins["colleague"] is False
    assert plugins["witness"] is True
