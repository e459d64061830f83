"""How a game goes: actions, episodes, seeds, replays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mug.engine.engine import Engine, Rules
from mug.engine.errors import EngineFault
from mug.engine.policies import HeuristicPolicy, Policy, PolicyContext, RandomPolicy, resolve
from mug.engine.records import plain, to_plain
from mug.engine.seeds import derive_seed

PLAYERS = ("player_0", "player_1")
LIMITS = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


class Echo(gym.Env[Any, Any]):
    """Says what it was given; two agents; draws a number in every step."""

    observation_space = spaces.Dict({player: spaces.Discrete(100) for player in PLAYERS})
    action_space = spaces.Dict({player: spaces.Discrete(100, start=1) for player in PLAYERS})

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        return dict.fromkeys(PLAYERS, 0), {"seed": seed}

    def step(self, action: Any) -> Any:
        drawn = int(self.np_random.integers(100))
        return dict(action), {player: float(drawn) for player in PLAYERS}, False, False, {"drawn": drawn}


def test_missing_actions_are_the_default(game: Callable[..., Engine]) -> None:
    """A human who submits nothing does the default action, and the record says so."""
    engine = game(Echo, PLAYERS, default_action=42)
    engine.begin_episode()
    step = engine.advance({"player_1": 7})
    assert step.actions == {"player_0": 42, "player_1": 7}
    assert step.sources == {"player_0": "default", "player_1": "human"}


class Scaling(Echo):
    """Works on the very arrays that it is given."""

    action_space = spaces.Dict({player: spaces.Box(-1.0, 1.0, (2,)) for player in PLAYERS})

    def step(self, action: Any) -> Any:
        for array in action.values():
            array *= 0.5
        return dict.fromkeys(PLAYERS, 0), dict.fromkeys(PLAYERS, 0.0), False, False, {}


def test_environments_may_work_on_the_actions_that_they_get(game: Callable[..., Engine]) -> None:
    """Records have what was done; and what is given once more, or filled in, is what it was."""
    default = np.array([0.5, 0.5], np.float32)
    engine = game(Scaling, PLAYERS, default_action=dict.fromkeys(PLAYERS, default))
    engine.begin_episode()
    done = np.array([1.0, -1.0], np.float32)
    steps = [engine.advance({"player_0": done}) for _ in range(3)]
    assert [step.actions["player_0"].tolist() for step in steps] == [[1.0, -1.0]] * 3
    assert [step.actions["player_1"].tolist() for step in steps] == [[0.5, 0.5]] * 3


def test_default_actions_may_be_by_agent(game: Callable[..., Engine]) -> None:
    """A dict by agent gives each its own default; whoever is not in it gets the zero of the action space."""
    engine = game(Echo, PLAYERS, default_action={"player_1": 9})
    engine.begin_episode()
    assert engine.advance({}).actions == {"player_0": 1, "player_1": 9}


def test_missing_actions_may_be_the_previous_one(game: Callable[..., Engine]) -> None:
    """With previous_submitted_action the last submitted one is repeated, the default before there is one, and
    the next episode starts afresh."""
    engine = game(
        Echo, PLAYERS, default_action=42, action_population="previous_submitted_action", max_steps=3
    )
    engine.begin_episode()
    steps = [engine.advance(actions) for actions in ({}, {"player_0": 5}, {})]
    assert [step.actions["player_0"] for step in steps] == [42, 5, 5]
    assert [step.sources["player_0"] for step in steps] == ["default", "human", "previous"]
    assert [step.actions["player_1"] for step in steps] == [42, 42, 42]
    engine.begin_episode()
    assert engine.advance({}).sources["player_0"] == "default"


def test_what_a_callback_chose_counts_as_previous(game: Callable[..., Engine]) -> None:
    """An action that before_step put in a human's place is the one that is repeated."""

    class Once:
        def before_step(self, game: Engine, actions: Any) -> Any:
            return {"player_0": 77} if game.step_number == 0 else None

    engine = game(Echo, PLAYERS, callbacks=(Once(),), action_population="previous_submitted_action")
    engine.begin_episode()
    steps = [engine.advance(actions) for actions in ({"player_0": 5}, {})]
    assert [step.actions["player_0"] for step in steps] == [77, 77]
    assert [step.sources["player_0"] for step in steps] == ["callback", "previous"]


def test_actions_for_seats_that_a_policy_plays_are_not_used(game: Callable[..., Engine]) -> None:
    """Only a human's seat takes submitted actions, and unknown seats take none."""
    engine = game(Echo, PLAYERS, {"player_1": RandomPolicy()}, default_action=42)
    engine.begin_episode()
    step = engine.advance({"player_1": 55, "stranger": 1})
    assert step.sources == {"player_0": "default", "player_1": "policy"}
    assert set(step.actions) == set(PLAYERS)


def test_episodes_are_counted_and_end_the_game(game: Callable[..., Engine]) -> None:
    """Episodes and steps count from 1, frames over the whole game, and after the last the game is over."""
    engine = game(Echo, PLAYERS, num_episodes=2, max_steps=3)
    assert (engine.phase, engine.episode) == ("ready", 0)
    counted = []
    for episode in (1, 2):
        start = engine.begin_episode()
        assert (start.episode, engine.episode, engine.phase) == (episode, episode, "playing")
        while engine.phase == "playing":
            step = engine.advance({})
            counted.append((step.episode, step.step, step.frame, step.done, step.reason))
        assert engine.episode_end is not None
        assert engine.episode_end.reason == "max_steps"
        assert engine.episode_end.steps == 3
        assert engine.episode_end.rewards == engine.rewards
    assert counted == [
        (1, 1, 1, False, ""),
        (1, 2, 2, False, ""),
        (1, 3, 3, True, "max_steps"),
        (2, 1, 4, False, ""),
        (2, 2, 5, False, ""),
        (2, 3, 6, True, "max_steps"),
    ]
    assert engine.phase == "over"


def test_calls_at_the_wrong_time_are_refused(game: Callable[..., Engine]) -> None:
    """No step outside of an episode, no episode inside of one, nothing after the end."""
    engine = game(Echo, PLAYERS, num_episodes=1, max_steps=1)
    with pytest.raises(EngineFault, match="no episode to advance: the game is ready"):
        engine.advance({})
    engine.begin_episode()
    with pytest.raises(EngineFault, match="cannot begin while the game is playing"):
        engine.begin_episode()
    engine.advance({})
    with pytest.raises(EngineFault, match="the game is over"):
        engine.advance({})
    with pytest.raises(EngineFault, match="the game is over"):
        engine.begin_episode()


def test_a_game_may_be_ended_early(game: Callable[..., Engine]) -> None:
    """Ending cuts the episode short and says why; ending again does nothing."""
    engine = game(Echo, PLAYERS, num_episodes=5)
    engine.begin_episode()
    engine.advance({})
    end = engine.end("player left")
    assert end is not None
    assert (end.reason, end.steps, engine.phase) == ("player left", 1, "over")
    assert engine.end("again") is None


def test_truncation_is_told_from_termination(game: Callable[..., Engine]) -> None:
    """A time limit truncates, and the reason says so."""
    engine = game(lambda: gym.make("MountainCar-v0", max_episode_steps=2))
    engine.begin_episode()
    engine.advance({})
    step = engine.advance({})
    assert (step.reason, step.truncated, step.terminated) == (
        "truncated",
        {"player": True},
        {"player": False},
    )


def test_every_episode_has_a_seed_of_its_own_and_says_which(game: Callable[..., Engine]) -> None:
    """The environment is reset with the recorded seed, which is derived from the game's."""
    engine = game(Echo, PLAYERS, seed=5, max_steps=1)
    seeds = []
    for episode in (1, 2, 3):
        start = engine.begin_episode()
        assert start.seed == start.infos["player_0"]["seed"] == derive_seed(5, episode)
        seeds.append(start.seed)
        engine.advance({})
    assert len(set(seeds)) == 3


ACTIONS = st.lists(st.dictionaries(st.sampled_from(PLAYERS), st.integers(1, 99)), max_size=12)


def records(engine: Engine, actions: list[dict[str, int]]) -> list[Any]:
    done: list[Any] = []
    for submitted in actions:
        if engine.phase != "playing":
            done.append(engine.begin_episode())
        done.append(engine.advance(submitted))
    return done


@LIMITS
@given(seed=st.integers(), actions=ACTIONS)
def test_same_seed_and_actions_give_the_same_game(
    game: Callable[..., Engine], seed: int, actions: Any
) -> None:
    """Two engines with the same seed and the same actions record the same, random policies included."""

    def played() -> Any:
        engine = game(Echo, PLAYERS, {"player_1": RandomPolicy()}, seed=seed, max_steps=5)
        return to_plain(records(engine, actions))

    assert played() == played()


class Moody(HeuristicPolicy):
    """What it does depends on everything it did and drew before."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.random = np.random.default_rng(0)

    def reset(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def compute_action(self, env: Any, agent_id: Any) -> int:
        self.done.append(int(self.random.integers(1, 50)) + len(self.done))
        return self.done[-1] % 100


def meddle(game: Any, data: Any) -> None:
    """A callback that counts in the game's data."""
    game.data["calls"] = game.data.get("calls", 0) + 1


class Changer:
    """Changes every third action of the human."""

    def before_step(self, game: Engine, actions: Mapping[Any, Any]) -> Mapping[Any, Any] | None:
        return {"player_0": 77} if game.frame % 3 == 2 else None


@LIMITS
@given(
    seed=st.integers(0, 999),
    actions=ACTIONS,
    further=ACTIONS,
    skip=st.integers(1, 3),
    population=st.sampled_from(["default_action", "previous_submitted_action"]),
)
def test_replaying_the_records_rebuilds_the_game(
    game: Callable[..., Engine], seed: int, actions: Any, further: Any, skip: int, population: str
) -> None:
    """Forced through the recorded actions, without callbacks, a new engine records the same, and then goes on
    as the first does: the environment, the policies' memory and the filled-in actions are what they were."""

    def make(callbacks: tuple[Any, ...]) -> Engine:
        return game(
            Echo,
            PLAYERS,
            {"player_1": resolve(Moody(), "player_1")},
            callbacks,
            seed=seed,
            max_steps=5,
            frame_skip=skip,
            action_population=population,
        )

    first = make((Changer(),))
    recorded = records(first, actions)
    second = make((meddle,))
    again: list[Any] = []
    for record in recorded:
        if plain(record)["kind"] == "episode_start":
            again.append(second.begin_episode(forced=True))
        else:
            again.append(second.advance(record.actions, forced=True, sources=record.sources))
    assert to_plain(again) == to_plain(recorded)
    assert second.data == {}
    third = make((Changer(),))
    third.load(second.save())
    assert to_plain(records(third, further)) == to_plain(records(first, further))


def test_a_replay_needs_everybodys_action(game: Callable[..., Engine]) -> None:
    """A recorded step without somebody's action cannot be replayed."""
    engine = game(Echo, PLAYERS)
    engine.begin_episode()
    with pytest.raises(EngineFault, match="no action of 'player_1'; it has 'player_0'"):
        engine.advance({"player_0": 1}, forced=True)
    step = engine.advance({"player_0": 1, "player_1": 2}, forced=True)
    assert step.sources == {"player_0": "replay", "player_1": "replay"}


class Counter(Policy):
    """Counts its decisions."""

    def __init__(self) -> None:
        self.count = 0
        self.seeds: list[int] = []

    def reset(self, seed: int) -> None:
        self.seeds.append(seed)

    def act(self, observation: Any, context: PolicyContext) -> int:
        self.count += 1
        return self.count


@pytest.mark.parametrize(
    ("skip", "expected"), [(1, [1, 2, 3, 4, 5]), (2, [1, 1, 2, 2, 3]), (4, [1, 1, 1, 1, 2])]
)
def test_frame_skip_repeats_a_policys_action(
    game: Callable[..., Engine], skip: int, expected: list[int]
) -> None:
    """A policy decides in every so many-th step, and does the same in between; humans act in each."""
    engine = game(Echo, PLAYERS, {"player_1": Counter()}, frame_skip=skip)
    engine.begin_episode()
    steps = [engine.advance({"player_0": number}) for number in range(10, 15)]
    assert [step.actions["player_1"] for step in steps] == expected
    assert [step.actions["player_0"] for step in steps] == [10, 11, 12, 13, 14]


def test_a_policy_decides_anew_in_every_episode(game: Callable[..., Engine]) -> None:
    """Frame skip does not reach over the end of an episode, and each episode has its own seed."""
    policy = Counter()
    engine = game(Echo, PLAYERS, {"player_1": policy}, frame_skip=4, max_steps=2)
    chosen = []
    for _ in range(2):
        engine.begin_episode()
        chosen += [engine.advance({}).actions["player_1"] for _ in range(2)]
    assert chosen == [1, 1, 2, 2]
    assert len(set(policy.seeds)) == 2


def test_a_policy_takes_over_a_seat_and_gives_it_back(game: Callable[..., Engine]) -> None:
    """From the next step on the policy acts, whatever is submitted; afterwards the human does again."""
    engine = game(Echo, PLAYERS, default_action=42)
    engine.begin_episode()
    engine.advance({"player_0": 5})
    policy = Counter()
    engine.replace_policy("player_0", policy)
    assert engine.policy_of("player_0") is policy
    assert len(policy.seeds) == 1
    step = engine.advance({"player_0": 6})
    assert (step.actions["player_0"], step.sources["player_0"]) == (1, "policy")
    engine.replace_policy("player_0", None)
    assert engine.policy_of("player_0") is None
    step = engine.advance({"player_0": 6})
    assert (step.actions["player_0"], step.sources["player_0"]) == (6, "human")


def test_who_takes_over_decides_at_once(game: Callable[..., Engine]) -> None:
    """A new policy does not go on with what the one before it had decided."""
    engine = game(Echo, PLAYERS, {"player_1": Counter()}, frame_skip=4)
    engine.begin_episode()
    engine.advance({})
    policy = Counter()
    policy.count = 50
    engine.replace_policy("player_1", policy)
    assert [engine.advance({}).actions["player_1"] for _ in range(3)] == [51, 51, 51]


def test_only_a_humans_seat_can_be_given_back(game: Callable[..., Engine]) -> None:
    """There must be somebody to give it to."""
    engine = game(Echo, PLAYERS, {"player_1": Counter()})
    with pytest.raises(EngineFault, match="no human agent 'player_1'"):
        engine.replace_policy("player_1", None)
    with pytest.raises(EngineFault, match="no agent 'x'"):
        engine.replace_policy("x", Counter())


def test_records_are_plain_dicts_when_asked(game: Callable[..., Engine], grid_class: type[Any]) -> None:
    """plain() names the kind and turns agent ids into text; to_plain() leaves nothing but JSON."""
    import json

    engine = game(grid_class, PLAYERS, num_episodes=1, max_steps=1)
    start = engine.begin_episode()
    step = engine.advance({"player_0": np.int64(3)})
    assert engine.episode_end is not None
    assert [plain(record)["kind"] for record in (start, step, engine.episode_end)] == [
        "episode_start",
        "step",
        "episode_end",
    ]
    row = json.loads(json.dumps(to_plain(step)))
    assert row == {
        "kind": "step",
        "episode": 1,
        "step": 1,
        "frame": 1,
        "observations": {"player_0": [0, 0], "player_1": [9, 0]},
        "actions": {"player_0": 3, "player_1": 0},
        "sources": {"player_0": "human", "player_1": "default"},
        "rewards": {"player_0": 0.0, "player_1": 0.0},
        "terminated": {"player_0": False, "player_1": False},
        "truncated": {"player_0": False, "player_1": False},
        "infos": {"player_0": {}, "player_1": {}},
        "done": True,
        "reason": "max_steps",
        "extra": {},
    }


def test_to_plain_knows_what_environments_return() -> None:
    """Arrays, NumPy numbers, sets, bytes, tuples, enums and keys of any kind come out as JSON values."""
    import enum

    class Kind(enum.IntEnum):
        ONE = 1

    class Name(enum.StrEnum):
        ONE = "one"

    value = {
        1: np.arange(3),
        "a": (np.float32(0.5), {3, 1}, b"\x01", Kind.ONE, Name.ONE),
        (1, 2): np.array([object()], dtype=object),
        "b": complex(1, 2),
    }
    result = to_plain(value)
    assert result["1"] == [0, 1, 2]
    assert result["a"] == [0.5, [1, 3], [1], 1, "one"]
    assert type(result["a"][3]) is int
    assert type(result["a"][4]) is str
    assert result["(1, 2)"][0].startswith("<object")
    assert result["b"] == "(1+2j)"


def test_action_spaces_are_seeded_with_the_episode(game: Callable[..., Engine]) -> None:
    """An environment or policy that samples from the action space does so repeatably."""

    def drawn() -> list[Any]:
        engine = game(Echo, PLAYERS, seed=3)
        engine.begin_episode()
        return [engine.env.action_space["player_0"].sample() for _ in range(5)]

    assert drawn() == drawn()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"frame_skip": 0}, "must be 1 or more, got 0"),
        ({"max_steps": -1}, "must be 1 or more, got -1"),
        ({"num_episodes": 0}, "must be 1 or more, got 0"),
        ({"action_population": "default"}, "must be one of 'default_action', 'previous_submitted_action'"),
    ],
)
def test_rules_that_mean_nothing_are_refused(wrong: dict[str, Any], message: str) -> None:
    """Numbers below 1 and unknown words are found when the rules are made."""
    with pytest.raises(EngineFault, match=message) as caught:
        Rules(agent_ids=PLAYERS, humans=PLAYERS, **wrong)
    assert caught.value.where == f"{next(iter(wrong))}="
