"""Waiting rooms: nobody is in two groups, nobody is forgotten, and broken matchmakers harm nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mug.components import Matchmaker, Ticket
from mug.core.lobby import FIFOMatchmaker, Lobby, LobbyRules


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def lobby(size: int = 2, matchmaker: Matchmaker | None = None, **rules: object) -> tuple[Lobby, Clock]:
    clock = Clock()
    values = LobbyRules(size=size, min_size=rules.pop("min_size", size), **rules)  # type: ignore[arg-type]
    return Lobby(values, matchmaker or FIFOMatchmaker(), clock), clock


def join(room: Lobby, name: str, waited: float = 0.0, draw: float = 0.0) -> None:
    room.join(name, f"subject {name}", {}, (), waited, draw)


def names(groups: Iterable[Sequence[object]]) -> list[list[str]]:
    return [[entry.participant_id for entry in group] for group in groups]  # type: ignore[attr-defined]


def test_five_hundred_arrivals_make_two_hundred_and_fifty_pairs() -> None:
    """However many arrive at once, everybody is in exactly one group."""
    room, _ = lobby()
    groups = []
    for number in range(500):
        join(room, str(number))
        groups += names(room.take_groups())
    assert len(groups) == 250
    assert sorted(name for group in groups for name in group) == sorted(str(n) for n in range(500))
    assert len(room) == 0


Action = tuple[str, int]


@given(
    size=st.integers(2, 4),
    actions=st.lists(
        st.tuples(st.sampled_from(["join", "leave", "absent", "back", "wait"]), st.integers(0, 9))
    ),
)
def test_nobody_is_seated_twice_or_while_away(size: int, actions: list[Action]) -> None:
    """Whatever people do, groups are of the right size, made of people who are there, and end their wait."""
    room, clock = lobby(size)
    away: set[str] = set()
    waiting: set[str] = set()
    for action, number in actions:
        name = str(number)
        if action == "join" and name not in waiting:
            join(room, name)
            waiting.add(name)
            away.discard(name)
        elif action == "leave" and name in waiting:
            room.leave(name)
            waiting.remove(name)
        elif action in ("absent", "back") and name in waiting:
            room.set_present(name, action == "back")
            (away.add if action == "absent" else away.discard)(name)
        elif action == "wait":
            clock.now += 1
        for group in names(room.take_groups()):
            assert len(set(group)) == size
            assert not set(group) & away
            waiting.difference_update(group)
        assert set(room.waiting()) == waiting
        assert len(waiting - away) < size


def test_a_minimum_wait_holds_people_back() -> None:
    """Nobody is matched before they have waited long enough; time before a reload counts."""
    room, clock = lobby(min_wait=5.0)
    join(room, "a")
    join(room, "b", waited=3.0)
    assert room.take_groups() == []
    clock.now += 2
    assert room.take_groups() == []
    clock.now += 3
    assert names(room.take_groups()) == [["a", "b"]]


def test_a_simulated_wait_is_the_participants_own() -> None:
    """With a simulated waiting room each person waits for the time that their own number draws."""
    room, clock = lobby(size=1, simulated_wait=(5.0, 25.0))
    join(room, "early", draw=0.0)
    join(room, "late", draw=0.5)
    clock.now += 5
    assert names(room.take_groups()) == [["early"]]
    clock.now += 10
    assert names(room.take_groups()) == [["late"]]


def test_who_waits_too_long_is_taken_out_once() -> None:
    """A timeout takes a participant out of the queue, and only who is overdue."""
    room, clock = lobby(size=3, max_wait=60.0)
    join(room, "a")
    clock.now += 30
    join(room, "b")
    clock.now += 30
    groups, alone = room.take_expired()
    assert groups == []
    assert [entry.participant_id for entry in alone] == ["a"]
    assert room.take_expired() == ([], [])
    assert room.waiting() == ["b"]


def test_enough_people_start_a_smaller_group_at_the_timeout() -> None:
    """When the time is up and the minimum is there, those who wait play together."""
    room, clock = lobby(size=4, min_size=2, max_wait=60.0)
    for name in ("a", "b", "c"):
        join(room, name)
    clock.now += 60
    groups, alone = room.take_expired()
    assert names(groups) == [["a", "b", "c"]]
    assert alone == []


def test_people_who_did_not_answer_go_behind_the_others() -> None:
    """After a broken readiness check the present are first in the queue, the missing last."""
    room, _ = lobby()
    for name in ("a", "b"):
        join(room, name)
    (group,) = room.take_groups()
    join(room, "c")
    room.put_back([group[0]])
    room.send_to_back(group[1])
    assert room.waiting() == ["a", "c", "b"]


def test_only_people_who_are_here_are_counted() -> None:
    """Nobody is told that enough people wait when some of them have closed the page."""
    room, _ = lobby(size=3)
    for name in ("a", "b", "c"):
        join(room, name)
    room.set_present("a", False)
    assert room.here() == ["b", "c"]
    assert room.waiting() == ["a", "b", "c"]


class TooMany(Matchmaker):
    def propose(self, waiting: Sequence[Ticket], size: int, now: float) -> Iterable[Sequence[Ticket]]:
        yield list(waiting)[: size + 1]


class Twice(Matchmaker):
    def propose(self, waiting: Sequence[Ticket], size: int, now: float) -> Iterable[Sequence[Ticket]]:
        yield [waiting[0]] * size
        yield waiting[:size]
        yield waiting[:size]


class Stranger(Matchmaker):
    def propose(self, waiting: Sequence[Ticket], size: int, now: float) -> Iterable[Sequence[Ticket]]:
        yield [waiting[0], Ticket("stranger", 0.0)]


class Raises(Matchmaker):
    def propose(self, waiting: Sequence[Ticket], size: int, now: float) -> Iterable[Sequence[Ticket]]:
        yield waiting[:size]
        raise RuntimeError("broken")


@pytest.mark.parametrize(
    ("matchmaker", "formed"),
    [(TooMany(), []), (Twice(), [["a", "b"]]), (Stranger(), []), (Raises(), [["a", "b"]])],
    ids=["too many", "twice", "stranger", "raises"],
)
def test_invalid_proposals_are_dropped(matchmaker: Matchmaker, formed: list[list[str]]) -> None:
    """What breaks the rules is ignored; what was right counts; everybody else still waits."""
    room, _ = lobby(matchmaker=matchmaker)
    for name in ("a", "b", "c"):
        join(room, name)
    assert names(room.take_groups()) == formed
    left = {"a", "b", "c"} - {name for group in formed for name in group}
    assert set(room.waiting()) == left


def apart(*pairs: str) -> Callable[[Sequence[str]], tuple[str, str] | None]:
    """These two cannot play together, each pair written as two letters."""

    def find(members: Sequence[str]) -> tuple[str, str] | None:
        return next(((one, other) for one, other in pairs if one in members and other in members), None)

    return find


def room_with(far_apart: Callable[[Sequence[str]], tuple[str, str] | None], people: str) -> Lobby:
    clock = Clock()
    room = Lobby(LobbyRules(size=2, min_size=2), FIFOMatchmaker(), clock, far_apart)
    for name in people:
        clock.now += 1
        join(room, name)
    return room


def test_two_who_cannot_play_together_wait_for_others() -> None:
    """Who came later steps back, and both find somebody else when there is somebody."""
    room = room_with(apart("ab"), "ab")
    assert names(room.take_groups()) == []
    join(room, "c")
    assert names(room.take_groups()) == [["a", "c"]]
    assert room.waiting() == ["b"]


def test_others_are_grouped_all_the_same() -> None:
    assert names(room_with(apart("ab", "ac"), "abcd").take_groups()) == [["a", "d"], ["b", "c"]]


@given(st.sets(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef"))))
def test_no_group_has_two_who_cannot_play_together(pairs: set[tuple[str, str]]) -> None:
    """However people are apart, whoever is grouped fits, and nobody is lost."""
    unfit = {frozenset(pair) for pair in pairs if len(set(pair)) == 2}
    room = room_with(apart(*("".join(sorted(pair)) for pair in unfit)), "abcdef")
    groups = names(room.take_groups())
    assert not any(frozenset(group) in unfit for group in groups)
    assert sorted([*(name for group in groups for name in group), *room.waiting()]) == list("abcdef")


def test_fewer_people_do_not_start_either_who_cannot_play_together() -> None:
    """When somebody's time is over, those start who fit; without any, the wait was in vain."""
    clock = Clock()
    rules = LobbyRules(size=3, min_size=2, max_wait=10)
    room = Lobby(rules, FIFOMatchmaker(), clock, apart("ab"))
    for name in "ab":
        join(room, name)
    clock.now += 10
    groups, alone = room.take_expired()
    assert (names(groups), names([alone])) == ([], [["a", "b"]])
    for name in "abc":
        join(room, name)
        clock.now += 1
    clock.now += 7
    groups, alone = room.take_expired()
    assert (names(groups), alone, room.waiting()) == ([["a", "c"]], [], ["b"])


def wait_on(room: Lobby) -> list[str]:
    """Let everybody wait on who may; return who does not."""
    for entry in room.expired():
        if not room.extend(entry) and room.may_requeue(entry):
            room.requeue(entry)
    groups, alone = room.take_expired()
    assert groups == []
    return [entry.participant_id for entry in alone]


def test_who_waited_in_vain_may_wait_on() -> None:
    """Extensions give the whole time again, in the same place, and are used up."""
    room, clock = lobby(max_wait=10, extensions=1)
    join(room, "a")
    clock.now += 5
    join(room, "b")
    room.set_present("b", False)
    clock.now += 5
    assert wait_on(room) == []
    assert (room.remaining("a"), room.waited("a")) == (10, 10)
    assert room.waiting() == ["a", "b"]
    clock.now += 9
    assert wait_on(room) == []
    clock.now += 1
    assert wait_on(room) == ["a"]
    assert room.waiting() == ["b"]


def test_without_extensions_nobody_waits_on() -> None:
    """A wait that is over is over."""
    room, clock = lobby(max_wait=10)
    join(room, "a")
    clock.now += 10
    assert wait_on(room) == ["a"]
    assert len(room) == 0


def test_who_waited_in_vain_may_begin_anew() -> None:
    """Requeued people stand behind the others, as if they had just come, with their extensions, so often."""
    room, clock = lobby(size=3, max_wait=10, extensions=1, requeues=1)
    join(room, "a")
    clock.now += 15
    assert wait_on(room) == []
    join(room, "b")
    clock.now += 15
    assert wait_on(room) == []
    assert room.waiting() == ["b", "a"]
    assert (room.waited("a"), room.waited("b"), room.remaining("a")) == (0, 15, 10)
    clock.now += 10
    assert wait_on(room) == []
    assert (room.waited("a"), room.remaining("a")) == (10, 10)
    clock.now += 10
    assert wait_on(room) == ["a"]


def test_what_was_used_before_a_restart_is_used() -> None:
    """Who is in line again after a restart has as much time as before, and no more."""
    room, clock = lobby(max_wait=10, extensions=2, requeues=1)
    room.join("a", "subject a", {}, (), 14.0, 0.0, extensions=1, requeues=1)
    assert room.remaining("a") == 6
    clock.now += 6
    assert wait_on(room) == []
    assert room.remaining("a") == 10
    clock.now += 10
    assert wait_on(room) == ["a"]


def test_those_who_are_there_start_when_nobody_may_wait_on() -> None:
    """Fewer people than wanted start at the end of somebody's last wait, not before."""
    room, clock = lobby(size=3, min_size=1, max_wait=10, requeues=1)
    join(room, "a")
    join(room, "b")
    clock.now += 10
    assert wait_on(room) == []
    clock.now += 10
    groups, alone = room.take_expired()
    assert (names(groups), alone) == ([["a", "b"]], [])
