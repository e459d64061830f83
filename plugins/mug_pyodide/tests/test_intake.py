"""What pages send: only records that can follow each other are taken, each once, whatever comes."""

from __future__ import annotations

import json
import random
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mug_pyodide.intake import (
    LONGEST_BATCH,
    MOST_LINES,
    Intake,
    Progress,
    Unacceptable,
    closing,
    packed,
    unpacked,
)

from mug.configurations.configuration_constants import PolicyTypes
from mug.engine.seeds import derive_seed
from mug.scenes.gym_scene import GymScene
from mug.testing.envs import Meeting

SEED = 7
AGENTS = ("player_0", "player_1")


def intake_of(history: list[bytes], episodes: int = 2, max_steps: int | None = None) -> Intake:
    scene = (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=Meeting)
        .policies(policy_mapping={"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Random})
        .gameplay(default_action=0, num_episodes=episodes, max_steps=max_steps)
        .runtime(runtime="pyodide")
    )
    scene.freeze()
    return Intake(SEED, scene.game_spec(), history)


def line(kind: str, **fields: Any) -> bytes:
    return json.dumps({"kind": kind, "wall": 1, "mono": 0.5, **fields}).encode()


def episode(number: int, steps: int, frame: int) -> list[bytes]:
    rewards = dict.fromkeys(AGENTS, 1.0)
    lines = [line("episode_start", episode=number, seed=derive_seed(SEED, number), frame=frame)]
    for step in range(1, steps + 1):
        actions = {"player_0": 1, "player_1": 0}
        lines.append(
            line("step", episode=number, step=step, frame=frame + step, rewards=rewards, actions=actions)
        )
    total = dict.fromkeys(AGENTS, float(steps))
    end = line(
        "episode_end", episode=number, steps=steps, frame=frame + steps, rewards=total, reason="terminated"
    )
    return [*lines, end]


def game(episodes: int = 2, steps: int = 3) -> list[bytes]:
    lines = [line("game_start", seed=SEED)]
    for number in range(1, episodes + 1):
        lines += episode(number, steps, (number - 1) * steps)
    totals = dict.fromkeys(AGENTS, float(episodes * steps))
    return [*lines, line("game_end", reason="completed", rewards=totals)]


def take(intake: Intake, first: int, lines: list[bytes]) -> list[bytes]:
    """Take a message as the server does when everything it brings can be stored."""
    entries, intake.progress = intake.read(first, lines)
    return [content for _, content in entries]


@given(st.integers(0, 2**32), st.integers(1, 3), st.integers(0, 6))
def test_each_record_is_taken_once_in_whatever_pieces(chance: int, episodes: int, steps: int) -> None:
    """Pieces that overlap, repeat or come too early leave exactly the page's records, in order."""
    lines, draw = game(episodes, steps), random.Random(chance)
    intake, stored = intake_of([], episodes), []
    while len(stored) < len(lines):
        first = draw.randrange(0, min(len(stored) + 3, len(lines)))
        stored += take(intake, first, lines[first : first + draw.randrange(1, 6)])
        assert stored == lines[: len(stored)]
        assert intake.progress.count == len(stored)
    assert intake.progress.ended == "completed"
    assert intake.progress.totals == dict.fromkeys(AGENTS, float(episodes * steps))


@given(st.integers(0, 15), st.integers(0, 15))
def test_a_restart_knows_what_is_there(kept: int, resent: int) -> None:
    """An intake made from stored records goes on exactly where those end."""
    lines = game()
    kept = min(kept, len(lines))
    intake = intake_of(lines[:kept])
    first = min(resent, kept)
    assert take(intake, first, lines[first:]) == lines[kept:]


@pytest.mark.parametrize(
    ("position", "forged"),
    [
        (0, line("game_start", seed=8)),
        (1, line("episode_start", episode=1, seed=5, frame=0)),
        (1, line("episode_start", episode=2, seed=derive_seed(SEED, 2), frame=0)),
        (2, line("step", episode=1, step=2, frame=2, rewards={}, actions={})),
        (2, line("step", episode=1, step=1, frame=1, rewards={"stranger": 1.0}, actions={})),
        (2, line("step", episode=1, step=1, frame=1, rewards={"player_0": "much"}, actions={})),
        (2, line("step", episode=1, step=1, frame=1, rewards={"player_0": [1]}, actions={})),
        (2, line("step", episode=1, step=1, frame=1, rewards={"player_0": 10**400}, actions={})),
        (2, line("step", episode=1, step=1, frame=1, rewards={}, actions={}, by="server")),
        (
            2,
            line("step", episode=1, step=1, frame=1, rewards={}, actions={}, name="x").replace(b"x", b"\xff"),
        ),
        (2, line("step", episode=1, step=1, frame=1, rewards={})),
        (3, line("episode_end", episode=1, steps=9, frame=9, rewards={}, reason="terminated")),
        (3, line("game_end", reason="completed", rewards={})),
        (1, line("game_end", reason="completed", rewards={"player_0": 1e9})),
        (1, line("game_end", reason="player_left", rewards={})),
        (3, line("player_left", agent="player_0")),
        (2, line("episode_end", episode=1, steps=0, frame=0, rewards={"player_0": 5.0}, reason="terminated")),
        (3, line("verification", episode=1, verdict="verified")),
        (3, line("takeover", agent="player_0")),
        (3, b'{"kind": ["paused"], "wall": 1}'),
        (3, line("paused", by="server")),
        (3, b'{"kind": "paused"}'),
        (3, b"[1, 2]"),
        (3, b"not a record"),
        (3, b""),
    ],
)
def test_what_cannot_follow_is_refused_whole(position: int, forged: bytes) -> None:
    """A message with one impossible record brings nothing at all."""
    intake = intake_of([])
    lines = game()
    with pytest.raises(Unacceptable):
        intake.read(0, [*lines[:position], forged, b'{"kind": "paused", "wall": 1}'])
    assert intake.progress == Progress()


_DAMAGES = st.lists(st.tuples(st.integers(0, 200), st.binary(max_size=2)), max_size=3)


@given(_DAMAGES, st.dictionaries(st.text(max_size=4), st.floats() | st.integers() | st.text(max_size=4)))
def test_steps_are_judged_alike_however_they_are_read(damages: list[tuple[int, bytes]], infos: Any) -> None:
    """What is read of a step in passing leads to the same as a close look at the whole line."""
    rewards, actions = {"player_0": 0.5, "player_1": -1.0}, {"player_0": 1, "player_1": 0}
    content = line("step", episode=1, step=1, frame=1, rewards=rewards, actions=actions, infos=infos)
    for position, damage in damages:
        content = content[:position] + damage + content[position + len(damage) :]
    content = content.replace(b"\n", b" ")
    begun = game()[:2]

    def outcome(*, closely: bool) -> object:
        intake = intake_of(begun)
        with pytest.MonkeyPatch.context() as patch:
            if closely:
                patch.setattr("mug_pyodide.intake.read_step", lambda line: None)
            try:
                return intake.read(2, [content])
            except Unacceptable:
                return None

    assert outcome(closely=False) == outcome(closely=True)


def test_nothing_follows_the_end() -> None:
    """After the game's end a page has nothing more to say about it."""
    intake = intake_of(game())
    with pytest.raises(Unacceptable):
        intake.read(intake.progress.count, [line("paused")])


def test_an_episode_that_is_played_again_takes_the_number_of_the_first() -> None:
    """episode_restarted opens the way for the same episode, and counts no reward twice."""
    begun = [line("game_start", seed=SEED), *episode(1, 3, 0)[:-1]]
    intake = intake_of(begun)
    again = [line("episode_restarted", episode=1), *episode(1, 3, 0)]
    assert take(intake, len(begun), again) == again
    assert intake.progress.totals == dict.fromkeys(AGENTS, 3.0)


@given(st.integers(0, 9))
def test_the_server_can_close_a_game_anywhere(kept: int) -> None:
    """The closing records end the open episode and the game, with the sums of what was played."""
    lines = game()[:kept]
    intake = intake_of(lines)
    end = closing(intake.progress, "abandoned")
    was_open = intake.progress.open
    for _, content in end:
        intake.follow(json.loads(content))
    assert [kind for kind, _ in end] == (["episode_end", "game_end"] if was_open else ["game_end"])
    assert intake.progress.ended == "abandoned"
    steps = sum(json.loads(content)["kind"] == "step" for content in lines)
    assert sum(json.loads(end[-1][1])["rewards"].values()) == 2 * steps
    assert intake.progress.count == kept


@given(st.binary(max_size=200))
def test_garbage_is_refused(data: bytes) -> None:
    """No bytes whatever do more than being refused, or being no records."""
    intake = intake_of([])
    try:
        entries, _ = intake.read(0, unpacked(data))
    except Unacceptable:
        return
    assert entries == []


def test_a_bomb_is_refused() -> None:
    """A small message that unpacks to more than a batch may have is refused before it fills the memory."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = deflate.compress(b" " * (LONGEST_BATCH + 1)) + deflate.flush()
    assert len(bomb) < 20_000
    with pytest.raises(Unacceptable, match="too long"):
        unpacked(bomb)


@given(st.lists(st.binary(min_size=1, max_size=30).filter(lambda part: b"\n" not in part), max_size=10))
def test_lines_survive_the_way(lines: list[bytes]) -> None:
    """What is packed is unpacked as it was."""
    assert unpacked(packed(lines)) == lines


def test_there_is_not_more_than_the_scene_has() -> None:
    """Neither more episodes than it has, nor more steps in one."""
    with pytest.raises(Unacceptable):
        intake_of([], episodes=1).read(0, game(2)[:-1])
    with pytest.raises(Unacceptable):
        intake_of([], max_steps=2).read(0, game(1, 3))
    entries, _ = intake_of([], episodes=1, max_steps=3).read(0, game(1, 3))
    assert len(entries) == len(game(1, 3))


def test_a_page_may_end_a_game_as_it_was_told_to() -> None:
    """The server's own reason is the only one besides having played everything and having failed."""
    begun = [line("game_start", seed=SEED)]
    over = line("game_end", reason="player_left", rewards={})
    entries, progress = intake_of([]).read(0, [*begun, over], "player_left")
    assert (len(entries), progress.ended) == (2, "player_left")


def test_many_small_records_come_in_several_messages() -> None:
    """How many records one message may have is limited, whatever their size."""
    assert len(unpacked(packed([b"{}"] * MOST_LINES))) == MOST_LINES
    with pytest.raises(Unacceptable):
        unpacked(packed([b"{}"] * (MOST_LINES + 1)))


def test_what_came_late_counts() -> None:
    """A record that was kept after the server had ended the game has its number, and moves the game on."""
    lines = game()
    late = json.dumps({"kind": "late", "wall": 2, "record": json.loads(lines[5])}).encode()
    intake = intake_of([*lines[:5], late])
    assert json.loads(lines[5])["kind"] == "episode_end"
    assert (intake.progress.count, intake.progress.open) == (6, False)
