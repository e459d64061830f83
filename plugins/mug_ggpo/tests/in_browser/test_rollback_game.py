"""Games of several pages, natively: everything alike in all, whatever the network does."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from peer_pages import LEFT, NOOP, RIGHT, Hunt, Network, Pages, alone, make_spec, native, steps

from mug.configurations.configuration_constants import PolicyTypes
from mug.engine.callbacks import GameCallbacks
from mug.engine.engine import Engine
from mug.engine.records import Step


@pytest.mark.parametrize(
    "network",
    [Network(0.001), Network(0.05, 0.01, 0.02), Network(0.1, 0.03, 0.1), Network(0.2, 0.05, 0.15)],
    ids=["near", "home", "far", "bad"],
)
def test_two_pages_record_the_same_game(network: Network) -> None:
    """What two pages record is the same to the byte, and what one engine makes of the same inputs."""
    world = Pages(make_spec(), network)
    world.play()
    one, other = world.pages
    assert one.told[-1] == other.told[-1] == "over"
    assert one.canonical == other.canonical
    assert len(steps(one.records)) == 240
    assert steps(one.records) == steps(native(world.spec, world.seed, one.records))
    if network.delay > 0.06:
        assert one.game.figures()["rollbacks"] > 5


def test_records_are_in_order() -> None:
    world = Pages(make_spec())
    world.play()
    kinds = [json.loads(line)["kind"] for line in world.pages[0].records]
    assert kinds == [
        "game_start",
        *(["episode_start"] + ["step"] * 120 + ["episode_end"]) * 2,
        "game_end",
    ]


@pytest.mark.parametrize("players", [3, 4])
def test_more_pages_record_the_same_game(players: int) -> None:
    spec = make_spec(lambda: Hunt(players), players, num_episodes=1)
    world = Pages(spec, Network(0.06, 0.02, 0.05))
    world.play()
    first, *others = world.pages
    assert len(steps(first.records)) == 120
    assert all(page.canonical == first.canonical for page in others)
    assert steps(first.records) == steps(native(spec, world.seed, first.records))


class Counting(GameCallbacks):
    """Remembers what it was told, and adds columns that depend on where the game stands."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []

    def on_episode_start(self, game: Engine) -> None:
        game.data["caught"] = 0

    def after_step(self, game: Engine, step: Step) -> dict[str, Any]:
        assert game.step_number == step.step
        game.data["caught"] += int(sum(step.rewards.values()))
        self.told.append(("step", step.step))
        return {"caught": game.data["caught"], "prize": game.env.prize, "seen": step.step == game.env.steps}

    def on_episode_end(self, game: Engine) -> None:
        self.told.append(("end", game.step_number))


@pytest.mark.parametrize("one_way", [0.001, 0.12])
def test_callbacks_hear_of_certain_steps_once_and_in_order(one_way: float) -> None:
    """What callbacks are told, and what they see of the game, is what one engine would have told them."""
    spec = make_spec(callbacks=(Counting,), num_episodes=1)
    world = Pages(spec, Network(one_way, one_way / 5, 0.05))
    world.play()
    one, other = world.pages
    (listener,) = one.game._built_engine._callbacks._listeners["after_step"]
    assert listener.__self__.told == [*(("step", number) for number in range(1, 121)), ("end", 120)]
    assert one.canonical == other.canonical
    assert steps(one.records) == steps(native(spec, world.seed, one.records))
    assert all(step["extra"]["seen"] for step in steps(one.records))


class Watching(GameCallbacks):
    """Writes down at which step it was shown a picture."""

    def __init__(self) -> None:
        self.shown: list[int] = []

    def on_render(self, game: Engine, packet: Any) -> None:
        self.shown.append(game.step_number)


def test_callbacks_see_certain_pictures_once_and_in_order() -> None:
    world = Pages(make_spec(callbacks=(Watching,), num_episodes=1), Network(0.12, 0.02, 0.05))
    world.play()
    for page in world.pages:
        (listener,) = page.game._built_engine._callbacks.on_render
        assert listener.__self__.shown == list(range(1, 121))


class Mirrored(GameCallbacks):
    """Whoever goes left goes right in every fourth step."""

    def before_step(self, game: Engine, actions: dict[Any, Any]) -> dict[Any, Any]:
        if game.step_number % 4:
            return actions
        return {agent: RIGHT if action == LEFT else action for agent, action in actions.items()}


def test_callbacks_may_change_actions() -> None:
    spec = make_spec(callbacks=(Mirrored,), num_episodes=1)
    world = Pages(spec, Network(0.08, 0.02, 0.05))
    world.play()
    one, other = world.pages
    assert one.canonical == other.canonical
    changed = [step["actions"] for step in steps(one.records) if step["step"] % 4 == 1]
    assert changed
    assert all(LEFT not in actions.values() for actions in changed)
    sources = [json.loads(line)["sources"] for line in one.records if b'"kind":"step"' in line]
    assert any("callback" in source.values() for source in sources)


def test_the_line_above_the_picture_is_certain() -> None:
    """It shows the sum of certain rewards, never one that is taken back."""
    spec = make_spec(num_episodes=1, hud_text_fn=lambda game: f"{sum(game.rewards.values()):.0f}")
    world = Pages(spec, Network(0.12, 0.03, 0.05))
    world.play()
    for page in world.pages:
        shown = [int(frame["hud"]) for frame in page.frames if frame.get("hud")]
        assert shown == sorted(shown)
        total = sum(sum(step["rewards"].values()) for step in steps(page.records))
        assert shown[-1] == total


class Chaser:
    """A heuristic with a memory: it hesitates in every third step that it decides."""

    def __init__(self) -> None:
        self.decided = 0

    def compute_action(self, env: Any, agent_id: str) -> int:
        self.decided += 1
        place = env.places[env.names.index(agent_id)]
        if self.decided % 3 == 0 or place == env.prize:
            return NOOP
        return RIGHT if place < env.prize else LEFT


def test_two_people_play_with_two_policies() -> None:
    """Policies are part of the game that every page simulates, what they remember included."""
    human = PolicyTypes.Human
    policies = {"player_0": human, "player_1": Chaser, "player_2": human, "player_3": PolicyTypes.Random}
    spec = make_spec(lambda: Hunt(4), policies=policies, num_episodes=1)
    world = Pages(spec, Network(0.1, 0.02, 0.05))
    world.play()
    one, other = world.pages
    assert one.game.figures()["rollbacks"] > 2
    assert one.canonical == other.canonical
    assert steps(one.records) == steps(native(spec, world.seed, one.records))


def test_who_comes_back_goes_on_in_the_same_seat() -> None:
    """A page is reloaded in the middle; it is rebuilt from the records, and the streams stay the same."""
    world = Pages(make_spec(num_episodes=1), Network(0.05, 0.01, 0.02))
    world.run(lambda: len(world.pages[0].records) > 50)
    staying, leaving = world.pages
    leaving.gone = True
    for page in (staying,):
        page.game.away(page.now, [1])
        page.game.pause(page.now)
    world.run_for(1.0)
    history = list(staying.records)
    world.come_back(1, history, staying.game.checkpoint(), incarnation=2)
    world.run(lambda: world.pages[1].game.built)
    staying.game.resume(staying.now)
    world.play()
    one, other = world.pages
    assert len(steps(one.records)) == 120
    assert one.canonical == other.canonical
    assert steps(one.records) == steps(native(world.spec, world.seed, one.records))


@pytest.mark.parametrize("episodes_over", [0, 1])
def test_who_comes_back_between_episodes_plays_the_next(episodes_over: int) -> None:
    """A page is reloaded while the other one is there for the next episode already."""
    late = {1: 60.0} if episodes_over == 0 else {}
    world = Pages(make_spec(lambda: Hunt(2, 30)), Network(0.05, 0.01, 0.02), starts=late)
    world.run(lambda: all(page.told.count("episode_ended") == episodes_over for page in world.pages))
    staying, leaving = world.pages
    leaving.gone = True
    world.run_for(2.0)
    staying.game.away(staying.now, [1])
    staying.game.pause(staying.now)
    world.starts.clear()
    world.come_back(1, list(staying.records), staying.game.checkpoint(), incarnation=2)
    world.run(lambda: world.pages[1].game.built)
    staying.game.resume(staying.now)
    world.play()
    one, other = world.pages
    assert len(steps(one.records)) == 60
    assert one.canonical == other.canonical
    assert steps(one.records) == steps(native(world.spec, world.seed, one.records))


def test_what_is_saved_is_certain_also_when_the_end_is_predicted() -> None:
    """A page that was saved before its last steps counted goes on from its records and the save."""
    world = Pages(make_spec(lambda: Hunt(2, 40), num_episodes=1), Network(0.15))
    page = world.pages[0]
    world.run(lambda: page.game.built)
    engine = page.game._built_engine
    world.run(lambda: engine.phase == "over")
    recorded = steps(page.records)
    assert 0 < len(recorded) < 40
    again = alone(world.spec, world.seed)
    again.load(page.game.save("key"), "key")
    again.turn(0.0)
    assert again._built_engine.step_number == len(recorded)
    assert again._built_engine.phase == "playing"


def test_all_may_come_back_together() -> None:
    """Nobody is left who could tell more than the records: all begin where these end."""
    world = Pages(make_spec(num_episodes=1), Network(0.05, 0.01))
    world.run(lambda: len(world.pages[0].records) > 50)
    history = list(world.pages[0].records)
    for number in (0, 1):
        world.come_back(number, history, b"", incarnation=2)
    world.play()
    one, other = world.pages
    assert one.canonical == other.canonical
    assert len(steps(one.records)) == 120
    assert steps(one.records) == steps(native(world.spec, world.seed, one.records))


def test_a_policy_takes_over_from_an_agreed_step_on() -> None:
    spec = make_spec(
        lambda: Hunt(3), 3, num_episodes=1, multiplayer={"on_leave": "takeover", "takeover_policy": Chaser}
    )
    world = Pages(spec, Network(0.08, 0.02, 0.05))
    world.run(lambda: len(world.pages[0].records) > 40)
    world.pages[2].gone = True
    world.cut.add(2)
    world.run_for(0.5)
    for page in world.pages[:2]:
        page.game.take_over(page.now, "player_2", ["takeover"])
    world.run(lambda: all("over" in page.told for page in world.pages[:2]))
    one, other = world.pages[:2]
    assert one.canonical == other.canonical
    kinds = [json.loads(line)["kind"] for line in one.records]
    assert kinds.count("takeover") == 1
    after = list(map(json.loads, one.records[kinds.index("takeover") :]))
    assert {step["sources"]["player_2"] for step in after if step["kind"] == "step"} == {"policy"}
    assert len(steps(one.records)) == 120


def test_who_comes_back_after_a_takeover_knows_who_plays() -> None:
    """What it records of the next episode is what the others record, the policy's name included."""
    spec = make_spec(lambda: Hunt(3, 40), 3, multiplayer={"on_leave": "takeover", "takeover_policy": Chaser})
    world = Pages(spec, Network(0.02))
    world.run(lambda: len(world.pages[0].records) > 10)
    leaving, staying, gone = world.pages
    gone.gone = True
    for page in (leaving, staying):
        page.game.take_over(page.now, "player_2", ["takeover"])
    world.run(lambda: any(b'"takeover"' in line for line in staying.records))
    leaving.gone = True
    staying.game.away(staying.now, [0])
    staying.game.pause(staying.now)
    world.run_for(0.3)
    world.come_back(0, list(staying.records), staying.game.checkpoint(), incarnation=2)
    world.run(lambda: world.pages[0].game.built)
    staying.game.resume(staying.now)
    world.run(lambda: all("over" in page.told for page in world.pages[:2]))
    assert world.pages[0].canonical == staying.canonical
    starts = [json.loads(line) for line in staying.records if b'"episode_start"' in line]
    assert [start["policies"] for start in starts] == [{}, {"player_2": "Chaser"}]


def test_nobody_waits_at_the_end_for_who_is_gone() -> None:
    """Who has been replaced acknowledges nothing any more; the others do not wait for that."""
    spec = make_spec(
        lambda: Hunt(3, 40),
        3,
        num_episodes=1,
        multiplayer={"on_leave": "takeover", "takeover_policy": Chaser},
    )
    world = Pages(spec, Network(0.02))
    world.run(lambda: len(world.pages[0].records) > 10)
    world.pages[2].gone = True
    for page in world.pages[:2]:
        page.game.take_over(page.now, "player_2", ["takeover"])
    world.run(lambda: len(steps(world.pages[0].records)) == 40)
    world.run(lambda: all("over" in page.told for page in world.pages[:2]), most=0.5)


def test_a_state_that_differs_is_noticed() -> None:
    """A page whose game is not what the others play says so within a second of play."""
    world = Pages(make_spec(num_episodes=1), Network(0.05))
    world.run(lambda: len(world.pages[0].records) > 30)
    world.pages[1].game._built_engine.env.prize = -1
    flipped = world.pages[1].game._built_engine.step_number
    world.run(lambda: all("desync" in page.told for page in world.pages), most=3.0)
    assert world.pages[0].game._built_engine.step_number - flipped <= 30 + 3 + 8


def test_a_page_whose_state_differs_is_mended() -> None:
    """It begins again from the records, where the other one is, and both come to the same end."""
    world = Pages(make_spec(num_episodes=1), Network(0.05))
    world.run(lambda: len(world.pages[0].records) > 30)
    staying, flipped = world.pages
    flipped.game._built_engine.env.length = 500
    world.run(lambda: "desync" in flipped.told, most=3.0)
    flipped.gone = True
    staying.game.away(staying.now, [1])
    staying.game.pause(staying.now)
    world.run_for(0.3)
    world.come_back(1, list(staying.records), staying.game.checkpoint(), incarnation=2)
    world.run(lambda: world.pages[1].game.built)
    staying.game.resume(staying.now)
    world.play()
    mended = world.pages[1]
    assert "desync" not in mended.told
    assert staying.canonical == mended.canonical
    assert len(steps(staying.records)) == 120


class Fragile(Hunt):
    """The first must not go left while the second goes right; then it breaks, and cannot even be drawn."""

    def step(self, actions: dict[str, int]) -> Any:
        self.halfway = True
        result = super().step(actions)
        if self.steps > 5 and actions["player_0"] == LEFT and actions["player_1"] == RIGHT:
            raise RuntimeError("left and right at once")
        self.halfway = False
        return result

    def render(self) -> Any:
        if getattr(self, "halfway", False):
            raise RuntimeError("there is no picture of this")
        return super().render()


def test_what_fails_only_in_a_wrong_prediction_harms_nobody() -> None:
    """The pages agree on whether it really came to that, and at which step."""
    outcomes = []
    for seed in range(6):
        world = Pages(make_spec(Fragile, num_episodes=1), Network(0.15, 0.03, 0.05), seed=seed)
        world.run(lambda world=world: all({"over", "failed"} & set(page.told) for page in world.pages))
        one, other = world.pages
        assert ("failed" in one.told) == ("failed" in other.told)
        assert one.canonical == other.canonical
        for page in world.pages:
            assert "no picture" not in str(page.events)
        outcomes.append("failed" in one.told)
    assert True in outcomes


def test_waiting_for_others_costs_no_more_than_playing() -> None:
    """While a page stalls it sends what it sends otherwise, and counts the ticks that it stalled."""
    world = Pages(make_spec(), Network(0.05))
    world.run(lambda: len(world.pages[0].records) > 30)
    sent, before = dict(world.packets), world.pages[0].game.figures()["stalls"]
    world.cut = {0, 1}
    world.run_for(4.0)
    played = world.spec.ggpo_max_rollback_frames
    for peer in (0, 1):
        assert 110 <= world.packets[peer] - sent[peer] <= 130
    assert 110 - played <= world.pages[0].game.figures()["stalls"] - before <= 125 - played
    world.cut = set()
    stalled = world.pages[0].game.figures()["stalls"]
    world.run_for(0.5)
    assert world.pages[0].game.figures()["stalls"] - stalled < 6


class Sudden(Hunt):
    """It may end in any step from the tenth on, and whether it does depends on all that was done."""

    def step(self, actions: dict[str, int]) -> Any:
        observations, rewards, _, truncated, infos = super().step(actions)
        self.mixed = (getattr(self, "mixed", 0) * 31 + self.steps + sum(self.places.tolist())) % 10007
        return observations, rewards, self.steps >= 10 and self.mixed % 5 == 0, truncated, infos


def test_each_press_acts_once_whatever_ends_were_predicted() -> None:
    """An end that was predicted wrongly neither doubles nor swallows what was done meanwhile."""
    spec = make_spec(Sudden, num_episodes=100, input_mode="key_down", reset_freeze_s=0.05)
    world = Pages(spec, Network(0.2, 0.03))
    world.run(lambda: all(page.game.built for page in world.pages))
    for number in range(700):
        for page in world.pages:
            seat = page.game.seats.inputs[world.seats[page.me]]
            seat.trigger(number % 2, 10_000 + number, page.now)
        world.run_for(0.034)
    for page in world.pages:
        acted: dict[int, list[int]] = {}
        for step in steps(page.records):
            action = step["actions"][world.seats[page.me]]
            if action != NOOP:
                acted.setdefault(step["episode"], []).append(action)
        assert sum(map(len, acted.values())) > 150
        # Left and right were pressed in turn: twice the same is one too many, or one too few between.
        twice = [one for one in acted.values() if any(a == b for a, b in pairwise(one))]
        assert twice == []


def delays_in(notes: list[dict[str, Any]]) -> list[tuple[float, list[str]]]:
    """How long what was done took to be seen, and whose inputs were guessed then.

    The first steps are left out: what was done before the pages had heard of each other waited for that.
    """
    return [
        (delay, guessed)
        for note in notes
        for step, delay, guessed in zip(
            note["steps"], note["columns"]["input_to_display_ms"], note["columns"]["predicted"], strict=True
        )
        if delay is not None and step > 10
    ]


def test_pages_say_how_the_connection_was() -> None:
    world = Pages(make_spec(num_episodes=1), Network(0.1, 0.02, 0.1))
    world.play()
    for page in world.pages:
        notes = [note for note in page.notes if note["kind"] == "netplay"]
        assert [step for note in notes for step in note["steps"]] == list(range(1, 121))
        columns = {name for note in notes for name in note["columns"]}
        assert columns == {
            *("predicted", "rollback_frames", "input_to_display_ms", "stalled_ticks"),
            *("rtt_ms", "jitter_ms", "loss", "frames_ahead"),
        }
        rtt = [value for note in notes for value in note["columns"]["rtt_ms"]][-1]
        assert 150 < rtt < 280
        delays = [delay for delay, _ in delays_in(notes)]
        assert delays
        assert max(delays) < (world.spec.ggpo_input_delay_frames + 1) / 30 * 1000 + 35


def test_the_time_from_key_to_picture_is_known_when_nothing_was_predicted() -> None:
    world = Pages(make_spec(num_episodes=1), Network(0.002, 0.0, 0.0))
    world.play()
    for page in world.pages:
        notes = [note for note in page.notes if note["kind"] == "netplay"]
        told = [delay for delay, guessed in delays_in(notes) if not guessed]
        assert told
        assert max(told) < (world.spec.ggpo_input_delay_frames + 1) / 30 * 1000 + 35


def test_pages_say_how_far_they_are_until_they_play() -> None:
    """Before the first frame several times a second, and once it is there no more."""
    world = Pages(make_spec(num_episodes=1), Network(0.1), starts={0: 2.0, 1: 2.0})
    world.run_for(1.9)
    for page, other in zip(world.pages, (1, 0), strict=True):
        ((peer, rtt_ms),) = page.links[-1]
        assert peer == other
        assert 180 < rtt_ms < 300
        assert len(page.links) >= 4
        assert page.game.figures()["peerRttMs"] == {f"player_{other}": rtt_ms}
    world.run(lambda: bool(world.pages[0].records))
    said = len(world.pages[0].links)
    world.play()
    assert len(world.pages[0].links) <= said + 8


def test_pages_that_stand_still_for_long_say_whom_they_do_not_hear() -> None:
    """Also the one that hears the other: both wait."""
    world = Pages(make_spec(num_episodes=1), Network(0.02))
    world.run(lambda: len(world.pages[0].records) > 30)
    deaf, hearing = world.pages
    before = [len(page.links) for page in world.pages]
    deaf.game.receive = lambda peer, packet, now: False
    world.run_for(9.0)
    assert [len(page.links) for page in world.pages] == before
    world.run_for(4.0)
    assert deaf.links[-1] == [(1, None)]
    assert hearing.links[-1][0][1] is not None


class Presence(GameCallbacks):
    """Remembers who left and returned, and when; the prize runs away from whoever does."""

    def on_game_start(self, game: Engine) -> None:
        game.data["heard"] = []

    def on_player_leave(self, game: Engine, agent_id: Any) -> None:
        self.hear(game, "left", agent_id)

    def on_player_reconnect(self, game: Engine, agent_id: Any) -> None:
        self.hear(game, "returned", agent_id)

    def hear(self, game: Engine, what: str, agent_id: Any) -> None:
        game.data["heard"].append((what, str(agent_id), game.episode, game.step_number))
        game.env.prize = (game.env.prize + 5) % 12


def heard(page: Any) -> list[tuple[Any, ...]]:
    """What callbacks in a page heard of absences."""
    return list(page.game._built_engine.data["heard"])


def presences(lines: list[bytes]) -> list[tuple[Any, ...]]:
    """What the records say of absences, as callbacks hear it."""
    kinds = {"player_left": "left", "player_returned": "returned"}
    records = [record for record in map(json.loads, lines) if record["kind"] in kinds]
    return [(kinds[record["kind"]], record["agent"], record["episode"], record["step"]) for record in records]


@pytest.mark.parametrize("seed", range(4))
def test_all_pages_hear_in_the_same_step_that_somebody_was_away(seed: int) -> None:
    """Once each, before the same step, whatever was predicted; what callbacks change is the same on all."""
    spec = make_spec(lambda: Hunt(3), players=3, callbacks=(Presence,))
    world = Pages(spec, Network(0.12, 0.03, 0.1), seed=seed)
    for number, step in ((1, 20), (2, 60), (0, 61)):
        world.run(lambda number=number, step=step: len(steps(world.pages[number].records)) >= step)
        world.pages[number].game.returned(world.now)
    world.play()
    one, *others = world.pages
    told = heard(one)
    assert sorted(who for what, who, *_ in told if what == "left") == ["player_0", "player_1", "player_2"]
    assert told[::2] == [("left", *rest) for what, *rest in told[1::2] if what == "returned"]
    assert all(heard(other) == told for other in others)
    assert all(other.canonical == one.canonical for other in others)
    assert presences(one.records) == told
    assert not any("desync" in page.told for page in world.pages)


def test_who_returns_at_the_end_of_an_episode_is_heard_of_in_the_next() -> None:
    """An input that is for no step any more says nothing."""
    world = Pages(make_spec(lambda: Hunt(2, 60), callbacks=(Presence,)), Network(0.05))
    world.run(lambda: len(steps(world.pages[0].records)) >= 58)
    world.pages[1].game.returned(world.now)
    world.play()
    told = heard(world.pages[0])
    assert [(what, who) for what, who, *_ in told] == [("left", "player_1"), ("returned", "player_1")]
    assert heard(world.pages[1]) == told == presences(world.pages[1].records)


def test_a_page_that_is_opened_again_hears_of_it_itself() -> None:
    """It plays what it missed from the records, and its callbacks are where the others' are."""
    world = Pages(make_spec(callbacks=(Presence,)), Network(0.05, 0.01, 0.02))
    staying, leaving = world.pages
    for incarnation in (2, 3):
        world.run(lambda most=incarnation: len(steps(staying.records)) >= 30 * (most - 1))
        leaving.gone = True
        world.run_for(1.0)
        staying.game.away(staying.now, [1])
        staying.game.pause(staying.now)
        world.come_back(1, list(staying.records), staying.game.checkpoint(), incarnation=incarnation)
        leaving = world.pages[1]
        world.run(lambda: world.pages[1].game.built)
        staying.game.resume(staying.now)
        world.run_for(1.0)
    world.play()
    told = heard(staying)
    assert [(what, who) for what, who, *_ in told] == 2 * [("left", "player_1"), ("returned", "player_1")]
    assert heard(leaving) == told == presences(staying.records)
    assert staying.canonical == leaving.canonical


def test_callbacks_hear_of_who_leaves_for_a_policy() -> None:
    """In the step from which on it plays."""
    takes = {"on_leave": "takeover", "takeover_policy": PolicyTypes.Random}
    world = Pages(
        make_spec(lambda: Hunt(3), players=3, callbacks=(Presence,), multiplayer=takes), Network(0.05)
    )
    world.run(lambda: len(steps(world.pages[0].records)) >= 30)
    world.pages[2].gone = True
    world.run_for(1.0)
    for page in world.pages[:2]:
        page.game.take_over(page.now, "player_2", ["takeover"])
    world.run(lambda: all("over" in page.told for page in world.pages[:2]))
    one, other = world.pages[:2]
    ((what, who, *_),) = told = heard(one)
    assert (what, who) == ("left", "player_2")
    assert heard(other) == told == presences(one.records)
    assert one.canonical == other.canonical
