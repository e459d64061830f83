"""What a participant's page says happened in its game: untrusted until checked here, record by record."""

from __future__ import annotations

import math
import sys
import time
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from mug.engine.seeds import derive_seed
from mug.game.policies import referred
from mug.game.spec import GameSpec
from mug.records import MalformedRecord, decode, encode
from mug_pyodide.step_line import StepLine, read_step

LONGEST_BATCH: Final = 8 * 1024 * 1024
"""Bytes that one message's records may have once they are unpacked."""
MOST_LINES: Final = 5000
"""Records that one message may have."""
NOTES: Final = frozenset({"restored", "episode_restarted", "paused", "resumed", "close_failed"})
"""Kinds of records that say what happened beside the steps."""
OF_SEATS: Final = frozenset({"takeover", "player_left", "player_returned"})
"""Kinds of records that say who plays a seat from here on."""

Record = Mapping[str, Any]


class Unacceptable(Exception):  # noqa: N818 - says what is wrong with what a page sent
    """No game that is played here can have records like these."""


@attrs.define
class Progress:
    """How far a game is, as its records have it.

    Attributes:
        count: records that came from the page, and from every page alike if there are several; what only one
            of them tells is not among them.
        notes: how much each page told alone, by seat.
        episode: the episode that was begun last.
        open: whether it goes on.
        step: its steps so far.
        frame: steps of the game so far.
        first_frame: what that was when the episode began.
        restarted: the server has just had the episode begin again.
        rewards: what each agent collected in it.
        totals: what each agent collected in the episodes that are over.
        ended: why the game is over, None while it is not.
        fault: what did not work, if that is why.
    """

    count: int = 0
    notes: dict[str, int] = attrs.field(factory=dict)
    begun: bool = False
    episode: int = 0
    open: bool = False
    step: int = 0
    frame: int = 0
    first_frame: int = 0
    restarted: bool = False
    rewards: dict[str, float] = attrs.field(factory=dict)
    totals: dict[str, float] = attrs.field(factory=dict)
    ended: str | None = None
    fault: str = ""

    def copy(self) -> Progress:
        """Return the same, to try further records on."""
        return attrs.evolve(
            self, notes=dict(self.notes), rewards=dict(self.rewards), totals=dict(self.totals)
        )


class Intake:
    """Follows the records of one game, and refuses those that cannot follow what came before.

    Whether an environment really did what a page says is not decided here: games are replayed for that.

    Args:
        seed: the game's.
        spec: what is played.
        history: the records there are.
    """

    def __init__(self, seed: int, spec: GameSpec, history: Sequence[bytes]) -> None:
        self._seed = seed
        self._spec = spec
        self._agents = frozenset(map(str, spec.agent_ids))
        self._humans = frozenset(map(str, spec.humans))
        self.progress = Progress()
        for line in history:
            try:
                record = decode(line)
            except MalformedRecord:
                continue
            self._follow(self.progress, record)

    def follow(self, record: Record) -> None:
        """Take a stored record into account."""
        self._follow(self.progress, record)

    def read(
        self, first: int, lines: Sequence[bytes], stopped: str | None = None
    ) -> tuple[list[tuple[str, bytes]], Progress]:
        """Return the records of a message that are new, as kinds and lines, and where the game is after them.

        Nothing is taken yet: that is done by setting ``progress`` once they are stored. Records that are
        here already are passed over; where some in between are missing, none is new.

        Args:
            first: the number of the message's first record, counting the page's records of this game from 0.
            lines: the message's records.
            stopped: why the page was told to end the game, if it was.

        Raises:
            Unacceptable: they are no records of this game.
        """
        known = self.progress.count - first
        if known < 0:
            return [], self.progress
        progress = self.progress.copy()
        entries = []
        for line in lines[known:]:
            step = read_step(line)
            if step is not None and self._follows(step, progress):
                _take_step(progress, step.step, step.frame, step.rewards)
                progress.count += 1
                entries.append(("step", line))
            else:
                record = self._checked(line, progress, stopped)
                self._follow(progress, record)
                entries.append((str(record["kind"]), line))
        return entries, progress

    def _follows(self, step: StepLine, now: Progress) -> bool:
        return (
            now.open
            and now.ended is None
            and (step.episode, step.step, step.frame) == (now.episode, now.step + 1, now.frame + 1)
            and step.step <= self._most_steps
            and step.rewards.keys() <= self._agents
        )

    @property
    def _most_steps(self) -> float:
        return math.inf if self._spec.max_steps is None else self._spec.max_steps

    def _checked(self, line: bytes, now: Progress, stopped: str | None) -> Record:
        try:
            record = decode(line)
        except MalformedRecord as error:
            raise Unacceptable(str(error)) from None
        kind = record.get("kind")
        if "by" in record or "seat" in record or not isinstance(record.get("wall"), int):
            raise Unacceptable(f"a record of kind {kind!r:.40} that no page writes")
        if now.ended is not None:
            raise Unacceptable(f"a record of kind {kind!r:.40} after the game's end")
        match kind:
            case "game_start":
                fits = not now.begun and record.get("seed") == self._seed
            case "episode_start":
                seed = derive_seed(self._seed, now.episode + 1)
                fits = (
                    now.begun
                    and not now.open
                    and now.episode < self._spec.num_episodes
                    and (record.get("episode"), record.get("seed")) == (now.episode + 1, seed)
                    and record.get("frame") == now.frame
                )
            case "step":
                place = (record.get("episode"), record.get("step"), record.get("frame"))
                fits = now.open and place == (now.episode, now.step + 1, now.frame + 1)
                fits = fits and now.step < self._most_steps
                fits = fits and self._are_rewards(record.get("rewards"))
                fits = fits and isinstance(record.get("actions"), dict)
            case "episode_end":
                place = (record.get("episode"), record.get("steps"), record.get("frame"))
                fits = now.open and place == (now.episode, now.step, now.frame)
                fits = fits and self._are_sums(record.get("rewards"), now.rewards)
            case "episode_restarted":
                fits = now.open and record.get("episode") == now.episode
            case "game_end":
                complete = now.begun and now.episode == self._spec.num_episodes
                possible = {"failed", stopped, "completed" if complete else "failed"}
                fits = not now.open and record.get("reason") in possible
                fits = fits and self._are_sums(record.get("rewards"), now.totals)
            case str() if kind in OF_SEATS:
                fits = now.begun and len(self._humans) > 1 and self._is_of_seat(record)
            case _:
                fits = isinstance(kind, str) and kind in NOTES
        if not fits:
            place_now = f"episode {now.episode}, step {now.step}"
            raise Unacceptable(f"a record of kind {kind!r:.40} that cannot follow {place_now}")
        return record

    def _is_of_seat(self, record: Record) -> bool:
        if record.get("agent") not in self._humans:
            return False
        if record["kind"] != "takeover":
            return True
        try:
            referred(self._spec, record.get("reference"))  # type: ignore[arg-type]
        except (ValueError, LookupError, TypeError):
            return False
        return True

    def _are_rewards(self, value: object) -> bool:
        return (
            isinstance(value, dict) and value.keys() <= self._agents and all(map(_is_reward, value.values()))
        )

    def _are_sums(self, value: Any, sums: Mapping[str, float]) -> bool:
        return self._are_rewards(value) and all(
            _is_same(_number(reward), sums.get(agent, 0.0)) for agent, reward in value.items()
        )

    def _follow(self, now: Progress, record: Record) -> None:
        own = record.get("by") == "server"
        if "seat" in record and not own:
            now.notes[record["seat"]] = now.notes.get(record["seat"], 0) + 1
            return
        now.count += not own
        now.restarted = own and record.get("kind") == "episode_restarted"
        if record.get("kind") == "late":
            record = record["record"]
        match record.get("kind"):
            case "game_start":
                now.begun = True
            case "episode_start":
                now.episode, now.open = record["episode"], True
                now.step, now.rewards = 0, dict.fromkeys(self._agents, 0.0)
                now.frame = now.first_frame = record["frame"]
            case "step":
                rewards = {agent: _number(reward) for agent, reward in record["rewards"].items()}
                _take_step(now, record["step"], record["frame"], rewards)
            case "episode_end":
                now.open = False
                for agent, reward in now.rewards.items():
                    now.totals[agent] = now.totals.get(agent, 0.0) + reward
            case "episode_restarted":
                now.open, now.episode, now.frame = False, record["episode"] - 1, now.first_frame
            case "game_end":
                now.ended, now.fault = record["reason"], str(record.get("fault", ""))


def _take_step(now: Progress, step: int, frame: int, rewards: Mapping[str, float]) -> None:
    now.step, now.frame = step, frame
    for agent, reward in rewards.items():
        now.rewards[agent] = now.rewards.get(agent, 0.0) + reward


def closing(progress: Progress, reason: str, fault: str = "") -> list[tuple[str, bytes]]:
    """Return the records with which the server ends a game whose page cannot."""
    stamp = {"wall": time.time_ns() // 1_000_000, "by": "server", "reason": reason}
    entries = []
    totals = dict(progress.totals)
    if progress.open:
        end = {"kind": "episode_end", "episode": progress.episode, "steps": progress.step}
        end |= {"frame": progress.frame, "rewards": progress.rewards, "observations": {}}
        entries.append(("episode_end", encode(end | stamp)))
        for agent, reward in progress.rewards.items():
            totals[agent] = totals.get(agent, 0.0) + reward
    end = {"kind": "game_end", "rewards": totals} | stamp | ({"fault": fault} if fault else {})
    return [*entries, ("game_end", encode(end))]


def first_episodes(history: Sequence[bytes], episodes: int) -> list[bytes]:
    """Return a game's records up to the end of so many episodes."""
    lines: list[bytes] = []
    for line in history if episodes else ():
        lines.append(line)
        if b'"episode_end"' in line and decode(line).get("kind") == "episode_end":
            episodes -= 1
            if episodes == 0:
                break
    return lines


def unpacked(data: object) -> list[bytes]:
    """Return the lines of a raw-deflated message.

    Raises:
        Unacceptable: it is none, or there is too much of it.
    """
    if not isinstance(data, bytes):
        raise Unacceptable("records that are not bytes")
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        text = inflate.decompress(data, LONGEST_BATCH)
    except zlib.error as error:
        raise Unacceptable(f"records that cannot be unpacked: {error}") from None
    lines = text.split(b"\n", MOST_LINES) if text else []
    if not inflate.eof or len(lines) > MOST_LINES:
        raise Unacceptable("records that are too many, too long, or cut off")
    return lines


def packed(lines: Sequence[bytes]) -> bytes:
    """Return lines as a raw-deflated message."""
    deflate = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflate.compress(b"\n".join(lines)) + deflate.flush()


def is_counted(line: bytes) -> bool:
    """Whether a stored record is one that pages number from 0: not the server's, nor what one page tells."""
    if b'"by":"server"' not in line and b'"seat":' not in line:
        return True
    try:
        record = decode(line)
    except MalformedRecord:
        return True
    return record.get("by") != "server" and "seat" not in record


_NOT_FINITE: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def _is_reward(value: object) -> bool:
    if isinstance(value, str):
        return value in _NOT_FINITE
    return isinstance(value, float) or (isinstance(value, int) and abs(value) <= sys.float_info.max)


def _is_same(one: float, other: float) -> bool:
    return one == other or (one != one and other != other) or math.isclose(one, other, abs_tol=1e-9)


def _number(reward: Any) -> float:
    return _NOT_FINITE[reward] if isinstance(reward, str) else float(reward)
