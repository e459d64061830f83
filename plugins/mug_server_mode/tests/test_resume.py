from __future__ import annotations

import json
import os
import random
import signal
from typing import Any

import pytest

from mug.components import EpisodeStarted, GameFailed, GameOver, GameReady
from mug.configurations.configuration_constants import PolicyTypes
from mug.engine.callbacks import GameCallbacks
from mug.engine.policies import HeuristicPolicy
from mug.game.replay import typed_action

TWO = {"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Human}


class Remembering(HeuristicPolicy):
    """Acts on how often it was asked since the game began: only a replay can rebuild that."""

    def __init__(self) -> None:
        self.asked = 0

    def compute_action(self, env: Any, agent_id: Any) -> int:
        self.asked += 1
        return self.asked % 5


POLICIES = [PolicyTypes.Random, Remembering, Remembering()]


def facts(link: Any) -> list[Any]:
    return [
        (s["episode"], s["step"], s["frame"], s["observations"], s["actions"], s["rewards"], s["sources"])
        for s in link.steps
    ]


def mixed(kit: Any, policy: Any, **changes: Any) -> Any:
    return kit.make_spec(
        kit.load_grid(),
        policies={"player_0": PolicyTypes.Human, "player_1": policy},
        default_action=4,
        action_mapping={"ArrowRight": 3},
        **{"max_steps": 12, "num_episodes": 3, **changes},
    )


@pytest.mark.parametrize("policy", POLICIES, ids=["random", "class", "object"])
async def test_a_resumed_game_is_the_uninterrupted_one(serve: Any, kit: Any, policy: Any) -> None:
    """Cut off after any record and resumed, a game ends with the same steps as if nothing had happened."""
    async with serve(mixed(kit, policy)) as table:
        whole = table.open(seed=3)
        await whole.until_over()
        kinds = [record["kind"] for record in whole.stored]
        cuts = [1, 2, 3, 8, kinds.index("episode_end") + 1, 20, len(kinds) - 2, len(kinds) - 1]
        for cut in cuts:
            link = table.open(seed=3, link=kit.Link(whole.lines[:cut]))
            over = await link.until_over()
            assert facts(link) == facts(whole), cut
            assert over == whole.over
            assert link.events[0] == GameReady(kinds[:cut].count("step"))
            assert [r["kind"] for r in link.stored if r["kind"] != "restored"] == kinds
            assert link.of_kind("restored")[0]["steps"] == kinds[:cut].count("step")


async def test_what_people_did_is_played_again_exactly(serve: Any, kit: Any) -> None:
    """Human actions come from the records; the game goes on from the very state it was in."""
    spec = kit.make_spec(
        kit.load_grid(),
        policies=TWO,
        default_action=4,
        action_mapping={"ArrowUp": 0, "ArrowDown": 1, "ArrowLeft": 2, "ArrowRight": 3},
        fps=200,
        max_steps=None,
        action_population_method="previous_submitted_action",
    )
    draw = random.Random(4)
    async with serve(spec) as table:
        link = table.open()
        await link.until(lambda: EpisodeStarted(1) in link.events)
        for seq in range(1, 40):
            link.handle.input(draw.choice(list(TWO)), kit.press(seq, draw.choice((0, 1, 2, 3, None))))
            await link.until_steps(2 * seq)
    first = len(link.steps)
    async with serve(spec) as table:
        resumed = table.open(link=kit.Link(link.lines))
        await resumed.until_steps(10)
        await resumed.until(lambda: resumed.frames("player_0"))
    assert resumed.events[0] == GameReady(first)
    assert resumed.events[1] == EpisodeStarted(1)
    before, after = resumed.steps[first - 1], resumed.steps[first]
    moves = {0: (0, -1), 1: (0, 1), 2: (-1, 0), 3: (1, 0), 4: (0, 0)}
    for seat in TWO:
        (x, y), (dx, dy) = before["observations"][seat], moves[before["actions"][seat]]
        assert after["observations"][seat] == [min(9, max(0, x + dx)), min(9, max(0, y + dy))]
        assert after["sources"][seat] in ("previous", "default")
    assert {tuple(resumed.steps[first]["actions"].items())} == {
        tuple(step["actions"].items()) for step in resumed.steps[first:]
    }


async def test_who_sat_where_is_rebuilt(serve: Any, kit: Any) -> None:
    """A policy that had taken over plays on after a restart, until the participant is back."""
    spec = mixed(kit, PolicyTypes.Human, max_steps=None, fps=200, takeover_policy=Remembering)
    async with serve(spec) as table:
        link = table.open()
        await link.until_steps(5)
        link.handle.player_left("player_1")
        link.handle.take_over("player_1", spec.takeover_policy)
        await link.until(lambda: len([s for s in link.steps if s["sources"]["player_1"] == "policy"]) > 10)
    async with serve(spec) as table:
        resumed = table.open(link=kit.Link(link.lines))
        await resumed.until_steps(10)
        resumed.handle.player_returned("player_1")
        await resumed.until(lambda: resumed.steps[-1]["sources"]["player_1"] == "default")
    played = [s["actions"]["player_1"] for s in resumed.steps if s["sources"]["player_1"] == "policy"]
    assert played == [n % 5 for n in range(1, len(played) + 1)]
    assert len(resumed.of_kind("takeover")) == 1


async def test_who_brings_a_game_back_is_there(serve: Any, kit: Any) -> None:
    """Somebody may be back before a worker has the game; then the seat is theirs from the first step on."""
    spec = mixed(kit, PolicyTypes.Human, max_steps=None, fps=200, takeover_policy=Remembering)
    async with serve(spec) as table:
        link = table.open()
        for seat in TWO:
            link.handle.player_left(seat)
        link.handle.take_over("player_1", spec.takeover_policy)
        await link.until_steps(5)
    before = len(link.steps)
    async with serve(spec) as table:
        resumed = table.open(link=kit.Link(link.lines))
        resumed.handle.player_returned("player_1")
        await resumed.until(lambda: len(resumed.steps) > before + 5)
    assert [record["agent"] for record in resumed.of_kind("player_returned")] == ["player_1"]
    assert {step["sources"]["player_1"] for step in resumed.steps[before:]} == {"default"}


async def test_a_game_whose_end_has_no_rewards_is_over_at_once(serve: Any, kit: Any) -> None:
    """The record with which the web process ends a game that its worker cannot is enough to know its end."""
    async with serve(kit.make_spec(max_steps=None)) as table:
        broken = table.open()
        await broken.until_steps(3)
        broken.handle.fail("it is broken", "")
        assert isinstance(broken.over, GameFailed)
        assert broken.of_kind("game_end")[0]["rewards"] == {}
        del (end := broken.stored[-1])["rewards"]
        again = table.open(link=kit.Link([*broken.lines[:-1], json.dumps(end).encode()]))
        assert await again.until_over() == GameOver("failed", {})


class Tally(GameCallbacks):
    """Remembers in game.data and in itself, and changes actions by what it remembers."""

    def __init__(self) -> None:
        self.heard = 0

    def on_game_start(self, game: Any) -> None:
        game.data["steps"] = 0

    def before_step(self, game: Any, actions: dict[Any, Any]) -> dict[Any, Any]:
        return {"player_0": game.data["steps"] % 3}

    def after_step(self, game: Any, step: Any) -> dict[str, Any]:
        game.data["steps"] += 1
        self.heard += 1
        return {"steps": game.data["steps"], "heard": self.heard}


async def test_what_callbacks_remember_is_rebuilt(serve: Any, kit: Any) -> None:
    """Callbacks hear what they had heard before, so that what they add and change goes on as it was."""
    spec = kit.make_spec(fps=500, max_steps=40, callbacks=(Tally(),))
    async with serve(spec) as table:
        link = table.open()
        await link.until_steps(20)
        os.kill(table.pids[0], signal.SIGKILL)
        assert isinstance(await link.until_over(), GameOver)
    assert [step["extra"] for step in link.steps] == [{"steps": n, "heard": n} for n in range(1, 41)]
    assert [step["actions"]["player_0"] for step in link.steps] == [n % 3 for n in range(40)]
    assert not link.of_kind("episode_restarted")


async def test_a_game_that_had_ended_is_over_at_once(serve: Any, kit: Any) -> None:
    """When the server died between the last record and its effect, only the effect follows."""
    async with serve(kit.make_spec(max_steps=3)) as table:
        whole = table.open()
        await whole.until_over()
        again = table.open(link=kit.Link(whole.lines))
        assert await again.until_over() == GameOver("completed", {"player_0": 3.0})
    assert again.lines == whole.lines


async def test_an_episode_that_goes_differently_is_played_again(serve: Any, kit: Any, tmp_path: Any) -> None:
    """An environment that ignores its seed cannot be rebuilt: the episode restarts, as the records say."""
    counter = tmp_path / "made"

    class Fickle(kit.Walk):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            made = counter.stat().st_size if counter.exists() else 0
            counter.write_bytes(b"x" * (made + 1))
            self.made = made

        def observe(self) -> Any:
            observation = super().observe()
            if self.place >= 0:
                observation[1] = self.made
            return observation

    spec = kit.make_spec(Fickle, fps=200, max_steps=30, num_episodes=3)
    async with serve(spec) as table:
        link = table.open(seed=9)
        await link.until(lambda: EpisodeStarted(2) in link.events)
        await link.until_steps(40)
    async with serve(spec) as table:
        resumed = table.open(seed=9, link=kit.Link(link.lines))
        assert isinstance(await resumed.until_over(), GameOver)
    (restarted,) = resumed.of_kind("episode_restarted")
    assert restarted["episode"] == 2
    assert "observations" in restarted["why"]
    starts = resumed.of_kind("episode_start")
    assert [start["episode"] for start in starts] == [1, 2, 2, 3]
    assert starts[1]["seed"] == starts[2]["seed"]
    assert starts[1]["frame"] == starts[2]["frame"] == 30
    position = resumed.stored.index(restarted)
    again = [record for record in resumed.stored[position:] if record["kind"] == "step"]
    assert [(s["episode"], s["step"]) for s in again] == [(e, n) for e in (2, 3) for n in range(1, 31)]
    assert resumed.of_kind("game_end")[0]["rewards"] == {"player_0": 90.0}
    async with serve(spec) as table:
        cut = resumed.stored.index(starts[3]) + 5
        third = table.open(seed=9, link=kit.Link(resumed.lines[:cut]))
        assert isinstance(await third.until_over(), GameOver)
    assert [record["episode"] for record in third.of_kind("episode_restarted")] == [2, 3]
    assert third.of_kind("game_end")[0]["rewards"] == {"player_0": 90.0}


async def test_games_are_rebuilt_one_after_the_other_while_others_play(serve: Any, kit: Any) -> None:
    """The first of several rebuilt games goes on before the last is ready; who plays meanwhile plays on."""
    async with serve(
        kit.make_spec(max_steps=3000), kit.make_spec(scene_id="live", fps=50, max_steps=None)
    ) as table:
        whole = table.open()
        await whole.until_over()
        live = table.open("live")
        await live.until_steps(5)
        lines = whole.lines[:-200]
        links = [table.open(link=kit.Link(lines)) for _ in range(6)]
        await links[0].until(lambda: len(links[0].lines) > len(lines) + 5)
        assert len(links[-1].lines) == len(lines)
        played = len(live.steps)
        for link in links:
            assert isinstance(await link.until_over(), GameOver)
            assert facts(link) == facts(whole)
        assert len(live.steps) > played + 5


async def test_garbage_in_the_records_is_passed_over(serve: Any, kit: Any) -> None:
    """Kinds of records that nobody knows, and lines that are none, do not keep a game from being resumed."""
    async with serve(kit.make_spec(max_steps=10)) as table:
        whole = table.open()
        await whole.until_over()
        lines = [*whole.lines[:4], b'{"kind":"weather"}', b"half a li", b"[1]", *whole.lines[4:6]]
        link = kit.Link(lines)
        table.open(link=link)
        over = await link.until_over()
    assert over == whole.over
    assert link.events[0] == GameReady(4)
    added = [json.loads(line) for line in link.lines[len(lines) :]]
    assert [record["step"] for record in added if record["kind"] == "step"] == [5, 6, 7, 8, 9, 10]


def test_actions_get_back_the_type_of_their_space() -> None:
    """JSON's lists and numbers become what the action space holds."""
    import numpy as np
    from gymnasium import spaces

    space = spaces.Dict(
        {
            "turn": spaces.Box(-1, 1, (2, 2), np.float32),
            "gears": spaces.Tuple((spaces.Discrete(3), spaces.MultiBinary(3))),
            "mode": spaces.MultiDiscrete([3, 4]),
        }
    )
    space.seed(5)
    action = space.sample()
    plain = {
        "turn": action["turn"].tolist(),
        "gears": [int(action["gears"][0]), action["gears"][1].tolist()],
        "mode": action["mode"].tolist(),
    }
    again = typed_action(space, plain)
    assert space.contains(again)
    np.testing.assert_array_equal(again["turn"], action["turn"])
    np.testing.assert_array_equal(again["gears"][1], action["gears"][1])
    assert again["turn"].dtype == np.float32
