"""The server's half of a game in a browser: what the core hears, whatever the page says or fails to say."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from mug_pyodide import following as module
from mug_pyodide.following import FollowedGame
from mug_pyodide.handle import BrowserGame
from mug_pyodide.intake import packed, unpacked

from mug.components import (
    EpisodeEnded,
    EpisodeStarted,
    GameFailed,
    GameLoading,
    GameOver,
    GameReady,
    GameSetup,
    GameUnplayable,
    StoreError,
)
from mug.configurations.configuration_constants import PolicyTypes
from mug.engine.seeds import derive_seed
from mug.scenes.gym_scene import GymScene
from mug.testing.conformance.table import RecordingLink
from mug.testing.envs import Meeting

SEED = 7
AGENTS = ("player_0", "player_1")


class Link(RecordingLink):
    """Also keeps what the page would be told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[dict[str, Any]] = []

    def send(self, agent_id: Any, message: Any) -> None:
        assert agent_id == "player_0"
        self.told.append(dict(message))


class Page:
    """A page that says what a test lets it say."""

    def __init__(self, history: Sequence[bytes] = (), on_reload: str = "resume", **runtime: Any) -> None:
        scene = (
            GymScene()
            .scene(scene_id="game")
            .environment(env_creator=Meeting)
            .policies(policy_mapping={"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Random})
            .gameplay(action_mapping={"ArrowLeft": 1}, default_action=0, num_episodes=2, reset_freeze_s=1.5)
            .runtime(runtime="pyodide", on_reload=on_reload, **runtime)
        )
        scene.freeze()
        self.link = Link()
        self.link.lines += history
        self.closed: list[FollowedGame] = []
        setup = GameSetup("g1", "game", scene.game_spec(), SEED, {"player_0": "s1"}, history=list(history))
        self.game = BrowserGame(setup, self.link, (), "scene-1.bin", self.closed.append)
        self.generation = 0

    def say(self, kind: str, **fields: Any) -> Any:
        known = {"generation": self.generation}
        answer = self.game.receive("player_0", {"type": kind, **known, **fields})
        self.generation = (answer or {}).get("generation", self.generation)
        return answer

    def send(self, first: int, *lines: bytes) -> Any:
        return self.say("records", first=first, data=packed(lines))

    def events(self) -> list[str]:
        return [type(entry.event).__name__ for entry in self.link.log if entry.event is not None]

    def kinds(self) -> list[str]:
        return [json.loads(content)["kind"] for content in self.link.lines]


def line(kind: str, **fields: Any) -> bytes:
    return json.dumps({"kind": kind, "wall": 1, "mono": 0.5, **fields}).encode()


def step(number: int, episode: int = 1, frame: int | None = None) -> bytes:
    rewards, actions = dict.fromkeys(AGENTS, 1.0), dict.fromkeys(AGENTS, 0)
    place = {"episode": episode, "step": number, "frame": number if frame is None else frame}
    return line("step", **place, rewards=rewards, actions=actions)


BEGUN = (line("game_start", seed=SEED), line("episode_start", episode=1, seed=derive_seed(SEED, 1), frame=0))
END = line(
    "episode_end", episode=1, steps=2, frame=2, rewards=dict.fromkeys(AGENTS, 2.0), reason="terminated"
)


async def test_a_game_is_what_its_records_say() -> None:
    """Ready, episodes and the end are told once each, in the order of the records."""
    page = Page()
    answer = page.say("hello", live=False)
    assert (answer["over"], answer["next"], answer["started"]) == (False, 0, False)
    assert answer["open"]["seed"] == SEED
    assert answer["open"]["participants"] == [["player_0", "s1"]]
    page.say("ready", resumed=0)
    page.say("ready", resumed=0)
    page.game.start()
    assert page.link.told[-1] == {"type": "state", "started": True, "paused": False, "stopped": None}
    assert page.send(0, *BEGUN, step(1)) == {"next": 3}
    assert page.send(2, step(1), step(2), END) == {"next": 5}
    second = line("episode_start", episode=2, seed=derive_seed(SEED, 2), frame=2)
    page.send(5, second, line("episode_end", episode=2, steps=0, frame=2, rewards={}, reason="truncated"))
    page.send(7, line("game_end", reason="completed", rewards={"player_0": 2.0, "player_1": 2.0}))
    assert page.events() == [
        "GameReady",
        "EpisodeStarted",
        "EpisodeEnded",
        "EpisodeStarted",
        "EpisodeEnded",
        "GameOver",
    ]
    assert [event.pause for event in page.link.events_of(EpisodeEnded)] == [1.5, None]
    assert page.link.events_of(GameOver)[0].reason == "completed"
    assert page.closed == [page.game]
    assert page.say("hello", live=True)["over"] is True


async def test_a_gap_is_answered_with_what_is_missing() -> None:
    """Records that come before others do are not taken; the answer says which are wanted."""
    page = Page()
    assert page.send(2, step(1)) == {"next": 0}
    assert page.link.lines == []


async def test_a_full_disk_takes_nothing_and_forgets_nothing() -> None:
    """What cannot be stored is not counted as taken, and is taken when it comes again."""
    page = Page()
    page.link.refusing = True
    with pytest.raises(StoreError):
        page.send(0, *BEGUN)
    page.link.refusing = False
    assert page.say("hello", live=True)["next"] == 0
    assert page.send(0, *BEGUN, step(1)) == {"next": 3}
    assert page.kinds() == ["game_start", "episode_start", "step"]


async def test_impossible_records_end_the_game() -> None:
    """A page whose records cannot be is not believed any more; what was taken stays, and is closed."""
    page = Page()
    page.say("ready", resumed=0)
    page.send(0, *BEGUN, step(1))
    assert "refused" in page.send(3, step(9))
    assert page.kinds() == ["game_start", "episode_start", "step", "episode_end", "game_end"]
    (failed,) = page.link.events_of(GameFailed)
    assert "step" in failed.detail
    assert page.events().count("GameFailed") == 1


async def test_a_page_that_is_opened_again_loads_and_is_ready_again() -> None:
    """A reload is told as loading and ready; a page that only lost the connection goes on."""
    page = Page()
    page.say("hello", live=False)
    page.say("ready", resumed=0)
    page.game.player_left("player_0")
    page.game.player_returned("player_0")
    page.say("hello", live=True)
    page.say("ready", resumed=0)
    assert page.events() == ["GameReady", "GameReady"]
    page.say("hello", live=False)
    page.say("ready", resumed=3)
    assert page.events() == ["GameReady", "GameReady", "GameLoading", "GameReady"]
    assert page.link.events_of(GameReady)[-1].resumed_steps == 3
    assert len(page.link.events_of(GameLoading)) == 1


async def test_history_comes_back_from_any_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """In as many answers as it takes, a page gets what is stored after the records it knows."""
    lines = [*BEGUN, *(step(number) for number in range(1, 8))]
    page = Page(lines)
    monkeypatch.setattr(module, "HISTORY_BYTES", 200)
    for known in range(len(lines) + 1):
        received, more = [], True
        position = known
        while more:
            answer = page.say("history", **{"from": position})
            received += unpacked(answer["data"])
            position, more = answer["next"], answer["more"]
        assert received == lines[known:]


async def test_an_episode_can_begin_again_after_a_reload() -> None:
    """With on_reload="restart_episode" the data says that the episode was begun again."""
    page = Page([*BEGUN, step(1)], on_reload="restart_episode")
    answer = page.say("hello", live=False)
    assert (answer["snapshots"], answer["next"]) == (False, 3)
    history = unpacked(page.say("history", **{"from": 0})["data"])
    assert json.loads(history[-1])["kind"] == "episode_restarted"
    assert page.send(3, line("restored", steps=0), BEGUN[1], step(1)) == {"next": 6}
    assert page.say("hello", live=True)["snapshots"] is True


async def test_a_stop_is_the_pages_to_carry_out_while_it_is_there() -> None:
    """The page closes its own records, which are complete; the core hears of the end once."""
    page = Page()
    page.say("hello", live=False)
    page.say("ready", resumed=0)
    page.send(0, *BEGUN, step(1))
    page.game.stop("player_left")
    assert page.link.told[-1]["stopped"] == "player_left"
    assert page.events()[-1] == "EpisodeStarted"
    rewards = dict.fromkeys(AGENTS, 1.0)
    end = line("episode_end", episode=1, steps=1, frame=1, rewards=rewards, reason="player_left")
    page.send(3, end, line("game_end", reason="player_left", rewards=rewards))
    assert page.link.events_of(GameOver)[0].reason == "player_left"


async def test_a_stop_without_a_page_is_carried_out_here() -> None:
    """Somebody who went and did not come back: the server closes the records with what it has."""
    page = Page()
    page.say("hello", live=False)
    page.say("ready", resumed=0)
    page.send(0, *BEGUN, step(1))
    page.game.player_left("player_0")
    page.game.stop("abandoned")
    end, over = map(json.loads, page.link.lines[-2:])
    assert (end["kind"], end["steps"], end["reason"], end["by"]) == ("episode_end", 1, "abandoned", "server")
    assert over["rewards"] == dict.fromkeys(AGENTS, 1.0)
    assert page.link.events_of(GameOver)[0].rewards == dict.fromkeys(AGENTS, 1.0)


async def test_steps_that_come_after_the_end_are_kept() -> None:
    """A page that comes back too late delivers what had been played; each step once, and no second end."""
    page = Page()
    page.say("hello", live=False)
    page.send(0, *BEGUN, step(1))
    page.game.player_left("player_0")
    page.game.stop("abandoned")
    assert page.send(3, step(2), END) == {"next": 5}
    assert page.send(3, step(2), END)["next"] == 5
    assert page.kinds().count("step") == 2
    assert page.kinds().count("episode_end") == page.kinds().count("game_end") == 1


async def test_what_comes_after_the_end_is_verified_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """A game of which more came is closed again, once for all that came, so that it is played again."""
    monkeypatch.setattr(module, "LATE_SECONDS", 0.05)
    page = Page()
    page.say("hello", live=False)
    page.send(0, *BEGUN, step(1))
    page.game.player_left("player_0")
    page.game.stop("abandoned")
    assert page.closed == [page.game]
    again: list[FollowedGame] = []
    closed = asyncio.Event()
    monkeypatch.setattr(page.game, "_closed", lambda game: (again.append(game), closed.set()))
    page.send(3, step(2))
    page.send(4, END)
    page.send(3, step(2), END)
    async with asyncio.timeout(5):
        await closed.wait()
    assert again == [page.game]


async def test_a_failure_has_its_records_and_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever comes first: the core hears once, with the researcher's traceback."""
    monkeypatch.setattr(module, "LAST_WORDS_SECONDS", 5.0)
    rewards = dict.fromkeys(AGENTS, 1.0)
    end = line("episode_end", episode=1, steps=1, frame=1, rewards=rewards, reason="failed")
    over = line("game_end", reason="failed", rewards=rewards, fault="ZeroDivisionError")
    for words_first in (True, False):
        page = Page()
        page.say("ready", resumed=0)
        page.send(0, *BEGUN, step(1))
        if words_first:
            page.say("failed", reason="step() raised", detail="Traceback …\x1b[31m")
        page.send(3, end, over)
        if not words_first:
            page.say("failed", reason="step() raised", detail="Traceback …\x1b[31m")
        (failed,) = page.link.events_of(GameFailed)
        assert (failed.reason, failed.detail) == ("step() raised", "    Traceback …[31m")
        assert page.kinds().count("game_end") == 1


async def test_a_worker_that_died_leaves_the_end_to_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """When nothing more comes, the episode is recorded as failed here."""
    monkeypatch.setattr(module, "LAST_WORDS_SECONDS", 0.01)
    page = Page()
    page.say("ready", resumed=0)
    page.send(0, *BEGUN, step(1))
    page.say("failed", reason="the game stopped answering", detail="")
    async with asyncio.timeout(5):
        await page.link.until(lambda: page.link.events_of(GameFailed), "the failure is told")
    assert [json.loads(content)["reason"] for content in page.link.lines[-2:]] == ["failed", "failed"]


async def test_a_browser_that_cannot_says_so_before_the_game() -> None:
    """Only a game that has not begun can be given to another runtime."""
    page = Page()
    page.say("unplayable", reason="no WebAssembly", detail="")
    assert page.link.events_of(GameUnplayable)[0].reason == "no WebAssembly"
    late = Page()
    late.say("ready", resumed=0)
    late.send(0, *BEGUN)
    late.say("unplayable", reason="no WebAssembly", detail="")
    assert not late.link.events_of(GameUnplayable)


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"type": "hello"},
        {"type": "hello", "live": "yes"},
        {"type": "records", "first": -1, "data": b""},
        {"type": "records", "first": 0, "data": "text"},
        {"type": "history", "from": -5},
        {"type": "ready", "resumed": "all"},
        {"type": "failed", "reason": 3, "detail": None},
        {"type": "launch", "missiles": 4},
        {"type": ["hello"]},
    ],
)
async def test_nonsense_does_nothing(message: dict[str, Any]) -> None:
    """What a page may not say is not understood, and changes nothing that was recorded."""
    page = Page()
    page.game.receive("player_0", message)
    assert "game_end" not in page.kinds() or "refused" in str(page.game.receive("player_0", message))
    assert not page.link.events_of(EpisodeStarted)


async def test_a_page_that_was_overtaken_is_told() -> None:
    """Only the page that began to play last is listened to; an older one has to begin again."""
    page = Page()
    page.say("hello", live=False)
    first = page.generation
    page.send(0, *BEGUN)
    page.say("hello", live=False)
    page.send(2, step(1))
    second, page.generation = page.generation, first
    assert page.say("hello", live=True) == {"stale": True}
    assert page.send(2, step(1), step(2)) == {"stale": True}
    assert page.kinds().count("step") == 1
    page.generation = second
    assert page.send(3, step(2)) == {"next": 4}


async def test_a_restarted_server_knows_the_page_that_played() -> None:
    """After a restart the first page that comes back with a generation is the one that plays."""
    page = Page([*BEGUN, step(1)])
    page.generation = 5
    assert page.say("hello", live=True)["next"] == 3
    assert page.send(3, step(2)) == {"next": 4}
    page.generation = 4
    assert page.send(4, step(3)) == {"stale": True}


async def test_the_page_waits_while_nothing_can_be_stored() -> None:
    """A disk that is full stops the game until it takes records again."""
    page = Page()
    page.say("hello", live=False)
    page.game.start()
    page.link.refusing = True
    with pytest.raises(StoreError):
        page.send(0, *BEGUN)
    assert page.link.told[-1]["paused"] is True
    page.link.refusing = False
    page.send(0, *BEGUN)
    assert page.link.told[-1]["paused"] is False


async def test_two_reloads_begin_the_episode_again_once() -> None:
    """Until the page has recorded something new, a snapshot from before is of no use."""
    page = Page([*BEGUN, step(1)], on_reload="restart_episode")
    page.say("hello", live=False)
    page.say("history", **{"from": 0})
    assert page.say("hello", live=False)["snapshots"] is False
    assert page.kinds().count("episode_restarted") == 1
    page.send(3, line("restored", steps=0), BEGUN[1])
    assert page.say("hello", live=True)["snapshots"] is True


async def test_what_fails_before_it_began_is_played_elsewhere() -> None:
    """An environment that cannot be made in this browser leaves the game to the fallback, if there is one."""
    page = Page(fallback="server")
    page.say("hello", live=False)
    page.say("failed", reason="MemoryError", detail="Traceback")
    assert page.link.events_of(GameUnplayable)[0].reason == "MemoryError"
    assert page.closed == [page.game]
    assert not Page().link.events_of(GameUnplayable)


async def test_late_records_come_in_as_many_messages_as_they_need() -> None:
    """What was acknowledged is counted, also what the server's own end stands in place of."""
    page = Page()
    page.say("hello", live=False)
    page.send(0, *BEGUN, step(1))
    page.game.player_left("player_0")
    page.game.stop("abandoned")
    second = line("episode_start", episode=2, seed=derive_seed(SEED, 2), frame=2)
    assert page.send(3, step(2), END) == {"next": 5}
    assert page.send(5, second, step(1, 2, 3)) == {"next": 7}
    again = Page(page.link.lines)
    assert again.send(6, step(1, 2, 3), step(2, 2, 4)) == {"next": 8}
    assert again.kinds().count("step") == 4


async def test_who_brings_too_much_has_to_wait() -> None:
    """A page that sends without end is told to come again later, and takes nothing from others."""
    page = Page()
    page.say("hello", live=False)
    page.send(0, *BEGUN)
    flood = [line("paused")] * 4000
    answers, sent = [], 2
    for _ in range(20):
        answers.append(page.send(sent, *flood))
        sent += 0 if answers[-1] is None else len(flood)
    assert None in answers
    assert answers[0] == {"next": 4002}


async def test_words_of_a_page_are_no_lines_of_a_log() -> None:
    """A reason is one line, and every line of a detail is indented."""
    page = Page()
    page.say("hello", live=False)
    page.send(0, *BEGUN)
    rewards = dict.fromkeys(AGENTS, 0.0)
    end = line("episode_end", episode=1, steps=0, frame=0, rewards=rewards, reason="failed")
    page.send(2, end, line("game_end", reason="failed", rewards=rewards))
    page.say("failed", reason="one\ntwo", detail="ERROR forged\nERROR again")
    (failed,) = page.link.events_of(GameFailed)
    assert failed.reason == "one two"
    assert failed.detail == "    ERROR forged\n    ERROR again"
