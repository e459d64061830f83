"""One person alone in an unchanged Gymnasium environment."""

from __future__ import annotations

from typing import Any

from gymnasium.envs.classic_control.mountain_car import MountainCarEnv

from tests.browser.conftest import EXAMPLES, Arrive, Serve
from tests.browser.data import Data, assert_acts_as_pressed, assert_follows
from tests.browser.people import Person

LEFT, COAST, RIGHT = range(3)
CAR = """() => {
    const canvas = document.querySelector('[data-testid="game-canvas"]');
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let [sum, count] = [0, 0];
    for (let index = 0; index < data.length; index += 4) {
        if (data[index] === 0x3d && data[index + 1] === 0x5a && data[index + 2] === 0x80) {
            sum += (index / 4) % canvas.width;
            count += 1;
        }
    }
    return sum / count / canvas.width;
}"""


async def test_one_person_drives_up_the_hill(serve: Serve, arrive: Arrive) -> None:
    """The car can be driven by what the picture shows; what it did is what the environment does by itself."""
    server = await serve(EXAMPLES / "mountain_car" / "mountain_car_experiment.py")
    ann = await arrive(server.url)
    await ann.at("welcome")
    await ann.go_on()
    await ann.in_state("playing")
    assert await ann.button("lobby").is_hidden()
    await swing_up(ann)
    presses = await ann.presses()
    await ann.leave()
    data = Data(server.data_dir / "mountain_car")
    (game,) = data.game_ids("mountain_car")
    first = [step for step in data.steps(game) if step["episode"] == 1]
    assert first[-1]["terminated"] == {"driver": True}
    assert_follows(first, data.records(game, "episode_start"), Native)
    assert_acts_as_pressed(first, "driver", presses, {"ArrowLeft": LEFT, "ArrowRight": RIGHT}, COAST)


async def swing_up(person: Person) -> None:
    """Always push in the direction in which the car rolls, until the next episode begins."""
    moved = f"([place]) => Math.abs(({CAR})() - place) > 0.01 || window.mug.debug().episode > 1"
    key = "ArrowLeft"
    await person.hold(key)
    place = await person.page.evaluate(CAR)
    while (await person.debug())["episode"] == 1:
        await person.until(moved, [place])
        before, place = place, await person.page.evaluate(CAR)
        wanted = "ArrowRight" if place > before else "ArrowLeft"
        if wanted != key:
            await person.release(key)
            await person.hold(wanted)
            key = wanted
    await person.release(key)


class Native:
    """MountainCar as mug is expected to see it: everything by agent."""

    def __init__(self) -> None:
        self._env = MountainCarEnv()

    def reset(self, seed: int) -> tuple[Any, Any]:
        observation, info = self._env.reset(seed=seed)
        return {"driver": observation}, {"driver": info}

    def step(self, actions: dict[str, int]) -> tuple[Any, Any, bool, bool, Any]:
        observation, reward, terminated, truncated, info = self._env.step(actions["driver"])
        return {"driver": observation}, {"driver": float(reward)}, terminated, truncated, {"driver": info}
