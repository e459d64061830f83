"""The laws of matchmakers: a matchmaker is a function of the queue and the time, and of nothing else."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy

from mug.components import Matchmaker, Ticket
from mug.testing.conformance.failure import blaming, require

Factory = Callable[[], Matchmaker]
SIZES = (1, 2, 3, 4)
DAY = 24 * 60 * 60.0
SECONDS = 0.05
"""Processor time for a queue of 500 people; matching happens on every arrival, between frames of games."""


STRANGE: tuple[object, ...] = ("", "7", "many", None, True, -1, 10**30, 0.5, [], ["a", "b"], "ⅷ", "\x00")
"""What can come back from a form, or be known about a game that did not end as usual."""


class NeededFacts(dict[str, object]):
    """Facts with the names that the matchmaker declares; asking for another says what to declare."""

    def __missing__(self, name: str) -> object:
        raise KeyError(f"the fact {name!r} is used but not declared: write needs = frozenset({{{name!r}}})")


def check_has_an_answer_for_nobody(factory: Factory) -> None:
    """With nobody waiting, nobody is grouped."""
    for size in SIZES:
        groups = _propose(factory(), [], size, 0.0)
        require(groups == [], f"with nobody waiting, {len(groups)} groups were proposed")


def check_groups_have_the_size_asked_for(factory: Factory) -> None:
    """Every group has exactly as many members as were asked for."""
    for queue, size, now in _situations(factory):
        for group in _propose(factory(), queue, size, now):
            require(len(group) == size, f"groups of {size} were asked for, one of {len(group)} was proposed")


def check_nobody_is_in_two_groups(factory: Factory) -> None:
    """No ticket is proposed twice, neither within a group nor in two."""
    for queue, size, now in _situations(factory):
        proposed = [ticket for group in _propose(factory(), queue, size, now) for ticket in group]
        names = [ticket.subject_id for ticket in proposed]
        twice = sorted({name for name in names if names.count(name) > 1})
        require(not twice, f"{', '.join(twice[:3])} proposed more than once")


def check_only_those_waiting_are_grouped(factory: Factory) -> None:
    """Groups consist of the tickets in the queue themselves, not of copies or of anybody else."""
    for queue, size, now in _situations(factory):
        waiting = {id(ticket) for ticket in queue}
        for group in _propose(factory(), queue, size, now):
            for ticket in group:
                require(id(ticket) in waiting, f"proposed {ticket!r}, which is no ticket of the queue")


def check_the_queue_is_left_alone(factory: Factory) -> None:
    """Neither the queue nor anybody's facts are changed."""
    for queue, size, now in _situations(factory):
        order, facts = list(queue), [deepcopy(dict(ticket.facts)) for ticket in queue]
        _propose(factory(), queue, size, now)
        require(
            len(order) == len(queue) and all(a is b for a, b in zip(order, queue, strict=True)),
            "propose() changed the queue; work on list(waiting)",
        )
        require(
            facts == [dict(ticket.facts) for ticket in queue],
            "propose() changed the facts of somebody waiting",
        )


def check_the_same_queue_gives_the_same_groups(factory: Factory) -> None:
    """Asked again, of the same or of another instance, the answer to the same question is the same."""
    first = factory()
    for queue, size, now in _situations(factory):
        once = _names(_propose(first, queue, size, now))
        require(_names(_propose(first, queue, size, now)) == once, "the same queue was grouped differently")
        require(
            _names(_propose(factory(), queue, size, now)) == once,
            "another instance grouped the same queue differently: the answer depends on earlier ones",
        )


def check_nobody_waits_forever(factory: Factory) -> None:
    """When enough people have waited for a day, all of them are grouped, but for a rest that is too few."""
    matchmaker = factory()
    for size in SIZES:
        queue = _crowd(matchmaker, 4 * size + size - 1, seed=size)
        now = 0.0
        while len(queue) >= size and now < 2 * DAY:
            now = max(now * 2, 1.0)
            taken = {id(ticket) for group in _propose(matchmaker, queue, size, now) for ticket in group}
            queue = [ticket for ticket in queue if id(ticket) not in taken]
        require(
            len(queue) < size,
            f"after a day, {len(queue)} people wait for groups of {size}: relax the rule over time",
        )


def check_needs_are_declared(factory: Factory) -> None:
    """Facts are used only if ``needs`` declares them, so that a script that lacks one can be told."""
    matchmaker = factory()
    require(
        isinstance(matchmaker.needs, frozenset | set)
        and all(isinstance(name, str) for name in matchmaker.needs),
        f"needs must be a set of names, got {matchmaker.needs!r}",
    )
    _propose(matchmaker, _crowd(matchmaker, 8, seed=0), 2, 60.0)


def check_any_answer_will_do(factory: Factory) -> None:
    """Facts are what people answered, so they can be anything; no answer keeps others from being grouped."""
    matchmaker = factory()
    crowd = _crowd(matchmaker, len(STRANGE) + 4, seed=3)
    for ticket, answer in zip(crowd, STRANGE, strict=False):
        for fact in matchmaker.needs:
            ticket.facts[fact] = answer  # type: ignore[index]
    for now in (0.0, DAY):
        groups = _propose(matchmaker, crowd, 2, now)
    require(groups, "with unusual answers among them, nobody is grouped even after a day")


def check_a_long_queue_is_quick(factory: Factory) -> None:
    """Five hundred people are grouped in less than 50 ms of processor time."""
    matchmaker = factory()
    queue = _crowd(matchmaker, 500, seed=1)
    spent = min(_seconds(matchmaker, queue) for _ in range(5))
    require(
        spent < SECONDS,
        f"500 people took {spent * 1000:.0f} ms of processor time, and may take {SECONDS * 1000:.0f}",
    )


CHECKS: Sequence[Callable[[Factory], None]] = (
    check_has_an_answer_for_nobody,
    check_groups_have_the_size_asked_for,
    check_nobody_is_in_two_groups,
    check_only_those_waiting_are_grouped,
    check_the_queue_is_left_alone,
    check_the_same_queue_gives_the_same_groups,
    check_nobody_waits_forever,
    check_needs_are_declared,
    check_any_answer_will_do,
    check_a_long_queue_is_quick,
)


def _situations(factory: Factory) -> Iterator[tuple[list[Ticket], int, float]]:
    """Queues of different lengths, for groups of different sizes, soon and late."""
    matchmaker = factory()
    for size in SIZES:
        for length in (size - 1, size, size + 1, 3 * size, 3 * size + 1, 17):
            for now in (float(length), 60.0, DAY):
                yield _crowd(matchmaker, length, seed=length), size, now


def _crowd(matchmaker: Matchmaker, length: int, seed: int) -> list[Ticket]:
    """People who arrived a second apart, some of whom have met; each needed fact is a number up to 100."""
    generator = random.Random(seed)
    crowd: list[Ticket] = []
    for number in range(length):
        facts: Mapping[str, object] = NeededFacts(
            {name: generator.randint(0, 100) for name in sorted(matchmaker.needs)}
        )
        met = tuple(ticket.subject_id for ticket in crowd if generator.random() < 0.1)
        crowd.append(Ticket(f"subject-{number}", float(number - length), facts, met))
    return crowd


def _propose(matchmaker: Matchmaker, queue: Sequence[Ticket], size: int, now: float) -> list[list[Ticket]]:
    """Every group, drawn out of a generator if it is one."""
    with blaming(f"propose() with {len(queue)} waiting for groups of {size}"):
        proposed = matchmaker.propose(queue, size, now)
        require(proposed is not None, "propose() returned None: yield groups, or return a list of them")
        return [list(group) for group in proposed]


def _names(groups: list[list[Ticket]]) -> list[list[str]]:
    return [[ticket.subject_id for ticket in group] for group in groups]


def _seconds(matchmaker: Matchmaker, queue: Sequence[Ticket]) -> float:
    started = time.process_time()
    _propose(matchmaker, queue, 2, 0.0)
    return time.process_time() - started
