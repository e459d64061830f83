"""An environment in the participant's own browser, and what happens to it there."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from playwright.async_api import Route

from tests.browser.conftest import EXAMPLES, EXPERIMENTS, Arrive, Serve
from tests.browser.data import Data, assert_acts_as_pressed, assert_follows
from tests.browser.experiments.walk_env import Walk
from tests.browser.people import Person
from tests.browser.serving import ServerProcess
from tests.browser.test_alone import COAST, LEFT, RIGHT, Native, swing_up

pytestmark = pytest.mark.slow
SCRIPT = EXPERIMENTS / "walk.py"
LOADING_MS = 90_000
FAILED = "The game had a technical problem and cannot go on."
KEPT = """async (name) => {
    const all = await indexedDB.databases();
    if (!all.some((one) => one.name === name)) return null;
    const database = await new Promise((resolve, reject) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
    const count = (store) => new Promise((resolve) => {
        const request = database.transaction(store).objectStore(store).count();
        request.onsuccess = () => resolve(request.result);
    });
    const counts = [await count("games"), await count("batches")];
    database.close();
    return counts;
}"""


class NativeWalk:
    """The walk as the server steps it."""

    def __init__(self) -> None:
        self._env = Walk()

    def reset(self, seed: int) -> tuple[Any, Any]:
        observation, info = self._env.reset(seed=seed)
        return {"walker": observation}, {"walker": info}

    def step(self, actions: dict[str, int]) -> tuple[Any, Any, bool, bool, Any]:
        observation, reward, terminated, truncated, info = self._env.step(actions["walker"])
        return {"walker": observation}, {"walker": reward}, terminated, truncated, {"walker": info}


async def walking(server: ServerProcess, arrive: Arrive, study: str, **wishes: Any) -> tuple[Person, Data]:
    """Let somebody come to a study and begin to walk."""
    person = await arrive(f"{server.url}/{study}", f"?who={study}", **wishes)
    person.context.set_default_timeout(LOADING_MS)
    await person.at("welcome")
    await person.go_on()
    return person, Data(server.data_dir / study)


async def steps_reach(person: Person, number: int) -> None:
    """Wait until the game has had so many steps."""
    await person.until("(number) => window.mug.debug().frame >= number", number)


async def everything_is_stored(person: Person) -> None:
    """Wait until the server has acknowledged every record."""
    await person.until("() => window.mug.debug().unackedRecords === 0")


def assert_whole(data: Data, game: str) -> list[dict[str, Any]]:
    """Assert that a game's steps follow each other without gap or repetition, as the environment has them."""
    steps = data.steps(game)
    assert [step["frame"] for step in steps] == list(range(1, len(steps) + 1))
    assert_follows(steps, data.records(game, "episode_start"), NativeWalk)
    return steps


async def test_one_word_brings_an_example_into_the_browser(
    serve: Serve, arrive: Arrive, tmp_path: Any
) -> None:
    """The car is driven in the browser as on the server, no other host is asked, and the rows are as good."""
    example = EXAMPLES / "mountain_car" / "mountain_car_experiment.py"
    text = example.read_text(encoding="utf-8")
    script = tmp_path / example.name
    there = text.replace("run_through_pyodide=False", "run_through_pyodide=True")
    assert there != text
    script.write_text(there, encoding="utf-8")
    server = await serve(script)
    ann = await arrive(server.url)
    ann.context.set_default_timeout(LOADING_MS)
    await ann.at("welcome")
    await ann.go_on()
    await ann.in_state("playing")
    await swing_up(ann)
    # what the browser and the server take for the time may differ by a few milliseconds
    presses = [attrs.evolve(press, down=press.down - 25) for press in await ann.presses()]
    figures = await ann.debug()
    assert figures["runtime"] == "pyodide"
    assert all(figures[name] >= 0 for name in ("stepMs", "crossingMs", "drawMs"))
    assert set(figures["boot"]) == {"download", "python", "unpack", "imports", "scene", "warm_up"}
    assert await ann.page.evaluate("() => performance.getEntriesByName('mug:boot:python')[0].duration > 0")
    await everything_is_stored(ann)
    await ann.leave()
    data = Data(server.data_dir / "mountain_car")
    (game,) = data.game_ids("mountain_car")
    first = [step for step in data.steps(game) if step["episode"] == 1]
    assert first[-1]["terminated"] == {"driver": True}
    assert_follows(first, data.records(game, "episode_start"), Native)
    assert_acts_as_pressed(first, "driver", presses, {"ArrowLeft": LEFT, "ArrowRight": RIGHT}, COAST)


async def test_a_walk_to_its_end(server: ServerProcess, arrive: Arrive) -> None:
    """Python is loaded while the first page is read; afterwards the browser keeps nothing, the server all."""
    ann, data = await walking(server, arrive, "short")
    await ann.in_state("playing")
    await ann.hold("ArrowRight")
    await ann.in_state("over")
    await ann.release("ArrowRight")
    await ann.until(f"async () => String(await ({KEPT})('mug /short/')) === '0,0'")
    await ann.go_on()
    await ann.at("thanks")
    game = data.game_ids("walk")[-1]
    steps = assert_whole(data, game)
    assert len(steps) == 120
    assert [end["steps"] for end in data.records(game, "episode_end")] == [60, 60]
    assert len(data.records(game, "game_end")) == 1
    assert 1 in {step["actions"]["walker"] for step in steps}


async def test_a_reload_in_the_middle(server: ServerProcess, arrive: Arrive) -> None:
    """The game goes on at the step where it was; each row is there once, and the data says what happened."""
    ann, data = await walking(server, arrive, "long")
    await ann.in_state("playing")
    await ann.hold("ArrowRight")
    await steps_reach(ann, 130)
    await ann.page.reload()
    await ann.in_state("playing")
    begun_again = (await ann.debug())["step"]
    await steps_reach(ann, begun_again + 30)
    await everything_is_stored(ann)
    await ann.leave()
    game = data.game_ids("walk")[-1]
    assert begun_again >= 130
    steps = assert_whole(data, game)
    assert {step["episode"] for step in steps} == {1}
    assert len(data.records(game, "restored")) == 1


async def test_a_reload_that_begins_the_episode_again(server: ServerProcess, arrive: Arrive) -> None:
    """Where the scene says so, the episode begins again from its seed, and the data says so."""
    ann, data = await walking(server, arrive, "anew")
    await ann.in_state("playing")
    await steps_reach(ann, 60)
    await ann.page.reload()
    await ann.in_state("playing")
    await ann.until("() => window.mug.debug().step < 60")
    await everything_is_stored(ann)
    game = data.game_ids("walk")[-1]
    (again,) = data.records(game, "episode_restarted")
    assert again["episode"] == 1
    first, second = data.records(game, "episode_start")
    assert first["seed"] == second["seed"]


async def test_a_lost_connection(server: ServerProcess, arrive: Arrive) -> None:
    """The game waits at once, and goes on when the connection is back; nothing is missing."""
    ann, data = await walking(server, arrive, "long")
    ann.expects_lost_connections()
    await ann.in_state("playing")
    await steps_reach(ann, 40)
    await ann.context.set_offline(True)
    await ann.page.evaluate("() => window.dispatchEvent(new Event('offline'))")
    await ann.in_state("paused")
    await ann.reads("The connection was lost. The game waits for you and goes on when it is back.")
    stood = (await ann.debug())["frame"]
    await ann.context.set_offline(False)
    await ann.in_state("playing")
    await steps_reach(ann, stood + 30)
    await everything_is_stored(ann)
    await ann.leave()
    (game,) = (data.game_ids("walk")[-1],)
    assert_whole(data, game)


async def test_a_server_that_dies(serve: Serve, arrive: Arrive) -> None:
    """A game waits for a server that died, and goes on with it; each of its rows is there once in the end."""
    server = await serve(SCRIPT)
    ann, data = await walking(server, arrive, "long")
    ann.expects_lost_connections()
    await ann.in_state("playing")
    await steps_reach(ann, 40)
    await server.kill()
    await ann.in_state("paused")
    stood = (await ann.debug())["frame"]
    await server.start()
    await ann.in_state("playing")
    await steps_reach(ann, stood + 30)
    await everything_is_stored(ann)
    await ann.leave()
    game = data.game_ids("walk")[-1]
    steps = assert_whole(data, game)
    assert len(steps) >= stood


@pytest.mark.parametrize(
    ("study", "told"),
    [("stumble", "ValueError: stumbled over a stone"), ("circle", "endless loop"), ("hungry", "Memory")],
)
async def test_a_walk_that_fails(server: ServerProcess, arrive: Arrive, study: str, told: str) -> None:
    """The participant reads a sentence and goes on; the researcher reads what happened, in the terminal."""
    ann, data = await walking(server, arrive, study)
    ann.expects("mug: the game failed")
    await ann.in_state("playing")
    await steps_reach(ann, 10)
    await ann.hold("ArrowRight")
    await ann.in_state("failed")
    await ann.reads(FAILED)
    assert "Traceback" not in await ann.text()
    await ann.go_on()
    await ann.at("thanks")
    assert told in server.log
    game = data.game_ids("walk")[-1]
    assert data.records(game, "game_end")[0]["reason"] == "failed"


async def test_a_traceback_names_the_line(server: ServerProcess) -> None:
    """Of an exception in the browser the terminal shows the researcher's own line."""
    assert 'raise ValueError("stumbled over a stone")' in server.log


@pytest.mark.parametrize("lost", ["packs/*", "runtime/*/pyodide.asm.wasm"])
async def test_a_download_that_fails(server: ServerProcess, arrive: Arrive, lost: str) -> None:
    """What is loaded is tried again, at last when the participant wants it."""
    failing = True

    async def perhaps(route: Route) -> None:
        if failing:
            await route.abort()
        else:
            await route.continue_()

    ann, _ = await walking(server, arrive, "long", routes={f"**/-/pyodide/{lost}": perhaps})
    ann.expects("net::ERR_FAILED")
    await ann.reads("The game could not be loaded. Please check your connection and try again.")
    failing = False
    await ann.button("retry").click()
    await ann.in_state("playing")


async def test_a_browser_that_keeps_nothing(server: ServerProcess, arrive: Arrive) -> None:
    """Without a place to keep records in the game is played all the same, and the page says so to support."""
    ann, data = await walking(server, arrive, "short")
    warnings: list[str] = []
    ann.page.on("console", lambda message: warnings.append(message.text))
    await ann.context.add_init_script("IDBFactory.prototype.open = () => { throw new Error('not here'); };")
    await ann.open("?new")
    await ann.at("welcome")
    await ann.go_on()
    await ann.in_state("over")
    await everything_is_stored(ann)
    assert sum("keeps nothing over a reload" in warning for warning in warnings) == 1
    assert len(assert_whole(data, data.game_ids("walk")[-1])) == 120


async def test_a_browser_that_cannot(server: ServerProcess, arrive: Arrive) -> None:
    """Without WebAssembly the scene's fallback plays, and without one the participant reads a sentence."""
    without = "delete globalThis.WebAssembly"
    helped, data = await walking(server, arrive, "helped")
    await helped.context.add_init_script(without)
    await helped.open("?new")
    await helped.at("welcome")
    await helped.go_on()
    await helped.in_state("playing")
    assert (await helped.debug())["runtime"] == "server"
    await helped.in_state("over")
    assert len(data.steps(data.game_ids("walk")[-1])) == 60
    alone = await arrive(f"{server.url}/long")
    await alone.context.add_init_script(without)
    await alone.open("?new")
    await alone.at("welcome")
    await alone.go_on()
    await alone.in_state("failed", "over")
    await alone.go_on()
    await alone.at("thanks")


async def test_a_hidden_page(server: ServerProcess, arrive: Arrive) -> None:
    """A page that nobody sees keeps its pace, or waits where the scene says so."""
    runs, _ = await walking(server, arrive, "long")
    await runs.in_state("playing")
    await runs.is_hidden(True)
    before = (await runs.debug())["frame"]
    await runs.until("(frame) => window.mug.debug().frame >= frame", before + 40)
    await runs.leave()
    waits, _ = await walking(server, arrive, "waits")
    await waits.in_state("playing")
    await waits.is_hidden(True)
    await waits.in_state("paused")
    await waits.is_hidden(False)
    await waits.in_state("playing")
