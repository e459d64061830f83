"""Pair people of similar skill; accept a wider gap the longer they wait."""

import attrs

import mug


def skill(ticket):
    answer = str(ticket.facts["skill"])
    return float(answer) if answer.replace(".", "", 1).isdecimal() else 50.0


@attrs.define(eq=False)
class SkillMatchmaker(mug.Matchmaker):
    needs = frozenset({"skill"})
    gap: float = 50.0
    per_second: float = 5.0

    def propose(self, waiting, size, now):
        queue = sorted(waiting, key=skill)
        while len(queue) >= size:
            group, rest = queue[:size], queue[size:]
            waited = now - min(ticket.joined_at for ticket in group)
            if skill(group[-1]) - skill(group[0]) <= self.gap + waited * self.per_second:
                yield group
            else:
                rest = queue[1:]
            queue = rest


@mug.hookimpl
def mug_matchmakers():
    return {"skill": SkillMatchmaker}
