"""Drawing one participant's way from a stager: from a seed and what other participants have been assigned."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence

import attrs

from mug.scenes.orders import FULL, Branch, LatinSquare, Node, RandomizeOrder, RepeatScene, Treatments
from mug.scenes.plan import Counts, Stop
from mug.scenes.scene import Scene

Path = tuple[int, ...]
"""The place of a node: which child of the root, which child of that, and so on."""


@attrs.frozen
class Jump:
    """Go to a scene wherever it comes next, and put it in here when it does not come."""

    scene_id: str


@attrs.define
class Drawing:
    """One draw.

    Everything random comes from the seed and the name of the node that draws, so that a node draws the same
    wherever it stands and whatever stands around it.

    Attributes:
        seed: the participant's.
        counts: the assignments so far.
        names: what each node is called, by its place.
        items: the stops drawn so far, in order.
        assignments: what each node drew, by its name.
    """

    seed: int
    counts: Counts
    names: Mapping[Path, str]
    items: list[Stop | Jump] = attrs.field(factory=list)
    assignments: dict[str, str] = attrs.field(factory=dict)

    def draw(self, node: Node | Scene, path: Path, repeats: Path = ()) -> None:
        """Add the stops of a node. ``repeats`` are the rounds of the repetitions it stands in."""
        if isinstance(node, Scene):
            self.items.append(Stop(scene_id=node.scene_id))
            return
        name = "#".join([self.names[path], *map(str, repeats)])
        match node:
            case RandomizeOrder():
                order = self._random(name).sample(range(len(node.children)), len(node.children))
                self._in_order(node, path, repeats, name, order[: node.keep_n])
            case LatinSquare():
                self._in_order(node, path, repeats, name, self._row(node, path, name))
            case RepeatScene():
                for round_number in range(1, node.times + 1):
                    self._children(node, path, (*repeats, round_number))
            case Treatments():
                self._treatment(node, path, repeats, name)
            case Branch():
                self.items.append(Stop(branch=name))
            case _:
                self._children(node, path, repeats)

    def draw_child(self, node: Node, path: Path, index: int, repeats: Path) -> None:
        """Add the stops of one child of a node."""
        self.draw(node.children[index], (*path, index), repeats)

    def _children(self, node: Node, path: Path, repeats: Path) -> None:
        for index in range(len(node.children)):
            self.draw_child(node, path, index, repeats)

    def _in_order(self, node: Node, path: Path, repeats: Path, name: str, order: Sequence[int]) -> None:
        self.assignments[name] = self._label(node, path, order)
        for index in order:
            self.draw_child(node, path, index, repeats)

    def _row(self, node: LatinSquare, path: Path, name: str) -> Sequence[int]:
        rows = {self._label(node, path, row): row for row in node.rows()}
        return rows[self._emptiest(name, dict.fromkeys(rows, 1.0))]

    def _treatment(self, node: Treatments, path: Path, repeats: Path, name: str) -> None:
        free = {
            arm: weight
            for arm, weight in node.weights.items()
            if arm not in node.quotas or self.counts.at(name, arm).taken < node.quotas[arm]
        }
        if not free:
            self.assignments[name] = FULL
            self.items.append(Jump(node.when_full))
            return
        arm = self._emptiest(name, free)
        self.assignments[name] = arm
        self.draw_child(node, path, list(node.arms).index(arm), repeats)

    def _emptiest(self, name: str, weights: Mapping[str, float]) -> str:
        """The arm with the fewest places taken for its weight; among equals the one fewer have completed."""

        def load(arm: str) -> tuple[float, float]:
            count = self.counts.at(name, arm)
            return round((count.taken + 0.5) / weights[arm], 9), round(count.completed / weights[arm], 9)

        least = min(map(load, weights))
        return self._random(name).choice([arm for arm in weights if load(arm) == least])

    def _label(self, node: Node, path: Path, order: Sequence[int]) -> str:
        return ">".join(self._label_of(node.children[index], (*path, index)) for index in order)

    def _label_of(self, node: Node | Scene, path: Path) -> str:
        if isinstance(node, Scene):
            return node.scene_id
        return node.name or self.names[path]

    def _random(self, name: str) -> random.Random:
        return random.Random(f"{self.seed}/{name}")


def settled(items: Sequence[Stop | Jump], endings: Collection[str]) -> tuple[Stop, ...]:
    """Follow the jumps, and leave out what comes after the first ending: nobody reaches it."""
    stops: list[Stop] = []
    position = 0
    while position < len(items):
        item = items[position]
        position += 1
        if isinstance(item, Jump):
            later = range(position, len(items))
            ahead = next((n for n in later if items[n] == Stop(scene_id=item.scene_id)), None)
            if ahead is not None:
                position = ahead
                continue
            item = Stop(scene_id=item.scene_id)
        stops.append(item)
        if item.scene_id in endings:
            break
    return tuple(stops)
