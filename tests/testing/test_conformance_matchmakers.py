"""The checks for matchmakers accept good ones and reject each kind of broken one."""

import itertools
import random
import time

import attrs
import pytest

import mug
from mug.core.lobby import FIFOMatchmaker
from mug.testing import conformance
from mug.testing.conformance import ConformanceError, matchmakers


class Fifo(mug.Matchmaker):
    """The good one that the broken ones are made from."""

    def propose(self, waiting, size, now):
        whole = len(waiting) - len(waiting) % size
        return [list(waiting[start : start + size]) for start in range(0, whole, size)]


@attrs.define
class BySkill(mug.Matchmaker):
    """A good one with a rule that relaxes, written as plain attrs class and as a generator."""

    needs = frozenset({"skill"})
    gap: float = 20.0

    def skill(self, ticket):
        answer = ticket.facts["skill"]
        return answer if isinstance(answer, int) and abs(answer) < 1000 else 50

    def propose(self, waiting, size, now):
        queue = sorted(waiting, key=self.skill)
        while len(queue) >= size:
            group = queue[:size]
            spread = self.skill(group[-1]) - self.skill(group[0])
            if spread <= self.gap + now - min(ticket.joined_at for ticket in group):
                yield group
                queue = queue[size:]
            else:
                queue = queue[1:]


class Gullible(BySkill):
    def skill(self, ticket):
        return float(ticket.facts["skill"])


class Particular(BySkill):
    """Groups nobody as long as somebody's answer is no number."""

    def propose(self, waiting, size, now):
        if all(isinstance(ticket.facts["skill"], int) for ticket in waiting):
            yield from super().propose(waiting, size, now)


class GroupsOfNobody(Fifo):
    def propose(self, waiting, size, now):
        return super().propose(waiting, size, now) or [[]]


class FailsWhenEmpty(Fifo):
    def propose(self, waiting, size, now):
        assert waiting[0]
        return super().propose(waiting, size, now)


class Leftovers(Fifo):
    def propose(self, waiting, size, now):
        return [list(waiting[start : start + size]) for start in range(0, len(waiting), size)]


class Popular(Fifo):
    def propose(self, waiting, size, now):
        groups = super().propose(waiting, size, now)
        if len(groups) > 1:
            groups[1][-1] = groups[0][0]
        return groups


class Copies(Fifo):
    def propose(self, waiting, size, now):
        return [[attrs.evolve(ticket) for ticket in group] for group in super().propose(waiting, size, now)]


class Consumes(Fifo):
    def propose(self, waiting, size, now):
        while len(waiting) >= size:
            yield [waiting.pop(0) for _ in range(size)]


class Notes(Fifo):
    def propose(self, waiting, size, now):
        for ticket in waiting:
            ticket.facts["seen"] = now
        return super().propose(waiting, size, now)


class Random(Fifo):
    def propose(self, waiting, size, now):
        return super().propose(random.sample(list(waiting), len(waiting)), size, now)


class Remembers(Fifo):
    turns = itertools.count()

    def propose(self, waiting, size, now):
        order = list(waiting) if next(self.turns) % 2 else list(reversed(waiting))
        return super().propose(order, size, now)


class RemembersItself(Fifo):
    def __init__(self):
        self.seen = set()

    def propose(self, waiting, size, now):
        fresh = [ticket for ticket in waiting if ticket.subject_id not in self.seen]
        groups = super().propose(fresh, size, now)
        self.seen.update(ticket.subject_id for group in groups for ticket in group)
        return groups


class Stubborn(BySkill):
    def propose(self, waiting, size, now):
        return super().propose(waiting, size, min(ticket.joined_at for ticket in waiting) if waiting else 0.0)


class ForgetsTheRest(Fifo):
    def propose(self, waiting, size, now):
        return super().propose([ticket for ticket in waiting if not ticket.partners], size, now)


class Undeclared(BySkill):
    needs = frozenset()


class DeclaresText(Fifo):
    needs = "skill"


class Slow(Fifo):
    def propose(self, waiting, size, now):
        started = time.process_time()
        while len(waiting) > 100 and time.process_time() - started < 0.06:
            sum(range(1000))
        return super().propose(waiting, size, now)


class Nothing(Fifo):
    def propose(self, waiting, size, now):
        super().propose(waiting, size, now)


SPECIMENS = [
    ("check_has_an_answer_for_nobody", GroupsOfNobody, "with nobody waiting, 1 groups were proposed"),
    ("check_has_an_answer_for_nobody", FailsWhenEmpty, "raised IndexError"),
    ("check_has_an_answer_for_nobody", Nothing, "propose() returned None"),
    ("check_groups_have_the_size_asked_for", Leftovers, "groups of 2 were asked for, one of 1"),
    ("check_nobody_is_in_two_groups", Popular, "proposed more than once"),
    ("check_only_those_waiting_are_grouped", Copies, "which is no ticket of the queue"),
    ("check_the_queue_is_left_alone", Consumes, "changed the queue"),
    ("check_the_queue_is_left_alone", Notes, "changed the facts"),
    ("check_the_same_queue_gives_the_same_groups", Random, "differently"),
    ("check_the_same_queue_gives_the_same_groups", Remembers, "differently"),
    ("check_the_same_queue_gives_the_same_groups", RemembersItself, "differently"),
    ("check_nobody_waits_forever", Stubborn, "relax the rule"),
    ("check_nobody_waits_forever", ForgetsTheRest, "relax the rule"),
    ("check_needs_are_declared", Undeclared, "the fact 'skill' is used but not declared"),
    ("check_needs_are_declared", DeclaresText, "needs must be a set of names"),
    ("check_any_answer_will_do", Gullible, "raised ValueError"),
    ("check_any_answer_will_do", Particular, "nobody is grouped even after a day"),
    ("check_a_long_queue_is_quick", Slow, "ms of processor time"),
]


@pytest.mark.parametrize("factory", [Fifo, FIFOMatchmaker, BySkill, lambda: BySkill(gap=5)])
@pytest.mark.parametrize("check", conformance.matchmaker, ids=lambda check: check.__name__)
def test_good_matchmakers_pass(check, factory):
    """Correct matchmakers pass every check, mug's own included."""
    check(factory)


@pytest.mark.parametrize(
    ("name", "factory", "sentence"), SPECIMENS, ids=lambda value: getattr(value, "__name__", None)
)
def test_broken_matchmakers_are_rejected(name, factory, sentence):
    """Each broken matchmaker is rejected by the check for its defect, in words that name it."""
    with pytest.raises(ConformanceError) as caught:
        getattr(matchmakers, name)(factory)
    assert sentence in str(caught.value)


def test_every_check_rejects_something():
    """No check is there that accepts everything."""
    assert {name for name, _, _ in SPECIMENS} == {check.__name__ for check in conformance.matchmaker}
