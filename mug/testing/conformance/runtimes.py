"""The laws of runtimes: what is recorded is what happened, once and in order, and before anybody sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mug.components import EpisodeEnded, EpisodeStarted, GameOver, GameReady
from mug.errors import Problem
from mug.testing.conformance.failure import blaming, require
from mug.testing.conformance.table import FULL, LEFT, RIGHT, Factory, House, Table, ended, game, visit
from mug.testing.envs import Crashing, Meeting

ENDLESS = 10**6


def check_accepts_a_plain_game(factory: Factory) -> None:
    """A game of an ordinary environment is no problem for it."""
    with blaming("check()"):
        problems = list(factory().check(game()))
    require(
        all(isinstance(problem, Problem) for problem in problems), f"check() gave {problems!r}, not Problems"
    )
    require(not problems, f"an ordinary game is refused: {problems[0].what}" if problems else "")


def check_ready_comes_first_and_nothing_starts_alone(factory: Factory) -> None:
    """A game says once that it is ready, and is not played before it is started."""

    async def scenario(house: House) -> None:
        table, other = await house.open(), await house.open(seed=8)
        other.handle.start()
        await other.until_over()
        require(len(table.link.events_of(GameReady)) == 1, "GameReady was said more than once")
        require(not table.link.records_of("step"), "steps were played before start()")
        require(not table.link.events_of(EpisodeStarted), "an episode began before start()")

    visit(factory, scenario)


def check_every_episode_is_played_and_the_end_is_said_once(factory: Factory) -> None:
    """The events of a game are: ready, each episode's start and end, counted from 1, and over, once."""

    async def scenario(house: House) -> None:
        table = await house.open()
        table.handle.start()
        over = await table.until_over()
        events = [entry.event for entry in table.link.log if entry.event is not None]
        kinds = [type(event).__name__ for event in events]
        wanted = ["GameReady", "EpisodeStarted", "EpisodeEnded", "EpisodeStarted", "EpisodeEnded", "GameOver"]
        require(kinds == wanted, f"a game of two episodes said {', '.join(kinds)}")
        numbers = [event.episode for event in events if isinstance(event, EpisodeStarted | EpisodeEnded)]
        require(numbers == [1, 1, 2, 2], f"the episodes are counted {numbers}")
        pauses = [event.pause for event in ended(table)]
        require(
            pauses[0] is not None and pauses[1] is None, "the last episode's pause must be None, others' not"
        )
        require(over.reason == "completed", f"a game that was played to its end is over for {over.reason!r}")
        total = {
            name: sum(event.rewards[name] for event in ended(table)) for name in ("player_0", "player_1")
        }
        require(
            dict(over.rewards) == total,
            f"rewards {over.rewards} are not the sums {total}",
        )

    visit(factory, scenario, meeting=game(episodes=2))


def check_steps_are_recorded_once_and_in_order(factory: Factory) -> None:
    """Steps count from 1 in each episode, frames through the game; there are no gaps and no repetitions."""

    async def scenario(house: House) -> None:
        table = await house.open()
        table.handle.start()
        await table.until_over()
        table.check_records()
        for episode in ended(table):
            steps = [one for one in table.link.records_of("step") if one["episode"] == episode.episode]
            require(
                episode.steps == len(steps) == 10,
                f"ten steps were played, {len(steps)} recorded, and the end says {episode.steps}",
            )

    visit(factory, scenario, meeting=game(episodes=2))


def check_records_come_before_pictures(factory: Factory) -> None:
    """Nobody sees a step that is not stored yet."""

    async def scenario(house: House) -> None:
        table = await house.open()
        table.handle.start()
        await table.until_over()
        stored = 0
        for entry in table.link.log:
            if entry.record is not None and entry.record["kind"] == "step":
                stored = int(entry.record["frame"])
            elif entry.frame is not None:
                shown = entry.frame.frame
                require(
                    shown <= stored, f"the picture of frame {shown} was sent when frame {stored} was stored"
                )

    visit(factory, scenario)


def check_everybody_sees_the_game(factory: Factory) -> None:
    """Each seat first gets a full picture, and then the pictures in order."""

    async def scenario(house: House) -> None:
        table = await house.open()
        table.handle.start()
        await table.until_over()
        for agent_id in table.spec.humans:
            frames = table.link.frames_of(agent_id)
            require(frames, f"{agent_id} was sent no picture")
            require(frames[0].kind == FULL, f"the first picture for {agent_id} is not a full one")
            numbers = [frame.frame for frame in frames]
            require(numbers == sorted(numbers), f"the pictures for {agent_id} are out of order: {numbers}")

    visit(factory, scenario)


def check_a_full_picture_comes_when_asked_for(factory: Factory) -> None:
    """After keyframe() the next picture for that seat is a full one, also while the game is paused."""

    async def scenario(house: House) -> None:
        table = await house.open()
        table.handle.start()
        await table.until_steps(3)
        await table.expect_full()
        table.handle.pause()
        await table.expect_full()

    visit(factory, scenario, meeting=game(make=_Endless))


def check_inputs_act_for_their_own_seat(factory: Factory) -> None:
    """What one player presses is that player's action, and nobody else's."""

    async def scenario(house: House) -> None:
        table = await house.open()
        table.handle.start()
        table.hold("player_0", LEFT)
        await table.link.until(
            lambda: table.took("player_0", LEFT, "human"), "player_0's key has become player_0's action"
        )
        table.hold("player_1", RIGHT)
        await table.link.until(
            lambda: table.took("player_1", RIGHT, "human"), "player_1's key has become player_1's action"
        )
        table.hold("player_0", None, 2)
        await table.link.until(
            lambda: table.link.records_of("step")[-1]["actions"]["player_0"] == 0,
            "player_0 acts no more after letting go",
        )
        require(not table.took("player_1", LEFT, "human"), "player_0's key acted for player_1")
        require(not table.took("player_0", RIGHT, "human"), "player_1's key acted for player_0")

    visit(factory, scenario, meeting=game(make=_Endless))


def check_a_pause_stops_the_game(factory: Factory) -> None:
    """While a game is paused no step is played; afterwards it goes on where it was."""

    async def scenario(house: House) -> None:
        table, clock = await house.open(), await house.open(seed=8)
        table.handle.start()
        await table.until_steps(3)
        table.handle.pause()
        clock.handle.start()
        await clock.until_steps(10)
        paused_at = len(table.link.records_of("step"))
        await clock.until_steps(25)
        require(
            len(table.link.records_of("step")) == paused_at, "steps were played while the game was paused"
        )
        table.handle.resume()
        await table.until_steps(paused_at + 3)
        table.check_records()

    visit(factory, scenario, meeting=game(make=_Endless))


def check_a_game_can_be_stopped(factory: Factory) -> None:
    """stop() ends the episode in the records and then the game, once, for the reason given."""

    async def scenario(house: House) -> None:
        table = await house.open()
        table.handle.start()
        await table.until_steps(3)
        table.handle.stop("player_left")
        over = await table.until_over()
        require(
            over.reason == "player_left",
            f"stopped for 'player_left', the game is over for {over.reason!r}",
        )
        ends = table.link.records_of("episode_end")
        require(
            len(ends) == 1 and ends[0]["reason"] == "player_left",
            "a stopped game's episode is not closed in the records with the reason",
        )
        said = len(table.link.log)
        with blaming("stop() of a game that is over"):
            table.handle.stop("again")
        other = await house.open(seed=8)
        other.handle.start()
        await other.until_steps(5)
        later = [entry for entry in table.link.log[said:] if entry.frame is None]
        require(not later, f"something was said after the game was over: {later[0] if later else ''}")

    visit(factory, scenario, meeting=game(make=_Endless))


def check_a_crash_ends_one_game_in_plain_words(factory: Factory) -> None:
    """An environment that raises ends its own game only: a line as reason, the traceback as detail."""

    async def scenario(house: House) -> None:
        bad, good = await house.open("crashing"), await house.open("meeting")
        good.handle.start()
        bad.handle.start()
        failure = await bad.until_failed()
        require(
            failure.reason and "\n" not in failure.reason and "Traceback" not in failure.reason,
            f"the reason of a failure must be one plain line, got {failure.reason!r}",
        )
        require(
            "the third step always fails" in failure.detail, "the detail of a failure lacks the traceback"
        )
        require(len(bad.link.records_of("step")) == 2, "the steps before the failure are not all recorded")
        await good.until_over()
        require(not bad.link.events_of(GameOver), "a failed game also said that it is over")

    visit(factory, scenario, meeting=game(), crashing=game("crashing", Crashing))


def check_a_full_disk_loses_nothing(factory: Factory) -> None:
    """Records that are refused are offered again until they are taken, and nothing is shown meanwhile."""

    async def scenario(house: House) -> None:
        table = await house.open()
        table.handle.start()
        await table.until_steps(3)
        table.link.refusing = True
        await table.link.until(lambda: table.link.refused, "records are offered while the disk is full")
        stored = int(table.link.records_of("step")[-1]["frame"])
        refused = table.link.refused
        await table.link.until(lambda: table.link.refused > refused, "refused records are offered again")
        shown = [frame.frame for agent_id in table.spec.humans for frame in table.link.frames_of(agent_id)]
        require(max(shown) <= stored, "a picture was sent of a step whose record was refused")
        table.link.refusing = False
        await table.until_steps(stored + 5)
        table.check_records()

    visit(factory, scenario, meeting=game(make=_Endless))


def check_a_seed_determines_the_game(factory: Factory) -> None:
    """The same seed gives the same game, step by step; another seed gives another one."""

    async def scenario(house: House) -> None:
        tables = [await house.open(seed=seed) for seed in (7, 7, 8)]
        for table in tables:
            table.handle.start()
        for table in tables:
            await table.until_over()
        first, second, other = (
            [(step["observations"], step["rewards"]) for step in table.link.records_of("step")]
            for table in tables
        )
        require(first == second, "two games with the same seed went differently")
        require(first != other, "two games with different seeds went alike")

    visit(factory, scenario, meeting=game(episodes=3))


def check_a_policy_can_take_over(factory: Factory) -> None:
    """After take_over() the seat's actions come from the policy, and its player's keys do nothing."""

    async def scenario(house: House) -> None:
        table = await house.open()
        table.handle.start()
        await table.until_steps(2)
        with blaming("take_over()"):
            table.handle.take_over("player_1", table.spec.takeover_policy)
        await table.link.until(
            lambda: table.link.records_of("step")[-1]["sources"]["player_1"] == "policy",
            "the policy's actions are recorded as such",
        )
        table.hold("player_1", LEFT)
        steps = len(table.link.records_of("step"))
        await table.until_steps(steps + 10)
        sources = {step["sources"]["player_1"] for step in table.link.records_of("step")[steps:]}
        require(sources == {"policy"}, f"after a policy took over, actions came from {sorted(sources)}")

    visit(factory, scenario, meeting=game(make=_Endless))


def check_a_game_goes_on_from_its_records(factory: Factory) -> None:
    """A game that is opened with its earlier records continues where they end, as if nothing had happened."""

    async def scenario(house: House) -> None:
        table = await house.open()
        table.handle.start()
        table.hold("player_0", RIGHT)
        await table.until_steps(6)
        table.handle.pause()
        history = table.link.history()
        done = len(table.link.records_of("step"))
        again = await house.open(history=history)
        resumed = again.link.events_of(GameReady)[0].resumed_steps
        require(resumed == done, f"{done} steps were recorded and {resumed} were resumed")
        again.handle.start()
        await again.until_steps(5)
        following = again.link.records_of("step")[0]
        before = table.link.records_of("step")[-1]
        require(
            (following["step"], following["frame"]) == (before["step"] + 1, before["frame"] + 1),
            f"after step {before['step']} a resumed game goes on with step {following['step']}",
        )
        moved = {"0": 0, str(LEFT): -1, str(RIGHT): 1}[str(before["actions"]["player_0"])]
        place = min(9, max(0, before["observations"]["player_0"][0] + moved))
        require(
            following["observations"]["player_0"][0] == place,
            f"a resumed game is elsewhere: {following['observations']['player_0'][0]} instead of {place}",
        )

    visit(factory, scenario, meeting=game(make=_Endless))


def check_stopping_the_runtime_keeps_games_resumable(factory: Factory) -> None:
    """stop() leaves unfinished games' records whole and open, so that a restart resumes them."""
    tables: list[Table] = []

    async def scenario(house: House) -> None:
        table = await house.open()
        tables.append(table)
        table.handle.start()
        await table.until_steps(3)

    visit(factory, scenario, meeting=game(make=_Endless))
    (table,) = tables
    table.check_records()
    require(not table.link.events_of(GameOver), "stopping the runtime ended the game for its players")
    require(not table.link.records_of("game_end"), "stopping the runtime recorded the game as ended")


CHECKS: Sequence[Callable[[Factory], None]] = (
    check_accepts_a_plain_game,
    check_ready_comes_first_and_nothing_starts_alone,
    check_every_episode_is_played_and_the_end_is_said_once,
    check_steps_are_recorded_once_and_in_order,
    check_records_come_before_pictures,
    check_everybody_sees_the_game,
    check_a_full_picture_comes_when_asked_for,
    check_inputs_act_for_their_own_seat,
    check_a_pause_stops_the_game,
    check_a_game_can_be_stopped,
    check_a_crash_ends_one_game_in_plain_words,
    check_a_full_disk_loses_nothing,
    check_a_seed_determines_the_game,
    check_a_policy_can_take_over,
    check_a_game_goes_on_from_its_records,
    check_stopping_the_runtime_keeps_games_resumable,
)


class _Endless(Meeting):
    """A meeting whose episode does not end while a check looks at it."""

    def __init__(self) -> None:
        super().__init__(ENDLESS)
