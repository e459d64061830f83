"""Every kind of environment behaves the same behind the engine, and nonsense is named."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from pettingzoo import ParallelEnv

from mug.engine.engine import Engine
from mug.engine.environments import adapt
from mug.engine.errors import EngineFault, EnvironmentFault
from mug.engine.policies import RandomPolicy
from mug.engine.records import to_plain

PLAYERS = ("player_0", "player_1")


def test_any_gymnasium_environment_works_without_a_wrapper(game: Callable[..., Engine]) -> None:
    """One agent, named by the experiment; scalar actions and rewards become dicts with that name."""
    engine = game(lambda: gym.make("CartPole-v1"), ("human",))
    start = engine.begin_episode()
    assert start.observations["human"].shape == (4,)
    step = engine.advance({"human": 1})
    assert step.actions == {"human": 1}
    assert step.rewards == {"human": 1.0}
    assert step.terminated == step.truncated == {"human": False}
    assert step.infos == {"human": {}}


@pytest.mark.parametrize("name", ["Blackjack-v1", "Taxi-v3", "FrozenLake-v1", "Pendulum-v1", "Acrobot-v1"])
@pytest.mark.filterwarnings("ignore:.*out of date.*", "ignore:.*instead of")
def test_the_classics_play_whole_episodes(game: Callable[..., Engine], name: str) -> None:
    """Discrete and continuous, tuples and arrays: an episode ends with a reason."""
    if name == "Taxi-v3" and name not in gym.registry:
        name = "Taxi-v4"
    engine = game(lambda: gym.make(name), policies={"player": RandomPolicy()})
    engine.begin_episode()
    while engine.phase == "playing":
        step = engine.advance({})
    assert step.done
    assert step.reason in ("terminated", "truncated")


def test_dict_spaces_are_several_agents(game: Callable[..., Engine], grid_class: type[Any]) -> None:
    """The grid of the quick start: both players' observations, rewards and ends, by their ids."""
    engine = game(grid_class, PLAYERS)
    engine.begin_episode()
    step = engine.advance({"player_0": 3, "player_1": 1})
    assert to_plain(step.observations) == {"player_0": [0, 0], "player_1": [9, 0]}
    assert to_plain(engine.observations) == {"player_0": [1, 0], "player_1": [9, 1]}
    for _ in range(9):
        step = engine.advance({"player_0": 3, "player_1": 1})
    for _ in range(9):
        step = engine.advance({"player_0": 1, "player_1": 4})
    assert step.done
    assert (step.reason, step.rewards) == ("terminated", {"player_0": 1.0, "player_1": 1.0})
    assert engine.rewards == {"player_0": 1.0, "player_1": 1.0}


class Mortal(ParallelEnv[Any, Any, Any]):  # type: ignore[misc]
    """Each agent lives as many steps as its number says."""

    metadata = {"name": "mortal"}

    def __init__(self, count: int = 3) -> None:
        self.possible_agents = list(range(1, count + 1))
        self.render_mode = None

    def observation_space(self, agent: Any) -> Any:
        return spaces.Discrete(10)

    def action_space(self, agent: Any) -> Any:
        return spaces.Discrete(10)

    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        self.agents = self.possible_agents[:]
        self.time = 0
        return dict.fromkeys(self.agents, 0), {agent: {} for agent in self.agents}

    def step(self, actions: Any) -> Any:
        assert set(actions) == set(self.agents), "dead agents must not act, living ones must"
        self.time += 1
        acted = self.agents
        self.agents = [agent for agent in acted if agent > self.time]
        return (
            dict.fromkeys(acted, self.time),
            {agent: float(agent) for agent in acted},
            {agent: agent <= self.time for agent in acted},
            dict.fromkeys(acted, False),
            {agent: {"age": self.time} for agent in acted},
        )


def test_agents_may_leave_before_the_episode_is_over(game: Callable[..., Engine]) -> None:
    """Who is out neither acts nor is rewarded, each one's last step is recorded, the end is everybody's."""
    engine = game(Mortal, (1, 2, 3), default_action=5)
    engine.begin_episode()
    first, second, third = (engine.advance({1: 7, 2: 7, 3: 7}) for _ in range(3))
    assert (first.actions, first.terminated) == ({1: 7, 2: 7, 3: 7}, {1: True, 2: False, 3: False})
    assert (second.actions, second.rewards) == ({2: 7, 3: 7}, {2: 2.0, 3: 3.0})
    assert (third.actions, third.done, third.reason) == ({3: 7}, True, "terminated")
    assert engine.rewards == {1: 1.0, 2: 4.0, 3: 9.0}
    assert third.infos == {3: {"age": 3}}
    engine.begin_episode()
    assert engine.agents == (1, 2, 3)


def test_an_environment_need_not_say_what_its_actions_are(game: Callable[..., Engine]) -> None:
    """Humans with a default action play without an action space."""

    class Silent(Mortal):
        def action_space(self, agent: Any) -> Any:
            return None

    engine = game(Silent, (1, 2, 3), default_action=5)
    engine.begin_episode()
    assert engine.advance({1: 4}).actions == {1: 4, 2: 5, 3: 5}


def test_aec_environments_that_cycle_become_parallel(game: Callable[..., Engine]) -> None:
    """Rock, paper, scissors: both act in every step."""
    rps = importlib.import_module("pettingzoo.classic.rps.rps")
    engine = game(lambda: rps.env(max_cycles=3), PLAYERS, default_action=0)
    engine.begin_episode()
    assert engine.turn is None
    step = engine.advance({"player_0": 0, "player_1": 1})
    assert step.actions == {"player_0": 0, "player_1": 1}
    assert step.rewards == {"player_0": -1.0, "player_1": 1.0}


def test_aec_environments_with_turns_take_one_action_at_a_time(game: Callable[..., Engine]) -> None:
    """Tic-tac-toe: only the agent whose turn it is acts, and whoever runs the game can see who that is."""
    tictactoe = importlib.import_module("pettingzoo.classic.tictactoe.tictactoe")
    engine = game(tictactoe.env, ("player_1", "player_2"), policies={"player_2": RandomPolicy()})
    engine.begin_episode()
    assert engine.turn == "player_1"
    step = engine.advance({"player_1": 4, "player_2": 0})
    assert (step.actions, step.sources) == ({"player_1": 4}, {"player_1": "human"})
    assert engine.turn == "player_2"
    step = engine.advance({"player_1": 0})
    assert step.sources == {"player_2": "policy"}
    assert step.actions["player_2"] != 4
    while not step.done:
        mask = engine.observations["player_1"]["action_mask"]
        step = engine.advance({"player_1": int(np.argmax(mask))})
    assert step.reason == "terminated"


def test_an_annotated_single_agent_step_gets_its_dict(game: Callable[..., Engine]) -> None:
    """An environment with plain spaces whose step() says that it takes a dict by agent gets one."""

    class Wants(gym.Env[Any, Any]):
        observation_space = spaces.Discrete(2)
        action_space = spaces.Discrete(2)

        def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
            return 0, {}

        def step(self, actions: dict[str, int]) -> Any:
            return 0, float(actions["human"]), False, False, {}

    engine = game(Wants, ("human",))
    engine.begin_episode()
    assert engine.advance({"human": 1}).rewards == {"human": 1.0}


class Told(gym.Env[Any, Any]):
    """Returns what it is told."""

    observation_space = spaces.Dict({player: spaces.Discrete(2) for player in PLAYERS})
    action_space = spaces.Dict({player: spaces.Discrete(2) for player in PLAYERS})
    good_step: Any = ({"player_0": 0, "player_1": 1}, 1.0, False, False, {})
    good_reset: Any = ({"player_0": 0, "player_1": 1}, {})

    def __init__(self, step: Any = good_step, reset: Any = good_reset) -> None:
        self._answers = {"step": step, "reset": reset}

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        return self._answers["reset"]

    def step(self, action: Any) -> Any:
        return self._answers["step"]


SEEN = {"player_0": 0, "player_1": 1}


@pytest.mark.parametrize(
    ("rewards", "expected"),
    [
        (2, {"player_0": 2.0, "player_1": 2.0}),
        (np.float32(0.5), {"player_0": 0.5, "player_1": 0.5}),
        (np.array([3]), {"player_0": 3.0, "player_1": 3.0}),
        ({"player_0": 1, "player_1": np.int64(2)}, {"player_0": 1.0, "player_1": 2.0}),
        ({"player_0": True, "player_1": -1.5, "other": 3}, {"player_0": 1.0, "player_1": -1.5}),
    ],
)
def test_rewards_may_be_everybodys_or_each_agents(
    game: Callable[..., Engine], rewards: Any, expected: Mapping[str, float]
) -> None:
    """A number is everybody's reward; all come out as floats by agent."""
    engine = game(lambda: Told(step=(SEEN, rewards, False, False, {})), PLAYERS)
    engine.begin_episode()
    step = engine.advance({})
    assert step.rewards == expected
    assert all(type(reward) is float for reward in step.rewards.values())


@pytest.mark.parametrize(
    ("terminated", "expected", "done"),
    [
        (np.bool_(True), {"player_0": True, "player_1": True}, True),
        (0, {"player_0": False, "player_1": False}, False),
        ({"player_0": True, "player_1": np.array(False)}, {"player_0": True, "player_1": False}, False),
        ({"player_0": True, "player_1": False, "__all__": True}, {"player_0": True, "player_1": True}, True),
        ({"__all__": True}, {"player_0": True, "player_1": True}, True),
    ],
)
def test_ends_may_be_everybodys_or_each_agents(
    game: Callable[..., Engine], terminated: Any, expected: Mapping[str, bool], done: bool
) -> None:
    """The episode is over when it is over for everybody."""
    engine = game(lambda: Told(step=(SEEN, 0, terminated, False, {})), PLAYERS)
    engine.begin_episode()
    step = engine.advance({})
    assert (step.terminated, step.done) == (expected, done)


def test_infos_may_be_everybodys_or_each_agents(game: Callable[..., Engine]) -> None:
    """A dict by agent is taken apart; any other is everybody's."""
    for info, expected in (
        ({"player_0": {"x": 1}}, {"player_0": {"x": 1}, "player_1": {}}),
        ({"x": 1}, {"player_0": {"x": 1}, "player_1": {"x": 1}}),
    ):
        engine = game(lambda info=info: Told(step=(SEEN, 0, False, False, info)), PLAYERS)
        engine.begin_episode()
        assert engine.advance({}).infos == expected


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"step": None}, "step() returned None; expected (observation, reward, terminated, truncated, info)"),
        ({"step": (SEEN, 0, False, {})}, "step() returned 4 values"),
        ({"step": (SEEN, 0, False)}, "step() returned 3 values"),
        ({"step": [SEEN, 0, False, False, {}]}, "step() returned [{"),
        ({"step": (None, 0, False, False, {})}, "step() returned None as observations; expected a dict"),
        (
            {"step": ({"player_0": 0}, 0, False, False, {})},
            "observations without 'player_1'; it has 'player_0'",
        ),
        ({"step": (SEEN, None, False, False, {})}, "None as a reward; expected a number"),
        ({"step": (SEEN, "1", False, False, {})}, "'1' as a reward; expected a number"),
        ({"step": (SEEN, {"player_0": 1}, False, False, {})}, "rewards without 'player_1'"),
        ({"step": (SEEN, {"player_0": 1, "player_1": "x"}, False, False, {})}, "'x' as a reward"),
        ({"step": (SEEN, np.zeros(2), False, False, {})}, "as a reward; expected a number"),
        ({"step": (SEEN, 0, None, False, {})}, "None as terminated; expected True or False"),
        ({"step": (SEEN, 0, False, "no", {})}, "'no' as truncated; expected True or False"),
        ({"step": (SEEN, 0, {"player_0": True}, False, {})}, "terminated without 'player_1'"),
        ({"step": (SEEN, 0, False, False, None)}, "step() returned None as info; expected a dict"),
        ({"reset": None}, "reset() returned None; expected (observation, info)"),
        ({"reset": SEEN}, "reset() returned {"),
        ({"reset": (SEEN, {}, {})}, "reset() returned 3 values"),
        ({"reset": ({"player_0": 0}, {})}, "reset() returned observations without 'player_1'"),
        ({"reset": (SEEN, "info")}, "reset() returned 'info' as info"),
    ],
)
def test_nonsense_is_named_in_a_plain_sentence(
    game: Callable[..., Engine], answers: dict[str, Any], message: str
) -> None:
    """A fault says what was returned, what is expected, and where."""
    engine = game(lambda: Told(**answers), PLAYERS)

    def play() -> None:
        engine.begin_episode()
        engine.advance({})

    with pytest.raises(EnvironmentFault) as caught:
        play()
    assert message in caught.value.what
    assert caught.value.where.startswith("the environment's ")
    assert "\n" not in caught.value.what


def test_a_single_agents_none_is_no_observation(game: Callable[..., Engine]) -> None:
    """None instead of an observation is a fault for one agent too."""

    class Empty(gym.Env[Any, Any]):
        observation_space = action_space = spaces.Discrete(2)

        def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
            return None, {}

        def step(self, action: Any) -> Any:
            raise AssertionError

    with pytest.raises(EnvironmentFault, match="None as observation"):
        game(Empty).begin_episode()


def raising(where: str) -> type[gym.Env[Any, Any]]:
    class Raises(gym.Env[Any, Any]):
        observation_space = action_space = spaces.Discrete(2)

        def __init__(self) -> None:
            self.check("__init__")

        def check(self, here: str) -> None:
            if here == where:
                raise ZeroDivisionError("by zero")

        def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
            self.check("reset")
            return 0, {}

        def step(self, action: Any) -> Any:
            self.check("step")
            return 0, 0.0, False, False, {}

        def render(self) -> Any:
            self.check("render")

        def close(self) -> None:
            self.check("close")

    return Raises


@pytest.mark.parametrize("where", ["__init__", "reset", "step", "render", "close"])
def test_what_an_environment_raises_is_its_fault(game: Callable[..., Engine], where: str) -> None:
    """The fault names the method and the error, which is its cause."""

    def play() -> None:
        engine = game(raising(where))
        engine.begin_episode()
        engine.advance({})
        engine.render()
        engine.close()

    with pytest.raises(EnvironmentFault, match="raised ZeroDivisionError: by zero") as caught:
        play()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert where.strip("_") in caught.value.what or where == "__init__"


class NoSeed:
    action_space = spaces.Discrete(2)

    def reset(self) -> Any:
        return 0, {}

    def step(self, action: Any) -> Any:
        return 0, 0.0, False, False, {}


@pytest.mark.parametrize(
    ("env", "agents", "message"),
    [
        (3, ("a",), "3 is not an environment: it has no reset()"),
        (object(), ("a",), "is not an environment: it has no reset()"),
        (NoSeed(), ("a",), "reset() does not take a seed"),
        (
            gym.make("CartPole-v1"),
            ("a", "b"),
            "the experiment has the agents 'a', 'b', but the environment has one",
        ),
        (gym.make("CartPole-v1"), (), "the experiment names no agent"),
        (
            Told(),
            ("player_0", "player_2"),
            "the experiment names 'player_2', which the environment does not have",
        ),
        (Told(), ("player_0",), "the experiment has no policy for 'player_1'"),
        (Mortal(), (1, 2), "the experiment has no policy for 3"),
        (Mortal(), ("1", "2", "3"), "the experiment names '1', '2', '3'"),
    ],
)
def test_what_does_not_fit_the_experiment_is_named(env: Any, agents: tuple[Any, ...], message: str) -> None:
    """No environment, or one with other agents: the fault says which, before the game begins."""
    with pytest.raises(EnvironmentFault) as caught:
        adapt(env, agents)
    assert message in caught.value.what


def test_agents_nobody_announced_are_named(game: Callable[..., Engine]) -> None:
    """A parallel environment that brings new agents into play says so at once."""

    class Surprise(Mortal):
        def reset(self, seed: int | None = None, options: Any = None) -> Any:
            result = super().reset(seed)
            self.agents.append(9)
            return result

    with pytest.raises(EnvironmentFault, match="has no policy for 9"):
        game(Surprise, (1, 2, 3)).begin_episode()


def test_a_dict_action_space_of_one_agent_stays_one(game: Callable[..., Engine]) -> None:
    """A single agent whose actions are dicts is not mistaken for several agents."""

    class Arm(gym.Env[Any, Any]):
        observation_space = spaces.Discrete(2)
        action_space = spaces.Dict({"grip": spaces.Discrete(2), "turn": spaces.Discrete(2)})

        def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
            return 0, {}

        def step(self, action: Any) -> Any:
            return 0, float(action["grip"]), False, False, {}

    engine = game(Arm)
    engine.begin_episode()
    assert engine.advance({"player": {"grip": 1, "turn": 0}}).rewards == {"player": 1.0}
    assert engine.advance({}).actions == {"player": {"grip": 0, "turn": 0}}


def test_records_do_not_change_when_the_environment_does(game: Callable[..., Engine]) -> None:
    """An environment that works on the array it returned does not change what was recorded."""

    class InPlace(gym.Env[Any, Any]):
        observation_space = spaces.Box(0, 9, (1,))
        action_space = spaces.Discrete(2)

        def __init__(self) -> None:
            self.board = np.zeros(1)
            self.told = {"count": [0]}

        def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
            return self.board, self.told

        def step(self, action: Any) -> Any:
            self.board += 1
            self.told["count"].append(1)
            return self.board, 0.0, False, False, self.told

    class Shared(Told):
        def __init__(self) -> None:
            self.alone = InPlace()
            self.told = self.alone.told

        def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
            return dict.fromkeys(PLAYERS, self.alone.board), self.told

        def step(self, action: Any) -> Any:
            board, *rest = self.alone.step(action)
            return dict.fromkeys(PLAYERS, board), *rest

    for env, agents in ((InPlace, ("player_0",)), (Shared, PLAYERS)):
        engine = game(env, agents)
        start = engine.begin_episode()
        steps = [engine.advance({}) for _ in range(3)]
        assert [step.observations["player_0"][0] for step in steps] == [0, 1, 2]
        assert start.observations["player_0"][0] == 0
        assert [len(step.infos["player_0"]["count"]) for step in steps] == [2, 3, 4]


def test_an_environment_may_change_the_actions_it_gets(game: Callable[..., Engine]) -> None:
    """What is recorded is what was passed, whatever the environment does to the dict."""

    class Changes(Told):
        def step(self, action: Any) -> Any:
            action.clear()
            return self.good_step

    engine = game(Changes, PLAYERS)
    engine.begin_episode()
    assert engine.advance({"player_0": 1, "player_1": 1}).actions == {"player_0": 1, "player_1": 1}


def test_seats_need_exactly_one_player(grid_class: type[Any]) -> None:
    """Nobody in a seat, two in a seat, or a seat that does not exist: an engine fault."""
    from mug.engine.engine import Rules

    for rules, policies, message in (
        (Rules(agent_ids=PLAYERS, humans=("player_0",)), {}, "'player_1' has neither"),
        (Rules(agent_ids=PLAYERS, humans=PLAYERS), {"player_1": RandomPolicy()}, "'player_1' has both"),
        (Rules(agent_ids=PLAYERS, humans=(*PLAYERS, "x")), {}, "'x' is not among the agents"),
    ):
        with pytest.raises(EngineFault, match=message):
            Engine(grid_class, rules, policies, 1)
