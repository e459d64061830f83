"""One participant's way through the scenes, as it was drawn; and what decides the next one's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

import attrs


@attrs.frozen
class Stop:
    """One place in a plan: a scene, or a branch that is decided when it is reached.

    Exactly one of the two is given.
    """

    scene_id: str = ""
    branch: str = ""


@attrs.frozen
class Plan:
    """The scenes of one participant in order, drawn once and then kept.

    Attributes:
        seed: what it was drawn from.
        items: the stops, in order. Those after the first ending are not there: nobody reaches them.
        assignments: which order, row, treatment or case was drawn, by the name of what drew it.
    """

    seed: int
    items: tuple[Stop, ...]
    assignments: Mapping[str, str]

    def __len__(self) -> int:
        return len(self.items)

    def scene_at(self, position: int) -> str:
        """Return the id of the scene at a position.

        Raises:
            IndexError: the plan ends before.
            LookupError: there is a branch, which has to be resolved first.
        """
        if position < 0:
            raise IndexError(position)
        stop = self.items[position]
        if not stop.scene_id:
            raise LookupError(f"the branch '{stop.branch}' at position {position} is not decided yet")
        return stop.scene_id

    def ends_before(self, position: int) -> bool:
        """Whether there is nothing at this position any more."""
        return position >= len(self.items)

    def visit(self, position: int) -> int:
        """Return how many times the scene at a position has come before it: 0 for the first time."""
        scene_id = self.scene_at(position)
        return sum(stop.scene_id == scene_id for stop in self.items[:position])

    def position_of(self, scene_id: str, after: int = -1) -> int | None:
        """Return where a scene comes next after a position, None when it does not."""
        for position in range(after + 1, len(self.items)):
            if self.items[position].scene_id == scene_id:
                return position
        return None

    def jump(self, position: int, scene_id: str) -> tuple[Self, int]:
        """Go from a position to a scene out of turn, such as the scene for those who waited too long.

        If the scene comes later, everything between is skipped. If it does not, it is put in directly after
        the position, and the rest follows it.

        Returns:
            The plan, changed when the scene was put in, and the scene's position in it.
        """
        ahead = self.position_of(scene_id, after=position)
        if ahead is not None:
            return self, ahead
        items = (*self.items[: position + 1], Stop(scene_id), *self.items[position + 1 :])
        return attrs.evolve(self, items=items), position + 1

    def progress(self, position: int) -> tuple[int, int] | None:
        """Return (scenes done, scenes in all) at a position; None while a branch ahead makes that unknown."""
        if any(stop.branch for stop in self.items[position:]):
            return None
        return position, len(self.items)

    def to_json(self) -> dict[str, Any]:
        """Return the plan as JSON values."""
        return {
            "seed": self.seed,
            "items": [
                {"scene": stop.scene_id} if stop.scene_id else {"branch": stop.branch} for stop in self.items
            ],
            "assignments": dict(self.assignments),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the plan that `to_json` wrote."""
        items = tuple(Stop(item.get("scene", ""), item.get("branch", "")) for item in data["items"])
        return cls(data["seed"], items, dict(data["assignments"]))


COMPLETED = "completed"
"""The outcome of a participant who went through to the end."""


@attrs.frozen
class ArmCount:
    """How many participants were assigned to one arm, and what became of them. The others dropped out."""

    started: int = 0
    completed: int = 0
    in_progress: int = 0

    @property
    def taken(self) -> int:
        """The places taken: by those who completed, and by those who still may."""
        return self.completed + self.in_progress


@attrs.frozen
class Counts:
    """What the experiment has so far, for each node of the stager (by name) and each of its arms."""

    arms: Mapping[str, Mapping[str, ArmCount]] = attrs.field(factory=dict)

    @classmethod
    def of(cls, participants: Iterable[tuple[Plan, str | None]]) -> Self:
        """Count participants, each given as a plan and an outcome.

        The outcome is None for somebody who is still taking part, ``"completed"`` for somebody who went
        through to the end, and anything else for somebody who dropped out and whose place is free again.
        """
        arms: dict[str, dict[str, ArmCount]] = {}
        for plan, outcome in participants:
            for node, arm in plan.assignments.items():
                known = arms.setdefault(node, {}).get(arm, ArmCount())
                arms[node][arm] = ArmCount(
                    known.started + 1,
                    known.completed + (outcome == COMPLETED),
                    known.in_progress + (outcome is None),
                )
        return cls(arms)

    def at(self, node: str, arm: str) -> ArmCount:
        """Return the count of one arm."""
        return self.arms.get(node, {}).get(arm, ArmCount())
