"""The skill matchmaker keeps the laws of all matchmakers, and its own."""

import pytest
from mug_skill import SkillMatchmaker

from mug import Ticket
from mug.testing import conformance


@pytest.mark.parametrize("check", conformance.matchmaker, ids=lambda check: check.__name__)
def test_conforms(check):
    """The law that the check's own docstring states."""
    check(SkillMatchmaker)


def waiting(*skills):
    """People who arrived at 0 with these skills."""
    return [Ticket(f"skill-{skill}", 0.0, {"skill": skill}) for skill in skills]


def grouped(matchmaker, tickets, now):
    """The groups as lists of skills."""
    return [[ticket.facts["skill"] for ticket in group] for group in matchmaker.propose(tickets, 2, now)]


def test_similar_people_are_paired():
    """Those nearest in skill play together, whatever the order of their arrival."""
    assert grouped(SkillMatchmaker(gap=10), waiting(90, 10, 85, 15), 0.0) == [[10, 15], [85, 90]]


def test_the_gap_widens_with_time():
    """People too far apart are paired once they have waited for long enough, and not before."""
    matchmaker = SkillMatchmaker(gap=10, per_second=1)
    assert grouped(matchmaker, waiting(0, 50), 39.0) == []
    assert grouped(matchmaker, waiting(0, 50), 40.0) == [[0, 50]]


def test_answers_of_a_form_are_understood():
    """A form's fields arrive as text; numbers in text count as numbers."""
    assert grouped(SkillMatchmaker(gap=10), waiting("9", "10", "100"), 0.0) == [["9", "10"]]
