"""Records are believed when playing the game again gives the same, and only then."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest
from mug_pyodide.intake import Intake, closing
from mug_pyodide.trust.examination import examine

from mug.configurations.configuration_constants import PolicyTypes
from mug.engine.callbacks import GameCallbacks
from mug.engine.records import plain
from mug.game.building import build_engine
from mug.game.seats import Seats
from mug.records import encode
from mug.testing.envs import Corridor, Meeting

KEYS = {"CartPole-v1": (0, 1), "MountainCar-v0": (0, 1, 2), "FrozenLake-v1": (0, 1, 2, 3)}


@pytest.fixture
def cart(kit: Any) -> Any:
    return kit.make_spec("CartPole-v1", actions=(0, 1), num_episodes=3)


@pytest.fixture
def played(kit: Any, cart: Any) -> Any:
    return kit.record(cart)


@pytest.mark.parametrize("name", KEYS)
def test_what_was_played_as_recorded_is_verified(kit: Any, name: str) -> None:
    """Every episode of an untouched recording is verified, with nothing to report."""
    spec = kit.make_spec(name, actions=KEYS[name], num_episodes=3)
    recording = kit.record(spec)
    findings = examine(spec, recording.lines, kit.SEED)
    assert [one.verdict for one in findings] == ["verified"] * 3
    assert [one.steps for one in findings] == [len(recording.steps(number)) for number in (1, 2, 3)]
    assert all(one.deviation == 0 and one.step is None and not one.detail for one in findings)


def test_policies_decide_again(kit: Any) -> None:
    """A game with a policy and a participant is verified: the policy does the same from the same seed."""
    spec = kit.make_spec(
        Meeting,
        policies={"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Random},
        num_episodes=2,
    )
    recording = kit.record(spec)
    assert [one.verdict for one in examine(spec, recording.lines, kit.SEED)] == ["verified"] * 2
    step = recording.steps(1)[4]
    step["actions"]["player_1"] = (step["actions"]["player_1"] + 1) % 3
    first, second = examine(spec, recording.lines, kit.SEED)
    assert (first.verdict, first.step, first.field) == ("different", 5, "actions.player_1")
    assert second.verdict == "verified"


class Meddler(GameCallbacks):
    """Moves the partner to the right."""

    def before_step(self, game: Any, actions: dict[Any, Any]) -> dict[Any, Any]:
        return actions | {"player_1": 2}


@pytest.mark.parametrize("source", ["callback", "model"])
def test_nobody_can_decide_for_a_policy_and_call_it_something_else(kit: Any, source: str) -> None:
    """Actions that callbacks chose are believed where a callback may choose, and nowhere else."""
    policies = {"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Random}
    spec = kit.make_spec(Meeting, policies=policies)
    meddled = dataclasses.replace(spec, callbacks=(Meddler,))
    recording = kit.record(meddled)
    assert recording.steps()[0]["sources"]["player_1"] == "callback"
    assert [one.verdict for one in examine(meddled, recording.lines, kit.SEED)] == ["verified"]
    for step in recording.steps():
        step["sources"]["player_1"] = source
    (finding,) = examine(spec, recording.lines, kit.SEED)
    assert (finding.verdict, finding.step, finding.field) == ("different", 1, "sources.player_1")


@pytest.mark.parametrize(
    ("participants", "field"),
    [
        ({"player_0": "ann", "player_1": "bob"}, "participants.player_1"),
        ({}, "participants"),
        ({"nobody": "ann"}, "participants.nobody"),
    ],
)
def test_people_who_sit_where_nobody_can_are_found(
    kit: Any, participants: dict[str, str], field: str
) -> None:
    """Who took part is looked at as well, and whatever is there instead, the game is played again."""
    policies = {"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Random}
    spec = kit.make_spec(Meeting, policies=policies)
    recording = kit.record(spec)
    recording.of_kind("game_start")[0]["participants"] = participants
    (finding,) = examine(spec, recording.lines, kit.SEED)
    assert (finding.verdict, finding.step, finding.field) == ("different", 0, field)


def test_what_came_after_the_server_had_ended_the_game_is_examined_too(
    kit: Any, cart: Any, played: Any
) -> None:
    """A page that was away brings the rest of what it played: that is verified, or found, like all else."""
    cut = played.records.index(played.steps(2)[4]) + 1
    before, rest = played.lines[:cut], played.records[cut:]
    closed = [line for _, line in closing(Intake(kit.SEED, cart, before).progress, "player_left")]
    assert [one.verdict for one in examine(cart, before + closed, kit.SEED)] == ["verified"] * 2

    def with_rest() -> list[bytes]:
        late = [one if one["kind"] == "step" else {"kind": "late", "wall": 1, "record": one} for one in rest]
        return [*before, *closed, *map(encode, late)]

    whole = examine(cart, with_rest(), kit.SEED)
    assert [(one.verdict, one.steps) for one in whole] == [
        ("verified", len(played.steps(number))) for number in (1, 2, 3)
    ]
    played.steps(2)[6]["rewards"]["player_0"] += 1
    second = examine(cart, with_rest(), kit.SEED)[1]
    assert (second.verdict, second.step, second.field) == ("different", 7, "rewards.player_0")


class Listening(Meeting):
    """Who is told something is moved as many places as that has letters."""

    def receive_message(self, sender: str, text: str, to: list[str]) -> None:
        for player in to:
            self.positions[player] = (self.positions[player] + len(text)) % 10


def test_what_players_said_is_said_again(kit: Any) -> None:
    """A game whose environment was told what players say is verified with it, and found without."""
    spec = kit.make_spec(Listening, policies=dict.fromkeys(("player_0", "player_1"), PolicyTypes.Human))
    people = {"player_0": "ann", "player_1": "bob"}
    engine = build_engine(spec, Seats(spec, people, {}), kit.SEED)
    said = {"kind": "message", "agent": "player_0", "text": "hey!", "to": ["player_1"]}
    records: list[Any] = [{"kind": "game_start", "runtime": "server", "participants": people}]
    records.append(plain(engine.begin_episode()))
    for step in range(6):
        if step == 3:
            engine.receive_message("player_0", "hey!", ["player_1"])
            records.append(said)
        records.append(plain(engine.advance({"player_0": 1})))
    records.append(plain(engine.end("stopped")))

    def verdicts() -> list[str]:
        return [one.verdict for one in examine(spec, list(map(encode, records)), kit.SEED)]

    assert verdicts() == ["verified"]
    said["text"] = "hey"
    assert verdicts() == ["different"]
    for nonsense in ({"to": ["nobody"]}, {"to": 1}, {"text": None}, {"agent": "nobody"}, {"agent": None}):
        records[5] = said | nonsense
        assert verdicts() == ["different"]


class Painted(Corridor):
    """Its pictures take from the randomness of the game."""

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        found = super().reset(seed=seed, options=options)
        self.goal = 9
        return found

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        return super().step(int(self.np_random.integers(3)))

    def render(self) -> Any:
        self.np_random.random()
        return super().render()


def test_pictures_are_drawn_again(kit: Any) -> None:
    """A game whose pictures took part in it is played again with them."""
    spec = kit.make_spec(Painted)
    recording = kit.record(spec, drawn=True)
    assert [one.verdict for one in examine(spec, recording.lines, kit.SEED)] == ["verified"]
    recording.steps()[2]["rewards"]["player_0"] += 1
    assert [one.verdict for one in examine(spec, recording.lines, kit.SEED)] == ["different"]


def test_an_episode_that_was_cut_short_is_verified(kit: Any) -> None:
    """Somebody who leaves in the middle leaves an episode that can be believed as far as it goes."""
    spec = kit.make_spec(Meeting, policies=dict.fromkeys(("player_0", "player_1"), PolicyTypes.Human))
    recording = kit.record(spec, 4)
    assert recording.of_kind("episode_end")[0]["reason"] == "player_left"
    assert [one.verdict for one in examine(spec, recording.lines, kit.SEED)] == ["verified"]


@pytest.mark.parametrize("reason", ["player_left", "enough", None])
def test_nobody_cuts_an_episode_short_and_plays_on(
    kit: Any, cart: Any, played: Any, reason: str | None
) -> None:
    """An episode that did not end by itself is the last one, of a game that was not completed."""
    whole = kit.record(cart)
    ((end, _, _), (over,)) = (whole.of_kind(kind) for kind in ("episode_end", "game_end"))
    cut = [step for step in whole.steps(1) if step["step"] > 3]
    whole.records = [record for record in whole.records if record not in cut]
    left = whole.steps(1)
    end |= {"steps": 3, "frame": 3, "reason": reason, "rewards": {"player_0": 3.0}}
    end["observations"] = cut[0]["observations"]
    for record in whole.records:
        if record["kind"] in ("step", "episode_start", "episode_end") and record["episode"] > 1:
            record["frame"] -= len(cut)
    over["rewards"]["player_0"] -= len(cut)
    first, *others = examine(cart, whole.lines, kit.SEED)
    assert (first.verdict, first.step, first.field) == ("different", len(left), "reason")
    assert [one.verdict for one in others] == ["verified", "verified"]
    alone = [record for record in whole.records if record.get("episode", 1) == 1]
    assert examine(cart, list(map(encode, alone)), kit.SEED)[0].verdict == "different"
    over |= {"reason": reason, "rewards": end["rewards"]}
    assert examine(cart, list(map(encode, alone)), kit.SEED)[0].verdict == "verified"


def raise_reward(step: dict[str, Any]) -> None:
    step["rewards"]["player_0"] += 1e-6


def turn_around(step: dict[str, Any]) -> None:
    step["actions"]["player_0"] = 1 - step["actions"]["player_0"]
    step["sources"]["player_0"] = "human"


def forge_action(step: dict[str, Any]) -> None:
    step["actions"]["player_0"], step["sources"]["player_0"] = 7, "human"


def move_cart(step: dict[str, Any]) -> None:
    step["observations"]["player_0"][0] += 1e-6


def add_info(step: dict[str, Any]) -> None:
    step["infos"]["player_0"]["bonus"] = 1


def go_on_for_ever(step: dict[str, Any]) -> None:
    step["terminated"]["player_0"] = not step["terminated"]["player_0"]


@pytest.mark.parametrize(
    ("tamper", "step", "field"),
    [
        (raise_reward, 5, "rewards.player_0"),
        (turn_around, 6, "observations.player_0."),
        (forge_action, 5, "actions.player_0"),
        (move_cart, 5, "observations.player_0.0"),
        (add_info, 5, "infos.player_0.bonus"),
        (go_on_for_ever, 5, "terminated.player_0"),
    ],
)
def test_a_changed_step_is_found(
    kit: Any, cart: Any, played: Any, tamper: Callable[[dict[str, Any]], None], step: int, field: str
) -> None:
    """A changed value is found in its step, a changed action at the first thing that it changes."""
    tamper(played.steps(2)[4])
    first, second, third = examine(cart, played.lines, kit.SEED)
    assert (second.verdict, second.step) == ("different", step)
    assert second.field.startswith(field)
    assert second.recorded != second.recomputed
    assert (first.verdict, third.verdict) == ("verified", "verified")


def test_a_changed_sum_a_changed_seed_and_gaps_are_found(kit: Any, cart: Any, played: Any) -> None:
    """What the records say about themselves has to be right as well."""

    def finding(tamper: Callable[[Any], None]) -> Any:
        other = played.copy()
        tamper(other)
        return examine(cart, other.lines, kit.SEED)[0]

    def drop_step(recording: Any) -> None:
        recording.records.remove(recording.steps()[3])

    def repeat_step(recording: Any) -> None:
        step = recording.steps()[3]
        recording.records.insert(recording.records.index(step), dict(step))

    def raise_sum(recording: Any) -> None:
        recording.of_kind("episode_end")[0]["rewards"]["player_0"] += 1

    def reseed(recording: Any) -> None:
        recording.of_kind("episode_start")[0]["seed"] += 1

    def finish_early(recording: Any) -> None:
        last = recording.steps()[-1]
        recording.records.remove(last)
        end = recording.of_kind("episode_end")[0]
        end["steps"] -= 1
        end["rewards"]["player_0"] -= last["rewards"]["player_0"]

    assert (finding(drop_step).step, finding(drop_step).field) == (4, "step")
    assert (finding(repeat_step).step, finding(repeat_step).field) == (5, "step")
    assert finding(raise_sum).field == "episode_end.rewards.player_0"
    assert (finding(reseed).step, finding(reseed).field) == (0, "seed")
    assert finding(finish_early).field == "reason"
    for tamper in (drop_step, repeat_step, raise_sum, reseed, finish_early):
        assert finding(tamper).verdict == "different"


def test_the_seed_that_the_server_drew_counts(kit: Any, cart: Any) -> None:
    """A whole game that was played with another, luckier seed is not the game that was given."""
    lucky = kit.record(cart, seed=99)
    assert [one.verdict for one in examine(cart, lucky.lines)] == ["verified"] * 3
    findings = examine(cart, lucky.lines, kit.SEED)
    assert [(one.verdict, one.step, one.field) for one in findings] == [("different", 0, "seed")] * 3


def test_an_action_of_somebody_who_gave_none_is_checked(kit: Any, cart: Any, played: Any) -> None:
    """What fills in for somebody who does nothing is the default action and no other."""
    step = next(step for step in played.steps() if step["sources"]["player_0"] == "default")
    step["actions"]["player_0"] = 1
    finding = examine(cart, played.lines, kit.SEED)[0]
    assert (finding.verdict, finding.step) == ("different", step["step"])
    assert (finding.field, finding.recomputed) == ("actions.player_0", 0)


def test_an_attempt_that_was_given_up_does_not_count(kit: Any, cart: Any, played: Any) -> None:
    """An episode that was begun again is judged by how it was played then."""
    start = played.of_kind("episode_start")[0]
    given_up = [start, *played.steps()[:3], {"kind": "episode_restarted", "episode": 1}]
    played.records[1:1] = given_up
    assert [one.verdict for one in examine(cart, played.lines, kit.SEED)] == ["verified"] * 3


@pytest.mark.parametrize(
    "line",
    [
        b"", b"[]", b"\xff", b'{"kind":"step"}', b'{"kind":"step","episode":1,"step":1,"frame":1}',
        b'{"kind":"episode_start"}', b'{"kind":"takeover","agent":"player_0","reference":["name",3]}',
        b'{"kind":"episode_end","rewards":7}', b'{"kind":"game_end","rewards":[]}', b'{"kind":7}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", [0, 2, 5, 10_000])
def test_malformed_records_harm_nobody(kit: Any, cart: Any, played: Any, line: bytes, place: int) -> None:
    """Whatever a browser sends, there is a finding for each episode and no exception."""
    lines = played.lines
    lines.insert(place, line)
    findings = examine(cart, lines, kit.SEED)
    assert len(findings) >= 3
    assert {one.verdict for one in findings} <= {"verified", "different"}


# --------------------------------------------------------------------------------------------- roundings


class Pendulum(gymnasium.Wrapper[Any, Any, Any, Any]):
    def __init__(self, render_mode: str = "mug") -> None:
        super().__init__(gymnasium.make("Pendulum-v1").unwrapped)


class Swinging(gymnasium.Env[np.ndarray, int]):
    """Chaos: a logistic map, whose deviations double with each step; rewarded in the right half."""

    def __init__(self, render_mode: str = "mug") -> None:
        self.action_space = gymnasium.spaces.Discrete(3)
        self.observation_space = gymnasium.spaces.Box(0, 1, (1,), np.float64)
        self.state = 0.5

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=seed)
        self.state = float(self.np_random.uniform(0.2, 0.8))
        return np.array([self.state]), {}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        self.state = (3.97 + 0.01 * action) * self.state * (1 - self.state)
        return np.array([self.state]), float(self.state > 0.5), False, False, {}


class Coarse(Swinging):
    """The same, but one sees only in which tenth it is: nothing announces that it is another one."""

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        found = super().step(action)
        return np.array([math.floor(self.state * 10)]), *found[1:]


class Wasm(Swinging):
    """The same with products rounded otherwise."""

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        self.state *= 1 + 2.2e-16
        return super().step(action)


class CoarseWasm(Coarse):
    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        self.state *= 1 + 2.2e-16
        return super().step(action)


@pytest.mark.parametrize(("native", "wasm"), [(Swinging, Wasm), (Coarse, CoarseWasm)])
@pytest.mark.parametrize("seed", range(5))
def test_chaos_is_not_called_different(kit: Any, native: Any, wasm: Any, seed: int) -> None:
    """Other roundings make another trajectory in the end; the finding says from where on it cannot tell."""
    recording = kit.record(kit.make_spec(wasm, num_episodes=2, max_steps=150), seed=seed)
    for finding in examine(kit.make_spec(native, num_episodes=2, max_steps=150), recording.lines, seed):
        assert finding.verdict == "rounding"
        assert finding.step is not None
        assert 15 < finding.step < 100
        assert "too large to tell" in finding.detail


class Single(Swinging):
    """Not chaotic, and seen as single precision: what rounding does shows by chance, in one digit."""

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        self.state = 0.5 * self.state + 0.25 * math.sin(self.state + action)
        return np.array([self.state], np.float32), 0.0, False, False, {}


def test_a_single_digit_of_single_precision_needs_no_explanation(kit: Any) -> None:
    """One float32 that is off by its last bit is rounding, whether or not others would be."""
    spec = kit.make_spec(Single, max_steps=100)
    recording = kit.record(spec)
    step = recording.steps()[70]
    seen = np.float32(step["observations"]["player_0"][0])
    step["observations"]["player_0"][0] = float(str(np.nextafter(seen, np.float32(1))))
    (finding,) = examine(spec, recording.lines, kit.SEED)
    assert (finding.verdict, finding.step) == ("rounding", None)
    assert 0 < finding.deviation < 1.2e-7
    step["observations"]["player_0"][0] += 1e-4
    (finding,) = examine(spec, recording.lines, kit.SEED)
    assert (finding.verdict, finding.step) == ("different", 71)


@pytest.mark.parametrize("change", [1e-6, 1.0])
@pytest.mark.parametrize("step", [2, 6, 12])
def test_chaos_hides_no_changed_reward(kit: Any, change: float, step: int) -> None:
    """As long as the trajectories are together, a changed reward or action stands out."""
    spec = kit.make_spec(Swinging, max_steps=150)
    recording = kit.record(kit.make_spec(Wasm, max_steps=150))
    recording.steps()[step]["rewards"]["player_0"] += change
    (finding,) = examine(spec, recording.lines, kit.SEED)
    assert (finding.verdict, finding.step) == ("different", step + 1)
    assert finding.field == "rewards.player_0"


def test_chaos_hides_no_changed_action(kit: Any) -> None:
    """An action that was not taken leads away at once."""
    spec = kit.make_spec(Swinging, max_steps=150)
    for step in (2, 6, 12):
        recording = kit.record(kit.make_spec(Wasm, max_steps=150))
        record = recording.steps()[step]
        record["actions"]["player_0"] = (record["actions"]["player_0"] + 1) % 3
        record["sources"]["player_0"] = "human"
        (finding,) = examine(spec, recording.lines, kit.SEED)
        assert (finding.verdict, finding.step) == ("different", step + 2)


def test_the_largest_deviation_is_reported(kit: Any) -> None:
    """Where rounding stays small, the whole episode is judged and the deviation is a number to look at."""
    keys = ([-2.0], [0.5], [2.0])
    noisy = kit.make_spec(lambda: kit.Noisy(Pendulum()), actions=keys)
    (finding,) = examine(kit.make_spec(Pendulum, actions=keys), kit.record(noisy).lines, kit.SEED)
    assert (finding.verdict, finding.step) == ("rounding", None)
    assert 0 < finding.deviation < 1e-6
    assert 0 < finding.relative < 1


# -------------------------------------------------------------------------- environments that do not repeat


class Unseeded(Corridor):
    """Its goal is nobody's but chance's, and is one of ten: two runs may well agree."""

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        self.wind = np.random.default_rng()
        return super().reset(seed=None, options=options)

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        return super().step(int(self.wind.integers(3)))


class Timed(Corridor):
    clock = itertools.count()

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        return (*super().step(action)[:4], {"elapsed": next(self.clock) * 1e-3})


def test_an_environment_that_does_not_repeat_accuses_nobody(kit: Any) -> None:
    """When the environment itself does otherwise each time, the records may be right: unknown, and why."""
    spec = kit.make_spec(Unseeded)
    findings = [examine(spec, kit.record(spec).lines, kit.SEED)[0] for _ in range(8)]
    assert {one.verdict for one in findings} <= {"unknown", "verified"}
    assert any("comes out otherwise each time" in one.detail for one in findings)


def test_clocks_in_infos_are_left_out(kit: Any) -> None:
    """Infos that are otherwise each time are not compared, and the finding says so; the rest is."""
    spec = kit.make_spec(Timed)
    recording = kit.record(spec)
    (finding,) = examine(spec, recording.lines, kit.SEED)
    assert finding.verdict == "verified"
    assert "infos.player_0.elapsed" in finding.detail
    recording.steps()[0]["rewards"]["player_0"] += 1
    assert examine(spec, recording.lines, kit.SEED)[0].verdict == "different"


def test_an_environment_that_cannot_be_made_here_is_unknown(kit: Any, cart: Any, played: Any) -> None:
    """Nobody is accused because something is not installed."""

    def missing() -> Any:
        raise ImportError("No module named 'kitchen'")

    spec = dataclasses.replace(cart, make_env=missing)
    findings = examine(spec, played.lines, kit.SEED)
    assert [one.verdict for one in findings] == ["unknown"] * 3
    assert all("kitchen" in one.detail for one in findings)
