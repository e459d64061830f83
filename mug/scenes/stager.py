"""The order in which participants go through the scenes."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs

from mug.errors import MugError, Problem
from mug.outcomes import COMPLETED
from mug.scenes.drawing import Drawing, Path, settled
from mug.scenes.orders import (
    DEFAULT,
    FAILED,
    FULL,
    Branch,
    LatinSquare,
    Node,
    RandomizeOrder,
    RepeatScene,
    Sequential,
    Treatments,
)
from mug.scenes.plan import ArmCount, Counts, Plan, Stop
from mug.scenes.scene import Scene

log = logging.getLogger(__name__)

__all__ = [
    "DEFAULT",
    "FAILED",
    "FULL",
    "ArmCount",
    "Branch",
    "Counts",
    "LatinSquare",
    "Plan",
    "RandomizeOrder",
    "RepeatScene",
    "Stager",
    "Stop",
    "Treatments",
]


class Stager(Sequential):
    """The scenes of an experiment, in order.

    Within the list, a list is a sequence of its own, and `RandomizeOrder`, `RepeatScene`, `LatinSquare`,
    `Treatments` and `Branch` say what differs between participants; they can stand in each other in any way.
    A stager can stand in another one.

    An `EndScene` is the end for whoever gets there. A scene behind it is reached only as the
    ``timeout_scene_id`` of a waiting room, as ``when_full``, or as the `EndScene` for another outcome than
    ``completed``.

    Args:
        scenes: the scenes.
        **unknown: anything else is reported as a mistake.
    """

    parameters = ("scenes",)

    def __init__(self, scenes: Sequence[Any], **unknown: object) -> None:
        Node.__init__(self, None, unknown)
        self.children = self.nodes_in(scenes, "scenes")

    # ------------------------------------------------------------------------------------------ contents

    def scenes(self) -> list[Scene]:
        """Return every scene once, in the order of the script."""
        found: dict[int, Scene] = {}
        for _, node in self.walk():
            if isinstance(node, Scene):
                found.setdefault(id(node), node)
        return list(found.values())

    def walk(self) -> Iterator[tuple[Path, Node | Scene]]:
        """Yield every part with its place, parents before children, in the order of the script."""
        yield from _walk(self, ())

    def strangers(self, plan: Plan) -> list[str]:
        """Return the names of scenes and branches in a plan that this stager does not have.

        There are some when a plan was stored and the script was changed since.
        """
        scenes = {scene.scene_id for scene in self.scenes()}
        branches = {self.names[path] for path, _ in self._branches}
        return [
            stop.scene_id or stop.branch
            for stop in plan.items
            if stop.scene_id not in scenes and stop.branch.split("#")[0] not in branches
        ]

    @property
    def last_scene_id(self) -> str:
        """The ending of the ordinary way; empty when there is none."""
        endings = [child.scene_id for child in self.children if isinstance(child, Scene) and child.ends]
        return next(iter(endings or [scene.scene_id for scene in self.scenes() if scene.ends][::-1]), "")

    def ending_for(self, outcome: str, *, aside: bool = False) -> str:
        """Return the scene for those who end with this outcome, empty when there is none of its own.

        Args:
            outcome: one of `mug.outcomes.ENDINGS`.
            aside: whether only those endings count that no ordinary way leads to.
        """
        if outcome == COMPLETED:
            return ""
        ordinary = self._met_in_order if aside else frozenset()
        endings = [scene for scene in self.scenes() if scene.ends and scene.outcome == outcome]
        return next((scene.scene_id for scene in endings if scene.scene_id not in ordinary), "")

    @cached_property
    def _met_in_order(self) -> frozenset[str]:
        """The scenes that somebody can get to without anything going wrong."""
        from mug.scenes.routes import Routes

        routes = Routes.through(self)
        met = (routes.at.get(place) for place in routes.reachable(routes.start))
        return frozenset(scene.scene_id for scene in met if isinstance(scene, Scene))

    @cached_property
    def names(self) -> Mapping[Path, str]:
        """What each part is called: by its own name, or by its kind and number."""
        names: dict[Path, str] = {}
        numbers: dict[str, int] = {}
        for path, node in self.walk():
            if isinstance(node, Node):
                numbers[node.kind] = numbers.get(node.kind, 0) + (not node.name)
                names[path] = node.name or f"{node.kind}_{numbers[node.kind]}"
        return names

    def freeze(self) -> None:
        """Freeze every scene."""
        for scene in self.scenes():
            scene.freeze()

    def problems(self) -> list[Problem]:
        """Return what is wrong with the order; what is wrong inside the scenes is theirs to say."""
        from mug.scenes.stager_checks import problems_of

        return problems_of(self)

    # ------------------------------------------------------------------------------------------- drawing

    def plan(self, seed: int, counts: Counts) -> Plan:
        """Draw the way of one participant.

        The same seed and counts always give the same plan. Orders, rows and treatments are drawn now;
        branches, and what is inside them, are decided by `resolve` when the participant gets there.

        Args:
            seed: the participant's.
            counts: what other participants have been assigned.
        """
        drawing = Drawing(seed, counts, self.names)
        drawing.draw(self, ())
        return Plan(seed, settled(drawing.items, self._endings), drawing.assignments)

    def resolve(
        self, plan: Plan, position: int, facts: Mapping[str, object], counts: Counts
    ) -> tuple[Plan, Mapping[str, str]]:
        """Decide the branches that a participant has come to.

        Args:
            plan: the participant's plan.
            position: where they go next.
            facts: what is known about them: answers and outcomes as ``"scene_id.field"``.
            counts: what other participants have been assigned.

        Returns:
            The plan, with a scene at the position unless it ends there, and what was newly assigned. When
            there was nothing to decide, the plan is the same and nothing was assigned.

        A branch's function that raises is logged, and the default case comes: nobody is left standing because
        of it. The assignment then is ``"default (failed)"``, so that the data tells.

        Raises:
            MugError: the plan was drawn from another stager.
        """
        assigned: dict[str, str] = {}
        while not plan.ends_before(position) and (name := plan.items[position].branch):
            drawing = Drawing(plan.seed, counts, self.names)
            self._decide(name, facts, drawing)
            items = [*plan.items[:position], *drawing.items, *plan.items[position + 1 :]]
            assigned |= drawing.assignments
            plan = attrs.evolve(
                plan,
                items=settled(items, self._endings),
                assignments={**plan.assignments, **drawing.assignments},
            )
        return plan, assigned

    def _decide(self, name: str, facts: Mapping[str, object], drawing: Drawing) -> None:
        base, *rounds = name.split("#")
        found = [(path, node) for path, node in self._branches if self.names[path] == base]
        if not found:
            raise MugError(
                f"the plan of a participant has a branch '{base}', which the stager does not have",
                "Stager",
                "keep the script as it was when the experiment started, or start with an empty data folder",
            )
        path, node = found[0]
        try:
            case = node.case_for(node.on(facts) if callable(node.on) else facts.get(node.on))
        except Exception:
            log.exception("the function of Branch '%s' failed; its default comes", base)
            case = FAILED
        drawing.assignments[name] = case
        index = list(node.cases).index(case) if case in node.cases else len(node.cases)
        drawing.draw_child(node, path, index, tuple(map(int, rounds)))

    @property
    def _branches(self) -> list[tuple[Path, Branch]]:
        return [(path, node) for path, node in self.walk() if isinstance(node, Branch)]

    @cached_property
    def _endings(self) -> frozenset[str]:
        return frozenset(scene.scene_id for scene in self.scenes() if scene.ends)


def _walk(node: Node | Scene, path: Path) -> Iterator[tuple[Path, Node | Scene]]:
    yield path, node
    if isinstance(node, Node):
        for index, child in enumerate(node.children):
            yield from _walk(child, (*path, index))
