"""Pair people of similar skill; accept a wider gap the longer they wait."""

import attrs

import mug


@attrs.define(eq=False)
class SkillMatchmaker(mug.Matchmaker):
    needs = frozenset({"skill"})
    gap: float = 50.0
    per_second: float = 5.0

    def propose(self, waiting, size, now):
        queue = sorted(waiting, key=lambda ticket: float(ticket.facts["skill"]))
        while len(queue) >= size:
            group, rest = queue[:size], queue[size:]
            waited = now - min(ticket.joined_at for ticket in group)
            spread = float(group[-1].facts["skill"]) - float(group[0].facts["skill"])
            if spread <= self.gap + waited * self.per_second:
                yield group
            else:
                rest = queue[1:]
            queue = rest


@mug.hookimpl
def mug_matchmakers():
    return {"skill": SkillMatchmaker}
